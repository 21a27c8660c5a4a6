"""Feeds of composed queries behave like all others while their articles change."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from feeds.formats import FORMATS
from feeds.query.grammar import read
from tests.examples import examples
from tests.formats.reading import deletions, linked
from tests.harness import SITE, START, Harness, Process, entries, id_of, name, older, written
from tests.table import check_each, for_each, pairs

HOUR = 3600
DAY = 24 * HOUR

# Each kind of condition and of window parameter.
QUESTIONS = [
    "topic=go,rust", "topic=-go", "topic=go&topic=rust", "provider=-a.example&topic=go", "type=video",
    "lang=de", "lang=-de", "q=harbour", "q=-harbour", 'title="harbour bells",tide', "since=2d",
    "since=5h", "until=1d", "since=2026-03-02T20", "min_heat=50", "min_heat=top20%",
    "min_quality=top50%&topic=go",
    "has=image", "has=-full", "sort=heat", "sort=quality&topic=rust", "per_provider=2",
    "collapse=story", "collapse=story&sort=heat&topic=go",
]  # fmt: skip
DIGESTS = ["feed/daily", "topics/go/weekly", "feed/daily?q=harbour"]


def address(asked: str, extension: str = "json", **more: object) -> str:
    arguments = "".join(f"{'&' if '=' in asked else '?'}{key}={value}" for key, value in more.items())
    return read(asked + arguments).address(extension)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path, now=START)
    made.refresh_all()
    yield made
    made.close()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Harness]]:
    """Make servers for all tests of the module, which must not change them."""
    made: list[Harness] = []

    def make() -> Harness:
        made.append(Harness(tmp_path_factory.mktemp("shared"), now=START))
        made[-1].refresh_all()
        return made[-1]

    yield make
    for each in made:
        each.close()


def items(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer.data)["items"]
    return found


class Town:
    """Writes articles of every kind, and changes them at random."""

    def __init__(self, harness: Harness, seed: int) -> None:
        self.harness = harness
        self.random = Random(seed)
        self.fields: dict[int, dict[str, Any]] = {}
        everything = {"topics": ["Go", "Rust"], "provider": {"domain": "a.example"}, "type": "video"}
        harness.publish(
            900, title="Harbour bells", publishedDateTime=written(START - 9 * DAY), **everything
        )

    def add(self) -> str:
        random, number = self.random, len(self.fields) + 1
        self.fields[number] = {
            "topics": random.sample(["Go", "Rust", "Seas"], random.randrange(3)),
            "provider": random.choice(
                [None, {"name": "A", "domain": "a.example"}, {"domain": "b.example"}]
            ),
            "publishedDateTime": written(
                int(self.harness.now) - random.choice([0, 0, 0, 3 * HOUR, 2 * DAY])
            ),
        }
        return self.change(number)

    def change(self, number: int) -> str:
        random, fields = self.random, self.fields[number]
        for change in random.sample(range(7), 2):
            match change:
                case 0:
                    said = random.choice(
                        ["The harbour bells", "A tide of news", "Bells in the harbour", "Calm"]
                    )
                    fields["title"] = f"{said} for people {random.randrange(3)}"
                case 1 | 2:
                    fields["heat"] = random.randrange(100)
                case 3:
                    fields["quality"] = random.randrange(5)
                case 4:
                    fields["topics"] = random.sample(["Go", "Rust", "Seas"], random.randrange(3))
                case 5:
                    fields["language"] = random.choice(["de", "en", "de-AT", None])
                    fields["type"] = random.choice(["video", None])
                case 6:
                    other = random.randrange(1, len(self.fields) + 1)
                    fields["related"] = [{"title": "x", "webUrl": f"https://example.org/{other:06}"}]
        return self.harness.write(number, **fields)

    def live(self) -> int:
        """Let a quarter of an hour pass, with at most one change; return the number of an article."""
        random = self.random
        self.harness.now += 900
        kind = random.choice(["add", "add", "change", "change", "change", "remove", "nothing"])
        number = random.randrange(1, len(self.fields) + 1) if self.fields else 0
        if kind == "add" or not self.fields:
            self.harness.record(self.add())
        elif kind == "change":
            self.harness.record(self.change(number))
        elif kind == "remove" and (self.harness.root / name(number)).exists():
            self.harness.withdraw(number)
        return number


@pytest.mark.parametrize("seed", [0, 1])
def test_validators_change_exactly_when_the_bytes_do(harness: Harness, seed: int) -> None:
    """Changed bytes have a new ETag and a later date; an equal ETag means equal bytes."""
    town, process = Town(harness, seed), harness.process()
    extensions = [*FORMATS][seed * 2 :] + [*FORMATS][: seed * 2]
    addresses = [
        address(asked, extension, limit=6)
        for asked, extension in pairs([*QUESTIONS, *DIGESTS], extensions)
    ]
    before = {each: process.get(each) for each in addresses}
    unchanged = spared = 0
    for _ in range(examples(8)):
        town.live()
        for each in addresses:
            was, now = before[each], process.get(each)
            assert now.status_code == 200, (each, now.text)
            same = process.get(each, If_None_Match=was.headers["ETag"]).status_code == 304
            if now.data == was.data:
                unchanged += 1
                spared += same
                assert now.last_modified >= was.last_modified
            else:
                assert not same, each
                assert (
                    process.get(each, If_Modified_Since=was.headers["Last-Modified"]).status_code == 200
                )
                assert now.last_modified > was.last_modified, each
            assert now.last_modified.timestamp() <= harness.now
            before[each] = now
    assert spared > 0.8 * unchanged > 80


@pytest.fixture(scope="module")
def processes(folders: Callable[[], Harness]) -> tuple[Process, Process]:
    """A process that followed a history step by step, and one that loaded its end."""
    harness = folders()
    town, process = Town(harness, 7), harness.process()
    for _ in range(40):
        town.live()
        process.get("/feed.rss")  # follow this step
    return process, harness.process()


@for_each(("asked", "extension"), pairs(QUESTIONS, FORMATS))
def test_another_process_sends_the_same_bytes(
    processes: tuple[Process, Process], asked: str, extension: str
) -> None:
    one, other = (each.get(address(asked, extension)) for each in processes)
    assert (one.data, one.headers["ETag"]) == (other.data, other.headers["ETag"])
    assert one.headers["Last-Modified"] == other.headers["Last-Modified"]


@pytest.fixture(scope="module")
def sixty(folders: Callable[[], Harness]) -> Process:
    """A process with sixty articles, two hours apart."""
    harness = folders()
    town, paths = Town(harness, 3), []
    for _ in range(60):
        harness.now += 2 * HOUR
        paths.append(town.add())
    harness.record(*paths)
    return harness.process()


@for_each(("asked", "extension"), pairs(QUESTIONS, FORMATS))
def test_a_feed_and_its_archives_have_exactly_the_matching_articles(
    sixty: Process, asked: str, extension: str
) -> None:
    whole = dict(entries(sixty.get(address(asked, extension, limit=200)).data, extension))
    if "per_provider" in asked:
        whole = dict(entries(sixty.get(f"/feed.{extension}?limit=200").data, extension))
    page = sixty.get(address(asked, extension, limit=3))
    found = dict(entries(page.data, extension))
    seen = 0
    while following := older(page, extension):
        page = sixty.get(following)
        assert page.status_code == 200
        found.update(entries(page.data, extension))
        seen += 1
    assert found == whole
    assert seen or len(whole) <= 3


class Subscriber:
    """A reader of one feed, which requests changes alone and keeps the entries by id."""

    def __init__(self, asked: str) -> None:
        self.asked = asked
        self.known: dict[str, str] = {}
        self._tag = ""

    def poll(self, process: Process) -> None:
        headers = {"If_None_Match": self._tag} if self._tag else {}
        got = process.get(address(self.asked), A_IM="feed", **headers)
        if got.status_code == 304:
            return
        assert got.status_code in (200, 226)
        assert got.status_code == 200 or not read(self.asked).drifts
        self._tag = got.headers["ETag"]
        self.known.update(entries(got.data, "json"))
        for gone in deletions(got.data, "json"):
            self.known.pop(gone, None)


def test_a_reader_of_changes_misses_no_article_of_any_query(harness: Harness) -> None:
    town, process = Town(harness, 11), harness.process()
    for _ in range(12):
        town.live()
    subscribers = [Subscriber(asked) for asked in QUESTIONS]
    for _ in range(24):
        town.live()
        for each in subscribers:
            each.poll(process)

    def check(subscriber: Subscriber) -> None:
        now = process.get(address(subscriber.asked, limit=200))
        assert dict(entries(now.data, "json")).items() <= subscriber.known.items(), subscriber.asked

    check_each(subscribers, check)


def test_heat_and_quality_never_make_an_article_look_updated(harness: Harness) -> None:
    process = harness.process()
    for number in range(1, 4):
        harness.now += HOUR
        harness.publish(number, heat=10 * number)
    asked = [address(each) for each in ("sort=heat", "min_heat=20", "feed", "collapse=story")]
    before = [{item["id"]: item["date_modified"] for item in items(process.get(each))} for each in asked]
    tag = process.get("/feed.json").headers["ETag"]
    harness.now += HOUR
    harness.publish(1, heat=99, quality=9, publishedDateTime=written(START + HOUR))
    assert [items(process.get(asked[0]))[0]["id"], len(items(process.get(asked[1])))] == [id_of(1), 3]
    for each, was in zip(asked, before, strict=True):
        now = {item["id"]: item["date_modified"] for item in items(process.get(each))}
        assert {id_: now[id_] for id_ in was} == was
    assert process.get("/feed.json").headers["ETag"] == tag


def test_a_story_that_grows_is_an_update_of_one_entry(harness: Harness) -> None:
    process = harness.process()
    feed = address("collapse=story")
    harness.publish(1, title="Ferry aground", quality=5, webUrl="https://one.example/ferry")
    [alone] = items(process.get(feed))
    assert alone["id"] == id_of(1)
    harness.now += HOUR
    best = {
        "title": "The ferry, and why",
        "quality": 9,
        "provider": {"name": "Bell", "domain": "bell.example"},
    }
    harness.publish(2, related=[{"title": "Ferry", "webUrl": "http://www.one.example/ferry/"}], **best)
    [grown] = items(process.get(feed))
    assert grown["id"] == alone["id"]
    assert grown["title"] == "The ferry, and why"
    assert grown["date_published"] == alone["date_published"]
    assert grown["date_modified"] > alone["date_modified"]
    assert (
        '<li><a href="https://one.example/ferry">Ferry aground</a> (Example)</li>'
        in grown["content_html"]
    )
    assert grown["_related"]["items"][0]["url"] == "https://one.example/ferry"
    assert len(items(process.get("/feed.json"))) == 2
    harness.withdraw(1)
    harness.now += HOUR
    [left] = items(process.get(feed))
    assert (left["id"], left["title"]) == (id_of(2), "The ferry, and why")
    assert "Also covered by" not in left["content_html"]
    assert list(deletions(process.get(feed).data, "json")) == [id_of(1)]


def test_a_story_keeps_its_id_when_an_earlier_article_joins_it(harness: Harness) -> None:
    process = harness.process()
    feed = address("collapse=story")
    harness.publish(2, title="Ferry aground", webUrl="https://two.example/ferry")
    harness.now += HOUR
    earlier = written(START - HOUR)
    related = [{"title": "Ferry", "webUrl": "https://two.example/ferry"}]
    harness.publish(1, title="The ferry", publishedDateTime=earlier, related=related, quality=9)
    [entry] = items(process.get(feed))
    assert (entry["id"], entry["title"]) == (id_of(2), "The ferry")


def test_a_story_shows_only_matching_articles(harness: Harness) -> None:
    process = harness.process()
    harness.publish(1, topics=["Go"], webUrl="https://one.example/ferry")
    harness.now += HOUR
    harness.publish(
        2, topics=["Rust"], quality=9, related=[{"title": "Ferry", "webUrl": "https://one.example/ferry"}]
    )
    [only] = items(process.get(address("topics/go?collapse=story")))
    assert (only["id"], only["title"]) == (id_of(1), "Title 1")
    assert "Also covered by" not in only["content_html"]


def days(harness: Harness, count: int, **fields: Any) -> None:
    """Three articles on each day, the last the hottest."""
    for day in range(count):
        for place in range(3):
            number = 10 * (day + 1) + place
            harness.now = START + day * DAY + place * HOUR
            harness.publish(number, heat=place * 10, **fields)


def test_a_digest_has_an_entry_for_every_day_that_is_over(harness: Harness) -> None:
    days(harness, 3, topics=["Go"])
    process = harness.process()
    digest = items(process.get("/topics/go/daily.json"))
    assert [each["title"] for each in digest] == [
        "Go · daily digest: 3 March 2026", "Go · daily digest: 2 March 2026"
    ]  # fmt: skip
    assert digest[0]["id"] == "tag:example.org,2020:feeds/topics/go/daily/2026-03-03"
    assert digest[0]["date_published"] == digest[0]["date_modified"] == "2026-03-04T00:00:00Z"
    assert digest[0]["summary"] == "Title 22 · Title 21 · Title 20"
    assert digest[0]["content_html"].index("Title 22") < digest[0]["content_html"].index("Title 20")
    link = digest[0]["url"].removeprefix(SITE.url)
    assert link == "/topics/go?since=2026-03-03&until=2026-03-03&sort=heat"
    assert b"Title 22" in process.get(link).data
    assert items(process.get("/topics/go/weekly.json")) == []


@pytest.mark.parametrize("kind", ["daily", "weekly"])
def test_the_digest_of_a_past_period_does_not_change(harness: Harness, kind: str) -> None:
    days(harness, 9)
    process = harness.process()
    before = items(process.get(f"/feed/{kind}.json"))
    harness.now += HOUR
    harness.publish(10, heat=99, publishedDateTime=written(START))
    harness.publish(81, heat=99, publishedDateTime=written(START + 7 * DAY + HOUR))
    late = written(START + DAY)
    harness.publish(99, heat=98, publishedDateTime=late)
    assert items(process.get(f"/feed/{kind}.json")) == before
    harness.now += 8 * DAY
    harness.publish(200)
    after = {each["id"]: each for each in items(process.get(f"/feed/{kind}.json"))}
    assert [after[each["id"]] for each in before] == before
    newest = next(iter(after.values()))
    assert "Title 99" in newest["content_html"]


def test_a_removed_article_leaves_its_digest(harness: Harness) -> None:
    days(harness, 2)
    process = harness.process()
    first = process.get("/feed/daily.json")
    harness.now += HOUR
    harness.withdraw(12)
    second = process.get("/feed/daily.json")
    assert "Title 12" in first.text
    assert "Title 12" not in second.text
    assert second.last_modified > first.last_modified
    [entry] = items(second)
    assert entry["id"] == items(first)[0]["id"]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_digest_holds_no_markup_but_its_own(harness: Harness, extension: str) -> None:
    harness.publish(1, title='<script>alert(1)</script> & "more"', excerpt="1 < 2 & <b>bold</b>")
    harness.now += DAY
    harness.publish(2)
    body = harness.process().get(f"/feed/daily.{extension}").text
    assert ">&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;</a>" in body
    assert "1 &lt; 2 &amp; bold" in body


@pytest.fixture(scope="module")
def two_days(folders: Callable[[], Harness]) -> Process:
    harness = folders()
    fields = {"type": "video", "language": "de", "provider": {"domain": "a.example"}}
    days(harness, 2, topics=["Go", "Rust", "Seas"], **fields)
    return harness.process()


@for_each(("asked", "extension"), pairs([*QUESTIONS, *DIGESTS], FORMATS))
def test_every_spelling_of_a_query_gets_the_feed_of_its_canonical_address(
    two_days: Process, asked: str, extension: str
) -> None:
    place, _, arguments = address(asked, extension).partition("?")
    mixed = "&".join(reversed(arguments.split("&"))) + "&utm_source=x&limit=50"
    one, other = two_days.get(f"{place}?{arguments}"), two_days.get(f"{place}?{mixed}&{arguments}")
    assert (one.status_code, one.data, one.headers["ETag"]) == (200, other.data, other.headers["ETag"])
    own = SITE.url + address(asked, extension)
    assert f'<{own}>; rel="self"' in one.headers["Link"]
    assert linked(one, extension, "self") == own
    assert two_days.get(place + "?" + arguments, "HEAD").headers["ETag"] == one.headers["ETag"]


def test_dates_are_counted_from_the_newest_article_and_not_from_now(harness: Harness) -> None:
    days(harness, 3)
    process = harness.process()
    first = process.get(address("since=1d"))
    assert [each["title"] for each in items(first)] == ["Title 32", "Title 31", "Title 30"]
    harness.now += 30 * DAY
    assert process.get(address("since=1d")).data == first.data
    assert datetime.now(UTC) > parsedate_to_datetime(first.headers["Last-Modified"])


@pytest.mark.parametrize(
    ("days_later", "called"),
    [(0, "2–8 March 2026"), (28, "30 March – 5 April 2026"), (301, "28 December 2026 – 3 January 2027")],
)
def test_a_week_is_called_by_its_first_and_last_day(
    harness: Harness, days_later: int, called: str
) -> None:
    harness.now = START + days_later * DAY
    harness.publish(1)
    harness.now += 8 * DAY
    harness.publish(2)
    [entry] = items(harness.process().get("/feed/weekly.json"))
    assert entry["title"] == f"Weekly digest: {called}"
