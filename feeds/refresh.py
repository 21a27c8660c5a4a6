"""The write side: watch, read, record; one writer, elected by a lock."""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Event

import msgspec
from msgspec import Struct

from feeds.article import Article, Facets, digest, facets, fingerprint
from feeds.corpus import Corpus, Reading, Stamp, Withheld
from feeds.errors import ArticleError, CorpusError, StoreError
from feeds.store import Changes, Departure, Entry, File, Progress, Record, Store
from feeds.watch import Watcher

log = logging.getLogger(__name__)

BATCH = 1000  # files in one transaction
ELECTION = 0.5  # seconds between two attempts to become the writer


class Read(Struct, frozen=True):
    """A file and what was found in it; *stamp* is from before it was read."""

    path: str
    stamp: Stamp
    reading: Reading
    own_id: bool = False


class Recorder:
    """Decides what a batch of read files changes. Deals with values only: reads no clock, no disk.

    *known* are the files as they were last read; *stamp* is the time every change is given, None
    while the store is first filled, when dates come from the articles, so that two servers agree.
    """

    def __init__(self, store: Store, known: dict[str, File], stamp: int | None, now: float) -> None:
        self._store = store
        self._known = known
        self._stamp = stamp
        self._now = now
        self.changes = Changes(at=stamp or 0)
        self._entries: dict[str, Entry] = {}
        self._files: dict[str, File] = {}
        self.orphans: set[str] = set()
        """Ids whose article left: a file that was refused for their sake may take its place."""

    def record(self, reads: list[Read], gone: Iterable[str] = ()) -> Changes:
        """What *reads* and the disappearance of the files *gone* come to."""
        gone = set(gone)
        leaving = self._leaving(gone)
        for read in sorted(reads, key=lambda read: read.path):
            match read.reading:
                case ArticleError() as error:
                    self._keep(read, error)
                case Withheld() as withheld:
                    self._withhold(read, withheld)
                case Article() as article:
                    self._publish(read, article, leaving, gone)
        for path in gone:
            known = self._known.get(path)
            if known and known.id:
                self._retire(known.id, path)
        self.changes.entries = list(self._entries.values())
        self.changes.files = list(self._files.values())
        self.changes.gone = sorted(gone)
        return self.changes

    def _leaving(self, gone: set[str]) -> dict[bytes, str]:
        """What the files that are gone held: a new file with the same is one of them, renamed."""
        ids = [self._known[path].id for path in gone if path in self._known and self._known[path].id]
        return {
            entry.digest: entry.record.id
            for entry in self._store.entries(ids).values()
            if not entry.removed and entry.path in gone
        }

    def _entry(self, id_: str) -> Entry | None:
        return self._entries.get(id_) or self._store.entries([id_]).get(id_)

    def _keep(self, read: Read, error: ArticleError) -> None:
        """The file is bad: what it held before stays as it was."""
        known = self._known.get(read.path)
        self._file(read, known.id if known else "", error.line, error.reason)
        log.warning("%s", error)

    def _withhold(self, read: Read, withheld: Withheld) -> None:
        known = self._known.get(read.path)
        id_ = known.id if known else ""
        self._file(read, id_, 0, withheld.reason, withheld=True)
        if id_:
            self._retire(id_, read.path)

    def _publish(self, read: Read, article: Article, leaving: dict[bytes, str], gone: set[str]) -> None:
        known = self._known.get(read.path)
        content = digest(article)
        id_ = article.id
        if not read.own_id:
            if known and known.id:
                id_ = known.id
            elif content in leaving:
                id_ = leaving.pop(content)
            elif (former := self._store.removed(content)) and former.record.id not in self._entries:
                id_ = former.record.id
        if known and known.id and known.id != id_:
            self._retire(known.id, read.path)
        entry = self._entry(id_)
        if entry and not entry.removed and entry.path != read.path and entry.path not in gone:
            if entry.path < read.path:
                self._file(read, id_, 1, f"has the id of {entry.path}, which is syndicated")
                log.warning("%s: has the id %s of %s, which is syndicated", read.path, id_, entry.path)
                return
            self._displace(entry.path, id_, read.path)
        self._file(read, id_)
        edited = known is None or Stamp(known.modified, known.size, known.inode) != read.stamp
        self._put(read.path, msgspec.structs.replace(article, id=id_), content, entry, edited)

    def _displace(self, path: str, id_: str, by: str) -> None:
        file = self._files.get(path) or self._known.get(path)
        if file:
            reason = f"has the id of {by}, which is syndicated"
            self._files[path] = msgspec.structs.replace(file, id=id_, line=1, problem=reason)
            log.warning("%s: %s", path, reason)

    def _put(
        self, path: str, article: Article, content: bytes, entry: Entry | None, edited: bool
    ) -> None:
        published = int(article.published.timestamp())
        stamp = self._stamp
        changed = published if stamp is None else stamp
        first_seen = changed
        if entry:
            former = msgspec.msgpack.decode(entry.record.payload, type=Article)
            first_seen = entry.first_seen
            if entry.record.published <= self._now:
                # Once seen, an article keeps its date, or readers show it as new again.
                article = msgspec.structs.replace(article, published=former.published)
                content = digest(article)
            same = content == entry.digest and not entry.removed
            edited = edited and content != entry.digest
            article = msgspec.structs.replace(article, updated=_updated(article, former, stamp, edited))
            if same and article.updated == former.updated:
                changed = entry.record.changed
            if not entry.removed and entry.record.published <= self._now:
                self._depart(facets(former), facets(article))
        record = Record(
            article.id,
            msgspec.msgpack.encode(article),
            fingerprint([content, article.updated]),
            int(article.published.timestamp()),
            changed,
        )
        made = Entry(record, path, content, first_seen)
        if made != entry:
            self._entries[article.id] = made

    def _retire(self, id_: str, path: str) -> None:
        entry = self._entry(id_)
        if not entry or entry.removed or entry.path != path:
            return
        stamp = self._stamp or entry.record.published
        self._entries[id_] = msgspec.structs.replace(entry, removed=max(stamp, 1))
        self.orphans.add(id_)
        if entry.record.published <= self._now:
            former = msgspec.msgpack.decode(entry.record.payload, type=Article)
            self._depart(facets(former), None)

    def _depart(self, former: Facets, now: Facets | None) -> None:
        if self._stamp is not None and former != now:
            self.changes.departures.append(Departure(self._stamp, former))

    def _file(
        self, read: Read, id_: str, line: int = 0, problem: str = "", *, withheld: bool = False
    ) -> None:
        self._files[read.path] = File(
            read.path, *read.stamp, id=id_, line=line, problem=problem, withheld=withheld
        )


