"""Quotations with a kind, as in GitHub's alerts and Obsidian's callouts, get a bold title."""

import re

_ALERT = re.compile(r"(?m)^([ \t]*(?:>[ \t]*)+)\[!([\w-]{1,40})(?:\|[^\]\n]*)?\][+-]?[ \t]*(.*)$")
_STRONG = re.compile(r"\*\*|__")


def with_titles(text: str) -> str:
    """Replace each ``[!NOTE]`` at the beginning of a quotation in *text* by a title in bold."""
    return _ALERT.sub(_title, text) if "[!" in text else text


def _title(alert: re.Match[str]) -> str:
    lead, kind, title = alert.groups()
    title = _STRONG.sub("", title).strip() or kind.replace("-", " ").replace("_", " ").capitalize()
    return f"{lead}**{title}**\n{lead.rstrip()}\n{lead.rstrip()}"
