"""The rules of the tests: no sleep, no measured duration, no private attribute, no invented program."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests.paths import ROOT
from tests.syntax import Syntax
from tests.table import for_each

TESTS = ROOT / "tests"
MEASURING = ("bench/", "drills/")  # programs that measure and wait
WAITING = "waiting.py"  # has ``eventually``
AGENTS = "agents.py"  # has the User-Agents that programs sent
_AGENT = re.compile(r"(?!HTTP/)[A-Za-z][\w -]*/\d+(?:\.\d+)+(?: |$)")
PUBLIC = {
    "_asdict", "_exit", "_make", "_replace",  # documented: of NamedTuple and os
    "_current_frames",  # of sys
    "_Element",  # of lxml, which has no other name for it
}  # fmt: skip

CLOCKS = {"monotonic", "perf_counter", "time"}  # of the module time

Faults = Iterator[tuple[int, str]]
"""The lines of a module at fault, with what is wrong there."""


def imports_of_test_modules(module: Syntax, _file: str) -> Faults:
    for node in module.nodes(ast.ImportFrom, ast.Import):
        match node:
            case ast.ImportFrom(module=str(name), names=aliases):
                names = [name, *(f"{name}.{alias.name}" for alias in aliases)]
            case ast.Import(names=aliases):
                names = [alias.name for alias in aliases]
            case _:
                continue
        for name in names:
            if name.startswith("tests.") and _is_test_module(name):
                yield node.lineno, f"imports {name}"


def _is_test_module(name: str) -> bool:
    file = ROOT / f"{name.replace('.', '/')}.py"
    return file.name.startswith("test_") and file.exists()


def sleeps(module: Syntax, file: str) -> Faults:
    if file == WAITING or file.startswith(MEASURING):
        return
    for node in module.nodes(ast.Attribute, ast.ImportFrom, ast.Constant):
        match node:
            case ast.Attribute(value=ast.Name(id="time" | "asyncio"), attr="sleep", lineno=line):
                yield line, f"calls {ast.unparse(node)}"
            case ast.ImportFrom(module="time" | "asyncio", names=aliases, lineno=line):
                yield from ((line, "imports sleep") for alias in aliases if alias.name == "sleep")
            case ast.Constant(value=str(text), lineno=line) if "time.sleep(" in text:
                yield line, "calls time.sleep in a program"


def durations(module: Syntax, file: str) -> Faults:
    """Find assertions on, and functions that return, a difference of two readings of a clock."""
    if file.startswith(MEASURING):
        return
    if CLOCKS.isdisjoint(node.attr for node in module.nodes(ast.Attribute)):
        return
    for function in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        measured: set[str] = set()
        for node in ast.walk(function):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_duration(
                    value, measured
                ):
                    measured.add(name)
                case ast.Assert(test=value) | ast.Return(value=value) if value:
                    if _is_duration(value, measured):
                        yield node.lineno, ast.unparse(node)


def _is_duration(value: ast.AST, measured: set[str]) -> bool:
    names = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)}
    differences = [each for each in ast.walk(value) if isinstance(each, ast.BinOp)]
    return bool(names & measured) or any(
        isinstance(each.op, ast.Sub) and _reads_clock(each) for each in differences
    )


def _reads_clock(value: ast.AST) -> bool:
    calls = {ast.unparse(each.func) for each in ast.walk(value) if isinstance(each, ast.Call)}
    return not calls.isdisjoint(f"time.{clock}" for clock in CLOCKS)


def private_names(module: Syntax, _file: str) -> Faults:
    for node in module.nodes(ast.Attribute, ast.ImportFrom, ast.Call):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                continue
            case ast.Attribute(attr=name, lineno=line) if _is_private(name):
                yield line, ast.unparse(node)
            case ast.ImportFrom(module=str(name), names=aliases, lineno=line):
                yield from ((line, f"{name}.{a.name}") for a in aliases if _is_private(a.name))
            case ast.Call(
                func=ast.Attribute(attr="setattr"), args=[_, ast.Constant(value=str(name)), *_]
            ):
                if _is_private(name):
                    yield node.lineno, ast.unparse(node)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in PUBLIC


def switches(module: Syntax, _file: str) -> Faults:
    """Find assignments to a name of another module of tests."""
    modules = {
        alias.asname or alias.name
        for node in module.nodes(ast.ImportFrom)
        if (node.module or "").split(".")[0] == "tests"
        for alias in node.names
        if (ROOT / f"{node.module}.{alias.name}".replace(".", "/")).with_suffix(".py").exists()
    }
    for node in module.nodes(ast.Attribute):
        match node:
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store()) if name in modules:
                yield node.lineno, ast.unparse(node)


def invented_agents(module: Syntax, file: str) -> Faults:
    """Find User-Agents, such as ``newsboat/2.21.0 (Linux x86_64)``."""
    if file == AGENTS:
        return
    for node in module.nodes(ast.Constant):
        match node:
            case ast.Constant(value=str(text), lineno=line) if _AGENT.match(text):
                yield line, f"writes {text!r}"


RULES: dict[str, Callable[[Syntax, str], Faults]] = {
    "a test module imports no other test module": imports_of_test_modules,
    "a test waits for a condition, not for a time": sleeps,
    "no test asserts how long something takes": durations,
    "no test uses a private name": private_names,
    "no test module assigns a name of another": switches,
    "no test invents the name of a program": invented_agents,
}


@cache
def faults() -> dict[str, dict[str, list[str]]]:
    """By rule, the faults of each file of tests but this one, by its path below ``tests``.

    One file after the other: the garbage collector would visit the nodes of all again and again.
    """
    found: dict[str, dict[str, list[str]]] = {rule: {} for rule in RULES}
    for file in sorted(TESTS.rglob("*.py")):
        if "node_modules" not in file.parts and file != Path(__file__):
            name = file.relative_to(TESTS).as_posix()
            syntax = Syntax(ast.parse(file.read_bytes()))
            for rule, find in RULES.items():
                if wrong := [f"{line}: {text}" for line, text in find(syntax, name)]:
                    found[rule][name] = wrong
    return found


@for_each("rule", RULES)
def test_every_test_keeps_the_rule(rule: str) -> None:
    assert faults()[rule] == {}


@for_each(
    ("rule", "code"),
    [
        ("a test module imports no other test module", "from tests.test_tests import RULES"),
        ("a test module imports no other test module", "from tests import test_tests"),
        ("a test waits for a condition, not for a time", "time.sleep(1)"),
        ("a test waits for a condition, not for a time", "from asyncio import sleep"),
        ("a test waits for a condition, not for a time", "PROGRAM = 'import time; time.sleep(1)'"),
        (
            "no test asserts how long something takes",
            "def test() -> None:\n"
            "    begun = time.monotonic()\n"
            "    took = time.monotonic() - begun\n"
            "    assert took < 1",
        ),
        ("no test uses a private name", "assert store._connection"),
        ("no test uses a private name", "from feeds.index import _build"),
        ("no test uses a private name", "monkeypatch.setattr(store, '_connection', None)"),
        ("no test module assigns a name of another", "from tests import paths\npaths.ROOT = 1"),
        ("no test invents the name of a program", "get('/', User_Agent='rss2email/3.14')"),
        ("no test invents the name of a program", "AGENT = 'RSS Guard/4.0.4 (example.org)'"),
    ],
)
def test_a_test_that_breaks_a_rule_is_found(rule: str, code: str) -> None:
    assert len([*RULES[rule](Syntax(ast.parse(code)), "test_example.py")]) == 1
