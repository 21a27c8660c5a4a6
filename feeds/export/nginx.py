"""What nginx has to know of an export besides its files: maps by address, to be included."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from feeds.export.folder import Kept

HEAD = """\
# Made by `feeds export`: reload nginx after each. config/nginx.conf in feeds' sources includes this.
# $feeds_uri is the address that was asked for.
geo $feeds_dollar { default "$"; }
"""

# How a client asks for a coding, the ones we like best first. Weights are not compared, but for
# those of zero.
_NAMED = {"br": "br", "zstd": "zstd", "gzip": "(?:x-)?gzip"}
_BELOW = "\0"  # stands for what follows the name of a topic


def describe(answers: Callable[[], Iterable["Kept"]], codings: Iterable[str]) -> Iterator[bytes]:
    """The file to include, in pieces; *answers* are gone through once for each thing to be told.

    *codings* are those in which there are files.
    """
    ages = Counter(_age(kept) for kept in answers())
    usual = max(ages, key=lambda age: (ages[age], age), default="")
    yield HEAD.encode()
    yield b'map $http_accept_encoding $feeds_written {\n    default "";\n'
    for coding in (each for each in _NAMED if each in set(codings)):
        asked = rf"(?:^|,)\s*{_NAMED[coding]}\s*(?:,|$|;\s*q=(?:1|0\.\d*[1-9]))"
        yield f'    "~*{asked}" {coding};\n'.encode()
    yield b"}\n"
    yield from _map("key", ((_exactly(kept), kept.key) for kept in answers() if kept.is_coded))
    yield from _map("links", ((_exactly(kept), kept.headers.get("Link", "")) for kept in answers()))
    others = (kept for kept in answers() if _age(kept) not in ("", usual))
    yield from _map("age", ((_place(kept), _age(kept)) for kept in others), usual)
    moved = (kept for kept in answers() if kept.status == 301)
    yield from _map("moved", ((_place(kept), kept.headers["Location"] + _BELOW) for kept in moved))
    parted = (kept for kept in answers() if kept.status == 302)
    yield from _map("parted", ((_exactly(kept), kept.headers["Location"]) for kept in parted))
    gone = (kept for kept in answers() if kept.status == 410)
    yield from _map("gone", ((_place(kept), _path(kept).rpartition("/")[2]) for kept in gone))


def _age(kept: "Kept") -> str:
    return kept.headers.get("Cache-Control", "") if kept.is_coded or kept.status in (301, 302) else ""


def _map(name: str, pairs: Iterable[tuple[str, str]], usual: str = "") -> Iterator[bytes]:
    yield f"map $feeds_uri $feeds_{name} {{\n    default {_value(usual)};\n".encode()
    for place, value in pairs:
        if value:
            yield f"    {place} {_value(value)};\n".encode(errors="surrogateescape")
    yield b"}\n"


def _path(kept: "Kept") -> str:
    return unquote(kept.address, errors="surrogateescape")


def _place(kept: "Kept") -> str:
    """Where *kept* is: of a topic that moved or ended, all that is below it."""
    if kept.status not in (301, 410):
        return _exactly(kept)
    return _quoted(f"~^{re.escape(_path(kept))}(?<feeds_below>(?:[./].*)?)$")


def _exactly(kept: "Kept") -> str:
    return _quoted(_path(kept))


def _value(text: str) -> str:
    """*text* as a value, in which a dollar sign is written by a variable that is one."""
    return _quoted(text.replace("$", "${feeds_dollar}").replace(_BELOW, "$feeds_below"))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
