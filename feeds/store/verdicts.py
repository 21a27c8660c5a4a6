"""Verdicts on intents: one rule by which every backend of Subscriptions records or refuses them."""

from msgspec import Struct

from feeds.store.subscriptions import Intent, IntentLimits, Verdict

WITHIN = 60.0  # seconds in which equal requests are one, and requests of a client are counted


class IntentContext(Struct, frozen=True):
    """The state of a backend when an intent arrives; the key, host and client are those of the intent.

    - *former*: the last request with its key, if that is pending or arrived within WITHIN
    - *is_pending*: whether *former* is pending
    - *verified*: the time of the last verification of the subscription with its key, None without one
    - *pending*, *subscriptions*: numbers of all pending requests and subscriptions
    - *host_pending*, *host_subscriptions*: the numbers with callbacks on its host
    - *client*: the number of intents of its client within WITHIN
    """

    former: Intent | None
    is_pending: bool
    verified: float | None
    pending: int
    host_pending: int
    subscriptions: int
    host_subscriptions: int
    client: int


def verdict(intent: Intent, context: IntentContext, limits: IntentLimits) -> Verdict:
    """Decide on *intent*. A denial is the decision of an operator, which is always recorded."""
    if intent.mode == "denied":
        return "recorded"
    if _is_known(intent, context):
        return "known"
    if intent.client and context.client >= limits.client:
        return "client"
    if not context.is_pending:  # else it replaces that one
        if context.pending >= limits.pending:
            return "pending"
        if context.host_pending >= limits.pending_per_host:
            return "host"
    if intent.mode == "subscribe" and context.verified is None:
        if context.subscriptions >= limits.subscriptions:
            return "full"
        if context.host_subscriptions >= limits.subscriptions_per_host:
            return "host"
    return "recorded"


def _is_known(intent: Intent, context: IntentContext) -> bool:
    """Return whether *intent* repeats a request to unsubscribe that is pending or was just fulfilled.

    A request that failed counts as new. So does every request to subscribe, because its subscriber waits
    for the verification, which has the lease: Prosody renews at every push, and after a renewal without a
    verification, it stops renewing and reading the feed.
    """
    former = context.former
    if intent.mode == "subscribe" or former is None or _wish(former) != _wish(intent):
        return False
    return context.is_pending or context.verified is None


def _wish(intent: Intent) -> tuple[object, ...]:
    """The choices of a subscriber. Equal secrets of a subscription are sealed equally."""
    return intent.mode, intent.lease, intent.secret, intent.algorithm, intent.token
