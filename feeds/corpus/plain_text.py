"""HTML -> plain text: excerpts of bodies, and fields that may contain entities or tags."""

import html
import re

import nh3
import regex

from feeds.corpus.foreign_html import PLAYER_SIGN
from feeds.corpus.sanitize import BLOCKS, INLINE, MATHS

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BARE_AMPERSAND = re.compile(rf"&(?!{_REFERENCE.pattern[1:]})")
# References that a text contains only if it was escaped twice. &lt; and &amp; may be meant as written.
_ESCAPED_TWICE = re.compile(
    r"&(?!#0*(?:38|60|62);|#[xX]0*(?:26|3[cCeE]);)"
    r"(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|quot|apos|nbsp|[lr][sd]quo|[lr]aquo|[mn]dash|hellip);"
)
_PLAYER_LINK = re.compile(rf"<a [^>]*>{PLAYER_SIGN} [^<]*</a>")
_PARENTHESIS = re.compile(r"<rp\b[^>]*>[^<]*</rp>")
_READING = re.compile(r"<rt\b[^>]*>([^<]*)</rt>")
_MATHS = re.compile(rf"</?(?:{'|'.join(sorted(MATHS))})\b[^>]*>")
_FOOTNOTE_MARK = re.compile(r"<sup\b[^>]*>\s*(?:\[)?<a\b[^>]*>[^<]*</a>(?:\])?\s*</sup>")
_NAMES = "|".join(sorted(BLOCKS | INLINE))
_ELEMENT = re.compile(rf"(?i)</?(?:{_NAMES})(?:\s[^<>]*)?/?>")
_INLINE_PAIR = re.compile(
    r"(?i)<(abbr|b|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u)(?:\s[^<>]*)?>([^<]*)</\1>"
)
_DEEPEST_PAIR = 5


def excerpt(markup: str, length: int = 300) -> str:
    """The first words of *markup* as plain text of at most *length* characters.

    Links in place of players are left out. A text without a space near the end, such as Chinese, is cut
    between grapheme clusters (UAX #29).
    """
    return _cut(_text(_PLAYER_LINK.sub("", markup)), length)


def plain(text: str) -> str:
    """*text* on one line, with its character references decoded.

    Only complete references are decoded: ``?a=1&region=EU`` contains none. Quotation marks, spaces and
    dashes that were escaped twice are decoded twice.
    """
    if "&" in text:
        text = _decoded(_REFERENCE, text)
        text = _decoded(_ESCAPED_TWICE, text)
    return " ".join(text.split())


def plain_title(text: str) -> str:
    """*text* as ``plain`` returns it, without pairs of inline tags."""
    for _ in range(_DEEPEST_PAIR):
        text, found = _INLINE_PAIR.subn(r"\2", text)
        if not found:
            break
    return plain(text)


def plain_excerpt(text: str) -> str:
    """*text* as ``plain`` returns it; if it is HTML, without its tags."""
    if not _ELEMENT.search(text):
        return plain(text)
    return " ".join(_decoded(_ESCAPED_TWICE, _text(_BARE_AMPERSAND.sub("&amp;", text))).split())


def _text(markup: str) -> str:
    """The text of *markup* on one line; blocks are separated, and readings of ruby are in parentheses."""
    markup = _MATHS.sub(
        "", _FOOTNOTE_MARK.sub("", markup)
    )  # nh3 removes foreign elements with their text
    blocks = nh3.clean(markup, tags=BLOCKS | {"rp", "rt"}, attributes={}, link_rel=None)
    blocks = _READING.sub(r"(\1)", _PARENTHESIS.sub("", blocks))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", blocks)).split())


def _decoded(reference: re.Pattern[str], text: str) -> str:
    return reference.sub(lambda found: html.unescape(found[0]), text)


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    kept: list[str] = []
    space = 0
    for found in regex.finditer(r"\X", text):
        if found[0] == " " and found.start() > length // 2:
            space = len(kept)
        if found.end() >= length:  # the ellipsis needs one
            break
        kept.append(found[0])
    kept = kept[: space or None]
    while kept and kept[-1] in " ,;:.–—":
        kept.pop()
    return "".join(kept) + "…"
