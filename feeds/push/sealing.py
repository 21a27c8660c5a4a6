"""Secrets of subscribers, sealed at rest: a copy of the subscriptions alone reveals none.

Secrets are sealed by AES-SIV (RFC 5297) with a key derived by HKDF (RFC 5869). AES-SIV needs no nonce,
which processes on several hosts could use twice: equal secrets of one subscription are sealed equally,
those of two subscriptions differently.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from feeds.article.imports import later
from feeds.store.subscriptions import SubscriptionKey

if TYPE_CHECKING:
    from cryptography import exceptions
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers import aead
    from cryptography.hazmat.primitives.kdf import hkdf
else:
    exceptions = later("cryptography.exceptions")
    hashes = later("cryptography.hazmat.primitives.hashes")
    aead = later("cryptography.hazmat.primitives.ciphers.aead")
    hkdf = later("cryptography.hazmat.primitives.kdf.hkdf")

_VERSION = b"\x01"  # the first byte of a sealed secret
_KEY_BYTES = 64  # of AES-256-SIV
_INFO = b"feeds: secrets of push"
SEALED_OTHERWISE = "secret sealed with another key"


class SealBroken(Exception):
    """A secret that was sealed with another key, for another subscription, or was damaged.

    Nobody can open it any more. End the subscription with a denial for the reason SEALED_OTHERWISE, and
    its subscriber subscribes again with a secret.
    """

    def __init__(self) -> None:
        super().__init__(SEALED_OTHERWISE)


class Sealer:
    """Seals secrets with the text that *key* returns at its first call; it must be hard to guess."""

    def __init__(self, key: Callable[[], str]) -> None:
        self._key = key

    def seal(self, secret: bytes, key: SubscriptionKey) -> bytes:
        """Seal the *secret* of the subscription with *key*; an empty one stays empty.

        Raises StoreError if the sealer's key cannot be read or made.
        """
        return secret and _VERSION + self._cipher.encrypt(secret, _bound(key))

    def opened(self, sealed: bytes, key: SubscriptionKey) -> bytes:
        """The secret that was *sealed* for the subscription with *key*; an empty one stays empty.

        Raises SealBroken, and StoreError if the sealer's key cannot be read or made.
        """
        if sealed and not sealed.startswith(_VERSION):
            raise SealBroken
        try:
            return sealed and self._cipher.decrypt(sealed[len(_VERSION) :], _bound(key))
        except exceptions.InvalidTag:
            raise SealBroken from None

    def derived(self, purpose: bytes) -> bytes:
        """A secret of 32 bytes for *purpose*, the same for equal keys. Raises StoreError."""
        derivation = hkdf.HKDF(hashes.SHA256(), 32, salt=None, info=purpose)
        return derivation.derive(self._key().encode())

    @cached_property
    def _cipher(self) -> "aead.AESSIV":
        derived = hkdf.HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=_INFO)
        return aead.AESSIV(derived.derive(self._key().encode()))


def _bound(key: SubscriptionKey) -> list[bytes]:
    """The associated data: a secret that is copied to another subscription cannot be opened."""
    return [key.topic.encode(), key.callback.encode()]
