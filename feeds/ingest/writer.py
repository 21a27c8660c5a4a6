"""The only writer of a store: elected by a lock, it records every change of the corpus."""

from collections.abc import Callable
from threading import Event

from feeds.errors import CorpusError, StoreError, counted
from feeds.ingest.refresher import Refresher
from feeds.ingest.watch import Watcher
from feeds.logs.events import EventLog
from feeds.store import Store, WriterRequest

log = EventLog(__name__)

ELECTION = 0.5  # seconds between two attempts to become the writer


class Writer:
    """Runs *refresher* to keep *store* up to date with the corpus while this process is the writer.

    *take_requests* returns and clears the requests for the writer, by default those in *store*. It is
    called at least every second, and an error that it raises ends ``lead``. *leads* is set meanwhile.
    """

    def __init__(
        self,
        refresher: Refresher,
        store: Store,
        take_requests: Callable[[], set[WriterRequest]] | None = None,
        leads: Event | None = None,
    ) -> None:
        self._refresher = refresher
        self._store = store
        self._take_requests = take_requests
        self._leads = leads or Event()
        self._requests: set[WriterRequest] = set()
        self._is_writer = False  # at the last attempt; each event is logged once
        self._has_scanned = False

    def run(self, watcher: Watcher, stop: Event) -> None:
        """Become the writer as soon as possible, and record every change until *stop* is set."""
        while not stop.is_set():
            try:
                if self._store.acquire_writer():
                    self._log_election()
                    self.lead(watcher, stop)
                else:
                    self._is_writer = False
                    self._return_requests()
                    stop.wait(ELECTION)
            except (StoreError, CorpusError, OSError) as error:
                self._refresher.report_trouble(error)
                stop.wait(ELECTION)

    def lead(self, watcher: Watcher, stop: Event) -> None:
        """Record every change until *stop* is set; the store has to have this writer.

        Raises StoreError, CorpusError or OSError if that is impossible now.
        """
        self._leads.set()
        try:
            self._record_changes(watcher, stop)
        finally:
            self._leads.clear()

    def _record_changes(self, watcher: Watcher, stop: Event) -> None:
        self._refresher.wait_by(stop.wait)
        self._requests |= self._taken_requests()
        self._refresher.begin(check="check" in self._requests)
        changed = self._scan_as_requested()
        log.info("scan.complete", f"scan complete: {counted(changed, 'file')} changed", files=changed)
        if not self._has_scanned:
            self._has_scanned = True
            self._refresher.warn_of_authority()
        for paths in watcher.changes(stop, self._is_scan_due):
            self._requests |= self._taken_requests()  # a polling watcher never calls _is_scan_due
            if "check" in self._requests:
                self._refresher.check()
            if self._store.replaced() or self._requests & {"accept-removals", "check"}:
                self._scan_as_requested()
            elif paths is None or self._requests:
                is_retry = self._refresher.is_retry_due()  # which no notification announces
                found = self._scan_as_requested() - self._refresher.unreadable
                if found > 0 and not is_retry:
                    watcher.note_sweep(found)
            elif not self._refresher.refresh_paths(paths):
                self._refresher.refresh_all()

    def _log_election(self) -> None:
        if not self._is_writer:
            name = self._store.name
            log.info("writer.elected", f"became the writer of {name}", path=name)
        self._is_writer = True

    def _taken_requests(self) -> set[WriterRequest]:
        return (self._take_requests or self._store.requests)()

    def _is_scan_due(self) -> bool:
        """Return whether a scan is due although no file changed."""
        try:
            self._requests |= self._taken_requests()
        except (StoreError, OSError):
            return True  # ``lead`` reads the requests again, and raises the error
        return bool(self._requests) or self._refresher.is_retry_due()

    def _return_requests(self) -> None:
        """Pass requests that this process could not serve to the process that is now the writer."""
        if self._requests:
            self._store.request(*self._requests)
            self._requests = set()

    def _scan_as_requested(self) -> int:
        """Scan according to the requests; drop them once the scan has succeeded."""
        changed = self._refresher.refresh_all(accept_removals="accept-removals" in self._requests)
        self._requests = set()
        return changed
