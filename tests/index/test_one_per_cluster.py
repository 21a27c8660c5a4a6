"""One article of each cluster: the newest of those that are asked for, after any changes."""

from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from feeds.index import Index
from feeds.index.builder import apply, build
from feeds.store import Record
from tests.builders import LATER, NOON, article, record, snapshot
from tests.examples import examples

CLUSTERS = ("", "", "tide", "ferry", "market")
put = st.tuples(st.integers(0, 12), st.integers(0, 30), st.sampled_from(CLUSTERS))
changes = st.lists(st.lists(put, max_size=5, unique_by=lambda each: each[0]), max_size=6)


def in_cluster(number: int, second: int, cluster: str) -> Record:
    made = record(article(number, published=NOON + timedelta(seconds=second)), number=number + 1)
    return msgspec.structs.replace(made, cluster=cluster)


def newest(index: Index, positions: BitMap) -> BitMap:
    """The newest of *positions* in each cluster, compared one by one."""
    found = {}
    for position in positions:
        found[index.record(position).cluster or position] = position
    return BitMap(found.values())


@settings(max_examples=examples(50))
@given(changes, st.sets(st.integers(0, 12)), st.sets(st.integers(0, 12)))
def test_one_per_cluster_is_the_newest_of_those_asked_for(
    steps: list[list[tuple[int, int, str]]], removed: set[int], chosen: set[int]
) -> None:
    made = build(snapshot(), LATER)
    for step in steps:
        some = snapshot(partial=True)
        some.records = [in_cluster(*each) for each in step]
        made = apply(made, some, LATER)
    gone = snapshot(partial=True, removed=[article(number).id for number in removed])
    made = apply(made, gone, LATER)
    some = BitMap(place for place in made.everything if made.record(place).number - 1 in chosen)
    for positions in (made.everything, some, made.everything - some):
        assert made.one_per_cluster(positions) == newest(made, positions)
