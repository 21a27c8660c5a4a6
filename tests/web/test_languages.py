"""Pages in the language of the reader, and everything else in the language of the corpus."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from string import Formatter
from typing import Any

import pytest
from lxml import html

from feeds.article import Taxonomy
from feeds.formats import FORMATS
from feeds.http.content_language import LANGUAGES, choose_language
from feeds.web.cldr import plural_categories, text_direction
from feeds.web.texts import languages, texts
from tests.builders import article
from tests.entrypoints import ALL, FLASK
from tests.harness import Harness
from tests.table import for_each
from tests.web.conftest import ADDRESSES, FEEDS

OTHERS = [each for each in LANGUAGES if each != "en"]
FOR_OPERATORS = "status."  # a section in English alone
WORDS = "words."  # a section for all languages but English, which has these phrases in the code

KINDS = (
    "/", "/feed", "/topics", "/providers", "/authors", "/topics/oceans", "/providers/tidal.example",
    "/authors/zoe", "/f/best", "/feed/2026-01", "/feed/daily", "/build", "/build?q=tide", "/embed",
    "/search", "/search?q=title", "/search?q=nothing", "/about/api",
    "/about/polling",
)  # fmt: skip

# The addresses whose responses depend on nobody's language.
FOR_NOBODY = (*ADDRESSES, "/opml", "/catalog.json", *(f"/embed{each}" for each in FEEDS[:2]))


def forms(text: Any) -> dict[str, str]:
    return text if isinstance(text, dict) else {"": text}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@for_each("language", OTHERS)
def test_every_language_has_every_text(language: str) -> None:
    english = {name for name in languages()["en"] if not name.startswith(FOR_OPERATORS)}
    assert {name for name in languages()[language] if not name.startswith(WORDS)} == english


@for_each("language", LANGUAGES)
def test_every_text_has_the_plural_forms_of_its_language(language: str) -> None:
    plural = plural_categories(language)
    for name, text in languages()[language].items():
        if not name.startswith(WORDS):
            assert isinstance(text, dict) == isinstance(languages()["en"][name], dict), name
        assert not isinstance(text, dict) or set(text) == plural, name


@for_each("language", OTHERS)
def test_every_text_has_the_placeholders_of_the_english_one(language: str) -> None:
    for name, text in languages()[language].items():
        english = languages()["en"].get(name, name.removeprefix(WORDS))
        wanted = blanks(forms(english).get("other", english))
        for form, written in forms(text).items():
            left_out = {"count"} if form in ("zero", "one", "two") else set()
            assert wanted - left_out <= blanks(written) <= wanted, (name, form)


@for_each(
    ("accepted", "language"),
    [
        (None, ""),
        ("", ""),
        ("*", ""),
        ("de", "de"),
        ("DE-ch", "de"),
        ("de_CH", ""),
        ("den", ""),
        ("sv, de;q=0.5", "de"),
        ("en;q=0.5, de;q=0.8", "de"),
        ("de, en", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("de;q=0", ""),
        ("de;q=0, de-AT;q=0.1", "de"),
        ("de;q=nonsense, en;q=0.1", "en"),
        (",,;q=1," * 1000, ""),
    ],
)
def test_the_language_is_the_preferred_one_of_those_on_offer(accepted: str | None, language: str) -> None:
    assert choose_language(accepted) == language


def test_dates_and_numbers_are_those_of_the_language() -> None:
    day = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    english, german = texts("en-GB"), texts("de-AT")
    assert (english.day(day), german.day(day)) == ("Nov 20, 2026", "20. Nov. 2026")
    assert (english.month(day), german.month(day)) == ("November", "November")
    assert [german.number(each) for each in (999, 1234, 3.4)] == ["999", "1.234", "3,4"]
    written = (
        "2026-03",
        "2026-03-02",
        "2026-03-02T14",
        "2026-03-02T1405",
        "daily",
        "2026-W10",
        "2026-W99",
    )
    assert [german.period(each) for each in written] == [
        "März 2026", "2. März 2026", "2. März 2026 14:00", "2. März 2026 14:05", "daily",
        "2.–8. März 2026", "2026-W99",
    ]  # fmt: skip


def page_of(answer: Any) -> Any:
    return html.fromstring(answer.data.decode())


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_page_has_every_language(shared: Harness, language: str) -> None:
    direction = text_direction(language)
    home = texts(language)("page.home")
    articles = page_of(shared.get("/feed")).xpath("//a[starts-with(@href, '/articles/')]/@href")
    for path in (*KINDS, articles[0]):
        answer = shared.get(path, Accept_Language=f"{language}, en;q=0.1")
        assert answer.status_code == 200, path
        assert answer.headers["Vary"] == "Accept-Encoding, Accept-Language", path
        page = page_of(answer)
        assert (page.get("lang"), page.get("dir", "ltr")) == (language, direction), path
        assert page.xpath("//header/nav/a[1]")[0].text == home, path


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
def test_no_page_has_an_english_text_in_another_language(shared: Harness) -> None:
    """A text in English would be one of a macro without the language of the page."""
    english = {
        text for name, text in languages()["en"].items()
        if isinstance(text, str) and len(text) > 7 and text != languages()["de"].get(name)
    }  # fmt: skip
    for path in KINDS[:-1]:
        page = page_of(shared.get(path, Accept_Language="de"))
        words = {
            text.strip()
            for text in page.xpath(
                "//text()[not(ancestor::*[@lang='en'])] | //@aria-label | //@placeholder"
            )
        }
        assert words & english == set(), path


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
@pytest.mark.parametrize("path", ["/nowhere", "/topics/nowhere", "/feed?limit=x", "/build?limit=x"])
def test_errors_are_in_the_language_of_the_reader(shared: Harness, path: str) -> None:
    answer = shared.get(path, Accept_Language="de", Accept="text/html")
    assert answer.status_code in (400, 404)
    assert "Accept-Language" in answer.headers["Vary"]
    assert page_of(answer).get("lang") == "de"


@pytest.mark.parametrize("entrypoint", [ALL], scope="module")
@pytest.mark.parametrize("path", ["/", "/topics", "/topics/oceans", "/build", "/about/api"])
def test_each_language_is_cached_by_itself(shared: Harness, path: str) -> None:
    """The entry point compares every response of the response cache with that of Flask."""
    tags = {}
    for accepted in ("de", "en", "de-AT, en;q=0.2", "sv", "de", "en-GB"):
        answer = shared.get(path, Accept_Language=accepted)
        language = page_of(answer).get("lang")
        assert tags.setdefault(language, answer.headers["ETag"]) == answer.headers["ETag"]
        known = shared.get(path, Accept_Language=accepted, If_None_Match=answer.headers["ETag"])
        assert known.status_code == 304
        assert known.headers["Vary"] == "Accept-Encoding, Accept-Language"
    assert set(tags) == {"de", "en"}
    assert len(set(tags.values())) == 2
    # The version of another language is no reason for a 304.
    assert shared.get(path, Accept_Language="de", If_None_Match=tags["en"]).status_code == 200


@pytest.mark.parametrize("entrypoint", [ALL], scope="module")
@pytest.mark.parametrize("path", ["/", "/topics/oceans", "/feed?lang=en", "/articles"])
def test_the_language_can_be_chosen(shared: Harness, path: str) -> None:
    if path == "/articles":
        path = page_of(shared.get("/feed")).xpath("//a[starts-with(@href, '/articles/')]/@href")[0]
    mark = "&" if "?" in path else "?"
    answer = shared.get(f"{path}{mark}ui=de", Accept_Language="en")
    assert page_of(answer).get("lang") == "de"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert page_of(shared.get(f"{path}{mark}ui=xx", Accept_Language="en")).get("lang") == "en"


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
def test_every_page_has_a_switch_that_keeps_its_arguments(shared: Harness) -> None:
    for path in (*KINDS, "/nowhere", "/feed?lang=en&utm_source=x"):
        page = page_of(shared.get(path, Accept="text/html"))
        links = page.xpath("//footer//ul[@class='languages']//a")
        assert [link.get("hreflang") for link in links] == sorted(LANGUAGES, key=by_name), path
        arguments = path.partition("?")[2].replace("&utm_source=x", "")
        kept = f"{arguments}&" if arguments else ""
        assert {link.get("href") for link in links} == {f"?{kept}ui={each}" for each in LANGUAGES}


def by_name(language: str) -> str:
    return str(languages()[language]["page.own_name"]).casefold()


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
def test_a_chosen_language_stays_in_links_to_pages_and_in_forms(shared: Harness) -> None:
    leading: set[str] = set()
    for path in (*KINDS, "/nowhere"):
        mark = "&" if "?" in path else "?"
        page = page_of(shared.get(f"{path}{mark}ui=de", Accept="text/html"))
        leading.update(page.xpath("//a[contains(@href, 'ui=de') and starts-with(@href, '/')]/@href"))
        for link in page.xpath("//a[starts-with(@href, '/')]/@href"):
            place = link.partition("?")[0]
            is_for_programs = re.match(
                r"/(opml|catalog|openapi|assets|media|qr|explain|oembed|embed/.)", place
            )
            is_feed = place.endswith((*(f".{each}" for each in FORMATS), ".md"))
            assert ("ui=de" in link) != bool(is_for_programs or is_feed), (path, link)
        for form in page.xpath("//form"):
            assert form.xpath("input[@type='hidden'][@name='ui']/@value") == ["de"], path
        for address in page.xpath("//link/@href | //code//text() | //img/@src"):
            assert "ui=" not in address, path
    assert len(leading) > 40
    for link in leading:
        assert shared.get(link).status_code < 400, link


@pytest.mark.parametrize("entrypoint", [ALL], scope="module")
def test_a_chosen_language_survives_a_redirect_to_the_canonical_address(shared: Harness) -> None:
    for path in ("/build?any_topic=oceans&ui=de", "/topics/oceans/?ui=de"):
        answer = shared.get(path)
        assert answer.status_code in (301, 302), path
        assert "ui=de" in answer.headers["Location"], path


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
@pytest.mark.parametrize("address", FOR_NOBODY)
def test_feeds_lists_and_embeds_are_the_same_for_everybody(shared: Harness, address: str) -> None:
    usual = shared.get(address)
    assert "Accept-Language" not in usual.headers["Vary"]
    mark = "&" if "?" in address else "?"
    for other in (shared.get(address, Accept_Language="de"), shared.get(f"{address}{mark}ui=de")):
        assert (other.data, other.headers["ETag"]) == (usual.data, usual.headers["ETag"])


@pytest.fixture
def german(tmp_path: Any) -> Iterator[Harness]:
    """A server of a German corpus."""
    made = Harness(tmp_path, ALL, taxonomy=Taxonomy(title="Hafen", language="de"))
    made.put(article(1))
    yield made
    made.close()


def test_a_reader_without_a_preference_gets_the_language_of_the_corpus(german: Harness) -> None:
    assert page_of(german.get("/")).get("lang") == "de"
    assert page_of(german.get("/", Accept_Language="en")).get("lang") == "en"
    embed = page_of(german.get("/embed/feed", Accept_Language="en"))
    assert embed.get("lang") == "de"
    assert embed.xpath("//a[@class='subscribe']")[0].text == "Abonnieren"


def test_a_text_in_another_language_than_the_page_says_so(german: Harness) -> None:
    page = page_of(german.get("/", Accept_Language="en"))
    assert page.xpath("//h1/@lang") == ["de"]
    assert set(page.xpath("//h3/@lang")) == {"de"}
    assert not page_of(german.get("/")).xpath("//h1/@lang | //h3/@lang")


def test_the_switch_keeps_the_place_of_a_page_in_its_feed(shared: Harness) -> None:
    feed = html.fromstring(shared.get("/topics/oceans").text)
    [archive] = feed.xpath("//section[@aria-labelledby='archive']//li[1]/a/@href")[:1]
    page = html.fromstring(shared.get(f"{archive}?from=1").text)
    links = page.xpath("//ul[@class='languages']//a/@href")
    assert links
    assert all("from=1" in link for link in links)
