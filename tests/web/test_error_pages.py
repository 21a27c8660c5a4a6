"""Errors are pages for people and plain text for programs."""

import re
from html import unescape

import pytest
from lxml import html
from werkzeug.test import TestResponse

from feeds.article import Taxonomy, Topic
from feeds.errors import NotReady, UnknownFeed
from feeds.web import ROUTES
from feeds.web.pages import POLICY, Pages
from feeds.web.programs import PROGRAMS, is_page
from tests.agents import BROWSERS
from tests.builders import article
from tests.harness import Harness
from tests.table import for_each, pairs

OTHERS = (
    "",
    "*/*",
    "text/plain",
    "application/json, text/plain",
    "text/html;q=0",
    "image/*",
    "text/plain, text/html",
    ";;,",
)

MISTAKES = {
    "/topics/ocean": (404, "There is no topic called “ocean”."),
    "/providers/tidal.exampel": (404, "There is no provider called “tidal.exampel”."),
    "/f/bets": (404, "There is no feed called “bets”."),
    "/feed/1999-01": (404, "This feed has no archive called “1999-01”."),
    "/nothing": (404, "There is no page at /nothing."),
    "/wp-login.php": (404, "There is no page at /wp-login.php."),
    "/?limit=0": (400, "limit: not a whole number from 1 to 200: '0'; use limit=20"),
}


def words(answer: TestResponse) -> str:
    """The visible text of the page in *answer*."""
    (main,) = html.fromstring(answer.text).xpath("//main")
    return " ".join(main.text_content().split())


def links(answer: TestResponse) -> dict[str, str]:
    """The targets of the links in the main part of the page, by their text."""
    return {a.text_content(): a.get("href") for a in html.fromstring(answer.text).xpath("//main//a")}


@for_each(("address", "accept"), pairs(MISTAKES, BROWSERS))
def test_a_browser_gets_a_page_that_names_the_mistake(shared: Harness, address: str, accept: str) -> None:
    answer = shared.get(address, Accept=accept)
    status, said = MISTAKES[address]
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Vary"] == "Accept-Encoding, Accept, Accept-Language"
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert said in words(answer)
    assert links(answer)["All feeds"] == "/"


@for_each(("address", "accept"), pairs(MISTAKES, OTHERS))
def test_any_other_client_gets_one_line_of_text(shared: Harness, address: str, accept: str) -> None:
    answer = shared.get(address, **({"Accept": accept} if accept else {}))
    assert answer.status_code == MISTAKES[address][0]
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Vary"] == "Accept-Encoding, Accept"
    assert answer.text.count("\n") == 1
    assert "Content-Security-Policy" not in answer.headers


@for_each(
    "address",
    [
        "/topics/ocean.rss", "/feed.atom?limit=0", "/f/bets.ndjson", "/nothing.rss", "/a/b/c.atom",
        "/opml/people", "/opml?format=xml", "/catalog.json/x", "/static/no.css", "/assets/no.png",
        "/explain", "/health/x", "/ready/x",
    ],
)  # fmt: skip
def test_addresses_for_programs_answer_in_one_line_even_to_browsers(
    shared: Harness, address: str
) -> None:
    answer = shared.get(address, Accept=BROWSERS[0])
    assert answer.status_code in (400, 404)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Vary"] == "Accept-Encoding, Accept"
    assert answer.text.count("\n") == 1


def test_every_route_is_for_people_or_for_programs() -> None:
    people = {
        path for kind, routes in ROUTES.items() if kind.__module__ == Pages.__module__ for path in routes
    }
    for path in people:
        assert is_page(path), path
    for kind in ROUTES:
        for path in ROUTES[kind]:
            if kind.__name__ in ("Views", "Files", "SiteFiles"):
                assert not is_page(path.replace("*", "rss")), path
    first = {path.split("/")[1] for routes in ROUTES.values() for path in routes}
    assert first >= PROGRAMS


def test_the_nearest_names_lead_to_their_pages(shared: Harness) -> None:
    assert links(shared.get("/topics/ocean", Accept=BROWSERS[0]))["Oceans"] == "/topics/oceans"
    found = links(shared.get("/providers/tidal.exampel", Accept=BROWSERS[0]))
    assert found["Tidal Post"] == "/providers/tidal.example"
    assert links(shared.get("/f/bets", Accept=BROWSERS[0]))["The Best"] == "/f/best"
    for page in (*found.values(), "/f/best", "/topics/oceans"):
        assert shared.get(page).status_code == 200


