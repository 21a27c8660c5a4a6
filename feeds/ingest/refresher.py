"""The write side: watch, read, record; one writer, elected by a lock."""

import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from threading import Event

import msgspec
from msgspec import Struct

from feeds.article import Article, fingerprint
from feeds.corpus import READING_VERSION, Corpus, Reading, Source, Stamp, Withheld
from feeds.corpus.problems import MOST_FILES_GONE
from feeds.corpus.reader_pool import Readers
from feeds.corpus.urls import is_loopback
from feeds.errors import (
    ArticleError,
    CorpusError,
    StoreError,
    StoreRefused,
    UnreadableFile,
)
from feeds.ingest.clock_healing import heal_clock
from feeds.ingest.former_state import Known, former_state
from feeds.ingest.identity import Content, Held, moves
from feeds.ingest.reads import Read, StoredReads
from feeds.ingest.recorder import Batch, Recorded, record
from feeds.ingest.watch import Watcher
from feeds.monitoring.process_registry import Refresh, problems
from feeds.store import Changes, File, Progress, Request, Store, Tombstone

log = logging.getLogger(__name__)

BATCH = 1000  # files in one transaction
ELECTION = 0.5  # seconds between two attempts to become the writer
SETTLE = 0.2  # seconds that a file which is being written must stay as it is
UNSETTLED = 5.0  # seconds after which it is read all the same
RECENT = 2.0  # seconds since a change of a file that may not be complete yet
SAMPLE = 200  # files of a store that are looked up in another folder
FEW = 20  # files; if a corpus has more, the loss of most is taken for a failed mount
SCANS = 25  # attempts at a scan while files change places
RETRY = (1.0, 30.0)  # seconds until files that could not be read are tried again, at first and at most


