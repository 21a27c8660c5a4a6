"""The file of each address in an export, and short names where a file system cannot have the full one."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from urllib.parse import quote, unquote

from feeds.article import fingerprint
from feeds.article.expressions import expression
from feeds.feed.site import ARTICLES_SEGMENT
from feeds.formats import FORMATS, markdown, opml

MAX_NAME_BYTES = 230  # suffixes of formats, codings and new files add 20, and systems allow 255
_KEPT_BYTES = 180  # of a name that is shortened

INDEX = "/index.html"
QR = "qr"
# The endings of files for other addresses without a suffix, by their first part: lists and QR codes.
ENDINGS = {"opml": f".{opml.EXTENSION}", QR: ".svg"}
_AS_THEY_ARE = ("assets", "media", "static")  # the first parts of addresses with a suffix
_LIST = expression(r"catalog\.json|robots\.txt|sitemap(?:-[0-9]+)?\.xml")
_EXTENSION = expression(rf"(?<=.)\.(?:{'|'.join(FORMATS)})$", re.DOTALL)

EDITION = 2  # of files and of addresses in documents; with a new one, every document is made again

_IMPOSSIBLE = expression("[\x00-\x1f\x7f\ud800-\udfff]")  # control characters, bytes that are not UTF-8
# Names that Windows refuses or changes (learn.microsoft.com/windows/win32/fileio/naming-a-file).
_RESERVED = expression(
    r'(?i:(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?)|.*[<>:"|?*\\].*|.*[. ]'
)


class FileNames:
    """The files of an export whose first addresses are *addresses*.

    A part of an address that cannot name a file is replaced by its beginning and a digest. With
    *portable*, that includes parts that differ only in case, and names that Windows reserves.
    """

    def __init__(self, addresses: Iterable[str] = (), *, portable: bool = False) -> None:
        self._short: dict[str, str] = {}  # by path, such as topics/oceans, the name of its last part
        taken: dict[str, str] = {}
        for address in addresses:
            for path in filter(None, _paths(address)):
                if path in self._short:
                    continue
                name = path.rpartition("/")[2]
                first = taken.setdefault(_folded(path), path) if portable else path
                if _is_impossible(name) or (portable and (first != path or _RESERVED.fullmatch(name))):
                    self._short[path] = _shortened(name)

    def __bool__(self) -> bool:
        """True if any name is shortened."""
        return bool(self._short)

    @property
    def edition(self) -> str:
        """A fingerprint of everything that affects the addresses in documents."""
        return fingerprint([EDITION, [os.fsencode(path) for path in self._short]]).hex()

    def file(self, address: str) -> str:
        """The file of *address*, relative to the folder; empty if no file can answer it."""
        if "?" in address:
            return ""
        path = self._path(_path_of(address))
        first = path.partition("/")[0]
        if not path:
            return INDEX[1:]
        if (
            first in _AS_THEY_ARE
            or _LIST.fullmatch(path)
            or _EXTENSION.search(path)
            or _is_markdown(path)
        ):
            return path
        return path + ENDINGS.get(first, INDEX)

    def address(self, address: str) -> str:
        """*address* with short names, as a static file server has it; without any, as it is."""
        path = _path_of(address)
        short = self._path(path)
        return address if short == path else "/" + quote(short, errors="surrogateescape")

    def _path(self, path: str) -> str:
        if not self._short:
            return path
        if path.startswith(f"{QR}/"):
            place = path.removeprefix(f"{QR}/")
            ending = ENDINGS[QR] if place.endswith(ENDINGS[QR]) else ""
            return f"{QR}/{self._path(place.removesuffix(ending))}{ending}"
        parts, above = [], ""
        for part in path.split("/"):
            name, extension = _split(part)
            short = self._short.get(above + name)
            parts.append(part if short is None else short + extension)
            above += f"{part}/"
        return "/".join(parts)


def _is_markdown(path: str) -> bool:
    """Return whether *path* is that of an article in Markdown."""
    return path.startswith(f"{ARTICLES_SEGMENT}/") and path.endswith(f".{markdown.EXTENSION}")


def is_page(file: str) -> bool:
    """Return whether *file* is a page."""
    return file.endswith(INDEX) or file == INDEX[1:]


def is_list(file: str) -> bool:
    """Return whether *file* lists feeds or pages: an OPML list, the catalog, a sitemap, robots.txt."""
    return bool(_LIST.fullmatch(file)) or file.endswith(ENDINGS["opml"])


def address_of(file: str) -> str:
    """The address, not quoted, that leads to *file*: its path without the ending that was added."""
    first = re.split("[/.]", file, maxsplit=1)[0]
    path = f"/{file}"
    return path if first in _AS_THEY_ARE else path.removesuffix(ENDINGS.get(first, INDEX)) or "/"


def _path_of(address: str) -> str:
    return unquote(address, errors="surrogateescape").strip("/")


def _paths(address: str) -> Iterator[str]:
    """Yield the path of *address* and of each folder above it, without extension of a format."""
    path = ""
    *folders, last = _path_of(address).split("/")
    for part in (*folders, _split(last)[0]):
        path = f"{path}/{part}" if path else part
        yield path


def _split(part: str) -> tuple[str, str]:
    """The name and the extension of a format, if *part* has one."""
    found = _EXTENSION.search(part)
    return (part[: found.start()], found[0]) if found else (part, "")


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _is_impossible(name: str) -> bool:
    """True for a name that is too long, has control characters, or stands for another folder."""
    if len(name) > MAX_NAME_BYTES // 4 and len(os.fsencode(name)) > MAX_NAME_BYTES:
        return True
    return name in ("", ".", "..") or bool(_IMPOSSIBLE.search(name))


def _shortened(name: str) -> str:
    """The beginning of *name*, and a digest that makes it unique; the suffix of a picture remains."""
    digest = blake2b(os.fsencode(name), digest_size=6).hexdigest()
    stem, dot, suffix = name.rpartition(".")
    if not stem or not re.fullmatch("[A-Za-z0-9]{1,5}", suffix):
        stem, dot, suffix = name, "", ""
    kept = re.sub(r'[\x00-\x1f\x7f\ud800-\udfff<>:"|?*\\/]', "", stem)
    kept = kept.encode()[:_KEPT_BYTES].decode(errors="ignore").strip(". ")
    return f"{kept}~{digest}{dot}{suffix}"
