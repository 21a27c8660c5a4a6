"""Conditional requests and content codings, for every kind of feed."""

from email.utils import formatdate, parsedate_to_datetime
from itertools import product

import pytest

from feeds.formats import FORMATS
from feeds.formats.document import CODINGS
from feeds.http.conditional import is_current
from feeds.settings.sections import PushSettings
from feeds.store import Tombstone
from feeds.web.problem_details import PROBLEM_TYPE
from tests.builders import LATER, article
from tests.codings import DECODE
from tests.entrypoints import ALL
from tests.error_form import said
from tests.harness import Harness
from tests.table import check_each, for_each, pairs
from tests.web.conftest import ADDRESSES, FEEDS, PAGES, TIDAL

KEY = "0123456789abcdef"


@pytest.fixture(scope="module")
def entrypoint() -> str:
    return ALL


@for_each(("address", "coding"), pairs(ADDRESSES, CODINGS))
def test_a_client_with_the_current_version_gets_a_304(shared: Harness, address: str, coding: str) -> None:
    first = shared.get(address, Accept_Encoding=coding)
    for validator in (
        {"If_None_Match": first.headers["ETag"]},
        {"If_Modified_Since": first.headers["Last-Modified"]},
        {"If_None_Match": first.headers["ETag"], "If_Modified_Since": first.headers["Last-Modified"]},
    ):
        again = shared.get(address, Accept_Encoding=coding, **validator)
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


@for_each("address", [*ADDRESSES, "/", "/topics/oceans"])
def test_an_etag_of_one_coding_counts_in_all_codings(shared: Harness, address: str) -> None:
    tag = shared.get(address, Accept_Encoding="gzip").headers["ETag"]
    for coding in CODINGS:
        assert shared.get(address, Accept_Encoding=coding, If_None_Match=tag).status_code == 304


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sent_again_only_after_a_change(served: Harness, page: str) -> None:
    first = served.get(page)
    assert served.get(page, If_None_Match=first.headers["ETag"]).status_code == 304
    assert served.get(page, If_None_Match='"other"').status_code == 200
    served.put(article(4, topics=("Oceans",), provider=TIDAL, authors=("Zoe",)), at=int(LATER))
    assert served.get(page, If_None_Match=first.headers["ETag"]).status_code == 200


@for_each("page", PAGES)
def test_a_page_has_no_last_modified(shared: Harness, page: str) -> None:
    assert "Last-Modified" not in shared.get(page).headers
    assert shared.get(page, If_Modified_Since=formatdate(LATER, usegmt=True)).status_code == 200


@for_each("method", ["GET", "HEAD"])
@for_each(("address", "coding"), pairs(ADDRESSES, CODINGS))
def test_a_304_has_the_headers_for_caches_and_none_of_the_body(
    shared: Harness, address: str, coding: str, method: str
) -> None:
    first = shared.get(address, Accept_Encoding=coding)
    again = shared.get(address, method, Accept_Encoding=coding, If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    for name in (
        "ETag", "Cache-Control", "Vary", "Last-Modified", "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
    ):  # fmt: skip
        assert again.headers[name] == first.headers[name]
    of_body = {
        "Content-Type", "Content-Length", "Content-Encoding", "X-Content-Type-Options", "X-Robots-Tag",
    }  # fmt: skip
    assert not of_body & set(again.headers.keys())


def test_a_304_has_links_only_if_they_name_a_hub(served: Harness) -> None:
    def links_of_304() -> str | None:
        tag = served.get("/feed.rss").headers["ETag"]
        return served.get("/feed.rss", If_None_Match=tag).headers.get("Link")

    assert links_of_304() == served.get("/feed.rss").headers["Link"]
    served.restart(push=PushSettings(hub="off"))
    assert links_of_304() is None


def test_a_304_renders_nothing(served: Harness) -> None:
    def check(address: str) -> None:
        assert served.get(address, If_None_Match="*").status_code == 304
        since = formatdate(LATER, usegmt=True)
        assert served.get(address, If_Modified_Since=since).status_code == 304

    check_each(ADDRESSES, check)
    assert served.server.cache.size == 0


def test_every_format_coding_and_feed_has_a_strong_etag_of_its_own(shared: Harness) -> None:
    addresses = [f"{feed}.{extension}" for feed, extension in product(FEEDS, FORMATS)]
    tags = [
        shared.get(address, Accept_Encoding=coding).headers["ETag"]
        for address in (*addresses, "/feed.rss?limit=1", *PAGES)
        for coding in CODINGS
    ]
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)
    assert len(set(tags)) == len(tags)


@for_each(("address", "tag"), pairs(ADDRESSES, ["", '""', '"other"']))
def test_a_wrong_etag_overrules_a_right_date(shared: Harness, address: str, tag: str) -> None:
    since = shared.get(address).headers["Last-Modified"]
    assert shared.get(address, If_None_Match=tag, If_Modified_Since=since).status_code == 200


def test_a_right_etag_overrules_an_old_date(shared: Harness) -> None:
    tag = shared.get("/feed.rss").headers["ETag"]
    old = "Sat, 01 Jan 2000 00:00:00 GMT"
    assert shared.get("/feed.rss", If_None_Match=tag, If_Modified_Since=old).status_code == 304


