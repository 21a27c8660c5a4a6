"""External hubs: pings to the hubs of other sites that feeds announce, after changes of feeds.

The Recommendation leaves open how a publisher pings a hub. Hubs of PubSubHubbub 0.3 and 0.4 read
``hub.url``, some of WebSub ``hub.topic``; a request has both. The hub then fetches the feeds. Some accept
every request and fetch nothing: their subscribers, who do not poll, then miss articles.
"""

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from feeds.feed.site import Site
from feeds.http.outgoing import host_of
from feeds.logs.events import EventLog
from feeds.pipeline import Pipeline
from feeds.push.delivery import Delivery
from feeds.push.evaluation import is_same, site_changes, site_state
from feeds.push.hub_form import FORM_TYPE
from feeds.push.report import HubReport
from feeds.push.topics import PushTopic
from feeds.push.touched_feeds import touched_addresses
from feeds.store.subscriptions import HUB_MARK, Subscription, TopicState

log = EventLog(__name__)

MAX_ADDRESSES = 10  # in one request: Google's hub reads no more
PING_HEADERS = {"Content-Type": FORM_TYPE}

FETCHES_WITHIN = 300.0  # seconds after a ping
FETCHES_BEFORE = 60.0  # seconds before the last of several requests, or its response
MAX_UNANSWERED = 3  # pings in a row after which a hub counts as silent ...
COUNTS_AS_SILENT_AFTER = 3_600.0  # ... so many seconds after the last of them

_AGENTS = {"pubsubhubbub.appspot.com": "feedfetcher-google", "superfeedr.com": "superfeedr"}
"""Parts of the User-Agent of hubs that do not give the name of their host, or another one."""


class ExternalHub(Struct, frozen=True):
    """The hub at *url*."""

    url: str

    @property
    def callback(self) -> str:
        """The callback of its subscription."""
        return f"{self.url}{HUB_MARK}"

    @property
    def agent(self) -> str:
        """The part of a User-Agent, in lower case, by which requests of the hub are known."""
        host = host_of(self.url)
        return next((agent for known, agent in _AGENTS.items() if f".{host}".endswith(f".{known}")), host)


def hub_delivery(
    base: TopicState, pipeline: Pipeline, site: Site, subscribed: Iterable[PushTopic], now: float
) -> Delivery | None:
    """Return the pings of a hub for the feeds touched since *base*, None if there are none.

    Raises NotReady.
    """
    index = pipeline.current_index.index()
    state = site_state(index, now)
    if is_same(state, base):
        return None
    touched = touched_addresses(index, site_changes(index, base), site, subscribed)
    body, *more = [*_forms(touched)] or [b""]
    return Delivery(body, PING_HEADERS, state, tuple(more))


def _forms(addresses: Sequence[str]) -> Iterator[bytes]:
    for first in range(0, len(addresses), MAX_ADDRESSES):
        some = addresses[first : first + MAX_ADDRESSES]
        fields = [(name, each) for each in some for name in ("hub.url", "hub.topic")]
        yield urlencode([("hub.mode", "publish"), *fields]).encode()


def followed(report: HubReport, subscription: Subscription, fetched: float) -> HubReport:
    """Return *report* of a hub with its *subscription* now, and its last known request of a feed."""
    pinged, unanswered = subscription.acknowledged, report.unanswered
    if pinged > report.pinged and len(unanswered) < MAX_UNANSWERED:
        unanswered = (*unanswered, pinged)
    is_answer = pinged > 0 and pinged - FETCHES_BEFORE <= fetched <= pinged + FETCHES_WITHIN
    return msgspec.structs.replace(
        report,
        pinged=pinged,
        fetched=max(fetched, report.fetched) if is_answer else report.fetched,
        unanswered=() if is_answer else unanswered,
        failures=subscription.failures,
        reason=subscription.reason,
    )


class HubRecord:
    """The pings of external hubs and their outcomes, beginning with the reports *former*."""

    def __init__(self, former: Iterable[HubReport]) -> None:
        self._reports = {each.hub: each for each in former}
        self._fetched: dict[str, float] = {}

    def fetched(self, callback: str, at: float) -> None:
        """Note that the hub with *callback* requested a feed."""
        self._fetched[callback] = max(at, self._fetched.get(callback, 0))

    def follow(self, subscriptions: Iterable[Subscription], now: float) -> tuple[HubReport, ...]:
        """Return the reports of hubs with these *subscriptions*; log changes of their silence."""
        found = []
        for each in subscriptions:
            hub = each.callback.removesuffix(HUB_MARK)
            before = self._reports.get(hub, HubReport(hub))
            after = followed(before, each, self._fetched.get(each.callback, 0))
            after = msgspec.structs.replace(after, silent=is_silent(after, now))
            if after.silent and not before.silent:
                name = each.key.subscriber
                said = f"{name}: accepts pings, but requests no feed after them"
                log.warning("external-hub.silent", said, subscriber=name)
            elif before.silent and not after.silent:
                name = each.key.subscriber
                log.info("external-hub.recovered", f"{name}: requests feeds again", subscriber=name)
            self._reports[hub] = after
            found.append(after)
        return tuple(found)


def is_silent(report: HubReport, now: float) -> bool:
    """Return whether the hub of *report* accepts pings, but fetched nothing after any of them."""
    unanswered = report.unanswered
    return len(unanswered) >= MAX_UNANSWERED and now - unanswered[-1] >= COUNTS_AS_SILENT_AFTER
