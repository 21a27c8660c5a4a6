"""The address of a client: its own, or the one that the last proxy before ours saw."""

import pytest

from feeds.http.client_address import client_address, client_network


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "1.1.1.1", "8.8.8.8"),  # which any client can send
        ("127.0.0.1", "8.8.8.8", "8.8.8.8"),
        ("", "8.8.8.8", "8.8.8.8"),  # by a Unix socket
        ("10.0.0.2", "1.1.1.1, 8.8.8.8, 10.0.0.9", "8.8.8.8"),
        ("127.0.0.1", "1.1.1.1,8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "", "8.8.8.8"),
        ("127.0.0.1", "2606:2800:220:1::7", "2606:2800:220:1::7"),
        ("127.0.0.1", "[2606:2800:220:1::7]:443", "2606:2800:220:1::7"),
        ("127.0.0.1", "8.8.8.8:1234", "8.8.8.8"),
        ("127.0.0.1", "8.8.8.8, unknown", ""),
        ("127.0.0.1", "", ""),
        ("", "", ""),
        ("127.0.0.1", "10.0.0.1", ""),
        ("not an address", "8.8.8.8", ""),
    ],
)
def test_the_client_is_the_last_public_address(peer: str, forwarded_for: str, client: str) -> None:
    assert client_address(peer, forwarded_for) == client


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("2606:2800:220:1::7", "2606:2800:220:1::/64"),
        ("2606:2800:220:1:ffff::9", "2606:2800:220:1::/64"),
        ("", ""),
    ],
)
def test_a_client_has_a_whole_network_of_ipv6(address: str, network: str) -> None:
    assert client_network(address) == network
