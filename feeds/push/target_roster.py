"""The subscriptions of targets, as the settings have them."""

from collections.abc import Callable

import msgspec

from feeds.logs.events import EventLog
from feeds.push.courier import Courier
from feeds.push.ledger import Ledger
from feeds.push.post import Means
from feeds.push.webhooks import Webhook
from feeds.store.subscriptions import Subscription, SubscriptionKey, TopicState

log = EventLog(__name__)


NEVER = 253_402_300_799.0  # the last second of the year 9999


class TargetRoster:
    """Begins and ends the subscriptions of targets in *ledger*; *wake* is called for each change.

    *topics* are those that targets are subscribed to, or are going to be. *without_feed* has the time
    since which the feed of a webhook has not existed, by callback.
    """

    def __init__(
        self, ledger: Ledger, courier: Courier, means: Means, wake: Callable[[], object]
    ) -> None:
        self.topics: set[str] = set()
        self.without_feed: dict[str, float] = {}
        self._ledger = ledger
        self._courier = courier
        self._means = means
        self._wake = wake

    def end_former(self) -> None:
        """End the subscriptions of targets that are not in the settings any more."""
        for each in [*self._ledger]:
            if each.key.is_target and each.callback not in self._means.targets:
                name = each.key.subscriber
                said = f"{name}: ended, or begun anew: not in the settings as it was"
                log.info("subscription.ended", said, subscriber=name, topic=each.key.topic)
                self._courier.end(each.key)

    def missing(self, webhook: Webhook) -> None:
        """Note that the feed of *webhook* does not exist: all of its entries will be new."""
        if webhook.callback not in self.without_feed:
            said = f"webhook {webhook.name}: no such feed yet: {webhook.written}"
            log.warning("webhook.without-feed", said, webhook=webhook.name)
            self.without_feed[webhook.callback] = self._means.clock()

    def keep(self, callback: str, topic: str, state: TopicState) -> None:
        """Subscribe *callback* to *topic*, which has *state*, unless it is subscribed.

        If the address of the feed has changed, its subscription goes on with the present one.
        """
        since = self.without_feed.pop(callback, None)
        if self._ledger.get(SubscriptionKey(topic, callback)):
            return
        now = self._means.clock()
        former = next((each for each in self._ledger if each.callback == callback), None)
        if former:
            self.topics.discard(former.topic)
            self._courier.end(former.key)
            self._put(msgspec.structs.replace(former, topic=topic, due=former.due or now))
        elif since is not None:
            made = begun(callback, topic, TopicState(int(since) - 1), now)
            self._put(msgspec.structs.replace(made, due=now))
        else:
            self._put(begun(callback, topic, state, now))
        name = SubscriptionKey(topic, callback).subscriber
        said = f"{name}: subscribed to {topic}"
        log.info("subscription.begun", said, subscriber=name, topic=topic)

    def _put(self, subscription: Subscription) -> None:
        self._ledger.put(subscription)
        self._wake()
        if subscription.due:
            self._courier.reschedule(subscription.key)


def begun(callback: str, topic: str, state: TopicState, now: float) -> Subscription:
    """The subscription of *callback* from *now* on, at which *topic* has *state*."""
    return Subscription(topic, callback, until=NEVER, since=now, state=state)
