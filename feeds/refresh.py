"""The write side: watch, read, record; one writer, elected by a lock."""

import logging
import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from threading import Event

import msgspec
from msgspec import Struct

from feeds.article import Article, digest, facets, fingerprint
from feeds.corpus import Corpus, Reading, Stamp, Withheld
from feeds.corpus.bulk import Readers
from feeds.errors import ArticleError, CorpusError, StoreError
from feeds.metrics import Refresh, problems
from feeds.period import day_of, week_of
from feeds.store import Changes, Departure, Entry, File, Progress, Record, Store
from feeds.watch import Watcher

log = logging.getLogger(__name__)

BATCH = 1000  # files in one transaction
ELECTION = 0.5  # seconds between two attempts to become the writer

Leaving = dict[bytes, list[str]]  # by digest, the ids of articles whose files are gone


class Read(Struct, frozen=True):
    """A file and what was found in it; *stamp* is from before it was read."""

    path: str
    stamp: Stamp
    reading: Reading
    own_id: bool = False


class Recorder:
    """Decides what a batch of read files changes. Deals with values only: reads no clock, no disk.

    *known* are the files as they were last read, *gone* those of them that are no more, and *leaving*
    what these held: a new file with the same is one of them, renamed. *stamp* is the time every
    change is given, None while the store is first filled, when dates come from the articles, so that
    two servers agree. *first* says that it is filled, be it in place of another.
    """

    def __init__(
        self,
        store: Store,
        known: dict[str, File],
        stamp: int | None,
        now: float,
        *,
        gone: set[str],
        leaving: Leaving,
        first: bool = False,
    ) -> None:
        self._store = store
        self._known = known
        self._gone = gone
        self._leaving = leaving
        self._stamp = stamp
        self._now = now
        self._first = first
        self.changes = Changes(at=stamp or 0)
        self._entries: dict[str, Entry] = {}
        self._files: dict[str, File] = {}
        # What was asked of the store, all at once.
        self._before: dict[str, Entry | None] = {}
        self._former: dict[bytes, Entry] = {}
        self.orphans: set[str] = set()
        """Ids whose article left: a file that was refused for their sake may take its place."""

    def record(self, reads: list[Read], *, last: bool = True) -> Changes:
        """What *reads* come to, and with the *last* of them the disappearance of what is gone."""
        ids = list({id_ for read in reads for id_ in self._likely(read)})
        self._before = dict.fromkeys(ids) | self._store.entries(ids)
        digests = {read.path: digest(read.reading) for read in reads if isinstance(read.reading, Article)}
        self._former = self._store.removed([*digests.values()])
        for read in sorted(reads, key=lambda read: read.path):
            match read.reading:
                case ArticleError() as error:
                    self._keep(read, error)
                case Withheld() as withheld:
                    self._withhold(read, withheld)
                case Article() as article:
                    self._publish(read, article, digests[read.path])
        if last:
            self.changes.gone = sorted(self._gone)
            for path in self.changes.gone:
                known = self._known.get(path)
                if known and known.id:
                    self._retire(known.id, path)
        back = {id_ for id_, entry in self._entries.items() if not entry.removed}
        self.orphans -= back
        self.changes.departures = [
            msgspec.structs.replace(left, id="") if left.id in back else left
            for left in self.changes.departures
        ]
        self.changes.entries = list(self._entries.values())
        self.changes.files = list(self._files.values())
        return self.changes

    def _likely(self, read: Read) -> Iterator[str]:
        """The ids that *read* is most likely about."""
        if isinstance(read.reading, Article):
            yield read.reading.id
        if known := self._known.get(read.path):
            yield known.id

    def _entry(self, id_: str) -> Entry | None:
        if id_ in self._entries:
            return self._entries[id_]
        return self._before[id_] if id_ in self._before else self._store.entries([id_]).get(id_)

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

    def _publish(self, read: Read, article: Article, content: bytes) -> None:
        known = self._known.get(read.path)
        id_ = article.id
        if not read.own_id:
            if known and known.id:
                id_ = known.id
            elif self._leaving.get(content):
                id_ = self._leaving[content].pop(0)
            elif (former := self._former.get(content)) and former.record.id not in self._entries:
                id_ = former.record.id
        if known and known.id and known.id != id_:
            self._retire(known.id, read.path)
        entry = self._entry(id_)
        if entry and not entry.removed and entry.path != read.path and entry.path not in self._gone:
            if entry.path < read.path:
                self._file(read, id_, 1, f"has the id of {entry.path}, which is syndicated")
                log.warning("%s: has the id %s of %s, which is syndicated", read.path, id_, entry.path)
                return
            self._displace(entry.path, id_, read.path)
        self._file(read, id_)
        edited = known is None or _stamp(known) != read.stamp
        if entry and entry.path != read.path:
            edited = True  # another file has taken its place
        self._put(read.path, msgspec.structs.replace(article, id=id_), content, entry, edited)

    def _displace(self, path: str, id_: str, by: str) -> None:
        file = self._files.get(path) or self._known.get(path) or self._store.file(path)
        if file:
            reason = f"has the id of {by}, which is syndicated"
            self._files[path] = msgspec.structs.replace(file, id=id_, line=1, problem=reason)
            log.warning("%s: %s", path, reason)

    def _put(
        self, path: str, article: Article, content: bytes, entry: Entry | None, edited: bool
    ) -> None:
        stamp = self._stamp
        changed = int(article.published.timestamp()) if stamp is None else stamp
        first_seen = entry.first_seen if entry else changed
        if entry and stamp is not None:
            former = msgspec.msgpack.decode(entry.record.content, type=Article)
            seen = entry.record.published <= self._now
            if seen:
                # Once seen, an article keeps its date, or readers show it as new again.
                itself = article.updated if article.updated > article.published else former.published
                article = msgspec.structs.replace(article, published=former.published, updated=itself)
            same = digest(article) == digest(former)
            if seen:
                updated = _updated(article, former, stamp if edited and not same else 0)
                article = msgspec.structs.replace(article, updated=updated)
            stays = facets(article) == facets(former)
            if same and stays and not entry.removed and article.updated == former.updated:
                changed = entry.record.changed
            if seen and not stays and not entry.removed:
                self._depart(former)
        appeared, rated, daily, weekly = self._ranking(article, entry)
        record = Record.of(
            article,
            version=fingerprint([content if entry is None else digest(article), article.updated]),
            changed=changed,
            appeared=appeared,
            rated=rated,
            daily=daily,
            weekly=weekly,
            story=entry.record.story if entry else "",
            number=entry.record.number if entry else 0,
        )
        made = Entry(record, path, content, first_seen)
        if made != entry:
            self._entries[article.id] = made

    def _ranking(self, article: Article, entry: Entry | None) -> tuple[int, int, int, int]:
        """When *article* appeared and was rated, and its heat on that day and in that week."""
        published, heat, stamp = int(article.published.timestamp()), article.heat, self._stamp
        if self._first or stamp is None:
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
        stamp = self._stamp or entry.record.published
        self._entries[id_] = msgspec.structs.replace(entry, removed=max(stamp, 1))
        self.orphans.add(id_)
        if entry.record.published <= self._now:
            former = msgspec.msgpack.decode(entry.record.content, type=Article)
            self._depart(former, id_)

    def _depart(self, former: Article, id_: str = "") -> None:
        if self._stamp is not None:
            published = int(former.published.timestamp())
            left = Departure(self._stamp, facets(former), id_, published)
            self.changes.departures.append(left)

    def _file(
        self, read: Read, id_: str, line: int = 0, problem: str = "", *, withheld: bool = False
    ) -> None:
        self._files[read.path] = File(
            read.path, *read.stamp, id=id_, line=line, problem=problem, withheld=withheld
        )


