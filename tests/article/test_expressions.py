"""Regular expressions that are compiled when they are first used."""

import pkgutil
import re
import sys
from importlib import import_module

import pytest

import feeds
from feeds.article.expressions import expression, unicode_expression
from tests.paths import ROOT
from tests.table import for_each

MODULES = [each.name for each in pkgutil.walk_packages(feeds.__path__, "feeds.")]
# Every command reads periods, and feeds.article, which has expressions, is above them.
COMPILED_AT_ONCE = {ROOT / "feeds" / "period.py"}


def test_an_expression_finds_the_same_as_a_compiled_one() -> None:
    found, compiled = expression(r"\d+"), re.compile(r"\d+")
    text = "1 a 22 b"
    assert found.pattern == compiled.pattern
    for name in ("match", "search", "fullmatch", "split", "findall"):
        assert repr(getattr(found, name)(text)) == repr(getattr(compiled, name)(text))
    assert [*map(repr, found.finditer(text))] == [*map(repr, compiled.finditer(text))]
    assert found.sub("-", text) == compiled.sub("-", text)
    assert found.subn("-", text) == compiled.subn("-", text)


def test_an_expression_may_name_properties_of_unicode() -> None:
    assert unicode_expression(r"\p{Lu}").findall("Ådalen Über") == ["Å", "Ü"]
    assert unicode_expression(r"(?V1)[\p{L}--[a-z]]").findall("aé1") == ["é"]


@for_each("found", [expression("A", re.IGNORECASE), expression(rb"\w", re.ASCII)])
def test_an_expression_has_flags(found: re.Pattern[str] | re.Pattern[bytes]) -> None:
    assert found.match("a" if isinstance(found.pattern, str) else b"a")  # type: ignore[arg-type]


def test_an_expression_is_compiled_at_its_first_use_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = import_module("re._compiler")
    compiled, compile_ = list[int](), compiler.compile

    def observed(pattern: object, flags: int) -> re.Pattern[str]:
        compiled.append(flags)
        found: re.Pattern[str] = compile_(pattern, flags)
        return found

    monkeypatch.setattr(compiler, "compile", observed)
    found = expression("a(?#once)")
    assert not compiled
    assert found.match("a")
    assert found.match("a")
    assert found.search("ba")
    assert compiled == [0]


POSSESSIVE = [
    # Python 3.11.0 to 3.11.4 finds the first, and does not find the second.
    (r"(?:ab?c)*+", "a", None),
    (r"n(?:(?<! )y)*+", "n", ()),
    (r"(?:ab?c)*+", "acabc", ()),
    (r"a*+a", "aa", None),
    (r"(?:a|ab)++c", "abc", None),
    (r"(?:ab|a){1,2}+(c)", "abac", ("c",)),
    (r"(?P<one>[a-c]++)?+d", "d", (None,)),
]


@pytest.mark.parametrize("version", [sys.version_info[:3], (3, 11, 2)], ids=["here", "3.11.2"])
def test_what_a_possessive_quantifier_has_matched_it_never_gives_back(
    version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "version_info", version)
        found = [expression(pattern).fullmatch(text) for pattern, text, _ in POSSESSIVE]
    assert [each and each.groups() for each in found] == [groups for *_, groups in POSSESSIVE]


def test_every_expression_of_every_module_can_be_compiled() -> None:
    values = [value for name in MODULES for value in vars(import_module(name)).values()]
    found = [value for value in values if isinstance(value, type(expression("")))]
    assert len(found) > 300
    for value in found:
        assert value.match


def test_no_module_compiles_a_regular_expression_when_it_is_imported() -> None:
    compiling = re.compile(r"(?m)^\w.*\b(?:re|regex)\.compile\(")
    found = {file for file in (ROOT / "feeds").rglob("*.py") if compiling.search(file.read_text())}
    assert found == COMPILED_AT_ONCE
