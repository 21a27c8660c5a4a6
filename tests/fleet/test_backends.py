"""The journal in memory and the one in PostgreSQL: the same calls have the same results."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random

import pytest

from feeds.errors import StoreError
from feeds.fleet import Generation, Journal, Lease
from feeds.store.replication import Position, RowBatch
from tests.examples import examples
from tests.fleet.chain import START, batches_after
from tests.fleet.conftest import BACKENDS, JournalBackend

CALLS = 150
HOSTS = ("a", "b", "c")
GENERATIONS = (Generation(), Generation(5, "x"), Generation(7, "y"), Generation(6))


class Fleet:
    """Hosts of the journal *backend*; *drawn* chooses what they call."""

    def __init__(self, backend: JournalBackend, folder: Path, drawn: Random) -> None:
        self.backend = backend
        self.journals = {host: backend.open() for host in HOSTS}
        self.leases = {host: Lease(host, 0) for host in HOSTS}
        self.chain: list[RowBatch] = []  # as the last one that appended knows it
        self.drawn = drawn
        self.file = folder / "snapshot"

    @property
    def journal(self) -> Journal:
        return self.journals[self.drawn.choice(HOSTS)]

    @property
    def lease(self) -> Lease:
        """The last one, or, seldom, another one."""
        leases = sorted(self.leases.values(), key=lambda lease: lease.epoch)
        return self.drawn.choice([*leases, *leases[-1:] * 6])

    @property
    def position(self) -> Position:
        """That of the end of the chain, or, seldom, another one."""
        known = [START, *(batch.position for batch in self.chain)]
        return self.drawn.choice([*known[-2:], *known[-1:] * 6])

    @property
    def generation(self) -> Generation:
        return self.drawn.choice(GENERATIONS)

    def acquire(self) -> object:
        host = self.drawn.choice(HOSTS)
        lease = self.journals[host].acquire(host, self.generation, self.position)
        self.leases[host] = lease or self.leases[host]
        return lease and lease.epoch

    def renew(self) -> object:
        lease = self.journal.renew(self.lease, self.generation)
        return lease and (lease.host, lease.epoch)

    def append(self) -> object:
        before = self.position
        [batch] = batches_after(before, self.drawn.choice("xyz") * self.drawn.randrange(1, 9))
        self.journal.append(self.lease, before, batch, self.generation)
        self.chain = [*self.chain[: before.number], batch]
        return batch

    def lose(self) -> object:
        return self.backend.lose(self.drawn.randrange(1, 3))

    def restore(self) -> object:
        return self.journal.restore(self.chain[-self.drawn.randrange(1, 3) :])

    def write_snapshot(self) -> object:
        self.file.write_text(str(self.drawn.random()))
        return self.journal.write_snapshot(self.file, self.position, self.drawn.randrange(1, 4))

    def read_snapshot(self) -> object:
        self.file.write_text("none")
        read = self.journal.read_snapshot(self.file, self.drawn.randrange(4))
        return read, self.file.read_text()

    def state(self) -> object:
        """The state as hosts know it, with the batches after some positions."""
        head, most = self.journal.head(), self.drawn.randrange(1, 30)
        some = {0, len(self.chain), self.drawn.randrange(len(self.chain) + 1)}
        batches = [self.journal.batches(number, most) for number in sorted(some)]
        known = (head.position, head.snapshot, head.generation, head.epoch, head.leader)
        return known, batches


ACTIONS: list[Callable[[Fleet], object]] = [
    Fleet.acquire,
    Fleet.acquire,
    Fleet.renew,
    *[Fleet.append] * 8,
    Fleet.restore,
    Fleet.lose,
    Fleet.write_snapshot,
    Fleet.read_snapshot,
    lambda fleet: fleet.journal.release(fleet.lease),
    lambda fleet: fleet.journal.accept_generation(),
    lambda fleet: fleet.journal.request({"scan"}),
    lambda fleet: fleet.journal.requests(fleet.lease),
    lambda fleet: fleet.backend.end_lease(),
]


def result(fleet: Fleet) -> object:
    """The result of a call, or the kind of its error, and the state afterwards."""
    fleet.backend.keep_lease()
    try:
        made = fleet.drawn.choice(ACTIONS)(fleet)
    except StoreError as error:
        made = type(error)
    return made, fleet.state()


@pytest.fixture
def backends(request: pytest.FixtureRequest) -> Iterator[list[JournalBackend]]:
    with ExitStack() as stack:
        yield [stack.enter_context(backend(request)) for backend in BACKENDS.values()]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(examples(2)))
def test_all_backends_do_the_same(seed: int, backends: list[JournalBackend], tmp_path: Path) -> None:
    with ExitStack() as stack:
        fleets = [Fleet(backend, tmp_path, Random(seed)) for backend in backends]
        for fleet in fleets:
            for journal in fleet.journals.values():
                stack.enter_context(closing(journal)).head()
        for call in range(CALLS):
            first, *others = [result(fleet) for fleet in fleets]
            assert [first] * len(others) == others, f"call {call}"
        assert len(fleets[0].chain) > 2
