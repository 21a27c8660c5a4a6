"""The addresses of this machine: a public one may be its own."""

import socket
from ipaddress import IPv4Address, IPv6Address

from feeds.http.public_address import IPAddress, is_public

# Addresses for documentation, which no machine has (RFC 5737, RFC 3849).
_NOBODY = {4: "192.0.2.1", 6: "2001:db8::1"}


def is_elsewhere(address: IPAddress) -> bool:
    """True if *address* is public and not one of this machine's."""
    return is_public(address) and not is_here(address)


def is_here(address: IPAddress) -> bool:
    """True if a connection to *address* would stay on this machine.

    A socket can be bound to the addresses of its machine alone. A kernel may be set to bind to any
    (``ip_nonlocal_bind``, as load balancers need it): then the route of a packet decides.
    """
    address = _unmapped(address)
    if address.is_loopback or address.is_unspecified:
        return True
    if not _binds(str(address), address.version):
        return False
    return not _binds(_NOBODY[address.version], address.version) or _source(address) == str(address)


def _unmapped(address: IPAddress) -> IPAddress:
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _binds(address: str, version: int) -> bool:
    try:
        with _socket(version) as sock:
            sock.bind((address, 0))
    except OSError:
        return False
    return True


def _source(address: IPv4Address | IPv6Address) -> str:
    """The address that packets to *address* would be sent from; none is sent."""
    try:
        with _socket(address.version) as sock:
            sock.connect((str(address), 9))
            return str(sock.getsockname()[0])
    except OSError:
        return ""


def _socket(version: int) -> socket.socket:
    return socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
