"""Responses to returning clients: changes (RFC 3229), widened feeds, tombstones (RFC 6721)."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from feeds.feed import Site
from feeds.formats import FORMATS
from feeds.formats.document import CODINGS
from tests.codings import decoded
from tests.formats.reading import deletions
from tests.harness import Deployment, Replica, entries, id_of

HOUR = 3600
DAY = 24 * HOUR
SLOW = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def deployment(tmp_path: Path, entrypoint: str) -> Iterator[Deployment]:
    """Three articles, an hour apart."""
    made = Deployment(tmp_path)
    for number in range(1, 4):
        made.write(number)
        made.now += HOUR
    made.refresh_all()
    made.now += HOUR
    yield made
    made.close()


def titles(response: TestResponse, extension: str = "json") -> list[str]:
    return [title for _, title in entries(decoded(response), extension)]


def tag(replica: Replica, path: str = "/feed.json", **headers: str) -> str:
    return str(replica.get(path, **headers).headers["ETag"])


def changes(replica: Replica, known: str, path: str = "/feed.json", **headers: str) -> TestResponse:
    return replica.get(path, A_IM="feed", If_None_Match=known, **headers)


@pytest.mark.parametrize("extension", FORMATS)
def test_who_asks_for_changes_gets_what_was_added_or_edited_since_and_no_more(
    deployment: Deployment, extension: str
) -> None:
    replica = deployment.replica()
    path = f"/feed.{extension}"
    known = tag(replica, path)
    deployment.put(4)
    deployment.put(1, title="Edited", publishedDateTime="2026-03-02T12:00:00Z")
    answer = changes(replica, known, path)
    assert answer.status_code == 226
    assert answer.headers["IM"] == "feed"
    assert answer.headers["Delta-Base"] == known
    assert answer.headers["ETag"] == tag(replica, path) != known
    assert "no-store" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]
    assert "max-age" not in answer.headers["Cache-Control"]
    assert "A-IM" in answer.headers["Vary"]
    assert entries(answer.data, extension) == [(id_of(4), "Title 4"), (id_of(1), "Edited")]
    assert changes(replica, answer.headers["ETag"], path).status_code == 304


@pytest.mark.parametrize(("issued", "asked"), list(product(CODINGS, CODINGS)))
def test_a_tag_counts_in_whatever_coding_it_was_given_and_is_asked_for(
    deployment: Deployment, issued: str, asked: str
) -> None:
    replica = deployment.replica()
    known = tag(replica, Accept_Encoding=issued)
    assert changes(replica, known, Accept_Encoding=asked).status_code == 304
    deployment.put(4)
    answer = changes(replica, known, Accept_Encoding=asked)
    assert (answer.status_code, titles(answer)) == (226, ["Title 4"])


@pytest.mark.parametrize(
    "form", ["{}", "W/{}", "w/{}", '"nonsense", {}', "{}, W/{}", " {} ", '"", {}', "nonsense, {}"]
)
def test_a_tag_counts_however_it_is_written(deployment: Deployment, form: str) -> None:
    replica = deployment.replica()
    known = tag(replica)
    deployment.put(4)
    answer = changes(replica, form.replace("{}", known))
    assert (answer.status_code, titles(answer)) == (226, ["Title 4"])


@pytest.mark.parametrize("suffix", ["-gzip", "--gzip", "-br", "-df", ";gzip"])
def test_a_tag_counts_with_what_servers_in_between_append(deployment: Deployment, suffix: str) -> None:
    replica = deployment.replica()
    known = tag(replica)[:-1] + suffix + '"'
    deployment.put(4)
    assert changes(replica, known).status_code == 226


def test_the_tag_of_a_wider_feed_counts_as_any(deployment: Deployment) -> None:
    replica = deployment.replica()
    known = tag(replica, "/feed.json?limit=1")
    for number in range(4, 7):
        deployment.put(number)
    wider = replica.get("/feed.json?limit=1", If_None_Match=known)
    assert titles(wider) == ["Title 6", "Title 5", "Title 4"]
    own = wider.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]+-[0-9a-f]{28}\.[0-9a-f]{8}"', own), "strong, and unlike the plain one"
    assert replica.get("/feed.json?limit=1", If_None_Match=own).status_code == 304
    deployment.put(7)
    assert titles(changes(replica, own, "/feed.json?limit=1")) == ["Title 7"]


def test_tags_outlive_processes_and_hold_in_every_one(deployment: Deployment) -> None:
    known = tag(deployment.replica())
    deployment.put(4)
    restarted, other = deployment.replica(), deployment.replica()
    answers = {changes(replica, known).data for replica in (restarted, other)}
    assert len(answers) == 1
    assert changes(other, tag(restarted)).status_code == 304


def test_of_several_tags_the_newest_known_counts_and_is_named(deployment: Deployment) -> None:
    replica = deployment.replica()
    first = tag(replica)
    deployment.put(4)
    second = tag(replica)
    deployment.put(5)
    answer = changes(replica, f'"x", {second}, W/{first}, {tag(replica, "/topics/tests.rss")}')
    assert (titles(answer), answer.headers["Delta-Base"]) == (["Title 5"], second)


def foreign(replica: Replica) -> dict[str, str]:
    own = tag(replica)
    return {
        "of another feed": tag(replica, "/topics/tests.json"),
        "of another format": tag(replica, "/feed.atom"),
        "forged": f'"{own[1:9]}-{"0" * 28}"',
        "from a time to come": f'"7fffffff{own[9:]}',
        "cut short": own[:-2] + '"',
        "too long": own[:-1] + '0"',
        "unquoted": own[1:-1],
        "half quoted": own[:-1],
        "upper case": own.upper(),
        "empty": "",
        "of nothing": '""',
        "of a page": tag(replica, "/"),
        "with a strange suffix": own[:-1] + '-rot13"',
    }


@pytest.mark.parametrize(
    "kind",
    ["of another feed", "of another format", "forged", "from a time to come", "cut short", "too long",
     "unquoted", "half quoted", "upper case", "empty", "of nothing", "of a page",
     "with a strange suffix"],
)  # fmt: skip
def test_with_any_other_tag_one_is_sent_the_whole_feed(deployment: Deployment, kind: str) -> None:
    replica = deployment.replica()
    other = foreign(replica)[kind]
    deployment.put(4)
    answer = changes(replica, other)
    assert (answer.status_code, len(titles(answer))) == (200, 4)
    assert answer.headers["ETag"] == tag(replica)
    assert "IM" not in answer.headers


@pytest.mark.parametrize("wanted", ["feed", "FEED", "vcdiff, feed", "feed;q=0.5", " feed , gzip"])
def test_changes_are_asked_for_in_any_of_these_ways(deployment: Deployment, wanted: str) -> None:
    replica = deployment.replica()
    known = tag(replica)
    deployment.put(4)
    assert replica.get("/feed.json", A_IM=wanted, If_None_Match=known).status_code == 226


@pytest.mark.parametrize("wanted", ["", "feeds", "vcdiff", "feed;q=0", "*"])
def test_and_in_no_other(deployment: Deployment, wanted: str) -> None:
    replica = deployment.replica()
    known = tag(replica)
    deployment.put(4)
    assert replica.get("/feed.json", A_IM=wanted, If_None_Match=known).status_code == 200


def test_a_reader_known_to_choke_on_changes_is_sent_feeds(deployment: Deployment) -> None:
    replica = deployment.replica()
    known = tag(replica)
    deployment.put(4)
    answer = changes(replica, known, User_Agent="rss2email/3.14 (https://example.org)")
    assert (answer.status_code, len(titles(answer))) == (200, 4)


@pytest.mark.parametrize(("count", "status"), [(1000, 226), (1001, 200)])
def test_nobody_is_sent_more_than_a_thousand_changes(
    deployment: Deployment, count: int, status: int
) -> None:
    replica = deployment.replica()
    known = tag(replica)
    deployment.record(*(deployment.write(number, excerpt="") for number in range(10, 10 + count)))
    answer = changes(replica, known)
    assert answer.status_code == status
    assert len(titles(answer)) <= 1000
    plainly = replica.get("/feed.json", If_None_Match=known)
    assert (plainly.status_code, len(titles(plainly))) == (200, 1000)


def test_an_archive_is_always_sent_whole(deployment: Deployment) -> None:
    replica = deployment.replica()
    known = tag(replica, "/feed/2026-03.json")
    assert changes(replica, known, "/feed/2026-03.json").status_code == 304
    deployment.put(4)
    answer = changes(replica, known, "/feed/2026-03.json")
    assert (answer.status_code, len(titles(answer))) == (200, 4)


def test_a_topic_that_gets_a_child_is_sent_whole_with_the_articles_of_that(
    deployment: Deployment,
) -> None:
    """No article changed, so a list of changed articles does not show it."""
    replica = deployment.replica()
    deployment.describe("parent", name="Parent")
    known = tag(replica, "/topics/parent.json")
    deployment.describe("tests", name="Tests", parent="parent")
    answer = changes(replica, known, "/topics/parent.json")
    assert (answer.status_code, len(titles(answer))) == (200, 3)


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("by", ["tag", "date"])
def test_who_merges_nothing_gets_all_of_the_last_two_days(
    deployment: Deployment, extension: str, by: str
) -> None:
    replica = deployment.replica()
    path = f"/feed.{extension}?limit=2"
    first = replica.get(path)
    known = {"If_None_Match": first.headers["ETag"]}
    if by == "date":
        known = {"If_Modified_Since": first.headers["Last-Modified"]}
    deployment.now += 10 * DAY
    for number in range(10, 20):
        deployment.put(number)
        deployment.now += 6 * HOUR
    since = deployment.now - 6 * HOUR - 2 * DAY
    recent = [f"Title {number}" for number in range(19, 9, -1) if published(number) > since]
    answer = replica.get(path, **known)
    assert answer.status_code == 200
    assert titles(answer, extension) == recent
    assert len(recent) == 8
    assert answer.headers["ETag"] != tag(replica, path)
    assert not answer.headers["ETag"].startswith("W/")
    assert "public" in answer.headers["Cache-Control"]
    after = {"If_None_Match": answer.headers["ETag"]}
    if by == "date":
        after = {"If_Modified_Since": answer.headers["Last-Modified"]}
    assert replica.get(path, **after).status_code == 304


def published(number: int) -> float:
    return START_OF_BURST + (number - 10) * 6 * HOUR


START_OF_BURST = datetime(2026, 3, 12, 16, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Jan 1970 00:00:00 GMT", "0", "1772452800"])
def test_a_date_that_is_none_is_as_good_as_no_date(deployment: Deployment, date: str) -> None:
    replica = deployment.replica()
    answer = replica.get("/feed.json?limit=1", If_Modified_Since=date)
    assert (answer.status_code, len(titles(answer))) == (200, 1)


@pytest.mark.parametrize("extension", FORMATS)
def test_an_article_taken_back_is_gone_at_once_and_said_to_be(
    deployment: Deployment, extension: str
) -> None:
    replica = deployment.replica()
    path = f"/feed.{extension}"
    known = tag(replica, path)
    deployment.remove(2)
    at = datetime.fromtimestamp(int(deployment.now), UTC).isoformat()
    told = {id_of(2): at} if FORMATS[extension].has_tombstones else {}
    whole, delta = replica.get(path), changes(replica, known, path)
    assert titles(whole, extension) == ["Title 3", "Title 1"]
    assert deletions(whole.data, extension) == told
    assert (delta.status_code, titles(delta, extension)) == (226, [])
    assert deletions(delta.data, extension) == told
    deployment.now += DAY
    deployment.put(4)
    assert deletions(changes(replica, delta.headers["ETag"], path).data, extension) == {}
    assert deletions(replica.get(path).data, extension) == told
    deployment.put(2, publishedDateTime="2026-03-02T13:00:00Z")
    assert deletions(replica.get(path).data, extension) == {}
    assert "Title 2" in titles(replica.get(path), extension)


def test_how_long_ago_something_left_is_counted_from_the_feeds_last_change(tmp_path: Path) -> None:
    """It does not count from now: the same articles have the same bytes on any day."""
    deployment = Deployment(
        tmp_path, Site("https://feeds.example", authority="example.org", deletions=10 * DAY)
    )
    deployment.refresh_all()
    for number in range(3):
        deployment.put(number)
    deployment.remove(1)
    replica = deployment.replica()
    before = replica.get("/feed.json").data
    deployment.now += 100 * DAY
    assert replica.get("/feed.json").data == deployment.replica().get("/feed.json").data == before
    assert list(deletions(before, "json")) == [id_of(1)]
    deployment.put(3)
    assert deletions(replica.get("/feed.json").data, "json") == {}
    deployment.close()


@pytest.mark.parametrize("extension", FORMATS)
def test_an_article_that_moved_to_another_topic_is_not_said_to_be_gone(
    deployment: Deployment, extension: str
) -> None:
    replica = deployment.replica()
    path = f"/topics/tests.{extension}"
    known = tag(replica, path)
    deployment.put(2, topics=["Other"], publishedDateTime="2026-03-02T13:00:00Z")
    assert titles(replica.get(path), extension) == ["Title 3", "Title 1"]
    for answer in (replica.get(path), changes(replica, known, path)):
        assert deletions(answer.data, extension) == {}
    assert titles(replica.get(f"/topics/other.{extension}"), extension) == ["Title 2"]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_renamed_topic_leads_to_where_it_is_now(deployment: Deployment, extension: str) -> None:
    deployment.describe("tests", name="Tests", aliases=["Trials"])
    replica = deployment.replica()
    answer = replica.get(f"/topics/trials.{extension}?limit=2", Host="elsewhere.example")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://feeds.example/topics/tests.{extension}?limit=2"
    served = replica.get(f"/topics/trials.{extension}?noredirect")
    assert (served.status_code, len(titles(served, extension))) == (200, 3)
    assert served.data == replica.get(f"/topics/tests.{extension}").data
    page = replica.get("/topics/trials")
    assert (page.status_code, page.headers["Location"]) == (301, "https://feeds.example/topics/tests")


def test_an_ended_topic_is_gone_and_in_no_list(deployment: Deployment) -> None:
    deployment.describe("tests", name="Tests", removed=True, aliases=["trials"])
    replica = deployment.replica()
    for path, extension in product(("/topics/tests", "/topics/trials"), FORMATS):
        assert replica.get(f"{path}.{extension}").status_code == 410
        assert replica.get(path).status_code == 410
        assert replica.get(f"/topics/tests/2026-03.{extension}").status_code == 410
    for path in ("/", "/opml", "/opml/topics", "/catalog.json"):
        assert b"topics/tests" not in replica.get(path).data
    assert replica.get("/opml?topic=tests").status_code == 410
    assert len(titles(replica.get("/feed.json"))) == 3


def test_a_month_in_parts_sends_on_to_its_newest_for_as_long_as_that_is_so(
    deployment: Deployment,
) -> None:
    deployment.record(*(deployment.write(number, excerpt="") for number in range(10, 220)))
    replica = deployment.replica()
    answer = replica.get("/feed/2026-03.json?content=title")
    assert answer.status_code == 302
    newest = "https://feeds.example/feed/2026-03-02T1600.json?content=title"
    assert answer.headers["Location"] == newest
    assert len(titles(replica.get(newest.removeprefix("https://feeds.example")))) == 210


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "late", "edit", "remove", "move", "return", "ask"]),
        st.integers(0, 30),
        st.sampled_from([0, 1, 60, HOUR, DAY]),
    ),
    min_size=5,
    max_size=20,
)


class Model:
    """A simple model of the feed at any time: a list of articles and the times of their changes."""

    def __init__(self) -> None:
        self.time = 0
        self.live: dict[int, tuple[int, str, str, int]] = {}  # published, title, topic, changed
        self.left: dict[int, tuple[int, int, str, str]] = {}

    def feed(self, topic: str) -> dict[int, tuple[int, str, str, int]]:
        return {n: each for n, each in self.live.items() if topic in ("", each[2])}

    def changed_since(self, time: int, topic: str) -> set[tuple[str, str]]:
        return {(id_of(n), title) for n, (_, title, _, at) in self.feed(topic).items() if at > time}

    def moment(self, topic: str, limit: int) -> set[str]:
        newest = sorted(self.feed(topic).items(), key=lambda each: (each[1][0], id_of(each[0])))
        return {id_of(n) for n, _ in newest[-limit:]}


def act(deployment: Deployment, model: Model, deed: str, number: int, text: str) -> bool:
    """Do it in the deployment and in the model; return False if it is impossible."""
    model.time += 1
    if deed in ("add", "late"):
        number = len(model.live) + len(model.left)
        published = int(deployment.now) - (5 * DAY if deed == "late" else 0)
        topic = "Go" if number % 2 else "Rust"
        model.live[number] = (published, f"Title {number}", topic, model.time)
    else:
        source = model.left if deed == "return" else model.live
        if not source:
            return False
        number = sorted(source)[number % len(source)]
        published, title, topic, _ = source[number]
        if deed == "remove":
            model.left[number] = model.live.pop(number)
            deployment.remove(number)
            return True
        if deed == "return":
            del model.left[number]
        topic = {"Go": "Rust", "Rust": "Go"}[topic] if deed == "move" else topic
        model.live[number] = (published, text if deed == "edit" else title, topic, model.time)
    published, title, topic, _ = model.live[number]
    date = datetime.fromtimestamp(published, UTC).isoformat()
    deployment.put(
        number, title=title, topics=[topic], publishedDateTime=date, excerpt=f"{title} {topic}"
    )
    return True


OLD_EDIT = [
    ("add", 30, DAY), ("late", 7, HOUR), ("late", 26, 0), ("move", 22, 0), ("return", 29, DAY),
    ("return", 1, 1), ("add", 20, DAY), ("add", 4, DAY), ("move", 26, DAY), ("return", 22, 1),
    ("add", 25, 0),
]  # fmt: skip


@SLOW
@example(OLD_EDIT, "", "atom", 2)  # an edit of an article that is not among the newest two
@given(DEEDS, st.sampled_from(["", "Go"]), st.sampled_from(list(FORMATS)), st.sampled_from([2, 50]))
def test_in_any_history_changes_are_exact_and_a_tag_stands_for_one_body(
    deeds: list[tuple[str, int, int]], topic: str, extension: str, limit: int
) -> None:
    with TemporaryDirectory() as folder:
        deployment = Deployment(Path(folder))
        deployment.write(0, topics=["Go"], title="Title 0", excerpt="Title 0 Go")
        deployment.refresh_all()
        model = Model()
        model.live[0] = (int(deployment.now), "Title 0", "Go", 0)
        replicas = [deployment.replica(), deployment.replica()]
        path = f"/topics/go.{extension}" if topic else f"/feed.{extension}"
        path += f"?limit={limit}"
        came: dict[str, int] = {}  # the time in the model for each timestamp in a tag
        given: dict[str, int] = {}  # the time in the model for each tag ever sent
        bodies: dict[str, bytes] = {}
        for place, (deed, number, later) in enumerate(deeds):
            deployment.now += later
            if deed != "ask":
                act(deployment, model, deed, number, f"Edit {place}")
            if place % 5 == 4:
                replicas[place % 2] = deployment.replica()
            asked = CODINGS[place % len(CODINGS)]
            replica = replicas[place % 2]
            now = replica.get(path, Accept_Encoding=asked)
            own = now.headers["ETag"]
            moment = own.strip('"').split("-")[0]
            came.setdefault(moment, model.time)
            for known, time in list(given.items()):
                same = known.strip('"').partition(".")[0].split("-")[:2] == own.strip('"').split("-")[:2]
                delta = changes(replica, known, path, Accept_Encoding=asked)
                assert delta.status_code == (304 if same else 226), (known, own)
                if not same:
                    got = entries(decoded(delta), extension)
                    assert len(got) == len({id_ for id_, _ in got})
                    assert set(got) == model.changed_since(time, topic)
                wide = replica.get(path, If_None_Match=known, Accept_Encoding=asked)
                assert wide.status_code == (304 if same else 200)
                if not same:
                    assert {id_ for id_, _ in entries(decoded(wide), extension)} >= model.moment(
                        topic, limit
                    )
                    assert bodies.setdefault(wide.headers["ETag"], wide.data) == wide.data
                    given.setdefault(wide.headers["ETag"], came[moment])
            assert bodies.setdefault(own, now.data) == now.data
            given.setdefault(own, came[moment])
            if len(given) > 6:
                given.pop(next(iter(given)))
        deployment.close()


def test_a_client_with_dates_alone_is_not_asked_to_take_the_same_feed_twice(
    deployment: Deployment,
) -> None:
    replica = deployment.replica()
    for _ in range(3):
        deployment.now += HOUR
        deployment.put(4, title=f"Edited {deployment.now}")
        date = replica.get("/feed.rss", If_Modified_Since=formatdate(0, usegmt=True)).headers[
            "Last-Modified"
        ]
        assert replica.get("/feed.rss", If_Modified_Since=date).status_code == 304


def test_json_is_told_where_that_word_comes_from(deployment: Deployment) -> None:
    deployment.remove(1)
    assert json.loads(deployment.replica().get("/feed.json").data)["_deleted"]["about"].endswith(
        "rfc6721"
    )