class Refresher:
    """Keeps the store in step with the corpus, for as long as it is the one writer.

    *clock* returns seconds since 1970. *edition* is a digest of everything else that shows in a feed,
    such as the site's name: when it changes, every feed counts as changed. *version* is the version of
    reading and rendering: when it changes, unchanged files are read again, and differences are not sent
    to readers as changes. *report* is called with each new Refresh. *pause* waits for a number of
    seconds, and returns true if the program stops; without it, a scan waits neither for files that are
    being written nor for the clock. With *quiet*, the caller reports *held*.
    """

    def __init__(
        self,
        corpus: Corpus,
        store: Store,
        clock: Callable[[], float],
        edition: bytes = b"",
        progress: Callable[[int, int], object] = lambda _done, _total: None,
        *,
        version: bytes = b"",
        report: Callable[[Refresh], object] = lambda _refresh: None,
        pause: Callable[[float], bool] | None = None,
        quiet: bool = False,
    ) -> None:
        self._corpus = corpus
        self._store = store
        self._clock = clock
        self._edition = edition
        self._version = fingerprint([READING_VERSION, version])
        self._progress = progress
        self._report = report
        self._pause = pause
        self._reported: Refresh | None = None
        self._problems: list[ArticleError] = []
        self._trouble = ""
        self._quiet = quiet
        self._checked = False
        self._requests: set[Request] = set()
        self._unread: set[str] = set()  # files and folders that could not be read for now
        self._failed: dict[str, UnreadableFile] = {}  # those of them that could be listed
        self._kept: set[str] = set()  # files that are gone, and whose articles are kept
        self._unsettled: dict[str, Stamp] = {}  # what was to be read when files seemed to change places
        self._retry_at, self._retry_after = 0.0, RETRY[0]
        self.held = ""
        """The reason to keep articles whose files are gone, empty if there are none."""

    def run(self, watcher: Watcher, stop: Event) -> None:
        """Become the writer as soon as possible, and record every change until *stop* is set."""
        self._pause = self._pause or stop.wait
        while not stop.is_set():
            try:
                if self._store.acquire_writer():
                    self._lead(watcher, stop)
                else:
                    self._return_requests()
                    stop.wait(ELECTION)
            except (StoreError, CorpusError, OSError) as error:
                self._checked = self._checked and not isinstance(error, StoreError)
                if str(error) != self._trouble:
                    log.error("%s; trying again", error)
                self._trouble = str(error)
                self._tell(self._clock(), 0)
                stop.wait(ELECTION)

    def _lead(self, watcher: Watcher, stop: Event) -> None:
        self._requests |= self._store.requests()
        self._checked = self._checked and "check" not in self._requests
        self.begin()
        changed = self._scan_as_requested()
        log.info("writing the store: %d files read", changed)
        self._warn_of_authority()
        for paths in watcher.changes(stop, self._is_asked):
            self._requests |= self._store.requests()  # also where the watcher polls, which asks nothing
            if "check" in self._requests:
                self._store.check()
            if self._store.replaced() or self._requests & {"accept-removals", "check"}:
                self._scan_as_requested()
            elif paths is None or self._requests:
                if changed := self._scan_as_requested():
                    watcher.missed(changed)
            elif not self.refresh_paths(paths):
                self.refresh_all()

    def begin(self) -> None:
        """Verify the store; take the last good descriptions and the authority from it. Writer only."""
        if not self._checked:
            self._store.check()
            self._checked = True
        if kept := self._store.descriptions():
            self._corpus.keep(kept)
        self._corpus.fix(self._store.authority())

    def _is_asked(self) -> bool:
        """Whether a scan is due although no file changed."""
        try:
            self._requests |= self._store.requests()
        except StoreError:
            return True  # so that _lead reads the requests again, and meets the error
        return bool(self._requests) or (bool(self._unread) and time.monotonic() >= self._retry_at)

    def _return_requests(self) -> None:
        """Leave requests that could not be fulfilled to the process that is the writer now."""
        if self._requests:
            self._store.request(*self._requests)
            self._requests = set()

    def _scan_as_requested(self) -> int:
        """Scan as the requests say, and drop them once the scan succeeded."""
        changed = self.refresh_all(accept_removals="accept-removals" in self._requests)
        self._requests = set()
        return changed

    def refresh_all(self, *, accept_removals: bool = False, adopt: bool = False) -> int:
        """Check every file and record those that changed; return their number.

        If most files are gone, their articles stay until the files return or *accept_removals*.
        Raises StoreRefused if the store belongs to another corpus, unless *adopt*, and CorpusError if the
        folder is missing or empty.
        """
        begun, accept_removals = self._clock(), accept_removals or adopt
        self._take_up(accept_removals=accept_removals)
        for _ in range(SCANS):
            files = self._scan(accept_removals=accept_removals, adopt=adopt)
            if files is not None:
                return self._done(begun, files)
        raise CorpusError(self._corpus.root, "files change places faster than they can be read")

    def _scan(self, *, accept_removals: bool, adopt: bool) -> int | None:
        """Scan once; return None if files changed places meanwhile."""
        first, had = not self._store.progress().ready, self._store.file_count()
        is_new, is_reread = self._what_is_new()
        stamps, total, met = self._differing(is_new or is_reread)
        if not adopt:
            self._refuse_other(had, met)
        if had and not total and not accept_removals and not any(self._corpus.root.iterdir()):
            raise CorpusError(self._corpus.root, "empty, which is taken for a mount that failed")
        gone: set[str] = set()
        if met < had:
            gone = self._gone_for_good()
            is_idle = not (accept_removals or stamps or is_new or is_reread or first)
            if is_idle and gone and gone == self._kept:
                return 0  # nothing but what is held already
            # Again: a missing file may have moved to a folder that had been listed before.
            stamps, total, _ = self._differing(is_new or is_reread)
            gone -= stamps.keys()
        stamps, gone = self._settle(stamps, gone)
        self._record_corpus()
        if not (stamps or gone or is_new or is_reread or first):
            self._hold(set(), had)
            return 0
        found = _Found(stamps, gone, had, total, first, is_new, is_reread)
        return self._record(found, accept_removals=accept_removals)

    def _take_up(self, *, accept_removals: bool) -> None:
        """Read the descriptions of the corpus, and correct times that a wrong clock left in the store."""
        if not self._corpus.root.is_dir():
            # A missing folder is taken for a failed mount, not for an empty corpus.
            raise CorpusError(self._corpus.root, "no such folder")
        end = time.monotonic() + UNSETTLED
        while not self._corpus.find_descriptions() and self._pause and time.monotonic() < end:
            if self._pause(SETTLE):
                break
        self._corpus.use_descriptions(accept_removals=accept_removals)
        heal_clock(self._store, self._clock())
        self._fix_authority()

    def _record_corpus(self) -> None:
        """Record the path of the corpus, and the files in force that describe it."""
        descriptions, here = dict(self._corpus.descriptions), os.path.abspath(self._corpus.root)
        if descriptions != self._store.descriptions() or here != self._store.corpus():
            self._store.record(Changes(descriptions=descriptions, corpus=here))

    def _record(self, found: "_Found", *, accept_removals: bool) -> int | None:
        """Read and record what was *found*; how many files that were, None as ``_scan``."""
        corpus, changed, gone = self._corpus, list(found.stamps), found.gone
        files = self._store.files([*changed, *gone]) if found.had else {}
        last = max(0, (len(changed) - 1) // BATCH)
        with Readers(corpus, changed) as readers, ExitStack() as stack:
            reads: Iterable[Read] = self._reads(readers, found.stamps, tell=bool(found.had))
            moved: dict[str, str] = {}
            if found.had:  # in a first load, no article can have moved
                reads = stack.enter_context(StoredReads(reads, BATCH))
                if self._moved_meanwhile(reads, {*changed, *gone}):
                    return None
                moved, replaced = self._moves(reads, files, gone)
                if replaced and self._is_unsettled(found.stamps):
                    return None
                gone = self._without_lost(gone, files, moved, found.had, accept_removals=accept_removals)
            known = Known(files, moved, set(moved.values()))
            remaining = iter(reads)
            for number in range(last + 1):
                reread = found.is_reread and not found.is_new
                retired = sorted(gone) if number == last else []
                some = [*islice(remaining, BATCH)]
                made = self._decide(some, known, gone, retired, first=found.first, reread=reread)
                done = min(len(changed), (number + 1) * BATCH)
                self._describe(made.changes, found, number == last, done)
                self._store.record(made.changes)
                known.files.update((file.path, file) for file in made.changes.files)
                if not found.had:
                    self._progress(done, len(changed))
                self._reread(made.freed_ids)
        return len(changed) + len(gone)

    def _describe(self, batch: Changes, found: "_Found", last: bool, done: int) -> None:
        """Add the progress of a first load, and changed descriptions of the corpus, to *batch*."""
        is_begun = done <= BATCH
        if (found.is_new or found.is_reread) and (is_begun if found.first else last):
            # With the first batch of a first load, so that its files are not read again after a kill.
            batch.fingerprint = self._fingerprint()
            if found.is_new or self._corpus.taxonomy != self._store.taxonomy():
                batch.taxonomy = self._corpus.taxonomy
            if found.is_new and not found.first:
                batch.tombstones.append(Tombstone(batch.at, None))
        if found.first:
            before = found.total - len(found.stamps)  # read by a run that was killed
            batch.progress = Progress(before + done, found.total, ready=last)

    def _what_is_new(self) -> tuple[bool, bool]:
        """Whether the descriptions of the corpus changed, and whether the version of this program did."""
        stored, made = self._store.fingerprint(), self._fingerprint()
        if len(stored) == len(made):
            return stored[:16] != made[:16], stored[16:] != made[16:]
        # An earlier version stored one fingerprint for both: compare the descriptions themselves.
        former, now = self._store.taxonomy(), self._corpus.taxonomy
        authority = former.authority or now.authority
        return msgspec.structs.replace(former, authority=authority) != now, True

    def _fingerprint(self) -> bytes:
        return fingerprint([self._corpus.fingerprint, self._edition]) + self._version

    def _fix_authority(self) -> None:
        corpus, store = self._corpus, self._store
        fixed = store.authority()
        if not fixed and not is_loopback(corpus.authority):
            fixed = corpus.authority
            store.record(Changes(authority=fixed))
        if fixed:
            corpus.fix(fixed)

    def _warn_of_authority(self) -> None:
        """Warn at every start if ids are made of another authority than they should be."""
        corpus, fixed = self._corpus, self._store.authority()
        setting = corpus.authority_setting
        if not fixed:
            log.warning("site.authority: ids are made of %r, which is unique nowhere; "
                        "set a domain of yours, once and for ever", corpus.authority)  # fmt: skip
        elif setting and setting != fixed:
            log.warning("site.authority: %r is not used, since the ids in this store are made of %r; "
                        "set that", setting, fixed)  # fmt: skip

    def _refuse_other(self, had: int, met: int) -> None:
        """Raise StoreRefused if this is another folder, in which *met* of the *had* known files exist."""
        former, here = self._store.corpus(), os.path.abspath(self._corpus.root)
        if had > FEW and met * 10 < had and former and former != here:
            raise other_corpus(self._store, former, here, had, met)

    def _without_lost(
        self,
        gone: set[str],
        known: dict[str, File],
        moved: dict[str, str],
        had: int,
        *,
        accept_removals: bool,
    ) -> set[str]:
        """Return *gone* without the files of lost articles, if these are most of all files."""
        ids = set(moved.values())
        lost = {path for path in gone if not ((file := known.get(path)) and file.id in ids)}
        if accept_removals or not are_most(len(lost), had):
            self._hold(set(), had)
            return gone
        self._hold(lost, had)
        return gone - lost

    def _hold(self, lost: set[str], had: int) -> None:
        self._kept = lost
        held = ArticleError(MOST_FILES_GONE, ".", lost=len(lost), had=had).reason if lost else ""
        if held and held != self.held and not self._quiet:
            log.error("%s: %s", self._corpus.root, held)
        self.held = held

    def _reads(
        self, found: Iterable[tuple[str, Source | None]], stamps: dict[str, Stamp], *, tell: bool
    ) -> Iterator[Read]:
        """Convert each file that was read. With *tell*, report the progress."""
        for done, (path, source) in enumerate(found, 1):
            if source:
                yield self._as_read(path, stamps[path], source)
            if tell and (done % BATCH == 0 or done == len(stamps)):
                self._progress(done, len(stamps))

    def _is_unsettled(self, stamps: dict[str, Stamp]) -> bool:
        """Whether files may be changing places still: a checkout of many is not done in one instant."""
        before, self._unsettled = self._unsettled, stamps
        return before != stamps and self._pause is not None and not self._pause(SETTLE)

    def _moves(
        self, reads: Iterable[Read], known: dict[str, File], gone: set[str]
    ) -> tuple[dict[str, str], set[str]]:
        """The ids of articles that are found at other paths than before, by the new path.

        Also the paths at which another article is now, while the former one is nowhere.
        """
        now: dict[str, Content] = {}
        before: dict[str, Held] = {}
        own: dict[str, str] = {}
        vacant = set(gone)
        every = iter(reads)
        while some := list(islice(every, BATCH)):
            former = self._articles_at([read.path for read in some], known)
            for read in some:
                if isinstance(read.reading, Article):
                    content = Content.of(read.digest, read.reading)
                    held = former.get(read.path)
                    id_ = read.reading.id if read.own_id else ""
                    if held and held.content.digest == content.digest and id_ in ("", held.id):
                        continue
                    now[read.path] = content
                    if id_:
                        own[read.path] = id_
                elif isinstance(read.reading, Withheld):
                    vacant.add(read.path)
                if read.path in former:
                    before[read.path] = former[read.path]
        before |= self._articles_at([*gone], known)
        if not now or not before:
            return {}, set()
        elsewhere = set()
        for found, entries in self._store.holding([content.digest for content in now.values()]).items():
            if any(not entry.removed and entry.path not in before for entry in entries):
                elsewhere.add(found)
        found_at = moves(before, now, vacant, elsewhere, own)
        ids = set(found_at.values())
        replaced = {
            path
            for path, held in before.items()
            if path in now and held.id not in ids and now[path].has_another_name(held.content)
        }
        return found_at, replaced

    def _articles_at(self, paths: list[str], known: dict[str, File]) -> dict[str, Held]:
        """The live articles of the files at *paths*, as recorded in the store."""
        ids = {file.id: path for path in paths if (file := known.get(path)) and file.id}
        found: dict[str, Held] = {}
        for start in range(0, len(ids), BATCH):
            for entry in self._store.entries([*ids][start : start + BATCH]).values():
                if not entry.removed and entry.path == ids[entry.record.id]:
                    article = msgspec.msgpack.decode(entry.record.content, type=Article)
                    found[entry.path] = Held(entry.record.id, Content.of(entry.digest, article))
        return found

    def _settle(self, stamps: dict[str, Stamp], gone: set[str]) -> tuple[dict[str, Stamp], set[str]]:
        """Wait until no file is being written or replaced; return the *stamps* and *gone* of then."""
        fresh = [path for path, stamp in stamps.items() if self._pause and _is_fresh(stamp)]
        known = self._store.stamps(fresh)
        # A file that was put in the place of another is complete.
        waiting = {
            path for path in fresh if path not in known or Stamp(*known[path]).inode == stamps[path].inode
        }
        # A file in *gone* that exists was excluded or linked elsewhere, which needs no waiting.
        waiting |= {path for path in gone if not self._corpus.stamp(path)}
        end = time.monotonic() + UNSETTLED
        while waiting and self._pause and time.monotonic() < end:
            if self._pause(SETTLE):
                break
            for path in [*waiting]:
                stamp = self._corpus.stamp(path)
                if stamp == stamps.get(path):
                    waiting.discard(path)
                elif stamp:
                    stamps[path] = stamp
                    gone.discard(path)
                elif stamps.pop(path, None) and self._store.file(path):
                    gone.add(path)
        return dict(sorted(stamps.items())) if gone else stamps, gone

    def _done(self, begun: float, files: int) -> int:
        """Report a scan of *files* that began at *begun*; return *files*."""
        self._trouble = self.held
        if self._unread:
            self._retry_at = time.monotonic() + self._retry_after
            self._retry_after = min(2 * self._retry_after, RETRY[1])
        else:
            self._retry_after = RETRY[0]
        self._tell(begun, files)
        return files

    def _tell(self, begun: float, files: int) -> None:
        now, former = self._clock(), self._reported
        bad = [*self._problems, *self._failed.values()]
        made = Refresh(
            finished=now,
            seconds=max(0.0, now - begun),
            files=files,
            bad=len(bad),
            problems=problems(bad),
            trouble=self._trouble,
        )
        if former and not files:
            # A scan that found nothing keeps the numbers of the last one that did.
            made = msgspec.structs.replace(
                former, bad=made.bad, problems=made.problems, trouble=made.trouble
            )
        if made != former:
            self._reported = made
            self._report(made)

    def _differing(self, anew: bool) -> tuple[dict[str, Stamp], int, int]:
        """The stamps of files to read, in order, the number of all files, and of those known before.

        Every sweep lists all files, of which there may be very many: one batch at a time is in memory.
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
        self._failed = {path: error for path, error in self._failed.items() if path in stamps}
        self._unread = {*self._failed, *(each.path for each in bad if isinstance(each, UnreadableFile))}
        self._note(bad)
        return stamps, total, met

    def _note(self, bad: list[ArticleError]) -> None:
        """Keep the problems of files that are not in the store, and log new ones."""
        known = set(map(str, self._problems))
        for problem in bad:
            if str(problem) not in known:
                log.warning("%s", problem)
        self._problems = bad

    def _gone(self) -> set[str]:
        """The paths of recorded files that no longer exist."""
        missing = set(self._store.stamps())
        for found in self._corpus.files():
            if isinstance(found, UnreadableFile):
                self._unread.add(found.path)
            elif not isinstance(found, ArticleError):
                missing.discard(found[0])
        return {path for path in missing if self._is_gone(path)}

    def _gone_for_good(self) -> set[str]:
        """Wait until no more files vanish, as deleting a folder takes time; return the missing paths."""
        gone, end = self._gone(), time.monotonic() + UNSETTLED
        while gone and gone != self._kept and self._pause and time.monotonic() < end:
            if self._pause(SETTLE) or (again := self._gone()) == gone:
                break
            gone = again
        return gone

    def refresh_paths(self, paths: set[str]) -> bool:
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
        files = self._store.files(mine)
        found = {path: corpus.stamp(path) for path in mine}
        stamps = {path: stamp for path, stamp in found.items() if stamp}
        gone = {path for path in files if path not in stamps and self._is_gone(path)}
        stamps, gone = self._settle(stamps, gone)
        if self.held or (gone and (len(gone) > FEW or are_most(len(gone), self._store.file_count()))):
            return False
        reads = [read for path, stamp in stamps.items() if (read := self._read(path, stamp))]
        if not reads and not gone:
            return True
        if more := self._moved_meanwhile(reads, {*paths, *stamps, *gone}):
            return self.refresh_paths(paths | more)
        moved, replaced = self._moves(reads, files, gone)
        if replaced and self._pause:
            return False
        known = Known(files, moved, set(moved.values()))
        made = self._decide(reads, known, gone, sorted(gone))
        self._store.record(made.changes)
        self._reread(made.freed_ids)
        log.info("%d files changed, %d articles", len(reads) + len(gone), len(made.changes.entries))
        self._done(begun, len(reads) + len(gone))
        return True

    def _moved_meanwhile(self, reads: Iterable[Read], paths: set[str]) -> set[str]:
        """The paths beside *paths* where articles in *reads* were and another file is now, or none."""
        others: set[str] = set()
        every = iter(reads)
        while some := list(islice(every, BATCH)):
            articles = [(read, read.reading) for read in some if isinstance(read.reading, Article)]
            holding = self._store.holding([read.digest for read, _ in articles])
            own = self._store.entries([article.id for read, article in articles if read.own_id])
            entries = [*own.values(), *(each for found in holding.values() for each in found)]
            others |= {each.path for each in entries if not each.removed} - paths
        known = self._store.stamps([*others])
        return {
            path
            for path in others
            if (stamp := self._corpus.stamp(path)) != known.get(path) and (stamp or self._is_gone(path))
        }

    def _is_folder(self, path: str) -> bool:
        """Whether *path* is a folder, or was one: not a file that only came to take another's place."""
        try:
            return not stat.S_ISREG(os.stat(self._corpus.root / path).st_mode)
        except OSError:
            return self._store.has_below(path.encode(errors="replace").decode())

    def _reread(self, freed_ids: set[str]) -> None:
        """Read files again that were not syndicated because of an id which is free now."""
        waiting = {
            path
            for id_ in freed_ids
            for path in self._store.paths_claiming(id_)
            if not (file := self._store.file(path)) or not file.withheld
        }
        if waiting:
            self.refresh_paths(waiting)

    def _is_gone(self, path: str) -> bool:
        """Whether no article file is at *path*; false if the file may be inaccessible only for now."""
        parts = path.split("/")
        if self._unread.intersection({".", *("/".join(parts[:end]) for end in range(1, len(parts) + 1))}):
            return False
        try:
            (self._corpus.root / path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False
        return True  # a folder, or an excluded file

    def _decide(
        self,
        reads: list[Read],
        known: Known,
        gone: set[str],
        retired: list[str],
        *,
        first: bool = False,
        reread: bool = False,
    ) -> Recorded:
        now = self._clock()
        latest = self._store.latest(now)
        if self._pause and not first and 0 < latest + 1 - now <= 1:
            # One change per second: readers that use Last-Modified would miss the second of two
            # changes in a second, and a future time would be wrong.
            self._pause(latest + 1 - now)
            now = self._clock()
        dated = first and not self._store.replaces_another()
        return record(
            Batch(
                reads=reads,
                known=known,
                gone=gone,
                retired=retired,
                former=former_state(self._store, reads, retired, known),
                stamp=None if dated else max(int(now), latest + 1),
                now=now,
                id_of=self._corpus.id_of,
                first=first,
                reread=reread,
            )
        )

    def _read(self, path: str, stamp: Stamp) -> Read | None:
        source = self._corpus.read_source(path)
        return self._as_read(path, stamp, source) if source else None

    def _as_read(self, path: str, stamp: Stamp, source: Source) -> Read:
        reading: Reading = source.reading
        if isinstance(reading, UnreadableFile) or path in self._unread:
            self._note_unread(path, reading)
        return Read.of(path, stamp, source, self._corpus.id_of(path))

    def _note_unread(self, path: str, reading: Reading) -> None:
        """Note whether the file at *path* could be read."""
        if not isinstance(reading, UnreadableFile):
            self._failed.pop(path, None)
            self._unread.discard(path)
            return
        if str(reading) != str(self._failed.get(path)):
            log.warning("%s", reading)
        self._failed[path] = reading
        self._unread.add(path)


class _Found(Struct, frozen=True):
    """The result of a scan: the *stamps* of files to read, and the paths that are *gone*.

    *had* is the number of recorded files, *total* that of all files now. *first* marks a first load,
    *is_new* changed descriptions of the corpus, *is_reread* another version of this program.
    """

    stamps: dict[str, Stamp]
    gone: set[str]
    had: int
    total: int
    first: bool
    is_new: bool
    is_reread: bool


def are_most(lost: int, had: int) -> bool:
    """Whether the loss of *lost* of *had* files is taken for a mount that failed."""
    return had > FEW and 2 * lost > had


def refuse_other_corpus(store: Store, root: Path) -> None:
    """Raise StoreRefused if *store* belongs to another folder, and *root* has hardly any of its files.

    A store of few files may change folders, unless another process writes to it.
    """
    former, here = store.corpus(), os.path.abspath(root)
    if not former or former == here or not root.is_dir():
        return
    paths = [*store.stamps()]
    some = paths[:: len(paths) // SAMPLE + 1]
    met = sum(os.path.lexists(root / path) for path in some)
    if met * 10 < len(some) and (len(paths) > FEW or store.has_writer()):
        raise other_corpus(store, former, here, len(paths), met * len(paths) // len(some))


def other_corpus(store: Store, former: str, here: str, had: int, met: int) -> StoreRefused:
    """The error for a *store* of the folder *former*, if *met* of its *had* files exist *here*."""
    return StoreRefused(
        store.name,
        f"belongs to {former}, and only {met} of its {had} files are in {here}; "
        "set another store.path, or take the store over with feeds refresh --adopt",
    )


def _is_fresh(stamp: Stamp) -> bool:
    """Whether the file changed so recently that it may not be complete."""
    return abs(time.time() - stamp.modified / 1e9) < RECENT
