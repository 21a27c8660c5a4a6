"""The contract of every cache. A new backend is one more line in BACKENDS."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.cache import Cache
from feeds.cache.memory import DOCUMENT_OVERHEAD, MemoryCache
from feeds.formats.document import Document

BACKENDS: dict[str, Callable[[int], Cache]] = {"memory": MemoryCache}


@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS)
def cache(request: pytest.FixtureRequest) -> Cache:
    made: Cache = request.param(1_000_000)
    return made


def document(body: bytes = b"body", key: str = "key") -> Document:
    return Document(body, "gzip", "text/plain; charset=utf-8", key)


def test_a_document_is_found_whole(cache: Cache) -> None:
    cache.put("a", document())
    assert cache.get("a") == document()


def test_a_missing_document_is_not_found(cache: Cache) -> None:
    cache.put("a", document())
    assert cache.get("b") is None


def test_the_last_put_counts(cache: Cache) -> None:
    cache.put("a", document(b"one"))
    cache.put("a", document(b"two"))
    assert cache.get("a") == document(b"two")


def test_an_empty_body_is_a_body(cache: Cache) -> None:
    cache.put("a", document(b""))
    assert cache.get("a") == document(b"")


@pytest.mark.parametrize("make", BACKENDS.values(), ids=BACKENDS)
def test_a_document_too_large_is_not_kept_and_evicts_nothing(make: Callable[[int], Cache]) -> None:
    cache = make(10_000)
    cache.put("a", document())
    cache.put("b", document(bytes(10_000)))
    assert cache.get("b") is None
    assert cache.get("a") == document()


@pytest.mark.parametrize("make", BACKENDS.values(), ids=BACKENDS)
def test_no_room_at_all_is_no_error(make: Callable[[int], Cache]) -> None:
    cache = make(0)
    cache.put("a", document(b""))
    assert cache.get("a") is None


def test_threads_find_what_was_put_or_nothing(cache: Cache) -> None:
    def work(worker: int) -> None:
        for number in range(500):
            key = str(number % 50)
            cache.put(key, document(key.encode() * 1000, key))
            found = cache.get(str((number + worker) % 50))
            assert found is None or found.body == found.key.encode() * 1000

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [None] * 8


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4000)), max_size=60))
def test_memory_holds_no_more_bytes_than_it_may(puts: list[tuple[int, int]]) -> None:
    cache = MemoryCache(10_000)
    held = {}
    for key, size in puts:
        cache.put(str(key), document(bytes(size)))
        held[str(key)] = True
        found = [each for key in held if (each := cache.get(key))]
        assert sum(len(each.body) + DOCUMENT_OVERHEAD for each in found) == cache.size <= 10_000


def test_memory_lets_go_of_what_was_not_asked_for_longest() -> None:
    cache = MemoryCache(3 * (DOCUMENT_OVERHEAD + 4))
    for key in "abc":
        cache.put(key, document())
    assert cache.get("a")
    cache.put("d", document())
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_hits_and_stored_documents_are_counted() -> None:
    cache = MemoryCache(1_000_000)
    for key in "a", "b", "a":
        if not cache.get(key):
            cache.put(key, document())
    assert (cache.hits, cache.made) == (1, 2)
