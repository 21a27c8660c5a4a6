"""The pages of a feed and of its archives: every entry on one of them, and none twice."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from feeds.feed.paging import MAX_ON_PAGE
from tests.builders import NOON, article
from tests.harness import Harness
from tests.table import for_each

ARTICLES = 230
BULK = 70  # published in one second


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A server with half a year of articles; BULK of them were published in one second."""
    made = Harness(tmp_path_factory.mktemp("long"))
    spread = [dated(number, NOON - timedelta(days=number)) for number in range(ARTICLES - BULK)]
    made.put(
        *spread,
        *(dated(number, NOON - timedelta(days=90)) for number in range(ARTICLES - BULK, ARTICLES)),
    )
    yield made
    made.close()


def dated(number: int, when: Any) -> Any:
    return article(number, topics=("Oceans",), published=when, updated=when)


def page(served: Harness, path: str) -> html.HtmlElement:
    answer = served.get(path)
    assert answer.status_code == 200, path
    return html.fromstring(answer.text)


def titles(shown: html.HtmlElement) -> list[str]:
    return shown.xpath("//article//h2/a/text()")


@for_each("path", ["/feed", "/topics/oceans", "/topics/oceans?limit=7", "/topics/oceans?since=2020"])
def test_older_pages_show_every_article_once_and_lead_to_the_end(long: Harness, path: str) -> None:
    seen: list[str] = []
    while path:
        shown = page(long, path)
        found = titles(shown)
        assert 0 < len(found) <= MAX_ON_PAGE
        seen += found
        path = next(iter(shown.xpath("//a[@rel='prev']/@href")), "")
    assert len(seen) == len(set(seen)) == ARTICLES


def test_newer_pages_lead_back_to_the_current_feed(long: Harness) -> None:
    path, back = "/topics/oceans", [""]
    while older := page(long, path).xpath("//a[@rel='prev']/@href"):
        [path] = older
    while newer := page(long, path).xpath("//a[@rel='next']/@href"):
        [path] = newer
        assert path not in back
        back.append(path)
    assert path == "/topics/oceans"
    assert len(back) > ARTICLES // MAX_ON_PAGE


def test_a_page_does_not_shift_when_an_article_appears(served: Harness) -> None:
    served.put(*(dated(number, NOON - timedelta(hours=number)) for number in range(120)))
    [path] = page(served, "/topics/oceans").xpath("//a[@rel='prev']/@href")
    before = titles(page(served, path))
    served.edit(dated(500, NOON))
    assert titles(page(served, path)) == before


def test_an_archive_has_its_own_number_of_articles(long: Harness) -> None:
    [path] = page(long, "/topics/oceans").xpath(
        "//section[@aria-labelledby='archive']//li[last()]/a/@href"
    )[-1:]
    shown = page(long, path)
    assert shown.xpath("string(//main//header/p[@class='quiet'])") == f"{len(titles(shown))} articles"


def test_a_page_that_continues_no_article_is_not_found(long: Harness) -> None:
    assert long.get("/topics/oceans/2026-01?from=nothing").status_code == 404
