"""The included part of the nginx configuration, which depends on the export, formats and parameters."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from urllib.parse import unquote

from feeds.export.manifest import ExportedResponse, Manifest
from feeds.export.names import ENDINGS, INDEX, FileNames, address_of, is_page
from feeds.feed.site import ARTICLES_SEGMENT
from feeds.formats import FORMATS, markdown
from feeds.query.parameters import PARAMETERS, SYNONYMS, WINDOW
from feeds.query.unknown import PAGING

HEAD = """\
# Made by `feeds export` for the configuration of `feeds config nginx`. Reload nginx after each export.
# $feeds_uri is the address that was asked for, without the ending of its file.
geo $feeds_dollar { default "$"; }
"""

# The names of codings in Accept-Encoding, in order of preference. Of the weights, only a zero counts.
_NAMED = {"br": "br", "zstd": "zstd", "gzip": "(?:x-)?gzip"}
_OPENED = "/.opened"  # the prefix of locations of feeds opened in a browser
_MAX_VALUE = 2000  # characters; nginx refuses a line of 4096 bytes, and quotation doubles some
_DATED = "if_modified_since before;"
_BELOW = "\0"  # stands for the rest of a path after the name of a topic


def maps(manifest: Manifest, codings: Iterable[str]) -> Iterator[bytes]:
    """Yield the file to include at the level of ``http``, in pieces: variables by address.

    The *manifest* is read once for each variable. *codings* are the content codings of the files.
    """
    responses = manifest.responses
    ages = Counter(_age(response) for response in responses())
    usual = max(ages, key=lambda age: (ages[age], age), default="")
    yield HEAD.encode()
    yield from _codings(codings)
    yield from _formats()
    yield from _arguments()
    yield from _names(responses)
    coded = (response for response in responses() if response.is_coded)
    yield from _values("key", ((_exactly(response), response.tag or response.key) for response in coded))
    yield from _long_values(
        "links", lambda: ((_exactly(each), each.headers.get("Link", "")) for each in responses())
    )
    others = (response for response in responses() if _age(response) not in ("", usual))
    yield from _values("age", ((_place(response), _age(response)) for response in others), _value(usual))
    moved = (response for response in responses() if response.status == 301)
    yield from _values(
        "moved", ((_place(response), response.headers["Location"] + _BELOW) for response in moved)
    )
    parted = (response for response in responses() if response.status == 302)
    yield from _values(
        "parted", ((_exactly(response), response.headers["Location"]) for response in parted)
    )
    gone = (response for response in responses() if response.status == 410)
    yield from _values(
        "gone", ((_place(response), _path(response).rpartition("/")[2]) for response in gone)
    )


def locations(_manifest: Manifest) -> Iterator[bytes]:
    """Yield the file to include in the ``server``, in pieces: the media types of feeds and Markdown."""
    for number, opened_as in enumerate(_opened_as()):
        yield _location(f"= {_OPENED}{number}", "internal;", opened_as)
    for each in FORMATS.values():
        yield _location(rf"~ {_ending(each.extension)}", _DATED, each.media_type)
    yield _location(
        rf"~ ^/{ARTICLES_SEGMENT}/.+{_ending(markdown.EXTENSION)}", _DATED, markdown.MEDIA_TYPE
    )


def _location(place: str, rule: str, media_type: str) -> bytes:
    return (
        f"location {place} {{\n    {rule}\n    default_type {_quoted(media_type)};\n"
        "    try_files $feeds_file$feeds_suffix =404;\n}\n"
    ).encode()


def _codings(codings: Iterable[str]) -> Iterator[bytes]:
    """Yield the variable for the best of *codings* that the client accepts."""
    accepted = (
        (rf'"~*(?:^|,)\s*{name}\s*(?:,|$|;\s*q=(?:1|0\.\d*[1-9]))"', coding)
        for coding, name in _NAMED.items()
        if coding in set(codings)
    )
    yield from _map("written", accepted, by="http_accept_encoding")


def _formats() -> Iterator[bytes]:
    """Yield two variables: whether an address is a feed's, and the location for browsers that open it."""
    yield from _map("is_feed", [(f'"~{_ending(*FORMATS)}"', "1")])
    opened = {
        opened_as: [each.extension for each in FORMATS.values() if each.opened_as == opened_as]
        for opened_as in _opened_as()
    }
    places = enumerate(opened.values())
    yield from _map("opened_at", ((f'"~{_ending(*of_type)}"', f"{_OPENED}{n}") for n, of_type in places))


