"""Heaviest: the entries with the most weight stay, whatever comes between."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.readership.heaviest import Heaviest

LIMIT = 5


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 100)), max_size=300))
def test_an_entry_with_more_than_its_share_is_never_lost(stream: list[tuple[int, int]]) -> None:
    heaviest: Heaviest[int, list[int]] = Heaviest(LIMIT, lambda key: [key, 0])
    totals: dict[int, int] = {}
    for key, weight in stream:
        totals[key] = totals.get(key, 0) + weight
        heaviest.add(key, weight)[1] += weight
    kept = dict(heaviest.values())
    assert len(kept) == len(heaviest) == min(LIMIT, len(totals))
    share = sum(totals.values()) / LIMIT
    assert {key for key, total in totals.items() if total > share} <= kept.keys()
    assert all(seen <= totals[key] for key, seen in kept.items())


def test_few_entries_are_all_exact() -> None:
    heaviest: Heaviest[str, list[int]] = Heaviest(LIMIT, lambda key: [0])
    for key in "abcabca":
        heaviest.add(key, 1)[0] += 1
    assert sorted(value[0] for value in heaviest.values()) == [2, 2, 3]


def test_entries_are_restored_while_there_is_room() -> None:
    heaviest: Heaviest[int, list[int]] = Heaviest(LIMIT, lambda key: [key])
    for key in range(LIMIT + 2):
        heaviest.restore(key, 9, [key])
    assert [key for key, _, _ in heaviest.items()] == [*range(LIMIT)]
