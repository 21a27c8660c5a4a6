"""Purges of the caches in front of the server, after a change and before its deliveries.

Varnish bans the responses with the surrogate keys of a change, and a webhook gets these keys. nginx knows
no keys: requests make it fetch the feeds again that the change may have touched.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from feeds.feed.site import Site
from feeds.formats.document import CODINGS
from feeds.http.outgoing import RequestFailed
from feeds.http.surrogate_keys import changed_keys
from feeds.logs.events import EventLog
from feeds.pipeline import Pipeline
from feeds.push.client import Reply
from feeds.push.delivery import Delivery
from feeds.push.evaluation import is_same, site_changes, site_state
from feeds.push.outcomes import ACKNOWLEDGED, DeliveryOutcome, failure_of, outcome_of
from feeds.push.topics import PushTopic
from feeds.push.touched_feeds import touched_addresses
from feeds.store.subscriptions import CACHE_MARK, TopicState

log = EventLog(__name__)

CacheKind = Literal["varnish", "nginx", "webhook"]

MAX_KEYS_LENGTH = 4_000  # characters of the header of one request
MAX_REFRESHED = 200  # feeds; nginx has a copy of each feed for each coding
PURGE_HEADERS = {"Content-Type": "application/json"}

SERVED_WITHIN = 1.5  # seconds for which a purge waits for processes with an older state
SERVED_POLL = 0.02
IN_PROGRESS = 0.1  # seconds in which responses of the older state reach the caches
ECHO = 5.0  # seconds until a purge is made again

_FRESH = ("BYPASS", "MISS", "EXPIRED")  # values of X-Cache of a response that nginx has fetched
_ENDED = (404, 410)  # statuses of ended feeds, which caches do not keep


class Purge(Struct, frozen=True):
    """The content of a purge: the *keys* of responses, and the *addresses* of feeds that changed."""

    keys: list[str]
    addresses: list[str] = []


class PurgedCache(Struct, frozen=True):
    """A cache in front of the server, called *name* in the settings."""

    name: str
    kind: CacheKind
    url: str
    secret: str = ""

    @property
    def callback(self) -> str:
        """The callback of its subscription."""
        return f"{self.url}{CACHE_MARK}{self.name}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers by which the cache knows that it may obey."""
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}


def purge_delivery(
    cache: PurgedCache,
    base: TopicState,
    pipeline: Pipeline,
    site: Site,
    *,
    subscribed: Iterable[PushTopic],
    now: float,
) -> Delivery | None:
    """Return the purges for the changes since *base*, None if there are none. Raises NotReady."""
    index = pipeline.current_index.index()
    state = site_state(index, now)
    if is_same(state, base):
        return None
    changes = site_changes(index, base)
    keys = changed_keys(changes)
    if cache.kind == "varnish":
        purges = [Purge(some) for some in _parted(keys)]
    else:
        purges = [Purge(keys, touched_addresses(index, changes, site, subscribed))]
    body, *more = map(msgspec.json.encode, purges)
    return Delivery(body, PURGE_HEADERS, state, tuple(more))


def _parted(keys: Sequence[str]) -> Iterator[list[str]]:
    """Yield *keys* in parts that fit into a header; a longer key stands alone."""
    part: list[str] = []
    for key in keys:
        if part and len(" ".join([*part, key])) > MAX_KEYS_LENGTH:
            yield part
            part = []
        part.append(key)
    if part:
        yield part


class Requests(Protocol):
    """The part of a Sender that purges need."""

    async def request(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = {}
    ) -> Reply:
        """See Sender."""


