"""Conversion of HTML that feed readers remove to HTML that they show."""

import html
import re
from urllib.parse import urlsplit

from feeds.article.expressions import expression
from feeds.corpus.media_types import is_picture

PLAYER_SIGN = "▶"  # begins the text of a link that replaces a player

# Elements that readers remove, and replacements that keep the words of blocks apart and the meaning.
_REPLACED = {"acronym": "abbr", "dir": "ul", "menu": "ul", "strike": "s", "tt": "code"} | dict.fromkeys(
    (
        "address", "article", "aside", "center", "dialog", "fieldset", "footer", "form", "header",
        "hgroup", "legend", "main", "nav", "optgroup", "option", "search", "section",
    ),
    "div",
)  # fmt: skip
_SPACED = {"button", "marquee"}  # inline, but never part of a word
_PLAYERS = {"audio", "embed", "iframe", "object", "source", "video"}
_GAUGES = {"meter", "progress"}

# Attributes with the address of a picture or frame that a script loads late.
_LAZY = (
    "data-src", "data-lazy-src", "data-original", "data-lazy", "data-actualsrc", "data-cfsrc",
    "data-echo", "data-litespeed-src",
)  # fmt: skip
_LAZY_SETS = ("data-srcset", "data-lazy-srcset")
_PICTURE_ADDRESSES = (*_LAZY, *_LAZY_SETS, "src", "srcset")  # the first one counts

# Elements whose words stay apart from those around them.
SEPARATE = {old for old, new in _REPLACED.items() if new in ("div", "ul")} | _SPACED
TAGS = {"area", "input", "picture", *_REPLACED, *_SPACED, *_PLAYERS, *_GAUGES}
ADDRESSES = {"data", "poster", *_LAZY}
ADDRESS_SETS = {"srcset", *_LAZY_SETS}
ATTRIBUTES = {
    "area": {"href", "alt"},
    "img": {"src", "alt", "width", "height", *_LAZY, *ADDRESS_SETS},
    "input": {"checked", "type"},
    "object": {"data", "type"},
    "source": {"src", *_LAZY, *ADDRESS_SETS},
    "video": {"src", "poster", *_LAZY},
    **{name: {"src", "type", *_LAZY} for name in ("audio", "embed", "iframe")},
    **{name: {"value", "max"} for name in _GAUGES},
}

_CDATA = expression(r"(?s)<!\[CDATA\[(.*?)(?:\]\]>|\Z)")
# An HTML parser takes the content of these elements for text, which would be shown as source.
_RAW = expression(
    r"(?i)</?(?:noscript|noembed|noframes|xmp|listing|plaintext)\b|<svg\b|<(?:amp|lite)-|<!\[CDATA\["
)
_REPLACED_IMAGE = expression(
    r"(?i)<img\b[^<>]*>\s*(?=<noscript\b[^<>]*>\s*(?:<a\b[^<>]*>\s*)?(?:<picture\b|<img\b))"
)
_NO_SCRIPT = expression(r"(?i)</?(?:noscript|noembed|noframes)\b[^<>]*>")
_SOURCE_CODE = expression(r"(?is)<(xmp|listing|plaintext)\b[^<>]*>(.*?)(?:</\1\s*>|\Z)")
_KATEX = "katex-html"  # the class of a formula in HTML, beside the same one in MathML
_MATH = expression(r"(?is)<math\b.*?(?:</math\s*>|\Z)")
_DRAWING = expression(r"(?is)<svg\b.*?(?:</svg\s*>|\Z)")
_DRAWING_NAME = expression(r"""(?i)<title\b[^<>]*>([^<]+)</title|\saria-label=(?:"([^"]+)"|'([^']+)')""")
_AMP = expression(r"(?i)(</?)amp-(?:(img|iframe|video|audio)\b|anim\b)")
_YOUTUBE = expression(r"""(?i)<(?:amp|lite)-youtube\b[^<>]*?\s(?:data-)?videoid=["']?([\w-]+)[^<>]*>""")

_TAG_NAME = expression(r"<(\w+)")
_UNUSUAL_ATTRIBUTE = expression(rf"\s(?:{'|'.join([*_LAZY, 'srcset', *_LAZY_SETS])})\s*=")
_NAME_PARTS = ("data-", "srcset")  # each name has one; the expression above would try every space

