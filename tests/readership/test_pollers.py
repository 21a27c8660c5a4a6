"""Pollers: clients of known manners get their verdict, and their waste is measured."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from feeds.readership.agents import Classifier
from feeds.readership.crawlers import MaintainedLists
from feeds.readership.known_readers import known_readers
from feeds.readership.pollers import PollerReport, Pollers, PollingReport
from feeds.readership.request import SECONDS_PER_DAY, ClientRequest, client_hash
from feeds.readership.requested_feeds import RequestedFeeds
from tests.readership.week import (
    ATOM,
    FEED,
    HOUR,
    MONDAY,
    RSS,
    VERSIONS,
    Client,
    agents_of,
    merged,
    people,
    requests,
)

APP, BOT = agents_of("app")[0], agents_of("bot")[0]
MANNERS = {
    "good": "good",
    "dated": "good",
    "latched": "latched",
    "invented": "invented",
    "unquoted": "mangled",
    "none": "none",
}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(known_readers(), MaintainedLists())


@pytest.fixture
def pollers(classifier: Classifier) -> Pollers:
    return Pollers(RequestedFeeds(), classifier)


def report(pollers: Pollers, every: Iterable[ClientRequest]) -> PollingReport:
    for each in every:
        pollers.add(each)
    return pollers.report()


def of(pollers: Pollers, *clients: Client, with_headers: bool = True) -> dict[str, PollerReport]:
    """The pollers by the names of their programs."""
    found = report(pollers, requests(merged(clients), with_headers=with_headers))
    return {each.name: each for each in found.worst}


def request(seconds: float, **changes: Any) -> ClientRequest:
    given: dict[str, Any] = {
        "time": MONDAY + seconds, "client": 1, "target": RSS, "status": 200, "size": 9, "agent": APP,
        "etag": '"a"', "none_match": "", "modified_since": "", "modified": "", "coding": "",
    }  # fmt: skip
    return ClientRequest(**given | changes)


@pytest.mark.parametrize("every", [HOUR / 4, HOUR, 6 * HOUR])
@pytest.mark.parametrize("manner", MANNERS)
def test_every_manner_gets_its_verdict(pollers: Pollers, manner: str, every: float) -> None:
    found = of(pollers, Client("192.0.2.1", APP, manner=manner, every=every))
    assert found["FreshRSS"].validators == MANNERS[manner]


def test_a_good_reader_is_never_called_another_name(pollers: Pollers) -> None:
    clients = [
        *people(60, APP, "10.1", every=1801.0),
        *people(60, agents_of("app")[1], "10.2", every=7 * HOUR, manner="dated"),
    ]
    found = report(pollers, requests(merged(clients)))
    assert {each.validators for each in found.worst} == {"good"}
    assert found.wasted_bytes == 0


def test_full_copies_of_a_known_version_are_wasted(pollers: Pollers) -> None:
    found = of(pollers, Client("192.0.2.1", APP, manner="none", every=HOUR, start=60))["FreshRSS"]
    received = len([each for each in VERSIONS if each.moment < MONDAY + 7 * SECONDS_PER_DAY - HOUR])
    assert (found.requests, found.full) == (168, 168)
    assert found.wasted == 168 - received
    assert found.wasted_bytes > 168 * 20_000 * 0.85
    assert found.wasted_bytes < found.bytes


def test_waste_shows_without_headers_if_others_get_the_same(pollers: Pollers) -> None:
    clients = [Client("192.0.2.1", APP, manner="none", every=HOUR), Client("192.0.2.2", BOT)]
    found = of(pollers, *clients, with_headers=False)
    assert found["FreshRSS"].wasted > 140
    assert found["FreshRSS"].validators == "no 304"
    assert (found["Googlebot"].wasted, found["Googlebot"].validators) == (0, "304")


def test_equal_sizes_without_another_client_prove_nothing(pollers: Pollers) -> None:
    client = Client("192.0.2.1", APP, manner="none", every=HOUR)
    assert of(pollers, client, with_headers=False)["FreshRSS"].wasted == 0


def test_formats_are_different_copies(pollers: Pollers) -> None:
    hits = [request(n * 60, target=target, etag=target) for n, target in enumerate((RSS, ATOM, RSS))]
    (found,) = report(pollers, hits).worst
    assert (found.feed, found.full, found.wasted) == (FEED, 3, 1)


def test_a_head_request_has_no_bytes(pollers: Pollers) -> None:
    found = report(pollers, [request(0), request(60, method="HEAD", size=9_000)])
    assert (found.requests, found.bytes, found.wasted_bytes) == (2, 9, 0)


@pytest.mark.parametrize("interval", [30, 60, 900, 3600, 86_400])
def test_the_median_interval_is_within_two_percent(pollers: Pollers, interval: int) -> None:
    times = [number * interval for number in range(40)] + [39 * interval + 1]
    (found,) = report(pollers, [request(each) for each in times]).worst
    assert abs(found.median - interval) <= 0.02 * interval
    assert found.shortest == 1


def test_requests_at_the_full_minute_are_counted(pollers: Pollers) -> None:
    (found,) = report(pollers, [request(each) for each in (0, 60, 121.9, 182, 240)]).worst
    assert found.at_minute == 80


def test_redirects_that_are_followed_each_time_are_ignored_ones(pollers: Pollers) -> None:
    hits = [
        request(n * HOUR + part, status=status) for n in range(4) for part, status in ((0, 301), (1, 200))
    ]
    (found,) = report(pollers, hits).worst
    assert found.redirects_ignored == 3


@pytest.mark.parametrize(
    ("coding", "compressed"), [("gzip", True), ("br", True), ("", False), (None, None)]
)
def test_compression_is_known_from_the_log(
    pollers: Pollers, coding: str | None, compressed: bool | None
) -> None:
    (found,) = report(pollers, [request(0, coding=coding)]).worst
    assert found.compressed == compressed


@pytest.mark.parametrize(
    ("sent", "verdict"),
    [
        ('W/"a"', "good"),
        ('"a", "b"', "good"),
        ("a", "mangled"),
        ('"a-gzip"', "mangled"),
        ('W/"a--gzip"', "mangled"),
        ("*", "no 304"),
    ],
)
def test_mangled_tags_are_noticed(pollers: Pollers, sent: str, verdict: str) -> None:
    hits = [request(n * HOUR, none_match=sent if n else "") for n in range(4)]
    (found,) = report(pollers, hits).worst
    assert found.validators == verdict


def test_our_own_tags_are_compared_by_their_moment(pollers: Pollers) -> None:
    known, new = (f'"{moment:08x}-{"0" * 28}"' for moment in (MONDAY, MONDAY + 9))
    coded = known.replace('0"', '0-br"')
    hits = [request(0, etag=known), request(1, etag=coded), request(2, none_match=known, etag=coded)]
    hits += [request(3 + n, none_match=known, etag=new) for n in range(4)]
    (found,) = report(pollers, hits).worst
    assert found.validators == "latched"


def test_the_last_tag_before_each_update_is_good(pollers: Pollers) -> None:
    tags = [f'"{number}"' for number in range(9)]
    hits = [
        request(n * HOUR, etag=tag, none_match=before)
        for n, (before, tag) in enumerate(zip(["", *tags[:-1]], tags, strict=True))
    ]
    (found,) = report(pollers, hits).worst
    assert found.validators == "good"


def test_equal_requests_of_a_batch_are_judged_one_by_one(pollers: Pollers) -> None:
    """The first of them invents a date, the others repeat it."""
    dates = [f"Mon, 28 Sep 2026 0{hour}:00:00 GMT" for hour in (1, 2)]
    hits = [request(0, etag="", modified=dates[0])]
    hits += [request(60, etag="", modified=dates[0], modified_since=dates[1], times=9)]
    (found,) = report(pollers, hits).worst
    assert found.validators == "latched"


def test_a_tag_of_a_server_that_is_no_tag_is_never_mangled(pollers: Pollers) -> None:
    hits = [
        request(n * HOUR, etag="a,b" if n else "*x", none_match=f'"{n}"' if n else "") for n in range(3)
    ]
    (found,) = report(pollers, hits).worst
    assert found.validators != "mangled"


def test_few_clients_cause_most_bytes(pollers: Pollers) -> None:
    clients = [
        *people(40, APP, every=4 * HOUR),
        *(Client(f"192.0.2.{n}", BOT, manner="none", every=HOUR / 6) for n in range(3)),
    ]
    found = report(pollers, requests(merged(clients)))
    assert found.few == 2
    assert 50 < found.few_share < 70
    assert [each.name for each in found.worst[:3]] == ["Googlebot"] * 3


def test_one_feed_may_be_chosen(pollers: Pollers) -> None:
    report(pollers, [request(0), request(1, target="/feed.rss")])
    assert [each.feed for each in pollers.report(feed="/feed").worst] == ["/feed"]


def test_own_requests_and_other_addresses_are_left_out(pollers: Pollers) -> None:
    hits = [request(0, agent=agents_of("internal")[0]), request(1, target="/about.html")]
    assert report(pollers, hits).requests == 0


def test_the_report_has_no_address(pollers: Pollers) -> None:
    found = report(pollers, requests(merged([Client("198.51.100.77", APP, manner="none")])))
    assert b"198.51.100" not in msgspec.json.encode(found)


def test_a_flood_of_names_does_not_hide_those_who_waste(classifier: Classifier) -> None:
    limit = 500
    pollers = Pollers(RequestedFeeds(), classifier, limit)
    hashed = client_hash(b"key")
    for number in range(10 * limit):
        pollers.add(request(number, client=hashed(str(number)), agent=f"x{number}", size=50))
        if not number % 100:
            pollers.add(request(number + 0.5, client=7, size=5_000))
    worst = pollers.report().worst[0]
    assert worst.wasted == 10 * limit // 100 - 1
    assert len(pollers.report(10 * limit).worst) == limit
