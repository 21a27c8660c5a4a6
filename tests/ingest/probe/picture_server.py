"""A real HTTP server on the loopback interface, with a table of its answers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from msgspec import Struct

from feeds.http.public_address import allowing
from feeds.ingest.probe.courtesy import Courtesy
from feeds.ingest.probe.request import Client, RequestLimits

LOOPBACK = RequestLimits(step=5, whole=10, pause=0, is_allowed=allowing(["127.0.0.0/8"]))
AGENT = "feeds/test (+https://feeds.example/)"


class Answer(Struct, frozen=True):
    """The answer to a request; *head* is the status for HEAD, by default the same."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}
    head: int = 0
    has_length: bool = True
    has_ranges: bool = True


class PictureServer:
    """The server, with its *answers* by path and the *requests* that it received."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def url(self, path: str = "/a.png", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str = "/a.png", body: bytes = b"", **answer: Any) -> str:
        """Answer requests for *path* with *body*; return its URL."""
        self.answers[path] = Answer(body, **answer)
        return self.url(path)


def client(limits: RequestLimits = LOOPBACK, courtesy: Courtesy | None = None) -> Client:
    """A client that may ask the loopback interface, without pauses."""
    return Client({"User-Agent": AGENT}, limits, courtesy or Courtesy(limits.pause))


@contextmanager
def serving() -> Iterator[PictureServer]:
    """Yield a server that runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            made.requests.append((self.command, self.path))
            made.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = made.answers.get(self.path, Answer(status=404))
            self._send(answer)

        do_HEAD = do_GET  # noqa: N815

        def _send(self, answer: Answer) -> None:
            body, status, headers = answer.body, answer.status, dict(answer.headers)
            if self.command == "HEAD":
                status = answer.head or status
            elif status == 200 and answer.has_ranges and (wanted := self.headers["Range"]):
                end = int(wanted.rpartition("-")[2])
                headers["Content-Range"] = f"bytes 0-{min(end, len(body) - 1)}/{len(body)}"
                status, body = 206, body[: end + 1]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if answer.has_length:
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command == "GET":
                try:
                    self.wfile.write(body)
                except OSError:  # the client has read enough
                    self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = PictureServer(server.server_port)
        thread = Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