# These match output of nh3, which writes tags in one form and escapes quotation marks in attributes.
TAG_ATTRIBUTES = r'(?: [\w-]+="[^"]*")*'
IMAGE_TAG = expression(rf"<img{TAG_ATTRIBUTES}>")
_TWO_IMAGES = expression(rf"({IMAGE_TAG.pattern})\s*({IMAGE_TAG.pattern})")
_PICTURE = expression(rf"(?s)<picture{TAG_ATTRIBUTES}>(.*?)</picture>")
_PLAYER = expression(
    rf"(?s)<(?P<name>audio|iframe|object|video)(?P<own>{TAG_ATTRIBUTES})>(?P<inner>.*?)</(?P=name)>"
    rf"|<embed(?P<embed>{TAG_ATTRIBUTES})>"
)
_REPEATED_LINK = expression(rf'(<p><a href="[^"]*">{PLAYER_SIGN} [^<]*</a></p>)(?:\s*\1)+')
_INNER_PLAYER = expression(rf"<(?:audio|embed|object|source|video)({TAG_ATTRIBUTES})>")
_SOURCE = expression(rf"<source({TAG_ATTRIBUTES})>")
_GAUGE = expression(rf"(?s)<(meter|progress)({TAG_ATTRIBUTES})>(.*?)</\1>")
_AREA = expression(rf"<area({TAG_ATTRIBUTES})>")
_INPUT = expression(rf"<input({TAG_ATTRIBUTES})>")
_OTHER_TAG = expression(rf"(</?)({'|'.join(sorted(_REPLACED))})\b")
_SPACED_TAG = expression(rf"</?(?:{'|'.join(sorted(_SPACED))})(?: [^<>]*)?>")
_ATTRIBUTE = expression(r' ([\w-]+)="([^"]*)"')

_END_OF_CANDIDATE = expression(r"(?<=[wxh]),|,\s")
_SIZE = expression(r"(\d{1,6}(?:\.\d{1,6})?)[wxh]")
_MAX_PICTURE_WIDTH = 1600  # pixels, if there is a choice


def without_raw_text(markup: str) -> str:
    """Unwrap elements whose content an HTML parser takes for text, and rename elements of AMP."""
    if _KATEX in markup:
        markup = _MATH.sub("", markup)
    if not _RAW.search(markup):
        return markup
    markup = _CDATA.sub(r"\1", markup)
    markup = _REPLACED_IMAGE.sub("", markup)
    markup = _SOURCE_CODE.sub(lambda found: f"<pre>{html.escape(found[2], quote=False)}</pre>", markup)
    markup = _DRAWING.sub(_name_of_drawing, markup)
    markup = _YOUTUBE.sub(r'<iframe src="https://www.youtube.com/watch?v=\1"></iframe>', markup)
    markup = _AMP.sub(lambda found: found[1] + (found[2] or "img"), markup)
    return _NO_SCRIPT.sub("", markup)


def _name_of_drawing(drawing: re.Match[str]) -> str:
    """The title of *drawing*, an ``svg`` that nh3 removes; it is often the only text of a link."""
    found = _DRAWING_NAME.search(drawing[0])
    name = found and next(filter(None, found.groups()))
    return f" {html.escape(html.unescape(name.strip()))} " if name else ""


def is_unusual(markup: str) -> bool:
    """True if *markup* has elements or attributes for ``usual``."""
    names = map(str.lower, _TAG_NAME.findall(markup))
    return not TAGS.isdisjoint(names) or ("=" in markup and _has_unusual_attribute(markup))


def _has_unusual_attribute(markup: str) -> bool:
    lower = markup.lower()
    return any(part in lower for part in _NAME_PARTS) and bool(_UNUSUAL_ATTRIBUTE.search(lower))


def usual(markup: str, title: str) -> str:
    """Replace the elements that readers remove in *markup*, cleaned HTML with TAGS and ATTRIBUTES.

    A player becomes a link with the text *title*, or with the name of its host if *title* is empty. A
    section becomes a ``div``, and a picture that a script would load an ``img`` with an address.
    """
    markup = _REPEATED_LINK.sub(r"\1", _PLAYER.sub(lambda found: _link(found, title), markup))
    markup = _PICTURE.sub(_chosen, markup)
    markup = _TWO_IMAGES.sub(_one_if_equal, IMAGE_TAG.sub(_loaded, markup))
    markup = _AREA.sub(_area, markup)
    markup = _INPUT.sub(_box, _GAUGE.sub(_gauge, markup))
    markup = _SPACED_TAG.sub(" ", markup)
    return _OTHER_TAG.sub(lambda found: found[1] + _REPLACED[found[2]], markup)


