"""The callback of the canary: it answers for this server's own subscription, and for no other."""

import hmac
from collections.abc import Mapping

from feeds.feed.site import Site
from feeds.push.delivery import signature
from feeds.push.sealing import Sealer
from feeds.query import Query
from feeds.store.subscriptions import SubscriptionKey

_TOPIC = Query(limit=1, content="title").address("json")  # a short document


class CanaryCallback:
    """Confirms and receives the canary's subscription, and no other, with keys of *sealer*.

    Its methods raise StoreError if the sealer's key cannot be read.
    """

    def __init__(self, site: Site, sealer: Sealer) -> None:
        self.key = SubscriptionKey(site.url + _TOPIC, site.canary)
        self._sealer = sealer

    @property
    def token(self) -> str:
        """The ``hub.verify_token`` that nobody else knows."""
        return self._sealer.derived(b"feeds: token of the canary").hex()

    @property
    def secret(self) -> str:
        """The secret of the subscription."""
        return self._sealer.derived(b"feeds: secret of the canary").hex()

    def confirms(self, arguments: Mapping[str, str]) -> bool:
        """Return whether the canary asked for the subscription that *arguments* are to verify."""
        is_ours = arguments.get("hub.topic") == self.key.topic
        return is_ours and _equal(arguments.get("hub.verify_token", ""), self.token)

    def challenge(self, arguments: Mapping[str, str]) -> str:
        """The text that confirms the subscription that *arguments* are to verify."""
        return arguments.get("hub.challenge", "")

    def receives(self, body: bytes, signed: str) -> bool:
        """Return whether *body* is a delivery to the canary, by its signature."""
        return _equal(signed, signature(body, self.secret.encode(), "sha1"))


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
