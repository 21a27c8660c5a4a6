"""A Journal in memory, for hosts in one process; tests move its clock, cut it off, and lose its end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from threading import Condition
from typing import NamedTuple

from msgspec.structs import replace

from feeds.fleet import (
    GENERATION_UNKNOWN,
    KEPT_BATCHES,
    LEASE_SECONDS,
    FleetHost,
    Generation,
    Journal,
    JournalHead,
    Lease,
)
from feeds.fleet.errors import JournalError, LeaseLost
from feeds.store import WriterRequest
from feeds.store.replication import Position, RowBatch, following

DAY = 86_400  # seconds
BEGIN = 1_780_000_000.0


class KeptSnapshot(NamedTuple):
    position: Position
    written_in: int
    content: bytes


class SharedJournal:
    """The contents of a journal; every host opens them with a MemoryJournal of its own.

    *now* is the time of the journal. While *reachable* is false, every call of a method fails.
    """

    def __init__(self, identity: str = "memory", now: float = BEGIN) -> None:
        self.identity = identity
        self.now = now
        self.reachable = True
        self.changed = Condition()
        self.changes = 0
        self.head = Position()
        self.batches: dict[int, RowBatch] = {}
        self.snapshots: list[KeptSnapshot] = []
        self.generation = Generation()
        self.epoch = 0
        self.leader = ""
        self.until = 0.0
        self.hosts: dict[str, FleetHost] = {}
        self.requests: set[WriterRequest] = set()

    def lose(self, number: int) -> None:
        """Lose the last *number* batches, as a standby that had not received them."""
        with self.changed:
            end = self.head.number - number
            self.batches = {at: batch for at, batch in self.batches.items() if at <= end}
            self.snapshots = [each for each in self.snapshots if each.position.number <= end]
            self.head = max(self.positions()[1:])

    def positions(self) -> list[Position]:
        """The known positions, that of the head first."""
        kept = [each.position for each in self.snapshots]
        return [self.head, Position(), *kept, *(batch.position for batch in self.batches.values())]

    def move(self, before: Position, batch: RowBatch) -> bool:
        """Append *batch* if the head is *before*."""
        if before != self.head:
            return False
        self.head = batch.position
        self.batches[batch.position.number] = batch
        self.notify()
        return True

    def notify(self) -> None:
        """Wake all that wait."""
        self.changes += 1
        self.changed.notify_all()


class MemoryJournal(Journal):
    """The journal *shared*, seen from a host with *clock*, by default that of the journal."""

    def __init__(self, shared: SharedJournal, clock: Callable[[], float] | None = None) -> None:
        self._shared = shared
        self._clock = clock or (lambda: shared.now)
        self._seen = 0

    @property
    def name(self) -> str:
        return f"memory:{self._shared.identity}"

    def head(self) -> JournalHead:
        with self._reached() as shared:
            leader = shared.leader if shared.until > shared.now else ""
            last = shared.snapshots[-1].position if shared.snapshots else Position()
            return JournalHead(
                shared.identity, shared.now, shared.head, last, shared.generation, shared.epoch, leader
            )

    def batches(self, after: int, most_bytes: int) -> list[RowBatch] | None:
        with self._reached() as shared:
            if after >= shared.head.number:
                return []
            if after + 1 not in shared.batches:
                return None
            found: list[RowBatch] = []
            for number in range(after + 1, shared.head.number + 1):
                if sum(len(batch.content) for batch in found) >= most_bytes:
                    break
                found.append(shared.batches[number])
            return found

    def append(self, lease: Lease, before: Position, batch: RowBatch, generation: Generation) -> None:
        with self._reached() as shared:
            if not self._in_force(lease) or not shared.move(before, batch):
                raise LeaseLost(
                    self.name, "another host leads, or wrote meanwhile", "nothing is to be done"
                )
            shared.generation = generation

    def restore(self, batches: Sequence[RowBatch]) -> None:
        with self._reached() as shared:
            for batch in batches:
                follows = following(shared.head, batch.content) == batch.position
                if not follows or not shared.move(shared.head, batch):
                    raise LeaseLost(self.name, "its end is another one", "nothing is to be done")

    def acquire(self, host: str, generation: Generation, position: Position) -> Lease | None:
        with self._reached() as shared:
            is_taken = shared.leader not in ("", host) and shared.until > shared.now
            is_older = generation.at < shared.generation.at and (
                not generation.commit or generation.commit != shared.generation.commit
            )
            if is_taken or is_older or position != shared.head:
                return None
            shared.epoch += 1
            shared.leader = host
            shared.until = shared.now + LEASE_SECONDS
            return Lease(host, shared.epoch, shared.now - self._clock())

    def renew(self, lease: Lease, generation: Generation = GENERATION_UNKNOWN) -> Lease | None:
        with self._reached() as shared:
            if not self._in_force(lease):
                return None
            shared.until = shared.now + LEASE_SECONDS
            if generation.at > shared.generation.at:
                shared.generation = generation
            return replace(lease, offset=shared.now - self._clock())

    def release(self, lease: Lease) -> None:
        with self._reached() as shared:
            if self._in_force(lease):
                shared.leader = ""
                shared.notify()

    def accept_generation(self) -> None:
        with self._reached() as shared:
            shared.generation = Generation()
            shared.notify()

    def wait(self, seconds: float) -> None:
        with self._reached() as shared:
            shared.changed.wait_for(lambda: shared.changes != self._seen, seconds)
            self._seen = shared.changes

    def write_snapshot(self, snapshot: Path, position: Position, written_in: int) -> None:
        with self._reached() as shared:
            if shared.head == Position():
                shared.head = position
            if position not in shared.positions() or not position.number:
                raise LeaseLost(self.name, "its end is another one", "nothing is to be done")
            shared.snapshots.append(KeptSnapshot(position, written_in, snapshot.read_bytes()))
            shared.snapshots.sort(key=lambda each: each.position.number)
            shared.snapshots = [
                each
                for number, each in enumerate(shared.snapshots)
                if all(new.written_in > each.written_in for new in shared.snapshots[number + 1 :])
            ]
            needless = min(position.number, shared.head.number - KEPT_BATCHES)
            for number in [*takewhile(lambda number: number <= needless, sorted(shared.batches))]:
                del shared.batches[number]
            shared.notify()

    def read_snapshot(self, target: Path, formats: int) -> Position | None:
        with self._reached() as shared:
            for kept in reversed(shared.snapshots):
                if kept.written_in <= formats:
                    target.write_bytes(kept.content)
                    return kept.position
            return None

    def report(self, host: FleetHost) -> None:
        with self._reached() as shared:
            shared.hosts[host.host] = replace(host, seen=shared.now)

    def hosts(self) -> list[FleetHost]:
        with self._reached() as shared:
            since = shared.now - DAY
            return sorted(
                (host for host in shared.hosts.values() if host.seen > since), key=lambda host: host.host
            )

    def forget(self, host: str) -> None:
        with self._reached() as shared:
            shared.hosts.pop(host, None)

    def request(self, requests: set[WriterRequest]) -> None:
        with self._reached() as shared:
            shared.requests |= requests
            shared.notify()

    def requests(self, lease: Lease) -> set[WriterRequest]:
        with self._reached() as shared:
            if not self._in_force(lease):
                return set()
            taken, shared.requests = shared.requests, set()
            return taken

    def close(self) -> None:
        """Nothing is held."""

    @contextmanager
    def _reached(self) -> Iterator[SharedJournal]:
        with self._shared.changed:
            if not self._shared.reachable:
                raise JournalError(self.name, "cannot be reached: connection refused", "start it")
            yield self._shared

    def _in_force(self, lease: Lease) -> bool:
        holder = (self._shared.leader, self._shared.epoch)
        return holder == (lease.host, lease.epoch) and self._shared.until > self._shared.now