class Purger:
    """Purges caches by *sender*, once all processes of the server serve the present state.

    A process with an older state would fill a cache that was purged with that state again. *is_served*
    returns True if there is no such process; any thread may call it. *clock* returns seconds since 1970.
    With *echoes*, each purge is repeated later, because this host does not know the states of other
    hosts.
    """

    def __init__(
        self,
        sender: Requests,
        is_served: Callable[[], bool],
        clock: Callable[[], float],
        *,
        host: str,
        echoes: bool = False,
        echo: float = ECHO,
    ) -> None:
        self._sender = sender
        self._is_served = is_served
        self._clock = clock
        self._host = host
        self._echoes = echoes
        self._echo = echo
        self._later: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()
        """The numbers of purges that caches have obeyed, by name."""

    async def purge(self, cache: PurgedCache, body: bytes) -> DeliveryOutcome:
        """Make the purge encoded as *body*. Raises RequestFailed."""
        is_served = await self._served()
        await asyncio.sleep(IN_PROGRESS)
        outcome = await self._purged(cache, body)
        if outcome.kind == "acknowledged":
            self.counts[cache.name] += 1
        if outcome.kind == "acknowledged" and (self._echoes or not is_served):
            task = asyncio.create_task(self._again(cache, body))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        return outcome

    async def _served(self) -> bool:
        """Wait until all processes serve the present state; return whether they do."""
        try:
            async with asyncio.timeout(SERVED_WITHIN):
                while not await asyncio.to_thread(self._is_served):
                    await asyncio.sleep(SERVED_POLL)
        except TimeoutError:
            return False
        return True

    async def _again(self, cache: PurgedCache, body: bytes) -> None:
        await asyncio.sleep(self._echo)
        try:
            outcome = await self._purged(cache, body)
        except RequestFailed as error:
            outcome = failure_of(error)
        if outcome.kind != "acknowledged":
            said = f"cache {cache.name}: the repetition of a purge failed: {outcome.reason}"
            log.info("purge.failed", said, cache=cache.name)

    async def _purged(self, cache: PurgedCache, body: bytes) -> DeliveryOutcome:
        purge = msgspec.json.decode(body, type=Purge)
        match cache.kind:
            case "varnish":
                headers = {"X-Purge-Keys": " ".join(purge.keys)}
                return self._outcome(await self._request(cache, "PURGE", cache.url, headers))
            case "webhook":
                return self._outcome(await self._request(cache, "POST", cache.url, PURGE_HEADERS, body))
            case "nginx":
                return await self._refreshed(cache, purge.addresses[:MAX_REFRESHED])

    async def _refreshed(self, cache: PurgedCache, addresses: Iterable[str]) -> DeliveryOutcome:
        """Have nginx fetch the feeds at *addresses* again, in each coding; return the first failure."""
        urls = [_through(cache.url, each) for each in addresses]
        made = [{"Host": self._host, "Accept-Encoding": coding} for coding in CODINGS]
        replies = await asyncio.gather(
            *(self._request(cache, "HEAD", url, headers) for url in urls for headers in made)
        )
        outcomes = (_refreshing(reply, self._outcome(reply)) for reply in replies)
        return next((each for each in outcomes if each.kind != "acknowledged"), ACKNOWLEDGED)

    async def _request(
        self, cache: PurgedCache, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        return await self._sender.request(method, url, body, {**headers, **cache.headers})

    def _outcome(self, reply: Reply) -> DeliveryOutcome:
        outcome = outcome_of(reply, self._clock())
        return msgspec.structs.replace(outcome, kind="failed") if outcome.kind == "gone" else outcome


def _through(cache_url: str, address: str) -> str:
    """The URL at which the cache has the feed at *address*."""
    cache, feed = urlsplit(cache_url), urlsplit(address)
    return feed._replace(scheme=cache.scheme, netloc=cache.netloc).geturl()


def _refreshing(reply: Reply, outcome: DeliveryOutcome) -> DeliveryOutcome:
    """The outcome of a request that *reply* answers, which nginx must not answer from its copy."""
    if reply.status in _ENDED:
        return ACKNOWLEDGED
    found = reply.headers.get("x-cache", "")
    if outcome.kind != "acknowledged" or found in ("", *_FRESH):
        return outcome
    return DeliveryOutcome("failed", f"not fetched again: X-Cache {found}")
