"""The responses of this server to requests, made in this process from the store as it is."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from feeds.bootstrap import ServerProcess
from feeds.doctor.altered import OwnResponse
from feeds.doctor.response import FeedResponse, decoded
from feeds.errors import FeedsError
from feeds.settings import Settings
from feeds.wsgi import applications


@contextmanager
def own_responses(settings: Settings | None) -> Iterator[OwnResponse | None]:
    """Yield what a server with *settings* answers, None without settings or a store that can be read."""
    if settings is None or not settings.store_path.exists():
        yield None
        return
    # A table of budgets would be written, and no request of this process is a reader's.
    without_budgets = msgspec.structs.replace(settings.http, fair="off")
    server = ServerProcess(msgspec.structs.replace(settings, http=without_budgets))
    try:
        try:
            server.current_index.follow()
        except FeedsError:  # which the checks of the store report
            yield None
            return
        app = applications(server).app

        def own_response(url: str, headers: Mapping[str, str]) -> FeedResponse | None:
            return _response(app, settings.site.url, url, headers)

        yield own_response
    finally:
        server.stop()


def _response(app: Any, site: str, url: str, headers: Mapping[str, str]) -> FeedResponse | None:
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    chunks = app(
        _environ(site, url, headers), lambda status, sent, _error=None: begun.append((status, sent))
    )
    try:
        body = b"".join(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    status, sent = begun[-1]
    made = FeedResponse(url, int(status[:3]), tuple(sent), body)
    return msgspec.structs.replace(made, content=decoded(body, made.codings))


def _environ(site: str, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """The request for *url* with *headers*, as a WSGI server passes it on."""
    parts, own = urlsplit(url), urlsplit(site)
    sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return sent | {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path.removeprefix(own.path) or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": own.hostname or "localhost",
        "SERVER_PORT": str(own.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": own.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": own.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
