"""Times and sizes of a host in a fleet."""

from msgspec import Struct

from feeds.fleet import LEASE_SECONDS


class FleetLimits(Struct, frozen=True, kw_only=True):
    """Times in seconds, and sizes in bytes.

    - *lease*: from the request that renewed the lease until its end
    - *renew*: between renewals of the lease
    - *poll*: the longest time between two comparisons of the store with the journal
    - *report*: between two reports of a host
    - *retry*: the first wait for another attempt after an error
    - *longest_retry*: the longest such wait while the journal cannot be reached
    - *longest_rest*: the longest such wait after another error
    - *settle*: the time for which a host must have reached the journal before it leads: others may give
      back what the journal lost
    - *present*: the age of a report up to which its host counts as present
    - *gone*: the age of a report after which its host has no say about the format of batches
    - *hold_off*: the time for which a host that had to stop leading leaves it to others
    - *compare*: between two comparisons of a candidate's corpus with the journal's generation
    - *stamped*: the number of files that a candidate stamps at a time
    - *batch_bytes*: the size of the batches that are applied in one transaction
    - *snapshot_batches*, *snapshot_bytes*: a snapshot is made after so many batches, or when they have
      more bytes than the last snapshot, and at least *snapshot_bytes*
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