def _updated(article: Article, former: Article, edited: int) -> datetime:
    """When a subscriber last saw *article* change: as it says itself, else when it was *edited*."""
    latest = max(article.updated, former.updated, article.published)
    says_itself = article.updated > article.published and article.updated > former.updated
    if edited and not says_itself:
        latest = max(latest, datetime.fromtimestamp(edited, UTC))
    return latest


class Refresher:
    """Keeps the store in step with the corpus, for as long as it is the one writer.

    *clock* tells seconds since 1970. *edition* stands for everything else that shows in a feed, such
    as the site's name: when it changes, every feed counts as changed. *report* is called with what was
    done whenever there is news.
    """

    def __init__(
        self,
        corpus: Corpus,
        store: Store,
        clock: Callable[[], float],
        edition: bytes = b"",
        progress: Callable[[int, int], object] = lambda _done, _total: None,
        *,
        report: Callable[[Refresh], object] = lambda _refresh: None,
    ) -> None:
        self._corpus = corpus
        self._store = store
        self._clock = clock
        self._edition = edition
        self._progress = progress
        self._report = report
        self._reported: Refresh | None = None
        self._problems: list[ArticleError] = []
        self._trouble = ""
        self._checked = False

    def run(self, watcher: Watcher, stop: Event) -> None:
        """Wait for the lead, then record every change until *stop* is set."""
        while not stop.is_set():
            try:
                if self._store.lead():
                    self._lead(watcher, stop)
                else:
                    stop.wait(ELECTION)
            except (StoreError, CorpusError, OSError) as error:
                self._checked = self._checked and not isinstance(error, StoreError)
                if str(error) != self._trouble:
                    log.error("%s; trying again until it can", error)
                self._trouble = str(error)
                self._tell(self._clock(), 0)
                stop.wait(ELECTION)

    def _lead(self, watcher: Watcher, stop: Event) -> None:
        if not self._checked:
            self._store.check()
            self._checked = True
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
            elif paths is None:
                if changed := self.scan():
                    watcher.missed(changed)
            elif not self.look(paths):
                self.scan()

    def scan(self) -> int:
        """Look at every file, read those that changed; how many were read."""
        corpus, store, begun = self._corpus, self._store, self._clock()
        if not corpus.root.is_dir():
            # A folder that is gone as a whole is a mount that failed, not a corpus of nothing.
            raise CorpusError(corpus.root, "no such folder")
        corpus.reload()
        first = not store.progress().ready
        whole = fingerprint([corpus.fingerprint, self._edition])
        anew = whole != store.fingerprint()
        had = store.file_count()
        stamps, total, met = self._differing(anew)
        if had and not total and not any(corpus.root.iterdir()):
            raise CorpusError(corpus.root, "empty, which is taken for a mount that failed")
        gone = self._gone() if met < had else set()
        changed = list(stamps)
        if not (changed or gone or anew or first):
            return self._done(begun, 0)
        known = store.files([*changed, *gone]) if had else {}
        leaving = _leaving(store, known, gone)
        done_before = total - len(changed)  # read by a run that was killed, in a first load
        last = max(0, (len(changed) - 1) // BATCH)
        with Readers(corpus, changed) as readers:
            readings = iter(readers)
            for number in range(last + 1):
                recorder = self._recorder(known, gone, leaving, first)
                reads = [
                    self._as_read(path, stamps[path], source.reading)
                    for path, source in islice(readings, BATCH)
                    if source
                ]
                batch = recorder.record(reads, last=number == last)
                done = min(len(changed), (number + 1) * BATCH)
                if anew and number == (0 if first else last):
                    # First in a first load, for what it has read stands if it is killed.
                    batch.fingerprint = whole
                    batch.taxonomy = corpus.taxonomy
                    if not first:
                        batch.departures.append(Departure(batch.at, None))
                if first:
                    batch.progress = Progress(done_before + done, total, ready=number == last)
                store.record(batch)
                known.update((file.path, file) for file in batch.files)
                self._progress(done, len(changed))
                self._reread(recorder)
        return self._done(begun, len(changed) + len(gone))

    def _done(self, begun: float, files: int) -> int:
        """*files*, once it is reported that so many were looked at since *begun*."""
        self._trouble = ""
        self._tell(begun, files)
        return files

    def _tell(self, begun: float, files: int) -> None:
        now, former = self._clock(), self._reported
        made = Refresh(
            finished=now,
            seconds=max(0.0, now - begun),
            files=files,
            bad=len(self._problems),
            problems=problems(self._problems),
            trouble=self._trouble,
        )
        if former and not files:
            # Who polls looks twice a second: what is told of is the last time there was something.
            made = msgspec.structs.replace(
                former, bad=made.bad, problems=made.problems, trouble=made.trouble
            )
        if made != former:
            self._reported = made
            self._report(made)

    def _differing(self, anew: bool) -> tuple[dict[str, Stamp], int, int]:
        """The stamps of what is to be read, in order, how many files there are, and how many were known.

        There may be very many, and every sweep looks at all: never more than a batch is in memory.
        """
        stamps: dict[str, Stamp] = {}
        total = met = 0
        bad = list(self._corpus.problems)
        found = self._corpus.files()
        while some := list(islice(found, BATCH)):
            bad += [each for each in some if isinstance(each, ArticleError)]
            there = dict(each for each in some if not isinstance(each, ArticleError))
            before = self._store.stamps([*there])
            total += len(there)
            met += len(before)
            stamps |= {path: stamp for path, stamp in there.items() if anew or before.get(path) != stamp}
        known = set(map(str, self._problems))
        for problem in bad:
            if str(problem) not in known:
                log.warning("%s", problem)
        self._problems = bad
        return stamps, total, met

    def _gone(self) -> set[str]:
        """What was read once and is no more."""
        missing = set(self._store.stamps())
        for found in self._corpus.files():
            if not isinstance(found, ArticleError):
                missing.discard(found[0])
        return {path for path in missing if self._is_gone(path)}

    def look(self, paths: set[str]) -> bool:
        """Read the files at *paths* again; False where that is not enough, and a scan is due."""
        corpus, begun = self._corpus, self._clock()
        if not corpus.root.is_dir():
            return False
        for path in paths:
            if corpus.concerns_all(path):
                return False
            if not corpus.holds(path) and self._is_folder(path):
                return False  # it came, went or was renamed
        mine = sorted(path for path in paths if corpus.holds(path))
        if not mine:
            return True
        known = self._store.files(mine)
        stamps = {path: corpus.stamp(path) for path in mine}
        reads = [read for path, stamp in stamps.items() if stamp and (read := self._read(path, stamp))]
        gone = {path for path in known if path in stamps and not stamps[path] and self._is_gone(path)}
        if not reads and not gone:
            return True
        recorder = self._recorder(known, gone, _leaving(self._store, known, gone), first=False)
        batch = recorder.record(reads)
        self._store.record(batch)
        self._reread(recorder)
        log.info("%d files changed, %d articles", len(reads) + len(gone), len(batch.entries))
        self._done(begun, len(reads) + len(gone))
        return True

    def _is_folder(self, path: str) -> bool:
        """Whether *path* is a folder, or was one: not a file that only came to take another's place."""
        try:
            return not stat.S_ISREG(os.stat(self._corpus.root / path).st_mode)
        except OSError:
            return self._store.has_below(path.encode(errors="replace").decode())

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

    def _is_gone(self, path: str) -> bool:
        """Whether there is no file at *path*, as opposed to one that cannot be seen now."""
        try:
            (self._corpus.root / path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False
        return True  # a folder, or not to be read any more

    def _recorder(
        self, known: dict[str, File], gone: set[str], leaving: Leaving, first: bool
    ) -> Recorder:
        now = self._clock()
        stamp = max(int(now), self._store.latest(now) + 1)
        dated = first and not self._store.replaces_another()
        return Recorder(
            self._store, known, None if dated else stamp, now, gone=gone, leaving=leaving, first=first
        )

    def _read(self, path: str, stamp: Stamp) -> Read | None:
        reading = self._corpus.read(path)
        return self._as_read(path, stamp, reading) if reading else None

    def _as_read(self, path: str, stamp: Stamp, reading: Reading) -> Read:
        own = isinstance(reading, Article) and reading.id != self._corpus.id_of(path)
        return Read(path, stamp, reading, own)


def _leaving(store: Store, known: dict[str, File], gone: set[str]) -> Leaving:
    ids = [known[path].id for path in sorted(gone) if known[path].id]
    leaving: Leaving = {}
    for entry in sorted(store.entries(ids).values(), key=lambda entry: entry.path):
        if not entry.removed and entry.path in gone:
            leaving.setdefault(entry.digest, []).append(entry.record.id)
    return leaving


def _stamp(file: File) -> Stamp:
    return Stamp(file.modified, file.size, file.inode)
