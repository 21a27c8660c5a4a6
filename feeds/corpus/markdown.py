"""Conversion of Markdown to sanitised HTML."""

import re

from markdown_it import MarkdownIt

from feeds.corpus.problems import BODY_TOO_LONG
from feeds.corpus.sanitize import BodyError, sanitize

_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

# Most blocks of an article are plain paragraphs of one line, which need no Markdown parser. But if blocks
# may continue across empty lines or refer to each other, the parser renders the whole text.
_PARAGRAPH = re.compile(r"(?![\d_])[\w\"'“‘(][^\n\r\t\0\\`~*_\[\]<&]*(?<!\s)")
_ACROSS = re.compile(r"```|~~~|\]:|<[!?]|<(?i:pre|script|style|textarea)")

MAX_MARKDOWN = 200_000  # characters: half a novel; malicious text of this length takes seconds


def to_html(markdown: str, featured: str, title: str, base: str) -> str:
    """Render *featured*, HTML, followed by *markdown*, as HTML that is safe for any reader.

    Relative URLs are resolved against *base*. A player, which readers remove, becomes a link to its
    source with the text *title*. Raises BodyError if rendering would take too long.
    """
    if len(markdown) > MAX_MARKDOWN:
        raise BodyError(BODY_TOO_LONG, length=len(markdown), limit=MAX_MARKDOWN)
    # Separately, so that an unclosed element in one part does not contain the other.
    parts = [sanitize(featured, title, base), sanitize(_render(markdown), title, base)]
    return "\n".join(part for part in parts if part)


def _render(markdown: str) -> str:
    if _ACROSS.search(markdown):
        return str(_markdown.render(markdown))
    rendered, others = [], list[str]()
    for block in markdown.split("\n\n"):
        text = block.strip("\n")
        if not _PARAGRAPH.fullmatch(text):
            others.append(block)
            continue
        if others:
            rendered.append(_markdown.render("\n\n".join([*others, ""])))
            others = []
        text = text.replace(">", "&gt;").replace('"', "&quot;")
        rendered.append(f"<p>{text}</p>\n")
    if others:
        rendered.append(_markdown.render("\n\n".join(others)))
    return "".join(rendered)
