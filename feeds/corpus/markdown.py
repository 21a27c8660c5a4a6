"""Conversion of Markdown to sanitised HTML."""

from feeds.corpus.bodies.context import BodyContext
from feeds.corpus.bodies.links import FileLinks
from feeds.corpus.bodies.rendering import render
from feeds.corpus.problems import BODY_TOO_LONG
from feeds.corpus.sanitize import BodyError, sanitize

MAX_MARKDOWN = 200_000  # characters: half a novel


def to_html(markdown: str, featured: str, title: str, base: str) -> str:
    """Render *featured*, HTML, followed by *markdown*, as HTML that is safe for any reader.

    Relative URLs are resolved against *base*. A player, which readers remove, becomes a link to its
    source with the text *title*. Raises BodyError if the text is too long.
    """
    if len(markdown) > MAX_MARKDOWN:
        raise BodyError(BODY_TOO_LONG, length=len(markdown), limit=MAX_MARKDOWN)
    # Separately, so that an unclosed element in one part does not contain the other.
    body = sanitize(render(markdown), title, base, source=markdown)
    parts = [sanitize(featured, title, base), body]
    return "\n".join(part for part in parts if part)


def body_html(body: str, context: BodyContext, featured: str, title: str, base: str) -> str:
    """Render *featured* and *body*, which ``prepare`` has made of the body in *context*, as ``to_html``.

    Links to files of the site lead to their addresses, and pictures that are known are found.
    """
    if len(body) > MAX_MARKDOWN:
        raise BodyError(BODY_TOO_LONG, length=len(body), limit=MAX_MARKDOWN)
    markup = body if context.is_html else render(body)
    resolve = FileLinks(context).address
    source = None if context.is_html else body
    text = sanitize(markup, title, base, resolve, source)
    parts = [sanitize(featured, title, base, resolve), text]
    return "\n".join(part for part in parts if part)
