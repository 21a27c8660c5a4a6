"""Names of emoji between colons, such as ``:tada:``, as the characters that they stand for."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from feeds.article.expressions import expression

# Data, because the packages with these names hold 4 MB of translations of them in memory.
_TABLE = Path(__file__).with_name("emoji.txt")
_NAME = expression(r":(?<![\w:/]:)([a-z0-9_+-]{1,60}):(?![\w:])")
# The names of icons, which are drawings and no characters.
_ICON = expression(r"(?:icon|fa[bsr]?|fontawesome|lucide|material|octicons|simple|mdi)-[a-z0-9-]+")


def with_emoji(text: str) -> str:
    """Replace the names of emoji in *text*, and remove those of icons; other names stay."""
    return _NAME.sub(_character, text) if ":" in text else text


def _character(name: re.Match[str]) -> str:
    return "" if _ICON.fullmatch(name[1]) else _characters().get(name[1], name[0])


@cache
def _characters() -> Mapping[str, str]:
    """The characters by name; each line of the table is a character and its names."""
    lines = (line.split(" ") for line in _TABLE.read_text("utf-8").splitlines())
    return {name: character for character, *names in lines for name in names}
