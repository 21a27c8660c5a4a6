"""One process's share of an export: ask for one address after the other, write what is new."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import msgspec

from feeds.errors import ExportError
from feeds.export.folder import Folder
from feeds.export.manifest import SUFFIXES, ExportedAnswer, Part
from feeds.formats import FORMATS, opml
from feeds.pipeline import coded

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

STEP = 8  # addresses a process walks on from between two reports

# Pages and lists have addresses without a suffix, and there are others below these. So have QR codes.
_ENDINGS = {"text/html": ".html", opml.MEDIA_TYPE.partition(";")[0]: f".{opml.EXTENSION}"}
_QR = "/qr"  # before the address of a feed
_LINK = re.compile(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?')
_PART = re.compile(r"(.*/\d{4}-\d\d)(-\d\d)(T\d\d)?(\d\d)?(\.\w+)")  # an archive of less than a month
_NOW = "~"  # sorts after every period
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # no file of ours is called so, nor is it UTF-8
_LASTING = ("Cache-Control", "Link", "Location")  # headers that are not the same for all of a kind

# The format whose walk through a feed's archives takes pages and QR codes along: the last, since the
# addresses of the first stand with everything else at the other end.
_WITH_PAGES = f".{[*FORMATS][-1]}"


class Walk:
    """Asks for one address after the other, and writes what is new."""

    def __init__(self, app: Application, url: str, target: Folder, archives: bool, pages: bool) -> None:
        self._app = app
        self._url = url
        self._target = target
        self._archives = archives
        self._pages = pages
        self._written = 0
        self._wholes: set[str] = set()  # archives that were split, once the way to their parts is known

    def all(self, number: int, starts: list[str]) -> Iterator[tuple[int, int]]:
        """Part *number* of an export: from time to time, how many more addresses and files are done.

        An address is done with the last of its archives. All feeds' archives of one period are taken
        together: their entries are the same, and remembered as long as that.
        """
        coming = {_NOW: starts}
        with self._target.part(number) as part:
            while coming:
                period = max(coming)
                addresses = coming.pop(period)
                for first in range(0, len(addresses), STEP):
                    ended, before = 0, self._written
                    for address in addresses[first : first + STEP]:
                        older = self._follow(address, part, current=period == _NOW)
                        if older:
                            coming.setdefault(_period(older), []).append(older)
                        ended += not older
                    yield ended, self._written - before

    def _follow(self, address: str, part: Part, *, current: bool) -> str:
        """What is at *address* and the page beside it; the archive it leads to, empty where none is."""
        taken = self._take(address, part)
        links = taken.headers.get("Link", "") if taken else ""
        led = {(rel, kind): url for url, rel, kind in _LINK.findall(links)}
        # What was an archive before it was split leads to the newest of its parts.
        wholes = [whole for whole in _wholes(address) if whole not in self._wholes]
        self._wholes.update(wholes)
        for whole in wholes:
            self._take(whole, part)
        page = self._local(led.get(("alternate", "text/html"), ""))
        if self._pages and page and address.endswith(_WITH_PAGES):
            place, *others = (each.removesuffix(_WITH_PAGES) for each in (address, *wholes))
            for each in (*([page, f"{_QR}{place}"] if current else [place]), *others):
                self._take(each, part)
        return self._local(led.get(("prev-archive", ""), "")) if self._archives else ""

    def _local(self, url: str) -> str:
        return url.removeprefix(self._url) or ("/" if url else "")

    def _take(self, address: str, part: Part) -> ExportedAnswer | None:
        known = self._target.known.get(address)
        tag = known.key if known and self._target.has(known) else ""
        with _ask(self._app, address, tag) as (status, headers, body):
            lasting = {name: headers[name] for name in _LASTING if name in headers}
            if status == 304 and known:
                # Not all is told again, such as where its archives are; nor can it be another.
                answer = msgspec.structs.replace(known, headers=known.headers | lasting)
            elif status == 200:
                file = _file_of(address, headers["Content-Type"].partition(";")[0])
                if not file:
                    return None
                key = headers.get("ETag", "").strip('"')
                is_coded = "accept-encoding" in headers.get("Vary", "").lower()
                answer = ExportedAnswer(address, 200, file, key, is_coded, lasting)
                if is_coded:
                    whole = b"".join(body)
                    bodies = {SUFFIXES[each]: coded(whole, each) for each in self._target.codings}
                    self._written += self._target.write(file, {"": whole} | bodies)
                else:
                    self._written += self._target.stream(file, body)
            elif status in (301, 302, 410):
                answer = ExportedAnswer(address, status, "", "", False, lasting)
            elif status == 404:
                return None  # such as a file below assets that is no picture
            else:
                text = b"".join(body).decode(errors="replace").strip()
                raise ExportError(address, f"answers {status}: {text}")
            if answer.file and "Last-Modified" in headers:
                self._target.date(answer, headers["Last-Modified"])
        part.add(answer)
        return answer


class _Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Iterable[bytes]


@contextmanager
def _ask(app: Application, address: str, tag: str) -> Iterator[_Response]:
    """What *app* answers at *address* to one who has what is called *tag*."""
    parts = urlsplit(address)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if tag:
        environ["HTTP_IF_NONE_MATCH"] = f'"{tag}"'
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    body = app(environ, lambda status, headers, _error=None: begun.append((status, headers)))
    try:
        status, headers = begun[-1]
        yield _Response(int(status[:3]), dict(headers), body)
    finally:
        if close := getattr(body, "close", None):
            close()


def _file_of(address: str, kind: str) -> str:
    """Where in the folder the answer at *address* goes, empty where no file can be called so."""
    path = unquote(address.partition("?")[0], errors="surrogateescape").strip("/") or "index"
    parts = path.split("/")
    if "?" in address or _UNWRITABLE.search(path) or any(part in ("", ".", "..") for part in parts):
        return ""
    if max(len(os.fsencode(part)) for part in parts) > 240 or parts[0].startswith("."):
        return ""
    return path + (".svg" if address.startswith(f"{_QR}/") else _ENDINGS.get(kind, ""))


def _period(archive: str) -> str:
    """The period of the archive at an address, such as ``2025-11``: the later one sorts last."""
    return archive.rpartition("/")[2].partition(".")[0]


def _wholes(address: str) -> Iterator[str]:
    """What the archive at *address* was a part of when it was split."""
    if found := _PART.fullmatch(address):
        *parts, extension = found.groups(default="")
        for count in range(1, len(list(filter(None, parts)))):
            yield "".join(parts[:count]) + extension
