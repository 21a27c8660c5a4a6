"""One process's share of an export: request one address after another, and write changed responses."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from feeds.article import fingerprint
from feeds.article.expressions import expression
from feeds.errors import ExportError
from feeds.export.folder import Folder
from feeds.export.manifest import SUFFIXES, ExportedResponse, Part
from feeds.export.names import QR, is_page
from feeds.export.rewriting import Rewriting, is_digest, redirect_page
from feeds.formats import FORMATS
from feeds.pipeline import coded

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

STEP = 8  # addresses that a process requests between two reports of its progress

_LINK = expression(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?')
_PART = expression(r"(.*/\d{4}-\d\d)(-\d\d)(T\d\d)?(\d\d)?(\.\w+)")  # the archive of less than a month
_NOW = "~"  # sorts after every period
# The headers that vary between responses, and are kept.
_LASTING = (
    "Cache-Control",
    "Content-Type",
    "Link",
    "Location",
)


class Step(NamedTuple):
    """Progress: the numbers of finished addresses and written files, and the feeds that have no file.

    *missing* has the reason for each of these feeds, by address without extension.
    """

    finished: int
    written: int
    missing: dict[str, str]


class Walk:
    """Requests one address after another, and writes changed responses with the addresses of the export.

    Pages and QR codes are requested together with the feeds of the format *pages_with*; if it is empty,
    there are no pages.
    """

    def __init__(
        self, app: Application, target: Folder, rewriting: Rewriting, archives: bool, pages_with: str
    ) -> None:
        self._app = app
        self._target = target
        self._rewritten = rewriting
        self._archives = archives
        self._pages_with = f".{pages_with}" if pages_with else ""
        self._written = 0
        self._missing: dict[str, str] = {}
        self._wholes: set[str] = set()  # split archives that were requested

    def all(self, number: int, starts: list[str]) -> Iterator[Step]:
        """Export part *number*; yield every few addresses.

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
                    yield Step(ended, self._written - before, self._missing)
                    self._missing = {}

    def _follow(self, address: str, part: Part, *, current: bool) -> str:
        """Export *address* and its page; return the address of the next older archive, empty if none."""
        taken = self._take(address, part)
        links = taken.headers.get("Link", "") if taken else ""
        led = {(rel, kind): url for url, rel, kind in _LINK.findall(links)}
        wholes = self._take_wholes(address, part)
        page = self._local(led.get(("alternate", "text/html"), ""))
        if self._pages_with and page and address.endswith(self._pages_with):
            place, *others = (each.removesuffix(self._pages_with) for each in (address, *wholes))
            own = [place] if not current else [page] if is_digest(address) else [page, f"/{QR}{place}"]
            for each in (*own, *others):
                self._take(each, part)
        older = self._local(led.get(("prev-archive", ""), "")) if self._archives else ""
        return self._newest_part(older) if current else older

    def _take_wholes(self, address: str, part: Part) -> list[str]:
        """Export the redirects of split archives with the part *address*; return those exported now."""
        wholes = [whole for whole in _wholes(address) if whole not in self._wholes]
        self._wholes.update(wholes)
        for whole in wholes:
            self._take(whole, part)
        return wholes

    def _newest_part(self, archive: str) -> str:
        """The newest part of the month of *archive*, the target of redirects from the month."""
        month = next(_wholes(archive), "")
        if not month:
            return archive
        with _ask(self._app, month, "") as response:
            return self._local(response.headers.get("Location", "")) or archive

    def _local(self, url: str) -> str:
        return url.removeprefix(self._rewritten.url) or ("/" if url else "")

    def _take(self, address: str, part: Part) -> ExportedResponse | None:
        """Request *address*, and write the response if it changed; None if there is none to export."""
        file = self._rewritten.names.file(address)
        known = self._target.known.get(address)
        kept = known if known and known.file == file and self._target.has(known) else None
        with _ask(self._app, address, kept.key if kept else "") as response:
            exported = self._answered(address, file, kept, response)
        if exported:
            part.add(exported)
        return exported

    def _answered(
        self, address: str, file: str, kept: ExportedResponse | None, response: "_Response"
    ) -> ExportedResponse | None:
        status, headers, body = response
        lasting = {name: headers[name] for name in _LASTING if name in headers}
        match status:
            case 304 if kept:
                # A 304 does not repeat all headers; the former ones are still valid.
                exported = msgspec.structs.replace(kept, headers=kept.headers | lasting)
            case 200 if file:
                exported = self._content(address, file, headers, body, lasting)
            case 301 | 302 | 410:
                return self._redirected(address, file, kept, status, lasting)
            case 200:
                self._miss(address, "no address of a file")
                return None
            case 400 | 404:
                self._miss(address, "no answer of the server")
                return None
            case _:
                text = b"".join(body).decode(errors="replace").strip()
                raise ExportError(address, f"answered with {status}: {text}", "fix this and export again")
        if "Last-Modified" in headers:
            self._target.date(exported, headers["Last-Modified"])
        return exported

    def _content(
        self,
        address: str,
        file: str,
        headers: dict[str, str],
        body: Iterable[bytes],
        lasting: dict[str, str],
    ) -> ExportedResponse:
        key = headers.get("ETag", "").strip('"')
        is_coded = "accept-encoding" in headers.get("Vary", "").lower()
        tag = ""
        if is_coded:
            sent = b"".join(body)
            whole = self._rewritten(address, sent)
            tag = fingerprint(whole).hex() if self._rewritten.names and whole != sent else ""
            bodies = {SUFFIXES[each]: coded(whole, each) for each in self._target.codings}
            self._written += self._target.write(file, {"": whole} | bodies)
        else:
            self._written += self._target.stream(file, body)
        return ExportedResponse(address, 200, file, key, is_coded, lasting, tag)

    def _redirected(
        self, address: str, file: str, kept: ExportedResponse | None, status: int, lasting: dict[str, str]
    ) -> ExportedResponse:
        """The response of a redirect, with a file that leads on if it is the redirect of a page."""
        if not (self._pages_with and is_page(file) and "Location" in lasting):
            return ExportedResponse(address, status, "", "", False, lasting)
        body = self._rewritten(address, redirect_page(lasting["Location"]))
        exported = ExportedResponse(address, status, file, fingerprint(body).hex(), False, lasting)
        if exported != kept:
            self._written += self._target.write(file, {"": body})
        return exported

    def _miss(self, address: str, reason: str) -> None:
        """Note that a feed has no file. A file below assets that is no picture has no response either."""
        feed, _, extension = address.rpartition(".")
        if extension in FORMATS:
            self._missing[feed] = reason


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


def _period(archive: str) -> str:
    """The period of the archive at the address *archive*, such as ``2025-11``; later ones sort last."""
    return archive.rpartition("/")[2].partition(".")[0]


def _wholes(address: str) -> Iterator[str]:
    """Yield the addresses of the larger archives that were split into the archive at *address*."""
    if found := _PART.fullmatch(address):
        *parts, extension = found.groups(default="")
        for count in range(1, len(list(filter(None, parts)))):
            yield "".join(parts[:count]) + extension
