"""Refreshes of the store: scan the corpus, or some of its paths, and record the changes."""

from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import ExitStack
from itertools import islice

from feeds.corpus import Corpus, Source, Stamp
from feeds.corpus.reader_pool import Readers
from feeds.errors import CorpusError, FeedsError, StoreError, UnreadableFile
from feeds.ingest import LIMITS, Limits, Pause
from feeds.ingest.announcement import HubAnnouncement
from feeds.ingest.authority import fix_authority, warn_of_authority
from feeds.ingest.change_log import ChangeLog
from feeds.ingest.clock_correction import correct_times
from feeds.ingest.decisions import Decisions
from feeds.ingest.descriptions import RecordedDescriptions
from feeds.ingest.former_state import Known
from feeds.ingest.listing import CorpusListing, concerns_others, differing, gone_paths, is_empty, is_gone
from feeds.ingest.moves import Moves, find_moves
from feeds.ingest.pictures import ChangedPictures
from feeds.ingest.postponed import PostponedPaths
from feeds.ingest.reads import Read, StoredReads
from feeds.ingest.removals import ACCEPT, HeldRemovals, lost_paths, need_scan, refuse_scanned_corpus
from feeds.ingest.reporter import Reporter
from feeds.ingest.scan import Scan
from feeds.ingest.settling import Settling
from feeds.ingest.unread import UnreadFiles
from feeds.monitoring.process_registry import Refresh
from feeds.store import Changes, File, Progress, Store
from feeds.store.state import SharedState

MAX_SCANS = 25  # attempts at a scan while files change places


