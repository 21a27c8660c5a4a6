"""The removals in feeds, compared with a list of tombstones that is searched one by one."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Provider, TombstoneFacets, tombstone_facets
from feeds.index import MAX_DELETED_ENTRIES, Index
from feeds.index.articles import article as decoded
from feeds.index.builder import apply, build
from feeds.index.changed_facets import changed_facets
from feeds.index.tombstones import DeletedEntry, FacetConjunction
from feeds.period import Period
from feeds.store import Record, Snapshot, Tombstone, recording
from tests.builders import LATER, NOON, article, record, snapshot
from tests.examples import examples

TOPICS = ("Go", "Rust")
PROVIDERS = ("a.example", "b.example")
WANTED: list[FacetConjunction] = [
    [],
    [frozenset({("topic", "go")})],
    [frozenset({("topic", "go"), ("topic", "rust")}), frozenset({("provider", "a.example")})],
    [frozenset({("topic", "never")})],
]
DAY = 86_400
WITHIN = [None, *(Period(first, first + 3 * DAY, "days") for first in (0, int(NOON.timestamp()) + DAY))]


class Step(NamedTuple):
    """Articles that are recorded and removed at one time, and whether the index is then updated."""

    put: list[tuple[int, str, str]]  # numbers, topics and providers
    removed: list[int]
    renewed: bool
    followed: bool


steps = st.builds(
    Step,
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(TOPICS), st.sampled_from(PROVIDERS)),
        max_size=3,
        unique_by=lambda each: each[0],
    ),
    st.lists(st.integers(0, 5), max_size=3, unique=True),
    st.sampled_from([False] * 5 + [True]),
    st.booleans(),
)


class World:
    """The articles and tombstones of a store, as ``record`` would write them."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.tombstones: list[Tombstone] = []
        self.new: list[Tombstone] = []
        self.touched: set[str] = set()
        self.now = int(LATER)

    def record(self, step: Step) -> None:
        self.now += 1
        if step.renewed:
            self._add(Tombstone(self.now, None))
        for number in step.removed:
            if former := self.records.pop(article(number).id, None):
                self._add(tombstone(former, self.now, former.id))
        for number, topic, provider in step.put:
            made = article(number, topics=(topic,), provider=Provider(provider, provider))
            former = self.records.get(made.id)
            if former and (*decoded(former).topics, decoded(former).provider) != (topic, made.provider):
                self._add(tombstone(former, self.now, ""))
            self.records[made.id] = record(made, changed=self.now)
        self.touched |= {article(n).id for n in (*step.removed, *(n for n, _, _ in step.put))}
        if surplus := recording.surplus_tombstones(len(self.tombstones)):
            merged = recording.merged(self.tombstones[surplus - 1])
            gone = self.tombstones[:surplus]
            self.tombstones[:surplus] = [merged]
            if gone[-1] in self.new:  # the merged one has the revision of the one that it replaces
                self.new = [merged, *self.new[self.new.index(gone[-1]) + 1 :]]

    def _add(self, tombstone: Tombstone) -> None:
        self.tombstones.append(tombstone)
        self.new.append(tombstone)

    def changes(self) -> Snapshot:
        """The changes since the last call, which an index that follows reads."""
        made = Snapshot(
            revision=self.now,
            records=[each for id_, each in self.records.items() if id_ in self.touched],
            removed=[id_ for id_ in self.touched if id_ not in self.records],
            tombstones=[*self.new],
            taxonomy=snapshot().taxonomy,
            partial=True,
            kept_tombstones=len(self.tombstones),
        )
        self.touched.clear()
        self.new.clear()
        return made

    def whole(self) -> Snapshot:
        return Snapshot(
            revision=self.now,
            records=[*self.records.values()],
            removed=[],
            tombstones=[*self.tombstones],
            taxonomy=snapshot().taxonomy,
            partial=False,
            kept_tombstones=len(self.tombstones),
        )

    def of(self, wanted: FacetConjunction, within: Period | None) -> Iterator[Tombstone]:
        for each in self.tombstones:
            if each.facets is not None and (not within or within.begin <= each.published < within.end):
                had = facets_of(each.facets)
                if all(had & some for some in wanted):
                    yield each

    def left_at(self, id_: str) -> int:
        """The last time that the article *id_* left every feed."""
        return max((each.at for each in self.tombstones if each.facets and each.id == id_), default=0)

    def last_removal(self, wanted: FacetConjunction, within: Period | None) -> int:
        found = [0] if within else [each.at for each in self.tombstones if each.facets is None]
        for each in self.of(wanted, within):
            visible = self.records.get(each.id)
            found += [each.at, visible.moment if visible else self.left_at(each.id) if each.id else 0]
        return max(found, default=0)

    def deleted(self, wanted: FacetConjunction, within: Period | None) -> list[DeletedEntry]:
        left = {each.id: each for each in self.of(wanted, within)}
        return sorted(
            (
                DeletedEntry(self.left_at(id_), id_, each.published)
                for id_, each in left.items()
                if id_ and id_ not in self.records
            ),
            reverse=True,
        )


def tombstone(former: Record, at: int, id_: str) -> Tombstone:
    return Tombstone(at, tombstone_facets(decoded(former)), id_, former.published)


def facets_of(facets: TombstoneFacets) -> set[tuple[str, str]]:
    return {*(("topic", each) for each in facets.topics), ("provider", facets.provider)}


def seen(made: Index, since: Sequence[int]) -> list[object]:
    """All that *made* tells of removals."""
    return [
        made.renewed,
        made.last_change,
        [made.last_removal(wanted, within) for wanted in WANTED for within in WITHIN],
        [made.deleted(wanted, within) for wanted in WANTED for within in WITHIN],
        [made.postings(*facet) is None for wanted in WANTED for some in wanted for facet in sorted(some)],
        [changed_facets(made, moment) for moment in since],
    ]


@settings(max_examples=examples(40))
@given(st.lists(steps, max_size=14))
def test_an_index_that_follows_tells_the_removals_of_one_built_whole(done: list[Step]) -> None:
    """Also after the store has merged the oldest of many tombstones, in any of several changes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recording, "MAX_TOMBSTONES", 6)
        world = World()
        followed = build(world.whole(), world.now)
        former: list[tuple[Index, list[object]]] = []
        for step in done:
            world.record(step)
            if step.followed:
                followed = apply(followed, world.changes(), world.now)
                now = range(int(LATER), world.now + 1)
                assert seen(followed, now) == seen(build(world.whole(), world.now), now)
                for wanted in WANTED:
                    for within in WITHIN:
                        assert followed.last_removal(wanted, within) == world.last_removal(wanted, within)
                        assert list(followed.deleted(wanted, within)) == world.deleted(wanted, within)
                former.append((followed, seen(followed, [0])))
        assert all(seen(made, [0]) == then for made, then in former), "an earlier index has changed"


def test_of_many_removals_at_once_the_last_by_id_are_listed() -> None:
    count = MAX_DELETED_ENTRIES + 50
    later = NOON + timedelta(days=400)
    many = [
        Tombstone(int(LATER) + n // 60, TombstoneFacets(("go",)), f"tag:{n:04}", 1) for n in range(count)
    ]
    made = build(snapshot(article(1, published=later), tombstones=many), LATER)
    listed = [each.id for each in made.deleted([], None)]
    assert listed == [f"tag:{n:04}" for n in reversed(range(50, count))]
