"""Phrases about queries on pages: the same as in feeds in English, and whole in every other language."""

import re
from typing import Any

import pytest
from lxml import html

from feeds.article import Provider, Taxonomy, Topic
from feeds.http.content_language import LANGUAGES
from feeds.index import Index
from feeds.query.describe import describe, describe_clause, feed_name
from feeds.query.grammar import read
from feeds.query.parameters import EVERY, PARAMETERS, WINDOW
from feeds.query.wording import ENGLISH, Wording
from feeds.web import error_texts
from feeds.web.errors import PROBLEMS
from feeds.web.texts import languages
from feeds.web.wording import wording
from tests.builders import article, index
from tests.entrypoints import FLASK
from tests.harness import SITE, Harness
from tests.table import check_each, for_each

OTHERS = [each for each in LANGUAGES if each != "en"]

BELL = Provider("bell.example", "Bell")
TAXONOMY = Taxonomy(topics=(Topic("ai", "AI"), Topic("go", "Go"), Topic("ios", "iOS")))

# Queries that need every phrase.
QUERIES = (
    "topic=ai", "topic=-ai", "provider=bell.example", "author=ada", "type=video", "q=solar",
    "title=solar", "title=-solar", "q=-solar", "lang=en", "has=image", "has=-image",
    "since=2026-03", "until=2026-03",
    "since=2026-03-05T14", "until=2026-03-05T14", "since=7d", "until=7d", "min_quality=top10",
    "topic=ai&topic=go", "topic=ai&topic=ios,go", "provider=bell.example&provider=example.org",
    "author=ada&author=bo-diaz", "topic=-ai&provider=-bell.example&author=-ada&lang=-en", "lang=-en",
    "q=solar power", "title=solar&title=power", "topic=ai&q=solar&lang=en&has=image",
    "type=-video", "has=audio,full,image,video", "since=2026-03-02&until=2026-03-08",
    "since=2026-03-05&until=2026-03-05", "since=2026-01&until=2026-03", "since=2026&until=2026",
    "since=2026-03-05", "until=2026-03-05", "since=12h", "until=12h", "min_quality=5",
    "min_heat=5", "min_heat=top10", "sort=heat", "sort=quality", "collapse=story", "per_provider=2",
    "feed/daily", "feed/weekly",
)  # fmt: skip


class Recorder(Wording):
    """The English phrases, and a record of them."""

    def __init__(self) -> None:
        self.phrases: set[str] = set()

    def plural(self, one: str, other: str, count: int) -> str:
        self.phrases.add(other)
        return super().plural(one, other, count)

    def translated(self, phrase: str) -> str:
        self.phrases.add(phrase)
        return phrase


def stock() -> Index:
    return index(
        article(1, topics=("AI",), provider=BELL, type="news", language="en", authors=("Bo",)),
        article(2, topics=("iOS", "Go"), type="video", language="pt-BR", authors=("Ada", "Bo Díaz")),
        taxonomy=TAXONOMY,
    )


def test_every_parameter_is_in_these_queries() -> None:
    written = " ".join(QUERIES)
    silent = {"limit", "content"}
    assert {key for key in (*PARAMETERS, *WINDOW) if f"{key}=" not in written} == silent


def phrases() -> set[str]:
    recorder, articles = Recorder(), stock()
    for written in QUERIES:
        query = read(written)
        for clause in query.all_clauses:
            describe_clause(articles, clause, recorder)
        assert describe(articles, query, recorder) == describe(articles, query, ENGLISH)
        assert feed_name(articles, query, recorder) == feed_name(articles, query, ENGLISH)
    return recorder.phrases


# Arguments of pages with every error, and those of errors before and beside them.
WRONG = (
    "topic=%20,-", "provider=a/b", "author=-", "q=-", "title=-", "type=-", "lang=!", "since=x",
    "min_heat=x",
    "has=x", "collapse=x", "sort=x", "limit=0", "limit=3&limit=4", "content=x", "tag=x", "page=0",
    "page=x",
    "offset=3", "topik=x", f"q={'+'.join(map(str, range(99)))}", f"q={'x' * 600}", "&" * 999,
)  # fmt: skip
WRONG_EMBEDS = ("look=x", "accent=x", "width=x", "count=3&count=4", "lok=x")
WRONG_TOPICS = (
    "x", "{url}/feed", "{url}/hub.rss", "{url}/feed/2026-01.rss", "{url}/feed.rss?limit=50",
    "{url}/opml?format=x", "{url}/opml?" + "%26".join(["feed=x"] * 201), "{url}/feed.rss?" + "x" * 2000,
)  # fmt: skip
LATE = ("/search?q=title&page=99", "/build?topic=ocean")


