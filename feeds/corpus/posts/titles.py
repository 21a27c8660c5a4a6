"""Titles of posts: from front matter, from the first heading, or from the name of the file."""

import re

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus.emoji import with_emoji
from feeds.corpus.plain_text import plain_name

MAX_MARKDOWN_TITLE = 2_000  # characters; in a longer title, Markdown stays as it is

_CODE = expression(r"(?<!`)(`{1,3})(?!`)([^`]+)\1(?!`)")
_IMAGE = expression(r"!\[([^\[\]]*)\](?:\([^()\s]*\)|\[[^\[\]]*\])")
_LINK = expression(r"\[([^\[\]]+)\](?:\([^()\s]*(?:\s[^()]*)?\)|\[[^\[\]]*\])")
_AUTOLINK = expression(r"<(https?://[^<>\s]+)>")
_ESCAPED = expression(r"\\([!-/:-@\[-`{-~])")
# Emphasis as in CommonMark, except that ``__init__`` is the name of a Python method.
_EMPHASES = (
    expression(r"\*\*\*(?![\s*])([^*]+)(?<!\s)\*\*\*"),
    expression(r"\*\*(?![\s*])([^*]+)(?<!\s)\*\*"),
    expression(r"(?<![\w*])\*(?![\s*])([^*]+)(?<!\s)\*(?![\w*])"),
    expression(r"(?<!\w)__(?![\s_]|[a-z0-9]+__)([^_]+)(?<!\s)__(?!\w)"),
    expression(r"(?<!\w)_(?![\s_])([^_]+)(?<!\s)_(?!\w)"),
    expression(r"~~(?![\s~])([^~]+)(?<!\s)~~"),
)
_ATTRIBUTES = expression(r"\s*\{:?\s*[#.][^{}]*\}\s*\Z")
_CLOSING_SIGNS = expression(r"(?:\A|[ \t])#+[ \t]*\Z")
# Lines that begin or end a fence, comments, and headings of level 1.
_LINE = expression(
    r"(?m)^ {0,3}(?:(?P<fence>`{3,}|~{3,})|(?P<comment><!--)|#(?P<text>[ \t][^\n]*)?$"
    r"|(?P<rule>=+)[ \t]*$|(?P<tag><[hH]1\b))"
)
_LETTERS = expression(r"[\W_]+")


class Heading(Struct, frozen=True):
    """A heading of level 1 between *start* and *end* of a body; *text* is plain."""

    text: str
    start: int
    end: int


def plain_title(written: str) -> str:
    """*written*, text with Markdown, HTML, character references and names of emoji, as plain text."""
    if len(written) > MAX_MARKDOWN_TITLE:
        return plain_name(written)
    parts = _CODE.split(written)  # text, signs, code, text, ...
    parts[::3] = [_without_markup(text) for text in parts[::3]]
    parts[1::3] = [""] * len(parts[1::3])
    parts[2::3] = [_escaped(code.strip()) for code in parts[2::3]]
    joined = "".join(parts)
    for emphasis in _EMPHASES:
        joined = emphasis.sub(r"\1", joined)
    return plain_name(_ESCAPED.sub(r"\1", joined))


def _without_markup(text: str) -> str:
    if "[" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    return with_emoji(_AUTOLINK.sub(r"\1", text))


def _escaped(code: str) -> str:
    """*code* without a sign that Markdown, HTML or YAML would interpret."""
    code = code.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\*_~])", r"\\\1", code)


def first_heading(body: str) -> Heading | None:
    """The first heading of level 1 in *body*, Markdown or HTML, outside of code and comments."""
    position = 0
    fence = ""
    while found := _LINE.search(body, position):
        position = found.end()
        if mark := found["fence"]:
            fence = mark if not fence else "" if mark.startswith(fence) else fence
        elif fence:
            continue
        elif found["comment"]:
            position = body.find("-->", position) + 1 or len(body)
        elif found["tag"]:
            return _tagged(body, found)
        elif found["rule"]:
            if heading := _underlined(body, found):
                return heading
        elif text := _of_markdown(found["text"] or ""):
            return Heading(text, found.start(), found.end())
    return None


def _of_markdown(text: str) -> str:
    text = _CLOSING_SIGNS.sub("", text.strip()[:MAX_MARKDOWN_TITLE])
    return plain_title(_ATTRIBUTES.sub("", text))


def _tagged(body: str, found: re.Match[str]) -> Heading | None:
    opened = body.find(">", found.end())
    closed = body.lower().find("</h1", opened)
    end = body.find(">", closed)
    text = plain_title(body[opened + 1 : closed])
    return Heading(text, found.start(), end + 1) if 0 < opened < closed < end and text else None


def _underlined(body: str, rule: re.Match[str]) -> Heading | None:
    start = body.rfind("\n", 0, max(0, rule.start() - 1)) + 1
    text = _of_markdown(body[start : max(0, rule.start() - 1)])
    return Heading(text, start, rule.end()) if text else None


def without(body: str, heading: Heading) -> str:
    """*body* without *heading*."""
    return body[: heading.start] + body[heading.end :].lstrip("\n")


def is_same(one: str, other: str) -> bool:
    """True if two titles differ at most in case, spaces and punctuation."""
    return _LETTERS.sub("", one.casefold()) == _LETTERS.sub("", other.casefold())


def in_capitals(name: str) -> str:
    """*name*, that of a folder, as the name of a topic: ``deep-sea`` -> ``Deep Sea``."""
    return " ".join(word[:1].upper() + word[1:] for word in re.split(r"[-_\s]+", name) if word)


def in_words(name: str) -> str:
    """*name*, that of a file without date and extension, as a title: ``a-day_out`` -> ``A day out``."""
    if " " in name.strip():
        return name.strip()
    words = " ".join(re.split(r"[-_\s]+", name)).strip()
    return words[:1].upper() + words[1:]
