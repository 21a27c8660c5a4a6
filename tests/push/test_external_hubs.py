"""Hubs of others: which feeds they are told of, and whether they then request these."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec
import pytest

from feeds import __version__
from feeds.bootstrap import subscriptions_of
from feeds.bootstrap.targets import targets_of
from feeds.push.evaluation import ChangedFacets, changed_facets
from feeds.push.external_hubs import MAX_ADDRESSES, ExternalHub, HubRecord
from feeds.push.hub_fetches import HubFetches
from feeds.push.report import HubReport, decoded
from feeds.push.topics import FeedTopic
from feeds.push.touched_feeds import touched_addresses
from feeds.query.grammar import read
from feeds.settings import Settings
from feeds.settings.sections import PushSettings, SiteSettings
from feeds.store.subscriptions import HUB_MARK, Intent, IntentLimits, Subscription, Subscriptions
from tests.agents import GOOGLE_HUB, NEWSBOAT, SUPERFEEDR
from tests.builders import article
from tests.entrypoints import ALL, RESPONSE_CACHE
from tests.harness import SITE, Harness
from tests.push.desk import Desk, in_loop
from tests.push.subscriber import Received, Subscriber, subscriber
from tests.waiting import eventually, eventually_in_loop

URL = "https://feeds.example"
GOOGLE = ExternalHub("https://pubsubhubbub.appspot.com/")
HOUR = 3_600


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.put(article(1, topics=("Oceans",)), article(2, topics=("Art",)))
    yield made
    made.close()


def hub_at(reader: Subscriber) -> ExternalHub:
    return ExternalHub(f"{reader.url}/publish")


def fields(received: Received) -> list[tuple[str, str]]:
    return parse_qsl(received.body.decode())


def told(reader: Subscriber) -> list[str]:
    """The addresses in all pings, in their order."""
    return [value for each in reader.deliveries for name, value in fields(each) if name == "hub.url"]


def kept(desk: Desk) -> list[Subscription]:
    return [each for each in desk.subscriptions.all() if each.key.is_hub]


def acknowledged(desk: Desk) -> bool:
    return all(each.acknowledged and not each.due for each in kept(desk))


@in_loop
async def test_a_hub_is_told_of_the_feeds_that_a_change_touches(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering(targets=[hub_at(reader)]):
        await eventually_in_loop(lambda: kept(desk))
        harness.edit(article(3, topics=("Art",)))
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)
    first = reader.deliveries[0]
    assert (first.path, first.headers["content-type"]) == (
        "/publish",
        "application/x-www-form-urlencoded",
    )
    assert fields(first)[:3] == [
        ("hub.mode", "publish"),
        ("hub.url", f"{URL}/feed.rss"),
        ("hub.topic", f"{URL}/feed.rss"),
    ]
    assert sorted(told(reader)) == sorted(
        f"{URL}/{path}.{extension}"
        for path in ("feed", "topics/art", "providers/example.org")
        for extension in ("rss", "atom", "json")
    )
    assert reader.verifications == []


@in_loop
async def test_one_request_has_few_addresses_and_none_comes_twice(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering(targets=[hub_at(reader)]):
        await eventually_in_loop(lambda: kept(desk))
        harness.edit(article(3, topics=tuple(f"Topic {number}" for number in range(20))))
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)
    pings = [[value for name, value in fields(each) if name == "hub.url"] for each in reader.deliveries]
    assert max(map(len, pings)) == MAX_ADDRESSES == 10
    assert len(told(reader)) == len({*told(reader)}) == 3 * 22


@in_loop
async def test_a_hub_is_told_of_the_queries_that_others_are_subscribed_to(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    topics = [f"{URL}/feed.ndjson", f"{URL}/topics/art.atom?limit=3", f"{URL}/topics/oceans.ndjson"]
    with subscriber() as other:
        async with desk.delivering(targets=[hub_at(reader)]):
            await eventually_in_loop(lambda: kept(desk))
            for topic in topics:
                await desk.subscribed(other.url, topic)
            harness.edit(article(3, topics=("Art",)))
            await eventually_in_loop(lambda: kept(desk)[0].acknowledged)
    assert [each in told(reader) for each in topics] == [True, True, False]


@in_loop
async def test_the_next_deliverer_tells_what_the_former_one_could_not(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering(targets=[hub_at(reader)]):
        await eventually_in_loop(lambda: kept(desk))
    harness.edit(article(3, topics=("Art",)))
    reader.status = lambda _: 503
    desk.random = lambda: 0.9  # the next attempt is seconds away
    async with desk.delivering(targets=[hub_at(reader)]):
        await eventually_in_loop(lambda: kept(desk)[0].failures)
    before = len(told(reader))
    reader.status = lambda _: 204
    harness.now += 60
    async with desk.delivering(targets=[hub_at(reader)]):
        await eventually_in_loop(lambda: acknowledged(desk))
    assert f"{URL}/topics/art.rss" in told(reader)[before:]


@in_loop
async def test_another_attempt_leaves_out_what_the_hub_has_accepted(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    answers = iter([204, 429])
    reader.status = lambda _: next(answers, 204)
    async with desk.delivering(targets=[hub_at(reader)]):
        await eventually_in_loop(lambda: kept(desk))
        harness.edit(article(3, topics=tuple(f"Topic {number}" for number in range(7))))
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)
    bodies = reader.bodies()
    assert [bodies.count(each) for each in dict.fromkeys(bodies)] == [1, 2, 1]


@in_loop
@pytest.mark.parametrize("status", [404, 410])
async def test_no_status_ends_the_pings(
    desk: Desk, harness: Harness, reader: Subscriber, status: int
) -> None:
    reader.status = lambda _: 204 if len(reader.deliveries) else status
    async with desk.delivering(targets=[hub_at(reader)]):
        await eventually_in_loop(lambda: kept(desk))
        harness.edit(article(3))
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)


@in_loop
async def test_a_hub_that_is_not_in_the_settings_is_told_nothing(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering(targets=[hub_at(reader)]):
        await eventually_in_loop(lambda: kept(desk))
    async with desk.delivering():
        await eventually_in_loop(lambda: not kept(desk))


@in_loop
async def test_a_request_after_a_ping_is_reported_also_by_the_next_deliverer(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    hub = hub_at(reader)

    def reported() -> list[HubReport]:
        return [*decoded(desk.subscriptions.report()).hubs]

    async with desk.delivering(targets=[hub]):
        await eventually_in_loop(lambda: kept(desk))
        harness.edit(article(3))
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)
        harness.now += 5
        desk.subscriptions.ask(Intent(f"{URL}/", hub.callback, "fetched", harness.now), IntentLimits())
        await eventually_in_loop(lambda: reported() and reported()[0].fetched)
        at = harness.now
    harness.now += HOUR
    async with desk.delivering(targets=[hub]):
        await eventually_in_loop(lambda: decoded(desk.subscriptions.report()).at == harness.now)
    assert [(each.hub, each.pinged, each.fetched) for each in reported()] == [(hub.url, at - 5, at)]
    assert decoded(desk.subscriptions.report()).subscriptions == 0


# Silence


def pinged(at: float) -> list[Subscription]:
    return [Subscription(f"{URL}/", GOOGLE.callback, until=1e12, since=0, acknowledged=at)]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]


def test_a_hub_that_fetches_nothing_is_reported_once_an_hour_after_three_pings(
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = HubRecord([])
    for at in (100.0, 200.0, 300.0, 400.0):
        (report,) = record.follow(pinged(at), at)
        assert not report.silent
    assert report.unanswered == (100, 200, 300)
    assert not record.follow(pinged(400), 300 + HOUR - 1)[0].silent
    for now in (300 + HOUR, 301 + HOUR):
        assert record.follow(pinged(400), now)[0].silent
    (report,) = HubRecord(record.follow(pinged(400), 302 + HOUR)).follow(pinged(400), 303 + HOUR)
    assert report.silent
    assert warnings(caplog) == [
        "hub pubsubhubbub.appspot.com: accepts pings, but requests no feed after them"
    ]


def test_a_silent_hub_that_fetches_again_is_silent_no_more(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    record = HubRecord([HubReport(GOOGLE.url, 300, 0, (100, 200, 300), silent=True)])
    record.follow(pinged(9000), 9000)
    record.fetched(GOOGLE.callback, 9010)
    (report,) = record.follow(pinged(9000), 9011)
    assert (report.fetched, report.unanswered, report.silent) == (9010, (), False)
    assert caplog.messages == ["hub pubsubhubbub.appspot.com: requests feeds again"]


@pytest.mark.parametrize(
    ("fetched", "counts"),
    [(930.0, False), (950.0, True), (1000.0, True), (1300.0, True), (1301.0, False)],
)
def test_a_request_counts_within_five_minutes_of_a_ping(fetched: float, counts: bool) -> None:
    record = HubRecord([])
    record.fetched(GOOGLE.callback, fetched)
    (report,) = record.follow(pinged(1000), 2000)
    assert (report.fetched == fetched, report.unanswered == ()) == (counts, counts)


# Requests


@pytest.mark.parametrize("entrypoint", [RESPONSE_CACHE, ALL])
def test_requests_of_a_hub_are_noted_also_if_the_response_cache_answers(
    tmp_path: Path, entrypoint: str
) -> None:
    site = msgspec.structs.replace(SITE, hubs=(GOOGLE.url,))
    served = Harness(tmp_path, entrypoint, site=site)
    served.put(article(1))
    subscriptions = subscriptions_of(served.settings)
    try:
        for path, agent in [
            ("/feed.rss", NEWSBOAT),
            ("/", GOOGLE_HUB),
            ("/topics/tests", GOOGLE_HUB),
            ("/feed.rss", ""),
        ]:
            assert served.get(path, User_Agent=agent).status_code == 200
        assert served.get("/feed.rss", User_Agent=GOOGLE_HUB).status_code == 200
        served.server.exchanges.pass_on()
        (noted,) = eventually(subscriptions.intents)
    finally:
        subscriptions.close()
        served.close()
    assert (noted.mode, noted.callback, noted.at) == ("fetched", GOOGLE.url + HUB_MARK, served.now)


def test_requests_of_this_server_itself_are_not_those_of_a_hub_on_its_host(tmp_path: Path) -> None:
    served = Harness(tmp_path)
    subscriptions = subscriptions_of(served.settings)
    hub = ExternalHub(f"{URL}:8080/hub")
    fetches = HubFetches(
        [hub], URL, lambda: subscriptions_of(served.settings), lambda: served.now, interval=0
    )
    fetches.note(f"feeds/{__version__} (+{URL}/hub)", "/feed.atom")
    served.now += 1
    fetches.note("Hub of feeds.example", "/feed.atom")
    (noted,) = eventually(subscriptions.intents)
    served.close()
    assert noted.at == served.now


@pytest.mark.parametrize(
    ("url", "agent"),
    [
        ("https://pubsubhubbub.appspot.com/", GOOGLE_HUB),
        ("https://news.superfeedr.com/", SUPERFEEDR),
        ("https://hub.example/publish", "a hub (https://Hub.example/about)"),
    ],
)
def test_a_hub_is_known_by_its_user_agent(tmp_path: Path, url: str, agent: str) -> None:
    served = Harness(tmp_path)
    subscriptions = subscriptions_of(served.settings)
    fetches = HubFetches(
        [ExternalHub("https://other.example/"), ExternalHub(url)],
        URL,
        lambda: subscriptions_of(served.settings),
        lambda: served.now,
    )
    try:
        fetches.note(agent, "/feed.atom")
        (noted,) = eventually(subscriptions.intents)
    finally:
        subscriptions.close()
        served.close()
    assert noted.callback == url + HUB_MARK


@pytest.mark.parametrize(
    ("url", "hubs"),
    [
        ("https://feeds.example", (GOOGLE.url, "http://127.0.0.1:9/hub")),
        ("http://localhost:8000", ("http://127.0.0.1:9/hub",)),
    ],
)
def test_a_hub_that_cannot_reach_this_server_is_not_told(url: str, hubs: tuple[str, ...]) -> None:
    site = SiteSettings(url=url, hubs=(GOOGLE.url, "http://127.0.0.1:9/hub"))
    settings = Settings(site=site, push=PushSettings(hub="on"))
    assert [each.removesuffix(HUB_MARK) for each in targets_of(settings)] == [*hubs]


def test_a_change_touches_no_feed_that_it_has_no_article_of(harness: Harness) -> None:
    address = f"{URL}/topics/never.atom"
    never = FeedTopic(address, read("/topics/never"), "atom")
    index, site = harness.main.index(), harness.server.site
    found = touched_addresses(index, changed_facets(index, 0), site, [never])
    assert f"{URL}/topics/art.atom" in found
    assert address not in found
    assert touched_addresses(index, ChangedFacets(), site, [never]) == []


def test_requests_of_a_hub_are_recorded_once_in_an_interval(tmp_path: Path) -> None:
    served = Harness(tmp_path)
    subscriptions = subscriptions_of(served.settings)
    opened: list[float] = []

    def opening() -> Subscriptions:
        opened.append(served.now)
        return subscriptions_of(served.settings)

    fetches = HubFetches([GOOGLE], URL, opening, lambda: served.now, interval=60)
    begin = served.now
    for after in (0, 59, 60):
        served.now = begin + after
        fetches.note(GOOGLE_HUB, "/feed.atom")
        eventually(subscriptions.intents)
    eventually(lambda: len(opened) > 1)
    subscriptions.close()
    served.close()
    assert opened == [begin, begin + 60]


def test_a_request_of_a_hub_that_cannot_be_recorded_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    served = Harness(tmp_path)
    file = Path(f"{served.settings.store_path}.subscriptions")
    file.mkdir(parents=True)
    fetches = HubFetches([GOOGLE], URL, lambda: subscriptions_of(served.settings), lambda: served.now)
    with caplog.at_level("DEBUG"):
        fetches.note(GOOGLE_HUB, "/feed.atom")
        eventually(lambda: "a request of a hub is not recorded" in caplog.text)
    served.close()
