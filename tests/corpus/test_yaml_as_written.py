"""YAML with every scalar as it was written."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from yaml.constructor import SafeConstructor

from feeds.corpus.yaml_as_written import MAX_DEPTH, Loader, load
from tests.table import for_each


class _Slowly(Loader):
    """A loader with PyYAML's own constructors."""

    get_single_data = SafeConstructor.get_single_data


PIECES = [
    "a: 1\n", "b: [x, {y: z}]\n", "c:\n  - d\n  - e: f\n", "? [g]\n: h\n", "i: &j {k: l}\n",
    "m: *j\n", "n: !!int 5\n", "o: !!set {p}\n", "q: !r s\n", "? !!null\n: t\n", "u: &v [*v]\n",
    "<<: *j\n", "=: w\n", "x: !!str [y]\n", "x: !!map {=: y}\n", "x: !!str {=: y}\n", "a: again\n",
    "z: 'no'\n", "z: ~\n", "z:\n", "- a\n",
]  # fmt: skip


def outcome(text: str, loader: type[Loader]) -> str:
    try:
        return repr(yaml.load(text, loader))
    except yaml.YAMLError as error:
        return str(error)


@given(st.lists(st.sampled_from(PIECES), max_size=5))
def test_scalars_read_without_constructors_equal_those_of_yaml(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert outcome(text, Loader) == outcome(text, _Slowly)


# The undocumented methods that PyYAML calls, each with a text that causes the call.
HOOKS = {
    "descend_resolver": "a: b",
    "ascend_resolver": "a: b",
    "resolve": "a: b",
    "get_single_data": "a: b",
    "flatten_mapping": "!!map {? [a] : b, <<: {c: d}}",
}


@for_each("name", HOOKS)
def test_pyyaml_calls_every_method_that_is_overridden(name: str) -> None:
    """Without these calls, values would be of other types, or the stack would overflow."""
    calls = []

    def noted(self: Loader, *args: object) -> object:
        calls.append(args)
        return getattr(Loader, name)(self, *args)

    loader = type("Noting", (Loader,), {name: noted})
    outcome(HOOKS[name], loader)
    assert calls
    assert hasattr(yaml.CSafeLoader, name)


def test_every_overridden_method_is_watched() -> None:
    own = {name for name, value in vars(Loader).items() if callable(value)} - {"__init__"}
    assert own == set(HOOKS)


def test_nothing_is_resolved_converted_or_merged() -> None:
    text = "a: no\nb: 20:30\nc: 012\nd: ~\ne: 2021-01-05\nf: !!int 1_000\n<<: {g: h}\n"
    assert load(text) == {
        "a": "no", "b": "20:30", "c": "012", "d": "~", "e": "2021-01-05", "f": "1_000", "<<": {"g": "h"},
    }  # fmt: skip


def test_nesting_deeper_than_the_limit_is_refused_with_its_place() -> None:
    assert load("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(yaml.MarkedYAMLError, match=f"deeper than {MAX_DEPTH} levels") as caught:
        load("\n" + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    assert caught.value.problem_mark
    assert caught.value.problem_mark.line == 1
