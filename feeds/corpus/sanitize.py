"""HTML of any origin -> safe HTML with absolute URLs."""

import html
import re
from collections import Counter
from collections.abc import Callable
from threading import local
from urllib.parse import urljoin

import nh3

from feeds.article.expressions import expression
from feeds.corpus import foreign_html
from feeds.corpus.foreign_html import IMAGE_TAG, TAG_ATTRIBUTES
from feeds.corpus.problems import HTML_TOO_LONG, HTML_TOO_NESTED
from feeds.corpus.urls import PLAIN_URL, SCHEME, absolute
from feeds.errors import Code

INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q",
    "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
}  # fmt: skip
BLOCKS = {
    "blockquote", "br", "caption", "col", "colgroup", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip

# MathML that holds no HTML. Annotations repeat the formula in another notation.
MATHS = {
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mprescripts",
    "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext",
    "mtr", "munder", "munderover", "none", "semantics",
}  # fmt: skip

_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "blockquote": {"cite"},
    "col": {"span"},
    "img": {"src", "alt", "width", "height"},
    "math": {"display"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_ADDRESSES = {"cite", "href", "src"} | foreign_html.ADDRESSES

# Schemes of links that run no script. Every other address is http or https.
_LINK_SCHEMES = {
    "bitcoin", "ftp", "ftps", "geo", "im", "irc", "ircs", "magnet", "mailto", "mms", "mx", "news", "nntp",
    "openpgp4fpr", "sip", "sips", "sms", "smsto", "ssh", "tel", "webcal", "wtai", "xmpp",
}  # fmt: skip

MAX_MARKUP = 1_000_000  # characters
MAX_EFFORT = 1_000_000  # the most observed in a real article is 66

# Void elements, and elements that a following one of the same kind closes.
_NEVER_OPEN = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "source", "td", "th", "tr", "track", "wbr",
}  # fmt: skip
_TAG = expression(
    r"""(?isx)
    <!--.*?(?:-->|\Z) | <(script|style|textarea|title)\b.*?(?:</\1|\Z)
    | <(?P<end>/?)(?P<name>[a-z][^\s/>]*)(?:[^>"']|"[^"]*"|'[^']*')*+"""
)

# These match output of nh3, which writes tags in one form and escapes quotation marks in attributes.
_DEAD_LINK = expression(r'<a(?: (?!href=)[\w-]+="[^"]*")*>')
_ANCHOR = expression(rf"(?s)<a({TAG_ATTRIBUTES})>(.*?)</a>")
_BLOCK_WITH_ADDRESS = expression(r"<(?:div|p)>\s*https?://")
# WordPress and others replace such an address by a player.
_BARE_ADDRESS = expression(r"(?s)<a\b.*?</a>|(<(?:div|p)>\s*)(https?://[^\s<>\"]+)(?=\s*</(?:div|p)>)")
_EMPTY_PARAGRAPH = expression(r"<p>(?:\s|&nbsp;|<br>)*</p>\n?")
_SHOWS_SOMETHING = expression(r"<(?:img|hr)\b|(?:\A|>)(?:\s|&nbsp;)*[^<\s&]|&(?!nbsp;)")

# Elements that Markdown makes without attributes, and that an HTML parser leaves as they are. Not pre: it
# drops a line feed.
_BARE = ("p", "em", "strong", "li", "ul", "ol", "h2", "h3", "blockquote", "code", "h1", "h4", "h5", "h6")
_BARE_TAGS = tuple(f"{mark}{name}>" for name in _BARE for mark in ("<", "</"))


Resolve = Callable[[str, str], str | None]
"""Returns the address to use for the one that is written in an element, None to drop it."""


class BodyError(ValueError):
    """A body cannot be rendered; *code* and its *values* are the reason."""

    def __init__(self, code: Code, **values: int) -> None:
        super().__init__(code.text.format_map(values))
        self.code = code
        self.values = values


def sanitize(
    markup: str, title: str, base: str, resolve: Resolve | None = None, source: str | None = None
) -> str:
    """Return *markup* as safe HTML, empty if it shows nothing.

    Relative URLs are resolved against *base*, after *resolve* has replaced those of files. A player,
    which readers remove, becomes a link to its source with the text *title*. *source* is the Markdown
    that was rendered as *markup*, if any: without HTML in it, most markup needs no parser. Raises
    BodyError if parsing would take too long.
    """
    if not markup.strip():
        return ""
    if len(markup) > MAX_MARKUP:
        raise BodyError(HTML_TOO_LONG, length=len(markup), limit=MAX_MARKUP)
    # Every tag has a "<", and the nesting is at most as deep as there are tags: most need no count.
    if markup.count("<") ** 2 > MAX_EFFORT and _effort(markup) > MAX_EFFORT:
        raise BodyError(HTML_TOO_NESTED)
    if source is not None and "<" not in source and _is_bare(markup):
        clean = markup
    else:
        clean = _cleaned(markup, title, base, resolve)
    clean = _EMPTY_PARAGRAPH.sub("", clean).strip()
    if _BLOCK_WITH_ADDRESS.search(clean):
        clean = _BARE_ADDRESS.sub(_linked, clean)
    return clean if _SHOWS_SOMETHING.search(clean) else ""


def _is_bare(markup: str) -> bool:
    """True if nh3 returns *markup*, rendered from Markdown without HTML, as it is.

    All its elements are in _BARE, and the renderer nests them properly and escapes the text between them.
    """
    if '="' in markup or "\xa0" in markup or "\0" in markup:  # attributes, or signs nh3 rewrites
        return False
    others = markup.count("<")
    for tag in _BARE_TAGS:
        if not others:
            break
        others -= markup.count(tag)
    return not others


def _cleaned(markup: str, title: str, base: str, resolve: Resolve | None) -> str:
    """*markup* as safe HTML, without links that lead nowhere and pictures without an address."""
    markup = foreign_html.without_raw_text(markup)
    if foreign_html.is_unusual(markup):
        markup = foreign_html.usual(_lenient.clean(markup, base, resolve), title)
    clean = _strict.clean(markup, base, resolve)
    clean = IMAGE_TAG.sub(lambda found: found[0] if " src=" in found[0] else "", clean)
    if _DEAD_LINK.search(clean):
        clean = _ANCHOR.sub(lambda found: found[0] if " href=" in found[1] else found[2], clean)
    return clean


class _Cleaner(local):
    """Removes unsafe HTML, makes URLs absolute, and drops invalid ones.

    Each thread has its own, because it stores the present base. It is reused, because creating an
    nh3.Cleaner takes longer than cleaning.
    """

    def __init__(self, tags: set[str], attributes: dict[str, set[str]]) -> None:
        self._base = ""
        self._resolve: Resolve | None = None
        self._cleaner = nh3.Cleaner(
            tags=tags,
            clean_content_tags={
                "annotation",
                "annotation-xml",
                "script",
                "style",
                "template",
                "textarea",
                "title",
            },
            attributes=attributes,
            attribute_filter=self._resolved,
            url_schemes={"http", "https"} | _LINK_SCHEMES,
        )

    def clean(self, markup: str, base: str, resolve: Resolve | None) -> str:
        self._base = base
        self._resolve = resolve
        return self._cleaner.clean(markup)

    def _resolved(self, tag: str, attribute: str, value: str) -> str | None:
        if attribute in foreign_html.ADDRESS_SETS:
            found = (self._address(tag, each) for each in foreign_html.candidates(value))
            return next(filter(None, found), None)
        return self._address(tag, value) if attribute in _ADDRESSES else value

    def _address(self, tag: str, written: str) -> str | None:
        address = ((self._resolve(tag, written) or "") if self._resolve else written).strip()
        if PLAIN_URL.fullmatch(address) and ";" not in address:  # urljoin drops a semicolon at the end
            return address
        scheme = SCHEME.match(address)
        if not address or (tag == "a" and scheme and scheme[1].lower() in _LINK_SCHEMES):
            return address or None
        base = self._base
        try:
            return absolute(address if address.startswith("//") else urljoin(base, address), base)
        except ValueError:
            return None


_strict = _Cleaner(INLINE | BLOCKS | MATHS, _ATTRIBUTES)
_lenient = _Cleaner(INLINE | BLOCKS | MATHS | foreign_html.TAGS, _ATTRIBUTES | foreign_html.ATTRIBUTES)


def _linked(bare: re.Match[str]) -> str:
    if not bare[2]:
        return bare[0]  # it is a link already
    try:
        address = html.escape(absolute(html.unescape(bare[2]), ""))
    except ValueError:
        return bare[0]
    return f'{bare[1]}<a href="{address}" rel="noopener noreferrer">{bare[2]}</a>'


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
