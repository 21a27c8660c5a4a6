"""Caches in front of the server are purged before subscribers are told of a change."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.builders import write_article
from tests.commands import invoke
from tests.proxies.conftest import CACHES, Front, nginx_cache, present, varnish
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
CHANGES = 5


class Edge(NamedTuple):
    """A cache that the server behind it purges, and a webhook of that server."""

    kind: str
    front: Front
    hook: Subscriber
    settings: dict[str, str]

    def listed(self) -> dict[str, dict[str, Any]]:
        """The recorded subscriptions of webhooks and caches, by their hosts and names."""
        done = invoke("push", "list", "--json", **self.settings)
        found = json.loads(done.stdout)["subscriptions"]
        return {each["webhook"] or each["cache"]: each for each in found}

    def edit(self, title: str) -> None:
        write_article(self.front.origin.corpus, title=title, topics=["Oceans"])


@contextmanager
def edge(kind: str, folder: Path, *, secrets: bool = True) -> Iterator[Edge]:
    """Run a server behind a cache, which has the secret for purges or not."""
    present(kind)
    corpus, port = folder / "corpus", free_port()
    write_article(corpus, title="Old", topics=["Oceans"])
    write_article(corpus, "_news/other.md", title="Other", topics=["Art"], provider={"name": "B"})
    url = f"http://127.0.0.1:{port}"
    purge = {"url": url, "kind": "nginx" if kind == "cache" else kind, "secret": SECRET}
    start = nginx_cache if kind == "cache" else varnish
    with subscriber() as hook:
        settings = {
            "FEEDS_PUSH_PURGE": json.dumps({"edge": purge}),
            "FEEDS_PUSH_WEBHOOKS": json.dumps({"news": {"query": "feed", "url": hook.url}}),
            "FEEDS_HTTP_MAX_AGE": "3600",
        }
        with (
            Server(corpus, folder / "run", "asgi", 2, **settings) as origin,
            start(origin.url, folder / "proxy", SECRETS[kind] if secrets else {}, port=port),
        ):
            made = Edge(kind, Front(url, origin), hook, origin.settings)
            eventually(lambda: {*made.listed()} == {"news", "edge"})
            yield made


def is_kept(front: Front, path: str) -> bool:
    """True if the cache answers without the server."""
    headers = front.get(path).headers
    return headers.get("X-Cache") == "HIT" or " " in headers.get("X-Varnish", "")


@pytest.mark.parametrize("kind", CACHES)
def test_a_poll_right_after_a_delivery_never_gets_an_older_copy(kind: str, tmp_path: Path) -> None:
    older: list[tuple[str, str, str]] = []
    stop = threading.Event()
    with edge(kind, tmp_path) as made:
        front = made.front

        def polled(received: Received) -> int:
            (title,) = [each["title"] for each in json.loads(received.body)["items"]]
            for path in SHOWN[kind]:
                is_new = title.encode() in front.get(path).body
                older.extend([] if is_new else [(title, path, "")])
            for path in FEEDS:
                for coding in CODINGS:
                    copy, expected = front.both(path, Accept_Encoding=coding)
                    older.extend([] if copy.body == expected.body else [(title, path, coding)])
            return 204

        def keep_polling() -> None:
            """Fill the cache again at any time."""
            while not stop.is_set():
                for path in SHOWN[kind]:
                    front.get(path)

        made.hook.status = polled
        others = [threading.Thread(target=keep_polling) for _ in range(2)]
        for each in others:
            each.start()
        try:
            assert eventually(lambda: is_kept(front, "/topics/art.rss"))
            for number in range(CHANGES):
                made.edit(f"New-{number}")
                eventually(lambda number=number: len(made.hook.deliveries) == number + 1)
            assert is_kept(front, "/topics/art.rss")
        finally:
            stop.set()
            for each in others:
                each.join()
    assert older == []


@pytest.mark.parametrize("kind", CACHES)
def test_a_cache_that_refuses_is_reported_and_others_are_told(kind: str, tmp_path: Path) -> None:
    with edge(kind, tmp_path, secrets=False) as made:
        assert eventually(lambda: is_kept(made.front, FEEDS[0]))
        for path in FEEDS:
            made.front.get(path)
        made.edit("New")
        eventually(lambda: made.hook.deliveries)
        cache = eventually(lambda: (now := made.listed()["edge"])["failures"] and now)
        assert cache["reason"] in ("status 403", "not fetched again: X-Cache HIT")
        assert b"Old" in made.front.get(FEEDS[0]).body


@pytest.mark.parametrize("kind", CACHES)
def test_only_a_client_with_the_secret_can_purge(kind: str, tmp_path: Path) -> None:
    with edge(kind, tmp_path) as made:
        assert eventually(lambda: is_kept(made.front, FEEDS[0]))
        for sent in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {SECRET}x"}):
            if kind == "varnish":
                answer = made.front.get("/", "PURGE", X_Purge_Keys="feeds", **sent)
                assert answer.status == 403
            assert made.front.get(FEEDS[0], "HEAD", **sent).status == 200
            assert is_kept(made.front, FEEDS[0])
        if kind == "varnish":
            sent = {"Authorization": f"Bearer {SECRET}"}
            for keys in ("", "a|b", "x) && obj.http.url ~ (.", "feeds\tall"):
                assert made.front.get("/", "PURGE", X_Purge_Keys=keys, **sent).status == 400
            assert is_kept(made.front, FEEDS[0])
            assert made.front.get("/", "PURGE", X_Purge_Keys="no feeds", **sent).status == 200
            assert not is_kept(made.front, FEEDS[0])


def test_clients_of_varnish_do_not_see_its_keys(tmp_path: Path) -> None:
    with edge("varnish", tmp_path) as made:
        sent, seen = made.front.origin.get(FEEDS[1]), made.front.get(FEEDS[1])
        assert sent.headers["xkey"] == sent.headers["Surrogate-Key"] == "feeds topic:oceans"
        assert "xkey" not in seen.headers