class Refresher:
    """Keeps the store up to date with the corpus, in the process that is its only writer.

    - *clock*: returns seconds since 1970
    - *edition*: a digest of the settings that a feed shows; a change counts as a change of every feed
    - *version*: the version of reading and rendering; after a change, unchanged files are read again, and
      differences are not sent to readers as changes
    - *report*: called with each new Refresh
    - *pause*: waits for a number of seconds, and returns True if the program stops; without it, a scan
      waits for nothing
    - *quiet*: the caller reports *held*, which is not logged
    - *state*: has the probes of pictures
    - *withdrawn*: returns whether the hub is withdrawn
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
        pause: Pause | None = None,
        quiet: bool = False,
        limits: Limits = LIMITS,
        state: SharedState | None = None,
        withdrawn: Callable[[], bool] | None = None,
    ) -> None:
        self._corpus = corpus
        self._store = store
        self._clock = clock
        self._progress = progress
        self._limits = limits
        self._reporter = Reporter(clock, report)
        self._settling = Settling(corpus, store, limits, pause)
        self._decisions = Decisions(corpus, store, clock, self._settling)
        self._unread = UnreadFiles(limits.retry)
        self._postponed = PostponedPaths(limits.unsettled)
        self._descriptions = RecordedDescriptions(corpus, store, edition, version)
        self._removals = HeldRemovals(corpus.root, quiet=quiet)
        self._pictures = ChangedPictures(corpus, store, state)
        self._announcement = HubAnnouncement(store, withdrawn)
        self._checked = False

    @property
    def held(self) -> str:
        """The reason why articles of missing files are kept, empty if none are."""
        return self._removals.reason

    def begin(self, *, check: bool = False) -> None:
        """Prepare the store: verify it the first time and with *check*, and read its descriptions."""
        if check or not self._checked:
            self.check()
        self._descriptions.restore()

    def check(self) -> None:
        """Verify the store, and repair it."""
        self._checked = False
        self._store.check()
        self._checked = True
        self._descriptions.forget()

    def wait_by(self, pause: Pause) -> None:
        """Use *pause* from now on, unless the refresher already has one."""
        self._settling.pause = self._settling.pause or pause

    def warn_of_authority(self) -> None:
        """Warn if the authority in ids is missing or differs from the setting."""
        warn_of_authority(self._corpus, self._store.authority())

    def is_retry_due(self) -> bool:
        """Return whether it is time to try unreadable files again."""
        return self._unread.are_due()

    @property
    def unreadable(self) -> int:
        """The number of listed files that cannot be read now; each scan counts them as changed."""
        return len(self._unread.errors)

    def report_trouble(self, error: FeedsError | OSError) -> None:
        """Report *error*, which ended a refresh; after a StoreError, the next one verifies the store."""
        self._checked = self._checked and not isinstance(error, StoreError)
        self._reporter.report_trouble(error, self._unread.errors)

    def refresh_all(self, *, accept_removals: bool = False, adopt: bool = False) -> int:
        """Check every file and record those that changed; return their number.

        If most files are gone, their articles stay until the files return or *accept_removals* is set.
        Raises StoreRefused if the store belongs to another corpus, unless *adopt*, and CorpusError if the
        folder is missing or empty.
        """
        begun, accept_removals = self._clock(), accept_removals or adopt
        self._postponed.take()
        self._read_descriptions(accept_removals=accept_removals)
        self._reporter.announce(self._corpus)
        self._pictures.look()
        for _ in range(MAX_SCANS):
            with Readers(self._corpus) as readers:
                files = self._scan(readers, accept_removals=accept_removals, adopt=adopt)
            if files is not None:
                self._pictures.settle()
                self._announcement.settle()
                return self._done(begun, files)
        raise CorpusError(
            self._corpus.root, "files are renamed faster than they can be read", "try again later"
        )

    def _read_descriptions(self, *, accept_removals: bool) -> None:
        """Read the descriptions of the corpus, and correct times in the store ahead of the clock."""
        if not self._corpus.root.is_dir():
            # A missing folder is treated as a failed mount, not as an empty corpus.
            raise CorpusError(self._corpus.root, "no such folder", "create or mount it")
        self._is_of_another_dialect()
        self._settling.settled_descriptions()
        self._corpus.use_descriptions(accept_removals=accept_removals)
        correct_times(self._store, self._clock())
        fix_authority(self._corpus, self._store)

    def _scan(self, readers: Readers, *, accept_removals: bool, adopt: bool) -> int | None:
        """Scan once; return None if files changed places meanwhile."""
        begun, first, had = self._clock(), not self._store.progress().ready, self._store.file_count()
        is_new, is_reread = self._descriptions.differ()
        listing = self._list(readers, anew=is_new or is_reread)
        if not adopt:
            refuse_scanned_corpus(self._store, self._corpus.root, had, listing.known)
        if had and not listing.total and not accept_removals and is_empty(self._corpus.root):
            raise CorpusError(self._corpus.root, "empty, probably a failed mount", ACCEPT)
        gone: set[str] = set()
        if listing.known < had:
            gone = self._settling.settled_gone(self._gone, self._removals.paths)
            is_idle = not (accept_removals or listing.stamps or is_new or is_reread or first)
            if is_idle and gone and gone == self._removals.paths:
                return 0  # only removals that are already held back
            # List again: a missing file may have moved to a folder that was listed before.
            listing = self._list(readers, anew=is_new or is_reread)
            gone -= listing.stamps.keys()
        stamps, gone = self._settling.settled_files(listing.stamps, gone)
        self._descriptions.record()
        if not (stamps or gone or is_new or is_reread or first):
            self._removals.hold(set(), had)
            return 0
        scan = Scan(begun, ChangeLog(), stamps, gone, had, listing.total, first, is_new, is_reread)
        return self._record(readers, scan, accept_removals=accept_removals)

    def _list(self, readers: Readers, *, anew: bool) -> CorpusListing:
        batch, also = self._limits.batch, self._pictures.articles
        listing = differing(self._corpus, self._store, batch, anew=anew, also=also, expect=readers.expect)
        errors = [each for each in listing.problems if isinstance(each, UnreadableFile)]
        self._unread.reset(listing.stamps, errors)
        self._reporter.note(listing.problems)
        return listing

    def _gone(self) -> set[str]:
        return gone_paths(self._corpus, self._store, self._unread)

    def _record(self, readers: Readers, scan: Scan, *, accept_removals: bool) -> int | None:
        """Read and record the files of *scan*; return their number, or None like ``_scan``."""
        changed, gone, size = list(scan.stamps), scan.gone, self._limits.batch
        files = self._store.files([*changed, *gone]) if scan.had else {}
        with ExitStack() as stack:
            found = readers.read(changed)
            reads: Iterable[Read] = self._reads(found, scan.stamps, show_progress=bool(scan.had))
            moves = Moves()
            if scan.had:  # in a first load, no article can have moved
                reads = stack.enter_context(StoredReads(reads, size))
                moves = self._moves(reads, files, gone, {*changed, *gone})
                if moves.meanwhile or (moves.replaced and self._settling.may_exchange(scan.stamps)):
                    return None
            known = Known(files, moves.ids, {*moves.ids.values()})
            if scan.had:
                lost = lost_paths(gone, files, known.moved_ids)
                gone = self._removals.without_held(gone, lost, scan.had, accept_removals=accept_removals)
            remaining, done = iter(reads), 0
            while not done or done < len(changed):
                done += size
                last = done >= len(changed)
                self._record_batch(remaining, known, gone, scan, min(done, len(changed)), last=last)
        count = len(changed) + len(gone)
        self._reporter.log_recorded(scan.begun, count, scan.log.end())
        return count

    def _record_batch(
        self, reads: Iterator[Read], known: Known, gone: set[str], scan: Scan, done: int, *, last: bool
    ) -> None:
        """Record the next batch of *reads*, after which *done* files of *scan* are recorded."""
        retired = sorted(gone) if last else []
        reread = scan.is_reread and not scan.is_new
        # The list of reads has no name, so that its articles are freed before their changes are recorded.
        made = self._decisions.of(
            [*islice(reads, self._limits.batch)], known, gone, retired, scan.log,
            first=scan.first, reread=reread,
        )  # fmt: skip
        self._describe(made.changes, scan, last, done)
        scan.log.add(made.changes, self._store.record(made.changes))
        known.files.update((file.path, file) for file in made.changes.files)
        if not scan.had:
            self._progress(done, len(scan.stamps))
        self._reread(made.freed_ids)

    def _describe(self, changes: Changes, scan: Scan, last: bool, done: int) -> None:
        """Add the progress of a first load, and changed descriptions of the corpus, to *changes*."""
        is_begun = done <= self._limits.batch
        if (scan.is_new or scan.is_reread) and (is_begun if scan.first else last):
            # In a first load, with the first batch, so that its files are not read again after a kill.
            self._descriptions.add_to(changes, is_new=scan.is_new, first=scan.first)
        if scan.first:
            before = scan.total - len(scan.stamps)  # recorded by a run that was killed
            changes.progress = Progress(before + done, scan.total, ready=last)

    def refresh_paths(self, paths: Set[str]) -> bool:
        """Read the files at *paths* again; return False if a scan of all files is needed instead.

        If a file has another article now, the former one may be about to appear at another path. Files
        are then read a moment later: once *paths* are empty, which means that nothing more changes.
        """
        if not paths and not self._postponed:
            return True
        if not self._corpus.root.is_dir() or self._is_of_another_dialect():
            return False
        if any(concerns_others(self._corpus, self._store, path) for path in paths):
            return False
        are_due = self._postponed.are_due(paths)
        if self._postponed and not are_due:
            self._postponed.put(paths)
            return True
        return self._refresh_files(paths | self._postponed.take(), are_settled=are_due)

    def _refresh_files(self, paths: Set[str], *, are_settled: bool = False) -> bool:
        """Like ``refresh_paths``; files are not postponed if they *are_settled*."""
        begun = self._clock()
        paths = self._pictures.with_articles(self._corpus.affected(paths))
        held = sorted(path for path in paths if self._corpus.holds(path))
        if not held:
            return True
        files = self._store.files(held)
        found = {path: self._corpus.stamp(path) for path in held}
        stamps = {path: stamp for path, stamp in found.items() if stamp}
        gone = {
            path for path in files if path not in stamps and is_gone(self._corpus, path, self._unread)
        }
        stamps, gone = self._settling.settled_files(stamps, gone)
        if self.held or (gone and need_scan(len(gone), self._store.file_count())):
            return False
        reads = [read for path, stamp in stamps.items() if (read := self._read(path, stamp))]
        if not reads and not gone:
            return True
        moves = self._moves(reads, files, gone, {*paths, *stamps, *gone})
        if moves.meanwhile:
            return self._refresh_files(paths | moves.meanwhile, are_settled=are_settled)
        if moves.replaced and self._settling.pause and not are_settled:
            self._postponed.put(paths)
            return True
        known = Known(files, moves.ids, {*moves.ids.values()})
        log, changed = ChangeLog(), len(reads) + len(gone)
        made = self._decisions.of(reads, known, gone, sorted(gone), log)
        log.add(made.changes, self._store.record(made.changes))
        self._reporter.log_recorded(begun, changed, log.end())
        self._reread(made.freed_ids)
        self._done(begun, changed)
        return True

    def _is_of_another_dialect(self) -> bool:
        """Detect the dialect again if nothing is recorded; return whether it is another one."""
        return not self._store.has_files() and self._corpus.detect_again()

    def _reread(self, freed_ids: set[str]) -> None:
        """Read files again that were held back because of a duplicate id that is free now."""
        waiting = {
            path
            for id_ in freed_ids
            for path in self._store.paths_claiming(id_)
            if not (file := self._store.file(path)) or not file.withheld
        }
        if waiting:
            self.refresh_paths(waiting)

    def _moves(
        self, reads: Iterable[Read], files: dict[str, File], gone: set[str], listed: set[str]
    ) -> Moves:
        corpus, store, unread, batch = self._corpus, self._store, self._unread, self._limits.batch
        return find_moves(corpus, store, reads, files, gone, listed=listed, unread=unread, batch=batch)

    def _reads(
        self, found: Iterable[tuple[str, Source | None]], stamps: dict[str, Stamp], *, show_progress: bool
    ) -> Iterator[Read]:
        """Yield each file of *found* as a Read."""
        for done, (path, source) in enumerate(found, 1):
            if source:
                yield self._as_read(path, stamps[path], source)
            if show_progress and (done % self._limits.batch == 0 or done == len(stamps)):
                self._progress(done, len(stamps))

    def _read(self, path: str, stamp: Stamp) -> Read | None:
        return self._as_read(path, stamp, source) if (source := self._corpus.read_source(path)) else None

    def _as_read(self, path: str, stamp: Stamp, source: Source) -> Read:
        if isinstance(source.reading, UnreadableFile) or path in self._unread:
            self._unread.note(path, source.reading)
        return Read.of(path, stamp, self._pictures.described(source), self._corpus.id_of(path))

    def _done(self, begun: float, files: int) -> int:
        """Report a scan of *files* files that began at *begun*; return *files*."""
        self._reporter.trouble = self.held
        self._unread.schedule()
        self._reporter.report_scan(begun, files, self._unread.errors)
        return files