def refusals(served: Harness) -> set[str]:
    """The phrases of the errors on pages, each in one form."""
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(error_texts, "wording", lambda _language: recorder)
        paths = [f"{page}?{each}" for page in ("/", "/search", "/build") for each in WRONG]
        paths += [f"/embed?src=feed&{each}" for each in WRONG_EMBEDS]
        paths += [f"/hub?hub.topic={each.format(url=SITE.url)}" for each in WRONG_TOPICS]
        statuses = {
            served.get(path, Accept="text/html", Accept_Language="de").status_code
            for path in (*paths, *LATE)
        }
    assert statuses <= {200, 301, 302, 400}
    return recorder.phrases


def of_the_guide() -> set[str]:
    """The phrases in the tables of the guide for programmers."""
    heads = {"extension", "format", "media type", "example", "articles", "type", "status", "meaning"}
    return heads | {each.meaning for each in EVERY} | {each.title for each in PROBLEMS.values()}


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
def test_every_language_has_every_phrase_and_no_other(shared: Harness) -> None:
    wanted = phrases() | refusals(shared) | of_the_guide()

    def check(language: str) -> None:
        translated = {name.removeprefix("words.") for name in languages()[language] if "words." in name}
        assert translated == wanted

    check_each(OTHERS, check)


@for_each(
    ("language", "written", "name", "description"),
    [
        ("en", "topics/ai?lang=en", "AI · in English", "The newest articles on AI in English"),
        ("de", "topics/ai?lang=en", "AI · auf Englisch", "Die neuesten Artikel zu AI auf Englisch"),
        ("de", "since=1d", "Letzter Tag", "Die neuesten Artikel aus dem letzten Tag"),
        (
            "de",
            "topics/ai?topic=-go&since=2026-03-02&until=2026-03-08&lang=pt-br",
            "AI · außer Go · auf Portugiesisch (Brasilien) · 2. bis 8. März 2026",
            "Die neuesten Artikel zu AI auf Portugiesisch (Brasilien), vom 2. bis 8. März 2026,"
            " außer denen zu Go",
        ),
        (
            "fr",
            "provider=bell.example&since=2026-03-05&sort=heat",
            "Bell · depuis le 5 mars 2026 · articles les plus suivis",
            "Les articles les plus suivis publiés par Bell depuis le 5 mars 2026",
        ),
        (
            "es",
            "q=a,b&since=7d&min_heat=top10",
            "«a» o «b» · últimos 7 días · 10 % más seguido",
            "Los últimos artículos que mencionan «a» o «b», de los últimos 7 días,"
            " entre el 10 % más seguido",
        ),
        (
            "ja",
            "topics/ai?provider=bell.example&has=image&until=2026-03-05T14",
            "AI · Bell · 2026年3月5日 15:00 UTCより前 · 画像あり",
            "新着記事：トピック「AI」、提供元「Bell」、2026年3月5日 15:00 UTCより前に公開、画像あり",
        ),
        (
            "ar",
            "topics/ai/weekly?until=3d",
            "AI · أقدم من 3 أيام · ملخص أسبوعي",
            "ملخص أسبوعي للمقالات الأكثر متابعة عن AI أقدم من 3 أيام",
        ),
    ],
)
def test_names_and_descriptions_in_other_languages(
    language: str, written: str, name: str, description: str
) -> None:
    articles, query, words = stock(), read(written), wording(language)
    assert feed_name(articles, query, words) == name
    assert describe(articles, query, words) == description


@for_each(("language", "name"), [("de", "haw"), ("fr", "xx"), ("ja", "x-y")])
def test_a_language_without_a_name_is_called_by_its_tag(language: str, name: str) -> None:
    known = wording(language).language(name)
    assert known in ("", "Hawaiisch")


