"""One process's share of an export: request one address after another, and write changed answers."""

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

STEP = 8  # addresses that a process requests between two reports of its progress

# Suffixes of files for addresses without one: pages and lists. Without a suffix, a page would have the
# name of the folder of the pages below it. QR codes get a suffix for the same reason.
_ENDINGS = {"text/html": ".html", opml.MEDIA_TYPE.partition(";")[0]: f".{opml.EXTENSION}"}
_QR = "/qr"  # the prefix of the address of a feed's QR code
_LINK = re.compile(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?')
_PART = re.compile(r"(.*/\d{4}-\d\d)(-\d\d)(T\d\d)?(\d\d)?(\.\w+)")  # the archive of less than a month
_NOW = "~"  # sorts after every period
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # control characters, bytes that are not UTF-8
_LASTING = ("Cache-Control", "Link", "Location")  # headers that vary between answers of one kind

# Pages and QR codes are requested together with the feeds of this format. It is the last one, because the
# process with the addresses of the first format also has the lists and pictures.
_WITH_PAGES = f".{[*FORMATS][-1]}"


class Walk:
    """Requests one address after another, and writes changed answers."""

    def __init__(self, app: Application, url: str, target: Folder, archives: bool, pages: bool) -> None:
        self._app = app
        self._url = url
        self._target = target
        self._archives = archives
        self._pages = pages
        self._written = 0
        self._wholes: set[str] = set()  # split archives that were requested

    def all(self, number: int, starts: list[str]) -> Iterator[tuple[int, int]]:
        """Export part *number*; repeatedly yield the numbers of finished addresses and written files.

        An address is finished after its last archive. The archives of one period are requested together
        for all feeds, as they share rendered entries, and the cache of these is bounded.
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
        """Export *address* and its page; return the address of the next older archive, empty if none."""
        taken = self._take(address, part)
        links = taken.headers.get("Link", "") if taken else ""
        led = {(rel, kind): url for url, rel, kind in _LINK.findall(links)}
        # The address of an archive that was split redirects to the newest of its parts.
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
                # A 304 does not repeat all headers; the former ones are still valid.
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
            elif status == 404 or (status == 400 and address.startswith(_QR)):
                return None  # a file below assets that is not a picture, an address too long for a code
            else:
                text = b"".join(body).decode(errors="replace").strip()
                raise ExportError(address, f"answered with {status}: {text}", "fix this and export again")
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
    """Request *address* from *app*, with the ETag *tag* if there is one; yield the response."""
    parts = urlsplit(address)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
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
    """The file for the answer at *address*, relative to the folder; empty if the name is not possible."""
    path = unquote(address.partition("?")[0], errors="surrogateescape").strip("/") or "index"
    parts = path.split("/")
    if "?" in address or _UNWRITABLE.search(path) or any(part in ("", ".", "..") for part in parts):
        return ""
    if max(len(os.fsencode(part)) for part in parts) > 240 or parts[0].startswith("."):
        return ""
    return path + (".svg" if address.startswith(f"{_QR}/") else _ENDINGS.get(kind, ""))


def _period(archive: str) -> str:
    """The period of the archive at the address *archive*, such as ``2025-11``; later ones sort last."""
    return archive.rpartition("/")[2].partition(".")[0]


def _wholes(address: str) -> Iterator[str]:
    """Yield the addresses of the larger archives that were split into the archive at *address*."""
    if found := _PART.fullmatch(address):
        *parts, extension = found.groups(default="")
        for count in range(1, len(list(filter(None, parts)))):
            yield "".join(parts[:count]) + extension
