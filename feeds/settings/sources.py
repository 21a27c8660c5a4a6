"""Unchecked values of settings, from feeds.yaml and from environment variables."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, get_origin

import yaml

from feeds.errors import SettingsError, did_you_mean, failure, place
from feeds.settings.kinds import bare, mistyped, shown

PREFIX = "FEEDS_"
CONFIG_VARIABLE = "FEEDS_CONFIG"  # the environment variable that names the file

Key = tuple[str, str]
"""The section and the name of a setting."""


class Given(NamedTuple):
    """The *value* of a setting; *subject* is its path or environment variable, for error messages."""

    subject: str
    value: Any


def from_file(file: Path, kinds: Mapping[Key, Any]) -> dict[Key, Given]:
    """Read the settings in *file*. Raises SettingsError if one is not in *kinds*, or for bad YAML."""
    found: dict[Key, Given] = {}
    for section, members in _sections(file, kinds).items():
        keys = [key for place, key in kinds if place == section]
        for key, value in _members(section, members, keys).items():
            if key not in keys:
                raise unknown_setting(f"{section}.", str(key), keys)
            found[section, key] = Given(f"{section}.{key}", value)
    return found


def written_in(file: Path, key: Key) -> Any:
    """The value of the setting *key* in *file*, None if it is missing; errors in the file are ignored."""
    with suppress(SettingsError, TypeError, KeyError):
        return _yaml(file)[key[0]][key[1]]
    return None


def line_numbers(file: Path) -> dict[Key, int]:
    """The line of each setting in *file*, which ``from_file`` accepts; without merged mappings (<<)."""
    tree = yaml.compose(file.read_bytes(), yaml.CSafeLoader)
    return {
        (section.value, key.value): key.start_mark.line + 1
        for section, members in _pairs(tree)
        for key, _ in _pairs(members)
    }


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    """The keys and values of a mapping; none if *node* is not a mapping."""
    return node.value if isinstance(node, yaml.MappingNode) else []


def from_environment(environment: Mapping[str, str], kinds: Mapping[Key, Any]) -> dict[Key, Given]:
    """Read the settings in *environment*. Raises SettingsError if one is not in *kinds*."""
    found: dict[Key, Given] = {}
    keys = {"_".join(key).upper(): key for key in kinds}
    for name, text in environment.items():
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        key = keys.get(name.removeprefix(PREFIX))
        if not key:
            raise unknown_setting(PREFIX, name.removeprefix(PREFIX), keys)
        found[key] = Given(name, _value(name, text, kinds[key]))
    return found


def unknown_setting(parent: str, name: str, known: Iterable[str]) -> SettingsError:
    """The error for a *name* below *parent* that is not in *known*."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    listed = [f"{parent}{each}" for each in near or names]
    remedy = did_you_mean(listed) if near else f"use one of {', '.join(listed)}"
    return SettingsError(f"{parent}{name}", "unknown setting", remedy)


def _sections(file: Path, kinds: Mapping[Key, Any]) -> dict[str, Any]:
    tree = _yaml(file)
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise SettingsError(file, "no sections", "write settings below sections such as site and corpus")
    known = dict.fromkeys(section for section, _ in kinds)
    for section in tree:
        if section not in known:
            raise unknown_setting("", str(section), known)
    return tree


def _yaml(file: Path) -> Any:
    try:
        return _parsed(file.read_bytes(), str(file))
    except OSError as error:
        raise SettingsError(file, *failure("cannot be read", error)) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        subject, remedy = place(str(file), line), "correct this line or the one before"
        raise SettingsError(subject, f"not YAML: {error.problem}", remedy) from error
    except (yaml.YAMLError, ValueError) as error:  # for example, a date with month 13
        raise SettingsError(file, f"not YAML: {error}", "correct this value") from error


def _parsed(written: bytes | str, source: str) -> Any:
    """Parse YAML from a file or a variable. Raises SettingsError if a key is written twice."""
    for key in _repeated(yaml.compose(written, yaml.CSafeLoader)):
        subject = place(source, key.start_mark.line + 1)
        raise SettingsError(subject, f"{key.value}: written twice", "delete one of the two")
    return yaml.load(written, yaml.CSafeLoader)


def _repeated(tree: yaml.Node | None) -> Iterator[yaml.Node]:
    """Yield each key that is in one mapping a second time: YAML would take the last of its values."""
    mappings = [tree]
    for mapping in mappings:
        known = set()
        for key, value in _pairs(mapping):
            if isinstance(key, yaml.ScalarNode):
                if key.value in known:
                    yield key
                known.add(key.value)
            if isinstance(value, yaml.MappingNode) and value not in mappings:  # an alias may be in itself
                mappings.append(value)


def _members(section: str, members: Any, keys: list[str]) -> dict[Any, Any]:
    if members is None:
        return {}
    if not isinstance(members, dict):
        raise SettingsError(
            section, f"not a mapping: {shown(members)}", f"write {' or '.join(keys)} below it"
        )
    return members


def _value(name: str, text: str, kind: Any) -> Any:
    """Convert *text*: lists have blanks or commas, a mapping is YAML, other text stays text."""
    match get_origin(bare(kind)) or bare(kind):
        case origin if origin is tuple:
            return _list(name, text)
        case origin if origin is dict:
            return _mapping(name, text, kind)
        case origin if origin is bool:
            if text.lower() not in ("true", "false"):
                raise SettingsError(name, *mistyped(text, kind))
            return text.lower() == "true"
        case origin if origin in (int, float):
            return _number(name, text, kind)
    return text


def _list(name: str, text: str) -> Any:
    """The items of *text*, with blanks or commas between them, or as a list of YAML."""
    if text.strip().startswith("[") and text.strip().endswith("]"):
        with suppress(yaml.YAMLError, ValueError):
            return yaml.load(text, yaml.CSafeLoader)
    found = re.split(r"[\s,]+", text.strip(" \t\r\n,"))
    if found == [""] and text:
        problem = f"a list without items: {shown(text)}"
        raise SettingsError(name, problem, "write items with blanks or commas between them")
    return [each for each in found if each]


def _mapping(name: str, text: str, kind: Any) -> Any:
    if not text:
        return {}
    try:
        return _parsed(text, name)
    except (yaml.YAMLError, ValueError):
        raise SettingsError(name, *mistyped(text, kind)) from None


def _number(name: str, text: str, kind: Any) -> float:
    try:
        return int(text) if bare(kind) is int else float(text)
    except ValueError:
        raise SettingsError(name, *mistyped(text, kind)) from None
