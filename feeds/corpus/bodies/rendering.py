"""Markdown with its usual extensions -> HTML, by pyromark."""

import pyromark
from pyromark import Options

from feeds.article.expressions import expression
from feeds.corpus.bodies.alerts import with_titles
from feeds.corpus.bodies.aside import Aside, markable
from feeds.corpus.bodies.code import set_aside
from feeds.corpus.bodies.footnotes import with_notes_at_end

# Bare addresses, mathematics and attributes of headings are text, as they always were in this schema.
_OPTIONS = (
    Options.ENABLE_TABLES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_FOOTNOTES
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_DEFINITION_LIST
)

_DEFINITION = expression(r"\n[ ]{0,3}:[^ \t\n]")
_RULE = expression(r"\|[ \t:]*-|-[ \t:]*\|")
_COLON = expression(r"(?m)^([ ]{0,3})(?=:[^ \t\n])")
_TILDE = expression(r"(?<![~\\])~(?!~)")
_DELIMITERS = expression(r"[ \t>]*(?=[^\n]*\|)\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")

_BOX_TYPE = 'type="checkbox"'
_BOX = expression(r'(<input disabled="" type="checkbox"(?: checked="")?/>)\n')


def render(markdown: str) -> str:
    """Render *markdown* as HTML that is not sanitised yet."""
    if _is_unusual(markdown):
        markdown = _usual(markdown)
    markup = with_notes_at_end(pyromark.html(markdown, options=_OPTIONS))
    return _BOX.sub(r"\1", markup) if _BOX_TYPE in markup else markup


def _is_unusual(markdown: str) -> bool:
    """True if *markdown* has a sign of text that pyromark reads differently than most writers mean it."""
    # Searches for fixed text are quicker than one expression for all signs.
    if "~" in markdown or "[!" in markdown or ("|" in markdown and _RULE.search(markdown)):
        return True
    return ":" in markdown and bool(_DEFINITION.search("\n" + markdown))


def _usual(markdown: str) -> str:
    """Rewrite everything in *markdown* that pyromark would misread.

    It takes every colon at the beginning of a line for a definition, a single tilde for one end of
    deleted text, and no table directly after a line of text.
    """
    aside = Aside()
    text = set_aside(markable(markdown), aside)
    text = _TILDE.sub(r"\\~", _COLON.sub(r"\1\\", text))
    return aside.restore(_with_tables_apart(with_titles(text)))


def _with_tables_apart(text: str) -> str:
    """Put an empty line before each table that follows a line of text."""
    if "|" not in text:
        return text
    lines = text.split("\n")
    parted = lines[:1]
    for number in range(1, len(lines)):
        is_head = (
            number + 1 < len(lines) and "|" in lines[number] and _DELIMITERS.fullmatch(lines[number + 1])
        )
        if is_head and lines[number - 1].strip() and "|" not in lines[number - 1]:
            parted.append(_quotation(lines[number]))
        parted.append(lines[number])
    return "\n".join(parted)


def _quotation(line: str) -> str:
    return line[: len(line) - len(line.lstrip("> \t"))].rstrip()
