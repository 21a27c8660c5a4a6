"""Streams: one timer and one answer for all, places that are kept, clients that do not read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.push.position import StreamPosition
from feeds.push.stream_limits import StreamLimits
from tests.harness import START, Harness, Process, written
from tests.streaming import StreamHost, run
from tests.waiting import eventually_in_loop

HOUR = 3600


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    """Articles 1 and 2, on Tests and on Go."""
    made = Harness(tmp_path, now=START)
    made.write(1)
    made.write(2, topics=["Go"])
    made.refresh_all()
    made.now += HOUR
    yield made
    made.close()


def publish(harness: Harness, number: int, **fields: object) -> None:
    """Publish article *number*, and let the main process follow."""
    harness.now += 1
    harness.publish(number, **fields)
    harness.main.follow()


def test_a_stream_begins_with_a_time_to_connect_again_and_the_present_position(
    harness: Harness,
) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/feed")
        assert client.status == 200
        assert client.reader.last_id == str(StreamPosition.of(harness.main.index()))
        assert 2500 <= client.reader.retry <= 7500
        assert client.events == []

    run(harness, body)


def test_headers_keep_caches_and_proxies_from_holding_events_back(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/feed", Accept_Encoding="br, gzip")
        expected = {
            "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no",
            "access-control-allow-origin": "*",
        }  # fmt: skip
        assert expected.items() <= client.headers.items()
        assert not {"content-length", "content-encoding", "etag"} & client.headers.keys()

    run(harness, body)


def test_a_new_article_reaches_all_streams_of_its_feeds_with_the_same_bytes(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        one, two = [await host.begun("/stream/topics/go.json") for _ in range(2)]
        other = await host.begun("/stream/topics/tests")
        publish(harness, 3, topics=["Go"])
        await one.received()
        await two.received()
        assert one.events == two.events
        assert one.names == ["added"]
        (sent,) = [part for part in one.parts if b"event:" in part]
        assert any(part is sent for part in two.parts)
        publish(harness, 4)
        await other.received()
        assert [event.data["title"] for event in other.events] == ["Title 4"]

    run(harness, body, keep_alive=60)


def test_quiet_streams_get_comments(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/feed")
        await eventually_in_loop(lambda: client.reader.comments > 3)

    run(harness, body)


@pytest.mark.parametrize("by_header", [True, False])
def test_a_client_continues_after_the_id_that_it_names(harness: Harness, by_header: bool) -> None:
    async def body(host: StreamHost) -> None:
        before = str(StreamPosition.of(harness.main.index()))
        publish(harness, 3)
        if by_header:
            client = host.open("/stream/feed?last_event_id=0", Last_Event_ID=before)
        else:
            client = host.open(f"/stream/feed?last_event_id={before}")
        assert [event.data["title"] for event in await client.received()] == ["Title 3"]

    run(harness, body)


@pytest.mark.parametrize("sent", ["soon", "99999999999"])
def test_an_id_that_is_not_ours_leads_to_a_reset(harness: Harness, sent: str) -> None:
    async def body(host: StreamHost) -> None:
        client = host.open("/stream/topics/go?limit=5", Last_Event_ID=sent)
        (event,) = await client.received()
        assert event.name == "reset"
        assert event.data == {"url": "https://feeds.example/topics/go.json?limit=5"}
        assert event.id == str(StreamPosition.of(harness.main.index()))
        assert host.streams.resets == 1

    run(harness, body)


def test_a_stream_of_several_feeds_is_one_connection(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun(
            "/stream?feed=topics/go&feed=https://feeds.example/topics/tests.rss&content=title"
        )
        publish(harness, 3, topics=["Go"])
        publish(harness, 4)
        events = await client.received(2)
        assert [event.data["_feed"] for event in events] == [
            "topics/go", "https://feeds.example/topics/tests.rss",
        ]  # fmt: skip
        assert [event.data["content_text"] for event in events] == ["Title 3", "Title 4"]

    run(harness, body)


def test_one_feed_in_an_argument_is_as_in_the_path(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream?feed=topics/go")
        publish(harness, 3, topics=["Go"])
        (event,) = await client.received()
        assert "_feed" not in event.data

    run(harness, body)


def test_arguments_alone_are_a_query_of_all_articles(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream?topic=go")
        publish(harness, 3)
        publish(harness, 4, topics=["Go"])
        assert [event.data["title"] for event in await client.received()] == ["Title 4"]

    run(harness, body)


def test_a_client_that_does_not_read_gets_later_what_changed_meanwhile(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/feed")
        other = await host.begun("/stream/feed")
        client.pause()
        publish(harness, 3)
        await other.received(1)
        for title in ("One", "Two", "Three"):
            publish(harness, 3, title=title)
            await eventually_in_loop(lambda title=title: other.events[-1].data["title"] == title)
        assert client.events == []
        client.resume()
        await eventually_in_loop(lambda: client.events and client.events[-1].data["title"] == "Three")
        assert len(client.events) < len(other.events)
        assert client.reader.last_id == other.reader.last_id

    run(harness, body)


def test_a_client_that_never_reads_is_disconnected(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/feed")
        client.pause()
        await client.ended()
        assert host.streams.count == 0

    run(harness, body, unread=0.05)


def test_a_stream_of_a_certain_age_is_complete(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/feed")
        await client.ended()
        assert client.is_complete
        assert host.streams.count == 0

    run(harness, body, age=0.1)


def test_a_process_that_is_behind_its_client_waits_and_then_continues(harness: Harness) -> None:
    slow = Process(harness.settings, lambda: harness.now - 60)
    date = int(harness.now) + 1
    harness.publish(3, publishedDateTime=written(date))
    harness.now = date
    there = str(StreamPosition.of(harness.main.index()))

    async def body(host: StreamHost) -> None:
        client = host.open("/stream/feed", Last_Event_ID=there)
        await eventually_in_loop(lambda: client.reader.comments > 3)
        assert (client.events, client.reader.last_id) == ([], "")
        harness.now += 60
        publish(harness, 4)
        slow.follow()
        harness.now += 60
        assert [event.data["title"] for event in await client.received()] == ["Title 4"]

    slow.follow()
    run(harness, body, process=slow)
    slow.close()


def test_a_process_that_stays_behind_resets_its_client(harness: Harness) -> None:
    later = str(int(harness.now) + 100)

    async def body(host: StreamHost) -> None:
        client = host.open("/stream/feed", Last_Event_ID=later)
        (event,) = await client.received()
        assert event.name == "reset"
        assert event.id == str(StreamPosition.of(harness.main.index()))

    run(harness, body, wait=0.1)


def test_without_a_free_place_a_client_is_refused_and_no_other_ended(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        first = await host.begun("/stream/feed")
        refused = await host.open("/stream/feed").ended()
        assert refused.status == 503
        assert 30 <= int(refused.headers["retry-after"]) <= 90
        assert refused.headers["access-control-allow-origin"] == "*"
        assert refused.text == (
            f"stream: no place for one more; try again in {refused.headers['retry-after']} s\n"
        )
        assert not first.has_ended
        await first.close()
        await host.begun("/stream/feed")

    run(harness, body, limits=StreamLimits(streams=1))


def test_one_client_gets_only_a_part_of_the_places(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        def via_proxy(client: str) -> dict[str, str]:
            return {"X_Forwarded_For": f"198.51.100.9, {client}"}

        await host.begun("/stream/feed", **via_proxy("8.8.8.8"))
        refused = await host.open("/stream/feed", **via_proxy("8.8.8.8")).ended()
        assert refused.status == 503
        await host.begun("/stream/feed", **via_proxy("8.8.4.4"))
        await host.begun("/stream/feed")
        await host.begun("/stream/feed")

    run(harness, body, limits=StreamLimits(streams=10, per_client=1))


def test_a_refused_request_takes_no_place(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        for path in ("/stream/topics/nothing", "/stream/feed?limit=x"):
            await host.open(path).ended()
        await host.begun("/stream/feed")
        assert host.streams.count == 1

    run(harness, body, limits=StreamLimits(streams=1, per_client=1))


def test_a_stopping_server_ends_its_streams_and_begins_no_others(harness: Harness) -> None:
    signals: list[int] = []

    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/feed")
        signals.append(15)
        assert (await client.ended()).is_complete
        late = await host.open("/stream/feed").ended()
        assert (late.status, late.is_complete, late.reader.retry > 0) == (200, True, True)
        assert host.streams.count == 0

    run(harness, body, is_stopping=lambda: bool(signals))


def test_the_end_of_a_worker_ends_its_streams(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        clients = [await host.begun("/stream/feed") for _ in range(3)]
        host.adapter.end_streams()
        for client in clients:
            assert (await client.ended()).is_complete

    run(harness, body)


def test_a_client_that_goes_away_leaves_nothing_behind(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/feed")
        await client.close()
        assert host.streams.count == 0
        publish(harness, 3)
        again = await host.begun("/stream/feed")
        assert again.events == []

    run(harness, body)


def test_a_feed_that_ends_ends_its_streams(harness: Harness) -> None:
    async def body(host: StreamHost) -> None:
        client = await host.begun("/stream/topics/go")
        harness.describe("go", name="Go", removed=True)
        harness.main.follow()
        assert (await client.ended()).is_complete
        assert (await host.open("/stream/topics/go").ended()).status == 410

    run(harness, body)
