"""Times and sizes of a host in a fleet."""

from msgspec import Struct

from feeds.fleet import LEASE_SECONDS


class FleetLimits(Struct, frozen=True, kw_only=True):
    """Times in seconds, and sizes in bytes.

    The lease ends *lease* after the request that renewed it, which is made every *renew*. A host compares
    its store with the journal at least every *poll*, reports itself every *report*, and tries again after
    *retry* to *longest_retry* when the journal cannot be reached, to *longest_rest* after another error.
    After that, and at its start, it waits *settle* before it leads: others may give back what the journal
    lost. Reports count as present for *present*, and a host that is silent for longer than *gone* has no
    say about the format of batches.

    A host that had to stop leading leaves it to others for *hold_off*. A candidate compares its corpus
    with the journal's generation every *compare*, and stamps *stamped* files at a time. Batches of
    *batch_bytes* are applied in one transaction. A snapshot is made after *snapshot_batches* batches, or
    when they have more bytes than the last one, and at least *snapshot_bytes*.
    """

    lease: float = LEASE_SECONDS
    renew: float = 2
    poll: float = 1
    report: float = 2
    retry: float = 0.5
    longest_retry: float = 2
    longest_rest: float = 30
    settle: float = 3
    present: float = 10
    gone: float = 60
    hold_off: float = 10
    compare: float = 60
    stamped: int = 200
    batch_bytes: int = 4 << 20
    snapshot_batches: int = 2000
    snapshot_bytes: int = 4 << 20


FLEET_LIMITS = FleetLimits()
