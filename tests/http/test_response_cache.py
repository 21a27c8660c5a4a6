"""The response cache: requests answered without Flask, and answers equal to those of Flask."""

import gc
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app

from feeds.formats import FORMATS
from feeds.formats.document import CODINGS
from feeds.http.response_cache import ENTRY_OVERHEAD, MAX_CACHED_ADDRESS_LENGTH, ResponseCache
from feeds.index import Index
from feeds.query import Query
from feeds.settings.sections import CacheSettings
from feeds.web.files import static_files
from tests.builders import LATER, NOON, article
from tests.entrypoints import ALL, FLASK, RESPONSE_CACHE
from tests.examples import examples
from tests.harness import Harness
from tests.table import for_each, pairs

DAY = 86_400
SECOND = formatdate(LATER, usegmt=True)


class CountingHarness(Harness):
    """A server behind its response cache, with the number of *flask_calls*.

    *meanwhile* is called after each call of Flask, before the response cache receives its response.
    """

    def __init__(self, folder: Path, **sections: Any) -> None:
        super().__init__(folder, RESPONSE_CACHE, **sections)
        self.flask_calls = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self._wsgi_app = self.main.app.wsgi_app
        self.main.app.wsgi_app = self._counted

    def _counted(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.flask_calls += 1
        response = self._wsgi_app(environ, start_response)
        self.meanwhile()
        return response

    def compare(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        """Send a request to Flask and to the response cache; fail if the answers differ."""
        return self.get(path, method, entrypoint=ALL, **headers)

    def from_flask(self, path: str, **headers: str) -> TestResponse:
        """Send a request to another process, which has no response cache."""
        other = self.process(FLASK)
        try:
            return other.get(path, **headers)
        finally:
            self.stop(other)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[CountingHarness]:
    made = CountingHarness(tmp_path)
    made.put(*(article(number) for number in range(1, 6)))
    yield made
    made.close()


def forms(tag: str, date: str) -> list[dict[str, str]]:
    """Headers of conditional requests that the version with *tag* and *date* satisfies."""
    key = "-".join(tag.strip('"').split("-")[:2])
    return [
        {"If_None_Match": tag},
        {"If_None_Match": f"W/{tag}"},
        {"If_None_Match": f'"x", {tag}'},
        {"If_None_Match": f'"{key}--gzip"'},
        {"If_None_Match": f'"{key};gzip"'},
        {"If_None_Match": "*"},
        {"If_None_Match": tag, "If_Modified_Since": "yesterday"},
        {"If_None_Match": tag, "A_IM": "feed"},
        {"If_Modified_Since": date},
        {"If_Modified_Since": SECOND},
    ]


@for_each(("extension", "coding"), pairs(FORMATS, CODINGS))
def test_a_feed_is_sent_again_without_flask(
    harness: CountingHarness, extension: str, coding: str
) -> None:
    path, calls = f"/topics/tests.{extension}?limit=3", harness.flask_calls
    first = harness.get(path, Accept_Encoding=coding)
    again = harness.get(path, Accept_Encoding=coding)
    head = harness.get(path, "HEAD", Accept_Encoding=coding)
    assert again.data == first.data
    assert head.data == b""
    assert list(first.headers) == list(again.headers) == list(head.headers)
    for known in forms(first.headers["ETag"], first.headers["Last-Modified"]):
        unchanged = harness.get(path, Accept_Encoding=coding, **known)
        assert (unchanged.status_code, unchanged.data) == (304, b""), known
    assert harness.flask_calls == calls + 1


def test_a_body_is_held_once_by_both_caches(harness: CountingHarness) -> None:
    for asked in 1, 1:
        (body,), *_ = run_wsgi_app(harness.main.response_cache, EnvironBuilder("/feed.rss").get_environ())
        assert body is harness.server.pipeline.document(Query(), "rss").body
        assert harness.flask_calls == asked


def test_one_304_is_enough_to_answer_the_next(harness: CountingHarness) -> None:
    tag = harness.from_flask("/feed.rss").headers["ETag"]
    assert harness.get("/feed.rss", If_None_Match=tag).status_code == 304
    assert harness.get("/feed.rss", If_None_Match=tag).status_code == 304
    assert harness.flask_calls == 1
    assert harness.get("/feed.rss").data
    assert harness.get("/feed.rss").data
    assert harness.flask_calls == 2


def test_a_request_for_the_head_keeps_no_body(harness: CountingHarness) -> None:
    assert harness.get("/feed.rss", "HEAD").data == b""
    assert harness.get("/feed.rss").data
    assert harness.get("/feed.rss", "HEAD").data == b""


def test_a_client_with_another_version_is_passed_on_to_flask(harness: CountingHarness) -> None:
    old = harness.get("/feed.rss?limit=1").headers
    for number in range(6, 9):
        harness.edit(article(number))
    harness.get("/feed.rss?limit=1")
    wider = harness.get("/feed.rss?limit=1", If_None_Match=old["ETag"])
    assert wider.data.count(b"<item>") == 3
    assert harness.get("/feed.rss?limit=1").data.count(b"<item>") == 1
    again = harness.get("/feed.rss?limit=1", If_None_Match=wider.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (304, wider.headers["ETag"])
    assert "." not in harness.get("/feed.rss?limit=1", If_None_Match="*").headers["ETag"]
    changes = harness.get("/feed.rss?limit=1", If_None_Match=old["ETag"], A_IM="feed")
    assert changes.status_code == 226
    dated = harness.get("/feed.rss?limit=1", If_Modified_Since=old["Last-Modified"])
    assert dated.data.count(b"<item>") == 3
    assert harness.get("/feed.rss", Accept_Encoding="identity;q=0, *;q=0").status_code == 406


def test_a_date_later_than_now_gets_the_feed_without_flask(harness: CountingHarness) -> None:
    first = harness.get("/feed.rss")
    later = formatdate(harness.now + 60, usegmt=True)
    for since in later, "yesterday":
        again = harness.get("/feed.rss", If_Modified_Since=since)
        assert (again.status_code, again.data) == (200, first.data)
    assert harness.flask_calls == 1
    assert harness.compare("/feed.rss", If_Modified_Since=later).status_code == 200


READ = ("/", "/topics/tests", "/?q=title&sort=heat", "/opml", "/opml/topics", "/catalog.json",
        "/robots.txt", "/static/page.js", f"/static/style.css?v={static_files()['style.css'].version}",
        "/explain?article=tag:example.org,2020:1")  # fmt: skip


@for_each(("path", "coding"), pairs(READ, CODINGS))
def test_pages_and_lists_are_sent_again_without_flask(
    harness: CountingHarness, path: str, coding: str
) -> None:
    calls = harness.flask_calls
    first = harness.get(path, Accept_Encoding=coding)
    assert (first.status_code, first.headers.get("Content-Encoding", "identity")) == (200, coding)
    again = harness.get(path, Accept_Encoding=coding)
    head = harness.get(path, "HEAD", Accept_Encoding=coding)
    # Pages and lists have no date.
    dated = harness.get(path, Accept_Encoding=coding, If_Modified_Since=SECOND)
    other = harness.get(path, Accept_Encoding=coding, If_None_Match='"other"')
    assert first.data == again.data == dated.data == other.data
    assert head.data == b""
    assert list(first.headers) == list(again.headers) == list(head.headers) == list(dated.headers)
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        unchanged = harness.get(path, Accept_Encoding=coding, If_None_Match=known)
        assert (unchanged.status_code, unchanged.data) == (304, b""), known
        assert unchanged.headers["ETag"] == tag
    assert harness.flask_calls == calls + 1


@for_each("path", READ)
def test_pages_and_lists_equal_those_of_flask(harness: CountingHarness, path: str) -> None:
    tag = harness.from_flask(path).headers["ETag"]
    key = tag.strip('"')
    for known in ("", tag, f'"{key}.x"', '"other"', "*", "nonsense"):
        for since in ("", SECOND):
            harness.compare(path, If_None_Match=known, If_Modified_Since=since)
            harness.compare(path, If_None_Match=known, Accept_Encoding="gzip")
    harness.compare(path, If_Modified_Since=SECOND)
    harness.compare(path, "HEAD")
    harness.compare(path)


@pytest.mark.parametrize("path", ["/", "/topics/tests", "/opml"])
def test_one_304_of_a_page_is_enough_to_answer_the_next(harness: CountingHarness, path: str) -> None:
    tag = harness.from_flask(path).headers["ETag"]
    for _ in range(2):
        assert harness.get(path, If_None_Match=tag).status_code == 304
    assert harness.flask_calls == 1
    assert harness.get(path).data == harness.get(path, If_None_Match='"other"').data
    assert harness.flask_calls == 2


def test_a_page_shows_a_new_article_at_once(harness: CountingHarness) -> None:
    before = harness.get("/")
    harness.edit(article(9))
    after = harness.get("/", If_None_Match=before.headers["ETag"])
    assert after.status_code == 200
    assert b"Title 9" in after.data


def test_no_response_is_kept_longer_than_its_max_age(harness: CountingHarness) -> None:
    harness.get("/")
    harness.now += 299
    harness.get("/")
    assert harness.flask_calls == 1
    harness.now += 2
    harness.get("/")
    assert harness.flask_calls == 2


@for_each(
    ("path", "method"),
    [("/health", "GET"), ("/ready", "GET"), ("/nothing.rss", "GET"), ("/nothing", "GET"),
     ("/topics/none.rss", "GET"), ("/feed.rss?limit=0", "GET"), ("/?limit=0", "GET"),
     ("/assets/a.png", "GET"), ("/feed.rss", "POST"), ("/feed.rss", "OPTIONS"), ("/feed.rss", "BREW"),
     ("/", "POST"), ("/", "OPTIONS"), ("/?" + "x" * MAX_CACHED_ADDRESS_LENGTH, "GET")],
)  # fmt: skip
def test_any_other_request_is_passed_on_to_flask(
    harness: CountingHarness, path: str, method: str
) -> None:
    (harness.assets / "a.png").write_bytes(b"picture")
    harness.get("/feed.rss")
    before = harness.flask_calls
    for number in range(1, 3):
        with harness.get(path, method):
            assert harness.flask_calls == before + number


@for_each("host", ["a..b", ".", "a" * 64, "\xad.example"])
def test_a_host_that_flask_refuses_is_refused(harness: CountingHarness, host: str) -> None:
    harness.get("/feed.rss")
    status = harness.from_flask("/feed.rss", Host=host).status_code
    assert harness.get("/feed.rss", Host=host).status_code == status


def test_a_new_index_is_served_at_once_and_the_old_one_released(harness: CountingHarness) -> None:
    before = harness.get("/feed.rss")
    there = indexes()
    harness.edit(article(9))
    after = harness.get("/feed.rss")
    assert after.headers["ETag"] != before.headers["ETag"]
    assert b"Title 9" in after.data
    assert indexes() <= there


def indexes() -> int:
    """The number of indexes in memory, including those of other tests."""
    gc.collect()
    return sum(isinstance(each, Index) for each in gc.get_objects())


def test_a_response_made_while_the_index_was_replaced_is_not_kept(harness: CountingHarness) -> None:
    harness.meanwhile = lambda: harness.edit(article(10 + harness.flask_calls))
    first = harness.get("/feed.rss")
    harness.meanwhile = lambda: None
    assert b"Title 11" not in first.data
    assert b"Title 11" in harness.get("/feed.rss").data


def test_a_response_in_progress_may_be_as_old_as_the_index_at_its_beginning(
    harness: CountingHarness,
) -> None:
    seen: list[int] = []

    def application(_: Any, start: Any) -> list[bytes]:
        harness.edit(article(9))
        seen.append(cache.served)
        start("200 OK", [])
        return [b""]

    current_index = harness.server.current_index
    cache = ResponseCache(application, current_index, lambda: harness.now, 0)
    before = cache.served
    Client(cache).get("/feed.rss")
    assert seen == [before]
    assert cache.served == current_index.revision == before + 1


def test_before_the_first_load_every_request_is_passed_on_to_flask(tmp_path: Path) -> None:
    empty = CountingHarness(tmp_path)
    assert empty.get("/feed.rss").status_code == 503
    empty.put(article(1))
    assert empty.get("/feed.rss").status_code == 200
    empty.close()


@pytest.mark.parametrize("path", ["/feed.rss", "/", "/opml", "/explain"])
def test_the_cache_stays_within_its_bounds(tmp_path: Path, path: str) -> None:
    served = CountingHarness(tmp_path, cache=CacheSettings(max_bytes=20 * ENTRY_OVERHEAD))
    served.put(article(1))
    served.get("/feed.rss")
    for number in range(50):
        served.get(f"{path}?_={number}&article=tag:example.org,2020:1")
        assert ENTRY_OVERHEAD < served.main.response_cache.size <= 20 * ENTRY_OVERHEAD
    served.put(article(2, html="<p>long</p>" * 20 * ENTRY_OVERHEAD))
    for asked in range(2):
        assert served.get("/feed.rss").status_code == 200, asked
    assert served.main.response_cache.size == 0
    served.close()


# The clock


def test_max_age_shrinks_to_the_second_toward_the_next_article(harness: CountingHarness) -> None:
    soon = NOON + timedelta(days=800)
    harness.edit(article(7, published=soon, updated=soon))
    due, ages = soon.timestamp(), set()
    for left in (
        9000.5,
        301.5,
        301,
        300.5,
        300,
        299.75,
        299.25,
        299,
        298.5,
        2,
        1.5,
        1.25,
        1,
        0.5,
        0,
        -0.5,
    ):
        harness.now = due - left
        answer = harness.compare("/feed.rss")
        ages.add(answer.headers["Cache-Control"].split(",")[1])
        assert (b"Title 7" in answer.data) == (left <= 0)
    assert len(ages) >= 7


def test_an_archive_becomes_immutable_when_its_month_has_ended(harness: CountingHarness) -> None:
    closed = datetime(2026, 2, 2, tzinfo=UTC).timestamp()
    seen = []
    for after in (-DAY, -1.5, -0.5, 0, 0.25, 0.5, 1, DAY / 2, DAY, 2 * DAY):
        harness.now = closed + after
        seen.append("immutable" in harness.compare("/feed/2026-01.rss").headers["Cache-Control"])
    assert seen == sorted(seen)
    assert set(seen) == {False, True}


def test_a_change_stamped_ahead_of_the_clock_gets_its_date_in_its_second(
    harness: CountingHarness,
) -> None:
    at = harness.edit(article(6))
    for ahead in (1.5, 0.5, 0.25, 0, -0.5):
        harness.now = at - ahead
        assert ("Last-Modified" in harness.compare("/feed.rss").headers) == (ahead <= 0)


def test_a_clock_that_is_set_back_is_followed(harness: CountingHarness) -> None:
    at = harness.edit(article(6))
    harness.now = at + 10
    harness.compare("/feed.rss")
    harness.now = at - 10
    assert "Last-Modified" not in harness.compare("/feed.rss").headers


PATHS = st.sampled_from(
    [*(f"/feed.{each}" for each in FORMATS), "/feed.rss?limit=1", "/topics/tests.atom",
     "/feed/2026-01.rss", "/", "/topics/tests", "/opml", "/topics/nothing.rss"]
)  # fmt: skip
ACCEPTED = st.sampled_from([None, "gzip", "br;q=0.5, gzip", "identity;q=0, *;q=0", ""])
KNOWN = st.sampled_from([None, "tag", "date", "weak", "other", "*"])
LATER_BY = st.sampled_from([0, 0, 0.5, 40, DAY])
DEEDS = st.sampled_from([None, None, "edit", "schedule"])
ACTS = st.lists(
    st.tuples(PATHS, ACCEPTED, KNOWN, st.booleans(), LATER_BY, DEEDS), min_size=5, max_size=30
)


@settings(max_examples=examples(10))
@given(ACTS)
def test_in_any_history_responses_equal_those_of_flask(
    acts: list[tuple[str, str | None, str | None, bool, float, str | None]],
) -> None:
    with TemporaryDirectory() as folder:
        made = CountingHarness(Path(folder))
        made.put(*(article(number) for number in range(1, 4)))
        last: dict[str, TestResponse] = {}
        for number, (path, accepted, known, delta, later, deed) in enumerate(acts, 10):
            made.now += later
            if deed == "edit":
                made.edit(article(number))
            elif deed == "schedule":
                date = datetime.fromtimestamp(int(made.now) + 60, UTC)
                made.edit(article(number, published=date, updated=date))
            headers = {} if accepted is None else {"Accept_Encoding": accepted}
            headers |= {"A_IM": "feed"} if delta else {}
            before = last.get(path)
            if known and before:
                tag, date = before.headers["ETag"], before.headers.get("Last-Modified", SECOND)
                headers |= {
                    "tag": {"If_None_Match": tag}, "weak": {"If_None_Match": f'W/"x", W/{tag}'},
                    "date": {"If_Modified_Since": date},
                    "other": {"If_None_Match": '"other"'}, "*": {"If_None_Match": "*"},
                }[known]  # fmt: skip
            answer = made.compare(path, **headers)
            if answer.status_code == 200:
                last[path] = answer
        made.close()


def test_responses_from_the_cache_are_counted_as_such_and_no_others(harness: CountingHarness) -> None:
    tag = harness.get("/feed.rss").headers["ETag"]
    assert harness.server.metrics.collect().counts.kept == 0
    for method, known in ("GET", {}), ("HEAD", {}), ("GET", {"If_None_Match": tag}):
        harness.get("/feed.rss", method, **known)
    harness.get("/feed.rss", "POST")
    harness.get("/feed.rss", If_None_Match='"another"')
    harness.get("/nothing")
    counts = harness.server.metrics.collect().counts
    assert (counts.kept, counts.unchanged, counts.feeds) == (3, 1, 5)
    assert counts.statuses == {200: 4, 304: 1, 405: 1, 404: 1}
    assert counts.addresses == {"https://feeds.example/feed.rss": 5}
