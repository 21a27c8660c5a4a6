"""Outcomes of probes, and the results they lead to: when a picture is dead, and when to probe again."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from feeds.article import Image
from feeds.period import DAY
from feeds.store.state import Probe, ProbeStatus

DEAD_AFTER = DAY  # seconds between the first failure and one that shows that a picture is dead
OLDER_THAN = 30 * DAY  # seconds after which the result of a success is old


class Outcome(Struct, frozen=True):
    """The outcome of one probe.

    *kind* is ``found``; ``gone`` if the server says that there is no such picture; ``failed`` if a later
    probe may succeed; ``refused`` if the server does not answer programs, or no request may be sent, so
    that nothing is known. *facts* are those of a picture that was found. *retry_after* is the
    delay in seconds that the server requests, 0 without one. *host* is the server that answered, empty
    if none did.
    """

    kind: Literal["found", "gone", "failed", "refused"]
    reason: str = ""
    facts: Image | None = None
    retry_after: int = 0
    host: str = ""


def result(url: str, former: Probe | None, outcome: Outcome, now: int) -> Probe:
    """The result of the probe at *now* of the picture at *url*, whose last result was *former*.

    A picture is dead at once if its server says so, else after failures at least DEAD_AFTER apart. The
    facts of the last success stay.
    """
    base = former or Probe(url, now, "unknown")
    not_before = now + outcome.retry_after if outcome.retry_after else 0
    base = replace(base, at=now, reason=outcome.reason, not_before=not_before)
    if outcome.kind == "found":
        found = outcome.facts or Image(url, type="")
        return Probe(
            url, now, "ok",
            length=found.length, type=found.type, width=found.width, height=found.height,
        )  # fmt: skip
    if outcome.kind == "refused":
        return replace(base, status="unknown", failures=base.failures + 1, since=0)
    since = base.since or now
    is_dead = outcome.kind == "gone" or now - since >= DEAD_AFTER or base.status == "dead"
    status: ProbeStatus = "dead" if is_dead else "unknown"
    return replace(base, status=status, failures=base.failures + 1, since=since)


def is_due(probe: Probe | None, now: int, older_than: int) -> bool:
    """Return whether it is time for the next probe of a picture with the last result *probe*.

    A success is probed again after *older_than* seconds; a failure after 1, 2, 4 and more days, but not
    later than that.
    """
    if probe is None:
        return True
    if probe.not_before > now:
        return False
    delay = older_than
    if probe.failures:
        delay = min(older_than, DAY << min(probe.failures - 1, 10))
    return now - probe.at >= delay
