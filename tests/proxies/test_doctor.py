"""feeds doctor through nginx and Varnish as they are configured here: no false alarm in any format."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from tests.commands import invoke
from tests.proxies.conftest import BRISK, CACHES, fill, nginx_cache, present, varnish
from tests.server import Server, free_port

pytestmark = pytest.mark.slow

ARTICLES_A_DAY = 20  # enough for archives


@pytest.fixture(scope="module", params=[*CACHES, "direct"])
def public(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose public address is that of a cache, or its own."""
    folder, port = tmp_path_factory.mktemp("doctor"), free_port()
    fill(folder / "corpus", ARTICLES_A_DAY)
    if request.param == "direct":
        with Server(folder / "corpus", folder, at_own_address=True, **BRISK) as server:
            yield server
        return
    present(request.param)
    start = nginx_cache if request.param == "cache" else varnish
    address = {"FEEDS_SITE_URL": f"http://127.0.0.1:{port}"}
    with (
        Server(folder / "corpus", folder, **BRISK, **address) as server,
        start(server.url, folder / "front", {}, port=port),
    ):
        yield server


def doctor(server: Server, *words: str) -> Result:
    settings = {name: value for name, value in server.settings.items() if name.startswith("FEEDS_")}
    return invoke("doctor", *words, "--json", **settings)


def problems(done: Result) -> list[str]:
    """The findings that are not ok."""
    found = json.loads(done.stdout)["findings"]
    return [f"{each['group']}: {each['message']}" for each in found if each["level"] != "ok"]


@pytest.mark.parametrize("path", ["/feed.atom", "/topics/oceans"])
def test_a_healthy_server_has_no_line(public: Server, path: str) -> None:
    done = doctor(public, path)
    assert (problems(done), done.exit_code) == ([], 0)


def test_the_public_address_of_a_server_is_checked_with_its_host(public: Server) -> None:
    done = doctor(public)
    assert [each.split(":")[0] for each in problems(done)] == ["settings"]  # an address of this machine
    groups = {each["group"] for each in json.loads(done.stdout)["findings"]}
    site = public.settings["FEEDS_SITE_URL"]
    assert {f"{site}/feed.rss", f"{site}/feed.atom", f"{site}/feed.json"} <= groups


def test_what_a_proxy_removes_has_its_line(tmp_path: Path) -> None:
    present("cache")
    fill(tmp_path / "corpus", ARTICLES_A_DAY)
    port = free_port()
    address = {"FEEDS_SITE_URL": f"http://127.0.0.1:{port}"}
    line = "proxy_hide_header Surrogate-Control;"
    removing = {line: f"{line} proxy_hide_header ETag;"}
    with (
        Server(tmp_path / "corpus", tmp_path, **BRISK, **address) as server,
        nginx_cache(server.url, tmp_path / "front", removing, port=port),
    ):
        found = problems(doctor(server, "/feed.rss"))
    assert found == [
        f"{address['FEEDS_SITE_URL']}/feed.rss: ETag: removed in front of the server; "
        "correct what is in front of the server"
    ]


def test_a_server_that_is_down_is_a_failure(tmp_path: Path) -> None:
    fill(tmp_path / "corpus", ARTICLES_A_DAY)
    server = Server(tmp_path / "corpus", tmp_path, at_own_address=True)
    done = doctor(server, "/feed.rss")
    assert done.exit_code == 1
    assert problems(done)[0].endswith("nothing listens there; see that the server runs and is reachable")
