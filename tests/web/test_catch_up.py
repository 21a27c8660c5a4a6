"""Responses to returning clients: changes (RFC 3229), widened feeds, tombstones (RFC 6721)."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import formatdate
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from feeds.formats import FORMATS
from feeds.formats.document import CODINGS
from feeds.settings.sections import HttpSettings
from tests import agents
from tests.codings import decoded
from tests.entrypoints import FLASK
from tests.examples import examples
from tests.formats.reading import deletions
from tests.harness import START, Harness, Process, entries, id_of, written
from tests.table import check_each, for_each, pairs

HOUR = 3600
DAY = 24 * HOUR
SLOW = settings(
    max_examples=examples(6),
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def filled(folder: Path, entrypoint: str) -> Harness:
    """Three articles, an hour apart."""
    made = Harness(folder, entrypoint, now=START)
    for number in range(1, 4):
        made.write(number)
        made.now += HOUR
    made.refresh_all()
    made.now += HOUR
    return made


@pytest.fixture
def harness(tmp_path: Path, entrypoint: str) -> Iterator[Harness]:
    with closing(filled(tmp_path, entrypoint)) as made:
        yield made


class Grown(NamedTuple):
    """A process that serves a fourth article too, and the ETag of the feed before; no test changes it."""

    process: Process
    known: str


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, entrypoint: str) -> Iterator[Grown]:
    with closing(filled(tmp_path_factory.mktemp("grown"), entrypoint)) as made:
        process = made.process()
        known = tag(process)
        made.publish(4)
        yield Grown(process, known)


def titles(response: TestResponse, extension: str = "json") -> list[str]:
    return [title for _, title in entries(decoded(response), extension)]


def tag(process: Process, path: str = "/feed.json", **headers: str) -> str:
    return str(process.get(path, **headers).headers["ETag"])


def changes(process: Process, known: str, path: str = "/feed.json", **headers: str) -> TestResponse:
    return process.get(path, A_IM="feed", If_None_Match=known, **headers)


@pytest.mark.parametrize("extension", FORMATS)
def test_a_request_for_changes_gets_new_and_edited_entries_alone(
    harness: Harness, extension: str
) -> None:
    process = harness.process()
    path = f"/feed.{extension}"
    known = tag(process, path)
    harness.publish(4)
    harness.publish(1, title="Edited", publishedDateTime="2026-03-02T12:00:00Z")
    answer = changes(process, known, path)
    assert answer.status_code == 226
    assert answer.headers["IM"] == "feed"
    assert answer.headers["Delta-Base"] == known
    assert answer.headers["ETag"] == tag(process, path) != known
    assert "no-store" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]
    assert "max-age" not in answer.headers["Cache-Control"]
    assert "A-IM" in answer.headers["Vary"]
    assert entries(answer.data, extension) == [(id_of(4), "Title 4"), (id_of(1), "Edited")]
    assert changes(process, answer.headers["ETag"], path).status_code == 304


def test_an_etag_of_any_coding_counts_in_any_coding(harness: Harness) -> None:
    process = harness.process()
    known = {coding: tag(process, Accept_Encoding=coding) for coding in CODINGS}
    for issued, asked in pairs(CODINGS, CODINGS[::-1]):
        assert changes(process, known[issued], Accept_Encoding=asked).status_code == 304
    harness.publish(4)
    for issued, asked in pairs(CODINGS, CODINGS[::-1]):
        answer = changes(process, known[issued], Accept_Encoding=asked)
        assert (answer.status_code, titles(answer)) == (226, ["Title 4"]), (issued, asked)


@for_each("form", ["{}", "W/{}", "w/{}", '"nonsense", {}', "{}, W/{}", " {} ", '"", {}', "nonsense, {}"])
def test_every_spelling_of_an_etag_counts(grown: Grown, form: str) -> None:
    answer = changes(grown.process, form.replace("{}", grown.known))
    assert (answer.status_code, titles(answer)) == (226, ["Title 4"])


@for_each("suffix", ["-gzip", "--gzip", "-br", "-df", ";gzip"])
def test_an_etag_with_the_suffix_of_a_proxy_counts(grown: Grown, suffix: str) -> None:
    assert changes(grown.process, f'{grown.known[:-1]}{suffix}"').status_code == 226


def test_the_etag_of_a_widened_feed_counts(harness: Harness) -> None:
    process = harness.process()
    known = tag(process, "/feed.json?limit=1")
    for number in range(4, 7):
        harness.publish(number)
    wider = process.get("/feed.json?limit=1", If_None_Match=known)
    assert titles(wider) == ["Title 6", "Title 5", "Title 4"]
    own = wider.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]+-[0-9a-f]{28}\.[0-9a-f]{8}"', own), "strong, and unlike the plain one"
    assert process.get("/feed.json?limit=1", If_None_Match=own).status_code == 304
    harness.publish(7)
    assert titles(changes(process, own, "/feed.json?limit=1")) == ["Title 7"]


def test_an_etag_counts_in_every_process(harness: Harness) -> None:
    known = tag(harness.process())
    harness.publish(4)
    restarted, other = harness.process(), harness.process()
    answers = {changes(process, known).data for process in (restarted, other)}
    assert len(answers) == 1
    assert changes(other, tag(restarted)).status_code == 304


def test_the_newest_known_of_several_etags_is_the_delta_base(harness: Harness) -> None:
    process = harness.process()
    first = tag(process)
    harness.publish(4)
    second = tag(process)
    harness.publish(5)
    answer = changes(process, f'"x", {second}, W/{first}, {tag(process, "/topics/tests.rss")}')
    assert (titles(answer), answer.headers["Delta-Base"]) == (["Title 5"], second)


def foreign(process: Process) -> dict[str, str]:
    own = tag(process)
    return {
        "of another feed": tag(process, "/topics/tests.json"),
        "of another format": tag(process, "/feed.atom"),
        "forged": f'"{own[1:9]}-{"0" * 28}"',
        "from a time to come": f'"7fffffff{own[9:]}',
        "cut short": own[:-2] + '"',
        "too long": own[:-1] + '0"',
        "unquoted": own[1:-1],
        "half quoted": own[:-1],
        "upper case": own.upper(),
        "empty": "",
        "of nothing": '""',
        "of a page": tag(process, "/"),
        "with a strange suffix": own[:-1] + '-rot13"',
    }


def test_any_other_etag_gets_the_whole_feed(harness: Harness) -> None:
    process = harness.process()
    others = foreign(process)
    harness.publish(4)

    def check(kind: str) -> None:
        answer = changes(process, others[kind])
        assert (answer.status_code, len(titles(answer))) == (200, 4)
        assert answer.headers["ETag"] == tag(process)
        assert "IM" not in answer.headers

    check_each(others, check)


@for_each("wanted", ["feed", "FEED", "vcdiff, feed", "feed;q=0.5", " feed , gzip"])
def test_every_spelling_of_a_im_gets_changes(grown: Grown, wanted: str) -> None:
    answer = grown.process.get("/feed.json", A_IM=wanted, If_None_Match=grown.known)
    assert answer.status_code == 226


@for_each("wanted", ["", "feeds", "vcdiff", "feed;q=0", "*"])
def test_any_other_a_im_gets_the_whole_feed(grown: Grown, wanted: str) -> None:
    answer = grown.process.get("/feed.json", A_IM=wanted, If_None_Match=grown.known)
    assert answer.status_code == 200


BY_CLIENTS = ('W/"{}"', '"{}"-gzip', '"{}"--gzip', 'w/"{}"', '"x", "{}", "y"')
BY_PROXIES = ('"{}-gzip"', '"{}--gzip"', '"{};gzip"', '"{}-br"', '"{}--br"', '"{}-df"')


def test_a_304_has_the_etag_without_what_others_add_to_it(harness: Harness) -> None:
    process = harness.process()
    path = "/feed.json?limit=1"
    old = tag(process, path)
    harness.publish(4)
    harness.publish(5)
    wide = process.get(path, If_None_Match=old).headers["ETag"]
    assert wide.startswith(tag(process, path)[:-1] + ".")
    for known, sent in product((tag(process, path), wide), (*BY_CLIENTS, *BY_PROXIES)):
        answer = process.get(path, If_None_Match=sent.format(known.strip('"')))
        assert (answer.status_code, answer.headers["ETag"]) == (304, known), sent


def test_delta_base_is_the_etag_without_what_clients_add_to_it(harness: Harness) -> None:
    process = harness.process()
    path = "/feed.json?limit=1"
    old = tag(process, path)
    harness.publish(4)
    for sent in BY_CLIENTS:
        answer = changes(process, sent.format(old.strip('"')), path)
        assert answer.headers["Delta-Base"] == old, sent


@for_each("suffix", [".evil", ".", ".00000000x", ".0000000", ".ABCDEF01", ".a.b", " "])
def test_an_etag_with_an_invented_suffix_is_not_known(grown: Grown, suffix: str) -> None:
    process, own = grown.process, tag(grown.process)
    answer = process.get("/feed.json", If_None_Match=f'{own[:-1]}{suffix}"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, own)
    answer = changes(process, f'{grown.known[:-1]}{suffix}"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, own)


AGENTS = {
    agents.RSS2EMAIL_OF_DEBIAN: 200,
    agents.FEEDPARSER: 200,
    agents.FEEDPARSER_5: 200,
    agents.RSS2EMAIL: 200,
    agents.NEWSBOAT: 226,
    agents.READER: 226,
    "": 226,
}


@for_each("agent", AGENTS)
def test_a_reader_that_cannot_read_changes_gets_whole_feeds(grown: Grown, agent: str) -> None:
    answer = changes(grown.process, grown.known, User_Agent=agent)
    assert answer.status_code == AGENTS[agent]
    assert len(titles(answer)) == (4 if AGENTS[agent] == 200 else 1)


def test_plain_feedparser_gets_whole_feeds_with_any_settings(harness: Harness) -> None:
    known = tag(harness.main)
    harness.publish(4)
    harness.restart(http=HttpSettings(no_changes_for=("newsboat",)))
    assert changes(harness.main, known, User_Agent=agents.RSS2EMAIL_OF_DEBIAN).status_code == 200
    assert changes(harness.main, known, User_Agent=agents.NEWSBOAT).status_code == 200


@pytest.mark.parametrize("entrypoint", [FLASK])
def test_a_response_has_at_most_a_thousand_changes(harness: Harness) -> None:
    process = harness.process()
    known = tag(process)
    harness.record(*(harness.write(number, excerpt="") for number in range(10, 1010)))
    most = changes(process, known)
    assert (most.status_code, len(titles(most))) == (226, 1000)
    harness.publish(1010, excerpt="")
    assert changes(process, known).status_code == 200
    plainly = process.get("/feed.json", If_None_Match=known)
    assert (plainly.status_code, len(titles(plainly))) == (200, 1000)


def test_an_archive_is_sent_whole(harness: Harness) -> None:
    process = harness.process()
    known = tag(process, "/feed/2026-03.json")
    assert changes(process, known, "/feed/2026-03.json").status_code == 304
    harness.publish(4)
    answer = changes(process, known, "/feed/2026-03.json")
    assert (answer.status_code, len(titles(answer))) == (200, 4)


def test_a_topic_that_gets_a_child_is_sent_whole_with_the_articles_of_that(
    harness: Harness,
) -> None:
    """No article changed, so a list of changed articles does not show it."""
    process = harness.process()
    harness.describe("parent", name="Parent")
    known = tag(process, "/topics/parent.json")
    harness.describe("tests", name="Tests", parent="parent")
    answer = changes(process, known, "/topics/parent.json")
    assert (answer.status_code, len(titles(answer))) == (200, 3)


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("by", ["tag", "date"])
def test_a_widened_feed_has_all_entries_of_the_last_two_days(
    harness: Harness, extension: str, by: str
) -> None:
    process = harness.process()
    path = f"/feed.{extension}?limit=2"
    first = process.get(path)
    known = {"If_None_Match": first.headers["ETag"]}
    if by == "date":
        known = {"If_Modified_Since": first.headers["Last-Modified"]}
    harness.now += 10 * DAY
    for number in range(10, 20):
        harness.publish(number)
        harness.now += 6 * HOUR
    since = harness.now - 6 * HOUR - 2 * DAY
    recent = [f"Title {number}" for number in range(19, 9, -1) if published(number) > since]
    answer = process.get(path, **known)
    assert answer.status_code == 200
    assert titles(answer, extension) == recent
    assert len(recent) == 8
    assert answer.headers["ETag"] != tag(process, path)
    assert not answer.headers["ETag"].startswith("W/")
    assert "public" in answer.headers["Cache-Control"]
    after = {"If_None_Match": answer.headers["ETag"]}
    if by == "date":
        after = {"If_Modified_Since": answer.headers["Last-Modified"]}
    assert process.get(path, **after).status_code == 304


def published(number: int) -> float:
    return START_OF_BURST + (number - 10) * 6 * HOUR


START_OF_BURST = datetime(2026, 3, 12, 16, tzinfo=UTC).timestamp()


@for_each("date", ["", "yesterday", "Thu, 99 Jan 1970 00:00:00 GMT", "0", "1772452800"])
def test_an_invalid_date_is_ignored(grown: Grown, date: str) -> None:
    answer = grown.process.get("/feed.json?limit=1", If_Modified_Since=date)
    assert (answer.status_code, len(titles(answer))) == (200, 1)


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.atom?q=title", "/feed.atom?q=nothing"])
def test_a_client_with_the_last_change_in_another_rendering_gets_the_whole_feed(
    harness: Harness, path: str
) -> None:
    """A new version of the program may describe a feed in other words: that is no change."""
    process = harness.process()
    harness.now += HOUR
    harness.withdraw(1)
    known = tag(process, path)
    other = re.sub(r"-(\w{26})\w\w", r"-\g<1>00", known)  # the end of the digest
    assert other != known
    assert changes(process, other, path).status_code == 200


@pytest.mark.parametrize("extension", FORMATS)
def test_a_removed_article_has_a_tombstone(harness: Harness, extension: str) -> None:
    process = harness.process()
    path = f"/feed.{extension}"
    known = tag(process, path)
    harness.withdraw(2)
    told = {id_of(2): written(int(harness.now))} if FORMATS[extension].has_tombstones else {}
    whole, delta = process.get(path), changes(process, known, path)
    assert titles(whole, extension) == ["Title 3", "Title 1"]
    assert deletions(whole.data, extension) == told
    assert (delta.status_code, titles(delta, extension)) == (226, [])
    assert deletions(delta.data, extension) == told
    harness.now += DAY
    harness.publish(4)
    assert deletions(changes(process, delta.headers["ETag"], path).data, extension) == {}
    assert deletions(process.get(path).data, extension) == told
    harness.publish(2, publishedDateTime="2026-03-02T13:00:00Z")
    assert deletions(process.get(path).data, extension) == {}
    assert "Title 2" in titles(process.get(path), extension)


def test_the_age_of_a_tombstone_counts_from_the_last_change_of_the_feed(tmp_path: Path) -> None:
    """It does not count from now: the same articles have the same bytes on any day."""
    harness = Harness(tmp_path, now=START, http=HttpSettings(deletions=10 * DAY))
    harness.refresh_all()
    for number in range(3):
        harness.publish(number)
    harness.withdraw(1)
    process = harness.process()
    before = process.get("/feed.json").data
    harness.now += 100 * DAY
    assert process.get("/feed.json").data == harness.process().get("/feed.json").data == before
    assert list(deletions(before, "json")) == [id_of(1)]
    harness.publish(3)
    assert deletions(process.get("/feed.json").data, "json") == {}
    harness.close()


@pytest.mark.parametrize("extension", FORMATS)
def test_an_article_that_moved_to_another_topic_has_no_tombstone(
    harness: Harness, extension: str
) -> None:
    process = harness.process()
    path = f"/topics/tests.{extension}"
    known = tag(process, path)
    harness.publish(2, topics=["Other"], publishedDateTime="2026-03-02T13:00:00Z")
    assert titles(process.get(path), extension) == ["Title 3", "Title 1"]
    for answer in (process.get(path), changes(process, known, path)):
        assert deletions(answer.data, extension) == {}
    assert titles(process.get(f"/topics/other.{extension}"), extension) == ["Title 2"]


@pytest.mark.parametrize("extension", FORMATS)
def test_the_address_of_a_renamed_topic_redirects_to_the_present_one(
    harness: Harness, extension: str
) -> None:
    harness.describe("tests", name="Tests", aliases=["Trials"])
    process = harness.process()
    answer = process.get(f"/topics/trials.{extension}?limit=2", Host="elsewhere.example")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://feeds.example/topics/tests.{extension}?limit=2"
    served = process.get(f"/topics/trials.{extension}?noredirect")
    assert (served.status_code, len(titles(served, extension))) == (200, 3)
    assert served.data == process.get(f"/topics/tests.{extension}").data
    page = process.get("/topics/trials")
    assert (page.status_code, page.headers["Location"]) == (301, "https://feeds.example/topics/tests")


def test_an_ended_topic_is_gone_and_in_no_list(harness: Harness) -> None:
    harness.describe("tests", name="Tests", removed=True, aliases=["trials"])
    process = harness.process()
    for path, extension in product(("/topics/tests", "/topics/trials"), FORMATS):
        assert process.get(f"{path}.{extension}").status_code == 410
        assert process.get(path).status_code == 410
        assert process.get(f"/topics/tests/2026-03.{extension}").status_code == 410
    for path in ("/", "/opml", "/opml/topics", "/catalog.json"):
        assert b"topics/tests" not in process.get(path).data
    assert process.get("/opml?topic=tests").status_code == 410
    assert len(titles(process.get("/feed.json"))) == 3


def test_a_split_month_redirects_temporarily_to_its_newest_part(harness: Harness) -> None:
    harness.record(*(harness.write(number, excerpt="") for number in range(10, 220)))
    process = harness.process()
    answer = process.get("/feed/2026-03.json?content=title")
    assert answer.status_code == 302
    newest = "https://feeds.example/feed/2026-03-02T1600.json?content=title"
    assert answer.headers["Location"] == newest
    assert len(titles(process.get(newest.removeprefix("https://feeds.example")))) == 210


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


def act(harness: Harness, model: Model, deed: str, number: int, text: str) -> bool:
    """Do it in the harness and in the model; return False if it is impossible."""
    model.time += 1
    if deed in ("add", "late"):
        number = len(model.live) + len(model.left)
        published = int(harness.now) - (5 * DAY if deed == "late" else 0)
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
            harness.withdraw(number)
            return True
        if deed == "return":
            del model.left[number]
        topic = {"Go": "Rust", "Rust": "Go"}[topic] if deed == "move" else topic
        model.live[number] = (published, text if deed == "edit" else title, topic, model.time)
    published, title, topic, _ = model.live[number]
    date, excerpt = written(published), f"{title} {topic}"
    harness.publish(number, title=title, topics=[topic], publishedDateTime=date, excerpt=excerpt)
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
        harness = Harness(Path(folder), now=START)
        harness.write(0, topics=["Go"], title="Title 0", excerpt="Title 0 Go")
        harness.refresh_all()
        model = Model()
        model.live[0] = (int(harness.now), "Title 0", "Go", 0)
        replicas = [harness.process(), harness.process()]
        path = f"/topics/go.{extension}" if topic else f"/feed.{extension}"
        path += f"?limit={limit}"
        came: dict[str, int] = {}  # the time in the model for each timestamp in a tag
        given: dict[str, int] = {}  # the time in the model for each tag ever sent
        bodies: dict[str, bytes] = {}
        for place, (deed, number, later) in enumerate(deeds):
            harness.now += later
            if deed != "ask":
                act(harness, model, deed, number, f"Edit {place}")
            if place % 5 == 4:
                replicas[place % 2] = harness.process()
            asked = CODINGS[place % len(CODINGS)]
            process = replicas[place % 2]
            now = process.get(path, Accept_Encoding=asked)
            own = now.headers["ETag"]
            moment = own.strip('"').split("-")[0]
            came.setdefault(moment, model.time)
            for known, time in list(given.items()):
                same = known.strip('"').partition(".")[0].split("-")[:2] == own.strip('"').split("-")[:2]
                delta = changes(process, known, path, Accept_Encoding=asked)
                assert delta.status_code == (304 if same else 226), (known, own)
                if not same:
                    got = entries(decoded(delta), extension)
                    assert len(got) == len({id_ for id_, _ in got})
                    assert set(got) == model.changed_since(time, topic)
                wide = process.get(path, If_None_Match=known, Accept_Encoding=asked)
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
        harness.close()


def test_a_client_with_dates_alone_is_not_asked_to_take_the_same_feed_twice(
    harness: Harness,
) -> None:
    process = harness.process()
    for _ in range(3):
        harness.now += HOUR
        harness.publish(4, title=f"Edited {harness.now}")
        date = process.get("/feed.rss", If_Modified_Since=formatdate(0, usegmt=True)).headers[
            "Last-Modified"
        ]
        assert process.get("/feed.rss", If_Modified_Since=date).status_code == 304


def test_the_json_extension_of_tombstones_links_to_its_specification(harness: Harness) -> None:
    harness.withdraw(1)
    assert json.loads(harness.process().get("/feed.json").data)["_deleted"]["about"].endswith("rfc6721")
