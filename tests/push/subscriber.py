"""A subscriber of WebSub: an HTTP server that confirms subscriptions, and keeps what it is sent."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.formats.reading import READ


class Received(NamedTuple):
    """A delivery: the path it was sent to, its headers with names in lower case, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    def is_signed_with(self, secret: str) -> bool:
        algorithm, _, digest = self.headers.get("x-hub-signature", "").partition("=")
        return digest == hmac.new(secret.encode(), self.body, getattr(hashlib, algorithm)).hexdigest()


class Subscriber:
    """The callbacks at *url*. *status* returns the status for a delivery, and may wait.

    *verifications* are the arguments of each request that asks for a confirmation, or tells a denial.
    *confirms* decides whether it is confirmed.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.verifications: list[dict[str, str]] = []
        self.deliveries: list[Received] = []
        self.status: Callable[[Received], int] = lambda _: 204
        self.headers: dict[str, str] = {}
        self.confirms: Callable[[dict[str, str]], bool] = lambda _: True

    def hold(self) -> tuple[threading.Event, threading.Event]:
        """Hold up deliveries until the second event is set; the first one is set when one has arrived."""
        arrived, goes_on = threading.Event(), threading.Event()

        def status(_: Received) -> int:
            arrived.set()
            return 204 if goes_on.wait(30) else 500

        self.status = status
        return arrived, goes_on

    def modes(self) -> list[str]:
        """The modes that callbacks were asked about."""
        return [each["hub.mode"] for each in self.verifications]

    def bodies(self) -> list[bytes]:
        return [each.body for each in self.deliveries]

    def titles(self) -> list[str]:
        """The titles of all articles that were delivered as Atom, in their order."""
        return [item.title for each in self.deliveries for item in READ["atom"](each.body).items]


@contextmanager
def subscriber(host: str = "127.0.0.1") -> Iterator[Subscriber]:
    """Yield a subscriber that listens on *host*."""

    class Callbacks(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
            made.verifications.append(asked | {"path": parts.path})
            confirmed = made.confirms(asked)
            self._answer(200 if confirmed else 404, asked.get("hub.challenge", "").encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.path, headers, body)
            status = made.status(received)
            made.deliveries.append(received)
            self._answer(status, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            return

    class Listening(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 512

        def handle_error(self, *_arguments: Any) -> None:
            return  # a client that was killed

    server = Listening((host, 0), Callbacks)
    made = Subscriber(f"http://{host}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
