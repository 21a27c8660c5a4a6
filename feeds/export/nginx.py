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


def describe(answers: Callable[[], Iterable["Kept"]]) -> Iterator[bytes]:
    """The file to include, line by line; *answers* are gone through once for each thing to be told."""
    ages = Counter(kept.headers.get("Cache-Control", "") for kept in answers() if kept.is_coded)
    usual = ages.most_common(1)[0][0] if ages else ""
    yield HEAD.encode()
    yield from _map("key", ((k.address, k.key) for k in answers() if k.is_coded))
    yield from _map("links", ((k.address, k.headers.get("Link", "")) for k in answers() if k.is_coded))
    yield from _map(
        "age",
        (
            (k.address, k.headers["Cache-Control"])
            for k in answers()
            if k.is_coded and k.headers.get("Cache-Control", usual) != usual
        ),
        usual,
    )
    moved = [kept for kept in answers() if kept.status == 301]
    yield from _map("moved", (_all_below(kept.address, kept.headers["Location"]) for kept in moved))
    split = ((k.address, k.headers["Location"]) for k in answers() if k.status == 302)
    yield from _map("parted", split)
    gone = (_all_below(kept.address, "") for kept in answers() if kept.status == 410)
    yield from _map("gone", ((pattern, "1") for pattern, _ in gone))


def _map(name: str, pairs: Iterable[tuple[str, str]], usual: str = "") -> Iterator[bytes]:
    yield f"map $feeds_uri $feeds_{name} {{\n    default {_quoted(usual)};\n".encode()
    for key, value in pairs:
        if value:
            pattern = key if key.startswith("~") else unquote(key)
            yield f"    {_key(pattern)} {_quoted(value)};\n".encode(errors="surrogateescape")
    yield b"}\n"


def _all_below(address: str, target: str) -> tuple[str, str]:
    """Of a topic: its page, its feeds, and all that is below it; *target* is that of the page."""
    place = re.escape(unquote(address)).replace("/", "/")
    return f"~^{place}(?<feeds_below>([./].*)?)$", f"{target}\0" if target else "1"


def _key(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _quoted(text: str) -> str:
    """*text* as a value; a dollar sign cannot be written but by a variable that is one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "${feeds_dollar}")
    return '"' + escaped.replace("\0", "$feeds_below") + '"'