def test_an_invalid_query_links_to_the_query_without_it(shared: Harness) -> None:
    answer = shared.get('/topics/oceans?q=a%26b&limit=0&lang="', Accept=BROWSERS[0])
    found = links(answer)["Remove the invalid value"]
    assert found.startswith("/topics/oceans?q=a%26b&")
    assert "limit" not in found
    assert shared.get("/?q=a%26b&limit=0", Accept=BROWSERS[0]).status_code == 400
    good = links(shared.get("/?q=tide&sort=heat&limit=0", Accept=BROWSERS[0]))["Remove the invalid value"]
    assert shared.get(good).status_code == 200


def test_the_page_needs_no_corpus(empty: Harness) -> None:
    answer = empty.get("/nothing", Accept=BROWSERS[0])
    assert answer.status_code == 404
    assert "There is no page at /nothing." in words(answer)


def test_during_the_first_load_the_page_shows_its_progress_and_reloads(empty: Harness) -> None:
    answer = empty.get("/", Accept=BROWSERS[0])
    assert answer.status_code == 503
    assert "reading the articles for the first time." in words(answer)
    empty.loading(1200, 5000)
    answer = empty.get("/topics/oceans", Accept=BROWSERS[0])
    assert "It has read 1,200 of 5,000 files." in words(answer)
    assert 'value="1200" max="5000"' in answer.text
    again = answer.headers["Retry-After"]
    assert f'<meta http-equiv="refresh" content="{again}">' in answer.text
    assert f"every {again} seconds" in words(answer)


def test_no_other_page_reloads(shared: Harness) -> None:
    assert "http-equiv" not in shared.get("/nothing", Accept=BROWSERS[0]).text


def test_an_internal_error_reveals_nothing_on_its_page(
    empty: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    empty.main.fail_with(ZeroDivisionError("secret"))
    answer = empty.get("/build", Accept=BROWSERS[0])
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "The server has a fault." in words(answer)
    assert "secret" in caplog.text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{ 7*7 }}", "a\u202eb", '"><img src=x>'])
def test_no_part_of_a_request_becomes_markup(empty: Harness, name: str) -> None:
    empty.main.fail_with(UnknownFeed("topic", name))
    answer = empty.get("/build", Accept=BROWSERS[0])
    assert not html.fromstring(answer.text).xpath("//main//script | //main//img")
    shown = name.encode("unicode_escape").decode() if "\u202e" in name else name
    assert f"“{shown}”" in unescape(re.sub(r"<[a-z/][^>]*>", "", answer.text))


def test_other_methods_are_refused_with_the_allowed_ones(shared: Harness) -> None:
    answer = shared.get("/topics/oceans", method="POST", Accept=BROWSERS[0])
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "Method not allowed" in words(answer)


def test_head_of_an_error_has_no_body(shared: Harness) -> None:
    whole = shared.get("/nothing", Accept=BROWSERS[0])
    head = shared.get("/nothing", method="HEAD", Accept=BROWSERS[0])
    assert (head.status_code, head.data) == (404, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_an_unacceptable_coding_has_an_error_page(shared: Harness) -> None:
    answer = shared.get("/", Accept=BROWSERS[0], Accept_Encoding="identity;q=0, *;q=0")
    assert answer.status_code == 406
    assert "accept one of " in words(answer)


def test_the_progress_bar_has_no_value_before_the_total_is_known(empty: Harness) -> None:
    empty.main.fail_with(NotReady(0, 0))
    assert "value=" not in empty.get("/build", Accept=BROWSERS[0]).text


def test_the_page_of_a_topic_that_ended_says_so(empty: Harness) -> None:
    ended = Taxonomy(topics=(Topic("old", "Old", gone=True),))
    empty.put(article(1), taxonomy=ended)
    answer = empty.get("/topics/old", Accept=BROWSERS[0])
    assert answer.status_code == 410
    assert "The topic “old” has ended. There will be no new articles." in words(answer)
    assert links(answer).get("Old") is None


def test_an_error_about_something_without_a_page_has_no_links_to_it(empty: Harness) -> None:
    empty.main.fail_with(UnknownFeed("archive", "1999-01", ("2026-01",)))
    answer = empty.get("/build", Accept=BROWSERS[0])
    assert answer.status_code == 404
    assert "This feed has no archive called “1999-01”." in words(answer)
    assert "2026-01" not in links(answer)
