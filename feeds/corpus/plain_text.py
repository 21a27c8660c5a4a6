"""HTML -> plain text: excerpts of bodies, and fields that may contain entities or tags."""

import html
import re
from collections.abc import Iterable
from html.entities import html5

import nh3

from feeds.article.expressions import expression, unicode_expression
from feeds.corpus import foreign_html
from feeds.corpus.foreign_html import PLAYER_SIGN
from feeds.corpus.sanitize import BLOCKS, INLINE, MATHS

_REFERENCE = expression(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_REFERENCE_AGAIN = expression(rf"&(?:amp;)*{_REFERENCE.pattern[1:]}")
_BARE_AMPERSAND = expression(rf"&(?!{_REFERENCE.pattern[1:]})")
_PLAYER_LINK = expression(rf"<a [^>]*>{PLAYER_SIGN} [^<]*</a>")
_PARENTHESIS = expression(r"<rp\b[^>]*>[^<]*</rp>")
_READING = expression(r"<rt\b[^>]*>([^<]*)</rt>")
_MATHS = expression(rf"</?(?:{'|'.join(sorted(MATHS))})\b[^>]*>")
_HEADING = expression(r"(?s)(?:\s|<(?:header|div|p|/p)(?: [^>]*)?>)*<(h[1-6])\b[^>]*>(.*?)</\1>")
_FOOTNOTE_MARK = expression(r"<sup\b[^>]*>\s*(?:\[?<a\b[^>]*>[^<]*</a>\]?|\[[0-9]+\])\s*</sup>")
# Removes all other tags. One for all texts: making an nh3.Cleaner takes longer than cleaning.
_cleaner = nh3.Cleaner(tags=BLOCKS | foreign_html.SEPARATE | {"rp", "rt"}, attributes={}, link_rel=None)
_NAMES = "|".join(sorted(BLOCKS | INLINE | foreign_html.TAGS | {"font", "script", "style"}))
# Signs of HTML; an opening tag alone may be the subject of a text.
_HTML = expression(
    rf"(?i)</(?:{_NAMES})\s*>|<(?:br|hr|img|wbr)\b[^<>]*>"
    rf"|\A\s*<(?:{'|'.join(sorted(BLOCKS))})\b[^<>]*>"
)
_ENCLOSED = (("<!--", "-->"), ("<![CDATA[", "]]>"))
_CDATA = expression(r"(?s)<!\[CDATA\[((?:(?!\]\]>|<!\[CDATA\[).)*+)\]\]>")
_WHOLLY_HTML = expression(r"(?is)\s*<(p|div|h[1-6]|ul|ol|blockquote|span)(?:\s[^<>]*)?>.*</\1>\s*")
_PAIR = expression(
    r"(?i)<(a|abbr|b|bdi|bdo|big|cite|code|del|div|em|font|h[1-6]|i|ins|kbd|mark|p|q|rt|ruby|s|small|span"
    r"|strike|strong|sub|sup|tt|u)(?:\s[^<>]*)?>([^<]*)</\1\s*>"
)
_DEEPEST_PAIR = 5
_CLUSTER = unicode_expression(r"\X")
# Characters that are grapheme clusters of their own, if no others are near: Latin and its punctuation.
_SINGLE = expression("[\x00-\u02ff\u2010-\u2027\u2030-\u205e]*")
_LINE_BREAK = expression(r"(?i)\s*(?<=[^\s(])<br\s*/?>\s*(?=[^\s,.;:)])")


def excerpt(markup: str, length: int = 300, title: str = "") -> str:
    """The first words of *markup* as plain text of at most *length* characters.

    Links that replace players are left out, and so is a heading at the beginning that repeats the
    *title*. A text without a space near the end, such as Chinese, is cut between grapheme clusters
    (UAX #29).
    """
    if PLAYER_SIGN in markup:
        markup = _PLAYER_LINK.sub("", markup)
    heading = _HEADING.match(markup)
    if heading and _text(heading[2]) == title:
        markup = markup[heading.end() :]
    return _cut(_text(markup), length)


def plain(text: str) -> str:
    """*text* on one line, with its character references decoded.

    Only complete references are decoded: ``?a=1&region=EU`` contains none. References that were escaped
    twice are decoded twice, except ``&amp;lt;`` and the like, which may be meant.
    """
    if "&" in text:
        text = _decoded_twice(_REFERENCE.sub(_decoded, text))
    return " ".join(text.split())


def plain_name(text: str) -> str:
    """*text*, a title or name, as ``plain`` returns it, without pairs of HTML tags and ``<br>``."""
    if "<" in text:
        text = _CDATA.sub(r"\1", text)
        text = _PARENTHESIS.sub("", _LINE_BREAK.sub(" ", text))
        for _ in range(_DEEPEST_PAIR):
            text, found = _PAIR.subn(_content, text)
            if not found:
                break
    return plain(text)


def plain_excerpt(text: str) -> str:
    """*text* as ``plain`` returns it; if it is HTML, without its tags."""
    if not _is_html(text):
        decoded = plain(text)
        if not _WHOLLY_HTML.fullmatch(decoded):
            return decoded
        text = decoded
    markup = foreign_html.without_raw_text(_BARE_AMPERSAND.sub("&amp;", text))
    return " ".join(_decoded_twice(_text(markup)).split())


def _is_html(text: str) -> bool:
    if "<" not in text:
        return False
    enclosed = (end in text.partition(begin)[2] for begin, end in _ENCLOSED)
    return bool(_HTML.search(text)) or any(enclosed)


def _content(pair: re.Match[str]) -> str:
    match pair[1].lower():
        case "rt":
            return f"({pair[2]})"
        case name if name in BLOCKS:
            return f" {pair[2]} "
    return pair[2]


def _decoded_twice(text: str) -> str:
    """Decode the references that were escaped twice in *text*, which has been decoded once."""
    return _REFERENCE_AGAIN.sub(_decoded_again, text) if "&" in text else text


def _decoded(reference: re.Match[str]) -> str:
    return _character(reference[1])


def _decoded_again(reference: re.Match[str]) -> str:
    character = _character(reference[1])
    return reference[0] if character in ("<", ">", "&") else character


def _character(name: str) -> str:
    """The character of the reference with *name*, such as ``amp`` or ``#38``, else the reference."""
    if name.startswith("#"):
        return html.unescape(f"&{name};")
    return html5.get(f"{name};", f"&{name};")  # unescape would take &notes; for &not and es;


def _text(markup: str) -> str:
    """The text of *markup* on one line; blocks are separated, and readings of ruby are in parentheses."""
    if "<sup" in markup:
        markup = _FOOTNOTE_MARK.sub("", markup)
    if "<math" in markup:
        markup = _MATHS.sub("", markup)  # nh3 would remove the text of formulas too
    blocks = _cleaner.clean(markup)
    if "<rt" in blocks:
        blocks = _READING.sub(r"(\1)", _PARENTHESIS.sub("", blocks))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", blocks)).split())


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    kept: list[str] = []
    space = end = 0
    for cluster in _clusters(text, length + 1):
        if cluster == " " and end > length // 2:
            space = len(kept)
        end += len(cluster)
        if end >= length:  # the ellipsis needs one
            break
        kept.append(cluster)
    kept = kept[: space or None]
    while kept and kept[-1] in " ,;:.–—":
        kept.pop()
    return "".join(kept) + "…"


def _clusters(text: str, length: int) -> Iterable[str]:
    """The grapheme clusters of *text*, at least of its first *length* characters."""
    if _SINGLE.fullmatch(text, 0, length):  # most texts, and in a tenth of the time
        return text[:length]
    return (found[0] for found in _CLUSTER.finditer(text))
