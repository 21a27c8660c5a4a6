"""The included part of the nginx configuration, which depends on the export, formats and parameters."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from feeds.export.manifest import ExportedAnswer, Manifest
from feeds.formats import FORMATS
from feeds.query.parameters import PARAMETERS, WINDOW

HEAD = """\
# Made by `feeds export` for the configuration of `feeds config nginx`. Reload nginx after each export.
# $feeds_uri is the address that was asked for.
geo $feeds_dollar { default "$"; }
"""

# The names of codings in Accept-Encoding, in order of preference. Of the weights, only a zero counts.
_NAMED = {"br": "br", "zstd": "zstd", "gzip": "(?:x-)?gzip"}
_OPENED = "/.opened"  # the prefix of locations of feeds opened in a browser
_BELOW = "\0"  # stands for the rest of a path after the name of a topic


def maps(manifest: Manifest, codings: Iterable[str]) -> Iterator[bytes]:
    """Yield the file to include at the level of ``http``, in pieces: variables by address.

    The *manifest* is read once for each variable. *codings* are the content codings of the files.
    """
    answers = manifest.answers
    ages = Counter(_age(answer) for answer in answers())
    usual = max(ages, key=lambda age: (ages[age], age), default="")
    yield HEAD.encode()
    yield b'map $http_accept_encoding $feeds_written {\n    default "";\n'
    for coding in (each for each in _NAMED if each in set(codings)):
        accepted = rf"(?:^|,)\s*{_NAMED[coding]}\s*(?:,|$|;\s*q=(?:1|0\.\d*[1-9]))"
        yield f'    "~*{accepted}" {coding};\n'.encode()
    yield b"}\n"
    yield from _formats()
    yield from _arguments()
    yield from _map("key", ((_exactly(answer), answer.key) for answer in answers() if answer.is_coded))
    yield from _map("links", ((_exactly(answer), answer.headers.get("Link", "")) for answer in answers()))
    others = (answer for answer in answers() if _age(answer) not in ("", usual))
    yield from _map("age", ((_place(answer), _age(answer)) for answer in others), usual)
    moved = (answer for answer in answers() if answer.status == 301)
    yield from _map("moved", ((_place(answer), answer.headers["Location"] + _BELOW) for answer in moved))
    parted = (answer for answer in answers() if answer.status == 302)
    yield from _map("parted", ((_exactly(answer), answer.headers["Location"]) for answer in parted))
    gone = (answer for answer in answers() if answer.status == 410)
    yield from _map("gone", ((_place(answer), _path(answer).rpartition("/")[2]) for answer in gone))


def locations(_manifest: Manifest) -> Iterator[bytes]:
    """Yield the file to include in the ``server``, in pieces: the media types of feeds."""
    for number, opened_as in enumerate(_opened_as()):
        yield _location(f"= {_OPENED}{number}", "internal;", opened_as)
    for each in FORMATS.values():
        yield _location(rf"~ {_ending(each.extension)}", "if_modified_since before;", each.media_type)


def _location(place: str, rule: str, media_type: str) -> bytes:
    return (
        f"location {place} {{\n    {rule}\n    default_type {_quoted(media_type)};\n"
        "    try_files $feeds_uri$feeds_suffix =404;\n}\n"
    ).encode()


def _formats() -> Iterator[bytes]:
    """Yield two variables: whether an address is a feed's, and the location for browsers that open it."""
    yield b'map $feeds_uri $feeds_is_feed {\n    default "";\n'
    yield f'    "~{_ending(*FORMATS)}" 1;\n}}\n'.encode()
    yield b'map $feeds_uri $feeds_opened_at {\n    default "";\n'
    for number, opened_as in enumerate(_opened_as()):
        of_type = [each.extension for each in FORMATS.values() if each.opened_as == opened_as]
        yield f'    "~{_ending(*of_type)}" {_OPENED}{number};\n'.encode()
    yield b"}\n"


def _arguments() -> Iterator[bytes]:
    """Yield the variable that is set if the arguments are a query: no file has its answer."""
    keys = "|".join((*PARAMETERS, *WINDOW))
    yield f'map $args $feeds_asked {{\n    default "";\n    "~(?:^|&)(?:{keys})=[^&]" 1;\n}}\n'.encode()


def _opened_as() -> list[str]:
    return sorted({each.opened_as for each in FORMATS.values()} - {""})


def _ending(*extensions: str) -> str:
    return rf"\.(?:{'|'.join(extensions)})$"


def _age(answer: ExportedAnswer) -> str:
    is_dated = answer.is_coded or answer.status in (301, 302)
    return answer.headers.get("Cache-Control", "") if is_dated else ""


def _map(name: str, pairs: Iterable[tuple[str, str]], usual: str = "") -> Iterator[bytes]:
    yield f"map $feeds_uri $feeds_{name} {{\n    default {_value(usual)};\n".encode()
    for place, value in pairs:
        if value:
            yield f"    {place} {_value(value)};\n".encode(errors="surrogateescape")
    yield b"}\n"


def _path(answer: ExportedAnswer) -> str:
    return unquote(answer.address, errors="surrogateescape")


def _place(answer: ExportedAnswer) -> str:
    """The pattern for the address of *answer*, with all addresses below it if a topic moved or ended."""
    if answer.status not in (301, 410):
        return _exactly(answer)
    return _quoted(f"~^{re.escape(_path(answer))}(?<feeds_below>(?:[./].*)?)$")


def _exactly(answer: ExportedAnswer) -> str:
    return _quoted(_path(answer))


def _value(text: str) -> str:
    """*text* as a quoted value; a variable replaces each dollar sign, because nginx cannot escape it."""
    return _quoted(text.replace("$", "${feeds_dollar}").replace(_BELOW, "$feeds_below"))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
