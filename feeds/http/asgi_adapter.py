"""The edge for an ASGI server: what is kept is sent at once, Flask is asked in a thread.

There are adapters, but a2wsgi and asgiref take twice the time, fail at a query that is not ASCII
and hold a thread for as long as a client takes to read a picture.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from feeds.http.response_cache import Asked, Fields, Headers, ResponseCache, fields

THREADS = 8  # for Flask

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_ASKED = frozenset(
    (b"host", b"accept-encoding", b"if-none-match", b"if-modified-since", b"sec-fetch-dest")
)


class AsgiAdapter:
    """*response_cache* as an ASGI application (version 3). It has no life cycle, and no WebSockets."""

    def __init__(self, response_cache: ResponseCache) -> None:
        self._edge = response_cache
        self._pool = ThreadPoolExecutor(THREADS, "feeds-web")

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _refuse(scope, send)
            return
        asked: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in _ASKED:
                text = value.decode("latin-1")
                asked[name] = f"{asked[name]},{text}" if name in asked else text
        get = asked.get
        path, query = _path(scope["raw_path"]), scope["query_string"].decode("latin-1")
        found = self._edge.find(
            Asked(
                scope["method"],
                path,
                query,
                get(b"host", ""),
                get(b"accept-encoding"),
                get(b"if-none-match"),
                get(b"if-modified-since"),
                get(b"sec-fetch-dest"),
            )
        )
        if found:
            await send(self._start(found.code, found.fields))
            await send({"type": "http.response.body", "body": found.body})
        else:
            await self._ask(_environ(scope, path, query), send)

    async def _ask(self, environ: WSGIEnvironment, send: Send) -> None:
        """Let a thread go on until there is something to send, and have none while it is sent."""
        loop = asyncio.get_running_loop()
        said: list[tuple[str, Headers]] = []

        def note(status: str, headers: Headers, *_error: Any) -> Any:
            said.append((status, headers))

        def begin() -> tuple[Iterable[bytes], Iterator[bytes], bytes]:
            parts = self._edge(environ, note)
            rest = iter(parts)
            return parts, rest, next(rest, b"")

        parts, rest, part = await loop.run_in_executor(self._pool, begin)
        try:
            status, headers = said[-1]
            await send(self._start(int(status[:3]), fields(headers)))
            left = next((int(value) for name, value in headers if name == "Content-Length"), 0)
            while part and left > len(part):
                await send({"type": "http.response.body", "body": part, "more_body": True})
                left -= len(part)
                part = await loop.run_in_executor(self._pool, next, rest, b"")
            await send({"type": "http.response.body", "body": part})
        finally:
            if close := getattr(parts, "close", None):
                close()

    def _start(self, code: int, told: Fields) -> Message:
        """With the Date, since gunicorn's may be a second old, and so earlier than Last-Modified."""
        dated = [*told, (b"date", _date(int(self._edge.clock())))]
        return {"type": "http.response.start", "status": code, "headers": dated}


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] != "websocket":
        raise NotImplementedError(scope["type"])  # which is how an application says so
    await send({"type": "websocket.close"})


@lru_cache(2)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


def _path(raw: bytes) -> str:
    """As WSGI has it: bytes in the guise of characters."""
    if b"://" in raw and not raw.startswith(b"/"):  # a proxy may be asked so (RFC 9112, 3.2.2)
        raw = b"/" + raw.partition(b"://")[2].partition(b"/")[2]
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("latin-1")


def _environ(scope: Scope, path: str, query: str) -> WSGIEnvironment:
    """*scope* in the words of PEP 3333. No view reads a body."""
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
