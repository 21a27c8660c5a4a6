"""Authors have pages and feeds, as topics and providers have, and are listed after them."""

import json
from typing import Any

import pytest
from lxml import etree, html

from feeds.article import tombstone_facets
from feeds.formats import FORMATS
from feeds.query.parameters.author import AUTHOR
from feeds.store import Tombstone
from tests.builders import LATER, article
from tests.harness import Harness

ADA = article(10, authors=("Ada Lovelace",), topics=("Oceans",))
BOTH = article(11, authors=("ádá lovelace <ada@example.org>", "Bo"), topics=("Oceans",))


@pytest.fixture
def authored(served: Harness) -> Harness:
    served.put(ADA, BOTH)
    return served


def titles(served: Harness, address: str) -> list[str]:
    answer = served.get(address)
    assert answer.status_code == 200, address
    return [item["title"] for item in json.loads(answer.data)["items"]]


def addresses(served: Harness, path: str) -> list[str]:
    listed = etree.fromstring(served.get(path).data).findall(".//outline[@xmlUrl]")
    return [each.get("htmlUrl").removeprefix("https://feeds.example") for each in listed]


@pytest.mark.parametrize("extension", FORMATS)
def test_an_author_has_a_feed_in_every_format_with_archives_and_digests(
    authored: Harness, extension: str
) -> None:
    month = f"{ADA.published:%Y-%m}"
    for end in "", "/daily", "/weekly", f"/{month}":
        answer = authored.get(f"/authors/ada-lovelace{end}.{extension}")
        assert answer.status_code == 200
        assert authored.get(f"/authors/ada-lovelace{end}").mimetype == "text/html"
    assert authored.get("/embed/authors/ada-lovelace").status_code == 200
    assert authored.get("/qr/authors/ada-lovelace").status_code == 200


def test_names_are_compared_without_case_accents_and_addresses(authored: Harness) -> None:
    assert titles(authored, "/authors/ada-lovelace.json") == ["Title 11", "Title 10"]
    moved = authored.get("/authors/ADA Lovelace.json")
    assert moved.status_code == 200
    assert json.loads(moved.data)["feed_url"] == "https://feeds.example/authors/ada-lovelace.json"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("author=bo", ["Title 11"]),
        ("author=-bo&author=ada-lovelace", ["Title 10"]),
        ("author=ada-lovelace&author=bo", ["Title 11"]),
        ("author=Bo,Ada Lovelace", ["Title 11", "Title 10"]),
        ("author=bo&topic=oceans", ["Title 11"]),
    ],
)
def test_authors_are_asked_for_like_topics(authored: Harness, asked: str, found: list[str]) -> None:
    assert titles(authored, f"/feed.json?{asked}") == found


def test_a_feed_of_one_author_has_one_address(authored: Harness) -> None:
    feed = json.loads(authored.get("/feed.json?author=bo").data)
    assert feed["feed_url"] == "https://feeds.example/authors/bo.json"
    assert (feed["title"], feed["description"]) == ("Bo · Example", "The newest articles by Bo")
    assert json.loads(authored.get("/topics/oceans.json?author=bo").data)["feed_url"] == (
        "https://feeds.example/topics/oceans.json?author=bo"
    )


def test_an_unknown_author_is_not_found_with_the_nearest(authored: Harness) -> None:
    answer = authored.get("/authors/ada-lovelase.rss")
    assert (answer.status_code, answer.text) == (
        404, "author 'ada-lovelase': not found; did you mean ada-lovelace?\n",
    )  # fmt: skip
    page = authored.get("/authors/ada-lovelase", Accept="text/html")
    assert page.status_code == 404
    assert "/authors/ada-lovelace" in html.fromstring(page.text).xpath("//main//a/@href")


@pytest.mark.parametrize("path", ["/authors/ada@example.org.rss", "/authors/!!!.rss"])
def test_an_e_mail_address_is_not_found_as_an_author(authored: Harness, path: str) -> None:
    assert authored.get(path).status_code == 404


def test_no_address_of_an_author_stands_in_a_list_or_an_explanation(authored: Harness) -> None:
    authored.put(article(12, authors=("Cleo <cleo@example.org>",)))
    for path in ("/", "/opml", "/opml/authors", "/opml?author=cleo", "/catalog.json", "/authors/cle"):
        assert "@example.org" not in authored.get(path, Accept="text/html").text, path
    choices = html.fromstring(authored.get("/build").text).get_element_by_id("list-author")
    assert [each.findtext("label/span") for each in choices] == ["Ada Lovelace", "Bo", "Cleo", "Zoe"]
    answer = authored.get(f"/explain?article={BOTH.id}&author=bo").text
    assert "yes: by Bo; it is by ádá lovelace, Bo" in answer


