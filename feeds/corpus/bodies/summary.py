"""The separator between the summary of a body and its rest."""

import re

from feeds.article.expressions import expression

SEPARATOR = "\x02\x03"
"""Stands for the separator while the text around it changes."""

_USUAL = expression(
    r"(?i)<!--[ \t]*(?:read[ _-]?)?(?:more\b[^<>\n]{0,100}|truncate|pelican_end_summary"
    r"|(?:end[ _-]?)?(?:of[ _-])?(?:excerpt|summary|intro|preview|teaser)(?:[ _-]?end)?)[ \t]*-->"
    r"|\{/\*[ \t]*(?:truncate|more|excerpt)[ \t]*\*/\}"
    r"|^[ \t]*\.\.[ ]TEASER_END.*$",
    re.M,
)


def marked(text: str, separator: str) -> str:
    """Replace the first separator in *text*, a usual one or *separator*, by SEPARATOR."""
    if separator.strip():
        begin = text.find(separator) if len(separator.strip()) > 3 else _line(text, separator.strip())
        if begin >= 0:
            return text[:begin] + SEPARATOR + text[begin + len(separator.strip()) :]
    return _USUAL.sub(SEPARATOR, text, count=1)


def _line(text: str, separator: str) -> int:
    """The position of the line *separator* in *text*, -1 without one."""
    found = re.search(rf"(?m)^{re.escape(separator)}[ \t]*$", text)
    return found.start() if found else -1


def parted(text: str) -> tuple[str, str | None]:
    """The *text* without SEPARATOR, and the text before it, None if there is none."""
    before, sign, after = text.partition(SEPARATOR)
    return before + after.replace(SEPARATOR, ""), before if sign and before.strip() else None