def _updated(article: Article, former: Article, stamp: int | None, edited: bool) -> datetime:
    """When a subscriber last saw *article* change: as it says itself, else when it was seen."""
    latest = max(article.updated, former.updated, article.published)
    says_itself = article.updated > article.published and article.updated > former.updated
    if edited and stamp is not None and not says_itself:
        latest = max(latest, datetime.fromtimestamp(stamp, UTC))
    return latest


class Refresher:
    """Keeps the store in step with the corpus, for as long as it is the one writer.

    *clock* tells seconds since 1970. *edition* stands for everything else that shows in a feed, such
    as the site's name: when it changes, every feed counts as changed.
    """

    def __init__(
        self,
        corpus: Corpus,
        store: Store,
        clock: Callable[[], float],
        edition: bytes = b"",
        progress: Callable[[int, int], object] = lambda _done, _total: None,
    ) -> None:
        self._corpus = corpus
        self._store = store
        self._clock = clock
        self._edition = edition
        self._progress = progress
        self._problems: set[str] = set()
        self._trouble = ""

    def run(self, watcher: Watcher, stop: Event) -> None:
        """Wait for the lead, then record every change until *stop* is set."""
        while not stop.is_set():
            try:
                if self._store.lead():
                    self._lead(watcher, stop)
                else:
                    stop.wait(ELECTION)
            except (StoreError, CorpusError, OSError) as error:
                if str(error) != self._trouble:
                    log.error("%s; trying again until it can", error)
                self._trouble = str(error)
                stop.wait(ELECTION)

    def _lead(self, watcher: Watcher, stop: Event) -> None:
        self._store.check()
        woken = self._store.woken()

        def was_woken() -> bool:
            nonlocal woken
            before, woken = woken, self._store.woken()
            return before != woken

        changed = self.scan()
        log.info("the writer: %d files read", changed)
        for paths in watcher.changes(stop, was_woken):
            if self._store.replaced():
                self.scan()
            elif paths is None or not self.look(paths):
                asked = was_woken()
                changed = self.scan()
                if changed and paths is None and not asked:
                    watcher.missed(changed)

    def scan(self) -> int:
        """Look at every file, read those that changed; how many were read."""
        corpus, store = self._corpus, self._store
        if not corpus.root.is_dir():
            # A folder that is gone as a whole is a mount that failed, not a corpus of nothing.
            raise CorpusError(corpus.root, "no such folder")
        corpus.reload()
        known = store.files()
        first = not store.progress().ready
        whole = fingerprint([corpus.fingerprint, self._edition])
        anew = whole != store.fingerprint()
        stamps: dict[str, Stamp] = {}
        problems = list(corpus.problems)
        for found in corpus.files():
            if isinstance(found, ArticleError):
                problems.append(found)
            else:
                stamps[found[0]] = found[1]
        for problem in problems:
            if str(problem) not in self._problems:
                log.warning("%s", problem)
        self._problems = {str(problem) for problem in problems}
        gone = [path for path in known if path not in stamps]
        changed = [
            path
            for path, stamp in stamps.items()
            if anew or path not in known or _stamp(known[path]) != stamp
        ]
        if first:
            changed.sort(key=lambda path: path in known)  # what a killed run had read comes last
        if not (changed or gone or anew or first):
            return 0
        last = max(0, (len(changed) - 1) // BATCH)
        for number in range(last + 1):
            some = changed[number * BATCH : (number + 1) * BATCH]
            recorder = self._recorder(known, first)
            batch = recorder.record(
                [read for path in some if (read := self._read(path, stamps[path]))],
                gone if number == last else (),
            )
            done = min(len(changed), (number + 1) * BATCH)
            if number == last:
                batch.fingerprint = whole if anew else None
                batch.taxonomy = corpus.taxonomy if anew else None
                if anew and not first:
                    batch.departures.append(Departure(batch.at, None))
            if first:
                batch.progress = Progress(done, len(changed), ready=number == last)
            store.record(batch)
            known.update((file.path, file) for file in batch.files)
            self._progress(done, len(changed))
            self._reread(recorder)
        return len(changed) + len(gone)

    def look(self, paths: set[str]) -> bool:
        """Read the files at *paths* again; False where that is not enough, and a scan is due."""
        corpus = self._corpus
        for path in paths:
            if corpus.concerns_all(path):
                return False
            if not corpus.holds(path) and not (corpus.root / path).is_file():
                return False  # a folder came, went or was renamed
        mine = sorted(path for path in paths if corpus.holds(path))
        if not mine:
            return True
        known = self._store.files() if len(mine) > 20 else self._some(mine)
        stamps = {path: corpus.stamp(path) for path in mine}
        reads = [read for path, stamp in stamps.items() if stamp and (read := self._read(path, stamp))]
        gone = [path for path, stamp in stamps.items() if not stamp and path in known]
        if not reads and not gone:
            return True
        recorder = self._recorder(known, first=False)
        batch = recorder.record(reads, gone)
        self._store.record(batch)
        self._reread(recorder)
        log.info("%d files changed, %d articles", len(reads) + len(gone), len(batch.entries))
        return True

    def _some(self, paths: list[str]) -> dict[str, File]:
        return {path: file for path in paths if (file := self._store.file(path))}

    def _reread(self, recorder: Recorder) -> None:
        """Let files that were refused for an id that is free now have it."""
        waiting = {
            path
            for id_ in recorder.orphans
            for path in self._store.claimants(id_)
            if not (file := self._store.file(path)) or not file.withheld
        }
        if waiting:
            self.look(waiting)

    def _recorder(self, known: dict[str, File], first: bool) -> Recorder:
        now = self._clock()
        stamp = max(int(now), self._store.last_change() + 1)
        if first and not self._store.replaces_another():
            return Recorder(self._store, known, None, now)
        return Recorder(self._store, known, stamp, now)

    def _read(self, path: str, stamp: Stamp) -> Read | None:
        reading = self._corpus.read(path)
        if reading is None:
            return None
        own = isinstance(reading, Article) and reading.id != self._corpus.id_of(path)
        return Read(path, stamp, reading, own)


def _stamp(file: File) -> Stamp:
    return Stamp(file.modified, file.size, file.inode)
