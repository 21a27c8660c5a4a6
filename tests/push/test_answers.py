"""The events after a position: every change once, in any process, from any old position."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.article import Article, TombstoneFacets
from feeds.index import MAX_DELETED_ENTRIES
from feeds.push.answers import Answer, Wanted, answers
from feeds.push.events import StreamedFeed
from feeds.push.position import StreamPosition
from feeds.query import Query
from feeds.query.grammar import read
from feeds.query.matching import matching
from feeds.query.selection import MAX_CHANGED_ENTRIES
from feeds.store import StoredEntry, Tombstone
from tests.builders import article, record
from tests.events import EventReader, SentEvent
from tests.harness import START, Harness, Process, id_of, written

HOUR = 3600


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    """Three articles on Tests and one on Go, an hour apart, which the first load dated."""
    made = Harness(tmp_path, now=START)
    for number in range(1, 4):
        made.write(number)
        made.now += HOUR
    made.write(0, topics=["Go"])
    made.refresh_all()
    made.now += HOUR
    yield made
    made.close()


class Client:
    """A client of the stream of *feeds* that keeps its last id, and an article's title by id."""

    def __init__(self, *feeds: str) -> None:
        self.feeds = tuple(StreamedFeed(read(each), each if len(feeds) > 1 else "") for each in feeds)
        self.reader = EventReader()
        self.titles: dict[str, str] = {}
        self.resets = 0

    def begin(self, process: Process) -> "Client":
        """Have all that *process* has now."""
        index = process.index()
        self.reader.last_id = str(StreamPosition.of(index))
        for feed in self.feeds:
            everything = Query.of(feed.query.all_clauses)
            for each in process.server.pipeline.feed(everything).articles:
                self.titles[each.id] = each.title
        return self

    def connect(self, process: Process, cut: int | None = None) -> list[SentEvent]:
        """Receive what *process* sends from the last id on, at most *cut* bytes of it."""
        answer = self.answer(process)
        found = self.reader.read(answer.events[:cut])
        for event in found:
            if event.name == "removed":
                self.titles.pop(event.article, None)
            elif event.name == "reset":
                self.resets += 1
            else:
                self.titles[event.article] = event.data["title"]
        return found

    def answer(self, process: Process, former: Answer | None = None) -> Answer:
        base = StreamPosition.read(self.reader.last_id)
        assert base
        wanted = Wanted(self.feeds, base, former.contents if former else {})
        (answer,) = answers(process.server.pipeline, process.index(), [wanted])
        return answer


def names(events: list[SentEvent]) -> list[tuple[str, str]]:
    return [(event.name, event.article.rpartition("/")[2]) for event in events]


def test_a_new_article_is_added_an_edited_one_changed_and_a_withdrawn_one_removed(
    harness: Harness,
) -> None:
    client = Client("feed").begin(harness.main)
    harness.publish(4)
    assert names(client.connect(harness.main)) == [("added", "000004")]
    harness.now += HOUR
    harness.publish(2, title="Edited")
    (edited,) = client.connect(harness.main)
    assert (edited.name, edited.data["title"]) == ("changed", "Edited")
    harness.now += HOUR
    harness.withdraw(1)
    (removed,) = client.connect(harness.main)
    assert removed.name == "removed"
    assert removed.data == {"id": id_of(1), "date_deleted": written(int(harness.now))[:-6] + "Z"}
    assert client.connect(harness.main) == []


def test_data_is_the_item_of_the_json_feed(harness: Harness) -> None:
    client = Client("feed?content=summary").begin(harness.main)
    harness.publish(4)
    (event,) = client.connect(harness.main)
    items = harness.get("/feed.json?content=summary").get_json()["items"]
    assert event.data == next(item for item in items if item["id"] == event.article)


def test_an_address_of_several_feeds_names_the_feed_of_each_event(harness: Harness) -> None:
    client = Client("feed", "topics/go").begin(harness.main)
    harness.publish(4, topics=["Go"])
    harness.now += HOUR
    harness.withdraw(4)
    events = client.connect(harness.main)
    assert [(event.name, event.data["_feed"]) for event in events] == [
        ("removed", "feed"), ("removed", "topics/go"),
    ]  # fmt: skip


def test_a_change_elsewhere_is_no_event_of_a_feed(harness: Harness) -> None:
    client = Client("topics/go").begin(harness.main)
    harness.publish(4)
    assert client.connect(harness.main) == []


