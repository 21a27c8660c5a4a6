"""The part of this host in a fleet: the state that one of its processes publishes, and its status."""

from collections import defaultdict
from datetime import UTC, datetime

from msgspec import Struct

from feeds.monitoring.fleet_status import FleetHostStatus, FleetStatus

MAX_OFFSET = 1.0  # seconds between two clocks without a warning
SILENT_AFTER = 60.0  # seconds without a report, after which the settings of a host do not count


class FleetHostState(Struct, frozen=True, kw_only=True):
    """A host of the fleet, as it reported itself at *seen*, in seconds since 1970 by the journal's clock.

    *edition* is a digest of the settings that feeds show, *offset* its clock minus the journal's.
    *trouble* is empty if it works.
    """

    host: str
    role: str
    position: int
    version: str = ""
    edition: str = ""
    offset: float = 0
    trouble: str = ""
    seen: float = 0


class FleetState(Struct, frozen=True, kw_only=True):
    """The part of this host in a fleet, as the process that follows the journal knows it at *at*.

    Times are seconds since 1970 by the clock of this host.

    - *role*: leader, candidate or follower
    - *leader*: the name of the leader, empty if it is unknown
    - *position*, *head*: the numbers of the last batch of this host, and of the last known one of the
      *journal*
    - *behind_since*: the time from which the journal has had batches that this host lacks, 0 while it
      lacks none
    - *reachable*: False while the journal cannot be used
    - *offset*: the clock of this host minus the journal's, in seconds
    - *hosts*: all hosts that reported to the journal lately
    """

    at: float
    host: str
    role: str
    position: int
    head: int
    journal: str = ""
    leader: str = ""
    behind_since: float = 0
    reachable: bool = True
    offset: float = 0
    edition: str = ""
    trouble: str = ""
    hosts: list[FleetHostState] = []

    def lag(self, now: float) -> float:
        """The seconds for which this host has lacked batches at *now*.

        They grow even if the process that follows the journal hangs.
        """
        return max(0.0, now - self.behind_since) if self.behind_since else 0.0

    def unready(self, now: float, max_lag: float) -> str:
        """The reason not to send requests to this host at *now*, empty if there is none.

        While the journal cannot be reached, no host can catch up, and each serves what it has.
        """
        lag = self.lag(now)
        if not self.reachable or lag <= max_lag:
            return ""
        return f"{lag:.0f} s behind the journal (limit {max_lag:g} s)"

    def status(self, now: float) -> FleetStatus:
        """The state at *now* as a part of the status."""
        return FleetStatus(
            host=self.host,
            role=self.role,
            leader=self.leader,
            journal=self.journal,
            reachable=self.reachable,
            position=self.position,
            head=self.head,
            lag_seconds=round(self.lag(now), 1),
            offset_seconds=round(self.offset, 3),
            edition=self.edition,
            trouble=self.trouble,
            warnings=[*self._wrong_clocks(now), *self._editions(now)],
            hosts=[_status(each) for each in self.hosts],
        )

    def _wrong_clocks(self, now: float) -> list[str]:
        offsets = {each.host: each.offset for each in self._reporting(now)} | {self.host: self.offset}
        return [
            f"clock of {host}: {abs(offset):.1f} s {_side(offset)} the journal's; synchronize it"
            for host, offset in sorted(offsets.items())
            if abs(offset) > MAX_OFFSET
        ]

    def _editions(self, now: float) -> list[str]:
        """A warning if hosts have different settings: their feeds have different bytes."""
        found = {each.host: each.edition for each in self._reporting(now)} | {self.host: self.edition}
        hosts = defaultdict(list)
        for host, edition in sorted(found.items()):
            hosts[edition].append(host)
        if len(hosts) < 2:
            return []
        groups = " / ".join(", ".join(each) for each in hosts.values())
        return [
            f"settings: not the same on all hosts ({groups}); "
            "give all hosts the same settings and version"
        ]

    def _reporting(self, now: float) -> list[FleetHostState]:
        """The hosts that are running, as far as the journal shows."""
        return [each for each in self.hosts if each.seen >= now - self.offset - SILENT_AFTER]


def latest(states: list[FleetState]) -> FleetState | None:
    """The last published of *states*."""
    return max(states, key=lambda state: state.at, default=None)


def _side(offset: float) -> str:
    return "ahead of" if offset > 0 else "behind"


def _status(host: FleetHostState) -> FleetHostStatus:
    return FleetHostStatus(
        host=host.host,
        role=host.role,
        position=host.position,
        version=host.version,
        edition=host.edition,
        offset_seconds=round(host.offset, 3),
        trouble=host.trouble,
        seen=datetime.fromtimestamp(int(host.seen), UTC),
    )
