"""The part of a fleet in the status of a server."""

from datetime import datetime

from msgspec import Struct


class FleetHostStatus(Struct, frozen=True, kw_only=True):
    """A host of the fleet, as it last reported itself, at *seen*; see FleetStatus."""

    host: str
    role: str
    position: int
    version: str
    edition: str
    offset_seconds: float
    trouble: str
    seen: datetime


class FleetStatus(Struct, frozen=True, kw_only=True):
    """The part of this host in a fleet.

    - *role*: leader, candidate or follower
    - *leader*: the name of the leader, empty if it is unknown
    - *reachable*: false while the *journal* cannot be used
    - *position*, *head*: the numbers of the last batch of this host, and of the last known one of the
      journal
    - *lag_seconds*: the time for which this host has lacked batches
    - *offset_seconds*: the clock of this host minus the journal's
    - *edition*: a digest of the settings that feeds show
    - *warnings*: wrong clocks and different settings
    """

    host: str
    role: str
    leader: str
    journal: str
    reachable: bool
    position: int
    head: int
    lag_seconds: float
    offset_seconds: float
    edition: str
    trouble: str
    warnings: list[str]
    hosts: list[FleetHostStatus]
