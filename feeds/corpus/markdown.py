"""Conversion of Markdown and embedded HTML to sanitised HTML with absolute URLs."""

import html
import re
from collections import Counter
from threading import local
from urllib.parse import urljoin

import nh3
import regex
from markdown_it import MarkdownIt

from feeds.corpus.problems import BODY_TOO_LONG, HTML_TOO_LONG, HTML_TOO_NESTED
from feeds.corpus.urls import absolute
from feeds.errors import Code

_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

# Most blocks of an article are plain paragraphs of one line, which need no Markdown parser. But if blocks
# may continue across empty lines or refer to each other, the parser renders the whole text.
_PARAGRAPH = re.compile(r"(?![\d_])[\w\"'“‘(][^\n\r\t\0\\`~*_\[\]<&]*(?<!\s)")
_ACROSS = re.compile(r"```|~~~|\]:|<[!?]|<(?i:pre|script|style|textarea)")

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
MAX_MARKDOWN = 200_000  # characters: half a novel; malicious text of this length takes seconds
MAX_MARKUP = 1_000_000  # characters
MAX_EFFORT = 1_000_000  # the most observed in a real article is 66

_ADDRESSES = {"cite", "href", "src"}

_INLINE = {
    "a", "abbr", "b", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strong", "sub", "sup", "time", "u", "var",
}  # fmt: skip

# Void elements, and elements that a following one of the same kind closes.
_NEVER_OPEN = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "source", "td", "th", "tr", "track", "wbr",
}  # fmt: skip
_TAG = re.compile(
    r"""(?isx)
    <!--.*?(?:-->|\Z) | <(script|style|textarea|title)\b.*?(?:</\1|\Z)
    | <(?P<end>/?)(?P<name>[a-z][^\s/>]*)(?:[^>"']|"[^"]*"|'[^']*')*+"""
)

# These match output of nh3, which writes tags in one form and escapes quotation marks in attributes.
_FRAME = re.compile(r'<iframe((?: [\w-]+="[^"]*")*)>[^<]*</iframe>')
_SRC = re.compile(r' src="([^"]*)"')
_IMAGE = re.compile(r'<img(?: [\w-]+="[^"]*")*>')
_EMPTY = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>\n?")


class BodyError(ValueError):
    """A body cannot be rendered; *code* and its *values* are the reason."""

    def __init__(self, code: Code, **values: int) -> None:
        super().__init__(code.text.format_map(values))
        self.code = code
        self.values = values


def to_html(markdown: str, featured: str, title: str, base: str) -> str:
    """Render *featured*, HTML, followed by *markdown*, as HTML that is safe for any reader.

    Relative URLs are resolved against *base*. An embedded frame, which readers remove, becomes a link to
    its source with the text *title*. Raises BodyError if rendering would take too long.
    """
    if len(markdown) > MAX_MARKDOWN:
        raise BodyError(BODY_TOO_LONG, length=len(markdown), limit=MAX_MARKDOWN)
    # Separately, so that an unclosed element in one part does not contain the other.
    parts = [_safe(featured, title, base), _safe(_render(markdown), title, base)]
    return "\n".join(part for part in parts if part)


def excerpt(markup: str, length: int = 300) -> str:
    """The first words of *markup* as plain text of at most *length* characters.

    A text without a space near the end, such as Chinese, is cut between grapheme clusters (UAX #29).
    """
    blocks = nh3.clean(markup, tags=_TAGS - _INLINE, attributes={}, link_rel=None)
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", blocks)).split())
    if len(text) <= length:
        return text
    kept: list[str] = []
    space = 0
    for found in regex.finditer(r"\X", text):
        if found[0] == " " and found.start() > length // 2:
            space = len(kept)
        if found.end() >= length:  # the ellipsis needs one character
            break
        kept.append(found[0])
    kept = kept[: space or None]
    while kept and kept[-1] in " ,;:.–—":
        kept.pop()
    return "".join(kept) + "…"


def plain(text: str) -> str:
    """*text* on one line, with its HTML entities decoded once."""
    return " ".join(html.unescape(text).split())


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


def _safe(markup: str, title: str, base: str) -> str:
    if not markup.strip():
        return ""
    if len(markup) > MAX_MARKUP:
        raise BodyError(HTML_TOO_LONG, length=len(markup), limit=MAX_MARKUP)
    if _effort(markup) > MAX_EFFORT:
        raise BodyError(HTML_TOO_NESTED)
    if "<iframe" in markup.lower():
        framed = _framed.clean(markup, base)
        markup = _FRAME.sub(lambda found: _link(_SRC.search(found[1]), title), framed)
    clean = _plain.clean(markup, base)
    clean = _IMAGE.sub(lambda found: found[0] if ' src="' in found[0] else "", clean)
    return _EMPTY.sub("", clean).strip()


class _Cleaner(local):
    """Removes unsafe HTML, makes URLs absolute, and drops invalid ones.

    Each thread has its own, because it stores the present base. It is reused, because creating an
    nh3.Cleaner takes longer than cleaning.
    """

    def __init__(self, tags: set[str], attributes: dict[str, set[str]]) -> None:
        self._base = ""
        self._cleaner = nh3.Cleaner(
            tags=tags,
            attributes=attributes,
            attribute_filter=self._resolved,
            url_schemes={"http", "https", "mailto"},
        )

    def clean(self, markup: str, base: str) -> str:
        self._base = base
        return self._cleaner.clean(markup)

    def _resolved(self, _tag: str, attribute: str, value: str) -> str | None:
        if attribute not in _ADDRESSES:
            return value
        address = value.strip()
        if not address or (address.lower().startswith("mailto:") and attribute == "href"):
            return address or None
        base = self._base
        try:
            return absolute(address if address.startswith("//") else urljoin(base, address), base)
        except ValueError:
            return None


_plain = _Cleaner(_TAGS, _ATTRIBUTES)
_framed = _Cleaner(_TAGS | {"iframe"}, _ATTRIBUTES | {"iframe": {"src"}})


def _effort(markup: str) -> int:
    """A rough measure of an HTML parser's work: the number of tags times the deepest nesting."""
    tags = depth = deepest = 0
    opened: Counter[str] = Counter()
    for found in _TAG.finditer(markup):
        tags += 1
        name = (found["name"] or "").lower()
        if not name or name in _NEVER_OPEN:
            continue
        if not found["end"]:
            opened[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return tags * deepest


def _link(source: re.Match[str] | None, title: str) -> str:
    return f'<p><a href="{source[1]}">▶ {html.escape(title, quote=False)}</a></p>' if source else ""
