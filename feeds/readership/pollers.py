"""Pollers: the clients that request feeds, and the bytes that they waste."""

from collections.abc import Iterable, Iterator
from heapq import nlargest
from typing import NamedTuple

from msgspec import Struct, field

from feeds.readership.agents import Agent, AgentKind, Classifier
from feeds.readership.heaviest import Heaviest
from feeds.readership.intervals import PollIntervals
from feeds.readership.request import ClientRequest
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.readership.validators import Validators, ValidatorVerdict
from feeds.readership.versions import SentDocument, Versions

MAX_POLLERS = 16_384  # pairs of a client and a feed; about 15 MB
MAX_REPORTED = 100
MAX_FORMATS_OF_POLLER = 8
AT_MINUTE = 2  # seconds after the full minute
MIN_WASTED = 3  # full copies after which a client without any 304 is one that never gets any

_REDIRECTS = (301, 308)


class _Body(NamedTuple):
    """The last full copy that a client got."""

    size: int
    etag: str
    time: float


class Poller(Struct, array_like=True):
    """One client's requests for one feed, in all formats; *is_saved* until more are counted."""

    visitor: int
    feed: str
    name: str = ""
    kind: AgentKind = "unknown"
    requests: int = 0
    first_seen: float = 0
    last_seen: float = 0
    bytes: int = 0
    full: int = 0
    wasted: int = 0
    wasted_bytes: int = 0
    at_minute: int = 0
    plain: int = 0
    coded: int = 0
    redirected: int = 0
    statuses: dict[int, int] = {}
    bodies: dict[str, _Body] = {}
    intervals: PollIntervals = field(default_factory=PollIntervals)
    validators: Validators = field(default_factory=Validators)
    is_saved: bool = False

    @property
    def verdict(self) -> ValidatorVerdict:
        """The verdict on its validators; without headers in the log, its 304 show if it has any."""
        if verdict := self.validators.verdict:
            return verdict
        if 304 in self.statuses:
            return "304"
        return "no 304" if self.wasted >= MIN_WASTED else ""


class PollerReport(Struct, frozen=True):
    """One client's requests for one feed. Times are in seconds since 1970.

    - *id*: a part of a keyed hash of the client's address
    - *wasted*: the number of full copies of a version that the client already had
    - *median*, *shortest*: intervals in seconds, -1 after one request
    - *at_minute*: the share of requests in the first two seconds of a minute, in percent
    - *compressed*: None if the log has no content codings
    - *redirects_ignored*: the number of requests for an address after its first permanent redirect
    """

    id: str
    name: str
    kind: AgentKind
    feed: str
    requests: int
    statuses: dict[int, int]
    bytes: int
    full: int
    wasted: int
    wasted_bytes: int
    median: float
    shortest: float
    at_minute: float
    compressed: bool | None
    redirects_ignored: int
    validators: ValidatorVerdict
    first_seen: int
    last_seen: int


class PollingReport(Struct, frozen=True):
    """All requests for feeds: the *worst* clients by wasted bytes, and their part of all.

    *few* clients together cause at least half of the wasted bytes, and *few_share* percent of all bytes.
    """

    requests: int
    bytes: int
    wasted_bytes: int
    few: int
    few_share: float
    worst: list[PollerReport]


class PollerTotals(Struct, frozen=True):
    """The sums of all pollers, and the *documents* that were sent last."""

    requests: int = 0
    bytes: int = 0
    wasted: int = 0
    documents: list[tuple[tuple[str, str], SentDocument]] = []


