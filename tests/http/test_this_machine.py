"""The addresses of this machine: they are told from public ones, however they are written."""

import socket
from ipaddress import ip_address

from feeds.http.this_machine import is_elsewhere, is_here
from tests.skipping import skip
from tests.table import for_each


@for_each("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"])
def test_loopback_addresses_are_here(address: str) -> None:
    assert is_here(ip_address(address))


@for_each("address", ["93.184.215.14", "192.0.2.1", "2606:2800:21f::1", "::ffff:93.184.215.14"])
def test_an_address_of_another_machine_is_not(address: str) -> None:
    assert not is_here(ip_address(address))


def test_an_address_of_an_interface_is_here() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            skip("no interface here but loopback")
        address = sock.getsockname()[0]
    assert is_here(ip_address(address))
    assert is_here(ip_address(f"::ffff:{address}"))


@for_each(("address", "elsewhere"), [("93.184.215.14", True), ("10.0.0.1", False), ("127.0.0.1", False)])
def test_only_public_addresses_are_elsewhere(address: str, elsewhere: bool) -> None:
    assert is_elsewhere(ip_address(address)) == elsewhere
