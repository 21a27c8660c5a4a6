"""Webhooks with a real store, real subscriptions and a real receiver."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.article import Taxonomy, Topic, tombstone_facets
from feeds.errors import SettingsError
from feeds.push.client import Reply
from feeds.push.delivery import MAX_DELIVERY_BODY
from feeds.push.message_template import message_of
from feeds.push.messages import MESSAGES, ChangeBatch
from feeds.push.report import decoded
from feeds.push.webhooks import Webhook, webhook_delivery, webhook_outcome
from feeds.query.grammar import read as read_query
from feeds.store import Tombstone
from feeds.store.subscriptions import Subscription, TopicState
from tests.builders import article
from tests.harness import Harness
from tests.push.desk import Desk, in_loop
from tests.push.receiver import KEY, read, titles, verified
from tests.push.subscriber import Subscriber
from tests.waiting import eventually_in_loop


def webhook(reader: Subscriber, query: str = "feed", path: str = "/hook", **fields: Any) -> Webhook:
    return Webhook("news", read_query(query), query, reader.url + path, **fields)


def kept(desk: Desk) -> list[Subscription]:
    return [each for each in desk.subscriptions.all() if each.key.webhook]


def reported(desk: Desk, *, missing: bool) -> bool:
    """Return whether the deliverer has reported a webhook, and that its feed exists or does not."""
    return [bool(each.missing) for each in decoded(desk.subscriptions.report()).webhooks] == [missing]


async def begun(desk: Desk, callback: str) -> Subscription:
    """Wait until the subscription of a webhook is recorded."""
    found: list[Subscription] = await eventually_in_loop(
        lambda: [each for each in kept(desk) if each.callback == callback]
    )
    return found[0]


@in_loop
async def test_a_change_is_sent_as_signed_json(desk: Desk, harness: Harness, reader: Subscriber) -> None:
    hook = webhook(reader, secret=KEY)
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
        harness.edit(article(3))
        await eventually_in_loop(lambda: reader.deliveries)
    (received,) = reader.deliveries
    assert (received.path, received.headers["content-type"]) == ("/hook", "application/json")
    assert verified(received)
    assert titles(received) == ["Title 3"]
    assert read(received)["feed"]["feed_url"] == "https://feeds.example/feed.json"
    assert reader.verifications == []


@in_loop
async def test_removed_articles_are_sent_as_ids(desk: Desk, harness: Harness, reader: Subscriber) -> None:
    hook = webhook(reader)
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
        removed = article(2)
        facets = tombstone_facets(removed)
        published = int(removed.published.timestamp())
        harness.retire(removed, tombstone=Tombstone(int(harness.now) + 1, facets, removed.id, published))
        await eventually_in_loop(lambda: reader.deliveries)
    (received,) = reader.deliveries
    assert (titles(received), read(received)["removed"]) == ([], [article(2).id])


@in_loop
async def test_what_changed_while_no_deliverer_ran_is_sent(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    hook = webhook(reader)
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
    harness.edit(article(3))
    async with desk.delivering(targets=[hook]):
        await eventually_in_loop(lambda: reader.deliveries)
    assert [titles(each) for each in reader.deliveries] == [["Title 3"]]


@in_loop
@pytest.mark.parametrize("status", [401, 404, 410, 500])
async def test_no_status_ends_a_webhook_and_a_retry_has_the_same_id(
    desk: Desk, harness: Harness, reader: Subscriber, status: int
) -> None:
    hook = webhook(reader, secret=KEY)
    reader.status = lambda _: 204 if reader.deliveries else status
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
        harness.edit(article(3))
        failing = await eventually_in_loop(lambda: [each for each in kept(desk) if each.failures])
        await eventually_in_loop(lambda: len(reader.deliveries) == 2)
        await eventually_in_loop(lambda: [each for each in kept(desk) if each.acknowledged])
    assert failing[0].reason.startswith(f"status {status}: ")
    first, second = reader.deliveries
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert verified(second)


@in_loop
@pytest.mark.parametrize("changed", [{"path": "/other"}, {"query": "topics/tests"}])
async def test_a_webhook_with_another_address_or_query_begins_anew(
    desk: Desk, harness: Harness, reader: Subscriber, changed: dict[str, str]
) -> None:
    former, present = webhook(reader), webhook(reader, **changed)
    async with desk.delivering(targets=[former]):
        await begun(desk, former.callback)
    harness.edit(article(3))
    async with desk.delivering(targets=[present]):
        await begun(desk, present.callback)
        harness.now += 10
        harness.edit(article(4))
        await eventually_in_loop(lambda: reader.deliveries)
    assert [titles(each) for each in reader.deliveries] == [["Title 4"]]
    assert [each.callback for each in kept(desk)] == [present.callback]


@in_loop
async def test_a_webhook_that_is_not_in_the_settings_ends(desk: Desk, reader: Subscriber) -> None:
    hook = webhook(reader)
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
    async with desk.delivering():
        await eventually_in_loop(lambda: not kept(desk))
    assert reader.verifications == []


@in_loop
async def test_a_feed_that_does_not_exist_yet_is_sent_from_its_first_article_on(
    desk: Desk, harness: Harness, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    hook = webhook(reader, "authors/Grace Hopper")
    caplog.set_level("WARNING")
    async with desk.delivering(targets=[hook]):
        await eventually_in_loop(lambda: "no such feed yet" in caplog.text)
        await eventually_in_loop(lambda: reported(desk, missing=True))
        harness.edit(article(3, authors=("Grace Hopper",)))
        await eventually_in_loop(lambda: reader.deliveries)
        await eventually_in_loop(lambda: reported(desk, missing=False))
    assert [titles(each) for each in reader.deliveries] == [["Title 3"]]


@in_loop
async def test_after_the_store_was_replaced_only_what_is_new_is_sent(
    desk: Desk, harness: Harness, reader: Subscriber, tmp_path: Path
) -> None:
    """The store of a backup has an earlier state, a new one the articles of the folder at their dates."""
    hook = webhook(reader)
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
        harness.edit(article(3))
        await eventually_in_loop(lambda: [each for each in kept(desk) if each.acknowledged])
    restored = Harness(tmp_path / "restored", now=harness.now + 100)
    restored.put(article(1))
    made_anew = Harness(tmp_path / "new", now=harness.now + 200)
    since = datetime.fromtimestamp(harness.now + 150, UTC)
    made_anew.put(article(1), article(2), article(3), article(5, published=since))
    with closing(restored), closing(made_anew):
        async with Desk(restored, tmp_path).delivering(targets=[hook]):
            restored.edit(article(4))
            await eventually_in_loop(lambda: len(reader.deliveries) == 2)
            await eventually_in_loop(lambda: not [each for each in kept(desk) if each.due])
        async with Desk(made_anew, tmp_path).delivering(targets=[hook]):
            await eventually_in_loop(lambda: len(reader.deliveries) == 3)
    assert [titles(each) for each in reader.deliveries] == [["Title 3"], ["Title 4"], ["Title 5"]]


@in_loop
async def test_a_template_that_fails_is_a_failure_until_it_succeeds(
    desk: Desk, harness: Harness, reader: Subscriber, tmp_path: Path
) -> None:
    file = tmp_path / "own.j2"
    file.write_text('{"text": {{ items[0].no_such.member | tojson }}}')
    hook = webhook(reader, message=message_of(file))
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
        harness.edit(article(3))
        failing = await eventually_in_loop(lambda: [each for each in kept(desk) if each.failures])
    assert failing[0].reason.startswith("template own.j2: ")
    assert reader.deliveries == []
    file.write_text('{"text": {{ items[0].title | tojson }}}')
    async with desk.delivering(targets=[webhook(reader, message=message_of(file))]):
        await eventually_in_loop(lambda: reader.deliveries)
    assert read(reader.deliveries[0]) == {"text": "Title 3"}


def test_a_file_that_is_no_template_is_refused_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "own.j2"
    file.write_text('{\n"text": {{ items[0 }}\n}')
    with pytest.raises(
        SettingsError, match=r"own\.j2:2: not a template of Jinja2: .*; correct this line"
    ):
        message_of(file)


def test_a_message_of_a_file_that_cannot_be_read_as_text_is_refused(tmp_path: Path) -> None:
    latin = tmp_path / "latin.j2"
    latin.write_bytes("é".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"latin\.j2: not UTF-8; save it as UTF-8"):
        message_of(latin)
    with pytest.raises(SettingsError, match=r"no\.j2: cannot be read"):
        message_of(tmp_path / "no.j2")


def test_changes_that_are_too_large_for_one_message_are_sent_in_several_with_the_newest_last(
    harness: Harness,
) -> None:
    words = "<p>" + "word " * 60_000 + "</p>"
    harness.edit(*(article(number, html=words) for number in range(3, 11)))
    hook = Webhook("news", read_query("feed"), "feed", "https://receiver.example/")
    made = webhook_delivery(hook, TopicState(), harness.server.pipeline, harness.now)
    assert made
    bodies = [json.loads(each) for each in (made.body, *made.more)]
    assert len(bodies) > 1
    assert max(map(len, (made.body, *made.more))) <= MAX_DELIVERY_BODY
    sent = [[each["title"] for each in body["items"]] for body in bodies]
    assert [title for each in reversed(sent) for title in each] == [
        f"Title {number}" for number in range(10, 0, -1)
    ]
    assert made.state.digest
    assert webhook_delivery(hook, made.state, harness.server.pipeline, harness.now) is None


@in_loop
async def test_a_change_that_is_worth_no_message_is_done_without_a_request(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    hook = webhook(reader, message=MESSAGES["slack"])
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
        removed, at = article(2), int(harness.now) + 1
        published = int(removed.published.timestamp())
        harness.retire(removed, tombstone=Tombstone(at, tombstone_facets(removed), removed.id, published))
        harness.now += 2
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)
    assert not reader.deliveries
    assert not kept(desk)[0].due


@in_loop
async def test_a_webhook_of_a_renamed_topic_goes_on_with_what_changed_meanwhile(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    hook = webhook(reader, "topics/tests")
    async with desk.delivering(targets=[hook]):
        former = await begun(desk, hook.callback)
    harness.now += 1
    renamed = Taxonomy(topics=(Topic("trials", "Trials", aliases=("tests",)),))
    harness.put(article(3), at=int(harness.now), taxonomy=renamed)
    async with desk.delivering(targets=[hook]):
        await eventually_in_loop(lambda: reader.deliveries)
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)
    assert titles(reader.deliveries[0]) == ["Title 3"]
    (present,) = kept(desk)
    assert former.topic == "https://feeds.example/topics/tests.json"
    assert present.topic == "https://feeds.example/topics/trials.json"


@in_loop
async def test_a_webhook_of_a_topic_that_ended_is_not_told_and_stays(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    hook = webhook(reader, "topics/tests")
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
        harness.now += 1
        ended = Taxonomy(topics=(Topic("tests", "Tests", gone=True),))
        harness.put(article(3), at=int(harness.now), taxonomy=ended)
        await eventually_in_loop(lambda: reported(desk, missing=True))
    assert reader.verifications == []
    assert [each.callback for each in kept(desk)] == [hook.callback]


@in_loop
async def test_an_unexpected_error_is_a_failure_that_is_logged(
    desk: Desk, harness: Harness, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    def message(_: ChangeBatch) -> bytes:
        raise RuntimeError("a bug")

    hook = webhook(reader, message=message)
    async with desk.delivering(targets=[hook]):
        await begun(desk, hook.callback)
        harness.edit(article(3))
        failing = await eventually_in_loop(lambda: [each for each in kept(desk) if each.failures])
    assert failing[0].reason == "internal error"
    assert failing[0].not_before > harness.now
    assert "a bug" in caplog.text


def test_a_status_without_a_phrase_is_its_own_reason() -> None:
    assert webhook_outcome(Reply(599, {}), 0).reason == "status 599"
    assert webhook_outcome(Reply(503, {}), 0).reason == "status 503: service unavailable"
