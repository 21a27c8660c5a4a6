"""The read side, whole."""

import gc
import gzip
import json
import os
import subprocess
import sys
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from threading import Barrier

import brotli
import msgspec
import pytest

from feeds.article import Article
from feeds.cache.memory import MemoryCache
from feeds.errors import NotReady, UnknownFeed
from feeds.feed import Site
from feeds.formats import FORMATS
from feeds.formats.document import CODINGS, Document
from feeds.index import Index
from feeds.index.current import CurrentIndex
from feeds.pipeline import Pipeline, coded
from feeds.query import Query
from feeds.store import Changes, Progress, Record, StoredEntry
from feeds.store.sqlite import SQLiteStore
from tests.builders import LATER, article, record
from tests.codings import DECODE
from tests.paths import ROOT
from tests.waiting import eventually

ENTRIES = 1 << 20  # bytes
SITE = Site("https://feeds.example", title="Example", authority="example.org")


class Stock:
    """A pipeline over a real store, and the means to change what is in that."""

    def __init__(self, folder: Path, cache: MemoryCache) -> None:
        self.store = SQLiteStore(folder / "store.db")
        assert self.store.acquire_writer()
        self.cache = cache
        self.now = LATER
        self.current_index = CurrentIndex(lambda: self.store, lambda: self.now)
        self.pipeline = Pipeline(self.current_index, cache, SITE, ENTRIES)

    def put(self, *articles: Article, at: int = 0) -> None:
        self.put_records(*(record(each, at or None) for each in articles), at=at)

    def put_records(self, *records: Record, at: int = 0) -> None:
        entries = [StoredEntry(each, f"{each.id}.md", each.version, each.changed) for each in records]
        self.store.record(Changes(at=at, entries=entries, progress=Progress(1, 1, ready=True)))
        self.current_index.follow()


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Stock]:
    made = Stock(tmp_path, MemoryCache(1 << 20))
    yield made
    made.store.close()


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("extension", FORMATS)
def test_a_document_decodes_to_what_is_sent_uncoded(stock: Stock, extension: str, coding: str) -> None:
    stock.put(article(1), article(2))
    document = stock.pipeline.document(Query(), extension, coding)
    plain = stock.pipeline.document(Query(), extension)
    assert DECODE[coding](document.body) == plain.body
    assert b"Title 2" in plain.body
    assert (document.coding, document.media_type) == (coding, FORMATS[extension].media_type)
    assert document.key == plain.key


def test_every_content_in_every_coding_has_an_etag_of_its_own(stock: Stock) -> None:
    stock.put(article(1))
    queries = [Query(), Query("tests"), Query(limit=1)]
    tags = [
        stock.pipeline.document(query, extension, coding).etag
        for query, extension, coding in product(queries, FORMATS, CODINGS)
    ]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("coding", CODINGS)
def test_the_same_body_is_coded_to_the_same_bytes(coding: str) -> None:
    assert coded(b"body" * 1000, coding) == coded(b"body" * 1000, coding)


def test_gzip_tells_no_time() -> None:
    assert coded(b"body", "gzip")[4:8] == bytes(4)  # RFC 1952, MTIME


def test_what_was_rendered_is_not_rendered_again(stock: Stock) -> None:
    stock.put(article(1))
    for coding in CODINGS:
        first = stock.pipeline.document(Query(), "rss", coding)
        assert stock.pipeline.document(Query(), "rss", coding) is first


def test_what_was_answered_is_remembered_until_anything_changes(stock: Stock) -> None:
    stock.put(article(1))
    first = stock.pipeline.prepare(Query(), "rss")
    assert stock.pipeline.prepare(Query(), "rss") is first
    stock.put(article(2), at=int(LATER))
    assert stock.pipeline.prepare(Query(), "rss") is not first


def test_a_list_of_feeds_is_kept_before_any_feed_is_prepared(stock: Stock) -> None:
    stock.put(article(1))
    first = stock.pipeline.directory()
    assert stock.pipeline.directory() is first
    stock.put(article(2), at=int(LATER))
    assert stock.pipeline.directory() is not first
    assert stock.pipeline.directory() is stock.pipeline.directory()


@pytest.mark.parametrize("extension", FORMATS)
def test_an_article_is_written_once_for_all_feeds_it_is_in(stock: Stock, extension: str) -> None:
    stock.put(article(1), article(2))
    written = []
    format_ = FORMATS[extension]

    def entry(each: Article, site: Site, content: str) -> bytes:
        written.append(each.id)
        return format_.entry(each, site, content)

    counting = msgspec.structs.replace(format_, entry=entry)
    for query in (Query(), Query("tests"), Query("tests", "example.org"), Query(limit=1)):
        prepared = stock.pipeline.prepare(query, extension)
        made = stock.pipeline.render(msgspec.structs.replace(prepared, format=counting), "identity")
        assert made.body == format_.render(stock.pipeline.feed(query))
    assert sorted(written) == [article(1).id, article(2).id]


