"""The patterns of addresses that the configuration of a site has, by section."""

from collections.abc import Mapping
from typing import Any

from feeds.corpus.dialects import Dialect
from feeds.corpus.literals import value_at


def permalinks(dialect: Dialect, values: Mapping[str, Any]) -> dict[str, str]:
    """The patterns by section, as they are written; ``""`` stands for all other sections.

    The keys of a dialect have the pattern of all sections, patterns by section, or collections with a
    pattern each.
    """
    made: dict[str, str] = {}
    for key in dialect.keys.get("permalink", ()):
        _collect(made, value_at(values, key))
    return made


def _collect(made: dict[str, str], value: Any) -> None:
    if isinstance(value, str) and value.strip():
        made.setdefault("", value.strip())
    for section, pattern in value.items() if isinstance(value, dict) else ():
        if section == "page" and isinstance(pattern, dict):  # beside those of sections, in Hugo
            _collect(made, pattern)
        written = pattern.get("permalink") if isinstance(pattern, dict) else pattern
        if isinstance(written, str) and written.strip():
            made.setdefault(section, written.strip())
