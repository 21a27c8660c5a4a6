"""The clock of this host, compared with other clocks and with the times in the store."""

from collections.abc import Iterator
from datetime import UTC, datetime

from feeds.doctor.finding import Finding, FindingGroup
from feeds.http.conditional import instant

MAX_WRONG = 10.0  # seconds between two clocks; a Date header has whole seconds
MAX_JUMP = 60.0  # seconds by which the newest change may be in the future

_CLOCK = FindingGroup("clock")
_REMEDY = "synchronize this host, for instance with chrony or systemd-timesyncd"


def against_header(date: str, age: str, sender: str, sent: float, received: float) -> Iterator[Finding]:
    """Compare the clock with the Date header of a response, to which a cache adds its *age*.

    *sent* and *received* are the times of the request and the response by the clock of this host.
    """
    written = instant(date)
    if written is None:
        return
    other = written + (int(age) if age.isdigit() else 0)
    # The whole second of the header began before the response was received, and after the request.
    off = max(sent - other - 1, other - received, 0)
    if off > MAX_WRONG:
        side = "ahead of" if sent > other else "behind"
        yield _CLOCK.warning("clock", f"{off:,.0f} s {side} that of {sender}", _REMEDY)
    else:
        yield _CLOCK.ok(f"clock: agrees with that of {sender}")


def against_store(changed: float, now: float) -> Iterator[Finding]:
    """Compare the clock, which is at *now*, with the time of the newest change in the store."""
    ahead = changed - now
    if ahead > MAX_JUMP:
        when = datetime.fromtimestamp(changed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        problem = f"{ahead:,.0f} s behind the newest change in the store, {when}"
        yield _CLOCK.failure("clock", problem, _REMEDY)
    elif changed:
        yield _CLOCK.ok("clock: later than the newest change in the store")
