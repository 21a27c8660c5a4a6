"""Readership: a synthetic week with known readers is counted as it was made."""

from collections.abc import Iterable
from typing import Any

import pytest

from feeds.readership.agents import Classifier
from feeds.readership.audience import OTHER_FORMATS, Audience
from feeds.readership.counted_feed import CountedFeed
from feeds.readership.crawlers import MaintainedLists
from feeds.readership.known_readers import known_readers
from feeds.readership.readership import (
    MAX_VISITORS,
    MAX_VISITORS_PER_FEED,
    FeedReaders,
    Readership,
    ReadershipReport,
    sentence,
)
from feeds.readership.request import SECONDS_PER_DAY, ClientRequest, client_hash
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.readership.visitors import Visitors, Visits
from tests.readership.week import (
    AGENTS,
    ATOM,
    FEED,
    MONDAY,
    RSS,
    Client,
    agents_of,
    merged,
    people,
    requests,
)

APP, OTHER_APP, LIBRARY = agents_of("app")[0], agents_of("app")[2], agents_of("library")[3]
BROWSER, BOT = agents_of("browser")[0], agents_of("bot")[0]
FEEDBIN = "Feedbin feed-id:{} - {} subscribers"
INOREADER = f"{agents_of('hosted')[6].partition('29')[0]}{{}} subscribers)"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(known_readers(), MaintainedLists())


@pytest.fixture
def readership(classifier: Classifier) -> Readership:
    return Readership(RequestedFeeds(), classifier)


def counted(readership: Readership, every: Iterable[ClientRequest]) -> ReadershipReport:
    for each in every:
        readership.add(each)
    return readership.report()


def one(readership: Readership, clients: Iterable[Client]) -> FeedReaders:
    """The readers of the only feed that *clients* request."""
    (found,) = counted(readership, requests(merged(clients))).feeds
    return found


def request(day: float, agent: str = APP, **changes: Any) -> ClientRequest:
    given = {"time": MONDAY + day * SECONDS_PER_DAY, "client": 1, "target": RSS, "status": 200, "size": 9}
    return ClientRequest(**given | {"agent": agent} | changes)


def test_a_week_of_many_kinds_of_clients_is_counted_as_it_was_made(readership: Readership) -> None:
    clients, people_with_apps = [], 0
    kinds = [*agents_of("app"), *agents_of("library"), "Homemade"]
    for number, agent in enumerate(kinds):
        manner = ("good", "none", "latched", "dated")[number % 4]
        clients += people(number % 7 + 1, agent, f"10.{number}", manner=manner)
        people_with_apps += number % 7 + 1
    services: dict[str, int] = {}
    for number, (agent, name, subscribers, feed_id) in enumerate(AGENTS["hosted"]):
        clients.append(Client(f"192.0.2.{number}", agent, target=(RSS, ATOM)[number % 2]))
        key = name + feed_id
        services[key] = max(services.get(key, 0), 1 if subscribers is None else subscribers)
    services["Google Feedfetcher"] = 0  # its number is that of another crawler
    others = [*agents_of("bot"), *agents_of("browser"), *agents_of("internal")]
    clients += [Client(f"172.16.0.{number}", agent) for number, agent in enumerate(others)]
    clients += [Client(f"203.0.113.{number}", LIBRARY, end=901) for number in range(200)]  # scanners
    clients += people(9, APP, "198.18", method="HEAD")
    found = one(readership, clients)
    claimed = services.pop("SomeReader")
    assert (found.apps, found.error) == (people_with_apps, 0)
    assert {each.name: each.claimed for each in found.claims} == {"SomeReader": claimed}
    assert found.reported == sum(services.values())
    assert found.readers == found.apps + found.reported
    assert (found.bots, found.browsers) == (84 * len(agents_of("bot")), 84 * len(agents_of("browser")))
    assert len(kinds) + len(services) + len(others) > 60


@pytest.mark.parametrize(
    ("times", "readers"),
    [
        ([0.5], 0),
        ([0.5, 0.5 + 29 / 1440], 0),
        ([0.5, 0.5 + 30 / 1440], 1),
        ([0.5, 1.5], 1),
        ([0.999, 1.001], 1),
        ([0, 7], 0),  # the first day is not in the week any more
        ([0, 6], 1),
    ],
    ids=str,
)
def test_a_reader_asks_on_two_days_or_twice_in_half_an_hour(
    readership: Readership, times: list[float], readers: int
) -> None:
    report = counted(readership, [request(each) for each in times])
    assert sum(each.apps for each in report.feeds) == readers


@pytest.mark.parametrize(
    ("status", "readers"), [(200, 1), (304, 1), (226, 1), (403, 0), (500, 0), (302, 0)]
)
def test_answers_with_the_feed_make_readers(readership: Readership, status: int, readers: int) -> None:
    report = counted(readership, [request(day, status=status) for day in (0, 1)])
    assert sum(each.readers for each in report.feeds) == readers


def test_requests_for_other_addresses_make_no_readers(readership: Readership) -> None:
    assert counted(readership, [request(day, target="/about.html") for day in (0, 1)]).requests == 0


