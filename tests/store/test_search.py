"""Full-text search of every store, compared with a search of the articles themselves."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Article, Provider
from feeds.errors import StoreError
from feeds.store import Changes, File, Store
from feeds.store.tokenize import tokenize
from tests.builders import article
from tests.examples import examples
from tests.store.conftest import Backend
from tests.store.entries import entry_of, found, put
from tests.table import for_each

HARBOUR = {
    "title": "How Tidewater rebuilt its Café",
    "summary": "Forty years of C++, one tide at a time.",
    "topics": ("Open Data", "Science Fiction"),
    "provider": Provider("tidalpost.example", "Tidal Post"),
    "html": "<p>Nobody searches bodies</p>",
}


@pytest.mark.parametrize(
    ("text", "in_title", "anywhere"),
    [
        ("tidewater", True, True),
        ("TIDEWATER REBUILT", True, True),
        ("cafe", True, True),
        ("its café", True, True),
        ("how its", False, False),
        ("rebuilt tidewater", False, False),
        ("tide", False, True),
        ("tidew", False, False),
        ("one tide at a time", False, True),
        ("c++", False, True),
        ("c#", False, False),
        ("open data", False, True),
        ("data", False, True),
        ("tidal post", False, True),
        ("tidalpost", False, False),
        ("nobody", False, False),
    ],
)
def test_words_are_found_in_titles_or_anywhere(
    store: Store, text: str, in_title: bool, anywhere: bool
) -> None:
    put(store, article(7), article(1, **HARBOUR))
    assert found(store, text, titles=True) == [2] * in_title
    assert found(store, text) == [2] * anywhere


@pytest.mark.parametrize("text", ["café forty", "time open", "data science", "fiction tidal", "post how"])
def test_a_phrase_ends_where_a_field_or_a_topic_does(store: Store, text: str) -> None:
    put(store, article(1, **HARBOUR))
    assert found(store, text) == []


def test_an_article_of_almost_nothing_is_found(store: Store) -> None:
    put(store, article(1, title="東京の天気", summary="", topics=(), provider=None))
    put(store, article(2, title="", summary="東京", topics=("京の",), provider=None))
    assert found(store, "京の") == [1, 2]
    assert found(store, "京の", titles=True) == [1]
    assert found(store, "京東") == []


def test_numbers_come_in_order(store: Store) -> None:
    put(store, *(article(n) for n in (9, 3, 5)))
    put(store, article(3, title="Edited"), article(1))
    assert found(store, "tests") == [1, 2, 3, 4]
    assert found(store, "title", titles=True) == [1, 3, 4]


def test_only_what_is_live_is_found_and_by_its_last_words(store: Store) -> None:
    put(store, article(1, title="Old words"), article(2, title="Never", published=article(1).published))
    put(store, article(1, title="New words"))
    assert (found(store, "old"), found(store, "new words")) == ([], [1])
    put(store, article(1, title="New words"), removed=1)
    assert found(store, "words") == []
    put(store, article(1, title="New words"), removed=2)
    put(store, article(3, title="Gone before it came"), removed=1)
    assert found(store, "words") == found(store, "gone") == []
    put(store, article(1, title="Last words"))
    assert (found(store, "last words"), found(store, "new")) == ([1], [])


def test_no_words_find_nothing(store: Store) -> None:
    put(store, article(1, title=""), article(2))
    assert store.search([], False) == store.search([[]], False) == store.search([[""]], True) == []


HOSTILE = [
    '"', '""', "'", '" OR "', "AND", "OR NOT", "NEAR(a b)", "title : one", "{rest}", "rest*", "^rest",
    "*", "-", "+", "a + b", "(", ")", "\0", "title\0", "\ud800", "|", "| tess", "--", "; DROP",
    "%", "_", "\\", "a" * 100_000, "a " * 10_000, "🎉", "\u0301", "ู",
]  # fmt: skip


@pytest.mark.parametrize("titles", [True, False])
@for_each("text", HOSTILE)
def test_no_words_are_a_syntax_error(store: Store, text: str, titles: bool) -> None:
    put(store, article(1, title="One"))
    assert store.search([[text]], titles) == []
    assert store.search([["title", text, text]], titles) == []
    assert store.search([["one"], [text]], titles) == []
    assert found(store, text, titles=titles) == []
    assert found(store, "one") == [1]


@given(text=st.text(), titles=st.booleans())
@settings(max_examples=examples(100))
def test_any_search_is_answered(stocked: Store, text: str, titles: bool) -> None:
    stocked.search([[text]], titles)
    stocked.search([text.split(), [text]], titles)


@pytest.fixture(scope="module")
def stocked(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = backend(tmp_path_factory.mktemp("store"))
    store.acquire_writer()
    put(store, article(1))
    yield store
    store.close()


VOCABULARY = st.lists(st.sampled_from(["a", "A", "é", "b", "c++", "d|", "東京"]), max_size=4).map(
    " ".join
)
WRITTEN = st.builds(
    lambda number, title, summary, topics, name: article(
        number, title=title, summary=summary, topics=tuple(topics),
        provider=Provider("a.example", name) if name else None,
    ),
    st.integers(0, 5), VOCABULARY, VOCABULARY, st.lists(VOCABULARY, max_size=2), VOCABULARY,
)  # fmt: skip
BATCHES = st.lists(st.lists(st.tuples(WRITTEN, st.booleans()), max_size=5), max_size=6)


def has(article: Article, phrase: list[str], titles: bool) -> bool:
    fields = [article.title]
    if not titles:
        fields += [article.summary, *article.topics, article.provider.name if article.provider else ""]
    texts = [tokenize(each) for each in fields]
    return any(phrase == text[n:][: len(phrase)] for text in texts for n in range(len(text)))


@settings(max_examples=examples(15))
@given(batches=BATCHES, sought=st.lists(VOCABULARY, min_size=1, max_size=5))
def test_search_finds_the_same_articles_as_a_comparison_of_tokens(
    tmp_path_factory: pytest.TempPathFactory,
    backend: Backend,
    batches: list[list[tuple[Article, bool]]],
    sought: list[str],
) -> None:
    store = backend(tmp_path_factory.mktemp("store"))
    assert store.acquire_writer()
    held: dict[str, Article] = {}
    for batch in batches:
        store.record(Changes(entries=[entry_of(each, removed=int(gone)) for each, gone in batch]))
        held.update((each.id, each) for each, _ in batch)
        for each, gone in batch:
            held[each.id] = each
            if gone:
                del held[each.id]
        numbers = {each.id: each.number for each in store.load().records}
        assert set(numbers) == set(held)
        for text in sought:
            for titles in (True, False):
                phrase = tokenize(text)
                expected = [numbers[id_] for id_ in held if phrase and has(held[id_], phrase, titles)]
                assert store.search([phrase], titles) == sorted(expected)
        every = [*map(tokenize, sought)]
        expected = [
            numbers[id_] for id_ in held if all(each and has(held[id_], each, False) for each in every)
        ]
        assert store.search(every, False) == sorted(expected)
    store.close()


def test_another_finds_it_as_soon_as_it_is_recorded(store: Store, opened: Callable[[], Store]) -> None:
    other = opened()
    search = other.search
    for number in range(1, 5):
        put(store, article(number))
        assert search([["tests"]], False) == list(range(1, number + 1))


def test_an_article_that_was_not_recorded_is_not_found(store: Store) -> None:
    put(store, article(1))
    broken = File("b.md", ({}, 2, 3))  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        store.record(
            Changes(entries=[entry_of(article(2)), entry_of(article(1), removed=1)], files=[broken])
        )
    assert found(store, "tests") == [1]


def test_any_thread_may_search_while_others_record_and_follow(
    store: Store, opened: Callable[[], Store]
) -> None:
    follower = opened()
    done = threading.Event()

    def ask() -> int:
        asked = 0
        while not done.is_set():
            numbers = follower.search([["tests"]], asked % 2 == 1)
            assert numbers == list(range(1, len(numbers) + 1))
            asked += 1
        return asked

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            revision = 0
            for number in range(1, 50):
                put(store, article(number, title="Tests", html="x" * 1000))
                revision = follower.changes_since(revision).revision
            assert revision == 49
        finally:
            done.set()
        assert all(each.result(30) for each in asking)
    assert len(found(follower, "tests")) == 49


def test_a_closed_store_cannot_be_searched(store: Store) -> None:
    put(store, article(1))
    search = store.search
    store.close()
    for ask in (search, store.search):
        with pytest.raises(StoreError, match="cannot be searched"):
            ask(["tests"], False)