def test_an_article_that_enters_a_feed_by_an_edit_is_changed(harness: Harness) -> None:
    client = Client("topics/go").begin(harness.main)
    harness.publish(2, topics=["Go"])
    assert names(client.connect(harness.main)) == [("changed", "000002")]


def test_an_article_that_only_leaves_a_feed_is_not_removed(harness: Harness) -> None:
    client = Client("topics/tests").begin(harness.main)
    harness.publish(2, topics=["Go"])
    assert client.connect(harness.main) == []


def test_a_rating_is_no_event_of_a_feed_by_date(harness: Harness) -> None:
    client = Client("feed").begin(harness.main)
    harness.publish(2, heat=90)
    assert client.connect(harness.main) == []


def test_a_scheduled_article_is_added_at_its_date(harness: Harness) -> None:
    client = Client("feed").begin(harness.main)
    date = int(harness.now) + HOUR
    harness.publish(4, publishedDateTime=written(date))
    assert client.connect(harness.main) == []
    harness.now = date
    (event,) = client.connect(harness.main)
    assert names([event]) == [("added", "000004")]
    assert event.id.endswith(f"-{date}")
    assert client.connect(harness.main) == []


def test_a_change_that_is_stamped_before_a_scheduled_article_is_not_missed(harness: Harness) -> None:
    fast = Process(harness.settings, lambda: harness.now + 3)
    client = Client("feed").begin(fast)
    harness.publish(4, publishedDateTime=written(int(harness.now) + 3))
    assert names(client.connect(fast)) == [("added", "000004")]
    harness.now += 1
    harness.publish(5)
    assert names(client.connect(fast)) == [("added", "000005")]
    fast.close()


def test_a_process_that_is_behind_sends_nothing_until_it_is_not(harness: Harness) -> None:
    slow = Process(harness.settings, lambda: harness.now - 60)
    client = Client("feed").begin(harness.main)
    date = int(harness.now) + 1
    harness.publish(4, publishedDateTime=written(date))
    harness.now = date
    assert names(client.connect(harness.main)) == [("added", "000004")]
    assert client.answer(slow) == Answer(is_late=True)
    harness.now += 60
    assert client.answer(slow) == Answer()
    slow.close()


def test_an_old_position_gets_everything_since(harness: Harness) -> None:
    client = Client("feed").begin(harness.main)
    for number in range(4, 20):
        harness.now += 40 * 86_400
        harness.publish(number)
    harness.withdraw(4)
    later = harness.process()
    assert names(client.connect(later)) == [
        *(("added", f"{number:06}") for number in range(5, 20)), ("removed", "000004"),
    ]  # fmt: skip


def test_the_etag_of_a_feed_is_a_position(harness: Harness) -> None:
    harness.publish(4, topics=["Go"])
    client = Client("topics/go")
    client.reader.last_id = harness.get("/topics/go.atom", Accept_Encoding="br").headers["ETag"]
    assert client.connect(harness.main) == []
    harness.now += HOUR
    harness.publish(5, topics=["Go"])
    assert names(client.connect(harness.main)) == [("added", "000005")]


def test_a_stream_that_breaks_off_anywhere_goes_on_after_the_last_whole_second(
    harness: Harness,
) -> None:
    before = Client("feed").begin(harness.main).reader.last_id
    for number in range(4, 8):
        harness.now += HOUR
        harness.publish(number)
    harness.now += HOUR
    harness.withdraw(5)
    whole = Client("feed")
    whole.reader.last_id = before
    size = len(whole.answer(harness.main).events)
    expected = names(whole.connect(harness.main))
    for cut in range(0, size, 97):
        client = Client("feed")
        client.reader.last_id = before
        first = client.connect(harness.main, cut)
        rest = client.connect(harness.process() if cut % 5 == 0 else harness.main)
        assert names(first + rest) == expected


def test_when_all_feeds_count_as_changed_a_stream_is_reset(harness: Harness) -> None:
    client = Client("topics/go").begin(harness.main)
    harness.describe("go", name="Go", parent="languages")
    (event,) = client.connect(harness.main)
    assert (event.name, event.data) == ("reset", {"url": "https://feeds.example/topics/go.json"})
    assert client.connect(harness.main) == []


