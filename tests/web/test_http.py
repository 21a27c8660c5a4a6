"""Responses to every kind of request: RFC 9110 and RFC 9111, as feed readers use them."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate, parsedate_to_datetime
from itertools import product
from pathlib import Path

import pytest

from feeds.article import tombstone_facets
from feeds.formats import FOR_READERS, FORMATS
from feeds.formats.document import CODINGS
from feeds.store import Tombstone
from tests.builders import LATER, NOON, article
from tests.codings import DECODE
from tests.harness import Harness
from tests.table import for_each, pairs

FEEDS = (
    "/feed", "/topics/tests", "/providers/example.org", "/topics/tests/providers/example.org",
    "/feed/2026-01",
)  # fmt: skip
ADDRESSES = [f"{feed}.{extension}" for feed, extension in pairs(FEEDS, FORMATS)]
LISTS = ("/", "/topics/tests", "/opml", "/opml/topics", "/catalog.json", "/robots.txt")


def five_articles(folder: Path, entrypoint: str) -> Iterator[Harness]:
    made = Harness(folder, entrypoint)
    made.put(*(article(n) for n in range(1, 6)))
    yield made
    made.close()


@pytest.fixture
def served(tmp_path: Path, entrypoint: str) -> Iterator[Harness]:
    """A server with five articles."""
    yield from five_articles(tmp_path, entrypoint)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, entrypoint: str) -> Iterator[Harness]:
    """The same server for all tests that do not change it."""
    yield from five_articles(tmp_path_factory.mktemp("shared"), entrypoint)


@for_each(("address", "coding"), pairs(ADDRESSES, CODINGS))
def test_every_form_of_validator_gets_a_304(shared: Harness, address: str, coding: str) -> None:
    first = shared.get(address, Accept_Encoding=coding)
    assert first.status_code == 200
    assert first.headers.get("Content-Encoding", "identity") == coding
    assert DECODE[coding](first.data) == shared.get(address).data
    for validators in (
        {"If_None_Match": first.headers["ETag"]},
        {"If_None_Match": f"W/{first.headers['ETag']}"},
        {"If_None_Match": f'"other", {first.headers["ETag"]}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": first.headers["Last-Modified"]},
        {"If_Modified_Since": formatdate(shared.now, usegmt=True)},
    ):
        again = shared.get(address, Accept_Encoding=coding, **validators)
        assert (again.status_code, again.data) == (304, b""), validators
        for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
            assert again.headers[name] == first.headers[name]
        assert again.headers["Access-Control-Allow-Origin"] == "*"
        for name in ("Content-Type", "Content-Length", "Content-Encoding"):
            assert name not in again.headers


@for_each("tag", ['"{}-gzip"', '"{}--gzip"', 'W/"{}-br"', '"{};gzip"'])
def test_an_etag_with_the_suffix_of_a_proxy_counts(shared: Harness, tag: str) -> None:
    key = shared.get("/feed.rss").headers["ETag"].strip('"')
    assert shared.get("/feed.rss", If_None_Match=tag.format(key)).status_code == 304


@for_each(
    ("validators", "address"),
    pairs(
        [
            {"If_None_Match": '"other"'},
            {"If_None_Match": '""', "If_Modified_Since": formatdate(LATER, usegmt=True)},
            {"If_None_Match": '"other"', "If_Modified_Since": formatdate(LATER, usegmt=True)},
            {"If_None_Match": "not a tag"},
            {"If_Modified_Since": "yesterday"},
            {"If_Modified_Since": ""},
            {"If_Modified_Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        ],
        ADDRESSES,
    ),
)
def test_a_client_with_another_version_gets_the_feed(
    shared: Harness, validators: dict[str, str], address: str
) -> None:
    assert shared.get(address, **validators).status_code == 200


def test_the_etag_of_a_widened_feed_counts(served: Harness) -> None:
    old = served.get("/feed.rss?limit=1").headers["ETag"]
    for number in range(6, 9):
        served.edit(article(number))
    widened = served.get("/feed.rss?limit=1", If_None_Match=old)
    assert widened.data.count(b"<item>") == 3
    assert "." in widened.headers["ETag"]
    again = served.get("/feed.rss?limit=1", If_None_Match=widened.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (304, widened.headers["ETag"])


def test_every_feed_format_and_coding_has_an_etag_of_its_own(shared: Harness) -> None:
    addresses = [f"{feed}.{extension}" for feed, extension in product(FEEDS, FORMATS)]
    tags = [
        shared.get(address, Accept_Encoding=coding).headers["ETag"]
        for address, coding in product(addresses, CODINGS)
    ]
    assert len(set(tags)) == len(tags)
    assert not any(tag.startswith("W/") for tag in tags)


def test_a_304_renders_nothing(served: Harness) -> None:
    tag = served.get("/feed.rss", "HEAD").headers["ETag"]
    other = served.process()
    assert other.get("/feed.rss", If_None_Match=tag).status_code == 304
    assert other.server.cache.size == 0


@for_each(("address", "coding"), pairs([*ADDRESSES, *LISTS, "/health", "/ready"], CODINGS))
def test_head_is_get_without_its_body(shared: Harness, address: str, coding: str) -> None:
    whole = shared.get(address, Accept_Encoding=coding)
    head = shared.get(address, "HEAD", Accept_Encoding=coding)
    assert head.status_code == whole.status_code == 200
    assert head.data == b""
    assert dict(head.headers) == dict(whole.headers)
    assert int(head.headers["Content-Length"]) == len(whole.data)


@pytest.mark.parametrize("address", LISTS)
def test_pages_and_lists_answer_conditional_requests(served: Harness, address: str) -> None:
    first = served.get(address)
    assert served.get(address, If_None_Match=first.headers["ETag"]).status_code == 304
    served.edit(article(9, topics=("New",)))
    changed = served.get(address, If_None_Match=first.headers["ETag"]).status_code
    assert changed == (304 if address == "/robots.txt" else 200)


def test_an_article_that_leaves_advances_last_modified(served: Harness) -> None:
    before = served.get("/topics/tests.rss").headers
    last = article(5)
    at = int(served.now) + 1
    served.now = at + 5
    served.retire(
        last, tombstone=Tombstone(at, tombstone_facets(last), last.id, int(last.published.timestamp()))
    )
    after = served.get("/topics/tests.rss", If_Modified_Since=before["Last-Modified"])
    assert after.status_code == 200
    assert last.title.encode() not in after.data
    assert after.headers["ETag"] != before["ETag"]
    moved = [parsedate_to_datetime(each["Last-Modified"]) for each in (before, after.headers)]
    assert moved[0] < moved[1]


def test_no_date_is_ahead_of_the_clock(served: Harness) -> None:
    served.now = (NOON + timedelta(days=3)).timestamp()
    for address in ADDRESSES:
        date = served.get(address).headers.get("Last-Modified")
        assert date is None or parsedate_to_datetime(date).timestamp() <= served.now


def test_two_changes_within_a_second_have_different_dates(served: Harness) -> None:
    """Clients that compare only dates, such as curl -z, would take the second for the first."""
    second = int(served.now) + 1
    served.edit(article(6))
    served.now = second
    first = served.get("/feed.rss").headers
    served.edit(article(6, title="Edited"))
    served.now = second
    again = served.get("/feed.rss", If_Modified_Since=first["Last-Modified"])
    assert again.status_code == 200
    assert "Last-Modified" not in again.headers
    served.now += 1
    later = served.get("/feed.rss").headers
    assert parsedate_to_datetime(first["Last-Modified"]) < parsedate_to_datetime(later["Last-Modified"])


def test_a_response_is_fresh_until_the_next_scheduled_article(served: Harness) -> None:
    soon = article(7, published=NOON + timedelta(days=800), updated=NOON + timedelta(days=800))
    served.edit(soon)
    served.now = soon.published.timestamp() - 10
    fresh = served.get("/feed.rss").headers["Cache-Control"]
    assert fresh == "public, max-age=10, stale-while-revalidate=600, stale-if-error=604800"
    served.now += 10
    assert soon.title.encode() in served.get("/feed.rss").data


@for_each(
    ("accepted", "coding"),
    [
        (None, "identity"), ("", "identity"), ("gzip", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"),
        ("gzip, br", "br"), ("br;q=0.1, gzip", "gzip"), ("zstd, gzip;q=0.9", "zstd"), ("*", "br"),
        ("br;q=0, *", "zstd"), ("compress", "identity"), ("gzip;q=0", "identity"),
        ("gzip;q=nonsense", "identity"), ("identity;q=0, gzip;q=0.1", "gzip"),
    ],
)  # fmt: skip
def test_the_coding_is_the_best_that_the_client_accepts(
    shared: Harness, accepted: str | None, coding: str
) -> None:
    asked = {} if accepted is None else {"Accept_Encoding": accepted}
    answer = shared.get("/feed.rss", **asked)
    assert answer.headers.get("Content-Encoding", "identity") == coding
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_406_lists_the_codings(shared: Harness) -> None:
    answer = shared.get("/feed.rss", Accept_Encoding="identity;q=0, *;q=0")
    assert answer.status_code == 406
    assert "gzip" in answer.text


MISTAKES = {
    "/topics/test.rss": (404, "topic 'test': not found; did you mean tests?\n"),
    "/providers/exmple.org.rss": (404, "provider 'exmple.org': not found; did you mean example.org?\n"),
    "/feed.rss?limit=0": (400, "limit: not a whole number from 1 to 200: '0'; use limit=20\n"),
    "/feed.rss?content=all": (
        400,
        "content: not one of full, summary, title: 'all'; use content=summary\n",
    ),
    "/feed/2026-13.rss": (
        404,
        "archive '2026-13': not found; use a month with articles, such as 2026-01, or daily or weekly\n",
    ),
    "/feed/1999-01.rss": (
        404,
        "archive '1999-01': not found; use a month with articles, such as 2026-01, or daily or weekly\n",
    ),
    "/opml/people": (
        404,
        "kind of feeds 'people': not found; did you mean named, topics, providers or authors?\n",
    ),
    "/opml?format=xml": (400, "format: not one of rss, atom, json: 'xml'; use format=rss\n"),
    "/nothing": (404, "/nothing: not found; see the feeds at /\n"),
}


@for_each("address", MISTAKES)
def test_a_mistake_is_explained_in_a_line(shared: Harness, address: str) -> None:
    answer = shared.get(address)
    assert (answer.status_code, answer.text) == MISTAKES[address]
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@for_each("path", ["/%00", "/topics/%00.rss", "/a" * 3000, "/topics//.rss", "/topics/%2F.rss", "/%ff%fe"])
def test_no_address_is_a_server_error(shared: Harness, path: str) -> None:
    assert shared.get(path).status_code in (400, 404)


def test_writing_methods_are_refused_and_options_is_answered(shared: Harness) -> None:
    refused = shared.get("/feed.rss", "POST")
    assert refused.status_code == 405
    assert {"GET", "HEAD", "OPTIONS"} == set(refused.headers["Allow"].split(", "))
    asked = shared.get("/feed.rss", "OPTIONS", Access_Control_Request_Headers="If-None-Match")
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.headers["Access-Control-Allow-Headers"] == "If-None-Match"


def test_unknown_arguments_change_nothing(served: Harness) -> None:
    first = served.get("/feed.rss")
    held = served.server.cache.size
    for number in range(100):
        again = served.get(f"/feed.rss?_={number}&utm_source=x")
        assert again.headers["ETag"] == first.headers["ETag"]
    assert again.data == first.data
    assert served.server.cache.size == held


@for_each("address", [*ADDRESSES, *LISTS])
def test_the_host_that_a_client_names_is_in_no_response(shared: Harness, address: str) -> None:
    answer = shared.get(address, Host="evil.example", X_Forwarded_Host="evil.example")
    assert answer.status_code == 200
    assert b"evil" not in answer.data
    assert not any("evil" in value for value in answer.headers.values())
    assert "Set-Cookie" not in answer.headers


@for_each("extension", FORMATS)
def test_a_feed_has_its_media_type_and_links(shared: Harness, extension: str) -> None:
    answer = shared.get(f"/topics/tests.{extension}", Accept="text/html")
    assert answer.headers["Content-Type"] == FORMATS[extension].media_type
    assert answer.headers["X-Robots-Tag"] == "noindex"
    links = answer.headers["Link"]
    assert f'<https://feeds.example/topics/tests.{extension}>; rel="self"' in links
    assert '<https://feeds.example/topics/tests>; rel="alternate"; type="text/html"' in links


def test_before_the_first_load_every_feed_answers_503(tmp_path: Path, entrypoint: str) -> None:
    served = Harness(tmp_path, entrypoint)
    for address in ("/ready", "/feed.rss", "/"):
        answer = served.get(address)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert (
            answer.text
            == "corpus: first load not complete, 0 of ? files read; try again in a few seconds\n"
        )
    assert served.get("/health").status_code == 200
    served.put(article(1))
    assert served.get("/ready").text == "ready: 1 articles at revision 1\n"
    served.close()


def test_a_page_escapes_hostile_text(served: Harness) -> None:
    served.edit(article(8, title="<script>alert(1)</script> \"'", summary="<img src=x onerror=y>"))
    page = served.get("/topics/tests").text
    assert "<script>" not in page
    assert "<img src=x" not in page
    for made in FOR_READERS:
        assert f'type="{made.type}"' in page
        assert f"https://feeds.example/topics/tests.{made.extension}" in page


def test_the_home_page_links_to_the_page_of_every_feed(shared: Harness) -> None:
    page = shared.get("/").text
    for feed in ("/topics/tests", "/providers/example.org"):
        assert f'href="{feed}"' in page


def test_only_pictures_are_served_from_the_assets(served: Harness) -> None:
    (served.assets / "a.png").write_bytes(b"picture")
    (served.assets / "a.md").write_text("secret")
    (served.folder / "b.png").write_text("outside")
    (served.assets / "link.png").symlink_to(served.folder / "b.png")
    with served.get("/assets/a.png") as picture:
        assert picture.data == b"picture"
        assert picture.headers["Content-Type"] == "image/png"
    for path in ("a.md", "../b.png", "%2e%2e/b.png", "link.png", "none.png", ""):
        assert served.get(f"/assets/{path}").status_code == 404, path
