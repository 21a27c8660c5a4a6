"""No module uses a private attribute of a dependency."""

import ast
from collections.abc import Iterator

from tests.paths import ROOT
from tests.syntax import Syntax

FILES = sorted((ROOT / "feeds").rglob("*.py"))
PUBLIC = {"_fields", "_replace", "_asdict", "_make", "_exit"}  # documented: of NamedTuple and os


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def own(syntax: Syntax) -> Iterator[str]:
    """Every private name that a module defines: functions, classes, attributes, variables and slots."""
    definitions = syntax.nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    yield from (node.name for node in definitions)
    for node in syntax.nodes(ast.Attribute, ast.Name, ast.Constant):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Constant(value=str(name)) if name.isidentifier():
                yield name  # a name in __slots__


def used(syntax: Syntax) -> Iterator[str]:
    """Every private attribute that a module uses."""
    yield from (node.attr for node in syntax.nodes(ast.Attribute) if is_private(node.attr))


def imported(syntax: Syntax) -> Iterator[str]:
    """Every private name that a module imports from a dependency."""
    for node in syntax.nodes(ast.ImportFrom):
        if not (node.module or "").startswith("feeds"):
            is_module = any(map(is_private, (node.module or "").split(".")))
            yield from (alias.name for alias in node.names if is_module or is_private(alias.name))


def test_every_private_attribute_is_one_of_ours() -> None:
    ours = {*PUBLIC}
    found: set[tuple[str, str]] = set()
    for file in FILES:  # one after the other: all of them at once would be much to collect
        syntax = Syntax(ast.parse(file.read_bytes()))
        assert [*imported(syntax)] == [], file
        ours |= {*own(syntax)}
        found |= {(name, str(file)) for name in used(syntax)}
    assert {(name, file) for name, file in found if name not in ours} == set()
