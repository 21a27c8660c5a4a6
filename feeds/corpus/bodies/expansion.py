"""Replacement of tags, shortcodes and components by Markdown with their meaning."""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus.bodies import formulas
from feeds.corpus.bodies.arguments import TagArguments
from feeds.corpus.bodies.context import BodyContext
from feeds.corpus.bodies.meanings import (
    Anchor,
    Box,
    Comment,
    Details,
    Formula,
    Linked,
    Meaning,
    Picture,
    Player,
    Quotation,
    Reference,
    SiteValue,
    Text,
    meaning_of,
)
from feeds.corpus.bodies.titles import heading, kind_of
from feeds.corpus.bodies.values import looked_up

_FILE = expression(r"(?i)/|\.\w{2,5}$")
_QUOTED = expression(r"(?s)([\"'`])((?:(?!\1).)++)\1")
_SIZE = expression(r"\d{1,5}(?:px|%|v[wh]|r?em|x\d{1,5})?|auto")
_LEAD = expression(r"[ \t>]*")
_ELEMENT = expression(r"[ \t>]*</?[A-Za-z]")
_MAX_BLOCK = 2000  # characters before a tag in which the beginning of its block is looked for
_URL_SAFE = "/:?#[]@!$&'*+,;=%~.-_"


class Tag(Struct, frozen=True):
    """One tag at *start* to *end* of a text. *shown* is its name in reports; an end may lack a *name*.

    An element of ``html`` is replaced by *shown*.
    """

    start: int
    end: int
    name: str = ""
    shown: str = ""
    arguments: TagArguments = TagArguments()
    written: str = ""
    role: Literal["begin", "end", "whole", "html"] = "begin"


class _Open(Struct):
    name: str
    place: int  # of the tag in the output
    close: Callable[[list[str], int, str], None]


class Expansion:
    """Expands the tags of one body, and counts those without a meaning in *removed*."""

    def __init__(self, context: BodyContext, removed: Counter[str]) -> None:
        self._context = context
        self._removed = removed

    def expand(self, text: str, tags: Iterable[Tag]) -> str:
        """Replace *tags*, in their order in *text*; the content of unknown ones stays."""
        output, done = list[str](), 0
        opened, names = list[_Open](), Counter[str]()
        for tag in tags:
            output.append(text[done : tag.start])
            done = tag.end
            lead = _lead(text, tag.start)
            if tag.role == "end":
                _close(output, opened, names, tag.name, lead)
                continue
            if tag.role == "html":
                output.append(tag.shown)
                continue
            meaning = meaning_of(tag.name)
            if meaning is None and tag.shown:
                self._removed[tag.shown] += 1
            is_in_html = isinstance(meaning, Picture) and _is_in_html(text, tag.start)
            shown = _element(tag.arguments) if is_in_html else self._shown(meaning, tag, lead)
            output.append(shown)
            close = _enclosure(meaning, tag)
            if close and tag.role == "begin":
                opened.append(_Open(tag.name, len(output) - 1, close))
                names[tag.name] += 1
        return "".join([*output, text[done:]])

    def _shown(self, meaning: Meaning | None, tag: Tag, lead: str | None) -> str:
        """The Markdown of *tag* without its inside."""
        arguments = tag.arguments
        match meaning:
            case Player():
                player = _player(meaning.address, arguments.first(*meaning.keys))
                # In CommonMark, the rest of the line would belong to the element.
                return f"{player}\n\n{lead}" if player and lead is not None else player
            case Linked():
                return _linked(meaning, arguments)
            case Picture():
                return _picture(arguments, lead)
            case Text():
                return arguments.first(*meaning.keys) if tag.role == "whole" else ""
            case Formula():
                quoted = _QUOTED.search(tag.written)
                return formulas.span(quoted[2]) if quoted and "\n\n" not in quoted[2] else ""
            case SiteValue():
                name = arguments.first("name", 0)
                places = (f"page.params.{name}", f"page.{name}", f"site.params.{name}", f"site.{name}")
                values = (looked_up(place, self._context.values) for place in places)
                return next(filter(None, values), "")
            case Reference():
                return self._reference(meaning, arguments)
            case Anchor() if tag.role == "whole" or arguments.first(*meaning.texts):
                address = arguments.first(*meaning.keys)
                text = arguments.first(*meaning.texts)
                return f"[{text}](<{address}>)" if text and address else text
        return ""

    def _reference(self, meaning: Reference, arguments: TagArguments) -> str:
        target = arguments.first(*meaning.keys)
        address = self._context.references.address(meaning.kind, target, self._context.path)
        if meaning.kind == "asset":
            address = address or quote(target, safe=_URL_SAFE)
        if not meaning.is_link:
            return address
        text = " ".join(arguments.plain[1:]) or target.rpartition("/")[2]
        return f"[{text}](<{address}>)" if address else text


def _close(
    output: list[str], opened: list[_Open], names: Counter[str], name: str, lead: str | None
) -> None:
    """Close the last tag with *name*, and forget those opened after it, which have no end."""
    if name and not names[name]:
        return
    while opened:
        last = opened.pop()
        names[last.name] -= 1
        if not name or last.name == name:
            last.close(output, last.place, lead or "")
            return


