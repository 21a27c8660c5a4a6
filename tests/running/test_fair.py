"""Fair polling of real servers: all processes of a server have the same budgets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import KINDS, Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

READER = {"X_Forwarded_For": "8.8.8.8"}  # written by a proxy on this machine
SPENT = [200] * 5


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, pristine: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server of each kind for all tests, which are clients with other addresses."""
    with Server(
        pristine, tmp_path_factory.mktemp("fair"), request.param, 2, FEEDS_HTTP_FAIR="on"
    ) as server:
        yield server


def statuses(server: Server, times: int, path: str = "/feed.rss", **headers: str) -> list[int]:
    """The statuses of so many requests, each on a connection of its own."""
    return [server.get(path, **READER | headers).status for _ in range(times)]


def test_the_workers_of_a_server_share_budgets(server: Server) -> None:
    assert statuses(server, 12) == SPENT + [429] * 7
    refused = server.get("/feed.rss", **READER)
    assert statuses(server, 8, If_None_Match=refused.headers["ETag"]) == [304] * 8
    assert server.get("/feed.rss", "HEAD", **READER).status == 200
    assert statuses(server, 6, X_Forwarded_For="9.9.9.9") == [*SPENT, 429]
    assert statuses(server, 8, "/feed.rss", X_Forwarded_For="10.0.0.1") == [200] * 8
    eventually(lambda: server.status()["feeds"]["refused"] == {"no validator": 9})


def test_a_worker_that_is_replaced_finds_the_budgets(server: Server) -> None:
    if server.kind != "asgi":
        pytest.skip("the workers of gthread are of the same master, and those of granian have a file")
    other = {"X_Forwarded_For": "8.8.4.4"}
    assert statuses(server, 6, **other) == [*SPENT, 429]
    server.replace_workers()
    assert statuses(server, 8, **other) == [429] * 8


def test_a_server_without_a_common_parent_has_budgets_in_a_file(server: Server) -> None:
    if server.kind != "granian":
        pytest.skip("the workers have a master")
    other = {"X_Forwarded_For": "8.8.4.4"}
    assert statuses(server, 6, **other) == [*SPENT, 429]
    file = Path(f"{server.store}.polling")
    assert file.stat().st_size < 2_000_000
    server.restart()
    assert statuses(server, 6, **other) == [429] * 6
    assert b"8.8.4.4" not in file.read_bytes()
