"""Clients that check every response while a server is under test."""

import http.client
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Self

from werkzeug.datastructures import Headers

from feeds.formats import FORMATS
from tests.codings import DECODE
from tests.formats.reading import READ
from tests.server import Server

PAUSE = 0.02  # seconds between two requests of a client
PATHS = ("/feed", "/topics/oceans", "/topics/oceans", "/topics/versions")


class Load:
    """Clients that request feeds, each time on a new connection, until they are stopped.

    The articles `first` and `second` of the topic Versions have the titles `version N of first` and
    `version N of second`; they are always edited together.
    """

    def __init__(self, server: Server, clients: int = 4) -> None:
        self.failures: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.versions: Counter[int] = Counter()  # responses, by the newest version in them
        self.killing = threading.Event()  # set while connections may be reset
        self.resets = 0
        self._server = server
        self._bodies: dict[tuple[str, str, str], bytes] = {}  # by path, coding and ETag
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(clients)
        self._clients = [self._pool.submit(self._run, number) for number in range(clients)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        for client in self._clients:
            client.result(30)
        self._pool.shutdown()

    def _run(self, number: int) -> None:
        random = Random(number)
        while not self._stop.wait(PAUSE):
            path = f"{random.choice(PATHS)}.{random.choice(list(FORMATS))}"
            coding = random.choice(list(DECODE))
            try:
                self._request_and_check(path, coding, random.choice((True, False)))
            except Exception as error:  # any error fails the test
                self.failures.append(f"{path} {coding}: {error!r}")

    def _request_and_check(self, path: str, coding: str, is_conditional: bool) -> None:
        headers = {"Accept-Encoding": coding}
        if is_conditional and (tag := self._known_tag(path, coding)):
            headers["If-None-Match"] = tag
        status, received, body = self._request(path, headers)
        with self._lock:
            self.statuses[status] += 1
        if status == 304:
            assert received["ETag"] == headers["If-None-Match"]
            assert not body
            return
        assert status == 200, (status, body)
        assert int(received["Content-Length"]) == len(body)
        with self._lock:
            former = self._bodies.setdefault((path, coding, received["ETag"]), body)
        if former is not body:  # else it is the first with this ETag
            assert former == body, "one ETag, two bodies"
            return
        self._check(path, DECODE[received.get("Content-Encoding", "identity")](body))

    def _known_tag(self, path: str, coding: str) -> str:
        """The ETag of this representation that was received first after all others, empty if none was."""
        with self._lock:
            known = [tag for *key, tag in self._bodies if key == [path, coding]]
        return known[-1] if known else ""

    def _request(self, path: str, headers: dict[str, str]) -> tuple[int, Headers, bytes]:
        """Request *path*, once more if the worker that accepted the connection was killed."""
        try:
            return self._request_once(path, headers)
        except (ConnectionError, http.client.IncompleteRead):
            if not self.killing.is_set():
                raise
            self.resets += 1
            return self._request_once(path, headers)

    def _request_once(self, path: str, headers: dict[str, str]) -> tuple[int, Headers, bytes]:
        connection = http.client.HTTPConnection(self._server.url.removeprefix("http://"), timeout=20)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, Headers(response.getheaders()), response.read()
        finally:
            connection.close()

    def _check(self, path: str, text: bytes) -> None:
        """Parse a feed; its two versions come from one edit, or from two successive ones."""
        READ[path.rpartition(".")[2]](text)
        if "/versions" not in path:
            return
        first = int(re.findall(rb"version (\d+) of first", text)[0])
        second = int(re.findall(rb"version (\d+) of second", text)[0])
        # The scan of the folder may fall between the two edits.
        assert abs(first - second) <= 1, (first, second)
        with self._lock:
            self.versions[max(first, second)] += 1