def test_an_answer_needs_no_article_read(stock: Stock) -> None:
    """So a client that has the content is told so for nearly nothing."""
    half = record(article(1))
    stock.put_records(msgspec.structs.replace(half, payload=msgspec.msgpack.encode({"title": "Title 1"})))
    prepared = stock.pipeline.prepare(Query(), "rss")
    assert prepared.selection.total == 1
    assert prepared.modified == half.changed
    assert stock.cache.size == 0
    with pytest.raises(msgspec.ValidationError):
        stock.pipeline.render(prepared, "identity")


def test_an_answer_promises_the_document_it_comes_to(stock: Stock) -> None:
    stock.put(article(1), article(2))
    prepared = stock.pipeline.prepare(Query(), "atom")
    stock.put(article(3), at=int(LATER))
    document = stock.pipeline.render(prepared, "gzip")
    assert document.key == prepared.key
    assert b"Title 3" not in gzip.decompress(document.body)
    assert b"Title 3" in stock.pipeline.document(Query(), "atom").body


def test_the_key_changes_with_the_content_whose_mark_comes_back_with_it(stock: Stock) -> None:
    stock.put(article(1))
    keys = [stock.pipeline.prepare(Query(), "json").key]
    for title in ("Edited", "Title 1"):
        stock.put(article(1, title=title), at=int(LATER))
        keys.append(stock.pipeline.prepare(Query(), "json").key)
    marks = [key.partition("-")[2] for key in keys]
    assert marks[0] == marks[2] != marks[1]
    assert keys[0] < keys[1], "a key begins with the moment of its content"


def test_other_feeds_keep_their_keys_and_dates(stock: Stock) -> None:
    stock.put(article(1), article(2, topics=("Other",)))
    before = stock.pipeline.prepare(Query("tests"), "rss")
    stock.put(article(2, title="Edited", topics=("Other",)), at=int(LATER))
    after = stock.pipeline.prepare(Query("tests"), "rss")
    assert (after.key, after.modified) == (before.key, before.modified)
    assert stock.pipeline.prepare(Query(), "rss").modified == int(LATER)


def test_an_empty_feed_has_a_date(stock: Stock) -> None:
    stock.put()
    assert stock.pipeline.prepare(Query(), "rss").modified == 1_577_836_800  # 2020, when ids began


def test_before_the_first_load_there_is_no_answer(stock: Stock) -> None:
    with pytest.raises(NotReady):
        stock.pipeline.prepare(Query(), "rss")


def test_an_unknown_feed_leaves_nothing_behind(stock: Stock) -> None:
    stock.put(article(1))
    for _ in range(2):
        with pytest.raises(UnknownFeed):
            stock.pipeline.document(Query("nothing"), "rss")
    assert stock.cache.size == 0


def test_a_scheduled_article_is_in_the_next_answer_after_its_instant(stock: Stock) -> None:
    stock.now = article(2).published.timestamp() - 1
    stock.put(article(1), article(2))
    assert b"Title 2" not in stock.pipeline.document(Query(), "rss").body
    stock.now += 1
    prepared = stock.pipeline.prepare(Query(), "rss")
    assert prepared.modified == stock.now
    assert b"Title 2" in stock.pipeline.render(prepared, "identity").body


class Counting(MemoryCache):
    """Lets *threads* of them miss together, and counts what was made."""

    def __init__(self, threads: int, max_bytes: int = 1 << 20) -> None:
        super().__init__(max_bytes)
        self.counted: Counter[str] = Counter()
        self._missed = Barrier(threads)
        self._thread = threading.local()

    def get(self, key: str) -> Document | None:
        found = super().get(key)
        if not hasattr(self._thread, "missed"):
            self._thread.missed = True
            self._missed.wait(30)
        return found

    def put(self, key: str, document: Document) -> None:
        self.counted[key] += 1
        super().put(key, document)


