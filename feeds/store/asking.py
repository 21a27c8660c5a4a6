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
    """Return whether *intent* asks for what the former one is to bring about, or has brought about.

    A request that failed is not known. A subscription that ended since, in whatever way, is asked for
    anew.
    """
    former = standing.former
    if former is None or _wish(former) != _wish(intent):
        return False
    if standing.is_pending:
        return True
    if abs(intent.at - former.at) > WITHIN:
        return False
    if intent.mode == "unsubscribe":
        return standing.verified is None
    return standing.verified is not None and standing.verified >= former.at


def _wish(intent: Intent) -> tuple[object, ...]:
    """The choices of a subscriber. Equal secrets of a subscription are sealed equally."""
    return intent.mode, intent.lease, intent.secret, intent.algorithm, intent.token