def test_a_head_request_makes_no_reader(readership: Readership) -> None:
    assert counted(readership, [request(day, method="HEAD") for day in (0, 1)]).feeds == []


def test_two_programs_behind_one_address_are_two_readers(readership: Readership) -> None:
    assert one(readership, [Client("192.0.2.1", APP), Client("192.0.2.1", OTHER_APP)]).apps == 2


def test_an_update_of_a_program_is_no_second_reader(readership: Readership) -> None:
    newer = APP.replace("1", "2")
    clients = [
        Client("192.0.2.1", APP, end=3 * SECONDS_PER_DAY),
        Client("192.0.2.1", newer, start=3 * SECONDS_PER_DAY),
    ]
    assert newer != APP
    assert one(readership, clients).apps == 1


def test_networks_of_ipv6_are_one_client() -> None:
    hashed = client_hash(b"key")
    assert hashed("2001:db8:1:2::3") == hashed("2001:db8:1:2:ffff::9") != hashed("2001:db8:1:3::3")
    assert hashed("192.0.2.1") != hashed("192.0.2.2")


def test_a_log_may_have_names_instead_of_addresses() -> None:
    hashed = client_hash(b"key")
    for name in "reader.example", "unix:":
        assert hashed(name) == hashed(name) != hashed("other.example")


def test_the_hash_of_a_client_depends_on_the_key() -> None:
    assert client_hash(b"key")("192.0.2.1") != client_hash(b"another")("192.0.2.1")


def test_the_latest_number_of_a_service_counts(readership: Readership) -> None:
    hits = [request(day, INOREADER.format(number)) for day, number in enumerate((50, 90, 70))]
    assert counted(readership, hits).feeds[0].reported == 70


def test_crawlers_of_a_service_are_not_added(readership: Readership) -> None:
    hits = [request(1, INOREADER.format(number), client=number) for number in (50, 90, 70)]
    assert counted(readership, hits).feeds[0].reported == 90


def test_formats_are_not_added_without_ids(readership: Readership) -> None:
    hits = [request(1, INOREADER.format(40), target=RSS), request(1, INOREADER.format(60), target=ATOM)]
    (found,) = counted(readership, hits).feeds
    assert found.reported == 60
    assert {each.format: each.readers for each in found.formats} == {"rss": 40, "atom": 60}


def test_formats_beyond_seven_share_one_row(classifier: Classifier) -> None:
    feed, agent = CountedFeed(), classifier.classify(APP)
    for day, number in ((day, number) for day in (0, 1) for number in range(10)):
        asked = request(day, client=number)
        feed.note(asked, asked.day, f"format {number}")
        feed.audience.add(asked, asked.day, agent, number, f"format {number}")
    rows = {f"format {number}": 1 for number in range(7)} | {OTHER_FORMATS: 3}
    assert feed.audience.apps(asked.day).formats == rows
    assert {name: each.requests for name, each in feed.days[asked.day].items()} == rows


