"""Pure decisions about ids, dates, tombstones and edits: the store changes that read files cause."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from feeds.article import Article, tombstone_facets
from feeds.article.hashes import content_hash, rendered_hash
from feeds.corpus import Withheld
from feeds.corpus.problems import DUPLICATE_ID
from feeds.corpus.stored_problem import StoredProblem
from feeds.errors import ArticleError, PassedOver, UnreadableFile
from feeds.ingest.dates import (
    future_change,
    last_change,
    ranking,
    with_former_dates,
    without_future_change,
)
from feeds.ingest.former_state import FormerState, Known
from feeds.ingest.identity import Content, unused
from feeds.ingest.reads import Read
from feeds.store import Changes, File, Record, StoredEntry, Tombstone


class Batch(Struct, frozen=True, kw_only=True):
    """Files that were read, and all input for the decisions about them.

    - *known*: the files as last read
    - *gone*: the paths of files that no longer exist, in this batch or another
    - *retired*: the paths in *gone* with articles to remove in this batch
    - *former*: the state of the store
    - *stamp*: the time of every change, or None in a first load: dates then come from the articles, so
      that two servers agree
    - *id_of*: returns the id that is made from a path
    - *first*: a first load, also of a store that replaces another
    - *reread*: a new version of this program reads unchanged files again: different results are not sent
      to readers as changes
    """

    reads: Sequence[Read]
    known: Known
    gone: set[str]
    retired: Sequence[str]
    former: FormerState
    stamp: int | None
    now: float
    id_of: Callable[[str], str]
    first: bool = False
    reread: bool = False


class Recorded(Struct, frozen=True):
    """The changes of a batch, and the *problems* of its files, warnings included.

    *freed_ids* are the ids of removed articles: another file may now use one of them. *passed_over* are
    the paths of files without a field of an article.
    """

    changes: Changes
    freed_ids: set[str]
    problems: list[ArticleError]
    passed_over: list[str]


def record(batch: Batch) -> Recorded:
    """Turn *batch* into store changes."""
    recorder = _Recorder(batch)
    changes = recorder.record()
    return Recorded(changes, recorder.freed_ids, recorder.problems, recorder.passed_over)


class _Recorder:
    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._known = batch.known
        self._entries: dict[str, StoredEntry] = {}
        self._files: dict[str, File] = {}
        self._tombstones: list[Tombstone] = []
        self.freed_ids: set[str] = set()
        self.problems: list[ArticleError] = []
        self.passed_over: list[str] = []
        # The latest possible change. Stamps are at most a second ahead of the clock.
        self._latest = max(batch.now, batch.stamp or 0)

    def record(self) -> Changes:
        for read in sorted(self._batch.reads, key=lambda read: read.path):
            match read.reading:
                case UnreadableFile():  # without a stored stamp, it is read again
                    self._retire_without_text(read.path)
                case PassedOver() if not self._known.id_at(read.path):
                    self.passed_over.append(read.path)
                    self._file(read, "")
                case ArticleError() as error:
                    self._keep(read, error)
                case Withheld() as withheld:
                    self._withhold(read, withheld)
                case Article() as article:
                    self._publish(read, article)
        for path in self._batch.retired:
            if id_ := self._known.id_at(path):
                self._retire(id_, path)
        live = {id_ for id_, entry in self._entries.items() if not entry.removed}
        self.freed_ids -= live
        return Changes(
            at=self._batch.stamp or 0,
            entries=list(self._entries.values()),
            files=list(self._files.values()),
            gone=list(self._batch.retired),
            tombstones=[self._without_returned(left, live) for left in self._tombstones],
        )

    def _without_returned(self, left: Tombstone, live: set[str]) -> Tombstone:
        """Return *left*, without its id if the article is live again at the end of the batch."""
        if left.id not in live or self._entries[left.id].record.published > self._batch.now:
            return left
        return msgspec.structs.replace(left, id="")

    def _entry(self, id_: str) -> StoredEntry | None:
        return self._entries.get(id_) or self._batch.former.entries[id_]

    def _keep(self, read: Read, error: ArticleError) -> None:
        """Record the error of a bad file; its article does not change."""
        known = self._known.files.get(read.path)
        self._file(read, known.id if known else "", error.line, StoredProblem.of(error).encoded())
        self._retire_without_text(read.path)
        self.problems += error.each()

    def _retire_without_text(self, path: str) -> None:
        """Retire an article if damage destroyed its text and its file cannot be read either."""
        known = self._known.files.get(path)
        entry = self._entry(known.id) if known and known.id else None
        if entry and not entry.removed and not entry.record.version:
            removed = max(self._batch.stamp or 0, entry.record.appeared, 1)
            self._entries[entry.record.id] = msgspec.structs.replace(entry, removed=removed)

    def _withhold(self, read: Read, withheld: Withheld) -> None:
        id_ = self._known.id_at(read.path)
        self._file(read, id_, 0, StoredProblem.of(withheld).encoded(), withheld=True)
        if id_:
            self._retire(id_, read.path)

    def _publish(self, read: Read, article: Article) -> None:
        known, gone = self._known.files.get(read.path), self._batch.gone
        id_ = self._id(read, article)
        if (former_id := self._known.id_at(read.path)) and former_id != id_:
            self._retire(former_id, read.path)
        entry = self._entry(id_)
        moved = self._known.moved.get(read.path) == id_
        if (
            entry
            and not entry.removed
            and entry.path != read.path
            and entry.path not in gone
            and not moved
        ):
            if entry.path < read.path:
                error = ArticleError(DUPLICATE_ID, read.path, 1, holder=entry.path)
                self._file(read, id_, error.line, StoredProblem.of(error).encoded())
                self.problems.append(error)
                return
            self._displace(entry.path, id_, read.path)
        edited = known is None or _is_edited(known, read)
        if entry and entry.path != read.path:
            edited = True  # another file replaced it
        if article.id != id_:
            article = msgspec.structs.replace(article, id=id_)
        if entry is None and known and known.id == id_:
            article = with_former_dates(article, known)
        self.problems += read.warnings
        self.problems += future_change(read.path, article, self._latest)
        article = without_future_change(article, self._latest)
        record = self._put(read.path, article, read.digest, entry, edited)
        self._file(read, id_, record=record)

    def _id(self, read: Read, article: Article) -> str:
        """The id of *article*: from its front matter, its content, its path, or else a new one."""
        if read.own_id:
            return article.id
        if read.path in self._known.moved:
            return self._known.moved[read.path]
        if id_ := self._known.id_at(read.path):
            return id_
        for former in self._batch.former.by_digest.get(read.digest, ()):
            if not former.removed and former.path == read.path:
                return former.record.id  # the file's row was lost
            if former.removed and former.record.id not in self._entries:
                return former.record.id
        content = Content.of(read.digest, article)
        return unused(article.id, lambda id_: self._is_free(id_, read.path, content))

    def _is_free(self, id_: str, path: str, content: Content) -> bool:
        """Return whether the article at *path* may have *id_*: no other has it, or had it at *path*."""
        entry = self._entry(id_)
        if id_ in self._known.moved_ids:
            return False
        if entry is None:
            return True
        if not entry.removed and entry.path != path and entry.path not in self._batch.gone:
            return self._batch.id_of(entry.path) == id_  # the same id from both paths: a duplicate
        if entry.path != path and entry.removed:
            return False
        former = msgspec.msgpack.decode(entry.record.content, type=Article)
        return not (entry.record.version and content.is_another(Content.of(entry.digest, former)))

    def _displace(self, path: str, id_: str, by: str) -> None:
        known = self._known.files.get(path) or self._batch.former.other_files.get(path)
        file = self._files.get(path) or known
        if file:
            error = ArticleError(DUPLICATE_ID, path, 1, holder=by)
            problem = StoredProblem.of(error).encoded()
            self._files[path] = msgspec.structs.replace(
                file, id=id_, line=error.line, problem=problem, published=0, updated=0
            )
            self.problems.append(error)

    def _put(
        self, path: str, article: Article, content: bytes, entry: StoredEntry | None, edited: bool
    ) -> Record:
        """Record *article* of the file at *path*, unless *entry* is up to date."""
        stamp = self._batch.stamp
        changed = int(article.published.timestamp()) if stamp is None else stamp
        first_seen = entry.first_seen if entry else changed
        if entry and stamp is not None:
            article, is_news = self._with_visible_dates(article, content, entry, edited, stamp)
            changed = changed if is_news else entry.record.changed
        appeared, rated, daily, weekly = ranking(article, entry, stamp, first=self._batch.first)
        record = Record.of(
            article,
            version=rendered_hash(article, content if entry is None else b""),
            changed=changed,
            appeared=appeared,
            rated=rated,
            daily=daily,
            weekly=weekly,
            cluster=entry.record.cluster if entry else "",
            number=entry.record.number if entry else 0,
            slug=entry.record.slug if entry else "",
        )
        made = StoredEntry(record, path, content, first_seen)
        if made != entry:
            self._entries[article.id] = made
        return record

    def _with_visible_dates(
        self, article: Article, content: bytes, entry: StoredEntry, edited: bool, stamp: int
    ) -> tuple[Article, bool]:
        """Return *article* with the dates to show after *entry*, and whether it changed.

        A published article keeps its date, or readers would show it as new again; but an article that
        gets a future date leaves every feed until then.
        """
        former = msgspec.msgpack.decode(entry.record.content, type=Article)
        former = without_future_change(former, self._latest)  # of an earlier version
        seen = entry.record.published <= self._batch.now
        postponed = seen and article.published.timestamp() > self._batch.now
        if seen and not postponed:
            itself = article.updated if article.updated > article.published else former.published
            article = msgspec.structs.replace(article, published=former.published, updated=itself)
        same = content == entry.digest or content_hash(article) == content_hash(former)
        if self._batch.reread and not edited and not postponed:
            same = True  # a difference between versions of this program
            article = msgspec.structs.replace(article, updated=former.updated)
            former = msgspec.structs.replace(former, authors=article.authors)
        if seen and not postponed:
            updated = last_change(article, former, stamp if edited and not same else 0)
            article = msgspec.structs.replace(article, updated=updated)
        stays = tombstone_facets(article) == tombstone_facets(former)
        if seen and not entry.removed and (postponed or not stays):
            self._add_tombstone(former, article.id if postponed else "")
        unchanged = same and stays and not entry.removed and article.updated == former.updated
        return article, postponed or not unchanged

    def _retire(self, id_: str, path: str) -> None:
        entry = self._entry(id_)
        if not entry or entry.removed or entry.path != path:
            return
        stamp = self._batch.stamp or entry.record.published
        self._entries[id_] = msgspec.structs.replace(entry, removed=max(stamp, 1))
        self.freed_ids.add(id_)
        if entry.record.published <= self._batch.now:
            former = msgspec.msgpack.decode(entry.record.content, type=Article)
            self._add_tombstone(former, id_)

    def _add_tombstone(self, former: Article, id_: str = "") -> None:
        if self._batch.stamp is not None:
            published = int(former.published.timestamp())
            left = Tombstone(self._batch.stamp, tombstone_facets(former), id_, published)
            self._tombstones.append(left)

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
        known = self._known.files.get(read.path)
        former = known if known and known.id == id_ else None
        dates = (record or former) if id_ else None
        self._files[read.path] = File(
            read.path, read.stamp, id=id_, line=line, problem=problem, withheld=withheld,
            source=read.source,
            published=dates.published if dates else 0,
            updated=dates.updated if dates else 0,
        )  # fmt: skip


def _is_edited(known: File, read: Read) -> bool:
    """Return whether the file changed since *known*: by digest, else by modification time and size."""
    if known.source and read.source:
        return known.source != read.source
    return known.stamp[:2] != read.stamp[:2]  # a copy of a folder has other inodes