def test_a_hundred_simultaneous_misses_are_one_render_and_one_compression_per_coding(
    tmp_path: Path,
) -> None:
    cache = Counting(100)
    stock = Stock(tmp_path, cache)
    stock.put(*(article(n) for n in range(50)))
    with ThreadPoolExecutor(100) as pool:
        asked = [pool.submit(stock.pipeline.document, Query(), "rss", CODINGS[n % 4]) for n in range(100)]
        documents = [each.result(60) for each in asked]
    stock.store.close()
    assert set(cache.counted.values()) == {1}
    assert len(cache.counted) == len(CODINGS)
    assert len({document.body for document in documents}) == len(CODINGS)


def test_who_waits_is_given_even_what_is_too_large_to_be_kept(tmp_path: Path) -> None:
    stock = Stock(tmp_path, MemoryCache(0))
    stock.put(article(1))
    prepared = stock.pipeline.prepare(Query(), "rss")
    given = []
    second = threading.Thread(target=lambda: given.append(stock.pipeline.render(prepared, "identity")))

    def waits() -> bool:
        frame = sys._current_frames().get(second.ident or 0)
        return frame is not None and frame.f_code.co_name == "wait"

    def join(feed: object, entries: object) -> bytes:
        second.start()
        eventually(waits)
        return b"the first one's"

    slow = msgspec.structs.replace(prepared, format=msgspec.structs.replace(prepared.format, join=join))
    first = stock.pipeline.render(slow, "identity")
    second.join(30)
    stock.store.close()
    assert first.body == b"the first one's"
    assert given == [first]


def test_a_failed_render_fails_for_those_who_wait_and_for_nobody_else(stock: Stock) -> None:
    stock.put(article(1))
    prepared = stock.pipeline.prepare(Query(), "rss")

    def fail(feed: object, entries: object) -> bytes:
        raise RuntimeError("broken")

    broken = msgspec.structs.replace(prepared, format=msgspec.structs.replace(prepared.format, join=fail))
    for coding in ("identity", "br"):
        with pytest.raises(RuntimeError):
            stock.pipeline.render(broken, coding)
    assert b"Title 1" in brotli.decompress(stock.pipeline.render(prepared, "br").body)


def test_an_index_that_was_replaced_is_let_go(stock: Stock) -> None:
    def alive() -> int:
        gc.collect()
        return sum(isinstance(each, Index) for each in gc.get_objects())

    before = alive()
    for number in range(10):
        stock.put(article(number), at=int(LATER) + number)
        for extension, query in product(FORMATS, (Query(), Query("tests"), Query(limit=3))):
            stock.pipeline.document(query, extension, "gzip")
    assert alive() - before <= 1


def test_memory_is_bounded_however_many_queries_there_are(stock: Stock) -> None:
    topics = [f"Topic {n}" for n in range(20)]
    stock.put(*(article(n, topics=(topics[n % 20],)) for n in range(200)))
    queries = [Query(f"topic-{n}", limit=limit) for n in range(20) for limit in range(1, 201)]
    asked = list(product(queries, FORMATS))
    assert len(asked) == 4_000 * len(FORMATS)
    tracemalloc.start()
    try:
        for query, extension in asked[:6_000]:
            stock.pipeline.prepare(query, extension)
        half = tracemalloc.get_traced_memory()[0]
        for query, extension in asked[6_000:]:
            stock.pipeline.prepare(query, extension)
        assert tracemalloc.get_traced_memory()[0] < half + 2_000_000
        assert half < 40_000_000
    finally:
        tracemalloc.stop()
    for query, extension in asked[:300]:
        stock.pipeline.document(query, extension)
    assert stock.cache.size <= 1 << 20


ELSEWHERE = """
import json, sys
from tests.test_pipeline import *
current_index = CurrentIndex(lambda: SQLiteStore(Path(sys.argv[1])), lambda: LATER)
current_index.follow()
pipeline = Pipeline(current_index, MemoryCache(1 << 20), SITE, ENTRIES)
print(json.dumps(tags(pipeline)))
"""


def tags(pipeline: Pipeline) -> dict[str, str]:
    """The ETag and the date of everything there is."""
    return {
        f"{query} {extension} {coding}": pipeline.document(query, extension, coding).etag
        + f" {pipeline.prepare(query, extension).modified}"
        for query in (Query(), Query("tests"), Query("", "example.org", 2))
        for extension in FORMATS
        for coding in CODINGS
    }


def test_another_process_gives_the_same_etags_and_dates(stock: Stock) -> None:
    stock.put(*(article(n, html="<p>größer</p>" * n) for n in range(20)))
    stock.put(article(3, title="Edited"), at=int(LATER))
    answer = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(stock.store.path)],
        env=os.environ | {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"},
        cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=60,
    )  # fmt: skip
    assert json.loads(answer.stdout) == tags(stock.pipeline)
