"""ClientRequest: one request for a feed, as a server or an access log reports it."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b

from msgspec import Struct

from feeds.http.client_address import client_network

MAX_HASHES_KEPT = 65_536  # clients
SAMPLED_BITS = 20  # of hashes, by which clients are sampled
SECONDS_PER_DAY = 86_400  # seconds


class ClientRequest(Struct, frozen=True, gc=False):
    """A request for *target*, a path with its query, and the response to it.

    - *time*: in seconds since 1970
    - *client*: the keyed hash of the client's address; see ``client_hash``
    - *size*: the number of bytes in the body of the response
    - *none_match*, *modified_since*: headers of the request
    - *etag*, *modified*, *coding* (Content-Encoding): headers of the response
    - *times*: the number of equal requests of the client in this second, with equal responses

    A header that was not sent is empty; a header that is not known is None.
    """

    time: float
    client: int
    target: str
    status: int
    size: int
    agent: str
    method: str = "GET"
    none_match: str | None = None
    modified_since: str | None = None
    etag: str | None = None
    modified: str | None = None
    coding: str | None = None
    times: int = 1

    @property
    def day(self) -> int:
        """The day in UTC, counted from 1970."""
        return int(self.time // SECONDS_PER_DAY)


def client_hash(key: bytes, kept: int = MAX_HASHES_KEPT) -> Callable[[str], int]:
    """Return a function that hashes the address of a client with *key*, in 64 bits.

    An IPv6 address is hashed as the network that one client has. Without the key, which must be random
    and soon be forgotten, nobody finds the address of a hash by trying all. The hashes of the last *kept*
    addresses stay in memory.
    """

    @lru_cache(kept)
    def hashed(address: str) -> int:
        return _hash(_network(address), key)

    return hashed


def family_hash(family: str) -> int:
    """Return a hash of a *family* of programs, a number of 64 bits that ends in SAMPLED_BITS zeros.

    Samples are chosen by the last bits of hashes. The zeros leave these to the hash of the client, so
    that a sample has all programs of a client or none.
    """
    return _hash(family, b"") & -(1 << SAMPLED_BITS)


def _network(address: str) -> str:
    try:
        return client_network(address)
    except ValueError:  # a log may have names
        return address


def _hash(text: str, key: bytes) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8, key=key).digest(), "big")