def candidates(written: str) -> list[str]:
    """The addresses in a ``srcset``, the best first: the widest of at most 1600 pixels."""
    found = [each.split() for each in _END_OF_CANDIDATE.split(written) if each.strip()]
    return [words[0].strip(",") for words in sorted(found, key=_preference)]


def _preference(candidate: list[str]) -> float:
    size = _SIZE.fullmatch(candidate[-1].strip(","))
    width = float(size[1]) if size else 1
    return -width if width <= _MAX_PICTURE_WIDTH else width


def _link(player: re.Match[str], title: str) -> str:
    """A link to the source of *player*, after its poster; without a source, its content."""
    own, inner = _attributes(player["own"] or player["embed"] or ""), player["inner"] or ""
    sources = (_address(_attributes(each[1])) for each in _INNER_PLAYER.finditer(inner))
    address = _address(own) or next(filter(None, sources), "")
    if address and player["name"] in ("object", None) and _is_picture(own, address):
        return inner if "<img" in inner else f'<img src="{address}" alt="{html.escape(title)}">'
    poster = f'<p><img src="{own["poster"]}" alt="{html.escape(title)}"></p>' if "poster" in own else ""
    if not address:  # the content of a frame is source
        return poster + (inner if player["name"] != "iframe" else "") or " "
    written = html.unescape(address)
    text = html.escape(title or urlsplit(written).netloc or written, quote=False)
    return f'{poster}<p><a href="{address}">{PLAYER_SIGN} {text}</a></p>'


def _is_picture(own: dict[str, str], address: str) -> bool:
    path = urlsplit(html.unescape(address)).path
    return own.get("type", "").startswith("image/") or is_picture(path)


def _chosen(picture: re.Match[str]) -> str:
    """The ``img`` of *picture*, with the addresses of its sources if it lacks them."""
    tags = [*IMAGE_TAG.findall(picture[1]), *_SOURCE.findall(picture[1])]
    attributes: dict[str, str] = {}
    for tag in tags:
        attributes = _attributes(tag) | attributes
    return _image(attributes)


def _loaded(image: re.Match[str]) -> str:
    return _image(_attributes(image[0]))


def _image(attributes: dict[str, str]) -> str:
    """A picture at the address that a script or a browser would load."""
    address = next((attributes[name] for name in _PICTURE_ADDRESSES if attributes.get(name)), "")
    kept = {"src": address} if address else {}
    kept |= {name: value for name, value in attributes.items() if name not in _PICTURE_ADDRESSES}
    return "<img" + "".join(f' {name}="{value}"' for name, value in kept.items()) + ">"


def _one_if_equal(images: re.Match[str]) -> str:
    """Drop the second of two *images* with the same address, a fallback for browsers without scripts."""
    first, second = (_attributes(images[number]).get("src") for number in (1, 2))
    return images[1] if first and first == second else images[0]


def _address(attributes: dict[str, str]) -> str:
    return next((attributes[name] for name in (*_LAZY, "src", "data") if attributes.get(name)), "")


def _area(area: re.Match[str]) -> str:
    attributes = _attributes(area[1])
    text = html.escape(html.unescape(attributes.get("alt", "") or attributes.get("href", "")))
    return f' <a href="{attributes["href"]}">{text}</a> ' if "href" in attributes else ""


def _gauge(gauge: re.Match[str]) -> str:
    """The fallback text of *gauge*, or its value if it has no text."""
    attributes = _attributes(gauge[2])
    value, most = attributes.get("value", ""), attributes.get("max", "")
    return gauge[3] if gauge[3].strip() else value + (most and f"/{most}")


def _box(field: re.Match[str]) -> str:
    attributes = _attributes(field[1])
    if attributes.get("type", "").lower() not in ("checkbox", "radio"):
        return ""
    return "☑ " if "checked" in attributes else "☐ "


def _attributes(tag: str) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(tag))
