"""The access log: requests, or a sample of them, as events of the log."""

from collections import deque
from functools import lru_cache
from ipaddress import ip_network
from threading import Event, Lock

from msgspec import Struct

from feeds.http.cache_entry import CachedResponse, Request
from feeds.http.client_address import ClientAddresses
from feeds.http.exchanges import ExchangeGroup
from feeds.http.request_ids import MAX_REQUEST_ID, RequestIds
from feeds.logs.events import EventLog

log = EventLog(__name__)

SAMPLE = 100  # a sampled log has one in so many cached responses
MAX_QUEUED = 5_000  # requests that wait to be written
WRITE_INTERVAL = 0.2  # seconds between two turns of the thread that writes
MAX_LOGGED_METHOD = 20  # characters
MAX_LOGGED_PART = 1024  # characters of the path, and of the query
MAX_LOGGED_AGENT = 200  # characters
MAX_FORWARDED = 1024  # characters at the end of X-Forwarded-For
IPV4_BITS, IPV6_BITS = 24, 48  # of an address in the log


class LoggedExchange(Struct, frozen=True, gc=False):
    """A request and its response; *weight* is the number of such requests that it stands for.

    Its texts are cut, so that a full queue is bounded in bytes too.
    """

    method: str
    path: str
    query: str
    agent: str
    peer: str
    forwarded_for: str
    request_id: str
    status: int
    bytes: int
    kept: bool
    seconds: float | None
    weight: int


class AccessLog:
    """Logs requests, *sampled* or all of them. Thread-safe.

    A sample has every response that the cache did not have and every error, and one in SAMPLE of the
    others. ``add`` only appends to a queue; ``run`` writes it, in a thread of its own.
    """

    def __init__(self, clients: ClientAddresses, *, sampled: bool = False) -> None:
        self._clients = clients
        self._ids = RequestIds(clients)
        self._sampled = sampled
        self._number = 0  # of the next cached response with status 200 or 304; only a sample is logged
        self._queue: deque[LoggedExchange] = deque()
        self._dropped = 0
        self._lock = Lock()  # of the number above

    def add(self, groups: list[ExchangeGroup]) -> None:
        """Take the exchanges that are to be logged."""
        for group in groups:
            is_sampled = self._sampled and group.seconds is None and group.response.code in (200, 304)
            times, weight = (self._samples(group.times), SAMPLE) if is_sampled else (group.times, 1)
            places = max(0, min(times, MAX_QUEUED - len(self._queue)))
            if places:
                self._queue.extend([_logged(group, weight)] * places)
            if places < times:
                with self._lock:
                    self._dropped += times - places

    def _samples(self, times: int) -> int:
        """The number of the next *times* responses that belong to the sample."""
        begin, self._number = self._number, self._number + times
        blocks = range(begin // SAMPLE, self._number // SAMPLE + 1)
        # Another place in each block: requests that repeat in the same order are all met.
        places = (block * SAMPLE + block * 37 % SAMPLE for block in blocks)
        return sum(begin <= place < self._number for place in places)

    def run(self, stop: Event) -> None:
        """Write the queue until *stop* is set."""
        while not stop.wait(WRITE_INTERVAL):
            self.write()

    def write(self) -> None:
        """Write the requests in the queue, and the number of those for which it had no place."""
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        for _ in range(len(self._queue)):
            self._write(self._queue.popleft())
        if dropped:
            said = f"access log: {dropped:,} requests not logged; there are more than can be written"
            log.warning("access.dropped", said, requests=dropped)

    def _write(self, each: LoggedExchange) -> None:
        client = self._network(each)
        path, agent = _text(f"{each.path}?{each.query}".removesuffix("?")), _text(each.agent)
        took = "" if each.seconds is None else f" in {each.seconds:.3f} s"
        log.info(
            "http.request",
            f"{each.method} {path}: {each.status}, {each.bytes:,} bytes{took}, "
            f'{client or "-"}, "{agent}"',
            method=each.method,
            path=path,
            status=each.status,
            bytes=each.bytes,
            seconds=each.seconds,
            kept=each.kept,
            agent=agent,
            client=client or None,
            request=self._id(each) or None,
            weight=each.weight,
        )

    def _network(self, each: LoggedExchange) -> str:
        found = self._clients.find(each.peer, each.forwarded_for)
        return _network_of(found) if found else ""

    def _id(self, each: LoggedExchange) -> str:
        """The id of the request; the application has checked those that it was given."""
        return self._ids.sent(each.peer, each.request_id) if each.kept else each.request_id


def _logged(group: ExchangeGroup, weight: int) -> LoggedExchange:
    request, response = group.request, group.response
    return LoggedExchange(
        request.method[:MAX_LOGGED_METHOD],
        request.path[:MAX_LOGGED_PART],
        request.query[:MAX_LOGGED_PART],
        request.agent[:MAX_LOGGED_AGENT],
        request.peer,
        request.forwarded_for[-MAX_FORWARDED:],
        request.request_id[: MAX_REQUEST_ID + 1],
        response.code,
        _length(request, response),
        group.seconds is None,
        group.seconds,
        weight,
    )


@lru_cache(4096)
def _network_of(address: str) -> str:
    """The network of the *address* of a client, large enough to hide which client it is."""
    bits = IPV6_BITS if ":" in address else IPV4_BITS
    return str(ip_network(f"{address.partition('%')[0]}/{bits}", strict=False))


def _length(request: Request, response: CachedResponse) -> int:
    """The number of bytes of the body; a picture may be sent in part all the same."""
    if request.method == "HEAD" or response.code == 304:
        return 0
    if response.body:
        return len(response.body)
    sent = (value for name, value in response.headers if name == "Content-Length")
    return int(next(sent, 0))


def _text(written: str) -> str:
    """The text in a header or a path, which PEP 3333 has as a character for each byte."""
    return written.encode("latin-1", "replace").decode("utf-8", "replace")
