"""A patched mapping and its copies, compared with dicts."""

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
