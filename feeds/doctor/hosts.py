"""The fleet: its journal, its leader, and what its hosts report."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from feeds.bootstrap import host_of, journal_of
from feeds.doctor.finding import Finding, FindingGroup
from feeds.errors import FeedsError, counted
from feeds.fleet import FleetHost, JournalHead
from feeds.fleet.limits import FLEET_LIMITS
from feeds.monitoring.fleet import FleetState
from feeds.settings import Settings

MAX_BATCHES_BEHIND = 10  # a host that follows has the last batches within seconds

_FLEET = FindingGroup("fleet")


def fleet_findings(settings: Settings, clock: Callable[[], float]) -> Iterator[Finding]:
    """Check the journal and its hosts, by the *clock* of this host; nothing without ``fleet.dsn``."""
    if not settings.fleet.dsn:
        return
    try:
        with closing(journal_of(settings)) as journal:
            hosts = journal.hosts()  # which connects, so that the time of the head is exact
            head, now = journal.head(), clock()
    except FeedsError as error:
        yield _FLEET.error(error)
        return
    found = [*judged(host_of(settings), head, [*hosts], now)]
    yield from found or [_FLEET.ok(f"fleet: {counted(len(hosts), 'host')}, led by {head.leader}")]


def judged(own: str, head: JournalHead, hosts: Sequence[FleetHost], now: float) -> Iterator[Finding]:
    """The problems of a fleet whose journal is at *head*, as the host *own* sees it at *now*."""
    if not head.leader:
        yield _FLEET.failure("fleet", "no host leads", "start a host that has the corpus")
    present = [each for each in hosts if each.seen >= head.now - FLEET_LIMITS.present]
    for host in hosts:
        yield from _judged_host(host, head)
    versions = sorted({each.version for each in present})
    if len(versions) > 1:
        yield _FLEET.warning("versions", f"not the same: {', '.join(versions)}", "upgrade every host")
    mine = next((each for each in present if each.host == own), None)
    if not mine:
        yield _FLEET.warning(own, "this host does not report to the journal", "start its server")
        return
    state = FleetState(
        at=now, host=own, role=mine.role, position=mine.position, head=head.position.number,
        offset=now - head.now, edition=mine.edition, hosts=[*hosts],
    )  # fmt: skip
    yield from _FLEET.warnings(state.status(now).warnings)


def _judged_host(host: FleetHost, head: JournalHead) -> Iterator[Finding]:
    silent, behind = head.now - host.seen, head.position.number - host.position
    if silent > FLEET_LIMITS.present:
        remedy = f"start it, or run feeds fleet forget {host.host}"
        yield _FLEET.warning(host.host, f"no report for {silent:.0f} s", remedy)
    elif host.trouble:
        yield _FLEET.warning(host.host, host.trouble, "see its log")
    elif behind > MAX_BATCHES_BEHIND:
        yield _FLEET.warning(host.host, f"{behind:,} batches behind the journal", "see its log")