def shown(served: Harness, path: str, language: str = "de") -> Any:
    answer = served.get(path, Accept_Language=language)
    if answer.status_code == 302:  # to the canonical order of the arguments
        answer = served.get(answer.headers["Location"], Accept_Language=language)
    assert answer.status_code == 200
    return html.fromstring(answer.data.decode())


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
@pytest.mark.parametrize(
    ("path", "found", "text"),
    [
        ("/search?q=tide&since=7d&topic=-quiet", "//ul[@class='chips']//bdi", "aus den letzten 7 Tagen"),
        ("/build?topic=oceans", "//section//h2", "Die neuesten Artikel zu Oceans."),
        (
            "/build?topic=oceans,reefs&topic=cities,oceans&since=2026-01&since=400d",
            "//fieldset[p[@id='hint-kept']]//span",
            "zu Oceans oder Reefs",
        ),
        ("/topics/oceans", "//p[@class='lead']", "Die neuesten Artikel zu Oceans."),
        ("/topics/oceans?has=-image", "//h1", "Oceans · ohne Bild"),
        ("/topics/oceans/daily", "//h1", "Oceans · Tagesübersicht"),
        ("/topics/oceans/daily", "//title", "Oceans · Tagesübersicht · "),
        ("/f/best/weekly", "//h1", "The Best · Wochenübersicht"),
    ],
)
def test_pages_describe_queries_in_their_language(
    shared: Harness, path: str, found: str, text: str
) -> None:
    elements = shown(shared, path).xpath(found)
    texts = [each.text_content().strip() for each in elements]
    assert any(each.startswith(text) for each in texts), texts
    assert all(each.get("lang") is None for each in elements)


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
def test_names_from_the_corpus_are_in_its_language(shared: Harness) -> None:
    page = shown(shared, "/f/best")
    assert [each.get("lang") for each in page.xpath("//h1 | //p[@class='lead']")] == ["en", "en"]
    page = shown(shared, "/topics/oceans")
    assert [each.get("lang") for each in page.xpath("//h1 | //p[@class='lead']")] == ["en", None]


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
def test_periods_of_digests_are_dates_of_the_language(shared: Harness) -> None:
    titles = [each.text_content().strip() for each in shown(shared, "/feed/daily").xpath("//article//h2")]
    assert titles
    assert all(re.fullmatch(r"\d{1,2}\. \S+ \d{4}", each) for each in titles), titles


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/feed?limit=x", "limit: keine ganze Zahl von 1 bis 200: 'x'; schreiben Sie limit=20"),
        ("/feed?tag=a", "tag: unbekannter Parameter; schreiben Sie topic, etwa topic=oceans,cities"),
        ("/feed?type=x", "Einen Typ namens „x“ gibt es nicht."),
        (
            "/search?q=a&since=x",
            "since: kein Datum und keine Zeitspanne: 'x'; schreiben Sie since=2026-01",
        ),
        ("/search?q=a&has={x}", "has: nichts von image, audio, video, full: '{x}'; "),
        ("/build?sort=x", "sort: nichts von newest, heat, quality: 'x'; schreiben Sie sort=heat"),
        ("/build?topic=ocean", "Meinten Sie oceans?"),
        ("/embed?src=feed&look=x", "look: nichts von list, cards, ticker, headlines: 'x'; "),
    ],
)
def test_errors_on_pages_are_in_their_language(shared: Harness, path: str, text: str) -> None:
    german = shared.get(path, Accept="text/html", Accept_Language="de")
    assert german.status_code in (400, 404)
    page = html.fromstring(german.data.decode())
    assert text in page.text_content()
    assert not page.xpath("//main//*[@lang='en']")
    (shown, *_) = [each for each in page.xpath("//main//p | //main//li/a") if text in each.text_content()]
    assert shown.get("dir") is None  # the name of a parameter would turn a sentence in Arabic around
    english = shared.get(path, Accept="text/html", Accept_Language="en")
    assert str(text) not in english.text


@pytest.mark.parametrize("entrypoint", [FLASK], scope="module")
def test_errors_for_programs_are_in_english(shared: Harness) -> None:
    answer = shared.get("/feed?limit=x", Accept_Language="de")
    assert answer.text == "limit: not a whole number from 1 to 200: 'x'; use limit=20\n"


def test_a_count_without_a_translation_is_in_english() -> None:
    german = wording("de")
    assert german.plural("last moon", "last {count} moons", 2) == "last 2 moons"
    assert german.plural("last day", "last {count} days", 2) != "last 2 days"
