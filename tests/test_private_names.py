"""No module uses a private attribute of a dependency."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

FILES = sorted((ROOT / "feeds").rglob("*.py"))
PUBLIC = {"_fields", "_replace", "_asdict", "_make", "_exit"}  # documented: of NamedTuple and os


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def own(tree: ast.Module) -> Iterator[str]:
    """Every private name that *tree* defines: functions, classes, attributes, variables and slots."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Constant(value=str(name)) if name.isidentifier():
                yield name  # a name in __slots__


def test_every_private_attribute_is_one_of_ours() -> None:
    trees: dict[Path, ast.Module] = {file: ast.parse(file.read_bytes()) for file in FILES}
    ours = {name for tree in trees.values() for name in own(tree)} | PUBLIC
    used = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.attr}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in ours
    ]
    imported = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {alias.name}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("feeds")
        for alias in node.names
        if is_private(alias.name) or any(map(is_private, (node.module or "").split(".")))
    ]
    assert used + imported == []
