"""Quotations with a kind, as in GitHub's alerts and Obsidian's callouts, get a bold title."""

import re

from feeds.article.expressions import expression
from feeds.corpus.bodies.titles import heading

_ALERT = expression(r"(?m)^([ \t]*(?:>[ \t]*)+)\[!([\w-]{1,40})(?:\|[^\]\n]*)?\][+-]?[ \t]*(.*)$")


def with_titles(text: str) -> str:
    """Replace each ``[!NOTE]`` at the beginning of a quotation in *text* by a title in bold."""
    return _ALERT.sub(_title, text) if "[!" in text else text


def _title(alert: re.Match[str]) -> str:
    lead, kind, title = alert.groups()
    line = heading("", title) or heading(kind) or heading("", kind.replace("-", " ").capitalize())
    return f"{lead}{line}\n{lead.rstrip()}\n{lead.rstrip()}"
