"""Subscriptions to feeds, requests for them, and how far their topics were evaluated.

They are state, not articles: commands and servers write them while another process writes the store. On
one host they are in a SQLite file beside the store, in a fleet in its database; every backend fulfils the
protocol Subscriptions.
"""

from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from feeds.errors import StoreError

# In callbacks of the operator's own targets; those of strangers have no fragment.
WEBHOOK_MARK = "#webhook="
HUB_MARK = "#hub="
CACHE_MARK = "#cache="

IntentMode = Literal["subscribe", "unsubscribe", "denied", "fetched"]
Algorithm = Literal["sha256", "sha1"]


class TopicState(Struct, frozen=True):
    """The state of a topic: the *moment* of its last change, in seconds since 1970, and its *digest*.

    The digest covers the entries, their order and their versions as readers see them, and no rendering:
    a new version of this program changes none.
    """

    moment: int = 0
    digest: bytes = b""


class SubscriptionKey(NamedTuple):
    """The identity of a subscription (WebSub, 5): the addresses of topic and callback."""

    topic: str
    callback: str

    @property
    def digest(self) -> bytes:
        """A digest of both addresses, which may be too long for an index."""
        return blake2b(b"\0".join(map(str.encode, self)), digest_size=16).digest()

    @property
    def host(self) -> str:
        """The host of the callback in lower case, empty if it has none."""
        return _host(self.callback)

    @property
    def webhook(self) -> str:
        """The name of the webhook, empty for any other subscription."""
        return self.callback.partition(WEBHOOK_MARK)[2].partition(".")[0]

    @property
    def is_hub(self) -> bool:
        """True if the callback is an external hub, which is pinged after changes."""
        return HUB_MARK in self.callback

    @property
    def cache(self) -> str:
        """The name of the cache that is purged, empty if this is another subscription."""
        return self.callback.partition(CACHE_MARK)[2]

    @property
    def is_target(self) -> bool:
        """True if the settings of the operator made this subscription, and alone can end it."""
        return "#" in self.callback

    @property
    def subscriber(self) -> str:
        """The callback in logs and lists: its host and a digest, since the whole address is a secret.

        A webhook and a cache have their names.
        """
        if self.webhook:
            return f"webhook {self.webhook}"
        if self.is_hub:
            return f"hub {self.host}"
        if self.cache:
            return f"cache {self.cache}"
        return f"{self.host}#{blake2b(self.callback.encode(), digest_size=4).hexdigest()}"


class Subscription(Struct, frozen=True):
    """An active subscription. Times are in seconds since 1970.

    - *until*: the end of the lease
    - *since*: the last verification, at which the lease began
    - *secret*: sealed, empty without one
    - *state*: the last acknowledged state of the topic
    - *acknowledged*: the time of that acknowledgement, 0 before the first delivery
    - *due*: the time at which the topic got another state, 0 if it has none
    - *failures*: the number of deliveries that failed one after the other
    - *failing*: the time of the first of these failures
    - *reason*: the reason of the last one
    - *not_before*: nothing is sent before this time
    """

    topic: str
    callback: str
    until: float
    since: float
    secret: bytes = b""
    algorithm: Algorithm = "sha256"
    state: TopicState = TopicState()
    acknowledged: float = 0
    due: float = 0
    failures: int = 0
    failing: float = 0
    reason: str = ""
    not_before: float = 0

    @property
    def key(self) -> SubscriptionKey:
        """The identity of this subscription."""
        return SubscriptionKey(self.topic, self.callback)


class Intent(Struct, frozen=True):
    """A request to begin, renew or end a subscription, which its callback has to confirm first.

    With the mode *fetched*, it is the note that the hub at *callback* requested a feed.

    *number* orders intents, and is 0 before the intent is recorded. *lease* is in seconds, 0 if the
    request named none. *token* is the ``hub.verify_token`` of PubSubHubbub 0.3. *client* is the network
    of the client, never its whole address. *reason* is the text that a denial sends to the callback.
    """

    topic: str
    callback: str
    mode: IntentMode
    at: float
    lease: int = 0
    secret: bytes = b""
    algorithm: Algorithm = "sha256"
    token: str = ""
    client: str = ""
    reason: str = ""
    number: int = 0

    @property
    def key(self) -> SubscriptionKey:
        """The identity of the subscription that is asked for."""
        return SubscriptionKey(self.topic, self.callback)