@pytest.mark.parametrize("extension", FORMATS)
def test_no_address_of_an_author_stands_in_a_feed_beside_its_entries(
    authored: Harness, extension: str
) -> None:
    authored.put(article(12, authors=("Cleo <cleo@example.org>",)), article(13, authors=("Dora",)))
    for query in ("author=cleo", "author=cleo,dora", "author=-cleo", "author=Cleo <cleo@example.org>"):
        feed = authored.get(f"/feed.{extension}?{query}&until=2000", follow_redirects=True)
        assert feed.status_code == 200
        assert "cleo@" not in feed.text, query
    page = html.fromstring(authored.get("/authors/cleo").text)
    assert [page.findtext(".//title"), page.findtext(".//h1")] == ["Cleo · Example", "Cleo"]
    assert not [each for each in page.xpath("//head//@content | //head//@title") if "cleo@" in each]


def test_authors_are_listed_after_topics_and_providers(authored: Harness) -> None:
    listed = addresses(authored, "/opml")
    authors = [path for path in listed if path.startswith("/authors/")]
    assert authors == listed[-3:] == ["/authors/ada-lovelace", "/authors/bo", "/authors/zoe"]
    assert addresses(authored, "/opml/authors") == authors
    assert addresses(authored, "/opml?author=bo,ada-lovelace") == ["/authors/bo", "/authors/ada-lovelace"]
    catalogue = json.loads(authored.get("/catalog.json").data)["feeds"]
    assert [(each["author"], each["articles"]) for each in catalogue[-3:]] == [
        ("ada-lovelace", 2), ("bo", 1), ("zoe", 1),
    ]  # fmt: skip
    headings = html.fromstring(authored.get("/").text).xpath("//main//h2//text()")
    assert headings[-3:] == ["Topics", "Providers", "Authors"]


def test_lists_have_only_the_largest_of_many_authors(served: Harness) -> None:
    others = "//section[@aria-labelledby!='authors']//ul[@class='columns']//a/@href"
    before = set(html.fromstring(served.get("/").text).xpath(others))
    many = [article(100 + number, authors=(f"Author {number}",)) for number in range(150)]
    served.put(*many, article(300, authors=("Author 149",)), at=5)
    listed = [path for path in addresses(served, "/opml") if path.startswith("/authors/")]
    assert len(listed) == AUTHOR.max_listed
    assert listed[0] == "/authors/author-149", "the one with the most articles comes first"
    assert len(addresses(served, "/opml/authors")) == 151
    authors = html.fromstring(served.get("/authors").text)
    assert len(authors.xpath("//a[starts-with(@href, '/authors/')]")) == AUTHOR.max_listed
    home = html.fromstring(served.get("/").text)
    shown = set(home.xpath(others))
    assert before <= shown, "topics and providers are as large as before"
    assert served.get("/authors/author-3.rss").status_code == 200


def test_a_removed_article_leaves_the_feed_of_its_author(authored: Harness) -> None:
    feed = "/authors/bo.atom"
    before = authored.get(feed)
    authored.now = LATER + 200
    at = int(LATER) + 100
    authored.retire(
        BOTH, tombstone=Tombstone(at, tombstone_facets(BOTH), BOTH.id, int(BOTH.published.timestamp()))
    )
    after = authored.get(feed)
    assert after.status_code == 200, "subscribers keep an empty feed"
    assert b"deleted-entry" in after.data
    assert after.last_modified > before.last_modified
    assert "/authors/bo" not in addresses(authored, "/opml")


def test_an_article_that_loses_an_author_leaves_the_feed_of_that_one_alone(authored: Harness) -> None:
    kept, left = "/authors/ada-lovelace.json", "/authors/bo.json"
    before = authored.get(left)
    edited = article(11, authors=("Ada Lovelace",), topics=("Oceans",))
    tombstone = Tombstone(int(authored.now), tombstone_facets(BOTH))
    authored.edit(edited, tombstones=(tombstone,))
    assert titles(authored, kept) == ["Title 11", "Title 10"]
    assert titles(authored, left) == []
    assert authored.get(left).last_modified > before.last_modified


def links(page: Any) -> list[str]:
    return [str(each) for each in page.xpath("//article//a/@href")]


def test_entries_on_pages_lead_to_their_authors(authored: Harness) -> None:
    page = html.fromstring(authored.get("/topics/oceans").text)
    assert {"/authors/ada-lovelace", "/authors/bo"} <= set(links(page))
    for path in filter(lambda each: each.startswith("/authors/"), links(page)):
        assert authored.get(path).status_code == 200


def test_an_entry_leads_to_an_author_named_with_an_address(served: Harness) -> None:
    served.put(article(12, authors=("Grace Hopper <grace@example.org>", "@ada", "bo@example.org")))
    found = links(html.fromstring(served.get("/topics/tests").text))
    assert [each for each in found if each.startswith("/authors/")] == [
        "/authors/grace-hopper", "/authors/ada",
    ]  # fmt: skip
    for path in "/authors/grace-hopper", "/authors/ada":
        assert served.get(path).status_code == 200
