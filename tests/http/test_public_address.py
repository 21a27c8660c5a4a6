"""Addresses: only those on the public internet are asked."""

import socket
from ipaddress import ip_address

import pytest

from feeds.http.public_address import HostRefused, allowing, is_public, resolve
from tests.table import for_each


@for_each(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),  # NAT64 of 93.184.215.14
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),  # carrier-grade NAT
        ("127.0.0.1", False),
        ("127.1.2.3", False),
        ("169.254.169.254", False),  # metadata of clouds
        ("172.16.0.1", False),
        ("192.0.0.8", False),
        ("192.0.2.1", False),  # documentation
        ("192.88.99.1", False),
        ("192.168.0.1", False),
        ("198.18.0.1", False),  # benchmarks
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::a00:1", False),  # NAT64 of 10.0.0.1
        ("64:ff9b:1::a00:1", False),
        ("2002:a00:1::1", False),  # 6to4 of 10.0.0.1
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False),  # Teredo of 10.0.0.1
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("100::1", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) == public


def test_a_setting_allows_other_networks() -> None:
    is_allowed = allowing(["10.0.0.0/8", "fd00::/8"])
    allowed = ["10.1.2.3", "fd12::1", "93.184.215.14"]
    assert all(is_allowed(ip_address(each)) for each in allowed)
    assert not is_allowed(ip_address("192.168.0.1"))


def test_a_setting_allows_networks_in_spite_of_another_rule() -> None:
    is_allowed = allowing(["93.184.215.14/32"], otherwise=lambda _: False)
    assert is_allowed(ip_address("93.184.215.14"))
    assert not is_allowed(ip_address("93.184.215.15"))


@for_each("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "::1"])
def test_a_host_on_this_machine_is_refused(host: str) -> None:
    with pytest.raises(HostRefused):
        resolve(host, 80)


@pytest.mark.parametrize("other", ["10.0.0.1", "fe80::1%eth0", "::ffff:192.168.0.1"])
def test_a_host_with_one_address_that_is_not_public_is_refused(
    monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    def addresses(*_: object, **__: object) -> list[object]:
        return [(0, 0, 0, "", (each, 80)) for each in ("93.184.215.14", other)]

    monkeypatch.setattr(socket, "getaddrinfo", addresses)
    with pytest.raises(HostRefused):
        resolve("pictures.example", 80)
