"""Verification of intent: a callback confirms a request that was sent in its name (WebSub, 5.3)."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from feeds.http.outgoing import RequestFailed, RequestRefused
from feeds.period import DAY
from feeds.push.client import Reply
from feeds.push.evaluation import is_same
from feeds.push.retries import Random
from feeds.store.subscriptions import Intent, Subscription, SubscriptionKey, TopicState

DEFAULT_LEASE = 10 * DAY
MIN_LEASE, MAX_LEASE = 3_600, 30 * DAY
STAMP_AHEAD = 1  # seconds by which the time of a change may be ahead of the clock
SPREAD = 0.1  # the share by which a default lease is shorter, so that renewals do not come at one time
PAUSES = (5.0, 30.0)  # seconds before each further attempt, if there was no response

Sleep = Callable[[float], Awaitable[object]]


class Gets(Protocol):
    """The part of a Sender that verification needs."""

    async def get(self, url: str) -> Reply:
        """See Sender."""


def granted_lease(asked: int, random: Random) -> int:
    """Return the lease in seconds for a request; *asked* is the requested lease, 0 without one.

    A requested lease is granted unchanged. Some subscribers request, at each renewal, the lease that they
    were granted before: if it were shortened, it would become shorter each time.
    """
    if asked:
        return min(max(asked, MIN_LEASE), MAX_LEASE)
    return int(DEFAULT_LEASE * (1 - SPREAD * random()))


def verification_url(intent: Intent, challenge: str, lease: int) -> str:
    """The address that verifies *intent*; the *lease* of a subscription is in seconds."""
    arguments = {"hub.mode": intent.mode, "hub.topic": intent.topic, "hub.challenge": challenge}
    if intent.mode == "subscribe":
        arguments["hub.lease_seconds"] = str(lease)
    if intent.token:
        arguments["hub.verify_token"] = intent.token
    return _with(intent.callback, arguments)


def denial_url(key: SubscriptionKey, reason: str) -> str:
    """The address that tells a callback that its subscription is denied or ended (WebSub, 5.2)."""
    arguments = {"hub.mode": "denied", "hub.topic": key.topic}
    return _with(key.callback, arguments | ({"hub.reason": reason} if reason else {}))


def _with(callback: str, arguments: dict[str, str]) -> str:
    """*callback* with its own query, followed by *arguments*."""
    mark = "?" if "?" not in callback else "" if callback[-1] in "?&" else "&"
    return f"{callback}{mark}{urlencode(arguments)}"


async def unconfirmed(intent: Intent, sender: Gets, challenge: str, lease: int, pause: Sleep) -> str:
    """Ask the callback of *intent*; return the reason that it does not confirm it, empty if it does.

    Only a request without a response is repeated, after each of PAUSES.
    """
    url = verification_url(intent, challenge, lease)
    reason = ""
    for seconds in (0.0, *PAUSES):
        if seconds:
            await pause(seconds)
        try:
            return _refusal(await sender.get(url), challenge)
        except RequestRefused as error:
            return str(error)
        except RequestFailed as error:
            reason = str(error)
    return reason


def _refusal(reply: Reply, challenge: str) -> str:
    if not 200 <= reply.status < 300:
        return f"status {reply.status}"
    return "" if reply.body == challenge.encode() else "not the challenge"


def subscribed(
    intent: Intent,
    former: Subscription | None,
    before: TopicState,
    state: TopicState,
    *,
    lease: int,
    now: float,
) -> Subscription:
    """Return the subscription that a confirmed *intent* begins, or renews if there is a *former* one.

    A new one has the present *state* of its topic, and nothing is due. If the topic has changed since the
    request, which its state *before* the callback was asked may show, the whole feed is due: the
    subscriber may have read it earlier. A renewed subscription keeps its undelivered changes, and
    delivery is tried again at once, because its callback works.
    """
    begun = former or Subscription(intent.topic, intent.callback, until=0, since=0, state=state)
    if not former and (state.moment > intent.at + STAMP_AHEAD or not is_same(before, state)):
        begun = msgspec.structs.replace(begun, state=TopicState(), due=now)
    return msgspec.structs.replace(
        begun,
        until=now + lease,
        since=now,
        secret=intent.secret,
        algorithm=intent.algorithm,
        failures=0,
        failing=0,
        reason="",
        not_before=0,
    )
