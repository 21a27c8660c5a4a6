"""A client of a stream over the network."""

import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from typing import Self
from urllib.parse import urlsplit

from tests.events import EventReader, SentEvent

PATIENCE = 20  # seconds without a byte


class OpenStream:
    """An open stream at *url*, after the event *last_id*; *buffer* is that of its socket, in bytes."""

    def __init__(self, url: str, last_id: str = "", buffer: int = 0) -> None:
        self.reader = EventReader(last_id)
        self.events: list[SentEvent] = []
        self._rest = b""
        parts = urlsplit(url)
        self._connection = HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE)
        if buffer:
            self._connection.sock = socket.socket()
            self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            self._connection.sock.settimeout(PATIENCE)
            self._connection.sock.connect((str(parts.hostname), parts.port))
        headers = {"Last-Event-ID": last_id} if last_id else {}
        self._connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        self.response: HTTPResponse = self._connection.getresponse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def send(self, data: bytes) -> None:
        """Send *data* after the request."""
        self._connection.sock.sendall(data)

    def until(self, condition: Callable[["OpenStream"], object]) -> Self:
        """Read until *condition* holds; fail if the stream ends before."""
        while not condition(self):
            part = self.response.read1(65_536)
            assert part, "the stream has ended"
            self._take(part)
        return self

    def opened(self) -> Self:
        """Read until the client has an id."""
        return self.until(lambda stream: stream.reader.last_id)

    def received(self, count: int = 1) -> list[SentEvent]:
        """Read until there are *count* events; return all."""
        return self.until(lambda stream: len(stream.events) >= count).events

    def rest(self) -> list[SentEvent]:
        """Read to the end of the response, which must be complete; return all events."""
        while part := self.response.read1(65_536):
            self._take(part)
        return self.events

    def _take(self, part: bytes) -> None:
        blocks, mark, self._rest = (self._rest + part).rpartition(b"\n\n")
        self.events += self.reader.read(blocks + mark)
