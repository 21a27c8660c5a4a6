"""Results of queries on an index, compared with those of a filtered list of articles."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Article, Enclosure, Provider, Taxonomy, Topic, slugify
from feeds.article.hashes import content_hash
from feeds.index import Index
from feeds.index.builder import build
from feeds.query.grammar import parse, read
from feeds.query.selection import select
from feeds.store import Changes, Progress, StoredEntry
from feeds.store.sqlite import SQLiteStore
from feeds.store.tokenize import tokenize
from tests.builders import LATER, NOON, article, image, record
from tests.examples import examples
from tests.query_strategies import SAID, VALUES, WINDOWS, questions

TAXONOMY = Taxonomy(
    language="en-US",
    topics=(
        Topic("ai", "AI", aliases=("artificial-intelligence",)),
        Topic("ml", "Machine Learning", parent="ai"),
        Topic("empty", "Nothing Yet"),
        Topic("ended", "Ended", gone=True),
    ),
)
PARENTS = {"ml": "ai"}
TOPICS = ["AI", "ML", "Go", "Rust"]
PROVIDERS = [
    None,
    Provider("a.example", "Ada's Post"),
    Provider("b.example", "Bee"),
    Provider("c.example", "C"),
]
AUTHORS = ["Ada", "ada", "ÁDA <a@example.org>", "Bo Díaz", "x@example.org"]
FILES = (
    Enclosure("https://example.org/a.mp3", "audio/mpeg"),
    Enclosure("https://example.org/a.pdf", "application/pdf"),
    Enclosure("https://example.org/a.mp4", "video/mp4"),
)
WORDS = ["climate", "change", "Café", "solar", "power", "C++", "東京"]


def stocked(folder: Path, *articles: Article) -> Index:
    """An index of *articles*, with full-text search in a store."""
    store = SQLiteStore(folder / "store.db")
    assert store.acquire_writer()
    entries = [StoredEntry(record(each), f"{each.id}.md", content_hash(each), 1) for each in articles]
    ready = Progress(1, 1, ready=True)
    store.record(Changes(entries=entries, taxonomy=TAXONOMY, progress=ready))
    return build(store.load(), LATER, store.search)


@pytest.fixture
def stock(tmp_path: Path) -> Callable[..., Index]:
    return lambda *articles: stocked(tmp_path, *articles)


def ids(index: Index, written: str) -> list[int]:
    """The numbers of the articles in a feed, in its order."""
    return [int(each.id.rpartition(":")[2]) for each in select(index, read(written)).records]


sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
articles = st.builds(
    lambda number, hours, title, summary, topics, provider, by, type_, lang, full, heat, quality: article(
        number,
        published=NOON + timedelta(hours=hours),
        updated=NOON + timedelta(hours=hours),
        title=title,
        summary=summary,
        topics=tuple(dict.fromkeys(topics)),
        provider=provider,
        authors=tuple(by),
        type=type_,
        language=lang,
        html="<p>" + "x" * 400 * full + "</p>",
        images=(image(),) * (number % 2),
        enclosures=FILES[number % 5 :][: number % 3],
        heat=heat,
        quality=quality,
    ),
    st.integers(0, 40),
    st.integers(0, 400),
    sentences,
    sentences,
    st.lists(st.sampled_from(TOPICS), max_size=2),
    st.sampled_from(PROVIDERS),
    st.lists(st.sampled_from(AUTHORS), max_size=2),
    st.sampled_from(["", "news", "video"]),
    st.sampled_from(["", "de", "pt-BR", "en-GB"]),
    st.booleans(),
    st.sampled_from([0, 0, -3, 10, 50, 90]),
    st.integers(0, 3),
)
corpora = st.lists(articles, min_size=1, max_size=25, unique_by=lambda each: each.id)


class Naive:
    """A list of articles, filtered by unparsed arguments: the reference implementation."""

    def __init__(self, articles: list[Article]) -> None:
        self.articles = sorted(articles, key=lambda it: (it.published, it.id), reverse=True)

    def answer(self, arguments: list[tuple[str, str]]) -> list[str]:
        window = {key: value for key, value in arguments if key in WINDOWS}
        asked = [(key, value) for key, value in arguments if key in VALUES]
        shares = [each for each in asked if each[1].startswith("top")]
        found = [
            it for it in self.articles if all(self.has(it, *each) for each in asked if each not in shares)
        ]
        tops = [self.top(found, *each) for each in shares]
        found = [it for it in found if all(it in top for top in tops)]
        if window.get("sort", "newest") != "newest":
            found.sort(key=lambda it: getattr(it, window["sort"]), reverse=True)
        return [it.id for it in self.spread(found, int(window.get("per_provider", 0)))][
            : int(window.get("limit", 50))
        ]

    def spread(self, found: list[Article], most: int) -> Iterator[Article]:
        taken: Counter[str] = Counter()
        for it in found:
            provider = it.provider.domain if it.provider else ""
            taken[provider] += 1
            if not most or not provider or taken[provider] <= most:
                yield it

    def top(self, found: list[Article], key: str, share: str) -> list[Article]:
        values = sorted((getattr(it, key[4:]) for it in found), reverse=True)
        count = ceil(len(found) * int(share[3:-1]) / 100)
        return [it for it in found if getattr(it, key[4:]) >= values[count - 1]]

    def has(self, it: Article, key: str, value: str) -> bool:
        match key:
            case "since":
                return it.published >= self.when(value)[0]
            case "until":
                return it.published < self.when(value)[1]
            case "min_heat" | "min_quality":
                return bool(getattr(it, key[4:]) >= int(value))
            case "q" | "title":
                return self.says(it, key, value)
        terms = value.split(",")
        wanted = [term for term in terms if term[0] != "-"]
        excluded = [term[1:] for term in terms if term[0] == "-"]
        facets = self.facets(it)[key]
        folds = {"author": person, "topic": self.topic, "lang": tag}
        called = folds.get(key, str.lower)
        return (not wanted or any(called(term) in facets for term in wanted)) and not any(
            called(term) in facets for term in excluded
        )

    def topic(self, term: str) -> str:
        return {"artificial-intelligence": "ai"}.get(slugify(term), slugify(term))

    def facets(self, it: Article) -> dict[str, set[str]]:
        topics = {slugify(name) for name in it.topics}
        language = (it.language or "en-us").lower()
        media = {each.type[:5] for each in it.enclosures} | {it.type}
        holds = {"image": it.images, "full": len(it.html) > 300}
        holds |= {"audio": "audio" in media, "video": "video" in media}
        return {
            "topic": topics | {PARENTS[slug] for slug in topics if slug in PARENTS},
            "provider": {it.provider.domain} if it.provider else set(),
            "author": {person(name) for name in it.authors},
            "type": {it.type} - {""},
            "lang": {language, language[:2]},
            "has": {name for name, there in holds.items() if there},
        }

    def says(self, it: Article, key: str, value: str) -> bool:
        texts = [it.title]
        if key == "q":
            texts += [it.summary, *it.topics, it.provider.name if it.provider else ""]
        meant = [SAID[item] for item in value.split(",")]
        wanted = [each for alternatives, _ in meant for each in alternatives]
        excluded = [phrase for _, phrases in meant for phrase in phrases]
        return (
            not wanted or any(all(within(phrase, texts) for phrase in each) for each in wanted)
        ) and not any(within(phrase, texts) for phrase in excluded)

    def when(self, value: str) -> tuple[datetime, datetime]:
        newest = self.articles[0].published
        match value[-1]:
            case "h":
                end = newest.replace(minute=0, second=0) + timedelta(hours=1)
                return (end - timedelta(hours=int(value[:-1])),) * 2
            case "d" | "w" | "y":
                end = newest.replace(hour=0, minute=0, second=0) + timedelta(days=1)
                days = int(value[:-1]) * {"d": 1, "w": 7, "y": 365}[value[-1]]
                return (end - timedelta(days=days),) * 2
        form = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d", 13: "%Y-%m-%dT%H"}[len(value)]
        begin = datetime.strptime(value, form).replace(tzinfo=UTC)
        length = {
            4: timedelta(days=365),
            7: timedelta(days=31),
            10: timedelta(days=1),
            13: timedelta(hours=1),
        }
        return begin, begin + length[len(value)]


def tag(term: str) -> str:
    return term.lower().replace("_", "-")


def person(name: str) -> str:
    """The slug of an author's name without an address."""
    return slugify(re.sub(r"\S*@\S*", "", name))


def within(phrase: str, texts: list[str]) -> bool:
    asked = tokenize(phrase)
    each = (tokenize(text) for text in texts)
    return any(text[at : at + len(asked)] == asked for text in each for at in range(len(text)))


# They make every topic, provider, type, language and author in queries known.
KNOWN = [
    article(90, topics=TOPICS, type="news", language="de", provider=PROVIDERS[1], published=NOON),
    article(91, topics=(), type="video", language="pt-BR", provider=PROVIDERS[2], published=NOON),
    article(93, topics=(), published=NOON, authors=("Ada", "Bo Díaz")),
    article(92, topics=(), language="en-GB", provider=PROVIDERS[3], published=NOON),
]


@settings(max_examples=examples(20))
@given(corpora, st.lists(questions(), min_size=20, max_size=20))
def test_an_index_answers_as_a_list_that_is_simply_filtered(
    articles: list[Article], asked: list[list[tuple[str, str]]]
) -> None:
    naive = Naive([*articles, *KNOWN])
    with TemporaryDirectory() as folder:
        made = stocked(Path(folder), *articles, *KNOWN)
        for arguments in asked:
            found = select(made, parse(arguments))
            assert [each.id for each in found.records] == naive.answer(arguments), arguments
