"""The address of a client, also behind proxies."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

IPV6_BITS = 64  # of the network that a provider gives to one client


def client_address(peer: str, forwarded_for: str) -> str:
    """Return the public address of the client, or an empty string if it is unknown.

    *peer* is the other end of the connection, empty for a Unix socket. *forwarded_for* is the header
    X-Forwarded-For, to which each proxy adds its peer. A peer with a public address is the client. Any
    other is a proxy here: the last public address that proxies added is then the client's.
    """
    for written in (peer, *reversed(forwarded_for.split(","))):
        address = _address(written)
        if address and address.is_global:
            return str(address)
        if not address and written.strip():
            return ""  # no proxy adds this
    return ""


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
