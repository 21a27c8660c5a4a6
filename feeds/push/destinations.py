"""The destinations of push: public hosts and allowed networks, but not this server."""

import socket
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from msgspec import Struct

from feeds.corpus.urls import is_loopback
from feeds.http.outgoing import Destination
from feeds.http.public_address import IPAddress, are_allowed
from feeds.http.this_machine import is_here

_NOT_PUBLIC = "not a public address"
_OWN = "an address of this server"


class OwnServer(Struct, frozen=True):
    """The addresses of this server: the *host* of ``site.url``, and the *ports* that it listens on.

    *canary* is the one URL of this server that may be requested, with any query and on any address.
    """

    host: str = ""
    ports: frozenset[int] = frozenset()
    canary: str = ""

    def is_canary(self, url: str) -> bool:
        """True if *url* is the canary's, but for its query."""
        return bool(self.canary) and url.partition("?")[0] == self.canary.partition("?")[0]


class Destinations(Struct, frozen=True):
    """A check of destinations, before a name is resolved and for each address afterwards."""

    is_allowed: Callable[[IPAddress], bool]
    own: OwnServer

    def refusal(self, to: Destination) -> str:
        """The reason not to look *to* up, else an empty string.

        The host of the site stands behind proxies, and has addresses that this server does not know.
        A loopback host is not refused by its name: its addresses and the port decide.
        """
        if to.host == self.own.host.rstrip(".").lower() and not is_loopback(to.host):
            return _OWN
        return self.refusal_of(literals(to.host), to.port)

    def refusal_of(self, addresses: Iterable[str], port: int) -> str:
        """The reason not to connect to any of *addresses* at *port*, else an empty string."""
        addresses = [*addresses]
        if not are_allowed(addresses, self.is_allowed):
            return _NOT_PUBLIC
        if port in self.own.ports and any(is_here(ip_address(each)) for each in addresses):
            return _OWN
        return ""


def literals(host: str) -> list[str]:
    """The addresses that *host* is, in any form that ``getaddrinfo`` reads; none if it is a name.

    These forms include ``0x7f.1`` and ``2130706433``. HTTP clients do not look literals up.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [*dict.fromkeys(str(each[4][0]) for each in found)]
