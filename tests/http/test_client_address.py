"""The address of a client: its own, or the one that the first of our proxies saw."""

from feeds.http.client_address import ClientAddresses, client_network
from tests.table import for_each

OURS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8")


@for_each(
    ("peer", "forwarded_for", "client"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "1.1.1.1", "8.8.8.8"),  # which any client can send
        ("127.0.0.1", "8.8.8.8", "8.8.8.8"),
        ("", "8.8.8.8", "8.8.8.8"),  # by a Unix socket
        ("10.0.0.2", "1.1.1.1, 8.8.8.8, 10.0.0.9", "8.8.8.8"),
        ("127.0.0.1", "1.1.1.1,8.8.8.8", "8.8.8.8"),
        ("127.0.0.1", "1.1.1.1, 192.168.1.7", "192.168.1.7"),  # a private network that is not ours
        ("192.168.1.7", "8.8.8.8", "192.168.1.7"),
        ("::ffff:8.8.8.8", "", "8.8.8.8"),
        ("::1", "2606:2800:220:1::7", "2606:2800:220:1::7"),
        ("127.0.0.1", "[2606:2800:220:1::7]:443", "2606:2800:220:1::7"),
        ("127.0.0.1", "8.8.8.8:1234", "8.8.8.8"),
        ("127.0.0.1", "8.8.8.8, unknown", ""),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.0.0.1", "10.0.0.1"),
        ("127.0.0.1", ", ".join(["10.0.0.1"] * 10_000), ""),
        ("", "", ""),
        ("not an address", "8.8.8.8", ""),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy(
    peer: str, forwarded_for: str, client: str
) -> None:
    assert ClientAddresses(OURS).find(peer, forwarded_for) == client


def test_without_proxies_the_peer_is_the_client() -> None:
    assert ClientAddresses().find("127.0.0.1", "8.8.8.8") == "127.0.0.1"


@for_each(
    ("peer", "forwarded_for", "client"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("127.0.0.1", "1.1.1.1, 8.8.8.8", "8.8.8.8"),
        ("127.0.0.1", "", ""),
        ("127.0.0.1", "1.1.1.1, 192.168.1.7", ""),
        ("127.0.0.1", "fe80::1%eth0", ""),
        ("", "", ""),
    ],
)
def test_only_a_public_address_tells_clients_apart(peer: str, forwarded_for: str, client: str) -> None:
    assert ClientAddresses(OURS).public(peer, forwarded_for) == client


@for_each(
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
