"""YAML that is read by lines: the values of the parser, or none."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.corpus import yaml_as_written, yaml_lines
from feeds.corpus.yaml_as_written import MAX_DEPTH
from feeds.sample import write_sample
from tests.paths import CORPORA, ROOT
from tests.table import for_each

UNREADABLE = "refused by the parser"

VALUES = [
    "", "", "text", "two words ", "a:b", "a: b", "a:", "a #b", "a#b", "it's", "null", "~", "'null'",
    '"~"', "<<", "'it''s'", "'", '"', '"a \\"b\\" \\\\"', '"\\n"', '"a" b', "'a' 'b'", "-", "- a",
    "-a", "--- a", "...", "?", "? a", ":", "é", "“a”", "日本", "\u2028", "\x85", "\x07", "a\tb", "\t",
    "\xa0", "\ufeff", "🎉", "2026-01-31T08:00:00Z", "https://a.example/b?c=d#e", "[a, b]",
    '[ a , \'b, c\', "d: e" ]', "[]", "{}", "[a, ]", "[a", "[a]b", "[[a]]", "[a: b]", "[null, '~']",
    "{a: b}", "{a: b, c: 'd, e' }", "{a: b, a: c}", "{a}", "{a: }", "{a:b}", "{a: [b]}", "&a b", "*a",
    "!!str a", "!a", "|", ">", ">-", "| a", "%a", "@a", "`a", "=", "# a", "a  # b", ", a", "] a",
    "} a",
]  # fmt: skip
KEYS = [
    "a",
    "b",
    "a-b",
    "_",
    "null",
    "true",
    "A1",
    "<<",
    "'a'",
    '"b"',
    "a b",
    "é",
    "? a",
    "[a]",
    "- - a",
    "a" * 101,
]

line = st.builds(
    "{}{}{}{}\n".format,
    st.sampled_from(["", "", "", " ", "  ", "  ", "    ", "      ", "\t", " " * 21]),
    st.sampled_from(["", "", "", "- ", "- ", "-   ", "-", "- - "]),
    st.just("") | st.sampled_from(KEYS).map("{}: ".format) | st.sampled_from("abc").map("{}: ".format),
    st.one_of(st.sampled_from(VALUES), st.text("ab:# -'\"\\[]{},&*?|>~n", max_size=8)),
)  # fmt: skip
# Typical mappings and lists; the subset has most of them.
usual = st.recursive(
    st.sampled_from(["a", "b c", '"d: e"', "'it''s'", "", "[f, g]", "{h: i}", "~", "'~'"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4)
    ),
    max_leaves=12,
)


def written(value: Any, indentation: str = "") -> str:
    """*value* in YAML, on the lines below its key."""
    match value:
        case str():
            return f" {value}\n"
        case dict():
            members = [
                f"{indentation}{key}:{written(each, indentation + '  ')}" for key, each in value.items()
            ]
        case _:
            members = [f"{indentation}-{written(each, indentation + '  ')}" for each in value]
    return "\n" + "".join(members)


def typed(value: Any) -> Any:
    """*value* with the type of every scalar."""
    match value:
        case dict():
            return [(key, typed(member)) for key, member in value.items()]
        case list():
            return [typed(member) for member in value]
    return type(value), value


def parsed(text: str) -> Any:
    """The value that the parser makes of *text*, if it is a mapping without repeated keys."""
    repeated: list[str] = []
    try:
        value = yaml_as_written.load(text, repeated.append)
    except (yaml.YAMLError, ValueError):
        return UNREADABLE
    return f"repeats {repeated}" if repeated else typed(value)


def is_read_by_lines(text: str) -> bool:
    """Compare the values of *text* with those of the parser; return whether there are any."""
    fields = yaml_lines.load(text)
    if fields is not None:
        assert typed(fields) == parsed(text)
    return fields is not None


@given(st.lists(line, max_size=8).map("".join))
@example("a:\n- b:\n  - c\n- d: e\nf: g\n")
@example("a:\n  - b:\n  - c: d\n    e:\n      f: g\nh:\n")
@example("a: b\n  c\n")
@example("a:\n  b\n")
@example("a:\n - b\n  - c\n")
@example("a: {b: c}\n  d: e\n")
@example("a: b\na: c\n")
@example("a: {b: c, b: d}\n")
@example("a:\n-\n")
@example("a:\n- - b\n")
def test_lines_have_the_values_of_the_parser_or_none(text: str) -> None:
    is_read_by_lines(text)


@given(st.text("ab:-\n '\"[]{},#\\~", max_size=40))
def test_any_text_has_the_values_of_the_parser_or_none(text: str) -> None:
    is_read_by_lines(text)


@given(st.dictionaries(st.sampled_from("abcd"), usual, min_size=1))
def test_nested_fields_have_the_values_of_the_parser_or_none(fields: dict[str, Any]) -> None:
    is_read_by_lines(written(fields)[1:])


def headers(folder: Path) -> list[str]:
    texts = (file.read_bytes().decode(errors="replace") for file in sorted(folder.rglob("*.md")))
    return [found[1] for text in texts if (found := re.match(r"(?s)---[ \t]*\n(.*?\n)---", text))]


def test_all_headers_of_the_sample_are_read_by_lines(tmp_path: Path) -> None:
    write_sample(tmp_path, 200, 1, lambda _: None)
    texts = headers(tmp_path)
    assert len(texts) >= 200
    assert all(map(is_read_by_lines, texts))


def test_most_headers_of_other_sites_are_read_by_lines() -> None:
    texts = headers(ROOT / "tests" / "corpus" / "dialects" / "sites")
    assert sum(map(is_read_by_lines, texts)) > len(texts) / 2


def test_headers_of_real_articles_have_the_values_of_the_parser_or_none(real_corpus: Path) -> None:
    assert any([*map(is_read_by_lines, headers(real_corpus))])


@pytest.mark.skipif(not CORPORA.is_dir(), reason="no folders of real sites")
def test_headers_of_real_sites_have_the_values_of_the_parser_or_none() -> None:
    assert any([*map(is_read_by_lines, headers(CORPORA))])


def test_nesting_that_the_parser_refuses_is_not_read() -> None:
    deep = "".join(f"{' ' * column}a:\n{' ' * column}- b:\n" for column in range(0, 2 * MAX_DEPTH, 4))
    assert parsed(deep) == UNREADABLE
    assert not is_read_by_lines(deep)


@for_each(
    "text",
    [
        "a: " + " " * 200_000,
        "a: b" + " #" * 100_000,
        "[" * 200_000,
        "a: [" + "b, " * 60_000,
        '"' * 200_000,
    ],
)
def test_a_long_line_takes_no_more_time_than_its_length(text: str) -> None:
    assert yaml_lines.load(text + "\n:\n") is None
