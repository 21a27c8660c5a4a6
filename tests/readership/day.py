"""A synthetic day: 200 kinds of clients, whose truth is known, poll a real server."""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from email.utils import formatdate
from pathlib import Path
from socket import create_connection
from typing import Any, NamedTuple

import yaml

from feeds.period import DAY
from tests.readership.day_server import SharedClock

MINUTE = 60
HOUR = 3600
AGENTS: dict[str, list[Any]] = yaml.load(
    Path(__file__).with_name("day.yaml").read_text(), yaml.CSafeLoader
)
OWN = {"User-Agent": "feeds/0 (+http://127.0.0.1)"}  # is not counted

# The topic that clients of a manner request, by what they send.
GOOD = ("etag", "date", "both", "changes")
BAD = {"plain": "none", "latched": "latched", "invented": "invented", "mangled": "mangled"}
MANNERS = (*GOOD, "plain", *GOOD, "latched", *GOOD, "invented", *GOOD, "mangled")
INTERVALS = (60, 180, 240, 240, 240, 300, 360)  # minutes
FORMATS = ("rss", "atom", "json")
ONCE = 40  # clients with the names of people's programs that request once


class Kind(NamedTuple):
    """Clients with one User-Agent: *readers* is the number that a service reports, else 0."""

    group: str
    agent: str
    manner: str
    minutes: int
    clients: int
    readers: int = 0


class Answer(NamedTuple):
    """The part of an answer that a client may remember."""

    status: int
    etag: str
    modified: str


class Client:
    """One client of a kind, at an address of its own."""

    def __init__(self, kind: Kind, address: str, first: float, *, repeats: bool = True) -> None:
        self.kind = kind
        self.address = address
        self.time = first
        self.repeats = repeats
        self.statuses: Counter[int] = Counter()
        number = int(first)
        self.path = f"/topics/{kind.manner}.{FORMATS[number % 3]}"
        self._first: Answer | None = None
        self._last: Answer | None = None

    def headers(self, now: float) -> dict[str, str]:
        """The headers of the request at *now*."""
        found = {"User-Agent": self.kind.agent, "X-Forwarded-For": self.address}
        first, last = self._first, self._last
        if not first or not last:
            return found
        match self.kind.manner:
            case "etag":
                found["If-None-Match"] = last.etag
            case "date":
                found["If-Modified-Since"] = last.modified
            case "both":
                found |= {"If-None-Match": last.etag, "If-Modified-Since": last.modified}
            case "changes":
                found |= {"If-None-Match": last.etag, "A-IM": "feed"}
            case "latched":
                found["If-None-Match"] = first.etag
            case "invented":
                found["If-Modified-Since"] = formatdate(now - 3 * DAY, usegmt=True)
            case "mangled":
                found["If-None-Match"] = last.etag.strip('"')
        return found

    def receive(self, answer: Answer) -> None:
        """Remember *answer*, as the client does with a full copy."""
        self.statuses[answer.status] += 1
        if answer.status in (200, 226):
            self._first, self._last = self._first or answer, answer


def kinds() -> list[Kind]:
    """All kinds, each with a manner, an interval and a number of clients."""
    made = []
    turns = itertools.count()
    for group, agents in AGENTS.items():
        for written in agents:
            turn = next(turns)
            agent, readers = written if group == "hosted" else (written, 0)
            manner = MANNERS[turn % len(MANNERS)] if group == "person" else GOOD[turn % len(GOOD)]
            clients = 2 if group == "hosted" else 1 + turn % 3
            made.append(Kind(group, agent, manner, INTERVALS[turn % len(INTERVALS)], clients, readers))
    return made


def clients_of(found: Sequence[Kind], start: float) -> list[Client]:
    """The clients of all kinds, in the first hours of the day, and those that request once."""
    made = []
    numbers = itertools.count(257)
    for kind in found:
        for place in range(kind.clients):
            number = next(numbers)
            first = start + 60 + (number * 97 + place * 1871) % (2 * HOUR)
            made.append(Client(kind, f"23.18.{number // 256}.{number % 256}", first))
    people = [each for each in found if each.group == "person"]
    for kind in people[:ONCE]:
        number = next(numbers)
        first = start + (number * 1237) % DAY
        made.append(Client(kind, f"23.19.{number // 256}.{number % 256}", first, repeats=False))
    return made


class Connection:
    """A connection to the server at *port*, without what http.client does for servers of any kind."""

    def __init__(self, port: int) -> None:
        self._socket = create_connection(("127.0.0.1", port))
        self._stream = self._socket.makefile("rb")

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def get(self, path: str, headers: dict[str, str]) -> Answer:
        """Send one request; its response has a length."""
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode("latin-1"))
        status = int(self._stream.readline().split()[1])
        received = dict(self._fields())
        if status != 304:
            self._stream.read(int(received["content-length"]))
        return Answer(status, received.get("etag", ""), received.get("last-modified", ""))

    def _fields(self) -> Iterator[tuple[str, str]]:
        while line := self._stream.readline().strip():
            name, _, value = line.decode("latin-1").partition(": ")
            yield name.lower(), value


class Replay:
    """Sends the requests of clients to the server at *port* in the order of time, and moves its clock."""

    def __init__(self, port: int, clock: SharedClock, connections: int = 4) -> None:
        self._clock = clock
        self._connections = [Connection(port) for _ in range(connections)]
        self.sent = 0

    def close(self) -> None:
        """Close the connections."""
        for each in self._connections:
            each.close()

    def run(
        self, clients: Sequence[Client], until: float, events: dict[float, Callable[[], Any]]
    ) -> None:
        """Send the requests before *until*; at each time of *events*, call its function first."""
        waiting = [(client.time, number) for number, client in enumerate(clients)]
        heapq.heapify(waiting)
        due = sorted(events)
        while waiting:
            time, number = heapq.heappop(waiting)
            if time >= until:
                break
            while due and due[0] <= time:
                self._clock.set(due[0])
                events[due.pop(0)]()
            self._clock.set(time)
            client = clients[number]
            client.receive(self.request(client.path, client.headers(time)))
            self.sent += 1
            if client.repeats:
                heapq.heappush(waiting, (time + client.kind.minutes * MINUTE, number))

    def request(self, path: str, headers: dict[str, str]) -> Answer:
        """Send one request on the next connection."""
        connection = self._connections[self.sent % len(self._connections)]
        return connection.get(path, {"Accept-Encoding": "gzip", **headers})