def test_many_feeds_are_sampled_together(readership: Readership) -> None:
    """The largest samples are halved, until three quarters of the limit are left."""
    day, each = request(0).day, MAX_VISITORS_PER_FEED - 1
    visits = {
        number * 0x9E3779B97F4A7C15 % 2**64: Visits(day, MONDAY, repeated=1) for number in range(each)
    }
    names = [f"/topics/{number}" for number in range(MAX_VISITORS // each + 1)]
    for name in names:
        audience = Audience(visitors=Visitors(kept=dict(visits)))
        readership.restore(name, CountedFeed(audience=audience, is_saved=True))
    readership.add(request(0, target=f"{names[0]}.rss"))
    kept = [len(feed.audience.visitors.kept) for feed in readership.feeds.values()]
    assert MAX_VISITORS / 2 < sum(kept) <= MAX_VISITORS * 3 / 4
    assert {feed.is_saved for feed in readership.feeds.values() if feed.audience.visitors.level} == {
        False
    }
    for found in readership.report().feeds:
        assert abs(found.apps - each) <= each * 4 * found.error / 100


def test_ids_of_a_service_are_added(readership: Readership) -> None:
    hits = [request(1, FEEDBIN.format(id_, number)) for id_, number in ((7, 40), (8, 60))]
    assert counted(readership, hits).feeds[0].reported == 100


def test_a_request_without_a_number_leaves_the_last_one(readership: Readership) -> None:
    without = INOREADER.partition("{}")[0].rstrip("; ") + ")"
    hits = [request(0, INOREADER.format(70)), request(1, without)]
    assert counted(readership, hits).feeds[0].reported == 70
    assert readership.report(last_day=hits[0].day + 7).feeds == []


def test_numbers_of_the_last_eight_crawlers_of_a_day_are_compared(readership: Readership) -> None:
    hits = [
        request(1 + number / 100, INOREADER.format(900 if number == 0 else 50), client=number)
        for number in range(9)
    ]
    assert counted(readership, hits).feeds[0].reported == 50


def test_a_service_that_comes_back_after_weeks_is_judged_anew(readership: Readership) -> None:
    """Its former number says nothing about what may be believed."""
    hits = [request(0, INOREADER.format(50)), request(40, INOREADER.format(900_000))]
    (found,) = counted(readership, hits).feeds
    assert (found.reported, found.claims) == (900_000, [])


def test_a_service_that_was_not_seen_for_a_week_does_not_count(readership: Readership) -> None:
    hits = [request(0, INOREADER.format(40)), *(request(day) for day in (6.5, 7))]
    (found,) = counted(readership, hits).feeds
    assert (found.reported, found.apps) == (0, 1)


@pytest.mark.parametrize("claim", [999_999_999, 10**40])
def test_an_impossible_claim_stands_apart(readership: Readership, claim: int) -> None:
    hits = [request(day / 4, INOREADER.format(70), client=1) for day in range(20)]
    hits += [request(5, INOREADER.format(claim), client=2), request(5.5, f"Big/1 ({claim} readers)")]
    (found,) = counted(readership, hits).feeds
    assert found.reported == 70
    assert len(found.claims) == 2


def test_a_false_claim_that_is_repeated_never_counts(readership: Readership) -> None:
    hits = [
        request(day, agent) for day in range(7) for agent in (INOREADER.format(10**9), "X (5000 users)")
    ]
    (found,) = counted(readership, hits).feeds
    assert (found.reported, len(found.claims)) == (0, 2)


def test_a_service_may_grow_tenfold_a_day(readership: Readership) -> None:
    hits = [request(day, INOREADER.format(number)) for day, number in enumerate((200, 1999, 19_000))]
    (found,) = counted(readership, hits).feeds
    assert (found.reported, found.claims) == (19_000, [])


def test_many_false_services_cannot_make_a_large_number(readership: Readership) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    hits = [
        request(day, f"Fake{one_}{two}/1 (1000 subscribers)", client=day)
        for day in (0, 1) for one_ in letters for two in letters
    ]  # fmt: skip
    hits += [request(2, FEEDBIN.format(number, 900)) for number in range(100)]
    (found,) = counted(readership, hits).feeds
    assert found.reported <= 16_000 + 8 * 900


def test_the_report_has_every_feed_and_the_chosen_one(readership: Readership) -> None:
    hits = [request(day, target=target) for day in (0, 1) for target in ("/feed.json?limit=9", RSS)]
    report = counted(readership, hits)
    assert [each.feed for each in report.feeds] == ["/feed", FEED]
    assert [each.feed for each in readership.report("/feed").feeds] == ["/feed"]
    assert (report.first_day, report.last_day) == ("2026-09-28", "2026-09-29")


def test_month_and_trend_need_complete_weeks(readership: Readership) -> None:
    hits = [request(day, client=client) for day in range(13) for client in range(1, 3)]
    (found,) = counted(readership, hits).feeds
    assert (found.month, found.trend) == (2, None)
    hits = [request(day, client=client) for day in range(13, 21) for client in range(1, 4)]
    (found,) = counted(readership, hits).feeds
    assert (found.readers, found.month, found.trend) == (3, 2, 50.0)


@pytest.mark.parametrize("status", [404, 410, 301])
def test_a_lost_feed_is_shown_with_those_who_still_ask(readership: Readership, status: int) -> None:
    hits = [request(day, client=client) for day in (0, 1) for client in (1, 2, 3)]
    hits += [request(day, client=client, status=status) for day in (2, 3) for client in (1, 2)]
    (lost,) = counted(readership, hits).lost
    assert (lost.feed, lost.status, lost.readers) == (FEED, status, 2)


def test_a_feed_that_is_there_again_is_not_lost(readership: Readership) -> None:
    hits = [request(day, status=404) for day in (0, 1)] + [request(2), request(3)]
    assert counted(readership, hits).lost == []


def test_redirects_to_another_scheme_lose_no_feed(readership: Readership) -> None:
    hits = [
        request(day + part, status=status) for day in range(3) for part, status in ((0, 301), (0.1, 200))
    ]
    report = counted(readership, hits)
    assert report.lost == []
    assert report.feeds[0].apps == 1


def test_push_is_added(classifier: Classifier) -> None:
    readership = Readership(RequestedFeeds(), classifier, {FEED: 20})
    hits = [request(day) for day in (0, 1)] + [request(1, FEEDBIN.format(1, 1100))]
    (found,) = counted(readership, hits).feeds
    assert found.readers == 1121
    assert sentence([found]) == "readers: 1,121 (1,100 reported by 1 service, 1 app, 20 by push)"


def test_thousands_of_visitors_are_estimated(readership: Readership) -> None:
    hashed = client_hash(b"key")
    clients = [hashed(str(number)) for number in range(20_000)]
    hits = [request(day, client=client) for day in (0, 1) for client in clients]
    (found,) = counted(readership, hits).feeds
    assert found.error > 0
    assert abs(found.apps - 20_000) < 20_000 * 4 * found.error / 100


def test_requests_of_an_earlier_day_count_too(readership: Readership) -> None:
    hits = [request(1), request(1.001), request(0.5)]
    assert counted(readership, hits).feeds[0].apps == 1
