"""The decision whether an intent is recorded, the same for every backend of Subscriptions."""

from msgspec import Struct

from feeds.store.subscriptions import Intent, IntentLimits, Verdict

WITHIN = 60.0  # seconds in which requests are the same one, and those of a client are counted


class Standing(Struct, frozen=True):
    """The state of a backend when an intent arrives.

    *former* is the last request with its key, if that is pending or arrived within WITHIN.
    *verified* is the last verification of the subscription with its key, None if there is none. *pending*
    and *subscriptions* are all of them, and *host_pending* and *host_subscriptions* those of its host.
    *client* are the intents of its client within WITHIN.
    """

    former: Intent | None
    is_pending: bool
    verified: float | None
    pending: int
    host_pending: int
    subscriptions: int
    host_subscriptions: int
    client: int


def verdict(intent: Intent, standing: Standing, limits: IntentLimits) -> Verdict:
    """Decide on *intent*. A denial is the decision of an operator, which is always recorded."""
    if intent.mode == "denied":
        return "recorded"
    if _is_known(intent, standing):
        return "known"
    if intent.client and standing.client >= limits.client:
        return "client"
    if not standing.is_pending:  # else it replaces that one
        if standing.pending >= limits.pending:
            return "pending"
        if standing.host_pending >= limits.pending_per_host:
            return "host"
    if intent.mode == "subscribe" and standing.verified is None:
        if standing.subscriptions >= limits.subscriptions:
            return "full"
        if standing.host_subscriptions >= limits.subscriptions_per_host:
            return "host"
    return "recorded"


def _is_known(intent: Intent, standing: Standing) -> bool:
    """Return whether *intent* asks for the end that the former one is to bring, or has brought, about.

    A request that failed is not known. A request to subscribe never is, because its subscriber waits for
    the verification, which tells the lease: Prosody renews at every push, and after a renewal that is not
    verified, it neither renews nor reads the feed any more.
    """
    former = standing.former
    if intent.mode == "subscribe" or former is None or _wish(former) != _wish(intent):
        return False
    return standing.is_pending or standing.verified is None


def _wish(intent: Intent) -> tuple[object, ...]:
    """The choices of a subscriber. Equal secrets of a subscription are sealed equally."""
    return intent.mode, intent.lease, intent.secret, intent.algorithm, intent.token