class Pollers:
    """Counts polling by at most *limit* clients. Requests must be in the order of time."""

    def __init__(self, names: RequestedFeeds, classifier: Classifier, limit: int = MAX_POLLERS) -> None:
        self._names = names
        self._classifier = classifier
        self._pollers: Heaviest[tuple[int, str], Poller] = Heaviest(limit, lambda key: Poller(*key))
        self._versions = Versions()
        self._requests = self._bytes = self._wasted = 0

    def add(self, request: ClientRequest) -> None:
        """Count a request."""
        name = self._names.find(request.target)
        if name is None:
            return
        agent = self._classifier.classify(request.agent)
        if agent.kind == "internal":
            return
        size = request.size if request.method != "HEAD" else 0
        self._requests += request.times
        self._bytes += size * request.times
        visitor = request.client ^ agent.mark
        poller = self._pollers.add((visitor, name.feed), (size + 1) * request.times)
        poller.is_saved = False
        _note(poller, request, agent, size)
        if request.method == "GET" and request.status in (200, 304):
            self._note_body(poller, (name.feed, name.format), request)
        poller.validators.add(request)

    @property
    def totals(self) -> PollerTotals:
        """The state beside that of each poller."""
        return PollerTotals(self._requests, self._bytes, self._wasted, self._versions.known)

    def restore_totals(self, totals: PollerTotals) -> None:
        """Begin with *totals*."""
        self._requests, self._bytes, self._wasted = totals.requests, totals.bytes, totals.wasted
        self._versions.restore(totals.documents)

    def restore(self, weight: int, poller: Poller) -> None:
        """Begin with a *poller* of that weight."""
        self._pollers.restore((poller.visitor, poller.feed), weight, poller)

    def unsaved(self) -> Iterator[tuple[int, Poller]]:
        """Yield the pollers that are not saved with their weights."""
        return ((weight, each) for _, weight, each in self._pollers.items() if not each.is_saved)

    def __contains__(self, key: tuple[int, str]) -> bool:
        return key in self._pollers

    def report(self, most: int = MAX_REPORTED, feed: str = "") -> PollingReport:
        """The *most* wasteful clients, of all feeds or of one *feed*."""
        found = [each for each in self._pollers.values() if feed in ("", each.feed)]
        worst = nlargest(most, found, key=lambda each: (each.wasted_bytes, each.bytes, each.requests))
        few, of_few = _few(found)
        return PollingReport(
            self._requests,
            self._bytes,
            self._wasted,
            few,
            round(100 * of_few / self._bytes, 1) if self._bytes else 0.0,
            [_reported(each) for each in worst],
        )

    def _note_body(self, poller: Poller, document: tuple[str, str], request: ClientRequest) -> None:
        """Find out if a full copy was wasted."""
        self._versions.note(document, request.status, request.size, poller.visitor, request.time)
        if request.status != 200:
            return
        before = poller.bodies.get(document[1])
        is_known = before is not None and self._is_known(before, document, request)
        wasted = request.times if is_known else (request.times - 1) * bool(request.etag)
        poller.wasted += wasted
        poller.wasted_bytes += wasted * request.size
        self._wasted += wasted * request.size
        if before or len(poller.bodies) < MAX_FORMATS_OF_POLLER:
            poller.bodies[document[1]] = _Body(request.size, request.etag or "", request.time)

    def _is_known(self, before: _Body, document: tuple[str, str], request: ClientRequest) -> bool:
        """Return whether the client had this version *before*."""
        if before.etag and request.etag:
            return before.etag == request.etag
        same = before.size == request.size > 0
        return same and self._versions.is_confirmed(document, request.size, before.time)


def _note(poller: Poller, request: ClientRequest, agent: Agent, size: int) -> None:
    time, status, times = request.time, request.status, request.times
    if poller.requests:
        poller.intervals.add(max(time - poller.last_seen, 0.0))
    else:
        poller.first_seen, poller.name, poller.kind = time, agent.name, agent.kind
    if times > 1:
        poller.intervals.add(0.0, times - 1)
    poller.requests += times
    poller.last_seen = max(poller.last_seen, time)
    poller.bytes += size * times
    poller.at_minute += times * (time % 60 < AT_MINUTE)
    poller.statuses[status] = poller.statuses.get(status, 0) + times
    poller.redirected += times * (status in _REDIRECTS)
    if status == 200 and size:
        poller.full += times
        if request.coding is not None:
            plain = request.coding in ("", "-", "identity")
            poller.plain += times * plain
            poller.coded += times * (not plain)


def _few(pollers: Iterable[Poller]) -> tuple[int, int]:
    """The number of clients that cause half of the wasted bytes, and all bytes of these."""
    wasted: dict[int, int] = {}
    total: dict[int, int] = {}
    for each in pollers:
        wasted[each.visitor] = wasted.get(each.visitor, 0) + each.wasted_bytes
        total[each.visitor] = total.get(each.visitor, 0) + each.bytes
    half = sum(wasted.values()) / 2
    found = number = of_found = 0
    for visitor, amount in sorted(wasted.items(), key=lambda each: -each[1]):
        if not amount or found >= half:
            break
        found, number, of_found = found + amount, number + 1, of_found + total[visitor]
    return number, of_found


def _reported(poller: Poller) -> PollerReport:
    known = poller.plain + poller.coded
    return PollerReport(
        id=f"{poller.visitor:016x}"[:8],
        name=poller.name,
        kind=poller.kind,
        feed=poller.feed,
        requests=poller.requests,
        statuses=dict(sorted(poller.statuses.items())),
        bytes=poller.bytes,
        full=poller.full,
        wasted=poller.wasted,
        wasted_bytes=poller.wasted_bytes,
        median=round(poller.intervals.median, 1),
        shortest=round(poller.intervals.shortest, 1),
        at_minute=round(100 * poller.at_minute / poller.requests, 1),
        compressed=poller.coded >= poller.plain if known else None,
        redirects_ignored=max(poller.redirected - 1, 0),
        validators=poller.verdict,
        first_seen=int(poller.first_seen),
        last_seen=int(poller.last_seen),
    )
