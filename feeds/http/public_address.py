"""Resolution of hosts to public addresses: no request may reach the networks around this machine."""

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")  # ends in an IPv4 address, RFC 6052
# Networks that ipaddress counts among the public ones, in this or another version of Python.
_NOT_PUBLIC = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments, RFC 6890
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of local networks, RFC 8215
    IPv6Network("fec0::/10"),  # site-local, RFC 3879
)


class HostRefused(Exception):
    """A host with an address that is not public."""


def is_public(address: IPAddress) -> bool:
    """True if *address* is on the public internet, and so is an IPv4 address that it contains."""
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if not all(map(is_public, filter(None, [address.sixtofour, *(address.teredo or ())]))):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def allowing(
    networks: Iterable[str], otherwise: Callable[[IPAddress], bool] = is_public
) -> Callable[[IPAddress], bool]:
    """Return *otherwise*, extended by the addresses in *networks*, such as ``10.0.0.0/8``."""
    known = [ip_network(each) for each in networks]

    def is_allowed(address: IPAddress) -> bool:
        return any(address in each for each in known) or otherwise(address)

    return is_allowed


def are_allowed(addresses: Iterable[str], is_allowed: Callable[[IPAddress], bool]) -> bool:
    """True if each of *addresses* is allowed; one with a scope, such as ``fe80::1%eth0``, never is."""
    return all("%" not in each and is_allowed(ip_address(each)) for each in addresses)


def resolve(host: str, port: int, is_allowed: Callable[[IPAddress], bool] = is_public) -> list[str]:
    """The addresses of *host*, to connect to.

    The caller has to connect to one of them, not to the name: the name may have another address the next
    time. Raises OSError for an unknown host, and HostRefused if any of its addresses is not allowed.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [*dict.fromkeys(str(each[4][0]) for each in found)]
    if not addresses or not are_allowed(addresses, is_allowed):
        raise HostRefused(host)
    return addresses
