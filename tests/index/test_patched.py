"""A patched mapping and its copies, compared with dicts."""

from typing import NoReturn

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.index.patched import MIN_RATIO, Patched
from tests.examples import examples

deeds = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 40), st.text(max_size=2)),
        st.tuples(st.just("pop"), st.integers(0, 40), st.none()),
        st.tuples(st.just("copy"), st.none(), st.none()),
    ),
    max_size=60,
)


def seen(made: Patched[int, str], keys: set[int]) -> tuple[object, ...]:
    """All that can be read from *made*, which has *keys*."""
    values = [(each in made, made.get(each), made.get(each, "none")) for each in range(300)]
    return (
        values,
        sorted(made.items()),
        sorted(made.values()),
        made.several(sorted(keys)),
        [made[each] for each in sorted(keys)],
    )


@settings(max_examples=examples(100))
@given(st.integers(0, 4 * MIN_RATIO), deeds)
def test_a_patched_mapping_is_a_dict_and_its_copies_are_independent(
    size: int, deeds: list[tuple[str, int, str]]
) -> None:
    expected = {number: str(number) for number in range(0, 2 * size, 2) if number < 300}
    made = Patched(dict(expected))
    former = []
    for deed, key, value in deeds:
        match deed:
            case "put":
                expected[key] = made[key] = value
            case "pop":
                assert made.pop(key) == expected.pop(key, None)
            case "copy":
                former.append((made, seen(made, {*expected}), {*expected}))
                made = made.copy()
        assert made.get(key) == expected.get(key)
    assert seen(made, {*expected}) == seen(Patched(expected), {*expected})
    assert all(seen(each, keys) == then for each, then, keys in former), "a former one has changed"


class Unread(dict[int, str]):
    """A mapping that is too large to be read as a whole."""

    def items(self) -> NoReturn:
        raise AssertionError


def test_a_copy_is_compared_with_its_origin_by_changes_alone() -> None:
    made = Patched(Unread({number: str(number) for number in range(2 * MIN_RATIO)}))
    made[1] = "changed before"
    copy = made.copy()
    assert copy.differing(made) == set()
    copy[2] = "changed"
    copy[300] = "added"
    copy.pop(3)
    made.pop(1)
    assert copy.differing(made) == made.differing(copy) == {1, 2, 3, 300}


def test_what_is_derived_from_a_mapping_is_made_once_for_it_and_its_copies() -> None:
    made = Patched({number: str(number) for number in range(5 * MIN_RATIO)})
    copy = made.copy()
    copy[1], copy[999] = "changed", "added"
    copy.pop(2)
    derived = copy.derived(sorted)
    assert derived == [*range(5 * MIN_RATIO)]
    assert made.derived(sorted) is copy.copy().derived(sorted) is derived
    assert sorted(copy.changes()) == ["added", "changed"]
    for number in range(10, 20):
        copy[number] = "changed"
    merged = copy.copy()
    assert merged.derived(sorted) == [number for number in (*range(5 * MIN_RATIO), 999) if number != 2]
    assert [*merged.changes()] == []


def test_mappings_of_different_origin_are_compared_by_all_values() -> None:
    one, two = "one", "two"
    assert Patched({1: one, 2: two, 3: one}).differing(Patched({2: two, 3: two, 4: two})) == {1, 3, 4}
