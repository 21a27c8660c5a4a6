"""Webhooks: subscriptions of the operator, whose callbacks get changes as messages."""

import base64
import hashlib
import hmac
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from feeds.formats.jsonfeed import JSON_FEED
from feeds.pipeline import Pipeline, PreparedFeed
from feeds.push.client import Reply
from feeds.push.delivery import MAX_DELIVERY_BODY, Delivery
from feeds.push.evaluation import is_same, state_of
from feeds.push.messages import ChangeBatch, MessageWriter, as_json
from feeds.push.outcomes import DeliveryOutcome, outcome_of
from feeds.query import Query
from feeds.store.subscriptions import WEBHOOK_MARK, TopicState

WHSEC = "whsec_"  # of secrets, as Standard Webhooks writes them

_EXPLAINED = {
    401: "not authorized",
    403: "forbidden",
    404: "no such webhook",
    410: "the webhook was removed",
}


class Webhook(Struct, frozen=True):
    """An address of the operator that is sent the changes of the feed of *query*.

    *written* is the query as it was written. An empty *secret* means that requests are not signed.
    """

    name: str
    query: Query
    written: str
    url: str
    secret: bytes = b""
    message: MessageWriter = as_json

    @property
    def callback(self) -> str:
        """The callback of its subscription, another one for each name, address and query."""
        query = hashlib.blake2b(self.written.encode(), digest_size=6).hexdigest()
        return f"{self.url}{WEBHOOK_MARK}{quote(self.name)}.{query}"

    def signed(self, body: bytes, base: TopicState, now: float) -> dict[str, str]:
        """The headers of a request with *body* (standardwebhooks.com).

        The id stays the same when the changes since *base* are sent again.
        """
        digest = hashlib.blake2b(digest_size=16)
        for part in (self.callback.encode(), str(base.moment).encode(), base.digest, body):
            digest.update(len(part).to_bytes(8) + part)
        id_, timestamp = f"msg_{digest.hexdigest()}", str(int(now))
        headers = {"webhook-id": id_, "webhook-timestamp": timestamp}
        if self.secret:
            signed = hmac.digest(self.secret, f"{id_}.{timestamp}.".encode() + body, "sha256")
            headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode()}"
        return headers


def secret_of(written: str) -> bytes:
    """The bytes of a secret in base64, with or without its prefix. Raises ValueError."""
    return base64.b64decode(written.removeprefix(WHSEC), validate=True)


def webhook_outcome(reply: Reply, now: float) -> DeliveryOutcome:
    """The outcome of a request that *reply* answers: the settings end a webhook, and no status does."""
    outcome = outcome_of(reply, now)
    if outcome.kind == "acknowledged":
        return outcome
    why = _EXPLAINED.get(reply.status) or _phrase(reply.status)
    reason = f"{outcome.reason}: {why}" if why else f"status {reply.status}"
    return msgspec.structs.replace(outcome, kind="failed", reason=reason)


def address_of(webhook: Webhook, pipeline: Pipeline) -> str:
    """The topic of *webhook*: the address of its feed in JSON. Raises as ``Pipeline.prepare``."""
    return pipeline.prepare(webhook.query, JSON_FEED.extension).feed.addresses[JSON_FEED.extension]


def webhook_delivery(
    webhook: Webhook, base: TopicState, pipeline: Pipeline, now: float
) -> Delivery | None:
    """Return the delivery to *webhook* for the changes of its feed since *base*.

    None if nothing changed. The delivery has an empty body if the message has nothing to say about the
    change. Raises UnknownFeed, GoneFeed, NotReady and MessageFailed.
    """
    prepared = pipeline.prepare(webhook.query, JSON_FEED.extension)
    state = state_of(prepared.selection, now)
    if is_same(state, base):
        return None
    batch = batch_since(webhook.name, prepared, base.moment, pipeline)
    bodies = _bodies(webhook.message, batch) if batch.items or batch.removed else []
    body, *more = [*filter(None, bodies)] or [b""]
    return Delivery(body, {"Content-Type": "application/json"}, state, tuple(more))


def newest(webhook: Webhook, pipeline: Pipeline) -> ChangeBatch:
    """The newest entry of the feed of *webhook*. Raises UnknownFeed, GoneFeed and NotReady."""
    prepared = pipeline.prepare(webhook.query, JSON_FEED.extension)
    batch = batch_since(webhook.name, prepared, 0, pipeline)
    return msgspec.structs.replace(batch, items=batch.items[:1], removed=())


def batch_since(name: str, prepared: PreparedFeed, since: int, pipeline: Pipeline) -> ChangeBatch:
    """The entries that were added or changed after the second *since*, and those removed."""
    changes = pipeline.changes(prepared, since) if since else None
    content = changes or pipeline.widened(prepared, since)
    document: dict[str, Any] = msgspec.json.decode(pipeline.render(content, "identity").body)
    entries = zip(content.selection.items, document["items"], strict=True)
    changed = [each for item, each in entries if any(record.moment > since for record in item.records)]
    removed = [each.id for each in content.feed.deleted if since and each.at > since]
    return ChangeBatch(
        name,
        document["title"],
        document.get("home_page_url", ""),
        document["feed_url"],
        tuple(changed),
        tuple(removed),
    )


def _bodies(message: MessageWriter, batch: ChangeBatch) -> list[bytes]:
    """The message for *batch*, or several with a part of its items each, the last ones first."""
    body = message(batch)
    if len(body) <= MAX_DELIVERY_BODY or len(batch.items) < 2:
        return [body]
    middle = len(batch.items) // 2
    rest = msgspec.structs.replace(batch, items=batch.items[middle:], removed=())
    first = msgspec.structs.replace(batch, items=batch.items[:middle])
    return [*_bodies(message, rest), *_bodies(message, first)]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.lower()
    except ValueError:
        return ""
