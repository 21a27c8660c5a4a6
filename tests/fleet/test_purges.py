"""A cache in front of a host that follows: it is purged, and keeps nothing older afterwards."""

import json
from pathlib import Path

import pytest

from tests.builders import write_article
from tests.fleet.servers import FleetServer
from tests.proxies.conftest import present, varnish
from tests.server import free_port, get
from tests.waiting import eventually

pytestmark = pytest.mark.slow

SECRET = "the-secret-of-this-test"
FEED = "/topics/oceans.json"


def test_a_cache_of_a_follower_has_what_the_leader_records(
    corpus: Path, tmp_path: Path, database: str
) -> None:
    present("varnish")
    port = free_port()
    cache = f"http://127.0.0.1:{port}"
    sections = {
        "FEEDS_PUSH_PURGE": json.dumps({"edge": {"url": cache, "kind": "varnish", "secret": SECRET}}),
        "FEEDS_HTTP_MAX_AGE": "3600",
    }
    write_article(corpus, "_news/2026-01-02-one.md", title="One", topics=["Oceans"])
    leader, follower = (FleetServer(name, corpus, tmp_path / name, database, **sections) for name in "ab")

    def shown() -> set[str]:
        return {each["title"] for each in json.loads(get(f"{cache}{FEED}").body)["items"]}

    try:
        leader.start()
        eventually(leader.leads)
        follower.start()
        secret = {'X-Secret = "";': f'X-Secret = "{SECRET}";'}
        with varnish(follower.url, tmp_path / "varnish", secret, port=port):
            eventually(lambda: shown() == {"One"})
            eventually(lambda: leader.status()["push"]["caches"])
            write_article(leader.corpus, "_news/2026-01-02-two.md", title="Two", topics=["Oceans"])
            eventually(lambda: shown() == {"One", "Two"})
            # The cache has the new version, and answers from its copy again.
            eventually(lambda: " " in get(f"{cache}{FEED}").headers["X-Varnish"])
            assert shown() == {"One", "Two"}
    finally:
        for server in (leader, follower):
            server.stop()
