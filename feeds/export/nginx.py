"""The included part of the nginx configuration, which depends on the export, formats and parameters."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

from feeds.export.manifest import ExportedAnswer, Manifest
from feeds.export.names import ENDINGS, INDEX, FileNames, address_of, is_page
from feeds.formats import FORMATS
from feeds.query.parameters import PARAMETERS, WINDOW

HEAD = """\
# Made by `feeds export` for the configuration of `feeds config nginx`. Reload nginx after each export.
# $feeds_uri is the address that was asked for, without the ending of its file.
geo $feeds_dollar { default "$"; }
"""

# The names of codings in Accept-Encoding, in order of preference. Of the weights, only a zero counts.
_NAMED = {"br": "br", "zstd": "zstd", "gzip": "(?:x-)?gzip"}
_OPENED = "/.opened"  # the prefix of locations of feeds opened in a browser
_MAX_VALUE = 2000  # characters; nginx refuses a line of 4096 bytes, and quotation doubles some
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
    yield from _names(answers)
    coded = (answer for answer in answers() if answer.is_coded)
    yield from _map("key", ((_exactly(answer), answer.tag or answer.key) for answer in coded))
    yield from _long_map(
        "links", lambda: ((_exactly(each), each.headers.get("Link", "")) for each in answers())
    )
    others = (answer for answer in answers() if _age(answer) not in ("", usual))
    yield from _map("age", ((_place(answer), _age(answer)) for answer in others), _value(usual))
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
        "    try_files $feeds_file$feeds_suffix =404;\n}\n"
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


def _names(answers: Callable[[], Iterator[ExportedAnswer]]) -> Iterator[bytes]:
    """Yield two variables: the address of the server for the address of a file, and the reverse.

    They differ by the endings of files, and where the name of a file is shorter than that of its feed.
    """
    full = FileNames()
    short = [each for each in answers() if each.file and each.file != full.file(each.address)]
    yield b"map $uri $feeds_named {\n    default $uri;\n"
    for answer in short:
        address = address_of(answer.file)
        for written in dict.fromkeys(
            (address, f"/{answer.file}", *[f"{address}/"] * is_page(answer.file))
        ):
            yield _pair(_quoted(written), _value(_path(answer)))
    yield _pair(_quoted(INDEX), '"/"')
    yield _pair('"~^(?<feeds_bare>/.+)(?:/|/index\\.html)$"', "$feeds_bare")
    for first, ending in ENDINGS.items():
        yield _pair(f'"~^(?<feeds_bare>/{first}(?:/.+)?){re.escape(ending)}$"', "$feeds_bare")
    yield b"}\n"
    files = ((_exactly(answer), address_of(answer.file)) for answer in short)
    yield from _map("file", files, "$feeds_uri")


def _opened_as() -> list[str]:
    return sorted({each.opened_as for each in FORMATS.values()} - {""})


def _ending(*extensions: str) -> str:
    return rf"\.(?:{'|'.join(extensions)})$"


def _age(answer: ExportedAnswer) -> str:
    is_dated = answer.is_coded or answer.status in (301, 302)
    return answer.headers.get("Cache-Control", "") if is_dated else ""


def _map(name: str, pairs: Iterable[tuple[str, str]], usual: str = '""') -> Iterator[bytes]:
    """Yield the variable *name* by address; *usual* is its default as nginx reads it."""
    yield f"map $feeds_uri $feeds_{name} {{\n    default {usual};\n".encode()
    for place, value in pairs:
        if value:
            yield _pair(place, _value(value))
    yield b"}\n"


def _long_map(name: str, pairs: Callable[[], Iterable[tuple[str, str]]]) -> Iterator[bytes]:
    """Yield the variable *name*, with variables for the parts of values that are too long for nginx."""
    long = {place: value for place, value in pairs() if len(value) > _MAX_VALUE}
    parts = -(-max(map(len, long.values()), default=0) // _MAX_VALUE)
    for part in range(parts):
        cut = slice(part * _MAX_VALUE, (part + 1) * _MAX_VALUE)
        yield from _map(f"{name}_{part}", ((place, value[cut]) for place, value in long.items()))
    yield f'map $feeds_uri $feeds_{name} {{\n    default "";\n'.encode()
    joined = "".join(f"${{feeds_{name}_{part}}}" for part in range(parts))
    for place, value in pairs():
        if value:
            yield _pair(place, f'"{joined}"' if place in long else _value(value))
    yield b"}\n"


def _pair(key: str, value: str) -> bytes:
    return f"    {key} {value};\n".encode(errors="surrogateescape")


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
