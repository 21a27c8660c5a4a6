"""RequestCollector: groups the exchanges of a process, and hashes their clients, in bounded time."""

from collections import deque
from collections.abc import Callable, Hashable
from functools import lru_cache
from itertools import islice
from threading import Lock
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import astuple

from feeds.article.expressions import expression
from feeds.formats import FORMATS
from feeds.http.cache_entry import CachedResponse, Request
from feeds.http.client_address import ClientAddresses
from feeds.http.exchanges import ExchangeGroup
from feeds.readership.agents import MAX_AGENT_LENGTH
from feeds.readership.batches import NOT_SAMPLED, RequestBatch, RequestRow, SentResponse
from feeds.readership.known_readers import KnownReaders
from feeds.readership.log_line import Hash
from feeds.readership.request import SAMPLED_BITS
from feeds.readership.requested_feeds import MAX_TARGET_LENGTH, RequestedFeeds

MAX_EXCHANGES = 32_768  # different ones of a second; of more, some are lost
MAX_GROUPS = 1000  # different requests of a second that are looked at
MAX_OF_CLIENT = 64  # different requests of one client in a second
MAX_SERVICES = 1024  # User-Agents of hosted readers that are known
LASTING = 600  # the number of last batches; the level of a server is their median
MAX_VALIDATOR_LENGTH = 1024  # characters
_MAX_KEPT = 4096  # User-Agents and targets
_EXAMINED = 8  # times as many groups are hashed as looked at

_FEED_WORD = expression(r"feed|rss|atom|rdf|podcast|\.(?:xml|json|php)$")

T = TypeVar("T", bound=Hashable)


class _Group(Struct):
    """Equal requests with one response, the first of them at *time*."""

    request: Request
    response: CachedResponse
    time: int
    times: int


class _Client(NamedTuple):
    """The hashes of a client with both keys."""

    elder: int
    younger: int

    def sampled(self, level: int) -> "_Client":
        """The hashes that are in the sample of *level*."""
        mask = (1 << level) - 1
        elder, younger = (NOT_SAMPLED if each & mask else each for each in self)
        return _Client(elder, younger)

    @property
    def level(self) -> int:
        """The highest level of a sample that has this client."""
        return max(_zeros(each) for each in self)


