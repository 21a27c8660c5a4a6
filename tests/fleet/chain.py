"""Batches for tests of journals, each a link of one chain."""

from collections.abc import Sequence

from feeds.fleet import Generation, Journal, Lease
from feeds.store.replication import Position, RowBatch, following

START = Position()
MOST_WITHOUT_RENEWAL = 50  # batches
GENERATION = Generation(1_780_000_000.0, "a" * 40)


def batches_after(before: Position, *contents: str) -> list[RowBatch]:
    """A chain of batches after *before*, one for each of *contents*."""
    made: list[RowBatch] = []
    for content in contents:
        position = following(made[-1].position if made else before, content.encode())
        made.append(RowBatch(position, content.encode(), 1, position.number, 1_780_000_000.5))
    return made


def lead(journal: Journal, host: str = "a", generation: Generation = GENERATION) -> Lease:
    """Become the leader, or fail."""
    lease = journal.acquire(host, generation, journal.head().position)
    assert lease, journal.head()
    return lease


def append(journal: Journal, lease: Lease, batches: Sequence[RowBatch]) -> Position:
    """Append *batches* at the head, and return the new head."""
    head = journal.head().position
    for number, batch in enumerate(batches, start=1):
        journal.append(lease, head, batch, GENERATION)
        head = batch.position
        if number % MOST_WITHOUT_RENEWAL == 0:
            assert journal.renew(lease)
    return head


def write(journal: Journal, *contents: str) -> list[RowBatch]:
    """Lead, and append a batch for each of *contents*."""
    lease = lead(journal)
    batches = batches_after(journal.head().position, *contents)
    append(journal, lease, batches)
    return batches