def test_a_feed_by_heat_is_reset_when_its_entries_or_their_order_change(harness: Harness) -> None:
    client = Client("feed?sort=heat").begin(harness.main)
    harness.publish(2, heat=90)
    assert names(client.connect(harness.main)) == [("reset", "")]
    hot = client.answer(harness.main)
    assert hot.events == b""
    harness.now += HOUR
    harness.publish(2, heat=91)
    assert client.answer(harness.main, hot).events == b""
    assert client.answer(harness.main).events != b"", "without the former entries, it may have changed"


def test_a_digest_is_reset_when_a_period_ends(harness: Harness) -> None:
    client = Client("feed/daily").begin(harness.main)
    known = client.answer(harness.main)
    harness.publish(4)
    assert client.answer(harness.main, known).events == b""
    harness.now += 86_400
    harness.publish(5)
    assert b"event: reset" in client.answer(harness.main, known).events


def many(harness: Harness, count: int) -> list[Article]:
    """*count* articles that were published an hour ago."""
    hour_ago = datetime.fromtimestamp(harness.now - HOUR, UTC)
    return [article(number, published=hour_ago, updated=hour_ago) for number in range(count)]


def test_too_many_changes_are_a_reset(harness: Harness) -> None:
    client = Client("feed").begin(harness.main)
    harness.edit(*many(harness, MAX_CHANGED_ENTRIES + 1))
    assert names(client.connect(harness.main)) == [("reset", "")]


def test_too_many_removals_are_a_reset(harness: Harness) -> None:
    client = Client("feed")
    several = many(harness, MAX_DELETED_ENTRIES)
    client.reader.last_id = str(harness.edit(*several))
    at = int(harness.now) + 1
    entries = [StoredEntry(record(each, at), each.id, b"", at, at) for each in several]
    left = [Tombstone(at, TombstoneFacets(), each.id, START) for each in several]
    harness.change(entries=entries, tombstones=left)
    assert names(client.connect(harness.main)) == [("reset", "")]


def test_a_feed_that_ended_ends_its_streams(harness: Harness) -> None:
    client = Client("topics/tests").begin(harness.main)
    harness.describe("tests", name="Tests", removed=True)
    assert client.answer(harness.main).is_ended


@pytest.mark.parametrize("seed", range(6))
def test_in_any_history_clients_that_change_hosts_have_what_the_feeds_have(
    harness: Harness, seed: int
) -> None:
    chance = random.Random(seed)
    offsets = [0, chance.randrange(1, 5), -chance.randrange(1, 5)]
    hosts = [Process(harness.settings, lambda skew=skew: harness.now + skew) for skew in offsets]
    clients = [Client(feed).begin(hosts[0]) for feed in ("feed", "topics/go", "feed?topic=-go")]
    dates, number = dict.fromkeys((1, 2, 3), START), 3
    for step in range(40):
        harness.now += chance.choice([0.4, 1, 2, HOUR])
        match chance.choice(["add", "add", "plan", "edit", "withdraw", "move"]):
            case "withdraw" if seen := [each for each, date in dates.items() if date < harness.now - 5]:
                # The writer records no removal of an article that only faster hosts have published.
                harness.withdraw(gone := chance.choice(seen))
                del dates[gone]
            case "edit" if dates:
                harness.publish(chance.choice([*dates]), title=f"Edit {step}")
            case "move" if dates:
                harness.publish(chance.choice([*dates]), topics=["Go"], title=f"Move {step}")
            case "plan":
                number += 1
                dates[number] = date = int(harness.now) + chance.randrange(1, 6)
                harness.publish(number, publishedDateTime=written(date), topics=["Go"])
            case _:
                number += 1
                dates[number] = int(harness.now)
                harness.publish(number, topics=[chance.choice(["Go", "Rust"])])
        for client in clients:
            client.connect(chance.choice(hosts))
    harness.now += HOUR
    for client in clients:
        client.connect(hosts[0])
        index, (feed,) = hosts[0].index(), client.feeds
        for each in hosts[0].server.pipeline.feed(read(f"{feed.query.page}")).articles:
            assert client.titles[each.id] == each.title
        assert len(matching(index, feed.query)) <= len(client.titles)
        assert client.resets == 0
    everything = {each.id for each in hosts[0].server.pipeline.feed(Query()).articles}
    assert clients[0].titles.keys() == everything
    for host in hosts:
        host.close()
