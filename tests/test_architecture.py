"""The layout of the code: small modules, few rooms, no circles, one meaning for each public name."""

import ast
import re
from collections import defaultdict

import grimp

from feeds.formats import FORMATS
from tests.paths import ROOT

MODULES = sorted((ROOT / "feeds").rglob("*.py"))


def test_no_module_has_more_than_350_lines() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in MODULES}
    assert {name: count for name, count in lines.items() if count > 350} == {}


def test_the_package_has_at_most_25_entries() -> None:
    outside = {"__init__.py", "__main__.py", "wsgi.py", "asgi.py", "gunicorn_conf.py", "py.typed"} | {
        "__pycache__"
    }
    entries = {file.name for file in (ROOT / "feeds").iterdir()} - outside
    assert len(entries) <= 25, entries


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports for type checking count too."""
    graph = grimp.build_graph("feeds", exclude_type_checking_imports=False, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    while leaves := {name for name, used in imports.items() if not used & imports.keys()}:
        for name in leaves:
            del imports[name]
    circles = {name: sorted(used & imports.keys()) for name, used in imports.items()}
    assert circles == {}


def test_no_format_imports_another() -> None:
    graph = grimp.build_graph("feeds", cache_dir=None)
    formats = {name for name in graph.modules if name.startswith("feeds.formats.")}
    written = {
        name for name in formats if re.search(r"^(def render|\w+ = Format)\(", _text(name), re.MULTILINE)
    }
    assert len(written) >= len(FORMATS)
    for name in written:
        assert graph.find_modules_directly_imported_by(name) & written == set(), name


def _text(module: str) -> str:
    return (ROOT / f"{module.replace('.', '/')}.py").read_text()


def test_no_module_imports_inside_a_function() -> None:
    # Where no line contains such an import after another word or a space, no function has one.
    files = [file for file in MODULES if re.search(r"(?m)^.+\bfrom feeds", file.read_text())]
    found = {file: _inner_imports(ast.parse(file.read_bytes())) for file in files}
    assert {name: modules for name, modules in found.items() if modules} == {}


def _inner_imports(tree: ast.Module) -> list[str]:
    """The modules of ``feeds`` that functions in *tree* import."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inner = [node for each in functions for node in ast.walk(each) if isinstance(node, ast.ImportFrom)]
    return [str(node.module) for node in inner if (node.module or "").startswith("feeds")]


def test_no_public_class_or_constant_has_the_name_of_another() -> None:
    places: defaultdict[str, set[str]] = defaultdict(set)
    for module in MODULES:
        for node in ast.parse(module.read_bytes()).body:
            for name in _defined(node):
                places[name].add(str(module.relative_to(ROOT)))
    of_each_module = {"EXTENSION", "MEDIA_TYPE", "T"}
    assert {n: sorted(p) for n, p in places.items() if len(p) > 1 and n not in of_each_module} == {}


def _defined(node: ast.stmt) -> list[str]:
    """The public classes and constants that a statement of a module defines."""
    match node:
        case ast.ClassDef(name=name):
            names = [name]
        case ast.Assign(targets=targets):
            names = [each.id for each in targets if isinstance(each, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            names = [name]
        case _:
            names = []
    return [name for name in names if not name.startswith("_") and name[0].isupper()]
