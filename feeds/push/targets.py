"""The targets of the operator: subscriptions that the settings make, which need no confirmation."""

from collections.abc import Iterable, Mapping

import msgspec

from feeds.feed.site import Site
from feeds.pipeline import Pipeline
from feeds.push.client import Reply
from feeds.push.delivery import Delivery
from feeds.push.external_hubs import ExternalHub, hub_delivery
from feeds.push.outcomes import DeliveryOutcome, outcome_of
from feeds.push.purging import PurgedCache, purge_delivery
from feeds.push.topics import PushTopic, caches_topic, site_topic
from feeds.push.webhooks import Webhook, address_of, webhook_delivery, webhook_outcome
from feeds.store.subscriptions import Subscription, TopicState

Target = Webhook | ExternalHub | PurgedCache
Targets = Mapping[str, Target]
"""All targets, by the callbacks of their subscriptions."""


def target_topic(target: Target, pipeline: Pipeline, site: Site) -> str:
    """The address of the topic of *target*. Raises as ``Pipeline.prepare``."""
    match target:
        case Webhook():
            return address_of(target, pipeline)
        case ExternalHub():
            return site_topic(site.url).address
        case PurgedCache():
            return caches_topic(site.url).address


def target_delivery(
    target: Target,
    base: TopicState,
    pipeline: Pipeline,
    site: Site,
    *,
    subscribed: Iterable[PushTopic],
    now: float,
) -> Delivery | None:
    """Return the delivery to *target* for the changes of its topic since *base*, None without any.

    *subscribed* are the topics with subscribers. Raises UnknownFeed, GoneFeed, NotReady and
    MessageFailed.
    """
    match target:
        case Webhook():
            return webhook_delivery(target, base, pipeline, now)
        case ExternalHub():
            return hub_delivery(base, pipeline, site, subscribed, now)
        case PurgedCache():
            return purge_delivery(target, base, pipeline, site, subscribed=subscribed, now=now)


def target_headers(
    target: Target, body: bytes, subscription: Subscription, now: float
) -> Mapping[str, str]:
    """The headers of a request with *body* beside those of its delivery."""
    return target.signed(body, subscription.state, now) if isinstance(target, Webhook) else {}


def target_outcome(target: Target, reply: Reply, now: float) -> DeliveryOutcome:
    """The outcome of a request that *reply* answers: the settings end a target, and no status does."""
    if isinstance(target, Webhook):
        return webhook_outcome(reply, now)
    outcome = outcome_of(reply, now)
    return msgspec.structs.replace(outcome, kind="failed") if outcome.kind == "gone" else outcome
