"""The outcome of a delivery, and the subscription after it."""

from typing import Literal

import msgspec
from msgspec import Struct

from feeds.http.outgoing import RequestFailed
from feeds.period import DAY
from feeds.push.client import Reply
from feeds.push.retries import Random, retry_after, retry_delay
from feeds.store.subscriptions import Subscription, TopicState

MISSING_FOR = 3 * DAY  # seconds of failures after which a callback that is not found ends

_NOT_FOUND = "status 404"
_NOT_ANSWERS = (408, 429)  # statuses below 500 of hosts that do not work now


class DeliveryOutcome(Struct, frozen=True):
    """The outcome of one request; *reason* is empty if it succeeded.

    *is_answered* is true if the host works, even if it refused the request. *retry_after* is in seconds.
    """

    kind: Literal["acknowledged", "gone", "failed"]
    reason: str = ""
    is_answered: bool = True
    retry_after: float = 0


ACKNOWLEDGED = DeliveryOutcome("acknowledged")


def outcome_of(reply: Reply, now: float) -> DeliveryOutcome:
    """Return the outcome of a delivery that *reply* answers (WebSub, 7)."""
    if 200 <= reply.status < 300:
        return ACKNOWLEDGED
    reason = f"status {reply.status}"
    if reply.status == 410:
        return DeliveryOutcome("gone", reason)
    is_answered = reply.status < 500 and reply.status not in _NOT_ANSWERS
    return DeliveryOutcome(
        "failed", reason, is_answered, retry_after(reply.headers.get("retry-after", ""), now)
    )


def failure_of(error: RequestFailed) -> DeliveryOutcome:
    """Return the outcome of a request without a response."""
    return DeliveryOutcome("failed", str(error), is_answered=False)


def acknowledged(subscription: Subscription, state: TopicState, now: float) -> Subscription:
    """Return *subscription* after its subscriber has acknowledged *state*."""
    return msgspec.structs.replace(
        subscription,
        state=state, acknowledged=now, due=0, failures=0, failing=0, reason="", not_before=0,
    )  # fmt: skip


def failed(
    subscription: Subscription, outcome: DeliveryOutcome, now: float, random: Random
) -> Subscription:
    """Return *subscription* after a failed delivery, with the time of the next attempt."""
    failures = subscription.failures + 1
    delay = max(outcome.retry_after, retry_delay(failures, random))
    return msgspec.structs.replace(
        subscription,
        failures=failures,
        failing=subscription.failing or now,
        reason=outcome.reason,
        not_before=now + delay,
    )


def is_missing(subscription: Subscription, outcome: DeliveryOutcome, now: float) -> bool:
    """Return whether the callback has been missing for so long that the subscription ends."""
    return (
        outcome.reason == subscription.reason == _NOT_FOUND
        and subscription.failing > 0
        and now - subscription.failing >= MISSING_FOR
    )
