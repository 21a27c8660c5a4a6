"""Every query parameter has a description, a form field and a row in the documentation."""

import re
from collections.abc import Sequence

import pytest

from feeds.query import Query
from feeds.query.grammar import NO_REDIRECT, parse, read
from feeds.query.parameters import EVERY, PARAMETERS, PLACES, SEGMENTS, WINDOW
from feeds.query.parameters.window import WindowParameter
from feeds.query.unknown import PAGING
from feeds.web.builder import GROUPS
from feeds.web.form import FORM_FIELDS
from tests.paths import ROOT
from tests.query_strategies import VALUES, WINDOWS
from tests.table import for_each


def documented() -> list[str]:
    """The rows of the table of parameters."""
    table = (ROOT / "README.md").read_text().split("| parameter | selects |\n| --- | --- |\n")[1]
    return table.split("\n\n")[0].splitlines()


def test_the_documentation_has_a_row_for_every_parameter_and_no_other() -> None:
    every = (*PARAMETERS.values(), *WINDOW.values())
    assert documented() == [f"| `{each.example}` | {each.meaning} |" for each in every]


@for_each("key", [*PARAMETERS, *WINDOW])
def test_the_example_of_a_parameter_is_one_of_it(key: str) -> None:
    example = {**PARAMETERS, **WINDOW}[key].example
    name, _, value = example.partition("=")
    assert name == key
    assert not value or dict(parse([(key, value)]).parameters).keys() == {key}


@for_each("key", [*PARAMETERS, *WINDOW])
def test_every_example_in_the_meaning_of_a_parameter_can_be_read(key: str) -> None:
    meaning = {**PARAMETERS, **WINDOW}[key].meaning
    for written in re.findall(r"`(\w+=[^`]+)`", meaning):
        assert read(written) != Query()


def test_every_parameter_is_asked_for_by_the_property_tests() -> None:
    assert set(VALUES) == set(PARAMETERS)
    assert {*WINDOWS, "collapse", "content"} == set(WINDOW)  # those two change no selection


def test_every_field_stands_in_one_group_of_the_form() -> None:
    placed = [key for group in GROUPS for key in group.keys]
    assert sorted(placed) == sorted(FORM_FIELDS)


@pytest.mark.parametrize("parameter", WINDOW.values(), ids=WINDOW)
def test_a_query_has_the_default_of_every_window_parameter(parameter: WindowParameter) -> None:
    assert getattr(Query(), parameter.key) == parameter.default


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_every_path_that_names_a_feed_is_read_back(place: Sequence[str]) -> None:
    query = parse([], dict.fromkeys(place, "x"))
    assert [clause.key for clause in query.place] == list(place)
    assert read(query.path) == query
    assert query.plain
    segments = {each.key: name for name, each in SEGMENTS.items()}
    assert query.path == "".join(f"/{segments[key]}/x" for key in place)
    assert read(f"{query.path}/daily").path == f"{query.path}/daily"


def test_a_name_on_other_servers_is_that_of_one_parameter_and_of_none_here() -> None:
    every = [name for each in EVERY for name in each.synonyms]
    assert len(set(every)) == len(every)
    assert not {*every, *PAGING} & {*PARAMETERS, *WINDOW, NO_REDIRECT}
    assert not {*every} & {*PAGING}


@for_each(
    "key",
    [
        "utm_source",
        "utm_campaign",
        "fbclid",
        "gclid",
        "msclkid",
        "mc_cid",
        "ref",
        "source",
        "from",
        "_",
        "v",
    ],
)
def test_the_parameters_of_trackers_and_caches_are_ignored(key: str) -> None:
    assert parse([(key, "x"), ("topic", "ai")]) == parse([("topic", "ai")])
