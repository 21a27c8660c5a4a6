"""The requests of a delivery, and its outcome."""

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from feeds.http.outgoing import RequestFailed
from feeds.push.client import Reply
from feeds.push.delivery import Delivery, signature
from feeds.push.outcomes import ACKNOWLEDGED, DeliveryOutcome, failure_of, outcome_of
from feeds.push.purging import PurgedCache, Purger
from feeds.push.retries import Random
from feeds.push.sealing import Sealer
from feeds.push.targets import Target, Targets, target_headers, target_outcome
from feeds.store.subscriptions import Subscription, SubscriptionKey, TopicState


class Sends(Protocol):
    """The part of a Sender that deliveries and verifications need."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """See Sender."""

    async def get(self, url: str) -> Reply:
        """See Sender."""


class Means(Struct, frozen=True, kw_only=True):
    """The means of deliveries.

    *clock* returns seconds since 1970, *random* numbers below 1. *operator_sender* sends the requests of
    *targets*, whose addresses the operator has chosen; *purger* purges caches.
    """

    sender: Sends
    sealer: Sealer
    clock: Callable[[], float]
    random: Random
    targets: Targets = {}
    operator_sender: Sends | None = None
    purger: Purger | None = None


class Post:
    """Sends deliveries by *means*, in the event loop."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._pings: dict[SubscriptionKey, _Pings] = {}

    async def send(self, subscription: Subscription, made: Delivery) -> DeliveryOutcome:
        """Send each body of *made*; return the outcome of the last one, or of the first that fails.

        Another attempt repeats all bodies, because a subscriber may discard an incomplete sequence. An
        external hub gets no ping twice. Raises SealBroken.
        """
        target = self._means.targets.get(subscription.callback)
        if target and not made.body:
            return ACKNOWLEDGED  # nothing in the change is worth a message
        pings = self._pings_of(subscription, made)
        for body in (made.body, *made.more):
            if pings and body in pings.accepted:
                continue
            outcome = await self._sent(target, subscription, body, made.headers)
            if outcome.kind != "acknowledged":
                return outcome
            if pings:
                pings.accepted.add(body)
        self._pings.pop(subscription.key, None)
        return ACKNOWLEDGED

    def _pings_of(self, subscription: Subscription, made: Delivery) -> "_Pings | None":
        """The part of *made* that an external hub has accepted; None for other subscriptions."""
        if not subscription.key.is_hub:
            return None
        change = subscription.state, made.state.digest
        found = self._pings.get(subscription.key)
        if found is None or found.change != change:
            found = self._pings[subscription.key] = _Pings(change, set())
        return found

    async def _sent(
        self, target: Target | None, subscription: Subscription, body: bytes, headers: Mapping[str, str]
    ) -> DeliveryOutcome:
        try:
            if target:
                return await self._told(target, subscription, body, headers)
            return await self._delivered(subscription, body, headers)
        except RequestFailed as error:
            return failure_of(error)

    async def _delivered(
        self, subscription: Subscription, body: bytes, headers: Mapping[str, str]
    ) -> DeliveryOutcome:
        if subscription.secret:
            secret = self._means.sealer.opened(subscription.secret, subscription.key)
            headers = {**headers, "X-Hub-Signature": signature(body, secret, subscription.algorithm)}
        reply = await self._means.sender.post(subscription.callback, body, headers)
        return outcome_of(reply, self._means.clock())

    async def _told(
        self, target: Target, subscription: Subscription, body: bytes, headers: Mapping[str, str]
    ) -> DeliveryOutcome:
        if isinstance(target, PurgedCache):
            assert self._means.purger
            return await self._means.purger.purge(target, body)
        more = target_headers(target, body, subscription, self._means.clock())
        assert self._means.operator_sender
        reply = await self._means.operator_sender.post(target.url, body, {**headers, **more})
        return target_outcome(target, reply, self._means.clock())


class _Pings(Struct, frozen=True):
    """The bodies that an external hub has *accepted* of those about a *change* between two states."""

    change: tuple[TopicState, bytes]
    accepted: set[bytes]
