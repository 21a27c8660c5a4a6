"""The count of readers over weeks, with a clock that the test moves: exact days, lost keys."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.http.cache_entry import CachedResponse, Request
from feeds.http.client_address import ClientAddresses
from feeds.http.exchanges import ExchangeGroup
from feeds.readership.agents import Classifier
from feeds.readership.batches import RequestBatch, encoded, week_of
from feeds.readership.collector import RequestCollector
from feeds.readership.crawlers import FewWords
from feeds.readership.known_readers import known_readers
from feeds.readership.live_report import LiveReport, ReaderTotals
from feeds.readership.reader_count import ReaderCount
from feeds.readership.readership import FeedReaders
from feeds.readership.request import SECONDS_PER_DAY, client_hash
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.store.readership import Counted, CounterReplaced, ReaderDay
from feeds.store.sqlite.readership import SQLiteReadership
from tests.readership.week import HOUR, MONDAY, agents_of

NAMES, CLASSIFIER = RequestedFeeds(), Classifier(known_readers(), FewWords())
APP, BROWSER = agents_of("app")[0], agents_of("browser")[0]
FEEDBIN = "Feedbin feed-id:7 - {} subscribers"
FULL = CachedResponse("200 OK", [("ETag", '"tag"')], 200, [], b"12345")
GONE = CachedResponse("410 Gone", [], 410, [], b"")
TODAY = MONDAY // SECONDS_PER_DAY


class Counts:
    """A server with one process, whose time passes only when a test moves it."""

    def __init__(self, path: Path, now: float = MONDAY) -> None:
        self.path = path
        self.now = now
        self.push: dict[str, int] = {}
        self._stack = ExitStack()
        self._numbers = count(1)
        self._collector = RequestCollector(NAMES, ClientAddresses(), known_readers, 200, 3)
        self.state = self.opened()
        self.begin()

    def opened(self) -> SQLiteReadership:
        return self._stack.enter_context(closing(SQLiteReadership(self.path)))

    def begin(self) -> None:
        """Begin to count, as another process does after the last one was killed."""
        counting = self.opened()
        counting.take_over()
        self.counting = ReaderCount(
            counting, NAMES, CLASSIFIER, self.now, keep=30, push=lambda _report: self.push
        )

    def ask(
        self, *addresses: str, path: str = "/feed.rss", agent: str = APP, response: Any = FULL
    ) -> None:
        for address in addresses:
            sent = Request("GET", path, "", "", None, None, None, agent=agent, peer=address)
            self._collector.add([ExchangeGroup(sent, response, int(self.now), None)])

    def write(self) -> None:
        """Write the batch of the last second."""
        week = week_of(self.now)
        batch = self._collector.take(week, *map(client_hash, self.state.week_keys(week)))
        if batch:
            self.state.put(b"one", [(next(self._numbers), encoded(batch))], self.now)

    def count(self, *, record: bool = True) -> None:
        self.write()
        while self.counting.count(self.now):
            pass
        if record and self.counting.has_counted:
            self.counting.record(self.now)

    def day(self, *addresses: str, **more: Any) -> None:
        """A day on which all *addresses* ask twice, and the night after it."""
        end = (self.now // SECONDS_PER_DAY + 1) * SECONDS_PER_DAY
        for _ in range(2):
            self.ask(*addresses, **more)
            self.count()
            self.now += HOUR
        self.now = end
        self.count()

    def days(self, feed: str = "/feed", format_: str = "*") -> list[ReaderDay]:
        return [each for each in self.state.days(0, 10**6, feed) if each.format == format_]

    def report(self) -> LiveReport:
        return self.counting.report()

    @property
    def feed(self) -> FeedReaders:
        [found] = self.report().readers.feeds
        return found

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def counts(tmp_path: Path) -> Iterator[Counts]:
    made = Counts(tmp_path / "store.db.readers")
    yield made
    made.close()


def people(number: int, network: str = "192.0.2") -> list[str]:
    return [f"{network}.{each}" for each in range(1, number + 1)]


def in_order(report: LiveReport) -> LiveReport:
    """*report* with its pollers, which waste the same, in the order of their ids."""
    worst = sorted(report.polling.worst, key=lambda each: each.id)
    return replace(report, polling=replace(report.polling, worst=worst))


def test_readers_and_pollers_are_counted(counts: Counts) -> None:
    counts.ask(*people(5))
    counts.ask("198.51.100.1", agent=FEEDBIN.format(40))
    counts.ask("198.51.100.2", agent=BROWSER)
    counts.count()
    counts.now += HOUR
    counts.ask(*people(3))
    counts.count()
    assert (counts.feed.readers, counts.feed.reported, counts.feed.apps) == (43, 40, 3)
    report = counts.report()
    assert report.sentence == "readers: 43 (40 reported by 1 service, 3 apps)"
    assert (report.total, report.until) == (ReaderTotals(43, 40, 3, 0), counts.now)
    assert (report.polling.requests, report.polling.bytes) == (10, 50)
    assert [each.wasted for each in report.polling.worst][:4] == [1, 1, 1, 0]


def test_a_count_goes_on_where_the_last_record_was(counts: Counts) -> None:
    counts.ask(*people(5))
    counts.count()
    counts.now += HOUR
    counts.ask(*people(4))
    counts.count(record=False)
    assert counts.feed.readers == 4
    before = counts.report()
    counts.begin()
    assert counts.report().total.readers == 0
    counts.count()
    assert in_order(counts.report()) == in_order(before)
    assert counts.state.pending(0, 1) == []
    counts.begin()
    assert in_order(counts.report()) == in_order(before)


@pytest.mark.parametrize("killed", ["before it reads", "before it records", "after it recorded"])
def test_batches_are_counted_once_when_the_counter_is_killed(counts: Counts, killed: str) -> None:
    for number in range(1, 6):
        counts.ask(*people(number))
        counts.write()
        if killed != "before it reads":
            counts.count(record=killed == "after it recorded")
        counts.begin()
        counts.now += HOUR
    counts.count()
    assert counts.report().polling.requests == 15
    assert counts.days()[-1].requests == 15
    assert counts.days("")[-1].requests == 15


def test_a_counter_that_was_paused_counts_nothing_twice(counts: Counts) -> None:
    counts.ask(*people(3))
    counts.count(record=False)
    paused = counts.counting
    counts.begin()
    counts.count()
    with pytest.raises(CounterReplaced):
        paused.record(counts.now)
    assert counts.days("")[-1].requests == 3


def test_seven_days_are_exact_on_each_day_of_many_weeks(counts: Counts) -> None:
    """Also in the days after a key has ended: of 10 who stop on some day, 10 are gone a week later."""
    for day in range(40):
        reading = people(30 if day < 20 else 20)
        counts.day(*reading, people(1, f"10.0.{day}")[0])
    found = [each.readers for each in counts.days()]
    once = [min(day, 6) + 1 for day in range(40)]  # the one who reads on one day alone
    expected = [30 + each for each in once[:20]] + [30 + 7] * 6 + [20 + 7] * 14
    assert found == expected[-len(found) :]
    assert len(found) == 30
    assert counts.days()[-1].requests == 42


def test_a_month_is_the_mean_of_complete_weeks(counts: Counts) -> None:
    for day in range(28):
        counts.day(*people((40, 20, 30, 10)[day // 7]))
        if day == 5:
            assert (counts.feed.month, counts.feed.trend) == (None, None)
    assert (counts.feed.readers, counts.feed.month) == (10, 25)
    assert counts.feed.trend == pytest.approx(-66.7)
    assert [counts.days()[day].readers for day in (6, 13, 20, 27)] == [40, 20, 30, 10]


def test_a_feed_that_is_new_has_no_weeks_before_its_first_reader(counts: Counts) -> None:
    for day in range(21):
        counts.ask(*people(10))
        counts.day(*people(4), path="/new.rss" if day > 12 else "/feed.rss")
    found = {each.feed: each for each in counts.report().readers.feeds}
    assert found["/new"].month == 4


def test_days_without_a_server_have_rows_too(counts: Counts) -> None:
    counts.day(*people(9))
    counts.now += 4 * SECONDS_PER_DAY
    counts.begin()
    counts.count()
    assert [(each.day - TODAY, each.readers, each.requests) for each in counts.days()] == [
        (0, 9, 18), (1, 9, 0), (2, 9, 0), (3, 9, 0), (4, 9, 0),
    ]  # fmt: skip


def test_requests_that_were_spooled_count_on_their_own_days(counts: Counts) -> None:
    counts.day(*people(2))
    counts.ask(*people(5))
    week = week_of(counts.now)
    counts.write()
    counts.now += 1.5 * SECONDS_PER_DAY
    assert week == week_of(counts.now)
    counts.ask(*people(5))
    counts.count()
    assert [(each.readers, each.requests) for each in counts.days()] == [(2, 4), (2, 5), (5, 5)]


def test_old_days_are_forgotten(counts: Counts) -> None:
    for _ in range(33):
        counts.day(*people(1))
    assert [each.day - TODAY for each in counts.days()] == [*range(3, 33)]


def test_formats_have_rows_of_their_own(counts: Counts) -> None:
    counts.ask(*people(2), path="/feed.atom")
    counts.day(*people(3))
    assert [(each.readers, each.requests, each.bytes) for each in counts.days(format_="rss")] == [
        (3, 6, 30)
    ]
    assert [(each.readers, each.requests) for each in counts.days(format_="atom")] == [(2, 2)]


def test_subscribers_by_push_are_added(counts: Counts) -> None:
    counts.push = {"/feed": 7}
    counts.day(*people(3))
    assert (counts.feed.readers, counts.feed.push) == (10, 7)
    assert [(each.readers, each.push) for each in counts.days()] == [(10, 7), (10, 7)]


def test_feeds_without_readers_have_no_rows(counts: Counts) -> None:
    counts.ask(*people(9), path="/search.rss")
    counts.day(*people(1))
    assert {each.feed for each in counts.state.days(0, 10**6)} == {"", "/feed"}
    assert counts.days("")[0].requests == 11


def test_lost_feeds_are_told_with_those_who_still_ask(counts: Counts) -> None:
    counts.day(*people(4))
    counts.day(*people(3), response=GONE)
    [lost] = counts.report().readers.lost
    assert (lost.feed, lost.status, lost.readers) == ("/feed", 410, 3)


def test_no_key_address_or_hash_of_the_past_can_be_found(counts: Counts) -> None:
    weeks = range(week_of(MONDAY) - 1, week_of(MONDAY) + 5)
    keys: dict[int, bytes] = {}
    for _ in range(4):
        week = week_of(counts.now)
        keys |= dict(zip((week - 1, week), counts.state.week_keys(week), strict=True))
        for _ in range(7):
            counts.day("203.0.113.77", *people(3))
    assert [*keys] == [*weeks][:5]
    content = b"".join(file.read_bytes() for file in counts.path.parent.iterdir())
    living = {week: key for week, key in keys.items() if key in content}
    assert [*living] == [*weeks][4:5]
    assert b"203.0.113.77" not in content
    hashes = {
        week: client_hash(key)("203.0.113.77").to_bytes(8, "big")[-2:] for week, key in keys.items()
    }
    assert len({*hashes.values()}) == len(hashes)
    visitors = {week: client_hash(key)("203.0.113.77") for week, key in keys.items()}
    mark = CLASSIFIER.classify(APP).mark
    found = [week for week, each in visitors.items() if (each ^ mark).to_bytes(8, "big") in content]
    assert found == [*weeks][4:5]


def test_a_sample_that_lasts_is_an_estimate(counts: Counts) -> None:
    crowd = [f"10.{each >> 8}.{each & 255}.1" for each in range(1500)]
    for _ in range(5):
        counts.ask(*crowd)
        counts.count()
        counts.now += HOUR
    found = counts.feed
    assert found.error > 0
    assert 1000 < found.apps < 2000
    assert counts.report().left_out > 0


def test_a_batch_of_a_newer_version_is_left_out(counts: Counts) -> None:
    counts.state.put(b"other", [(1, b"\x01newer")], counts.now)
    counts.day(*people(2))
    assert counts.feed.readers == 2
    assert counts.report().lost == 1


def test_what_another_version_has_saved_is_not_read(counts: Counts) -> None:
    counts.day(*people(2))
    [first, *_] = counts.state.states()
    other = first._replace(value=b"\xff" + first.value[1:])
    counting = counts.opened()
    counting.take_over()
    counting.record(Counted(states=[other], first_week=first.week, first_day=0, at=counts.now))
    counts.begin()
    assert counts.report().total.readers == 2


def test_batches_that_a_process_lost_are_told(counts: Counts) -> None:
    counts.state.put(b"other", [(1, encoded(RequestBatch(week_of(counts.now), lost=7)))], counts.now)
    counts.day(*people(2))
    counts.begin()
    assert counts.report().lost == 7


def test_requests_and_readers_of_one_feed_can_be_chosen(counts: Counts) -> None:
    counts.day(*people(2))
    counts.day(*people(3), path="/topics/oceans.rss")
    report = counts.counting.report("/feed")
    assert [each.feed for each in report.readers.feeds] == ["/feed"]
    assert {each.feed for each in report.polling.worst} == {"/feed"}
