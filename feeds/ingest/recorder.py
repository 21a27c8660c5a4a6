"""Pure decisions about ids, dates, departures and edits: the store changes that read files cause."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from feeds.article import Article, digest, fingerprint, tombstone_facets
from feeds.corpus import Reading, Stamp, Withheld
from feeds.errors import ArticleError, UnreadableFile
from feeds.ingest.identity import Content, unused
from feeds.period import day_of, week_of
from feeds.store import Changes, File, Record, Store, StoredEntry, Tombstone

log = logging.getLogger(__name__)


class Read(Struct, frozen=True):
    """A file that was read: *stamp* is from before reading, *source* is the digest of its bytes."""

    path: str
    stamp: Stamp
    reading: Reading
    source: bytes = b""
    own_id: bool = False


class Batch(Struct, frozen=True, kw_only=True):
    """The state before any file of a scan is recorded.

    *known* are the files as they were last read, *gone* the paths of files that no longer exist. *moved*
    are the ids of articles that moved, by their new paths; *id_of* returns the id that is made from a
    path. *stamp* is the time of every change; it is None during a first load, in which dates come from
    the articles, so that two servers agree. *first* marks a first load, also of a store that replaces
    another. *reread* means that another version of this program reads unchanged files: differences in
    what it reads are not sent to readers as changes.
    """

    known: dict[str, File]
    stamp: int | None
    now: float
    gone: set[str]
    moved: Mapping[str, str]
    id_of: Callable[[str], str]
    first: bool = False
    reread: bool = False


class Recorder:
    """Decides what a batch of read files changes. Reads neither clock nor disk."""

    def __init__(self, store: Store, batch: Batch) -> None:
        self._store = store
        self._batch = batch
        self._moved_ids = set(batch.moved.values())
        self.changes = Changes(at=batch.stamp or 0)
        self._entries: dict[str, StoredEntry] = {}
        self._files: dict[str, File] = {}
        # Entries of the store, queried once for the whole batch.
        self._before: dict[str, StoredEntry | None] = {}
        self._former: dict[bytes, list[StoredEntry]] = {}
        self.orphans: set[str] = set()
        """Ids whose article left: another file with the same id may be syndicated now."""

    def record(self, reads: list[Read], *, last: bool = True) -> Changes:
        """Turn one batch of readings into store changes. With *last*, also retire gone articles."""
        ids = list({id_ for read in reads for id_ in self._likely(read)})
        self._before = dict.fromkeys(ids) | self._store.entries(ids)
        digests = {read.path: digest(read.reading) for read in reads if isinstance(read.reading, Article)}
        self._former = self._store.holding([*digests.values()])
        for read in sorted(reads, key=lambda read: read.path):
            match read.reading:
                case UnreadableFile():  # no stamp is stored, so that it is read again
                    self._retire_without_text(read.path)
                case ArticleError() as error:
                    self._keep(read, error)
                case Withheld() as withheld:
                    self._withhold(read, withheld)
                case Article() as article:
                    self._publish(read, article, digests[read.path])
        if last:
            self.changes.gone = sorted(self._batch.gone)
            for path in self.changes.gone:
                known = self._batch.known.get(path)
                if known and known.id and known.id not in self._moved_ids:
                    self._retire(known.id, path)
        back = {id_ for id_, entry in self._entries.items() if not entry.removed}
        self.orphans -= back
        self.changes.tombstones = [
            msgspec.structs.replace(left, id="")
            if left.id in back and not self._is_to_come(left.id)
            else left
            for left in self.changes.tombstones
        ]
        self.changes.entries = list(self._entries.values())
        self.changes.files = list(self._files.values())
        return self.changes

    def _is_to_come(self, id_: str) -> bool:
        return self._entries[id_].record.published > self._batch.now

    def _likely(self, read: Read) -> Iterator[str]:
        """The ids that the article in *read* most likely has or had."""
        if isinstance(read.reading, Article):
            yield read.reading.id
        if known := self._batch.known.get(read.path):
            yield known.id
        if moved := self._batch.moved.get(read.path):
            yield moved

    def _entry(self, id_: str) -> StoredEntry | None:
        if id_ in self._entries:
            return self._entries[id_]
        return self._before[id_] if id_ in self._before else self._store.entries([id_]).get(id_)

    def _keep(self, read: Read, error: ArticleError) -> None:
        """Record the error of a bad file; its article stays as it was."""
        known = self._batch.known.get(read.path)
        self._file(read, known.id if known else "", error.line, error.reason)
        self._retire_without_text(read.path)
        log.warning("%s", error)

    def _retire_without_text(self, path: str) -> None:
        """Retire an article that lost its text to damage and whose file cannot be read either."""
        known = self._batch.known.get(path)
        entry = self._entry(known.id) if known and known.id else None
        if entry and not entry.removed and not entry.record.version:
            removed = max(self._batch.stamp or 0, entry.record.appeared, 1)
            self._entries[entry.record.id] = msgspec.structs.replace(entry, removed=removed)

    def _withhold(self, read: Read, withheld: Withheld) -> None:
        known = self._batch.known.get(read.path)
        id_ = known.id if known and known.id not in self._moved_ids else ""
        self._file(read, id_, 0, withheld.reason, withheld=True)
        if id_:
            self._retire(id_, read.path)

    def _publish(self, read: Read, article: Article, content: bytes) -> None:
        known, gone = self._batch.known.get(read.path), self._batch.gone
        id_ = self._id(read, article, content)
        if known and known.id and known.id != id_ and known.id not in self._moved_ids:
            self._retire(known.id, read.path)
        entry = self._entry(id_)
        moved = self._batch.moved.get(read.path) == id_
        if (
            entry
            and not entry.removed
            and entry.path != read.path
            and entry.path not in gone
            and not moved
        ):
            if entry.path < read.path:
                self._file(read, id_, 1, f"has the id of {entry.path}, which is syndicated")
                log.warning("%s: has the id %s of %s, which is syndicated", read.path, id_, entry.path)
                return
            self._displace(entry.path, id_, read.path)
        edited = known is None or _is_edited(known, read)
        if entry and entry.path != read.path:
            edited = True  # another file has taken its place
        article = msgspec.structs.replace(article, id=id_)
        if entry is None and known and known.id == id_:
            article = _dated(article, known)
        record = self._put(read.path, article, content, entry, edited)
        self._file(read, id_, record=record)

    def _id(self, read: Read, article: Article, content: bytes) -> str:
        """The id of *article*: from its front matter, its content, its path, or else a new one."""
        if read.own_id:
            return article.id
        if read.path in self._batch.moved:
            return self._batch.moved[read.path]
        known = self._batch.known.get(read.path)
        if known and known.id and known.id not in self._moved_ids:
            return known.id
        for former in self._former.get(content, ()):
            if not former.removed and former.path == read.path:
                return former.record.id  # its row among the files was lost
            if former.removed and former.record.id not in self._entries:
                return former.record.id
        return unused(article.id, lambda id_: self._is_free(id_, read.path, Content.of(content, article)))

    def _is_free(self, id_: str, path: str, content: Content) -> bool:
        """Whether the article at *path* may have *id_*: no other article has it, or had it at *path*."""
        entry = self._entry(id_)
        if id_ in self._moved_ids:
            return False
        if entry is None:
            return True
        if not entry.removed and entry.path != path and entry.path not in self._batch.gone:
            return self._batch.id_of(entry.path) == id_  # two paths with one name: only one is syndicated
        if entry.path != path and entry.removed:
            return False
        former = msgspec.msgpack.decode(entry.record.content, type=Article)
        return not (entry.record.version and content.is_another(Content.of(entry.digest, former)))

    def _displace(self, path: str, id_: str, by: str) -> None:
        file = self._files.get(path) or self._batch.known.get(path) or self._store.file(path)
        if file:
            reason = f"has the id of {by}, which is syndicated"
            self._files[path] = msgspec.structs.replace(
                file, id=id_, line=1, problem=reason, published=0, updated=0
            )
            log.warning("%s: %s", path, reason)

    def _put(
        self, path: str, article: Article, content: bytes, entry: StoredEntry | None, edited: bool
    ) -> Record:
        """Record *article* of the file at *path*, unless *entry* is up to date."""
        stamp = self._batch.stamp
        changed = int(article.published.timestamp()) if stamp is None else stamp
        first_seen = entry.first_seen if entry else changed
        if entry and stamp is not None:
            article, is_news = self._as_seen(article, content, entry, edited, stamp)
            changed = changed if is_news else entry.record.changed
        appeared, rated, daily, weekly = self._ranking(article, entry)
        record = Record.of(
            article,
            version=fingerprint([content if entry is None else digest(article), article.updated]),
            changed=changed,
            appeared=appeared,
            rated=rated,
            daily=daily,
            weekly=weekly,
            cluster=entry.record.cluster if entry else "",
            number=entry.record.number if entry else 0,
        )
        made = StoredEntry(record, path, content, first_seen)
        if made != entry:
            self._entries[article.id] = made
        return record

    def _as_seen(
        self, article: Article, content: bytes, entry: StoredEntry, edited: bool, stamp: int
    ) -> tuple[Article, bool]:
        """Return *article* with the dates for subscribers who saw *entry*, and whether it changed.

        A published article keeps its date, or readers would show it as new again; but an article that
        gets a future date leaves every feed until then.
        """
        former = msgspec.msgpack.decode(entry.record.content, type=Article)
        seen = entry.record.published <= self._batch.now
        postponed = seen and article.published.timestamp() > self._batch.now
        if seen and not postponed:
            itself = article.updated if article.updated > article.published else former.published
            article = msgspec.structs.replace(article, published=former.published, updated=itself)
        same = content == entry.digest or digest(article) == digest(former)
        if self._batch.reread and not edited and not postponed:
            same = True  # a difference between versions of this program
            article = msgspec.structs.replace(article, updated=former.updated)
        if seen and not postponed:
            updated = _updated(article, former, stamp if edited and not same else 0)
            article = msgspec.structs.replace(article, updated=updated)
        stays = tombstone_facets(article) == tombstone_facets(former)
        if seen and not entry.removed and (postponed or not stays):
            self._depart(former, article.id if postponed else "")
        unchanged = same and stays and not entry.removed and article.updated == former.updated
        return article, postponed or not unchanged

    def _ranking(self, article: Article, entry: StoredEntry | None) -> tuple[int, int, int, int]:
        """The times at which *article* appeared and was rated, and its heat on that day and that week."""
        published, heat, stamp = int(article.published.timestamp()), article.heat, self._batch.stamp
        if stamp is None or (self._batch.first and entry is None):
            return published, 0, heat, heat
        if entry is None:
            return max(published, stamp), 0, heat, heat
        former = entry.record
        withdrawn = 0 < entry.removed < former.appeared  # before anybody saw it
        moved = not entry.removed and published != former.published  # as it may be until then
        appeared = max(published, stamp) if withdrawn or moved else former.appeared
        return (
            appeared,
            former.rated if (former.heat, former.quality) == (heat, article.quality) else stamp,
            heat if stamp < day_of(appeared).end else former.daily,
            heat if stamp < week_of(appeared).end else former.weekly,
        )

    def _retire(self, id_: str, path: str) -> None:
        entry = self._entry(id_)
        if not entry or entry.removed or entry.path != path:
            return
        stamp = self._batch.stamp or entry.record.published
        self._entries[id_] = msgspec.structs.replace(entry, removed=max(stamp, 1))
        self.orphans.add(id_)
        if entry.record.published <= self._batch.now:
            former = msgspec.msgpack.decode(entry.record.content, type=Article)
            self._depart(former, id_)

    def _depart(self, former: Article, id_: str = "") -> None:
        if self._batch.stamp is not None:
            published = int(former.published.timestamp())
            left = Tombstone(self._batch.stamp, tombstone_facets(former), id_, published)
            self.changes.tombstones.append(left)

    def _file(
        self,
        read: Read,
        id_: str,
        line: int = 0,
        problem: str = "",
        *,
        withheld: bool = False,
        record: Record | None = None,
    ) -> None:
        known = self._batch.known.get(read.path)
        former = known if known and known.id == id_ else None
        dates = (record or former) if id_ else None
        self._files[read.path] = File(
            read.path, read.stamp, id=id_, line=line, problem=problem, withheld=withheld,
            source=read.source,
            published=dates.published if dates else 0,
            updated=dates.updated if dates else 0,
        )  # fmt: skip


def _is_edited(known: File, read: Read) -> bool:
    """Whether the file changed since *known*: by its digest, or by time and size if there is none."""
    if known.source and read.source:
        return known.source != read.source
    return known.stamp[:2] != read.stamp[:2]  # a copy of a folder has other inodes


def _dated(article: Article, known: File) -> Article:
    """Return *article*, whose record was lost, with its former dates as kept in *known*."""
    if not known.published or not known.updated:
        return article
    updated = max(article.updated, datetime.fromtimestamp(known.updated, UTC))
    if article.published.timestamp() > known.updated:
        return article  # it gets a future date
    published = datetime.fromtimestamp(known.published, UTC)
    return msgspec.structs.replace(article, published=published, updated=updated)


def _updated(article: Article, former: Article, edited: int) -> datetime:
    """The last change of *article*: as its front matter says, else the time at which it was *edited*."""
    latest = max(article.updated, former.updated, article.published)
    says_itself = article.updated > article.published and article.updated > former.updated
    if edited and not says_itself:
        latest = max(latest, datetime.fromtimestamp(edited, UTC))
    return latest


def settled(entry: StoredEntry, limit: int) -> StoredEntry:
    """Return *entry* with *limit* in place of every later time that this program set.

    A scheduled article keeps its own date, which may be later.
    """
    record = entry.record
    published = record.published
    article = msgspec.msgpack.decode(record.content, type=Article)
    if record.updated > limit and record.updated == record.changed:  # else its file says so
        latest = datetime.fromtimestamp(max(limit, published), UTC)
        article = msgspec.structs.replace(article, updated=latest)

    def stamp(second: int) -> int:
        return second if second == published else min(second, limit)

    made = Record.of(
        article,
        version=fingerprint([digest(article), article.updated]),
        changed=stamp(record.changed),
        appeared=min(record.appeared, max(limit, published)),
        rated=min(record.rated, limit),
        daily=record.daily,
        weekly=record.weekly,
        cluster=record.cluster,
        number=record.number,
    )
    return StoredEntry(made, entry.path, entry.digest, stamp(entry.first_seen), min(entry.removed, limit))
