"""Lookup of fields by names that are compared without case, spaces, ``_`` and ``-``."""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

# Mappings whose fields count as fields of the header: Hugo's, Zola's, and those of Jekyll's themes.
PARENTS = frozenset({"params", "extra", "taxonomies", "header"})

_JOINTS = str.maketrans("", "", " _-")


@lru_cache(1 << 12)
def folded(key: str) -> str:
    """*key* in lower case, without spaces, ``_`` and ``-``: ``Publish_Date`` -> ``publishdate``."""
    return key.casefold().translate(_JOINTS)


def by_name(fields: Mapping[str, Any]) -> Mapping[str, list[tuple[str, Any]]]:
    """The key and value of every field by its folded name, the fields of PARENTS after all others."""
    found: defaultdict[str, list[tuple[str, Any]]] = defaultdict(list)
    for key, value in fields.items():
        _add(found, key, key, value)
    for parent, members in fields.items():
        if isinstance(members, dict) and folded(parent) in PARENTS:
            for key, value in members.items():
                _add(found, key, f"{parent}.{key}", value)
    return found


def _add(found: Mapping[str, list[tuple[str, Any]]], name: str, key: str, value: Any) -> None:
    """Add the field *key*, called *name*, and the fields of a mapping as ``name.member``."""
    found[folded(name)].append((key, value))
    if isinstance(value, dict):
        for member, inner in value.items():
            found[f"{folded(name)}.{folded(member)}"].append((f"{key}.{member}", inner))
