"""The builder as a plain form: choose, submit, subscribe to the resulting feed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import yaml
from hypothesis import given, settings
from lxml import etree, html

from feeds.article import Enclosure, Provider, Taxonomy, Topic
from feeds.query.grammar import parse, read
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.settings import load
from feeds.web.form import ANY, LISTED, grammar
from tests.builders import LATER, NOON, article, image
from tests.examples import examples
from tests.harness import Harness
from tests.query_strategies import questions
from tests.table import for_each

HOSTILE = '"><script>alert(1)</script>{{ 7777 * 7 }}\u202e\x00'
FORM_FIELDS = (*PARAMETERS, *WINDOW, *(ANY + key for key in LISTED))


def page_at(served: Harness, address: str, status: int = 200) -> Any:
    """The builder at *address*, after at most one redirect."""
    answer = served.get(address)
    if answer.status_code == 302:
        answer = served.get(answer.headers["Location"])
    assert answer.status_code == status
    return html.fromstring(answer.text)


def sent_by(page: Any) -> list[tuple[str, str]]:
    """The arguments that a browser sends for the unchanged form."""
    return [(name, value) for name, value in page.get_element_by_id("build").form_values()]


def submit(served: Harness, page: Any, *more: tuple[str, str], without: tuple[str, ...] = ()) -> Any:
    """Submit the form with *more* arguments; return the page."""
    kept = [each for each in sent_by(page) if each[0] not in without]
    return page_at(served, "/build?" + urlencode([*kept, *more]))


def sentence(page: Any) -> str:
    return str(page.get_element_by_id("sentence").findtext("h2"))


def count(page: Any) -> str:
    return str(page.get_element_by_id("count").text)


def addresses(page: Any) -> dict[str, str]:
    """The addresses to subscribe to, without the server."""
    links = page.xpath("//li[@class='address']/a")
    return {link.text: link.get("href").removeprefix("https://feeds.example") for link in links}


def test_the_form_alone_asks_for_everything(shared: Harness) -> None:
    page = page_at(shared, "/build")
    assert (sentence(page), count(page)) == ("The newest articles on all topics.", "3 articles match")
    assert addresses(page)["RSS"] == "/feed.rss"
    again = shared.get("/build?" + urlencode(sent_by(page)))
    assert (again.status_code, again.headers["Location"]) == (302, "/build")


def test_every_parameter_of_the_grammar_has_a_field(served: Harness) -> None:
    served.put(article(9, type="news", language="en", authors=("Ada",)))
    page = page_at(served, "/build")
    named = {each.get("name") for each in page.xpath("//form[@id='build']//*[@name]")}
    assert named == set(FORM_FIELDS)


def test_chosen_values_become_one_canonical_address_with_a_description(shared: Harness) -> None:
    page = submit(
        shared,
        page_at(shared, "/build"),
        ("any_topic", "oceans"), ("any_topic", "cities"), ("topic", "-reefs"), ("limit", "7"),
        without=("limit",),
    )  # fmt: skip
    assert sentence(page) == "The newest articles on Cities or Oceans except those on Reefs."
    assert count(page) == "2 articles match"
    assert addresses(page) == {
        "RSS": "/feed.rss?topic=cities,oceans&topic=-reefs&limit=7",
        "Atom": "/feed.atom?topic=cities,oceans&topic=-reefs&limit=7",
        "JSON Feed": "/feed.json?topic=cities,oceans&topic=-reefs&limit=7",
    }


def test_the_preview_shows_the_first_entries_of_the_feed(served: Harness) -> None:
    served.put(*(article(number, topics=("Oceans",)) for number in range(10, 20)))
    page = page_at(served, "/build?topic=oceans&sort=newest")
    assert count(page) == "13 articles match"
    shown = [each.get("href") for each in page.xpath("//ol[@class='preview']/li/a")]
    items = json.loads(served.get(addresses(page)["JSON Feed"]).data)["items"]
    assert shown == [item["url"] for item in items[:5]]
    assert len(shown) == 5


def test_a_feed_that_holds_less_than_matches_says_so(shared: Harness) -> None:
    page = page_at(shared, "/build?limit=2&content=title")
    text = " ".join(page.get_element_by_id("sentence").text_content().split())
    assert text.endswith(
        "3 articles match; the feed contains 2 of them, and its archives the rest; titles only."
    )


def test_a_query_without_matches_has_a_feed(shared: Harness) -> None:
    page = page_at(shared, "/build?topic=oceans&topic=-oceans")
    assert (count(page), sentence(page)) == (
        "No articles match", "The newest articles on Oceans except those on Oceans.",
    )  # fmt: skip
    assert "subscribe now to receive the first ones" in page.get_element_by_id("feed").text_content()
    assert shared.get(addresses(page)["RSS"]).status_code == 200


def test_the_redirect_to_the_canonical_query_is_cached_and_not_indexed(
    shared: Harness,
) -> None:
    answer = shared.get("/build?any_topic=oceans&q=&since=&sort=newest")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/build?topic=oceans")
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in shared.get("/build").headers
    whole = shared.get("/build?topic=oceans")
    assert whole.headers["X-Robots-Tag"] == "noindex"
    assert shared.get("/build?topic=oceans", If_None_Match=whole.headers["ETag"]).status_code == 304


def test_all_that_belongs_to_the_feed_leads_there(shared: Harness) -> None:
    page = page_at(shared, "/build?topic=reefs,oceans&q=title&limit=2")
    links = {link.text: link.get("href") for link in page.xpath("//p[@class='ways']//a")}
    assert links.pop("Page of this feed") == "/?topic=oceans,reefs&q=title"
    for name, address in links.items():
        assert shared.get(address).status_code == 200, name
    opml = etree.fromstring(shared.get(links["OPML file"]).data)
    (outline,) = opml.findall(".//outline[@xmlUrl]")
    [embed] = page.xpath("//section//a[text()='Embed']/@href")
    [frame] = html.fromstring(shared.get(embed).text).xpath("//iframe/@src")
    assert frame == "/embed/feed?topic=oceans,reefs&q=title&count=2"
    assert outline.get("xmlUrl") == "https://feeds.example" + addresses(page)["RSS"]


@for_each(
    ("asked", "found"),
    [
        ("feed=&feed=topics/oceans", ["/topics/oceans.rss"]),
        ("feed=f/best&feed=topics/reefs%3Flimit%3D3", ["/f/best.rss", "/topics/reefs.rss?limit=3"]),
        ("feed=feed/daily&topic=quiet", ["/feed/daily.rss", "/topics/quiet.rss"]),
        ("feed=topics/oceas", 404),
        ("feed=limit%3Dmany", 400),
    ],
)
def test_an_opml_may_hold_any_feed(shared: Harness, asked: str, found: list[str] | int) -> None:
    answer = shared.get(f"/opml?{asked}")
    if isinstance(found, int):
        assert answer.status_code == found
    else:
        listed = etree.fromstring(answer.data).findall(".//outline[@xmlUrl]")
        addresses = [each.get("xmlUrl").removeprefix("https://feeds.example") for each in listed]
        assert sorted(addresses) == found


def test_the_snippet_for_the_settings_has_the_same_query(served: Harness, tmp_path: Path) -> None:
    asked = 'topic=oceans,reefs&q="sea level",reef&q=-storm&min_heat=top10%25&limit=7'
    page = page_at(served, f"/build?{asked}")
    file = tmp_path / "feeds.yaml"
    file.write_text(page.xpath("string(//pre/code)"))
    (named,) = load({}, file).site.feeds.values()
    assert read(named.query) == read(asked)
    assert yaml.safe_load(file.read_text())["site"]["feeds"].keys()


@for_each(
    ("asked", "field", "said"),
    [
        ("since=yesterday", "since", "since: not a date or a span: 'yesterday'; use since=2026-01"),
        ("limit=5&limit=6", "limit", "limit: two values, 5 and 6; use one of them"),
        ("min_heat=hot", "min_heat", "min_heat: not a whole number or a share: 'hot'; use min_heat=50"),
        ("sort=best", "sort", "sort: not one of newest, heat, quality: 'best'; use sort=heat"),
        ("collapse=yes", "collapse", "collapse: not story: 'yes'; use collapse=story"),
        ("q=-", "q", "q: no words: '-'; use q=tide"),
    ],
)
def test_an_error_is_shown_beside_its_field(shared: Harness, asked: str, field: str, said: str) -> None:
    answer = shared.get(f"/build?topic=oceans,reefs&title=tide&{asked}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store")
    page = html.fromstring(answer.text)
    (control,) = page.xpath(f"//*[@name='{field}' and @aria-invalid='true']")
    assert f"wrong-{field}" in control.get("aria-describedby").split()
    assert page.get_element_by_id(f"wrong-{field}").text.startswith(said)
    assert said in page.get_element_by_id("sentence").text_content()
    assert page.xpath("//*[@class='wrong' and text()]/@id") == [f"wrong-{field}"]
    assert not page.xpath("//li[@class='address']")
    kept = sent_by(page)
    assert {("any_topic", "oceans"), ("any_topic", "reefs"), ("title", "tide")} <= set(kept)
    assert set(parse_qsl(asked)) <= set(kept)
    assert not page.xpath("//details[not(@open)]//*[@aria-invalid]")


@for_each(
    ("asked", "field", "said", "value"),
    [
        ("topic=oceas", "topic", "topic 'oceas': not found; did you mean oceans", "oceas"),
        ("provider=tidal.exampel", "provider",
         "provider 'tidal.exampel': not found; did you mean tidal.example",
         "tidal.exampel"),
        ("topic=oceans,oceas&topic=-x", "topic", "topic '", "oceas"),
    ],
)  # fmt: skip
def test_an_unknown_value_is_reported_and_stays_ticked(
    shared: Harness, asked: str, field: str, said: str, value: str
) -> None:
    page = page_at(shared, f"/build?{asked}", 400)
    assert page.get_element_by_id(f"wrong-{field}").text.startswith(said)
    assert (f"any_{field}", value) in sent_by(page)
    row = page.xpath(f"//ul[@id='list-{field}']/li[.//input[@value='{value}']]")[0]
    assert "unknown" in row.text_content()


def test_all_errors_are_shown_at_once(shared: Harness) -> None:
    page = page_at(shared, "/build?topic=oceas&since=yesterday&limit=many", 400)
    fields = page.xpath("//*[@class='wrong' and text()]/@id")
    assert sorted(fields) == ["wrong-limit", "wrong-since", "wrong-topic"]
    assert len(page.get_element_by_id("sentence").findall("ul/li")) == 3


def test_a_misspelt_parameter_is_reported_at_the_top(shared: Harness) -> None:
    page = page_at(shared, "/build?topics=oceans&q=tide", 400)
    assert page.get_element_by_id("wrong-").text.startswith("topics: unknown parameter")
    assert ("q", "tide") in sent_by(page)


@for_each("field", FORM_FIELDS)
def test_hostile_text_is_text_in_every_field(shared: Harness, field: str) -> None:
    for sent in ([(field, HOSTILE)], [(field, "x"), (field, HOSTILE)], [(field, "x" * 3000)]):
        answer = shared.get("/build?" + urlencode(sent))
        answer = shared.get(answer.headers["Location"]) if answer.status_code == 302 else answer
        page = html.fromstring(answer.text.replace("\x00", ""))
        assert len(page.xpath("//script/@src")) == len(page.xpath("//script"))
        assert "54439" not in answer.text
        assert not page.xpath("//*[@style or @onclick]")


def test_hostile_articles_topics_and_providers_are_text(served: Harness) -> None:
    bad = "<img src=x onerror=alert(1)>\u202e" + "x" * 10_000
    served.put(
        article(
            8, title=bad, topics=(bad,), provider=Provider("bad.example", bad), type="<b>", language="en"
        )
    )
    page = page_at(served, "/build?provider=bad.example")
    assert bad in page.get_element_by_id("feed").text_content()
    assert not page.xpath("//main//img | //main//b[not(@class)]")


def test_another_name_of_a_topic_is_its_own(shared: Harness) -> None:
    answer = shared.get("/build?topic=Oceans&topic=OCEANS")
    assert answer.headers["Location"] == "/build?topic=oceans"


def test_a_question_that_no_field_can_show_is_a_box_of_its_own(shared: Harness) -> None:
    page = page_at(shared, "/build?topic=oceans,reefs&topic=cities,oceans&since=2026-01&since=400d")
    boxes = page.xpath("//fieldset[legend='More conditions']//label")
    assert [box.text_content().strip() for box in boxes] == [
        "on Oceans or Reefs",
        "published in the last 400 days",
    ]
    assert page_at(shared, "/build?" + urlencode(sent_by(page))).text_content() == page.text_content()
    without = [
        each for each in sent_by(page) if each not in (("topic", "oceans,reefs"), ("since", "400d"))
    ]
    assert sentence(page_at(shared, "/build?" + urlencode(without))) == (
        "The newest articles on Cities or Oceans published since January 2026."
    )


def test_chosen_topics_stay_where_they_are_in_the_tree(shared: Harness) -> None:
    def rows(address: str) -> list[tuple[str, str]]:
        found = page_at(shared, address).xpath("//ul[@id='list-topic']/li")
        return [(row.findtext("label/span"), row.get("class")) for row in found]

    tree = [("Cities", "in0"), ("Oceans", "in0"), ("Reefs", "in1"), ("Quiet", "in0")]
    assert rows("/build") == rows("/build?topic=-reefs") == rows("/build?topic=quiet,oceans") == tree


@for_each(
    ("asked", "field", "written"),
    [
        ("since=1y&topic=oceans", "since", "1y"),
        ("topic=oceans&until=2w&limit=%2B", "until", "2w"),
        ("topic=oceans&since=2026-01-05t0800", "since", "2026-01-05t0800"),
        ("topic=oceans&since=2020", "since", "2020"),
    ],
)
def test_a_date_stays_as_it_was_written(shared: Harness, asked: str, field: str, written: str) -> None:
    valid = asked.removesuffix("&limit=%2B")
    page = page_at(shared, f"/build?{asked}", 200 if valid == asked else 400)
    assert dict(sent_by(page))[field] == written
    page = submit(shared, page_at(shared, f"/build?{valid}"), ("limit", "7"), without=("limit",))
    assert dict(sent_by(page))[field] == written
    canonical = dict(parse(parse_qsl(valid)).parameters)[field]
    assert f"{field}={canonical}" in addresses(page)["RSS"]


def test_required_and_excluded_values_have_their_names_in_the_sentence(served: Harness) -> None:
    served.put(article(8, topics=("Deep Sea", "Oceans"), provider=Provider("bell.example", "The Bell")))
    page = page_at(served, "/build?topic=cities&topic=oceans&topic=-deep-sea&provider=-bell.example")
    assert sentence(page) == (
        "The newest articles on both Cities and Oceans except those on Deep Sea or from The Bell."
    )


def test_kinds_that_exist_are_listed_with_their_numbers(served: Harness) -> None:
    served.put(
        article(7, type="video", language="pt-BR", images=(image(),)),
        article(
            8, type="video", language="en", enclosures=(Enclosure("https://a.example/", "audio/ogg"),)
        ),
    )
    page = page_at(served, "/build")
    listed = {
        key: [
            (row.findtext("label/span"), row.findtext("label/small"))
            for row in page.xpath(f"//ul[@id='list-{key}']/li")
        ]
        for key in ("type", "lang", "has")
    }
    assert listed == {
        "type": [("video", "2")],
        "lang": [("English", "1"), ("Portuguese", "1"), ("Portuguese (BR)", "1")],
        "has": [("pictures", "1"), ("audio", "1"), ("videos", "2"), ("full text", "1")],
    }


def test_of_many_providers_the_rest_is_entered_as_text(served: Harness) -> None:
    many = [Provider(f"site{number}.example", f"Site {number}") for number in range(605)]
    articles = (article(number, provider=each, published=NOON) for number, each in enumerate(many, 100))
    served.put(*articles, at=5)
    page = page_at(served, "/build")
    assert len(page.xpath("//ul[@id='list-provider']/li")) == 600
    (field,) = page.xpath("//input[@name='any_provider' and not(@type)]")
    assert "7 more are not listed" in field.getparent().text_content()
    page = submit(served, page, ("any_provider", "site3.example, site604.example"))
    assert sentence(page) == "The newest articles from Site 3 or Site 604."
    assert ("any_provider", "site604.example") in sent_by(page)


def test_an_ended_topic_is_reported(served: Harness) -> None:
    served.change(at=int(LATER), taxonomy=Taxonomy(topics=(Topic("old", "Old", gone=True),)))
    page = page_at(served, "/build?topic=old", 400)
    assert (
        page.get_element_by_id("wrong-topic").text
        == "topic 'old': ended for good; unsubscribe from its feed"
    )


def test_a_page_links_to_the_builder_with_its_query(shared: Harness) -> None:
    for path, question in (
        ("/topics/oceans?q=title&limit=3", "?topic=oceans&q=title&limit=3"),
        ("/f/best", "?min_quality=0&limit=20"),
        ("/feed/daily", ""),
        ("/", ""),
    ):
        links = html.fromstring(shared.get(path).text).xpath("//a[contains(@href, '/build')]/@href")
        assert f"/build{question}" in links
        assert shared.get(f"/build{question}").status_code == 200


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A server with articles for most queries of tests/query_strategies.py."""
    made = Harness(tmp_path_factory.mktemp("answering"))
    domains = [Provider(f"{letter}.example", letter) for letter in "abc"]
    made.put(
        article(1, topics=("AI", "Go"), provider=domains[0], type="news", language="en-gb"),
        article(2, topics=("ML", "Rust"), provider=domains[1], type="video", language="pt-BR"),
        article(3, topics=("Rust",), provider=domains[2], language="de", title="Solar power", heat=50),
        article(4, authors=("Ada", "Bo Díaz")),
    )
    yield made
    made.close()


@settings(max_examples=examples(20))
@given(questions())
def test_a_form_filled_in_from_a_query_sends_the_same_query(
    answering: Harness, arguments: list[tuple[str, str]]
) -> None:
    """The round trip through HTML also holds for queries with unknown terms."""
    asked = parse(arguments)
    answer = answering.get("/build?" + urlencode(asked.parameters))
    assert answer.status_code in (200, 400)
    again = parse(grammar(sent_by(html.fromstring(answer.text))))
    assert again == asked
    if answer.status_code == 200:
        place = again.address("rss")
        assert addresses(html.fromstring(answer.text))["RSS"] == place
        assert answering.get(place).status_code == 200


def test_the_builder_has_the_limits_of_the_grammar(shared: Harness) -> None:
    page = page_at(shared, "/build?" + urlencode([("q", f"w{number}") for number in range(65)]), 400)
    assert "limit 64" in page.get_element_by_id("wrong-q").text