def _arguments() -> Iterator[bytes]:
    """Yield the variable that is set if the arguments are a query: no file has its response."""
    keys = "|".join((*PARAMETERS, *WINDOW, *SYNONYMS, *PAGING))  # the server refuses the last two
    yield from _map("asked", [(f'"~(?:^|&)(?:{keys})=[^&]"', "1")], by="args")


def _names(responses: Callable[[], Iterator[ExportedResponse]]) -> Iterator[bytes]:
    """Yield two variables: the address of the server for the address of a file, and the reverse.

    They differ by the endings of files, and where the name of a file is shorter than that of its feed.
    """
    full = FileNames()
    short = [each for each in responses() if each.file and each.file != full.file(each.address)]
    yield from _map("named", chain(_written(short), _bare()), "$uri", by="uri")
    files = ((_exactly(response), address_of(response.file)) for response in short)
    yield from _values("file", files, "$feeds_uri")


def _written(responses: Iterable[ExportedResponse]) -> Iterator[tuple[str, str]]:
    """Yield each address that leads to the file of one of *responses*, with the address of the server."""
    for response in responses:
        address = address_of(response.file)
        folder = [f"{address}/"] if is_page(response.file) else []
        for written in dict.fromkeys((address, f"/{response.file}", *folder)):
            yield _quoted(written), _value(_path(response))


def _bare() -> Iterator[tuple[str, str]]:
    """Yield patterns of addresses with the endings of files, with the addresses without these."""
    yield _quoted(INDEX), '"/"'
    yield r'"~^(?<feeds_bare>/.+)(?:/|/index\.html)$"', "$feeds_bare"
    for first, ending in ENDINGS.items():
        yield f'"~^(?<feeds_bare>/{first}(?:/.+)?){re.escape(ending)}$"', "$feeds_bare"


def _opened_as() -> list[str]:
    return sorted({each.opened_as for each in FORMATS.values()} - {""})


def _ending(*extensions: str) -> str:
    return rf"\.(?:{'|'.join(extensions)})$"


def _age(response: ExportedResponse) -> str:
    is_dated = response.is_coded or response.status in (301, 302)
    return response.headers.get("Cache-Control", "") if is_dated else ""


def _map(
    name: str, pairs: Iterable[tuple[str, str]], usual: str = '""', *, by: str = "feeds_uri"
) -> Iterator[bytes]:
    """Yield the variable *name* with *pairs* of keys and values by the variable *by*, else *usual*."""
    yield f"map ${by} $feeds_{name} {{\n    default {usual};\n".encode()
    for key, value in pairs:
        yield f"    {key} {value};\n".encode(errors="surrogateescape")
    yield b"}\n"


def _values(name: str, pairs: Iterable[tuple[str, str]], usual: str = '""') -> Iterator[bytes]:
    """Yield the variable *name* by address, with the texts of *pairs* that are not empty as values."""
    yield from _map(name, ((place, _value(text)) for place, text in pairs if text), usual)


def _long_values(name: str, pairs: Callable[[], Iterable[tuple[str, str]]]) -> Iterator[bytes]:
    """Yield the variable *name*, with variables for the parts of texts that are too long for nginx."""
    long = {place: text for place, text in pairs() if len(text) > _MAX_VALUE}
    parts = -(-max(map(len, long.values()), default=0) // _MAX_VALUE)
    for part in range(parts):
        cut = slice(part * _MAX_VALUE, (part + 1) * _MAX_VALUE)
        yield from _values(f"{name}_{part}", ((place, text[cut]) for place, text in long.items()))
    joined = "".join(f"${{feeds_{name}_{part}}}" for part in range(parts))
    values = (
        (place, f'"{joined}"' if place in long else _value(text)) for place, text in pairs() if text
    )
    yield from _map(name, values)


def _path(response: ExportedResponse) -> str:
    return unquote(response.address, errors="surrogateescape")


def _place(response: ExportedResponse) -> str:
    """The pattern of the address of *response*, with all addresses below it if a topic moved or ended."""
    if response.status not in (301, 410):
        return _exactly(response)
    return _quoted(f"~^{re.escape(_path(response))}(?<feeds_below>(?:[./].*)?)$")


def _exactly(response: ExportedResponse) -> str:
    return _quoted(_path(response))


def _value(text: str) -> str:
    """*text* as a quoted value; a variable replaces each dollar sign, because nginx cannot escape it."""
    return _quoted(text.replace("$", "${feeds_dollar}").replace(_BELOW, "$feeds_below"))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
