"""Configuration files of site generators as literals: they are read, never run."""

import json
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import yaml

from feeds.article.expressions import expression
from feeds.corpus import problems, yaml_as_written
from feeds.corpus.characters import without_stray
from feeds.corpus.front_matter import decode, end_of_json
from feeds.corpus.python_literals import read_python
from feeds.corpus.script_literals import read_script
from feeds.errors import ArticleError

MAX_LITERAL_DEPTH = 50  # nested lists and mappings; deeper ones are left out
MAX_LITERALS = 200_000  # of one file, counting those of YAML's aliases again

_MERGE = "<<"
# A comment or a text in JSON; a comma before a closing bracket.
_JSON_COMMENT = expression(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/')
_JSON_COMMA = expression(r'("(?:[^"\\\n]|\\.)*")|,(?=\s{0,1000}[}\]])')
_RUBY_CALL = expression(r"""(?m)^[ \t]*([a-z_]{1,99})[ \t(]{1,9}(["'])([^"'\n]*)\2""")
_TOML_LINE = expression(r"\(at line (\d+)")


def read_literals(path: str, content: bytes, extension: str = "") -> dict[str, Any]:
    """The literals in the configuration file at *path*: mappings, lists and texts.

    *extension* names the syntax, such as ``yml``; by default, it is that of the file.

    Every scalar is text, as it is written or as JSON writes it; nothing is the empty text. An expression
    that is no literal is left out. A file that is no mapping has the key ``""``. Raises ArticleError if
    the file cannot be read.
    """
    text = without_stray(decode(path, content))
    name = path.rpartition("/")[2].lower()
    extension = extension or (name.rpartition(".")[2] if "." in name else "")
    syntax, read = _READERS.get(extension, _YAML)
    try:
        return _mapping(read(text))
    except ArticleError:
        raise
    except yaml_as_written.TooDeep as error:
        raise ArticleError(problems.TOO_DEEP, path, 1, limit=yaml_as_written.MAX_DEPTH) from error
    except (yaml.YAMLError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise ArticleError(
            problems.NOT_CONFIGURATION, path, _line(error), syntax=syntax, reason=_reason(error)
        ) from error


def front_matter(path: str, content: bytes) -> dict[str, Any]:
    """The literals in the front matter of the Markdown file at *path*, in YAML, TOML or JSON."""
    text = decode(path, content)
    for fence, extension in (("---", "yml"), ("+++", "toml")):
        if text.startswith(f"{fence}\n"):
            header = text[len(fence) :].partition(f"\n{fence}")[0]
            return read_literals(path, header.encode(), extension)
    if text.startswith("{"):
        return read_literals(path, text[: end_of_json(text)].encode(), "json")
    return {}


def value_at(values: Mapping[str, Any], dotted: str) -> Any:
    """The value of the *dotted* key, in upper or lower case, or None."""
    value: Any = values
    for key in dotted.split("."):
        if not isinstance(value, dict):
            return None
        value = _member(value, key)
    return value


def text_at(values: Mapping[str, Any], *dotted: str) -> str:
    """The first of the *dotted* keys with a text that is not empty, else the empty text."""
    for key in dotted:
        value = value_at(values, key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def names_at(values: Mapping[str, Any], dotted: str) -> tuple[str, ...]:
    """The texts in the list of the *dotted* key; a single text is a list of one."""
    value = value_at(values, dotted)
    members = value if isinstance(value, list) else [value]
    return tuple(each.strip() for each in members if isinstance(each, str) and each.strip())


def _member(values: Mapping[str, Any], key: str) -> Any:
    if key in values:
        return values[key]
    folded = key.casefold()
    return next((value for name, value in values.items() if name.casefold() == folded), None)


def _mapping(value: Any) -> dict[str, Any]:
    found = _Plain().of(value, 0)
    if isinstance(found, dict):
        return found
    return {"": found} if found else {}


class _Plain:
    """Conversion of parsed values: every scalar to text, and keys to text."""

    def __init__(self) -> None:
        self._left = MAX_LITERALS

    def of(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if depth > MAX_LITERAL_DEPTH or self._left < 0:
            return ""
        match value:
            case dict():
                return self._fields(value, depth + 1)
            case list() | tuple() | set():
                return [self.of(member, depth + 1) for member in value]
            case None:
                return ""
            case bool():
                return "true" if value else "false"
            case str():
                is_nothing = type(value) is str and value in yaml_as_written.NOTHING
                return "" if is_nothing else str(value)
        return value.isoformat() if hasattr(value, "isoformat") else str(value)

    def _fields(self, fields: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        merged = fields.get(_MERGE)
        made: dict[str, Any] = {}
        for each in merged if isinstance(merged, list) else [merged]:
            if isinstance(each, dict) and depth <= MAX_LITERAL_DEPTH:
                made = self._fields(each, depth + 1) | made
        for key, value in fields.items():
            if key != _MERGE:
                made[str(self.of(key, MAX_LITERAL_DEPTH))] = self.of(value, depth)
        return made


class _Loader(yaml_as_written.Loader):
    """YAML with unknown tags as nothing; ``!ENV [VARIABLE, default]`` is its default."""

    yaml_constructors: ClassVar[dict[str | None, Any]] = {
        **yaml_as_written.Loader.yaml_constructors,
        "!ENV": lambda loader, node: _default(loader, node),  # noqa: PLW0108 (defined below)
        None: lambda _loader, _node: None,
    }


def _default(loader: Any, node: yaml.Node) -> Any:
    members = loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else []
    return members[-1] if len(members) > 1 else None


def _yaml(text: str) -> Any:
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _json(text: str) -> Any:
    """JSON, also with comments and trailing commas."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        without = _JSON_COMMENT.sub(lambda found: found[1] or " ", text)
        return json.loads(_JSON_COMMA.sub(lambda found: found[1] or " ", without))


def _ruby(text: str) -> dict[str, Any]:
    """The calls with one text in Ruby, such as ``url "https://example.org"``."""
    return {found[1]: found[3] for found in reversed([*_RUBY_CALL.finditer(text)])}


def _host(text: str) -> dict[str, Any]:
    """The host in the file ``CNAME`` of GitHub Pages."""
    return {"cname": text.strip().partition("\n")[0].strip()}


def _line(error: Exception) -> int:
    match error:
        case yaml.MarkedYAMLError():
            mark = error.problem_mark or error.context_mark
            return int(mark.line) + 1 if mark else 1
        case json.JSONDecodeError() | SyntaxError():
            return error.lineno or 1
        case tomllib.TOMLDecodeError():  # it has an attribute from Python 3.14 on
            found = _TOML_LINE.search(str(error))
            return int(found[1]) if found else 1
    return 1


def _reason(error: Exception) -> str:
    match error:
        case yaml.MarkedYAMLError():
            return error.problem or error.context or "not understood"
        case json.JSONDecodeError() | SyntaxError():
            return str(error.msg)
    return str(error)[:200] or "nested too deeply"


_YAML: tuple[str, Callable[[str], Any]] = ("YAML", _yaml)
_SCRIPT: tuple[str, Callable[[str], Any]] = ("JavaScript", read_script)
_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "": ("a host name", _host),
    "toml": ("TOML", tomllib.loads),
    "json": ("JSON", _json),
    "jsonc": ("JSON", _json),
    "json5": ("JSON", _json),
    "py": ("Python", read_python),
    "rb": ("Ruby", _ruby),
    **dict.fromkeys(("js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx"), _SCRIPT),
}
