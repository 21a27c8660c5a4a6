"""The entry points of the application, called without a socket: Flask alone, and the response cache."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import Client, run_wsgi_app

from feeds.http.asgi_adapter import AsgiAdapter
from feeds.http.cache_entry import CachedResponse
from feeds.http.response_cache import ResponseCache
from feeds.index.current import CurrentIndex

ENTRYPOINTS = {"flask": 1, "response_cache": 4}  # the number of calls of Flask per uncached request
chosen = "flask"


def client(
    app: Flask,
    current_index: CurrentIndex,
    clock: Callable[[], float],
    count: Callable[[CachedResponse], object] = lambda _response: None,
) -> Client:
    """A client of *app*, through the entry point under test."""
    if chosen == "flask":
        return Client(app)
    response_cache = ResponseCache(app, current_index, clock, 1 << 22, count)
    return Client(Compared(app, current_index, clock, response_cache))


class Compared:
    """A WSGI application that answers as *app* does, and fails if the response cache answers otherwise.

    The cache gets every request three times: through ASGI, through WSGI, and through ASGI again.
    """

    def __init__(
        self,
        app: Flask,
        current_index: CurrentIndex,
        clock: Callable[[], float],
        response_cache: ResponseCache | None = None,
    ) -> None:
        response_cache = response_cache or ResponseCache(app, current_index, clock, 1 << 22)
        asgi_adapter = through(AsgiAdapter(response_cache))
        self._app, self._entrypoints = app, (asgi_adapter, response_cache, asgi_adapter)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        expected = heard(self._app, environ)
        for each in self._entrypoints:
            assert heard(each, environ) == expected
        status, headers, body = expected
        start_response(status, headers)
        return [body]


Heard = tuple[str, list[tuple[str, str]], bytes]


def heard(app: WSGIApplication, environ: WSGIEnvironment) -> Heard:
    """Return the answer of *app* with sorted headers, except the Date, which servers may add."""
    parts, status, headers = run_wsgi_app(app, dict(environ), buffered=True)
    kept = sorted((name.title(), value) for name, value in headers if name.lower() != "date")
    return status[:3], kept, b"".join(parts)


def through(asgi_adapter: AsgiAdapter) -> WSGIApplication:
    """A WSGI application that calls *asgi_adapter* as an ASGI server would for the same request."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        messages = asyncio.run(messages_of(asgi_adapter, scope(environ)))
        (start,) = (each for each in messages if each["type"] == "http.response.start")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        start_response(f"{start['status']} WHATEVER", headers)
        return [each["body"] for each in messages if each["type"] == "http.response.body"]

    return app


async def messages_of(asgi_adapter: AsgiAdapter, scope: dict[str, Any]) -> list[dict[str, Any]]:
    """Call *asgi_adapter*, and return all messages that it sends."""
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await asgi_adapter(scope, receive, send)
    return messages


def scope(environ: WSGIEnvironment) -> dict[str, Any]:
    """The ASGI scope of the WSGI request *environ*."""
    path = environ["PATH_INFO"].encode("latin-1")
    headers = Headers([(name, value) for name, value in _headers(environ)])
    return {
        "type": "http",
        "http_version": environ["SERVER_PROTOCOL"].removeprefix("HTTP/"),
        "method": environ["REQUEST_METHOD"],
        "scheme": "http",
        "path": path.decode(errors="replace"),
        "raw_path": quote(path).encode(),
        "query_string": environ["QUERY_STRING"].encode("latin-1"),
        "client": (environ["REMOTE_ADDR"], 50_000) if environ.get("REMOTE_ADDR") else None,
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
    }


def _headers(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-"), value
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield name.replace("_", "-"), value
