"""Replacement of characters that a file contains by accident."""

import re
from codecs import BOM_UTF8

from feeds.article.expressions import expression

# Replacements of characters that YAML refuses or takes for line breaks, although editors do not:
# separators of lines, a byte order mark between two files, and Windows-1252 decoded as Latin-1.
_STRAY = {0x85: " ", 0x2028: " ", 0x2029: " ", 0xFEFF: ""} | {
    code: bytes([code]).decode("cp1252", "ignore") for code in (*range(0x80, 0x85), *range(0x86, 0xA0))
}
_ANY_STRAY = expression("[\x80-\xa0\u2028\u2029\ufeff]")
# The beginning of a line up to its value, where YAML allows no other space than U+0020.
_BEFORE_VALUE = expression(r"(?m)^[ \xa0]*(?:-[ \xa0]+)*(?:[\w-]+:[ \xa0]+)?")

_MARKS = expression(rb"\A(?:" + re.escape(BOM_UTF8) + rb")++")

SEPARATORS = dict.fromkeys((0x0B, 0x0C, *range(0x1C, 0x20)), " ")  # controls that end lines or fields
_CONTROLS = bytes([*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])


def with_line_feeds(content: bytes) -> bytes:
    """*content* without byte order marks, with line feeds for other ends of lines."""
    if content.startswith(BOM_UTF8):  # some editors add another one
        content = _MARKS.sub(b"", content, count=1)
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content


def without_stray(header: str) -> str:
    """Replace stray characters in *header*, YAML, without adding or removing a line break."""
    if header.isascii() or not _ANY_STRAY.search(header):
        return header
    if "\xa0" in header:
        header = _BEFORE_VALUE.sub(lambda found: found[0].replace("\xa0", " "), header)
    return header.translate(_STRAY)


def without_controls(body: str, content: bytes) -> str:
    """Replace control characters in *body* by spaces.

    *content* is the bytes of the whole file: a search in bytes is faster.
    """
    if len(content) != len(content.translate(None, _CONTROLS)):
        body = body.translate(dict.fromkeys(_CONTROLS, " "))
    return body.replace("\u2028", " ").replace("\u2029", " ")
