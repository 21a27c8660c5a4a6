"""Unchecked values of settings, from feeds.yaml and from environment variables."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, get_origin

import yaml

from feeds.errors import SettingsError
from feeds.settings.kinds import bare, shown

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
                raise SettingsError(f"{section}.{key}", unknown("setting", str(key), keys))
            found[section, key] = Given(f"{section}.{key}", value)
    return found


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
    keys = {PREFIX + "_".join(key).upper(): key for key in kinds}
    for name, text in environment.items():
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        if name not in keys:
            raise SettingsError(name, unknown("setting", name, keys))
        found[keys[name]] = Given(name, _value(name, text, bare(kinds[keys[name]])))
    return found


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """The error message for an unknown *name*, with the most similar name in *known*."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    nearest = f"; nearest: {near[0]}" if near else ""
    return f"no such {what}{nearest}; known: {', '.join(sorted(known))}"


def lower(text: str) -> str:
    """*text* with its first letter in lower case."""
    return text[:1].lower() + text[1:]


def _sections(file: Path, kinds: Mapping[Key, Any]) -> dict[str, Any]:
    tree = _yaml(file)
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise SettingsError(str(file), "expected sections such as site: and corpus:")
    known = dict.fromkeys(section for section, _ in kinds)
    for section in tree:
        if section not in known:
            raise SettingsError(str(section), unknown("section", str(section), known))
    return tree


def _yaml(file: Path) -> Any:
    try:
        return yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except OSError as error:
        reason = lower(error.strerror or str(error))
        raise SettingsError(str(file), f"cannot be read: {reason}") from error
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise SettingsError(str(file), f"{line}not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # for example, a date with month 13
        raise SettingsError(str(file), f"not YAML: {error}") from error


def _members(section: str, members: Any, keys: list[str]) -> dict[Any, Any]:
    if members is None:
        return {}
    if not isinstance(members, dict):
        raise SettingsError(section, f"expected {', '.join(keys)} below it")
    return members


def _value(name: str, text: str, kind: Any) -> Any:
    """Convert *text*: a list is split at white space, a mapping is YAML, other text stays text."""
    match get_origin(kind) or kind:
        case origin if origin is tuple:
            return text.split()
        case origin if origin is dict:
            return _mapping(name, text)
        case origin if origin is bool:
            if text.lower() not in ("true", "false"):
                raise SettingsError(name, f"{shown(text)} is not true or false")
            return text.lower() == "true"
        case origin if origin in (int, float):
            return _number(name, text, kind)
    return text


def _mapping(name: str, text: str) -> Any:
    try:
        return yaml.load(text, yaml.CSafeLoader) or {}
    except (yaml.YAMLError, ValueError):
        raise SettingsError(name, f"{shown(text)} is not YAML") from None


def _number(name: str, text: str, kind: type[int] | type[float]) -> float:
    try:
        return kind(text)
    except ValueError:
        raise SettingsError(name, f"{shown(text)} is not a number") from None
