"""The access log: which requests it has, and what it says of them."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from feeds.http import access_log
from feeds.http.access_log import SAMPLE, AccessLog
from feeds.http.cache_entry import CachedResponse, Request
from feeds.http.client_address import ClientAddresses
from feeds.http.exchanges import ExchangeGroup, ExchangeQueue
from feeds.http.response_cache import ResponseCache
from tests.builders import LATER, article
from tests.harness import Harness

CLIENTS = ClientAddresses(["127.0.0.0/8"])


def request(path: str = "/feed.rss", **parts: str) -> Request:
    return Request(
        parts.pop("method", "GET"), path, parts.pop("query", ""), "h", None, None, None, **parts
    )


def response(code: int = 200, *, kept: bool = True, body: bytes = b"12345") -> CachedResponse:
    headers = [("Content-Length", "5")]
    return CachedResponse(str(code), headers, code, [(b"a", b"b")] if kept else [], body if kept else b"")


class Lines:
    """An access log, and the facts of the lines that it has written."""

    def __init__(self, caplog: pytest.LogCaptureFixture, *, sampled: bool) -> None:
        caplog.set_level(logging.INFO)
        self.log = AccessLog(CLIENTS, sampled=sampled)
        self._caplog = caplog

    def add(self, asked: Request, answered: CachedResponse, times: int = 1) -> None:
        seconds = None if answered.body else 0.25
        self.log.add([ExchangeGroup(asked, answered, int(LATER), seconds)] * times)

    def facts(self) -> list[dict[str, Any]]:
        self._caplog.clear()
        self.log.write()
        return [each.__dict__["facts"] for each in self._caplog.records]


@pytest.fixture
def every(caplog: pytest.LogCaptureFixture) -> Lines:
    return Lines(caplog, sampled=False)


@pytest.fixture
def sample(caplog: pytest.LogCaptureFixture) -> Lines:
    return Lines(caplog, sampled=True)


def test_a_line_has_the_request_and_the_response(every: Lines) -> None:
    asked = request(query="limit=1", agent="a reader", peer="127.0.0.1", forwarded_for="8.8.4.4")
    every.add(asked, response())
    assert every.facts() == [
        {
            "method": "GET", "path": "/feed.rss?limit=1", "status": 200, "bytes": 5, "kept": True,
            "agent": "a reader", "client": "8.8.4.0/24", "weight": 1,
        }
    ]  # fmt: skip


def test_the_time_is_known_of_what_the_cache_did_not_have(every: Lines) -> None:
    every.add(request(request_id="made"), response(404, kept=False))
    [line] = every.facts()
    assert (line["seconds"], line["bytes"], line["kept"], line["request"]) == (0.25, 5, False, "made")


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", None),
        ("nonsense", None),
    ],
)
def test_an_address_is_cut_to_a_network(every: Lines, peer: str, client: str | None) -> None:
    every.add(request(peer=peer), response())
    assert every.facts()[0].get("client") == client


def test_a_body_that_is_not_sent_has_no_bytes(every: Lines) -> None:
    every.add(request(method="HEAD"), response(kept=False))
    every.add(request(), response(304))
    assert [line["bytes"] for line in every.facts()] == [0, 0]


def test_hostile_requests_are_cut_and_take_one_line(
    every: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    asked = request(
        "/é\n\x1b".encode().decode("latin-1") + "x" * 9000, agent="a\r\nb" * 900, method="Q" * 99
    )
    every.add(asked, response(404, kept=False))
    [line] = every.facts()
    assert line["path"].startswith("/é\n\x1bxx")
    assert (len(line["path"]), len(line["agent"]), len(line["method"])) == (1023, 200, 20)
    assert caplog.messages[0].isprintable()


def test_an_id_of_a_cached_answer_is_that_of_a_trusted_proxy(every: Lines) -> None:
    for peer, sent in (("127.0.0.1", "a-1"), ("8.8.8.8", "a-2"), ("127.0.0.1", "a 3"), ("", "a" * 65)):
        every.add(request(peer=peer, request_id=sent), response())
    assert [line.get("request") for line in every.facts()] == ["a-1", None, None, None]


def test_a_sample_stands_for_all_requests_by_its_weights(sample: Lines) -> None:
    sample.add(request(), response(200), 700)
    sample.add(request(), response(304), 301)
    weights: Counter[int] = Counter()
    for line in sample.facts():
        weights[line["status"]] += line["weight"]
    assert weights == {200: 700, 304: 300}


def test_requests_that_repeat_in_the_same_order_are_all_in_a_sample(sample: Lines) -> None:
    for _ in range(SAMPLE):
        for number in range(SAMPLE):
            sample.add(request(f"/{number}"), response())
    assert Counter(line["path"] for line in sample.facts()) == {f"/{n}": 1 for n in range(SAMPLE)}


def test_a_sample_has_every_error_and_everything_that_was_made(sample: Lines) -> None:
    for answered in response(404), response(429), response(503), response(200, kept=False):
        sample.add(request(), answered, 3)
    assert [(line["status"], line["weight"]) for line in sample.facts()] == [
        *[(404, 1)] * 3, *[(429, 1)] * 3, *[(503, 1)] * 3, *[(200, 1)] * 3,
    ]  # fmt: skip


def test_a_full_queue_drops_requests_and_says_how_many(
    every: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "MAX_QUEUED", 3)
    every.add(request(), response(), 5)
    assert every.facts()[-1] == {"requests": 2}
    assert every.facts() == []


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.put(article(1))
    yield made
    made.close()


def test_the_id_of_an_error_is_in_its_response_and_in_the_log(harness: Harness, every: Lines) -> None:
    server = harness.server
    queue = ExchangeQueue()
    queue.observers.append(every.log.add)
    cache = ResponseCache(harness.main.app, server.current_index, server.clock, 1 << 20, queue.add)
    client = Client(cache)
    made = client.get("/nothing").headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{16}", made)
    proxied = {"REMOTE_ADDR": "127.0.0.1"}
    taken = client.get(
        "/feed.rss?limit=x", headers={"X-Request-Id": "from-proxy"}, environ_overrides=proxied
    )
    assert (taken.status_code, taken.headers["X-Request-Id"]) == (400, "from-proxy")
    stranger = {"REMOTE_ADDR": "8.8.8.8"}
    other = client.get(
        "/feed.rss?limit=x", headers={"X-Request-Id": "forged"}, environ_overrides=stranger
    )
    assert re.fullmatch(r"[0-9a-f]{16}", other.headers["X-Request-Id"])
    queue.pass_on()
    assert [line["request"] for line in every.facts()] == [
        made, "from-proxy", other.headers["X-Request-Id"],
    ]  # fmt: skip


def test_no_id_is_in_a_response_that_is_kept(harness: Harness) -> None:
    server = harness.server
    cache = ResponseCache(harness.main.app, server.current_index, server.clock, 1 << 20)
    client = Client(cache)
    proxied = {"REMOTE_ADDR": "127.0.0.1"}
    answers = [
        client.get("/feed.rss", headers={"X-Request-Id": name}, environ_overrides=proxied)
        for name in ("one", "two")
    ]
    assert [each.headers.get("X-Request-Id") for each in answers] == [None, None]
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
