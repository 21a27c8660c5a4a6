"""The ASGI adapter: sends cached responses at once and runs the application in a thread for others.

a2wsgi and asgiref do the same, but take twice the time, fail for a query string that is not ASCII, and
block a thread until the client has received the whole response.
"""

import asyncio
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from feeds.errors import message
from feeds.http.cache_entry import AsgiHeaders, Headers, Request, asgi_headers
from feeds.http.client_address import ClientAddresses, client_network
from feeds.http.draining import call_before
from feeds.http.request_body import ClientGone, Receive, receive_body, takes_body
from feeds.http.response_cache import ResponseCache
from feeds.http.streaming import (
    ACCEPTED,
    HANDLER,
    TAKE,
    AsgiConnection,
    ConnectionTaken,
    Message,
    OpenResponse,
    Send,
    StreamHandler,
)

THREADS = 8  # for the application
STREAM_PATH = "/stream/"  # and without the last slash
REFUSED = [("Cache-Control", "no-store"), ("Access-Control-Allow-Origin", "*")]

Scope = dict[str, Any]

# The headers of a Request.
_HEADERS = frozenset(
    b"host accept-encoding if-none-match if-modified-since sec-fetch-dest accept-language user-agent"
    b" x-forwarded-for surrogate-capability cdn-loop x-request-id".split()
)


class AsgiAdapter:
    """An ASGI application (version 3) around *response_cache*, without lifespan and WebSockets.

    *streams* writes the responses below STREAM_PATH that the application accepts; *clients* finds the
    addresses for which there are limits.
    """

    def __init__(
        self,
        response_cache: ResponseCache,
        streams: StreamHandler | None = None,
        clients: ClientAddresses | None = None,
    ) -> None:
        self._response_cache = response_cache
        self._streams = streams
        self._clients = clients or ClientAddresses()
        self._has_handlers = False
        self._pool = ThreadPoolExecutor(THREADS, "feeds-web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _refuse(scope, send)
            return
        sent: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in _HEADERS:
                text = value.decode("latin-1")
                sent[name] = f"{sent[name]},{text}" if name in sent else text
        get = sent.get
        path, query = _path(scope["raw_path"]), scope["query_string"].decode("latin-1")
        now = self._response_cache.clock()
        found = self._response_cache.find(
            Request(
                scope["method"],
                path,
                query,
                get(b"host") or (None if scope["http_version"] == "1.1" else ""),
                get(b"accept-encoding"),
                get(b"if-none-match"),
                get(b"if-modified-since"),
                get(b"sec-fetch-dest"),
                get(b"accept-language"),
                get(b"user-agent", ""),
                (scope.get("client") or ("",))[0],
                get(b"x-forwarded-for", ""),
                get(b"surrogate-capability") or get(b"cdn-loop", ""),
                get(b"x-request-id", ""),
            ),
            now,
        )
        if found:
            await send(_start(found.code, found.asgi_headers, now))
            await send({"type": "http.response.body", "body": found.body})
            return
        environ = _environ(scope, path, query)
        if self._streams and f"{path}/".startswith(STREAM_PATH):
            await self._stream(self._streams, scope, environ, receive, send)
            return
        if takes_body(scope["method"], path):  # before it takes a thread, however slow the client is
            try:
                await receive_body(environ, receive)
            except ClientGone:
                return
        await self._run(environ, send)

    def end_streams(self) -> None:
        """End the responses that have no end of their own, so that the server can stop."""
        if self._streams:
            self._streams.end()

    async def _stream(
        self, streams: StreamHandler, scope: Scope, environ: WSGIEnvironment, receive: Receive, send: Send
    ) -> None:
        """Run the application, and leave the response open if it accepts the request for a stream."""
        forwarded_for = environ.get("HTTP_X_FORWARDED_FOR", "")
        client = client_network(self._clients.public(environ["REMOTE_ADDR"], forwarded_for))
        environ[HANDLER] = True
        if scope["method"] != "GET":
            await self._run(environ, send)
            return
        if seconds := streams.reserve(client):
            await self._refuse_stream(seconds, send)
            return
        response: OpenResponse | None = None
        try:
            await self._run(environ, send)
            if accepted := environ.get(ACCEPTED):
                await send({"type": "http.response.body", "body": streams.opening(), "more_body": True})
                if TAKE not in scope:
                    self._end_at_signals()
                take = scope.get(TAKE)
                response = take() if take else AsgiConnection(send)
            if response:
                streams.add(accepted, client, response)
        finally:
            if not response:
                streams.release(client)
        if isinstance(response, AsgiConnection):
            del environ, accepted
            await response.run(receive)
        elif response:
            await send({"type": "http.response.body"})
            raise ConnectionTaken

    def _end_at_signals(self) -> None:
        """End streams at a signal to stop, for which a server waits that does not end them itself."""
        if not self._has_handlers and threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                call_before(number, lambda: loop.call_soon_threadsafe(self.end_streams))
        self._has_handlers = True

    async def _refuse_stream(self, seconds: int, send: Send) -> None:
        """Refuse a stream in the event loop: at its limit, a server has no time to spare."""
        text = message("stream", "no place for one more", f"try again in {seconds} s")
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", str(seconds)), *REFUSED]
        await send(_start(503, asgi_headers(headers), self._response_cache.clock()))
        await send({"type": "http.response.body", "body": f"{text}\n".encode()})

    async def _run(self, environ: WSGIEnvironment, send: Send) -> None:
        """Run the application in a thread for each body part; hold no thread while a part is sent."""
        loop = asyncio.get_running_loop()
        started: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, *_error: Any) -> Any:
            started.append((status, headers))

        def begin() -> tuple[Iterable[bytes], Iterator[bytes], bytes]:
            parts = self._response_cache(environ, start)
            rest = iter(parts)
            return parts, rest, next(rest, b"")

        parts, rest, part = await loop.run_in_executor(self._pool, begin)
        try:
            status, headers = started[-1]
            await send(_start(int(status[:3]), asgi_headers(headers), self._response_cache.clock()))
            if ACCEPTED in environ:
                return
            left = next((int(value) for name, value in headers if name == "Content-Length"), 0)
            while part and left > len(part):
                await send({"type": "http.response.body", "body": part, "more_body": True})
                left -= len(part)
                part = await loop.run_in_executor(self._pool, next, rest, b"")
            await send({"type": "http.response.body", "body": part})
        finally:
            if close := getattr(parts, "close", None):
                close()


def _start(code: int, headers: AsgiHeaders, now: float) -> Message:
    """Return the start message with a Date: gunicorn's may be a second old, before Last-Modified."""
    dated = [*headers, (b"date", _date(int(now)))]
    return {"type": "http.response.start", "status": code, "headers": dated}


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] != "websocket":
        raise NotImplementedError(scope["type"])  # ASGI requires an exception for an unknown type
    await send({"type": "websocket.close"})


@lru_cache(2)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


def _path(raw: bytes) -> str:
    """Decode a raw path as PEP 3333 requires: one character for each byte."""
    if b"://" in raw and not raw.startswith(b"/"):  # the absolute form (RFC 9112, 3.2.2)
        raw = b"/" + raw.partition(b"://")[2].partition(b"/")[2]
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("latin-1")


def _environ(scope: Scope, path: str, query: str) -> WSGIEnvironment:
    """Return the WSGI environment (PEP 3333) of *scope*, without a body."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
