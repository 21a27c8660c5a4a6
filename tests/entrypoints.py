"""The entry points of the application, called without a socket: Flask, the response cache, ASGI."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.test import Client, run_wsgi_app
from werkzeug.wsgi import ClosingIterator

from feeds.http.asgi_adapter import AsgiAdapter
from feeds.wsgi import Applications

FLASK = "flask"  # Flask alone
RESPONSE_CACHE = "response_cache"  # the response cache, which calls Flask if it has no response
ALL = "all"  # Flask, whose response is compared with those of all other entry points
IN_TURN = "in turn"  # Flask, whose response is compared with that of one other entry point in turn

# The number of calls of Flask for a request whose response is not kept.
FLASK_CALLS = {FLASK: 1, IN_TURN: 1, ALL: 2}


def clients(made: Applications, runner: asyncio.Runner) -> dict[str, Client]:
    """A client of each entry point. *runner* runs the ASGI application; the caller closes it."""
    asgi_adapter = through(AsgiAdapter(made.app), runner)
    flask = Recorded(made.flask.wsgi_app)
    made.flask.wsgi_app = flask
    return {
        FLASK: Client(made.flask),
        RESPONSE_CACHE: Client(made.app),
        # ASGI comes first in every other request, so that either finds the response in the cache or not.
        ALL: Client(Compared(flask, (asgi_adapter, made.app), (made.app, asgi_adapter))),
        IN_TURN: Client(Compared(flask, (made.app,), (asgi_adapter,))),
    }


class Compared:
    """A WSGI application that answers as *flask* does, and fails if another one answers otherwise.

    Each request goes to the applications of one of *turns*. What they made of Flask's answer is compared
    with that answer; Flask is asked again only if they did not ask it.
    """

    def __init__(self, flask: "Recorded", *turns: tuple[WSGIApplication, ...]) -> None:
        self._flask = flask
        self._turns = cycle(turns)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        with self._flask.recording() as recorded:
            made = [received(each, environ) for each in next(self._turns)]
            if not recorded:
                received(self._flask, environ)
        for each in (*made, *recorded[1:]):
            assert each == recorded[0]
        status, headers, body = recorded[0]
        start_response(status, headers)
        return [body]


class Recorded:
    """A WSGI application that answers as *app* does, and records its responses on request."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._responses: list[Received] | None = None

    @contextmanager
    def recording(self) -> Iterator[list["Received"]]:
        """Record the responses to all requests within the context."""
        self._responses = []
        try:
            yield self._responses
        finally:
            self._responses = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if self._responses is None:
            return self._app(environ, start_response)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            started.append((status, [*headers]))
            return start_response(status, headers, *error)

        # In the same environment: Flask leaves facts for the response cache in it.
        with closing(ClosingIterator(self._app(environ, start))) as parts:
            body = b"".join(parts)
        self._responses.append(compared(*started[-1], body))
        return [body]


Received = tuple[str, list[tuple[str, str]], bytes]


def received(app: WSGIApplication, environ: WSGIEnvironment) -> Received:
    """Return the response of *app* in the form of ``compared``."""
    environ["wsgi.input"].seek(0)
    parts, status, headers = run_wsgi_app(app, dict(environ), buffered=True)
    return compared(status, headers, b"".join(parts))


def compared(status: str, headers: Iterable[tuple[str, str]], body: bytes) -> Received:
    """Return a response with sorted headers, except the Date, which servers may add.

    The id of a request that an error sends back differs for each request.
    """
    titled = {name.title(): value for name, value in headers if name.lower() != "date"}
    sent = sorted((titled | ({"X-Request-Id": "an id"} if "X-Request-Id" in titled else {})).items())
    return status[:3], sent, body


def through(asgi_adapter: AsgiAdapter, runner: asyncio.Runner) -> WSGIApplication:
    """A WSGI application that calls *asgi_adapter* as an ASGI server would for the same request."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = messages_of(asgi_adapter, scope(environ), environ["wsgi.input"].read())
        messages = runner.get_loop().run_until_complete(asked)  # run() would handle SIGINT too
        (start,) = (each for each in messages if each["type"] == "http.response.start")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        start_response(f"{start['status']} Reason", headers)
        return [each["body"] for each in messages if each["type"] == "http.response.body"]

    return app


async def messages_of(
    asgi_adapter: AsgiAdapter, scope: dict[str, Any], body: bytes = b""
) -> list[dict[str, Any]]:
    """Call *asgi_adapter* with a request, and return all messages that it sends."""
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await asgi_adapter(scope, receive, send)
    return messages


def scope(environ: WSGIEnvironment) -> dict[str, Any]:
    """The ASGI scope of the WSGI request *environ*."""
    path = environ["PATH_INFO"].encode("latin-1")
    return {
        "type": "http",
        "http_version": environ["SERVER_PROTOCOL"].removeprefix("HTTP/"),
        "method": environ["REQUEST_METHOD"],
        "scheme": "http",
        "path": path.decode(errors="replace"),
        "raw_path": quote(path).encode(),
        "query_string": environ["QUERY_STRING"].encode("latin-1"),
        "client": (environ["REMOTE_ADDR"], 50_000) if environ.get("REMOTE_ADDR") else None,
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in _headers(environ)
        ],
    }


def _headers(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-"), value
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield name.replace("_", "-"), value