class IntentLimits(Struct, frozen=True):
    """The most intents and subscriptions that are kept; *client* is per minute."""

    pending: int = 10_000
    pending_per_host: int = 100
    client: int = 120
    subscriptions: int = 100_000
    subscriptions_per_host: int = 20_000


Verdict = Literal["recorded", "known", "pending", "host", "client", "full"]
"""The outcome of ``ask``: the intent was recorded, or the same request to end a subscription is pending
or was fulfilled within a minute, or it exceeds a limit; *full* means that of all subscriptions."""


class Cursor(Struct, frozen=True):
    """The last second of the store with *identity* whose changes are noted in all subscriptions."""

    identity: str = ""
    moment: int = 0


class PushChanges(Struct, kw_only=True):
    """The input of one call of ``record``, which writes all of it or nothing.

    *settled* are numbers of intents that are done, *subscriptions* the new and changed subscriptions, and
    *ended* the keys of ended ones. *report* is the encoded PushReport. *withdrawn* is true if feeds
    announce no hub of this server. A value of None changes nothing.
    """

    settled: list[int] = []
    subscriptions: list[Subscription] = []
    ended: list[SubscriptionKey] = []
    cursor: Cursor | None = None
    report: bytes | None = None
    withdrawn: bool | None = None


class DelivererReplaced(StoreError):
    """Another object has become the deliverer: this one must not record anything more."""

    def __init__(self, subject: Path | str) -> None:
        super().__init__(subject, "another process delivers now", "nothing is to be done; this one ends")


class Subscriptions(Protocol):
    """The protocol of every backend. Any method may raise StoreError.

    Any number of objects, in any number of processes, may use the same subscriptions; one object is used
    by one thread at a time. Only the deliverer calls ``record``; all others ask by an intent.

    Changes survive the end of any process once a method has returned. They also survive a loss of power,
    except a ``record`` that neither settles an intent nor ends a subscription: afterwards, subscribers
    may get what they have acknowledged a second time.
    """

    def version(self) -> object:
        """A value that is quick to get, and differs if an intent was recorded since the last call.

        Values of two objects cannot be compared. Raises DelivererReplaced if this object was the
        deliverer, and another one is.
        """

    def ask(self, intent: Intent, limits: IntentLimits) -> Verdict:
        """Record *intent*, unless it is known or exceeds a limit.

        It replaces a request with its key that is not settled. A denial is a decision of an operator, and
        is not replaced: both are settled in their order. A denial replaces all intents with its key, and
        has no limits.
        """

    def intents(self) -> list[Intent]:
        """The intents that are not settled, in order of arrival."""

    def all(self) -> list[Subscription]:
        """All subscriptions, by topic and callback, those with an ended lease included."""

    def counts(self) -> tuple[int, int]:
        """The numbers of subscriptions and of intents that are not settled."""

    def take_over(self) -> None:
        """Become the deliverer; ``record`` of the former one raises DelivererReplaced from now on."""

    def record(self, changes: PushChanges) -> None:
        """Write *changes*; the first call takes over, if ``take_over`` was not called.

        A deliverer that was replaced, for example on a host that does not know yet that it lost the
        lease, records nothing. Subscribers may get a change from it and from its successor, but no change
        is marked as acknowledged without an acknowledgement, and no state is set back. Raises
        DelivererReplaced.
        """

    def cursor(self) -> Cursor:
        """The last recorded cursor."""

    def report(self) -> bytes:
        """The last recorded report, empty at first."""

    def withdrawn(self) -> bool:
        """Return whether the hub is withdrawn, False at first."""

    def close(self) -> None:
        """Release all resources; the next call of another method opens them again."""


@lru_cache(1024)
def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets without an IPv6 address
        return ""
