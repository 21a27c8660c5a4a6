"""This host as the fleet sees it, and the fleet as this host sees it."""

from collections.abc import Callable
from statistics import fmean

from msgspec import Struct

from feeds.fleet import FleetHost, Journal, JournalHead, Role
from feeds.monitoring.fleet import FleetState


class Identity(Struct, frozen=True):
    """The unchanging facts of a host: its name, *version*, newest *format* of batches and *edition*."""

    host: str
    version: str
    format: int
    edition: str


class Presence:
    """The state of this host in its fleet. Attributes may be set by any thread.

    *publish* is called with the state for /status. *clock* returns seconds since 1970. *trouble* is empty
    while the host works; *objection* is the reason that it may not lead although it has a corpus.
    """

    def __init__(
        self, identity: Identity, publish: Callable[[FleetState], object], clock: Callable[[], float]
    ) -> None:
        self.identity = identity
        self._publish = publish
        self._clock = clock
        self.role: Role = "follower"
        self.position = self.revision = 0
        self.trouble = self.objection = ""
        self.reachable = True
        self.journal = self.leader = ""
        self.hosts: list[FleetHost] = []
        self._head = 0
        self._offset = 0.0
        self._behind_since = 0.0

    @property
    def host(self) -> str:
        """The name of this host."""
        return self.identity.host

    @property
    def journal_time(self) -> float:
        """The present time by the clock of the journal, as far as it is known."""
        return self._clock() - self._offset

    def read_head(self, journal: Journal) -> JournalHead:
        """Return the head of *journal*, and compare the clocks."""
        before = self._clock()
        head = journal.head()
        self._offset = fmean((before, self._clock())) - head.now
        self.journal, self.leader, self._head = journal.name, head.leader, head.position.number
        self.reachable = True
        return head

    def note_head(self, number: int) -> None:
        """Note that the journal has batch *number*, before a step to it: that may fail, or hang."""
        if number > self.position and not self._behind_since:
            self._behind_since = self._clock()
            if self.position:  # known
                self.publish()

    def note_position(self, number: int, *, is_current: bool) -> None:
        """Note that the store has batch *number*; it lacks nothing of the journal if it *is_current*."""
        self.position = number
        self._behind_since = 0.0 if is_current else self._behind_since or self._clock()

    def note_appended(self, number: int) -> None:
        """Note that this host, which leads, appended batch *number*."""
        self._head = number
        self.note_position(number, is_current=True)

    def others(self, since: float) -> list[FleetHost]:
        """The other hosts that reported within the last *since* seconds."""
        first = self.journal_time - since
        return [each for each in self.hosts if each.host != self.host and each.seen >= first]

    def format(self, formats: list[int], gone: float) -> int:
        """The newest of *formats* that every host can read, of the hosts seen within *gone* seconds."""
        newest = min((each.format for each in self.others(gone)), default=formats[-1])
        return max((each for each in formats if each <= newest), default=formats[0])

    def report(self, journal: Journal) -> None:
        """Report this host to *journal*, and read the reports of all."""
        own = self.identity
        journal.report(
            FleetHost(
                host=own.host,
                role=self.role,
                position=self.position,
                revision=self.revision,
                version=own.version,
                format=own.format,
                edition=own.edition,
                offset=self._offset,
                trouble=self.trouble or self.objection,
            )
        )
        self.hosts = journal.hosts()

    def publish(self) -> None:
        """Publish the present state for /status."""
        own = self.identity
        self._publish(
            FleetState(
                at=self._clock(),
                host=own.host,
                role=self.role,
                position=self.position,
                head=self._head,
                journal=self.journal,
                leader=self.leader,
                behind_since=self._behind_since,
                reachable=self.reachable,
                offset=self._offset,
                edition=own.edition,
                trouble=self.trouble or self.objection,
                hosts=[*self.hosts],
            )
        )
