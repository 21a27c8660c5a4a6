"""An address that a server cannot listen on is refused before the server starts."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.bootstrap import ip_address, refuse_address, refuse_socket
from feeds.bootstrap.listening import listening_ports
from feeds.errors import AddressError
from tests.error_form import assert_form
from tests.server import free_port
from tests.table import for_each


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def refusal(host: str, port: int = 0) -> str:
    with pytest.raises(AddressError) as caught:
        refuse_address(host, port)
    assert_form(str(caught.value))
    return str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "0.0.0.0"])
def test_an_address_of_this_machine_with_a_free_port_is_accepted(host: str) -> None:
    refuse_address(host, free_port())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_port_in_use_is_refused(taken: int, host: str) -> None:
    assert refusal(host, taken) == (
        f"{host}:{taken}: in use by another program; stop that program, or choose another port"
    )


def test_a_port_that_servers_share_is_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        refuse_address("127.0.0.1", port, shared=True)
        assert "in use" in refusal("127.0.0.1", port)


@for_each(
    "host", ["host.invalid", "a..b", f"{'a' * 70}.example", "http://127.0.0.1", "127.0.0.1:80", "*", ""]
)
def test_a_name_that_is_no_host_is_refused(host: str) -> None:
    assert refusal(host, 80).startswith(f"{host}:80: no such host; use 127.0.0.1")


@pytest.mark.parametrize("host", ["203.0.113.9", "2001:db8::9"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    place = f"[{host}]:8000" if ":" in host else f"{host}:8000"
    assert refusal(host, 8000).startswith(f"{place}: not an address of this machine; use 127.0.0.1")


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (errno.EACCES, "permission denied; choose a port from 1024"),
        (errno.ENOBUFS, "cannot be used: no buffer space available; choose another address"),
    ],
)
def test_the_problem_of_the_system_is_named(
    monkeypatch: pytest.MonkeyPatch, number: int, problem: str
) -> None:
    def fail(_self: socket.socket, _address: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "bind", fail)
    assert refusal("127.0.0.1", 80).startswith(f"127.0.0.1:80: {problem}")


def test_a_socket_needs_a_folder_in_which_it_can_be_made(tmp_path: Path) -> None:
    refuse_socket(str(tmp_path / "new"))
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    for path, problem in (
        ("none/new", "no such folder: "),
        ("file", "not a socket"),
        ("link", "not a socket"),
    ):
        with pytest.raises(AddressError, match=f"{path}: {problem}") as caught:
            refuse_socket(str(tmp_path / path))
        assert_form(str(caught.value))
    with socket.socket(socket.AF_UNIX) as former:
        former.bind(str(tmp_path / "former"))
    refuse_socket(str(tmp_path / "former"))  # the server replaces it


@pytest.mark.parametrize(("host", "address"), [("localhost", "127.0.0.1"), ("[::1]", "::1")])
def test_a_server_that_knows_no_names_gets_the_address(host: str, address: str) -> None:
    assert ip_address(host) == address


def test_the_ports_that_a_process_listens_on_are_known(taken: int, tmp_path: Path) -> None:
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as other,
        socket.socket() as bound,
        socket.socket(socket.AF_UNIX) as local,
        socket.create_connection(("127.0.0.1", taken)) as client,
    ):
        bound.bind(("127.0.0.1", 0))  # it will listen
        local.bind(str(tmp_path / "socket"))
        ours = {taken, other.getsockname()[1], bound.getsockname()[1]}
        assert ours <= listening_ports()
        assert client.getsockname()[1] not in listening_ports()
    assert ours & listening_ports() == {taken}