def _enclosure(meaning: Meaning | None, tag: Tag) -> Callable[[list[str], int, str], None] | None:
    """The function that completes the output once the end of *tag* is found."""
    arguments = tag.arguments
    match meaning:
        case Comment():
            return _cut_off
        case Box():
            return _boxed(_box_title(meaning, tag))
        case Details():
            title = arguments.first(*meaning.titles) or " ".join(arguments.plain)
            return _boxed(heading("", title))
        case Quotation():
            return _boxed("", _source(tag))
        case Anchor() if address := arguments.first(*meaning.keys):
            return _enclosed(f'<a href="{html.escape(address)}">', "</a>")
    return None


def _box_title(meaning: Box, tag: Tag) -> str:
    arguments = tag.arguments
    kinds = (arguments.named.get(str(key), "") for key in meaning.keys)
    kind = next((each for each in (*kinds, *arguments.plain[:1], tag.name) if kind_of(each)), "")
    title = arguments.first(*meaning.titles)
    if not title and arguments.plain and not kind_of(arguments.plain[0]) and " " in arguments.plain[0]:
        title = arguments.plain[0]
    return heading(kind, "" if title in ("true", "false", "open") else title)


def _source(tag: Tag) -> str:
    named = tag.arguments.named
    parts = [named[key] for key in ("author", "by", "source", "cite", "title") if named.get(key)]
    text = ", ".join(parts) or ", ".join(tag.arguments.plain)
    return f"— {text}" if text else ""


def _cut_off(output: list[str], place: int, _: str) -> None:
    del output[place:]


def _enclosed(before: str, after: str) -> Callable[[list[str], int, str], None]:
    def close(output: list[str], place: int, _: str) -> None:
        if not output[place]:
            output[place] = before
            output.append(after)

    return close


def _boxed(title: str, source: str = "") -> Callable[[list[str], int, str], None]:
    def close(output: list[str], place: int, lead: str) -> None:
        before = "".join(output[max(0, place - 1) : place])
        begin = _lead(before, len(before)) if place else ""
        if begin is None:  # within a line
            output[place] = f"{title} " if title else ""
            return
        output[place] = "\n".join(
            f"{begin if line else ''}{line}" for line in _lines(title)
        ).removeprefix(begin)
        ends = (
            ["", "", source, "", "</blockquote>", "", ""] if source else ["", "", "</blockquote>", "", ""]
        )
        output.append("\n".join(f"{lead if line else ''}{line}" for line in ends))

    return close


def _lines(title: str) -> list[str]:
    return ["<blockquote>", "", title, "", ""] if title else ["<blockquote>", "", ""]


def _lead(text: str, position: int) -> str | None:
    """The indent of the line at *position* if the text before on that line is only an indent."""
    start = text.rfind("\n", 0, position) + 1
    lead = text[start : min(position, start + 100)]
    return lead if len(lead) == position - start and _LEAD.fullmatch(lead) else None


def _is_in_html(text: str, position: int) -> bool:
    """True if the lines above *position* begin with an element, which Markdown may not be read in."""
    before = text[max(0, position - _MAX_BLOCK) : position]
    block = re.split(r"\n[ \t]*\n", before)[-1].lstrip("\n")
    return bool(_ELEMENT.match(block))


def _player(pattern: str, value: str) -> str:
    if not value:
        return ""
    address = value if "://" in value or value.startswith("/") else pattern.format(value)
    return f'<iframe src="{html.escape(address)}"></iframe>'


def _linked(meaning: Linked, arguments: TagArguments) -> str:
    values = [arguments.first(*keys) for keys in meaning.keys]
    if not values[-1]:
        return ""
    address = values[-1]
    if "://" not in address:
        if len(arguments.plain) > 1 and "gist" in meaning.address and "/" not in address:
            values[-1] = "/".join(arguments.plain[:2])  # user and number
        address = meaning.address.format(*(value or "i" for value in values))
    return f"[{address.partition('://')[2] or address}](<{quote(address, safe=_URL_SAFE)}>)"


_SOURCES = (
    "src", "url", "path", "file", "image", "img", "image-path", "image_path", "image_url", "href",
)  # fmt: skip


def _picture_in(arguments: TagArguments) -> tuple[str, str, str]:
    """The source, the alternative text and the caption of a picture."""
    plain = list(arguments.plain)
    source = arguments.first(*_SOURCES) or next(filter(_FILE.search, plain), "") or arguments.first(0)
    after = plain[plain.index(source) + 1 :] if source in plain else plain
    words = [each for each in after if not _SIZE.fullmatch(each)]
    alt = arguments.first("alt") or " ".join(words).strip("\"'")
    return source, alt, arguments.first("caption", "title", "description", "text", "cap")


def _element(arguments: TagArguments) -> str:
    """A picture as an element of HTML."""
    source, alt, caption = _picture_in(arguments)
    if not source:
        return ""
    picture = f'<img src="{html.escape(source)}" alt="{html.escape(alt or caption)}">'
    return f"{picture} {html.escape(caption)}" if caption else picture


def _picture(arguments: TagArguments, lead: str | None) -> str:
    source, alt, caption = _picture_in(arguments)
    if not source:
        return ""
    picture = f"![{_escaped(alt or caption)}](<{source}>)"
    if not caption or lead is None:
        return picture + (f" {caption}" if caption else "")
    lines = [
        "<figure>", "", picture, "", "<figcaption>", "", caption, "", "</figcaption>", "</figure>", "",
    ]  # fmt: skip
    return "\n".join(f"{lead if line else ''}{line}" for line in lines).removeprefix(lead)


def _escaped(text: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", text.replace("\n", " "))
