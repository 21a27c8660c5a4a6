"""Regular expressions that are compiled when they are first used."""

import pkgutil
import re
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
    compiled = list[str]()

    compile_ = re.compile

    def observed(pattern: str, flags: int) -> re.Pattern[str]:
        compiled.append(pattern)
        return compile_(pattern, flags)

    monkeypatch.setattr(re, "compile", observed)
    found = expression("a")
    assert not compiled
    assert found.match("a")
    assert found.match("a")
    assert found.search("ba")
    assert compiled == ["a"]


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
