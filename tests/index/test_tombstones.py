"""The removals in an index, compared with a list of tombstones that is searched one by one."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import TombstoneFacets, tombstone_facets
from feeds.index import MAX_DELETED_ENTRIES, Index
from feeds.index.articles import article as decoded
from feeds.index.builder import build
from feeds.index.changed_facets import EVERYTHING, ChangedFacets, changed_facets
from feeds.index.tombstones import DeletedEntry, FacetConjunction
from feeds.period import Period
from feeds.store import Tombstone
from tests.builders import LATER, NOON, article, snapshot
from tests.examples import examples
from tests.store.edited import EditedStore, Step, steps

WANTED: list[FacetConjunction] = [
    [],
    [frozenset({("topic", "go")})],
    [frozenset({("topic", "go"), ("topic", "rust")}), frozenset({("provider", "a.example")})],
    [frozenset({("topic", "never")})],
]
DAY = 86_400
WITHIN = [None, *(Period(first, first + 3 * DAY, "days") for first in (0, int(NOON.timestamp()) + DAY))]


class Removals(EditedStore):
    """A store and its removals, found one by one."""

    def single(self) -> Iterator[tuple[Tombstone, set[tuple[str, str]]]]:
        """Yield the tombstones of single articles with their facets."""
        for each in self.tombstones:
            if each.facets is not None:
                yield each, facets_of(each.facets)

    def of(self, wanted: FacetConjunction, within: Period | None) -> Iterator[Tombstone]:
        for each, facets in self.single():
            is_within = not within or within.begin <= each.published < within.end
            if is_within and all(facets & some for some in wanted):
                yield each

    def left_at(self, id_: str) -> int:
        """The last time that the article *id_* left every feed."""
        return max((each.at for each, _ in self.single() if id_ and each.id == id_), default=0)

    def last_removal(self, wanted: FacetConjunction, within: Period | None) -> int:
        found = [0 if within else self.renewed]
        for each in self.of(wanted, within):
            visible = self.visible.get(each.id)
            found += [each.at, visible.moment if visible else self.left_at(each.id)]
        return max(found)

    def deleted(self, wanted: FacetConjunction, within: Period | None) -> list[DeletedEntry]:
        left = {each.id: each for each in self.of(wanted, within) if each.id}
        gone = [each for id_, each in left.items() if id_ not in self.visible]
        return sorted(
            (DeletedEntry(self.left_at(each.id), each.id, each.published) for each in gone), reverse=True
        )

    @property
    def renewed(self) -> int:
        return max((each.at for each in self.tombstones if each.facets is None), default=0)

    def changed_facets(self, moment: int) -> ChangedFacets:
        if self.renewed > moment:
            return EVERYTHING
        changed = [each for each in self.visible.values() if each.moment > moment]
        removed = [(each, facets) for each, facets in self.single() if each.at > moment]
        ids = {each.id for each in changed} | {each.id for each, _ in removed if each.id}
        left = removed + [(each, facets) for each, facets in self.single() if each.id in ids]
        stamps = [each.changed for each in changed if moment < each.changed != each.published]
        return ChangedFacets(
            frozenset().union(
                *(facets for _, facets in left),
                *(facets_of(tombstone_facets(decoded(each))) for each in changed),
            ),
            articles=bool(changed or removed),
            first=min([*stamps, *(each.at for each, _ in removed)], default=None),
        )


def facets_of(facets: TombstoneFacets) -> set[tuple[str, str]]:
    return {*(("topic", each) for each in facets.topics), ("provider", facets.provider)}


def compare(made: Index, stored: Removals) -> None:
    """Check what *made*, an index of *stored*, has of removals."""
    assert made.renewed == stored.renewed
    for wanted in WANTED:
        for within in WITHIN:
            assert made.last_removal(wanted, within) == stored.last_removal(wanted, within)
            assert list(made.deleted(wanted, within)) == stored.deleted(wanted, within)
    for moment in range(int(LATER) - 1, stored.now + 1):
        assert changed_facets(made, moment) == stored.changed_facets(moment)


def parts(made: Index) -> list[object]:
    """The tombstones of *made*, with places counted from the first."""
    found = made.tombstones
    return [
        found.entries,
        [place - found.first for place in found.single],
        [place - found.first for place in found.gone],
        *(
            {key: [place - found.first for place in places] for key, places in each.items()}
            for each in (found.by_facet, found.by_day)
        ),
        {id_: [place - found.first for place in places] for id_, places in found.by_id.items()},
    ]


@settings(max_examples=examples(100))
@given(st.lists(steps, max_size=20))
def test_an_index_that_follows_has_the_removals_of_one_built_whole(done: list[Step]) -> None:
    """The store may have merged old tombstones several times since the last update of the index."""
    stored = Removals()
    followed = stored.index
    former: list[tuple[Index, list[object]]] = []
    for step in done:
        followed = stored.followed_by(step, followed)
        if step.followed:
            compare(followed, stored)
            assert parts(followed) == parts(stored.index)
            former.append((followed, parts(followed)))
    compare(stored.index, stored)
    assert all(parts(made) == then for made, then in former), "an earlier index has changed"


def test_of_many_removals_the_last_are_listed_and_within_one_second_the_last_by_id() -> None:
    count = MAX_DELETED_ENTRIES + 50
    seconds = [int(LATER) + number // 60 for number in range(count)]
    ids = [f"tag:{(number * 7) % count:04}" for number in range(count)]
    left = [*zip(seconds, ids, strict=True)]
    tombstones = [Tombstone(at, TombstoneFacets(("go",)), id_, 1) for at, id_ in left]
    made = build(snapshot(article(1), tombstones=tombstones), LATER)
    listed = [(each.at, each.id) for each in made.deleted([], None)]
    assert listed == sorted(left, reverse=True)[:MAX_DELETED_ENTRIES]
