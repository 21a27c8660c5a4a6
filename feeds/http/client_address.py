"""The address of a client, also behind proxies."""

from collections.abc import Iterable
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from feeds.errors import message
from feeds.logs.events import EventLog

log = EventLog(__name__)

IPV6_BITS = 64  # of the network that a provider gives to one client
MAX_CLIENTS_KEPT = 4096
MAX_LOGGED = 16  # peers
MAX_PROXIES = 32  # between a client and this server


class ClientAddresses:
    """Finds the addresses of clients. The proxies of this server are in the *trusted* networks.

    Anybody can send the header X-Forwarded-For, but each proxy adds its peer to the end of it. The client
    is the last address that is not one of our proxies. A private peer that sends the header is perhaps
    one, which is logged once for each. Thread-safe.
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = [ip_network(each) for each in trusted]
        self._kept = lru_cache(MAX_CLIENTS_KEPT)(self._found)
        self._logged: set[str] = set()  # peers

    def find(self, peer: str, forwarded_for: str) -> str:
        """Return the address of the client, or an empty string if it is unknown.

        *peer* is the other end of the connection, empty for a Unix socket, which only a proxy uses.
        """
        return self._kept(peer, forwarded_for)

    def public(self, peer: str, forwarded_for: str) -> str:
        """Return the address of the client if it is a public one, else an empty string."""
        found = self._kept(peer, forwarded_for)
        return found if found and ip_address(found).is_global else ""

    def is_proxy(self, peer: str) -> bool:
        """Return whether *peer* is a proxy of this server, and believed."""
        address = _address(peer)
        return not peer.strip() or (address is not None and self._is_trusted(address))

    def _found(self, peer: str, forwarded_for: str) -> str:
        client = _address(peer)
        if client is None and peer.strip():
            return ""
        if forwarded_for and client is not None and not client.is_global:
            self._log_unless_trusted(client)
        hops = forwarded_for.rsplit(",", MAX_PROXIES)[::-1] if forwarded_for else []
        for hop in hops:
            if client is not None and not self._is_trusted(client):
                break
            client = _address(hop)
            if client is None:
                return ""  # no proxy adds this
        return str(client or "")

    def _log_unless_trusted(self, peer: IPv4Address | IPv6Address) -> None:
        name = str(peer)
        if self._is_trusted(peer) or name in self._logged or len(self._logged) >= MAX_LOGGED:
            return
        self._logged.add(name)
        remedy = "if it is a proxy of yours, add it to http.trusted_proxies"
        sentence = message(f"requests from {name}", "X-Forwarded-For is not believed", remedy)
        log.warning("peer.untrusted", sentence, peer=name)

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


@cache
def client_addresses(trusted: tuple[str, ...]) -> ClientAddresses:
    """Return the ClientAddresses of this process for *trusted*: all of its parts log a peer once."""
    return ClientAddresses(trusted)


def client_network(address: str) -> str:
    """Return the network that the client with *address* has to itself: of IPv4, the address alone."""
    return str(ip_network(f"{address}/{IPV6_BITS}", strict=False)) if ":" in address else address


def _address(written: str) -> IPv4Address | IPv6Address | None:
    """The address in *written*, which may have a port and brackets."""
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