@for_each(
    "date",
    [
        "",
        "yesterday",
        "2030-01-01T00:00:00Z",
        "1893456000",
        "Tue, 32 Jan 2030 00:00:00 GMT",
        "Tue, 01 Jan 2030 25:00:00 GMT",
        "Tue, 01 Jan 99999 00:00:00 GMT",
        "Tue, 01 Jan 2030 00:00:00 +99999999999999",
        "Tue, 01 Jan 2030 00:00:00 GMT, Tue, 01 Jan 2030 00:00:00 GMT",
        "9" * 5000,
        "größer",
        "\0",
    ],
)
def test_an_invalid_date_is_ignored(shared: Harness, date: str) -> None:
    assert not is_current(KEY, 100, None, date, LATER)
    if "\0" not in date:
        assert shared.get("/feed.rss", If_Modified_Since=date).status_code == 200


@for_each("ahead", [0, 1, 86_400])
def test_any_date_from_last_modified_on_gets_a_304(shared: Harness, ahead: int) -> None:
    """curl -z and sfeed send a clock of their own, Thunderbird first sends the year 2000."""
    modified = parsedate_to_datetime(shared.get("/feed.rss").headers["Last-Modified"]).timestamp()
    since = formatdate(modified + ahead, usegmt=True)
    assert shared.get("/feed.rss", If_Modified_Since=since).status_code == 304
    before = formatdate(modified - 1 - ahead, usegmt=True)
    assert shared.get("/feed.rss", If_Modified_Since=before).status_code == 200


def test_a_date_later_than_now_is_ignored(served: Harness) -> None:
    """A client that received such a date while the clock was ahead would see nothing new until then."""
    served.now = LATER + 0.5

    def check(address: str) -> None:
        whole = served.get(address).data
        for ahead, status in ((0, 304), (1, 200), (2 * 365 * 86_400, 200)):
            since = formatdate(LATER + ahead, usegmt=True)
            for _ in range(2):
                for also in ({}, {"A_IM": "feed"}):
                    answer = served.get(address, If_Modified_Since=since, **also)
                    assert answer.status_code == status
                    assert (answer.data == whole) is (status == 200)

    check_each(ADDRESSES, check)


def test_a_client_with_a_date_of_a_clock_ahead_gets_new_articles(served: Harness) -> None:
    served.now = LATER + 2 * 365 * 86_400
    served.put(article(4), at=int(served.now))
    ahead = served.get("/feed.rss").headers["Last-Modified"]
    served.now = LATER
    served.put(article(5), at=int(LATER))
    again = served.get("/feed.rss", If_Modified_Since=ahead)
    assert again.status_code == 200
    assert b"Title 5" in again.data
    assert again.data == served.get("/feed.rss").data


def test_last_modified_is_the_time_of_the_change_not_the_date_of_the_article(served: Harness) -> None:
    """Otherwise, clients that send only a date would never receive a late article."""
    since = served.get("/feed.rss").headers["Last-Modified"]
    served.put(article(0, title="Late"), at=int(LATER))
    answer = served.get("/feed.rss", If_Modified_Since=since)
    assert b"Late" in answer.data
    assert answer.headers["Last-Modified"] == formatdate(LATER, usegmt=True)


def test_last_modified_advances_when_an_article_leaves(served: Harness) -> None:
    first = served.get("/feed.rss")
    served.retire(article(3, topics=("Oceans", "Cities")), tombstone=Tombstone(int(LATER) - 10, None))
    answer = served.get("/feed.rss", If_Modified_Since=first.headers["Last-Modified"])
    assert answer.status_code == 200
    assert b"Title 3" not in answer.data
    assert answer.headers["Last-Modified"] == formatdate(LATER - 10, usegmt=True)
    assert answer.headers["ETag"] != first.headers["ETag"]


@for_each(("address", "coding"), pairs([*ADDRESSES, *PAGES], CODINGS))
def test_every_coding_decodes_to_the_uncoded_body(shared: Harness, address: str, coding: str) -> None:
    plain = shared.get(address)
    answer = shared.get(address, Accept_Encoding=coding)
    assert DECODE[coding](answer.data) == plain.data
    assert answer.headers.get("Content-Encoding", "identity") == coding
    assert answer.headers["Vary"] == plain.headers["Vary"]
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.headers["Content-Type"] == plain.headers["Content-Type"]


@for_each(
    ("address", "accepted"),
    pairs([*ADDRESSES, *PAGES], ["identity;q=0", "*;q=0", "identity;q=0, deflate"]),
)
def test_a_client_that_accepts_no_coding_gets_a_406(shared: Harness, address: str, accepted: str) -> None:
    answer = shared.get(address, Accept_Encoding=accepted)
    assert answer.status_code == 406
    assert (
        said(answer)
        == "Accept-Encoding: every content coding refused; accept one of br, zstd, gzip, identity\n"
    )
    # A page would be for people, and problem details for programs.
    assert answer.headers["Vary"] == "Accept-Encoding, Accept"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.mimetype == PROBLEM_TYPE) == address.endswith(".json")
