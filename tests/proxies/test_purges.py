"""Caches in front of the server are purged before subscribers are told of a change."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.builders import write_article
from tests.commands import invoke
from tests.proxies.conftest import CACHES, Front, every_cache, is_kept
from tests.push.subscriber import Received, Subscriber, subscriber
from tests.server import Server, free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow

SECRET = "the-secret-of-this-test"
SECRETS = {
    "cache": {'# "Bearer the secret" 1;': f'"Bearer {SECRET}" 1;'},
    "varnish": {'X-Secret = "";': f'X-Secret = "{SECRET}";'},
}
CODINGS = ("identity", "br", "zstd", "gzip")
FEEDS = ("/feed.json", "/topics/oceans.rss", "/providers/example.org.atom")
PAGES = ("/", "/topics/oceans")
SHOWN = {"cache": FEEDS, "varnish": (*FEEDS, *PAGES)}
CHANGES = 2
PAUSE = 0.01  # seconds between two rounds of polls


class Edge(NamedTuple):
    """Caches by kind that the server behind them purges, and a webhook of that server."""

    fronts: dict[str, Front]
    origin: Server
    hook: Subscriber

    def listed(self) -> dict[str, dict[str, Any]]:
        """The recorded subscriptions of webhooks and caches, by their hosts and names."""
        done = invoke("push", "list", "--json", **self.origin.settings)
        found = json.loads(done.stdout)["subscriptions"]
        return {each["webhook"] or each["cache"]: each for each in found}

    def edit(self, title: str) -> None:
        write_article(self.origin.corpus, title=title, topics=["Oceans"])


@contextmanager
def running_edge(folder: Path, *, secrets: bool = True) -> Iterator[Edge]:
    """Run a server behind every cache, which have the secret for purges or not."""
    corpus, ports = folder / "corpus", {kind: free_port() for kind in CACHES}
    write_article(corpus, title="Old", topics=["Oceans"])
    write_article(corpus, "_news/other.md", title="Other", topics=["Art"], provider={"name": "B"})
    kinds = {"cache": "nginx", "varnish": "varnish"}
    purge = {
        name: {"url": f"http://127.0.0.1:{port}", "kind": kinds[name], "secret": SECRET}
        for name, port in ports.items()
    }
    with subscriber() as hook:
        settings = {
            "FEEDS_PUSH_PURGE": json.dumps(purge),
            "FEEDS_PUSH_WEBHOOKS": json.dumps({"news": {"query": "feed", "url": hook.url}}),
            "FEEDS_HTTP_MAX_AGE": "3600",
        }
        with (
            Server(corpus, folder / "run", "asgi", 2, **settings) as origin,
            every_cache(origin, folder, SECRETS if secrets else {}, ports) as fronts,
        ):
            made = Edge(fronts, origin, hook)
            eventually(lambda: {*made.listed()} == {"news", *CACHES})
            yield made


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """A server behind every cache, which have the secret."""
    with running_edge(tmp_path_factory.mktemp("edge")) as made:
        yield made


def test_a_poll_right_after_a_delivery_never_gets_an_older_copy(edge: Edge) -> None:
    older: list[tuple[str, str, str, str]] = []
    stop = threading.Event()
    before = len(edge.hook.deliveries)

    def polled(received: Received) -> int:
        (title,) = [each["title"] for each in json.loads(received.body)["items"]]
        for kind, front in edge.fronts.items():
            for path in SHOWN[kind]:
                is_new = title.encode() in front.get(path).body
                older.extend([] if is_new else [(kind, title, path, "")])
        for path, coding in product(FEEDS, CODINGS):
            expected = edge.origin.get(path, Accept_Encoding=coding).body
            for kind, front in edge.fronts.items():
                copy = front.get(path, Accept_Encoding=coding).body
                older.extend([] if copy == expected else [(kind, title, path, coding)])
        return 204

    def keep_polling(kind: str) -> None:
        """Fill a cache again at any time."""
        while not stop.wait(PAUSE):
            for path in SHOWN[kind]:
                edge.fronts[kind].get(path)

    edge.hook.status = polled
    others = [threading.Thread(target=keep_polling, args=[kind]) for kind in CACHES]
    for each in others:
        each.start()
    try:
        for front in edge.fronts.values():
            assert eventually(lambda front=front: is_kept(front, "/topics/art.rss"))
        for number in range(1, CHANGES + 1):
            edge.edit(f"New-{number}")
            eventually(lambda number=number: len(edge.hook.deliveries) == before + number)
        for front in edge.fronts.values():
            assert is_kept(front, "/topics/art.rss")
    finally:
        stop.set()
        for each in others:
            each.join()
    assert older == []


def test_a_cache_that_refuses_is_reported_and_others_are_told(tmp_path: Path) -> None:
    with running_edge(tmp_path, secrets=False) as made:
        for front in made.fronts.values():
            assert eventually(lambda front=front: is_kept(front, FEEDS[0]))
        made.edit("New")
        eventually(lambda: made.hook.deliveries)
        reasons = {"cache": "not fetched again: X-Cache HIT", "varnish": "status 403"}
        for kind, reason in reasons.items():
            cache = eventually(lambda kind=kind: (now := made.listed()[kind])["failures"] and now)
            assert cache["reason"] == reason
            assert b"Old" in made.fronts[kind].get(FEEDS[0]).body


@pytest.mark.parametrize("kind", CACHES)
def test_only_a_client_with_the_secret_can_purge(kind: str, edge: Edge) -> None:
    front = edge.fronts[kind]
    assert eventually(lambda: is_kept(front, FEEDS[0]))
    for sent in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {SECRET}x"}):
        if kind == "varnish":
            assert front.get("/", "PURGE", X_Purge_Keys="feeds", **sent).status == 403
        assert front.get(FEEDS[0], "HEAD", **sent).status == 200
        assert is_kept(front, FEEDS[0])
    if kind == "varnish":
        sent = {"Authorization": f"Bearer {SECRET}"}
        for keys in ("", "a|b", "x) && obj.http.url ~ (.", "feeds\tall"):
            assert front.get("/", "PURGE", X_Purge_Keys=keys, **sent).status == 400
        assert is_kept(front, FEEDS[0])
        assert front.get("/", "PURGE", X_Purge_Keys="no feeds", **sent).status == 200
        assert not is_kept(front, FEEDS[0])


def test_clients_of_varnish_do_not_see_its_keys(edge: Edge) -> None:
    seen, sent = edge.fronts["varnish"].both(FEEDS[1])
    assert sent.headers["xkey"] == sent.headers["Surrogate-Key"] == "feeds topic:oceans"
    assert "xkey" not in seen.headers
