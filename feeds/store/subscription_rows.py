"""Subscriptions and intents as rows of a table; a subscription has one column for each value."""

from collections.abc import Sequence
from typing import Any

from feeds.store.subscriptions import Intent, Subscription, TopicState

INTENT_COLUMNS = tuple(name for name in Intent.__struct_fields__ if name != "number")
_FLAT = tuple(name for name in Subscription.__struct_fields__ if name != "state")
SUBSCRIPTION_COLUMNS = (*_FLAT, "moment", "digest")


def intent_row(intent: Intent) -> dict[str, object]:
    """The INTENT_COLUMNS of *intent*, and those by which it is found."""
    key = intent.key
    found = {"key": key.digest, "is_denial": intent.mode == "denied", "host": key.host}
    return found | {name: getattr(intent, name) for name in INTENT_COLUMNS}


def intent_of(row: Sequence[Any]) -> Intent:
    """The intent of a *row* of its number and INTENT_COLUMNS."""
    number, *rest = row
    return Intent(**dict(zip(INTENT_COLUMNS, rest, strict=True)), number=number)


def subscription_row(subscription: Subscription) -> dict[str, object]:
    """The SUBSCRIPTION_COLUMNS of *subscription*, and those by which it is found."""
    key, state = subscription.key, subscription.state
    found = {"key": key.digest, "host": key.host, "moment": state.moment, "digest": state.digest}
    return found | {name: getattr(subscription, name) for name in _FLAT}


def subscription_of(row: Sequence[Any]) -> Subscription:
    """The subscription of a *row* of SUBSCRIPTION_COLUMNS."""
    *rest, moment, digest = row
    return Subscription(**dict(zip(_FLAT, rest, strict=True)), state=TopicState(moment, digest))
