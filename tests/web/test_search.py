"""The page of search results, suggestions, and the OpenSearch description."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from lxml import etree, html

from feeds.article import Provider, Topic
from feeds.article import Taxonomy as TaxonomyOf
from feeds.feed.search import RESULTS_PER_PAGE
from feeds.web.responses import OPENSEARCH_TYPE
from feeds.web.search import SUGGESTIONS_TYPE
from tests.builders import article
from tests.harness import SITE, Harness
from tests.table import for_each

TIDAL = Provider("tidal.example", "Tidal Post")
BELL = Provider("bell.example", "The Bell")
TAXONOMY = TaxonomyOf(
    language="en", topics=(Topic("oceans", "Oceans"), Topic("reefs", "Reefs", parent="oceans"))
)
BROWSER = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = Harness(tmp_path_factory.mktemp("search"))
    made.put(
        article(1, title="Größer als die Flut", summary="Nothing here", topics=("Oceans",)),
        article(2, title="Reefs & rain", summary="An oyster reef grows", provider=TIDAL, type="video"),
        article(3, title="An oyster <reef>", topics=("Reefs",), provider=BELL, authors=("Zoe Tidal",)),
        article(-400, title="Reef, and then oyster", provider=BELL),
        *(
            article(number, title=f"Many {number}", summary="", html="<p>A body</p>")
            for number in range(10, 55)
        ),
        taxonomy=TAXONOMY,
    )
    yield made
    made.close()


def found(served: Harness, address: str, status: int = 200) -> html.HtmlElement:
    answer = served.get(address, Accept=BROWSER)
    assert answer.status_code == status, answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"
    return html.fromstring(answer.data)


def titles(page: html.HtmlElement) -> list[str]:
    return [each.text_content() for each in page.xpath("//ol[@class='entries']//h2")]


def links(page: html.HtmlElement, within: str) -> dict[str, str]:
    """The addresses of the links in *within*, by their texts on one line."""
    several = page.xpath(f"//*[contains(@class, '{within}')]//a")
    return {" ".join(each.text_content().split()): each.get("href") for each in several}


def test_results_have_marks_where_words_match_without_case_and_accents(served: Harness) -> None:
    page = found(served, "/search?q=grosser")
    assert [each.text for each in page.xpath("//mark")] == ["Größer"]
    text = served.get("/search?q=oyster+reef").text
    assert "An <mark>oyster</mark> &lt;<mark>reef</mark>&gt;" in text
    assert "An <mark>oyster</mark> <mark>reef</mark> grows" in text
    found_in_names = found(served, "/search?q=bell,reefs").xpath("//p//mark/text()")
    assert {"Bell", "Reefs"} <= set(found_in_names)


def test_the_field_has_what_was_typed(served: Harness) -> None:
    for typed in ("Oyster REEF", '"oyster reef" -"x" <b>', "nothing-like-it", ",,"):
        page = found(served, f"/search?q={quote_plus(typed)}", 400 if typed == ",," else 200)
        assert page.xpath("//form//input[@name='q']/@value") == [typed]


def test_the_most_relevant_come_first(served: Harness) -> None:
    assert titles(found(served, "/search?q=oyster+reef")) == [
        "An oyster <reef>", "Reef, and then oyster", "Reefs & rain",
    ]  # fmt: skip
    newest = titles(found(served, "/search?q=oyster+reef&sort=newest"))
    assert newest == ["An oyster <reef>", "Reefs & rain", "Reef, and then oyster"]


def test_pages_show_every_result_once(served: Harness) -> None:
    address, seen = "/search?q=many", []
    while address:
        page = found(served, address)
        assert len(titles(page)) <= RESULTS_PER_PAGE
        seen += titles(page)
        (address,) = page.xpath("//a[@rel='next']/@href") or [""]
    assert seen == [f"Many {number}" for number in range(54, 9, -1)]
    assert page.xpath("//a[@rel='prev']/@href") == ["/search?q=many&page=2"]
    assert "A body" in page.text_content()


def test_filters_keep_the_words_and_can_be_taken_off(served: Harness) -> None:
    filters = links(found(served, "/search?q=Oyster"), "filters")
    assert filters["Tidal Post"] == "/search?q=Oyster&provider=tidal.example"
    assert filters["video"] == "/search?q=Oyster&type=video"
    narrowed = found(served, filters["The Bell"] + "&sort=newest")
    assert titles(narrowed) == ["An oyster <reef>", "Reef, and then oyster"]
    (chip,) = narrowed.xpath("//a[contains(@class, 'chosen')]/@href")
    assert chip == "/search?q=Oyster&sort=newest"
    other = links(narrowed, "filters")
    assert other["Tidal Post"] == "/search?q=Oyster&provider=tidal.example&sort=newest"
    assert other["The Bell × (chosen; select to remove)"] == chip
    assert other["Oceans"] == "/search?q=Oyster&topic=oceans&provider=bell.example&sort=newest"


def test_counts_of_filters_are_numbers_of_results(served: Harness) -> None:
    page = found(served, "/search?q=reef")
    rows = page.xpath("//*[contains(@class, 'filters')]//li")
    assert rows
    for row in rows:
        (link,) = row.xpath("a/@href")
        assert len(titles(found(served, link))) == int(row.xpath("span[@class='quiet']")[0].text), link
    assert "Last year" in links(page, "filters")


def test_names_that_match_lead_to_their_feeds(served: Harness) -> None:
    named = links(found(served, "/search?q=tidal"), "chips")
    assert set(named.values()) == {"/providers/tidal.example", "/authors/zoe-tidal"}
    assert "/topics/oceans" in links(found(served, "/search?q=ocean"), "chips").values()


@for_each(
    ("searched", "meant"),
    [
        ("oister", "oyster"),
        ("oyster reefz", "oyster reefs"),
        ("reff -rain", "reef -rain"),
        ("größer oyster", "grosser, oyster"),
        ("TDIAL", "tidal"),
    ],
)
def test_a_search_without_results_suggests_others_that_have_some(
    served: Harness, searched: str, meant: str
) -> None:
    page = found(served, f"/search?q={quote_plus(searched)}")
    assert "No articles match" in page.text_content()
    suggested = [each.text_content() for each in page.xpath("//ul[@aria-labelledby='meant']//b")]
    assert meant in suggested
    for address in page.xpath("//ul[@aria-labelledby='meant']//a/@href"):
        assert titles(found(served, address))


def test_a_search_without_results_leads_out_of_its_filters(served: Harness) -> None:
    page = found(served, "/search?q=many&provider=bell.example")
    assert "/search?q=many" in page.xpath("//main//p/a/@href")


def test_a_search_can_be_subscribed_to_and_opened_in_the_builder(served: Harness) -> None:
    page = found(served, "/search?q=Oyster&provider=bell.example")
    feed = f"{SITE.url}/providers/bell.example.rss?q=oyster"
    assert feed in page.xpath("//main//code/text()")
    assert "/build?provider=bell.example&q=oyster" in page.xpath("//main//a/@href")
    assert served.get(feed.removeprefix(SITE.url)).status_code == 200


def test_words_alone_on_the_home_page_lead_to_the_search(served: Harness) -> None:
    answer = served.get("/?q=Oyster+%26+reef&utm_source=x")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/search?q=Oyster+%26+reef")
    for composed in (
        "/?q=oyster&sort=heat",
        "/?lang=en&q=oyster",
        "/?q=oyster&q=reef",
        "/?q=oyster&noredirect",
    ):
        assert served.get(composed).status_code == 200, composed


def test_the_page_without_a_search_lists_the_busiest_topics(served: Harness) -> None:
    page = found(served, "/search")
    assert page.xpath("//ul[@class='chips']//a/@href") == [
        "/topics/tests",
        "/topics/oceans",
        "/topics/reefs",
    ]
    assert page.xpath("//form[@role='search']/@action") == ["/search"]


@for_each(
    ("address", "status", "says"),
    [
        ("/search?q=,,", 400, "q: no words"),
        ("/search?q=oyster&page=0", 400, "not a whole number"),
        ("/search?q=oyster&page=9", 400, "later than the last page, 1"),
        ("/search?q=oyster&sort=best", 400, "sort: not one of relevance, newest"),
        ("/search?q=oyster&topic=ocens", 404, "did you mean oceans"),
        ("/search?q=oyster&topik=oceans", 400, "did you mean topic"),
    ],
)
def test_a_malformed_search_is_explained_on_its_page(
    served: Harness, address: str, status: int, says: str
) -> None:
    page = found(served, address, status)
    assert says in page.xpath("//*[@role='alert']")[0].text_content()
    problem = served.get(address, Accept="application/json")
    assert (problem.status_code, problem.mimetype) == (status, "application/problem+json")


def test_results_are_cached_until_articles_change(tmp_path: Path) -> None:
    served = Harness(tmp_path)
    served.put(article(1, title="One tide"))
    first = served.get("/search?q=tide")
    again = served.get("/search?q=tide", If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    served.put(article(1, title="One tide"), article(2, title="Two tides, one tide"))
    assert served.get("/search?q=tide", If_None_Match=first.headers["ETag"]).status_code == 200
    served.close()


def test_browsers_find_the_description_and_its_templates_work(served: Harness) -> None:
    for path in ("/", "/search", "/topics/oceans", "/search?q=reef"):
        page = html.fromstring(served.get(path).data)
        (link,) = page.xpath("//link[@rel='search']")
        assert (link.get("type"), link.get("href")) == (OPENSEARCH_TYPE, "/opensearch.xml")
    answer = served.get("/opensearch.xml")
    assert answer.mimetype == OPENSEARCH_TYPE
    root = etree.fromstring(answer.data)
    assert root.findtext("{*}ShortName") == SITE.title
    for each in root.iterfind("{*}Url"):
        address = each.get("template").replace("{searchTerms}", "oyster").removeprefix(SITE.url)
        found = served.get(address)
        assert (found.status_code, found.mimetype) == (200, each.get("type")), address


def test_suggestions_are_names_that_begin_with_what_was_typed(served: Harness) -> None:
    answer = served.get("/suggestions.json?q=Tid")
    assert answer.mimetype == SUGGESTIONS_TYPE
    typed, names, kinds, addresses = json.loads(answer.data)
    assert (typed, names) == ("Tid", ["Tidal Post", "Zoe Tidal"])
    assert kinds == ["provider", "author"]
    assert addresses[0] == f"{SITE.url}/providers/tidal.example"
    assert json.loads(served.get("/suggestions.json").data) == ["", [], [], []]
