"""Subscriptions to feeds, requests for them, and how far their topics were evaluated.

They are state, not articles: commands and servers write them while another process writes the store. On
one host they are in a SQLite file beside the store, in a fleet in its database; every backend fulfils the
protocol Subscriptions.
"""

from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

IntentMode = Literal["subscribe", "unsubscribe", "denied"]
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


class Subscription(Struct, frozen=True):
    """An active subscription. Times are in seconds since 1970.

    *secret* is sealed, empty without one. The lease lasts from *since*, the last verification, until
    *until*. *state* is the last acknowledged one, since *acknowledged*, 0 before the first delivery.
    *due* is the time at which the topic got another state, 0 if it has none. *failures* failed one after
    the other, the first of them at *failing*, the last one for *reason*; both are 0, and *reason* is
    empty, after a success. Nothing is sent before *not_before*.
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
    """A request to begin, renew or end a subscription, of which its callback is asked first.

    *number* orders intents, and is 0 before the intent is recorded. *lease* is in seconds, 0 if the
    request named none. *token* is the ``hub.verify_token`` of PubSubHubbub 0.3. *client* is the network
    of the client, never its whole address. *reason* is that of a denial, which is only told.
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
"""An intent was recorded, or the same one was settled within a minute, or it exceeds a limit."""


class Cursor(Struct, frozen=True):
    """The last second of the store with *identity* whose changes are noted in all subscriptions."""

    identity: str = ""
    moment: int = 0


class PushChanges(Struct, kw_only=True):
    """The input of one call of ``record``, which writes all of it or nothing.

    *settled* are numbers of intents that need nothing more, *subscriptions* new and changed ones, *ended*
    the keys of those that are no more, *report* what operators are shown, encoded.
    """

    settled: list[int] = []
    subscriptions: list[Subscription] = []
    ended: list[SubscriptionKey] = []
    cursor: Cursor | None = None
    report: bytes | None = None


class Subscriptions(Protocol):
    """The protocol of every backend. Any method may raise StoreError.

    Any number of objects, in any number of processes, may use the same subscriptions; one object is used
    by one thread at a time. Changes are durable once a method has returned. Only the deliverer calls
    ``record``; everybody else asks by an intent.
    """

    def version(self) -> object:
        """A value that differs after every change of an intent, and is quick to get."""

    def ask(self, intent: Intent, limits: IntentLimits) -> Verdict:
        """Record *intent*, which replaces an earlier one with its key that is not settled."""

    def intents(self) -> list[Intent]:
        """The intents that are not settled, in order of arrival."""

    def all(self) -> list[Subscription]:
        """All subscriptions, by topic and callback, those with an ended lease included."""

    def counts(self) -> tuple[int, int]:
        """The numbers of subscriptions and of intents."""

    def record(self, changes: PushChanges) -> None:
        """Write *changes*."""

    def cursor(self) -> Cursor:
        """The last recorded cursor."""

    def report(self) -> bytes:
        """The last recorded report, empty at first."""

    def close(self) -> None:
        """Release all resources."""
