"""Markdown and embedded HTML -> sanitised HTML with absolute addresses, once per article."""

import html
import re

import nh3
from markdown_it import MarkdownIt

_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time",
    "tr", "u", "ul", "var",
}  # fmt: skip

_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "blockquote": {"cite"},
    "col": {"span"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "q": {"cite"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}

_IFRAME = re.compile(r"(?is)<iframe\b([^>]*)>.*?(?:</iframe\s*>|$)")
_SRC = re.compile(r"""(?is)\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")
_IMAGE_WITHOUT_SOURCE = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")


def to_html(markdown: str, featured: str, title: str, base: str) -> str:
    """*featured* above *markdown*, as HTML any reader may show.

    Relative addresses are resolved against *base*; an embedded frame, which readers remove, becomes
    a link to what it shows, named by *title*.
    """
    parts = [featured, _markdown.render(markdown) if markdown.strip() else ""]
    raw = "\n".join(part for part in parts if part.strip())
    if not raw:
        return ""
    clean = nh3.clean(
        _IFRAME.sub(lambda found: _link(found[1], title), raw),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        url_relative=("rewrite_with_base", base),
    )
    return _IMAGE_WITHOUT_SOURCE.sub("", clean).strip()


def excerpt(markup: str, length: int = 300) -> str:
    """The first words of *markup* as plain text, no more than *length* characters of them."""
    text = " ".join(html.unescape(nh3.clean(markup, tags=set())).split())
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.–—") + "…"


def _link(attributes: str, title: str) -> str:
    source = _SRC.search(attributes)
    if not source:
        return ""
    address = html.unescape(next(filter(None, source.groups()), "")).strip()
    if address.startswith("//"):
        address = "https:" + address
    return f'<p><a href="{html.escape(address)}">▶ {html.escape(title, quote=False)}</a></p>'
