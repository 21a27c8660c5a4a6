"""The names of events: in the code, in the documents, and the same as before."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from feeds.logs.lines import OWN_FIELDS
from tests.paths import ROOT
from tests.syntax import Syntax

CALLS = {"facts", "_log", "ChangeLine", "log.log", "log.info", "log.warning", "log.error", "log.critical"}


@cache
def nodes() -> list[tuple[Path, ast.Call | ast.Assign]]:
    """The calls and assignments that can name an event, in their files."""
    can_name = re.compile(rf"\b({'|'.join(CALLS)})\(|^EVENTS\b", re.MULTILINE)
    files = [(file, file.read_text()) for file in sorted((ROOT / "feeds").rglob("*.py"))]
    return [
        (file, node)
        for file, text in files
        if can_name.search(text)
        for node in Syntax(ast.parse(text)).nodes(ast.Call, ast.Assign)
    ]


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """The calls that name an event: methods of ``log``, and what passes names on to them."""
    for file, node in nodes():
        if isinstance(node, ast.Call) and dotted(node.func) in CALLS:
            yield file, node


def dotted(called: ast.expr) -> str:
    """The name of a function, or of a method of a variable."""
    match called:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Name(variable), name):
            return f"{variable}.{name}"
    return ""


def events_of(node: ast.Call) -> set[str]:
    """The names of events among the arguments of *node*, also those that a condition chooses from."""
    found = set()
    for argument in node.args[:2]:
        choices = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
        found |= {
            each.value
            for each in choices
            if isinstance(each, ast.Constant) and re.fullmatch(r"[a-z-]+\.[a-z.-]+", str(each.value))
        }
    return found


def in_code() -> dict[str, Path]:
    """The file of each event in the program."""
    found = {}
    for file, call in calls():
        found |= dict.fromkeys(events_of(call), file)
    for file, node in nodes():
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "EVENTS":
            found |= dict.fromkeys(ast.literal_eval(node.value).values(), file)
    return found


def in_documents() -> list[str]:
    """The events in the tables of docs/operations.md."""
    section = (ROOT / "docs/operations.md").read_text().split("\n## Log\n")[1].split("\n## ")[0]
    rows = [row for row in section.splitlines() if re.match(r"\| (info|warning|error|critical)\b", row)]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[2])]


def test_every_event_is_in_the_documents_once_and_the_other_way_round() -> None:
    documented = in_documents()
    assert sorted(documented) == sorted(in_code())


def test_no_fact_has_the_name_of_a_field_that_every_line_has() -> None:
    named = {keyword.arg for _, call in calls() for keyword in call.keywords}
    assert "path" in named
    assert not named & {*OWN_FIELDS}
