"""The hub over HTTP: its requests, its page, its health, and the methods that it takes."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from feeds.bootstrap import subscriptions_of
from feeds.http.request_body import MAX_REQUEST_BODY
from feeds.monitoring.status import Subscribed
from feeds.push.report import CacheReport, Canary, Delay, HubReport, PushReport
from feeds.settings.sections import HttpSettings, PushSettings
from feeds.store.subscriptions import PushChanges
from tests.builders import article
from tests.entrypoints import FLASK
from tests.formats.reading import links
from tests.harness import Harness
from tests.table import for_each

URL = "https://feeds.example"
CALLBACK = "https://reader.example/callback"
GOOD = {"hub.mode": "subscribe", "hub.topic": f"{URL}/feed.atom", "hub.callback": CALLBACK}
FORM = "application/x-www-form-urlencoded"
HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def served(tmp_path: Path, entrypoint: str) -> Iterator[Harness]:
    made = Harness(tmp_path, entrypoint)
    made.put(article(1, topics=("Oceans",)))
    yield made
    made.close()


def recorded(served: Harness, **changes: Any) -> None:
    """Record *changes* as the deliverer does."""
    subscriptions = subscriptions_of(served.settings)
    subscriptions.record(PushChanges(**changes))
    subscriptions.close()


def modes(served: Harness) -> list[str]:
    subscriptions = subscriptions_of(served.settings)
    found = [each.mode for each in subscriptions.intents()]
    subscriptions.close()
    return found


# Requests


def test_a_request_is_accepted_with_a_line_of_text(served: Harness) -> None:
    answer = served.post("/hub", GOOD)
    assert (answer.status_code, answer.mimetype) == (202, "text/plain")
    assert answer.text == "accepted: subscribe; the callback will be asked to confirm\n"
    assert answer.headers["Cache-Control"] == "no-store"
    assert modes(served) == ["subscribe"]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        (GOOD | {"hub.callback": "http://127.0.0.1/"}, 400),
        (GOOD | {"hub.topic": f"{URL}/topics/nothing.rss"}, 404),
    ],
)
def test_a_refusal_is_a_line_of_text_even_for_a_browser(
    served: Harness, form: dict[str, str], status: int
) -> None:
    for accept in ("*/*", HTML):
        answer = served.post("/hub", form, Accept=accept)
        assert (answer.status_code, answer.mimetype) == (status, "text/plain")
        assert answer.text.count("\n") == 1
        assert ": " in answer.text
        assert "; " in answer.text
    assert json.loads(served.post("/hub", form, Accept="application/json").data)["status"] == status
    assert modes(served) == []


def test_no_value_of_a_request_becomes_markup(served: Harness) -> None:
    for name in GOOD:
        answer = served.post("/hub", GOOD | {name: "<script>alert(1)</script>"}, Accept=HTML)
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_has_a_limit(served: Harness) -> None:
    form = GOOD | {"x": "y" * MAX_REQUEST_BODY}
    answer = served.post("/hub", form)
    assert answer.status_code == 413
    assert answer.text == f"body: larger than {MAX_REQUEST_BODY} bytes; send a shorter form\n"
    assert modes(served) == []


def test_a_body_that_is_no_form_is_refused(served: Harness) -> None:
    assert served.post("/hub", GOOD, Content_Type="application/json").status_code == 415


@pytest.mark.parametrize("entrypoint", [FLASK])
def test_a_client_that_sends_too_much_hears_when_to_come_back(served: Harness) -> None:
    answers = [
        served.main.post(
            "/hub", GOOD | {"hub.callback": f"https://reader-{number}.example/"},
            X_Forwarded_For=f"1.1.1.{number}, 8.8.8.{number}",
        )
        for number in range(121)
    ]  # fmt: skip
    assert [each.status_code for each in answers] == [202] * 120 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    other = served.post("/hub", GOOD | {"hub.callback": "https://x.example/"}, X_Forwarded_For="9.9.9.9")
    assert other.status_code == 202


def test_a_hub_that_cannot_write_hears_nobody_and_says_when(
    served: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    file = Path(f"{served.settings.store_path}.subscriptions")
    file.write_bytes(b"damaged" * 1000)
    with caplog.at_level(logging.WARNING):
        answer = served.post("/hub", GOOD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert answer.text == "hub: its requests cannot be kept now; try again in 10 seconds\n"
    assert "damaged" in caplog.text or "not a database" in caplog.text
    assert served.get("/hub").status_code == 200
    assert served.get("/hub/health").status_code == 503
    assert served.get("/feed.rss").status_code == 200
    file.unlink()


def test_a_publisher_hears_that_there_is_nothing_to_do(served: Harness) -> None:
    answer = served.post("/hub", {"hub.mode": "publish", "hub.url": f"{URL}/feed.atom"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_before_the_first_load_a_request_is_put_off(tmp_path: Path, entrypoint: str) -> None:
    made = Harness(tmp_path, entrypoint)
    answer = made.post("/hub", GOOD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    made.close()


# Methods


@pytest.mark.parametrize("path", ["/hub", "/hub/health", "/feed.rss"])
def test_only_the_hub_takes_a_form(served: Harness, path: str) -> None:
    options = served.get(path, "OPTIONS")
    takes = path == "/hub"
    assert options.status_code == 204
    assert options.headers["Allow"] == ("GET, HEAD, POST, OPTIONS" if takes else "GET, HEAD, OPTIONS")
    for method in ("PUT", "DELETE", "PATCH", *(() if takes else ("POST",))):
        answer = served.get(path, method)
        assert answer.status_code == 405
        assert "use GET" in answer.text
        assert ("POST" in answer.headers["Allow"]) == takes
    head = served.get(path, "HEAD")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Type"] == served.get(path).headers["Content-Type"]


def test_a_hub_that_is_off_is_not_there(tmp_path: Path, entrypoint: str) -> None:
    made = Harness(tmp_path, entrypoint, push=PushSettings(hub="off"))
    made.put(article(1))
    assert made.post("/hub", GOOD).status_code == 404
    for path in ("/hub", "/hub/health"):
        assert made.get(path).status_code == 404
    assert not Path(f"{made.settings.store_path}.subscriptions").exists()
    made.close()


# The page


def words(page: bytes) -> str:
    return " ".join(html.fromstring(page).find(".//main").text_content().split())


def test_the_page_says_how_to_subscribe(served: Harness) -> None:
    answer = served.get("/hub", Accept=HTML)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    shown = words(answer.data)
    assert f"--data-urlencode hub.topic={URL}/feed.atom" in shown
    assert f"{URL}/hub" in shown
    assert "0" in shown


@for_each("language", ["de", "es", "fr", "ja", "ar"])
def test_the_page_is_in_the_language_of_the_client(served: Harness, language: str) -> None:
    english = words(served.get("/hub?hub.topic=x", Accept_Language="en").data)
    other = served.get("/hub?hub.topic=x", Accept_Language=language)
    assert html.fromstring(other.data).get("lang") == language
    assert "Subscriptions" in english
    assert "Subscriptions" not in words(other.data)
    assert "not an address of this server" in english
    assert "not an address of this server" not in words(other.data)


@for_each(
    ("topic", "status", "said"),
    [
        (f"{URL}/feed.atom", 200, "Programs can subscribe to this address."),
        (f"{URL}/opml", 200, "Programs can subscribe to this address."),
        (f"{URL}/feed.atom?limit=50", 400, f"use {URL}/feed.atom"),
        (f"{URL}/topics/nothing.rss", 404, "nothing"),
        ("<script>alert(1)</script>", 400, "not an address of this server"),
    ],
)
def test_the_page_tests_a_topic(served: Harness, topic: str, status: int, said: str) -> None:
    answer = served.main.get("/hub?" + "hub.topic=" + topic.replace("&", "%26").replace("<", "%3C"))
    assert answer.status_code == status
    page = html.fromstring(answer.data)
    assert said in words(answer.data)
    assert page.xpath("//input[@name='hub.topic']/@value") == [topic]
    assert b"<script>alert" not in answer.data
    kept = page.xpath("//ul[@class='languages']//a/@href")
    assert kept
    assert all(each.startswith("?hub.topic=") for each in kept)


# The health


def report(now: float) -> PushReport:
    return PushReport(
        at=now - 1,
        topics=2,
        hosts=1,
        subscriptions=2,
        top_topics=(Subscribed(f"{URL}/feed.atom", 2),),
        top_hosts=(Subscribed("reader.example", 2),),
        due=1,
        oldest_due=now - 90,
        failing={"timeout": 1},
        delay=Delay(0.25, 2.5, 100),
        canary=Canary(now - 60, "connection refused"),
        caches=(CacheReport("edge", failures=3, reason="status 403"),),
        hubs=(HubReport("https://hub.example/", now - 50, 0, (now - 50,), failures=2, reason="timeout"),),
    )


def test_the_health_is_what_the_deliverer_reported(served: Harness) -> None:
    recorded(served, report=report(served.now).encoded())
    served.post("/hub", GOOD)
    answer = served.get("/hub/health")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    found = json.loads(answer.data)
    assert found | {"now": "", "reported": "", "canary": {}, "external_hubs": []} == {
        "now": "", "announced": True, "subscriptions": 2, "topics": 2, "hosts": 1, "pending": 1,
        "undelivered": 1, "oldest_undelivered_seconds": 90.0, "delivery_p50_seconds": 0.25,
        "delivery_p99_seconds": 2.5, "failing": {"timeout": 1}, "canary": {}, "reported": "",
        "external_hubs": [],
        "by_topic": [{"name": f"{URL}/feed.atom", "subscriptions": 2}],
        "by_host": [{"name": "reader.example", "subscriptions": 2}],
        "caches": [
            {
                "name": "edge", "purged": None, "purges": 0, "failures": 3, "failing_since": None,
                "reason": "status 403",
            }
        ],
    }  # fmt: skip
    assert found["canary"]["trouble"] == "connection refused"
    (hub,) = found["external_hubs"]
    assert hub.pop("pinged") is not None
    assert hub == {
        "hub": "https://hub.example/", "fetched": None, "silent": False, "failures": 2,
        "reason": "timeout",
    }  # fmt: skip


def test_only_operators_see_who_subscribes_to_what(served: Harness) -> None:
    recorded(served, report=report(served.now).encoded())
    for peer, sent in (("8.8.8.8", {}), ("127.0.0.1", {"X_Forwarded_For": "8.8.8.8"})):
        answer = served.main.get("/hub/health", peer=peer, **sent)
        found = json.loads(answer.data)
        assert (found["by_topic"], found["by_host"], found["caches"]) == (None, None, None)
        assert found["topics"] == 2
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    mine = served.get("/hub/health")
    assert json.loads(mine.data)["by_host"]
    assert "Access-Control-Allow-Origin" not in mine.headers  # another site must not read it
    served.restart(http=HttpSettings(status_token="0123456789abcdef"))
    assert json.loads(served.get("/hub/health").data)["by_topic"] is None
    told = served.get("/hub/health", Authorization="Bearer 0123456789abcdef")
    assert json.loads(told.data)["by_topic"]


def test_the_page_shows_the_health_to_everybody_without_names(served: Harness) -> None:
    recorded(served, report=report(served.now).encoded())
    shown = words(served.get("/hub").data)
    for said in ("0.25 s", "2.5 s", "90 s", "timeout1", "60 s ago"):
        assert said in shown
    assert "reader.example 2" not in shown
    assert "Feeds do not announce this hub now" not in shown


def test_a_withdrawn_hub_says_so(served: Harness) -> None:
    taxonomy = served.store.taxonomy()
    served.change(taxonomy=type(taxonomy)(hub_withdrawn=True))
    assert "Feeds do not announce this hub now" in words(served.get("/hub").data)
    assert json.loads(served.get("/hub/health").data)["announced"] is False
    assert links(served.get("/feed.rss"))[0] == ("self", f"{URL}/feed.rss")
    assert served.post("/hub", GOOD).status_code == 202  # its subscribers may renew


def test_a_hub_without_a_deliverer_has_no_numbers_yet(served: Harness) -> None:
    found = json.loads(served.get("/hub/health").data)
    assert (found["reported"], found["delivery_p50_seconds"], found["canary"]["proved"]) == (None,) * 3
    assert "not yet" in words(served.get("/hub").data)
