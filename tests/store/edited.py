"""A store with a few articles that are edited at random, as a writer records them, and its indexes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import strategies as st

from feeds.article import Provider, Taxonomy, tombstone_facets
from feeds.index import Index
from feeds.index.articles import article as decoded
from feeds.index.builder import apply, build, release
from feeds.store import Changes, Record, StoredEntry, Tombstone, recording
from tests.builders import LATER, article, record
from tests.store.dictionary import DictionaryStore


class Put(NamedTuple):
    """Article *number*, dated *ahead* seconds after it is recorded, or long before if that is 0."""

    number: int
    topic: str
    provider: str
    ahead: int


class Step(NamedTuple):
    """Articles that are recorded and removed *later*; *followed* is true if the index is then updated."""

    put: list[Put]
    removed: list[int]
    renewed: bool
    later: int
    followed: bool


numbers = st.integers(0, 5)
steps = st.builds(
    Step,
    st.lists(
        st.builds(
            Put,
            numbers,
            st.sampled_from(["Go", "GO", "Rust"]),
            st.sampled_from(["a.example", "b.example"]),
            st.sampled_from([0, 0, 0, 1, 5]),
        ),
        max_size=3,
        unique_by=lambda each: each.number,
    ),
    st.lists(numbers, max_size=3, unique=True),
    st.sampled_from([False] * 5 + [True]),
    st.integers(1, 3),
    st.booleans(),
)


class EditedStore:
    """A *store* with articles and tombstones; *now* is the time of the last step.

    If there are more than six tombstones, the store merges the older half of them.
    """

    def __init__(self) -> None:
        self.now = int(LATER)
        self.store = DictionaryStore(uuid4().hex)
        assert self.store.acquire_writer()
        self.store.record(Changes(taxonomy=Taxonomy()))
        self._entries: dict[str, StoredEntry] = {}
        self._tombstones: list[Tombstone] = []

    @property
    def records(self) -> dict[str, Record]:
        return {each.id: each for each in self.store.load().records}

    @property
    def visible(self) -> dict[str, Record]:
        return {id_: each for id_, each in self.records.items() if each.published <= self.now}

    @property
    def index(self) -> Index:
        """An index built whole."""
        return build(self.store.load(), self.now)

    def followed_by(self, step: Step, index: Index) -> Index:
        """Record *step*; return the successor of *index*, with the changes only if *step* is followed."""
        self.record(step)
        released = release(index, self.now)
        if not step.followed:
            return released
        return apply(released, self.store.changes_since(index.revision), self.now)

    @property
    def tombstones(self) -> list[Tombstone]:
        return self.store.load().tombstones

    def record(self, step: Step) -> None:
        self.now += step.later
        records, visible = self.records, self.visible
        self._entries, self._tombstones = {}, [Tombstone(self.now, None)] * step.renewed
        for id_ in sorted({article(number).id for number in step.removed} & records.keys()):
            self._enter(records.pop(id_), removed=self.now)
            if former := visible.pop(id_, None):
                self._leave(former, id_)
        for each in step.put:
            self._put(each, visible)
        changes = Changes(at=self.now, entries=[*self._entries.values()], tombstones=self._tombstones)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(recording, "MAX_TOMBSTONES", 6)
            self.store.record(changes)

    def _put(self, put: Put, visible: Mapping[str, Record]) -> None:
        long_ago = article(put.number).published
        date = datetime.fromtimestamp(self.now + put.ahead, UTC) if put.ahead else long_ago
        provider = Provider(put.provider, put.provider)
        made = article(put.number, topics=(put.topic,), provider=provider, published=date, updated=date)
        former = visible.get(made.id)
        if former and (put.ahead or tombstone_facets(decoded(former)) != tombstone_facets(made)):
            self._leave(former, made.id if put.ahead else "")
        self._enter(record(made, changed=self.now))

    def _enter(self, record: Record, removed: int = 0) -> None:
        self._entries[record.id] = StoredEntry(record, record.id, b"", 1, removed)

    def _leave(self, former: Record, id_: str) -> None:
        facets = tombstone_facets(decoded(former))
        self._tombstones.append(Tombstone(self.now, facets, id_, former.published))
