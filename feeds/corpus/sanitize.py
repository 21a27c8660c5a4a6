"""HTML of any origin -> safe HTML with absolute URLs, and with links in place of players."""

import html
import re
from collections import Counter
from threading import local
from urllib.parse import urljoin

import nh3

from feeds.corpus.problems import HTML_TOO_LONG, HTML_TOO_NESTED
from feeds.corpus.urls import absolute
from feeds.errors import Code

PLAYER_SIGN = "▶"  # begins the text of a link that replaces a player

INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q",
    "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var",
}  # fmt: skip
BLOCKS = {
    "blockquote", "br", "caption", "col", "colgroup", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip

# Blocks that readers remove. They become div, as the words of adjacent blocks would run together.
_OTHER_BLOCKS = {
    "address", "article", "aside", "center", "dialog", "dir", "fieldset", "footer", "form", "header",
    "hgroup", "legend", "main", "menu", "nav", "optgroup", "option", "search", "section",
}  # fmt: skip
_PLAYERS = {"audio", "embed", "iframe", "object", "source", "video"}

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
# Scripts that load pictures and frames late keep the address in one of these.
_LAZY = ("data-src", "data-lazy-src", "data-original")
_LAZY_ATTRIBUTES = _ATTRIBUTES | {
    "img": _ATTRIBUTES["img"] | {*_LAZY},
    "object": {"data"},
    **{name: {"src", *_LAZY} for name in _PLAYERS - {"object"}},
}
_ADDRESSES = {"cite", "href", "src", "data", *_LAZY}

# Schemes of links that run no script. Every other address is http or https.
_LINK_SCHEMES = {
    "bitcoin", "ftp", "ftps", "geo", "im", "irc", "ircs", "magnet", "mailto", "mms", "mx", "news", "nntp",
    "openpgp4fpr", "sip", "sips", "sms", "smsto", "ssh", "tel", "webcal", "wtai", "xmpp",
}  # fmt: skip
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")

MAX_MARKUP = 1_000_000  # characters
MAX_EFFORT = 1_000_000  # the most observed in a real article is 66

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

# An HTML parser takes the content of these elements for text, which would be shown as source.
_RAW = re.compile(r"(?i)</?(?:noscript|noembed|noframes|xmp|listing|plaintext)\b")
_REPLACED_IMAGE = re.compile(r"(?i)<img\b[^<>]*>\s*(?=<noscript\b[^<>]*>\s*(?:<a\b[^<>]*>\s*)?<img\b)")
_NO_SCRIPT = re.compile(r"(?i)</?(?:noscript|noembed|noframes)\b[^<>]*>")
_SOURCE_CODE = re.compile(r"(?is)<(xmp|listing|plaintext)\b[^<>]*>(.*?)(?:</\1\s*>|\Z)")

# Elements and attributes that need the first of two passes.
_UNUSUAL = re.compile(
    rf"(?i)<(?:{'|'.join(sorted(_OTHER_BLOCKS | _PLAYERS))})\b|\s(?:{'|'.join(_LAZY)})\s*="
)

# These match output of nh3, which writes tags in one form and escapes quotation marks in attributes.
_TAG_ATTRIBUTES = r'(?: [\w-]+="[^"]*")*'
_PLAYER = re.compile(
    rf"(?s)<(?P<name>audio|iframe|object|video)(?P<own>{_TAG_ATTRIBUTES})>(?P<inner>.*?)</(?P=name)>"
    rf"|<embed(?P<embed>{_TAG_ATTRIBUTES})>"
)
_ADDRESS = re.compile(rf' (?:{"|".join(_LAZY)}|src|data)="([^"]*)"')
_OTHER_BLOCK = re.compile(rf"(</?)(?:{'|'.join(sorted(_OTHER_BLOCKS))})\b")
_IMAGE = re.compile(rf"<img{_TAG_ATTRIBUTES}>")
_LAZY_ADDRESS = re.compile(rf' (?:{"|".join(_LAZY)})="([^"]*)"')
_SRC = re.compile(r' src="[^"]*"')
_ANCHOR = re.compile(rf"(?s)<a({_TAG_ATTRIBUTES})>(.*?)</a>")
_EMPTY_PARAGRAPH = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>\n?")
_SHOWS_SOMETHING = re.compile(r"<(?:img|hr)\b|(?:\A|>)(?:\s|&nbsp;)*[^<\s&]|&(?!nbsp;)")


class BodyError(ValueError):
    """A body cannot be rendered; *code* and its *values* are the reason."""

    def __init__(self, code: Code, **values: int) -> None:
        super().__init__(code.text.format_map(values))
        self.code = code
        self.values = values


def sanitize(markup: str, title: str, base: str) -> str:
    """Return *markup* as safe HTML, empty if it shows nothing.

    Relative URLs are resolved against *base*. A player, which readers remove, becomes a link to its
    source with the text *title*. Raises BodyError if parsing would take too long.
    """
    if not markup.strip():
        return ""
    if len(markup) > MAX_MARKUP:
        raise BodyError(HTML_TOO_LONG, length=len(markup), limit=MAX_MARKUP)
    if _effort(markup) > MAX_EFFORT:
        raise BodyError(HTML_TOO_NESTED)
    if _RAW.search(markup):
        markup = _without_raw_text(markup)
    if _UNUSUAL.search(markup):
        markup = _usual(_lenient.clean(markup, base), title)
    clean = _strict.clean(markup, base)
    clean = _IMAGE.sub(lambda found: found[0] if _SRC.search(found[0]) else "", clean)
    clean = _ANCHOR.sub(lambda found: found[0] if " href=" in found[1] else found[2], clean)
    clean = _EMPTY_PARAGRAPH.sub("", clean).strip()
    return clean if _SHOWS_SOMETHING.search(clean) else ""


class _Cleaner(local):
    """Removes unsafe HTML, makes URLs absolute, and drops invalid ones.

    Each thread has its own, because it stores the present base. It is reused, because creating an
    nh3.Cleaner takes longer than cleaning.
    """

    def __init__(self, tags: set[str], attributes: dict[str, set[str]]) -> None:
        self._base = ""
        self._cleaner = nh3.Cleaner(
            tags=tags,
            clean_content_tags={"script", "style", "template", "textarea", "title"},
            attributes=attributes,
            attribute_filter=self._resolved,
            url_schemes={"http", "https"} | _LINK_SCHEMES,
        )

    def clean(self, markup: str, base: str) -> str:
        self._base = base
        return self._cleaner.clean(markup)

    def _resolved(self, tag: str, attribute: str, value: str) -> str | None:
        if attribute not in _ADDRESSES:
            return value
        address = value.strip()
        scheme = _SCHEME.match(address)
        if not address or (tag == "a" and scheme and scheme[1].lower() in _LINK_SCHEMES):
            return address or None
        base = self._base
        try:
            return absolute(address if address.startswith("//") else urljoin(base, address), base)
        except ValueError:
            return None


_strict = _Cleaner(INLINE | BLOCKS, _ATTRIBUTES)
_lenient = _Cleaner(INLINE | BLOCKS | _OTHER_BLOCKS | _PLAYERS, _LAZY_ATTRIBUTES)


def _without_raw_text(markup: str) -> str:
    """Replace elements whose content is text to an HTML parser by their content."""
    markup = _REPLACED_IMAGE.sub("", markup)
    markup = _SOURCE_CODE.sub(lambda found: f"<pre>{html.escape(found[2], quote=False)}</pre>", markup)
    return _NO_SCRIPT.sub("", markup)


def _usual(markup: str, title: str) -> str:
    """Replace players by links, other blocks by ``div``, and the addresses of late pictures."""
    markup = _PLAYER.sub(lambda found: _link(found, title), markup)
    markup = _IMAGE.sub(_loaded, markup)
    return _OTHER_BLOCK.sub(r"\1div", markup)


def _link(player: re.Match[str], title: str) -> str:
    """A link to the source of *player*: its own address, else the first one inside it."""
    source = _ADDRESS.search(player["own"] or player["embed"] or "") or _ADDRESS.search(
        player["inner"] or ""
    )
    text = html.escape(title, quote=False)
    return f'<p><a href="{source[1]}">{PLAYER_SIGN} {text}</a></p>' if source else ""


def _loaded(image: re.Match[str]) -> str:
    lazy = _LAZY_ADDRESS.search(image[0])
    return f'<img src="{lazy[1]}"{_SRC.sub("", image[0][4:])}' if lazy else image[0]


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
