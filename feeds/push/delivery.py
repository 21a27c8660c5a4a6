"""The content of a delivery: what a subscriber with an earlier state of a topic has to be sent."""

import hmac
from collections.abc import Mapping, Sequence
from typing import assert_never

from msgspec import Struct

from feeds.article import fingerprint
from feeds.formats import opml
from feeds.formats.atom import ATOM
from feeds.formats.rss import RSS
from feeds.http.links import link
from feeds.pipeline import Pipeline, PreparedFeed
from feeds.push.evaluation import is_same, state_of
from feeds.push.topics import FeedTopic, ListTopic, PushTopic, SiteTopic
from feeds.store.subscriptions import Algorithm, TopicState

PARTIAL = (ATOM.extension, RSS.extension)
"""The formats of which a delivery may leave out entries that were delivered (WebSub, 7)."""


MAX_DELIVERY_BODY = 1 << 20  # bytes; Flask-WebSub refuses larger ones, and FreshRSS loses all after 3 MiB


class Delivery(Struct, frozen=True):
    """The *body* of a delivery and its *headers*, after which a subscriber has *state*.

    *more* are the bodies of further requests with the same headers, if one would be too large.
    """

    body: bytes
    headers: Mapping[str, str]
    state: TopicState
    more: tuple[bytes, ...] = ()


def delivery(
    topic: PushTopic, base: TopicState, pipeline: Pipeline, hubs: Sequence[str], now: float
) -> Delivery | None:
    """Return the delivery to a subscriber with the state *base*, None if that is the present state.

    The same base gives the same bytes until *topic* changes. Raises UnknownFeed, GoneFeed and NotReady.
    """
    match topic:
        case FeedTopic():
            prepared = pipeline.prepare(topic.query, topic.extension)
            state = state_of(prepared.selection, now)
            if is_same(state, base):
                return None
            body, *more = _bodies(_content(prepared, base, pipeline), pipeline)
            media_type = prepared.format.media_type
        case ListTopic():
            body, state = _list(topic, pipeline, now)
            if is_same(state, base):
                return None
            more = []
            media_type = opml.MEDIA_TYPE
        case SiteTopic():
            return None  # it has no content of its own
        case _ as never:
            assert_never(never)
    return Delivery(body, _headers(topic.address, media_type, hubs), state, tuple(more))


def list_state(topic: ListTopic, pipeline: Pipeline, now: float) -> TopicState:
    """Return the present state of a list. Raises UnknownFeed, GoneFeed and NotReady."""
    return _list(topic, pipeline, now)[1]


def signature(body: bytes, secret: bytes, algorithm: Algorithm) -> str:
    """The value of the header X-Hub-Signature of *body* (WebSub, 7.1)."""
    return f"{algorithm}={hmac.digest(secret, body, algorithm).hex()}"


def _content(prepared: PreparedFeed, base: TopicState, pipeline: Pipeline) -> PreparedFeed:
    """The changes since *base* if they and the format can say all, else the whole feed.

    The whole feed has more than its limit of entries if more were added since *base*, but not for a
    subscriber without a state, which was never sent anything.
    """
    if base == TopicState():
        return prepared
    if base.moment and prepared.format.extension in PARTIAL:
        changes = pipeline.changes(prepared, base.moment)
        if changes and _says_something(changes):
            return changes
    return pipeline.widened(prepared, base.moment)


def _bodies(content: PreparedFeed, pipeline: Pipeline) -> list[bytes]:
    """The document of *content*, or several with a part of its entries each, the last ones first."""
    body = pipeline.render(content, "identity").body
    is_divisible = content.format.extension in PARTIAL and len(content.selection.items) > 1
    if len(body) <= MAX_DELIVERY_BODY or not is_divisible:
        return [body]
    return [each for half in pipeline.halves(content) for each in _bodies(half, pipeline)]


def _says_something(changes: PreparedFeed) -> bool:
    has_tombstones = changes.format.has_tombstones and bool(changes.feed.deleted)
    return bool(changes.selection.items) or has_tombstones


def _list(topic: ListTopic, pipeline: Pipeline, now: float) -> tuple[bytes, TopicState]:
    body = opml.render(pipeline.directory(topic.kind, topic.queries), topic.extension)
    return body, TopicState(min(pipeline.latest(), int(now)), fingerprint(body))


def _headers(address: str, media_type: str, hubs: Sequence[str]) -> dict[str, str]:
    # Some subscribers take the topic from the first link, whatever its relation is.
    links = [link(address, "self"), *(link(hub, "hub") for hub in hubs)]
    return {"Content-Type": media_type, "Link": ", ".join(links)}
