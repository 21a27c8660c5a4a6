"""Settings -> the part of a host in a fleet."""

import os
import platform
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import cast

from feeds import __version__
from feeds.article import fingerprint
from feeds.bootstrap.objects import corpus_of, site_of
from feeds.bootstrap.postgres import in_postgres
from feeds.bootstrap.stores import replica_of
from feeds.corpus import Corpus
from feeds.fleet import Journal
from feeds.fleet.candidate import Candidate, Recorder
from feeds.fleet.errors import JournalError
from feeds.fleet.follower import Follower
from feeds.fleet.generation import Generations
from feeds.fleet.leadership import FilesChanged, Parts
from feeds.fleet.limits import FLEET_LIMITS, FleetLimits
from feeds.fleet.member import FleetMember
from feeds.fleet.presence import Identity, Presence
from feeds.formats import RENDERING
from feeds.ingest.refresher import Refresher
from feeds.ingest.removals import refuse_foreign_corpus, refuse_other_corpus
from feeds.ingest.standby import Standby
from feeds.ingest.watch import Watcher
from feeds.ingest.writer import Writer
from feeds.logs.events import EventLog
from feeds.monitoring.fleet import FleetState
from feeds.settings import Settings
from feeds.store import WriterRequest
from feeds.store.replication import Replica
from feeds.store.sqlite.replica import SQLiteReplica

log = EventLog(__name__)

RefresherOf = Callable[[Replica, Corpus, Callable[[], float]], Refresher]
"""Makes a refresher of a store and a corpus, with a clock."""


def journal_of(settings: Settings) -> Journal:
    """The journal in ``fleet.dsn``. Raises SettingsError if its driver is missing."""
    return cast(Journal, in_postgres("journal:PostgresJournal")(settings.fleet.dsn))


def host_of(settings: Settings) -> str:
    """The name of this host in its fleet."""
    return settings.fleet.host or platform.node()


def has_corpus(settings: Settings) -> bool:
    """Return whether this host needs its corpus: in a fleet, a host without the folder only follows."""
    return not settings.fleet.dsn or os.path.isdir(settings.corpus.path)


def member_of(
    settings: Settings,
    replica: SQLiteReplica,
    refresher_of: RefresherOf,
    *,
    publish: Callable[[FleetState], object],
    clock: Callable[[], float],
    ended: Callable[[], object],
    leads: Event,
    files_changed: FilesChanged | None = None,
    limits: FleetLimits = FLEET_LIMITS,
) -> FleetMember:
    """The process of this host that follows the journal; *ended* is called once it no longer leads.

    *leads* is set while it leads.
    """
    edition = fingerprint([site_of(settings), RENDERING]).hex()
    presence = Presence(
        Identity(host_of(settings), __version__, replica.formats[-1], edition), publish, clock
    )
    root = Path(settings.corpus.path)
    recorder = _CorpusRecorder(settings, replica, refresher_of, ended, leads)
    candidate = Candidate(root, Generations(root).read, recorder, limits)
    return FleetMember(
        Parts(
            path=replica.path,
            replica=replica,
            open_replica=SQLiteReplica,
            open_journal=lambda: journal_of(settings),
            presence=presence,
            candidate=candidate if settings.fleet.lead else None,
            files_changed=files_changed,
        ),
        limits,
    )


def catch_up(settings: Settings) -> None:
    """Apply the batches in the journal to the store, unless a server on this host does that.

    If the journal cannot be reached, the store stays as it is. Raises StoreError.
    """
    with closing(replica_of(settings)) as replica:
        if not replica.acquire_writer():
            return
        follower = Follower(replica, replica.path, FLEET_LIMITS, lambda: None)
        try:
            with closing(journal_of(settings)) as journal:
                while not follower.follow(journal, journal.head()):
                    pass
        except JournalError as error:
            log.warning("journal.unreachable", f"{error}; using the replica")


def request_from_leader(settings: Settings, *requests: WriterRequest) -> str:
    """Send *requests* to the host that leads, and return its name, empty if none leads now."""
    with closing(journal_of(settings)) as journal:
        journal.request({"scan", *requests})
        return journal.head().leader


class _CorpusRecorder(Recorder):
    """Records the changes of the corpus in *settings* while this host leads."""

    def __init__(
        self,
        settings: Settings,
        replica: Replica,
        refresher_of: RefresherOf,
        ended: Callable[[], object],
        leads: Event,
    ) -> None:
        self._settings = settings
        self._replica = replica
        self._refresher_of = refresher_of
        self._standby: Standby | None = None
        self._ended = ended
        self._leads = leads

    def lead(
        self, clock: Callable[[], float], take_requests: Callable[[], set[WriterRequest]], stop: Event
    ) -> None:
        watch, replica = self._settings.watch, self._replica
        corpus = corpus_of(self._settings, replica)
        refuse_other_corpus(replica, corpus.root)
        refuse_foreign_corpus(replica, corpus.root)
        self._standby = None
        watcher = Watcher(corpus.root, corpus.watches, mode=watch.mode, interval=watch.interval)
        refresher = self._refresher_of(replica, corpus, clock)
        Writer(refresher, replica, take_requests, self._leads).lead(watcher, stop)

    def ended(self) -> None:
        self._ended()

    def stamp(self, most: int) -> int:
        return self._standing_by().stamp(most) if self._replica.progress().ready else 0

    def lacking(self) -> str:
        return self._standing_by().lacking() if self._replica.has_files() else ""

    def _standing_by(self) -> Standby:
        if self._standby is None:
            self._standby = Standby(corpus_of(self._settings, self._replica), self._replica)
        return self._standby
