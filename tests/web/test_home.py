"""The home page and the lists of feeds: their line for every feed, and their size."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from lxml import html

from feeds.article import Enclosure, Image, Provider, Taxonomy, Topic
from feeds.query.parameters import SEGMENTS
from feeds.settings.sections import READERS, NamedSettings
from feeds.web import pages
from feeds.web.pages import AT_LENGTH, BUSIEST, NEWEST, ON_HOME
from tests import large_directory
from tests.builders import NOON, article
from tests.harness import SITE, Harness

LIGHT = 100_000  # bytes of a list of feeds
LIGHT_HOME = 60_000  # bytes
TIDAL = Provider("tidal.example", "Tidal Post", logo=Image("https://feeds.example/assets/t.png", 96, 96))
TAXONOMY = Taxonomy(
    title="Tides",
    language="en",
    topics=(Topic("oceans", "Oceans"), Topic("reefs", "Reefs", parent="oceans"), Topic("quiet", "Quiet")),
)
BEST = NamedSettings("The Best", "min_quality=0", "What is good")


@pytest.fixture
def served(tmp_path: Path) -> Any:
    made = Harness(tmp_path, site=msgspec.structs.replace(SITE, feeds={"best": BEST}))
    yield made
    made.close()


def shown(served: Harness, path: str = "/") -> html.HtmlElement:
    answer = served.get(path)
    assert answer.status_code == 200
    return html.fromstring(answer.data)


def row(page: html.HtmlElement, href: str) -> str:
    """The text of the row that links to *href*, on one line."""
    (link,) = page.xpath(f"//section//a[@href='{href}']")
    return " ".join(" ".join(link.getparent().itertext()).split())


def test_the_home_page_links_to_every_feed_and_list(served: Harness) -> None:
    other = Provider("a.example", "A & B")
    served.put(article(4, topics=("C++", "Ökologie", "海"), provider=other), taxonomy=TAXONOMY)
    links = shown(served).xpath("//a/@href")
    index = served.main.index()
    expected = [f"/topics/{each.slug}" for each in index.listings.topics()]
    expected += [f"/providers/{each.slug}" for each in index.listings.providers()]
    expected += ["/f/best", "/topics", "/providers", "/feed", "/build", "/opml", "/catalog.json"]
    expected += [f"{SITE.url}/feed.{extension}" for extension in ("rss", "atom", "json")]
    assert {"/topics/oceans", "/topics/c-plus-plus", "/topics/海", "/providers/a.example"} < set(expected)
    assert set(expected) <= set(map(unquote, links))
    hosts = {urlsplit(each).hostname for each in READERS.values()} | {"example.org"}
    for link in links:
        if not link.startswith(("#", "feed:")) and urlsplit(link).hostname not in hosts:
            assert served.get(link.removeprefix(SITE.url)).status_code == 200, link


def test_a_list_of_feeds_leads_to_its_opml(served: Harness) -> None:
    served.put(article(1, authors=("Zoe",)), taxonomy=TAXONOMY)
    for kind in SEGMENTS:
        assert f"/opml/{kind}" in shown(served, f"/{kind}").xpath("//main//a/@href")


def test_a_topic_stands_below_its_parent(served: Harness) -> None:
    served.put(article(1, topics=("Reefs",)), taxonomy=TAXONOMY)
    below = "//li[div/a[@href='/topics/oceans']]/details[summary='One subtopic of Oceans']/ul//a/@href"
    assert shown(served, "/topics").xpath(below) == ["/topics/reefs"]
    assert shown(served).xpath("//li[a[@href='/topics/oceans']]/ul//a/@href") == ["/topics/reefs"]


def test_the_newest_articles_come_first(served: Harness) -> None:
    days = [article(number, topics=("Oceans",), provider=TIDAL) for number in range(20)]
    film = Enclosure("https://tidal.example/f.mp4", "video/mp4", duration=245)
    served.put(*days[:-1], msgspec.structs.replace(days[-1], enclosures=(film,)), taxonomy=TAXONOMY)
    page = shown(served)
    titles = page.xpath("//ol[@class='headlines']//h3/a/text()")
    assert titles == [f"Title {number}" for number in range(19, 19 - NEWEST, -1)]
    assert "Video 4:05" in page.xpath("string(//ol[@class='headlines']/li[1])")
    assert page.xpath("//section/h2//text()")[0] == "Latest articles"


def test_the_current_page_is_marked_in_the_menu(served: Harness) -> None:
    served.put(article(1, topics=("Oceans",), provider=TIDAL), taxonomy=TAXONOMY)
    for path, marked in (
        ("/", "Home"), ("/feed", "Latest"), ("/topics", "Topics"), ("/topics/oceans", "Topics"),
        ("/providers", "Providers"), ("/providers/tidal.example", "Providers"), ("/build", "Compose"),
        ("/embed", "Embed"),
    ):  # fmt: skip
        assert shown(served, path).xpath("//nav//a[@aria-current]/text()") == [marked], path


def test_a_feed_shows_its_size_frequency_and_newest_article(served: Harness) -> None:
    days = [article(number, topics=("Oceans",), provider=TIDAL) for number in range(60)]
    old = article(99, topics=("Reefs",), published=NOON - timedelta(days=400), title="Old & rare")
    served.put(*days, old, taxonomy=TAXONOMY)
    page = shown(served, "/topics")
    assert row(page, "/topics/oceans") == "Oceans 61 articles · about 2 a week Title 59"
    assert row(page, "/topics/reefs") == "Reefs 1 article · last published Nov 27, 2024 Old & rare"
    assert row(page, "/topics/quiet") == "Quiet 0 articles · nothing yet"
    assert row(shown(served), "/f/best") == "The Best What is good"
    assert (
        row(shown(served, "/providers"), "/providers/tidal.example")
        == "T Tidal Post 60 articles · about 7 a week Title 59"
    )


def test_a_sparkline_shows_the_last_weeks_of_a_feed_with_articles(served: Harness) -> None:
    served.put(*(article(number, topics=("Oceans",)) for number in range(14)), taxonomy=TAXONOMY)
    lines = shown(served, "/topics").xpath("//div[a[@href='/topics/oceans']]//*[local-name()='path']/@d")
    assert lines == ["M0 9h23l1-9h1"]
    assert not shown(served, "/topics").xpath("//div[a[@href='/topics/quiet']]//*[local-name()='path']")


def test_a_provider_has_its_picture_or_a_letter(served: Harness) -> None:
    bare = Provider("bare.example", "«bare»")
    served.put(article(1, provider=TIDAL), article(2, provider=bare), taxonomy=TAXONOMY)
    page = shown(served, "/providers")
    (picture,) = page.xpath("//section//img")
    assert dict(picture.attrib) == {
        "src": "/assets/t.png", "alt": "", "width": "40", "height": "40", "loading": "lazy",
        "decoding": "async",
    }  # fmt: skip
    assert [each.text for each in page.xpath("//i[@class='logo']")] == ["T", "B"]


@pytest.mark.parametrize(
    "name", ["x" * 300, "مرحبا بالعالم", "<script>alert(1)</script>", "\u202egnp.exe", "·"]
)
def test_any_name_and_headline_is_shown_as_text_of_its_own_direction(served: Harness, name: str) -> None:
    provider = Provider("odd.example", name)
    taxonomy = Taxonomy(title=name, description=name, topics=(Topic("odd", name),))
    served.put(article(1, title=name, topics=("odd",), provider=provider), taxonomy=taxonomy)
    for kind, href in ("topics", "/topics/odd"), ("providers", "/providers/odd.example"):
        page = shown(served, f"/{kind}")
        (link,) = page.xpath(f"//section//a[@href='{href}']")
        assert (link.text, link.get("dir")) == (name, "auto")
        for headline in page.xpath("//p[@class='newest']"):
            assert headline.get("dir") == "auto"
            assert len(headline.text) <= 160
            assert headline.text[:20] == name[:20]
        assert not page.xpath("//script[not(@src)]")
    assert not shown(served).xpath("//script[not(@src)]")


def test_a_headline_in_another_language_says_so(served: Harness) -> None:
    served.put(article(1, language="fr", topics=("Oceans",)), article(2, topics=("Reefs",)))
    assert set(shown(served, "/topics").xpath("//p[@lang][@class='newest']/@lang")) == {"fr"}
    assert set(shown(served).xpath("//ol//article//h3/@lang")) == {"fr"}


def test_the_home_page_of_an_empty_corpus_explains_the_next_step(served: Harness) -> None:
    served.put(taxonomy=Taxonomy(title="Tides"))
    page = shown(served)
    assert page.xpath("//p[@class='none']")
    assert [each.text for each in page.xpath("//h2")] == ["Featured feeds"]


def test_the_form_asks_for_articles_without_a_script(served: Harness) -> None:
    served.put(article(1, title="A Tide"), article(2), taxonomy=TAXONOMY)
    (form,) = shown(served).forms
    assert (form.method, form.action) == ("GET", "/search")
    assert [each.name for each in form.inputs if each.name] == ["q"]
    found = served.get("/search?q=tide").text
    assert "A <mark>Tide</mark>" in found
    assert "Title 2" not in found
    assert served.get("/?q=").data == served.get("/").data


def test_a_page_of_a_hundred_topics_and_five_hundred_providers_is_light(served: Harness) -> None:
    served.put(*large_directory.articles(), taxonomy=large_directory.taxonomy())
    assert len(served.get("/").data) < LIGHT_HOME
    home = shown(served)
    assert len(home.xpath("//section[@aria-labelledby='topics']//li")) == large_directory.TOPICS
    assert len(home.xpath("//section[@aria-labelledby='providers']//li")) == ON_HOME
    body = served.get("/providers").data
    assert len(body) < LIGHT
    page = html.fromstring(body)
    assert len(page.xpath("//section//li")) == large_directory.PROVIDERS
    assert len(page.xpath("//div[@class='seen']")) == BUSIEST
    assert len(page.xpath("//section//img")) == BUSIEST


def test_a_list_with_every_feed_at_length_is_light(served: Harness) -> None:
    topics = tuple(large_directory.topics()[:AT_LENGTH])
    some = [
        msgspec.structs.replace(each, topics=(topics[number].name,))
        for number, each in enumerate(large_directory.articles(1))
        if number < len(topics)
    ]
    served.put(*some, taxonomy=msgspec.structs.replace(large_directory.taxonomy(), topics=topics))
    body = served.get("/topics").data
    assert body.count(b'class="seen"') == len(topics)
    assert len(body) < LIGHT


def test_the_home_page_is_made_once_for_each_index(
    served: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.put(*(article(number) for number in range(5)), taxonomy=TAXONOMY)
    made: list[str] = []
    ready = Barrier(4)

    def counted(*given: Any) -> Any:
        made.append("made")
        return overview(*given)

    overview = pages.overview
    monkeypatch.setattr(pages, "overview", counted)

    def ask(number: int) -> bytes:
        ready.wait(10)
        return served.get(f"/?_={number}", Accept_Encoding="identity").data

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    for coding in "gzip", "br", "zstd":
        served.get("/", Accept_Encoding=coding)
    served.get("/", If_None_Match='"other"')
    assert made == ["made"]
    served.edit(article(9))
    assert b"Title 9" in served.get("/").data
    assert made == ["made"] * 2


def test_the_home_page_has_the_same_bytes_on_any_day(served: Harness) -> None:
    served.put(*large_directory.articles(1), taxonomy=large_directory.taxonomy())
    first = served.get("/")
    served.now += 400 * 86_400
    assert served.get("/").headers["ETag"] == first.headers["ETag"]


def test_the_home_page_leads_to_embeds_and_to_oembed(shared: Harness) -> None:
    page = html.fromstring(shared.get("/").data)
    assert page.xpath("//nav//a[@href='/embed']")
    links = page.xpath("/html/head/link[contains(@type, '+oembed')]/@href")
    assert len(links) == 2
    for link in links:
        answer = shared.get(link.removeprefix(SITE.url))
        assert answer.status_code == 200
        assert f"{SITE.url}/embed/feed" in answer.text