class RequestCollector:
    """Collects exchanges. ``add`` and ``take`` may be called by two threads at the same time.

    At most about *max_groups* different requests of each batch are kept. If there are more, a batch has
    the requests of some clients, chosen by the last bits of their hashes, and of the hosted *readers*
    that were seen before.
    """

    def __init__(
        self,
        names: RequestedFeeds,
        addresses: ClientAddresses,
        readers: Callable[[], KnownReaders],
        max_groups: int = MAX_GROUPS,
        lasting: int = LASTING,
    ) -> None:
        self._names = names
        self._addresses = addresses
        self._readers = readers
        self._max_groups = max_groups
        self._gathered: dict[tuple[Request, CachedResponse], _Group] = {}
        self._lock = Lock()  # of these
        self._services: dict[str, bool] = {}  # in the order in which they were first seen
        self._levels: deque[int] = deque([0] * lasting, lasting)
        self._is_service = lru_cache(_MAX_KEPT)(self._reports_for_many)
        self._target = lru_cache(_MAX_KEPT)(_target)

    @property
    def is_idle(self) -> bool:
        """True if there are no exchanges, and the last batches were not sampled."""
        return not self._gathered and not any(self._levels)

    def take(self, week: int, elder: Hash, younger: Hash) -> RequestBatch | None:
        """Return the requests for feeds since the last call, hashed with both keys; None if none came."""
        with self._lock:
            groups, self._gathered = [*self._gathered.values()], {}
        batch = _BatchWriter(week)
        if len(groups) > self._max_groups:
            self._write_sample(batch, groups, elder, younger)
        else:
            self._levels.append(0)
            for group in groups:
                address = self._address(group)
                self._write(batch, group, _Client(elder(address), younger(address)))
        batch.batch.level = self._lasting_level()
        return batch.batch if batch.batch.rows or batch.batch.left_out else None

    def add(self, exchanges: list[ExchangeGroup]) -> None:
        """Keep the *exchanges* that may be requests for feeds until ``take``."""
        with self._lock:
            for request, response, time, _, times in map(astuple, exchanges):
                key = request, response
                group = self._gathered.get(key)
                if group is not None:
                    group.times += times
                elif len(self._gathered) < MAX_EXCHANGES and _may_be_feed(request):
                    self._gathered[key] = _Group(request, response, time, times)

    def _write_sample(
        self, batch: "_BatchWriter", groups: list[_Group], elder: Hash, younger: Hash
    ) -> None:
        """Write the requests of known services, and those of some other clients."""
        services = [each for each in groups if each.request.agent in self._services]
        others = (each for each in groups if each.request.agent not in self._services)
        clients: dict[str, list[_Group]] = {}
        for group in islice(others, _EXAMINED * self._max_groups):
            of_client = clients.setdefault(self._address(group), [])
            if len(of_client) < MAX_OF_CLIENT:
                of_client.append(group)
        hashed = {each: _Client(elder(each), younger(each)) for each in clients}
        level = self._level(hashed, clients)
        self._levels.append(level)
        for group in services[: self._max_groups]:
            address = self._address(group)
            self._write(batch, group, _Client(elder(address), younger(address)))
        for address, client in hashed.items():
            if client.level >= level:
                for group in clients[address]:
                    self._write(batch, group, client.sampled(level))
        batch.batch.left_out = sum(each.times for each in groups) - batch.written

    def _level(self, hashed: dict[str, _Client], clients: dict[str, list[_Group]]) -> int:
        """The lowest level with few enough groups."""
        sizes = [0] * (SAMPLED_BITS + 1)
        for address, client in hashed.items():
            sizes[client.level] += len(clients[address])
        level, left = 0, sum(sizes)
        while left > self._max_groups and level < SAMPLED_BITS:
            left -= sizes[level]
            level += 1
        return level

    def _lasting_level(self) -> int:
        """The level that more than a half of the last batches needed."""
        if not any(self._levels):
            return 0
        return sorted(self._levels)[(len(self._levels) - 1) // 2]

    def _write(self, batch: "_BatchWriter", group: _Group, client: _Client) -> None:
        target = self._target(group.request.path, group.request.query)
        if self._names.find(target) is None:
            batch.written += group.times
            return
        agent = group.request.agent[:MAX_AGENT_LENGTH]
        if agent == group.request.agent and self._is_service(agent):
            self._services[agent] = True
            if len(self._services) > MAX_SERVICES:
                del self._services[next(iter(self._services))]
        batch.write(group, client, agent, target)

    def _address(self, group: _Group) -> str:
        return self._addresses.find(group.request.peer, group.request.forwarded_for)

    def _reports_for_many(self, agent: str) -> bool:
        found = self._readers().find(agent)
        return found is not None and found.kind == "hosted"


class _BatchWriter:
    """A batch that is being made. *written* counts the requests that were looked at."""

    def __init__(self, week: int) -> None:
        self.batch = RequestBatch(week)
        self.written = 0
        self._agents: dict[str, int] = {}
        self._targets: dict[str, int] = {}
        self._responses: dict[SentResponse, int] = {}
        self._known: dict[tuple[str, int], SentResponse] = {}

    def write(self, group: _Group, client: _Client, agent: str, target: str) -> None:
        """Add a group."""
        request, batch = group.request, self.batch
        known = request.method, id(group.response)
        response = self._known.get(known)
        if response is None:
            response = self._known[known] = _response(request.method, group.response)
        self.written += group.times
        batch.rows.append(
            RequestRow(
                group.time,
                client.elder,
                client.younger,
                _place(agent, self._agents, batch.agents),
                _place(target, self._targets, batch.targets),
                _place(response, self._responses, batch.responses),
                request.method == "HEAD",
                (request.if_none_match or "")[:MAX_VALIDATOR_LENGTH],
                (request.if_modified_since or "")[:MAX_VALIDATOR_LENGTH],
                group.times,
            )
        )


def _place(value: T, places: dict[T, int], values: list[T]) -> int:
    """The place of *value* in *values*, to which it is added if need be."""
    place = places.get(value)
    if place is None:
        place = places[value] = len(values)
        values.append(value)
    return place


def _response(method: str, response: CachedResponse) -> SentResponse:
    sent = {name.lower(): value for name, value in response.headers}
    length = sent.get("content-length", "")
    size = len(response.body) or (int(length) if length.isdecimal() else 0)
    return SentResponse(
        response.code,
        size if method == "GET" and response.code != 304 else 0,
        sent.get("etag", ""),
        sent.get("last-modified", ""),
        sent.get("content-encoding", ""),
    )


def _may_be_feed(request: Request) -> bool:
    """Return whether a look at the address is worth while."""
    path = request.path
    if request.method not in ("GET", "HEAD") or len(path) + len(request.query) > MAX_TARGET_LENGTH:
        return False
    return path.rpartition(".")[2] in FORMATS or bool(
        _FEED_WORD.search(path.lower()) or "feed=" in request.query
    )


def _target(path: str, query: str) -> str:
    """The address as it was sent; *path* is decoded, as WSGI has it."""
    encoded = quote(path.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~-._")
    return f"{encoded}?{query}" if query else encoded


def _zeros(number: int) -> int:
    """The number of zeros at the end of the bits by which clients are sampled."""
    bits = number & ((1 << SAMPLED_BITS) - 1)
    return (bits & -bits).bit_length() - 1 if bits else SAMPLED_BITS
