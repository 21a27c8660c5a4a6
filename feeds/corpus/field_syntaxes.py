"""The syntaxes of fields: text to a mapping in which every scalar is text."""

import json
import re
import tomllib
from collections.abc import Callable
from datetime import date, time
from typing import Any

import yaml
from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus import problems, yaml_as_written, yaml_lines
from feeds.corpus.characters import SEPARATORS
from feeds.corpus.script_literals import read_script
from feeds.corpus.yaml_as_written import MAX_DEPTH, NOTHING, Quoted
from feeds.errors import Code, lower_first

Repeated = Callable[[str], object]


class Malformed(Exception):
    """The text of the fields has the problem *code*, at *line* from 0 if it is known."""

    def __init__(self, code: Code, line: int | None = None, **values: str | int) -> None:
        super().__init__(code.name)
        self.code = code
        self.line = line
        self.values = values


class Syntax(Struct, frozen=True):
    """One syntax of fields.

    *load* makes the mapping (None or empty text for no field at all) and calls its second argument
    with each repeated key. It raises Malformed. *key* is a regular expression for the beginning of a
    field, with ``{}`` for its name.
    """

    load: Callable[[str, Repeated], Any]
    key: str


def load_yaml(text: str, repeated: Repeated) -> Any:
    """The fields in YAML."""
    if fields := yaml_lines.load(text):
        return fields
    try:
        return yaml_as_written.load(text, repeated)
    except yaml_as_written.TooDeep as error:
        raise Malformed(problems.TOO_DEEP, _line_of(text, error), limit=MAX_DEPTH) from error
    except yaml.MarkedYAMLError as error:
        reason = error.problem or error.context or "not understood"
        raise Malformed(problems.NOT_YAML, _line_of(text, error), reason=reason) from error
    except yaml.reader.ReaderError as error:
        if error.character in SEPARATORS:
            return load_yaml(text.translate(SEPARATORS), repeated)
        line = text.encode().count(b"\n", 0, error.position)
        character = f"U+{error.character:04X}"
        raise Malformed(problems.CONTROL_CHARACTERS, line, character=character) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Malformed(problems.NOT_YAML, reason=str(error)) from error


def _line_of(text: str, error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    # Not mark.line: it also counts line breaks of YAML 1.1 that editors do not count.
    return text.count("\n", 0, mark.index) if mark else 0


def load_toml(text: str, _repeated: Repeated) -> Any:
    """The fields in TOML, which refuses repeated keys."""
    # The time of tomllib grows with the square of the length of a dotted key.
    if deep := _DEEP_KEY.search(text):
        raise Malformed(problems.TOO_DEEP, text.count("\n", 0, deep.start()), limit=MAX_DEPTH)
    try:
        return _as_text(tomllib.loads(text, parse_float=str))
    except RecursionError as error:
        raise Malformed(problems.TOO_DEEP, limit=MAX_DEPTH) from error
    except ValueError as error:
        reason, line = _toml_reason(str(error), text)
        raise Malformed(problems.NOT_TOML, line, reason=reason) from error


_DEEP_KEY = expression(
    r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*)""" + f"{{{MAX_DEPTH}}}"
)


def _toml_reason(message: str, text: str) -> tuple[str, int | None]:
    """The reason and the line, which the error has in no attribute before Python 3.14."""
    reason, _, place = message.rpartition(" (at ")
    if found := re.match(r"line (\d+)", place):
        return lower_first(reason), int(found[1]) - 1
    return lower_first(reason or message), max(text.count("\n") - 1, 0) if place else None


def load_json(text: str, repeated: Repeated) -> Any:
    """The fields in JSON."""
    again: list[str] = []

    def fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        names = [key for key, _ in pairs] if len(made) < len(pairs) else []
        again[:] = dict.fromkeys(
            key for key in names if names.count(key) > 1
        )  # of the outermost, at last
        return made

    try:
        decoder = json.JSONDecoder(
            parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=fields, strict=False
        )
        found = _as_text(decoder.decode(text))
    except json.JSONDecodeError as error:
        raise Malformed(problems.NOT_JSON, error.lineno - 1, reason=lower_first(error.msg)) from error
    except RecursionError as error:
        raise Malformed(problems.TOO_DEEP, limit=MAX_DEPTH) from error
    for key in again:
        repeated(key)
    return found


def load_json_members(text: str, repeated: Repeated) -> Any:
    """The fields in JSON without the braces around them."""
    return load_json(text if text.lstrip().startswith("{") else f"{{{text}}}", repeated)


def _as_text(value: Any, depth: int = 1) -> Any:
    """*value* with text for every scalar but None, as YAML would have it."""
    if depth > MAX_DEPTH:
        raise RecursionError
    match value:
        case dict():
            return {_encodable(key): _as_text(member, depth + 1) for key, member in value.items()}
        case list():
            return [_as_text(member, depth + 1) for member in value]
        case str():
            return Quoted(value) if value in NOTHING else _encodable(value)
        case bool():
            return "true" if value else "false"
        case date() | time():
            return value.isoformat()
    return value if value is None else str(value)


def _encodable(text: str) -> str:
    """*text* without halves of surrogate pairs, which JSON can write and UTF-8 cannot."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def refused(language: str) -> Syntax:
    """The syntax of fields in a programming *language*, which are refused."""

    def load(_text: str, _repeated: Repeated) -> Any:
        raise Malformed(problems.FRONT_MATTER_IS_CODE, language=language)

    return Syntax(load, "{}")


def load_literals(text: str, _repeated: Repeated) -> Any:
    """The fields in variables, or in one object, of JavaScript that is not run."""
    if fields := _read_script(text):
        return fields
    raise Malformed(problems.FRONT_MATTER_IS_CODE, language="JavaScript")


def load_exports(text: str, _repeated: Repeated) -> Any:
    """The fields in objects that MDX exports; of equal ones the first counts."""
    exported = _read_script(text)
    objects = [exported[name] for name in _EXPORTED.findall(text) if isinstance(exported.get(name), dict)]
    return {key: value for each in reversed(objects) for key, value in each.items()}


def _read_script(text: str) -> dict[str, Any]:
    try:
        return read_script(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(problems.TOO_DEEP, limit=MAX_DEPTH) from error


_EXPORTED = expression(r"(?m)^export[ ]+const[ ]+(\w{1,100})")

YAML = Syntax(load_yaml, r"(?m)^[\"']?{}[\"']?\s*:")
TOML = Syntax(load_toml, r"(?m)^[ \t]*(?:\[+[ \t]*)?[\"']?{}[\"']?[ \t]*[=.\]]")
EXPORTS = Syntax(load_exports, r"\b{}[\"']?\s*:")
LITERALS = Syntax(load_literals, r"\b{}[\"']?\s*[:=]")
JSON = Syntax(load_json, r"\"{}\"\s*:")
JSON_MEMBERS = Syntax(load_json_members, JSON.key)
