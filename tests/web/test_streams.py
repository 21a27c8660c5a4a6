"""Requests for streams: what is refused, and the servers that can keep a stream open."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import html

from tests.harness import START, Harness
from tests.streaming import StreamHost, run
from tests.table import for_each


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path, "all", now=START)
    made.write(1, topics=["Go"])
    made.refresh_all()
    yield made
    made.close()


MANY = "&".join(f"feed=feed%3Flimit={number}" for number in range(1, 52))
REFUSED = {
    "/stream/topics/nothing": (404, "topic 'nothing': not found; see the feeds at / or with feeds list"),
    "/stream/nothing/at/all": (404, "feed 'nothing/at/all': not found"),
    "/stream/topics/go/2026-03": (400, "feed: an archive, which does not change"),
    "/stream/feed?limit=x": (400, "limit: "),
    "/stream/feed?last_event_id=soon": (400, "last_event_id: not an id of an event"),
    "/stream?feed=https://other.example/feed": (400, "feed: not an address of this site"),
    f"/stream?{MANY}": (400, "feed: more than 50"),
}  # fmt: skip


@for_each("path", REFUSED)
def test_a_malformed_request_is_refused_as_by_other_views(harness: Harness, path: str) -> None:
    status, text = REFUSED[path]

    async def body(host: StreamHost) -> None:
        client = await host.open(path).ended()
        assert client.status == status
        assert client.text.startswith(text)
        asking = await host.open(path, Accept="application/problem+json").ended()
        assert json.loads(asking.text)["status"] == status

    run(harness, body)
    assert harness.get(path).status_code == status


@pytest.mark.parametrize("path", ["/stream", "/stream/feed", "/stream/topics/go.rss?limit=3"])
def test_a_server_with_threads_says_which_one_can(harness: Harness, path: str) -> None:
    answer = harness.get(path)
    assert answer.status_code == 501
    assert answer.text == (
        "stream: not possible with this web server; "
        "run gunicorn with its asgi worker, or Granian with --interface asgi\n"
    )
    problem = harness.get(path, Accept="application/json").get_json()
    assert problem["type"].endswith("#no-streams")


def test_a_head_request_gets_the_headers_alone(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.open("/stream/feed", method="HEAD").ended()
        assert (client.status, client.text) == (200, "")
        assert client.headers["content-type"] == "text/event-stream"
        assert host.streams.count == 0

    run(harness, body)


def test_other_sites_may_open_streams(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.open("/stream/feed", method="OPTIONS", Origin="https://x.example").ended()
        assert client.status == 204
        assert client.headers["access-control-allow-origin"] == "*"

    run(harness, body)


def test_nothing_can_be_sent_to_a_stream(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        assert (await host.open("/stream/feed", method="POST").ended()).status == 405

    run(harness, body)


def test_a_stream_before_the_first_load_is_refused_for_now(tmp_path: Path) -> None:
    empty = Harness(tmp_path / "empty")

    async def body(host: StreamHost) -> None:
        client = await host.open("/stream/feed").ended()
        assert (client.status, client.headers["retry-after"]) == (503, "5")

    run(empty, body)
    empty.close()


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/feed?lang=en", "feed?lang=en"),
        ("/topics/go", "topics/go"),
        ("/topics/go?limit=3&content=title&since=2026-01", "topics/go?since=2026-01"),
        ("/embed/topics/go?look=cards&count=3", "topics/go"),
    ],
)
def test_a_page_names_a_feed_and_a_position_for_its_stream(
    harness: Harness, page: str, feed: str
) -> None:
    [news] = html.fromstring(harness.get(page).text).find_class("news")
    assert news.get("data-feed") == feed

    async def body(host: StreamHost) -> None:
        since = news.get("data-since")
        client = host.open(f"/stream?{urlencode({'feed': feed, 'last_event_id': since})}")
        harness.now += 1
        harness.publish(2, topics=["Go"], language="en")
        harness.main.follow()
        assert [event.data["title"] for event in await client.received()] == ["Title 2"]

    run(harness, body)


@pytest.mark.parametrize(
    "page",
    ["/topics/go?sort=heat", "/topics/go/daily", "/embed/topics/go?collapse=story"],
)
def test_a_page_that_old_articles_may_enter_names_none(harness: Harness, page: str) -> None:
    answer = harness.get(page)
    assert answer.status_code == 200
    assert html.fromstring(answer.text).find_class("news") == []
