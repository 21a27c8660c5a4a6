"""The read side, whole."""

import gc
import gzip
import json
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
from feeds.feed.site import Site
from feeds.formats import FORMATS
from feeds.formats.document import CODINGS, Document
from feeds.index import Index
from feeds.index.builder import scheduled
from feeds.pipeline import MAX_PREPARED_ENTRIES, coded
from feeds.query import Query
from feeds.settings.sections import CacheSettings
from tests.builders import LATER, article, record
from tests.codings import DECODE
from tests.commands import output_of
from tests.harness import Harness
from tests.table import for_each
from tests.waiting import eventually


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path, cache=CacheSettings(max_bytes=1 << 20, entries=1 << 20))
    yield made
    made.close()


@for_each("coding", CODINGS)
@for_each("extension", FORMATS)
def test_every_coding_decodes_to_the_uncoded_body(harness: Harness, extension: str, coding: str) -> None:
    harness.put(article(1), article(2))
    document = harness.server.pipeline.document(Query(), extension, coding)
    plain = harness.server.pipeline.document(Query(), extension)
    assert DECODE[coding](document.body) == plain.body
    assert b"Title 2" in plain.body
    assert (document.coding, document.media_type) == (coding, FORMATS[extension].media_type)
    assert document.key == plain.key


def test_every_content_in_every_coding_has_an_etag_of_its_own(harness: Harness) -> None:
    harness.put(article(1))
    queries = [Query(), Query("tests"), Query(limit=1)]
    tags = [
        harness.server.pipeline.document(query, extension, coding).etag
        for query, extension, coding in product(queries, FORMATS, CODINGS)
    ]
    assert len(set(tags)) == len(tags)


@for_each("coding", CODINGS)
def test_the_same_body_is_coded_to_the_same_bytes(coding: str) -> None:
    assert coded(b"body" * 1000, coding) == coded(b"body" * 1000, coding)


def test_gzip_has_no_time_stamp() -> None:
    assert coded(b"body", "gzip")[4:8] == bytes(4)  # RFC 1952, MTIME


def test_a_rendered_document_is_kept(harness: Harness) -> None:
    harness.put(article(1))
    for coding in CODINGS:
        first = harness.server.pipeline.document(Query(), "rss", coding)
        assert harness.server.pipeline.document(Query(), "rss", coding) is first


def test_a_prepared_feed_is_kept_until_the_index_changes(harness: Harness) -> None:
    harness.put(article(1))
    first = harness.server.pipeline.prepare(Query(), "rss")
    assert harness.server.pipeline.prepare(Query(), "rss") is first
    harness.put(article(2), at=int(LATER))
    assert harness.server.pipeline.prepare(Query(), "rss") is not first


def test_the_formats_of_a_feed_share_its_selection_and_head(harness: Harness) -> None:
    harness.put(article(1))
    first, *others = (harness.server.pipeline.prepare(Query(), extension) for extension in FORMATS)
    for other in others:
        assert other.feed is first.feed
        assert other.selection is first.selection


def test_a_list_of_feeds_is_kept_until_the_index_changes(harness: Harness) -> None:
    harness.put(article(1))
    first = harness.server.pipeline.directory()
    assert harness.server.pipeline.directory() is first
    harness.put(article(2), at=int(LATER))
    assert harness.server.pipeline.directory() is not first
    assert harness.server.pipeline.directory() is harness.server.pipeline.directory()


@pytest.mark.parametrize("extension", FORMATS)
def test_an_article_is_rendered_once_for_all_its_feeds(harness: Harness, extension: str) -> None:
    harness.put(article(1), article(2))
    written = []
    format_ = FORMATS[extension]

    def entry(each: Article, site: Site, content: str) -> bytes:
        written.append(each.id)
        return format_.entry(each, site, content)

    counting = msgspec.structs.replace(format_, entry=entry)
    for query in (Query(), Query("tests"), Query("tests", "example.org"), Query(limit=1)):
        prepared = harness.server.pipeline.prepare(query, extension)
        made = harness.server.pipeline.render(
            msgspec.structs.replace(prepared, format=counting), "identity"
        )
        assert made.body == format_.render(harness.server.pipeline.feed(query))
    assert sorted(written) == [article(1).id, article(2).id]


def test_a_feed_is_prepared_without_reading_an_article(harness: Harness) -> None:
    """So a client that has the content is told so for nearly nothing."""
    half = record(article(1))
    harness.put_records(
        msgspec.structs.replace(half, payload=msgspec.msgpack.encode({"title": "Title 1"}))
    )
    prepared = harness.server.pipeline.prepare(Query(), "rss")
    assert prepared.selection.total == 1
    assert prepared.modified == half.changed
    assert harness.server.cache.size == 0
    with pytest.raises(msgspec.ValidationError):
        harness.server.pipeline.render(prepared, "identity")


def test_a_prepared_feed_renders_the_document_of_its_key(harness: Harness) -> None:
    harness.put(article(1), article(2))
    prepared = harness.server.pipeline.prepare(Query(), "atom")
    harness.put(article(3), at=int(LATER))
    document = harness.server.pipeline.render(prepared, "gzip")
    assert document.key == prepared.key
    assert b"Title 3" not in gzip.decompress(document.body)
    assert b"Title 3" in harness.server.pipeline.document(Query(), "atom").body


def test_equal_content_has_an_equal_digest_in_its_key(harness: Harness) -> None:
    harness.put(article(1))
    keys = [harness.server.pipeline.prepare(Query(), "json").key]
    for title in ("Edited", "Title 1"):
        harness.put(article(1, title=title), at=int(LATER))
        keys.append(harness.server.pipeline.prepare(Query(), "json").key)
    marks = [key.partition("-")[2] for key in keys]
    assert marks[0] == marks[2] != marks[1]
    assert keys[0] < keys[1], "a key begins with the moment of its content"


def test_other_feeds_keep_their_keys_and_dates(harness: Harness) -> None:
    harness.put(article(1), article(2, topics=("Other",)))
    before = harness.server.pipeline.prepare(Query("tests"), "rss")
    harness.put(article(2, title="Edited", topics=("Other",)), at=int(LATER))
    after = harness.server.pipeline.prepare(Query("tests"), "rss")
    assert (after.key, after.modified) == (before.key, before.modified)
    assert harness.server.pipeline.prepare(Query(), "rss").modified == int(LATER)


def test_an_empty_feed_has_a_date(harness: Harness) -> None:
    harness.put()
    assert (
        harness.server.pipeline.prepare(Query(), "rss").modified == 1_577_836_800
    )  # 2020, when ids began


def test_before_the_first_load_no_feed_can_be_prepared(harness: Harness) -> None:
    with pytest.raises(NotReady):
        harness.server.pipeline.prepare(Query(), "rss")


def test_an_unknown_feed_leaves_nothing_behind(harness: Harness) -> None:
    harness.put(article(1))
    for _ in range(2):
        with pytest.raises(UnknownFeed):
            harness.server.pipeline.document(Query("nothing"), "rss")
    assert harness.server.cache.size == 0


def test_a_scheduled_article_is_in_the_next_document_after_its_time(harness: Harness) -> None:
    harness.now = article(2).published.timestamp() - 1
    harness.put(article(1), article(2))
    assert b"Title 2" not in harness.server.pipeline.document(Query(), "rss").body
    harness.now += 1
    prepared = harness.server.pipeline.prepare(Query(), "rss")
    assert prepared.modified == harness.now
    assert b"Title 2" in harness.server.pipeline.render(prepared, "identity").body


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
    harness = Harness(tmp_path, parts={"cache": cache})
    harness.put(*(article(n) for n in range(50)))
    with ThreadPoolExecutor(100) as pool:
        asked = [
            pool.submit(harness.server.pipeline.document, Query(), "rss", CODINGS[n % 4])
            for n in range(100)
        ]
        documents = [each.result(60) for each in asked]
    harness.close()
    assert set(cache.counted.values()) == {1}
    assert len(cache.counted) == len(CODINGS)
    assert len({document.body for document in documents}) == len(CODINGS)


def test_a_waiting_thread_gets_even_a_document_too_large_for_the_cache(tmp_path: Path) -> None:
    harness = Harness(tmp_path, parts={"cache": MemoryCache(0)})
    harness.put(article(1))
    prepared = harness.server.pipeline.prepare(Query(), "rss")
    given = []
    second = threading.Thread(
        target=lambda: given.append(harness.server.pipeline.render(prepared, "identity"))
    )

    def join(feed: object, entries: object) -> bytes:
        second.start()
        eventually(lambda: calls(second) == "wait")
        return b"the first one's"

    slow = msgspec.structs.replace(prepared, format=msgspec.structs.replace(prepared.format, join=join))
    first = harness.server.pipeline.render(slow, "identity")
    second.join(30)
    harness.close()
    assert first.body == b"the first one's"
    assert given == [first]


def test_a_thread_that_waits_for_a_page_gets_that_of_the_newest_index(harness: Harness) -> None:
    harness.put(article(1))
    page = harness.server.pipeline.page
    made: list[int] = []
    second = threading.Thread(target=lambda: page("list", make))

    def make(index: Index) -> bytes:
        if not made:
            second.start()
            eventually(lambda: calls(second) == "page")
            harness.put(article(2), at=int(LATER))
            harness.server.pipeline.latest()  # uses the newest index
        made.append(len(index))
        return b"a page"

    page("list", make)
    second.join(30)
    page("list", make)
    assert made == [1, 2]


def calls(thread: threading.Thread) -> str:
    """The name of the function that *thread* is in."""
    frame = sys._current_frames().get(thread.ident or 0)
    return frame.f_code.co_name if frame else ""


def test_a_failed_render_fails_only_for_the_threads_that_wait_for_it(harness: Harness) -> None:
    harness.put(article(1))
    prepared = harness.server.pipeline.prepare(Query(), "rss")

    def fail(feed: object, entries: object) -> bytes:
        raise RuntimeError("broken")

    broken = msgspec.structs.replace(prepared, format=msgspec.structs.replace(prepared.format, join=fail))
    for coding in ("identity", "br"):
        with pytest.raises(RuntimeError):
            harness.server.pipeline.render(broken, coding)
    assert b"Title 1" in brotli.decompress(harness.server.pipeline.render(prepared, "br").body)


def test_a_replaced_index_is_released(harness: Harness) -> None:
    def alive() -> int:
        gc.collect()
        return sum(type(each) is Index for each in gc.get_objects())  # no proxies, which may be dead

    before = alive()
    for number in range(4):
        harness.put(article(number), at=int(LATER) + number)
        for extension, query in product(FORMATS, (Query(), Query("tests"), Query(limit=3))):
            harness.server.pipeline.document(query, extension, "gzip")
    assert alive() - before <= 1


def test_memory_is_bounded_however_many_queries_there_are(harness: Harness) -> None:
    topics = [f"Topic {n}" for n in range(5)]
    harness.put(*(article(n, topics=topics) for n in range(200)))
    queries = [Query(f"topic-{n}", limit=limit) for limit in range(200, 160, -1) for n in range(5)]
    asked = list(product(queries, FORMATS))
    full = MAX_PREPARED_ENTRIES // (160 + 30)  # each of them counts as 30 entries and its own
    assert len(asked) > full + 100
    tracemalloc.start()
    try:
        for query, extension in asked[:full]:
            harness.server.pipeline.prepare(query, extension)
        half = tracemalloc.get_traced_memory()[0]
        for query, extension in asked[full:]:
            harness.server.pipeline.prepare(query, extension)
        assert tracemalloc.get_traced_memory()[0] < half + 200_000
        assert half < 40_000_000
    finally:
        tracemalloc.stop()
    for query, extension in asked[:40]:
        harness.server.pipeline.document(query, extension)
    assert harness.server.cache.size <= 1 << 20


ELSEWHERE = """
import json, sys
from pathlib import Path
from tests.builders import LATER
from tests.harness import serving
process = serving(Path(sys.argv[1]), lambda: LATER)
answers = [process.get(address, Accept_Encoding=coding) for address, coding in json.loads(sys.argv[2])]
print(json.dumps([[dict(answer.headers), answer.data.hex()] for answer in answers]))
"""


def test_another_process_gives_the_same_bytes_etags_and_dates(harness: Harness) -> None:
    harness.put(*(article(n, html="<p>größer</p>" * n) for n in range(20)))
    harness.put(article(3, title="Edited"), at=int(LATER))
    paths = ("/feed", "/topics/tests", "/providers/example.org")
    requests = [
        (f"{path}.{extension}", coding)
        for path in paths
        for extension, coding in product(FORMATS, CODINGS)
    ]
    arguments = (harness.settings.store.path, json.dumps(requests))
    output = output_of(ELSEWHERE, *arguments, TZ="Asia/Kathmandu", PYTHONHASHSEED="7")
    for (address, coding), (headers, body) in zip(requests, json.loads(output), strict=True):
        answer = harness.get(address, Accept_Encoding=coding)
        assert (headers, body) == (dict(answer.headers), answer.data.hex()), address


def test_scheduled_articles_are_indexed_again_only_if_they_change(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(index: Index) -> Index:
        made.append(index.revision)
        return scheduled(index)

    monkeypatch.setattr("feeds.pipeline.scheduled", counted)
    pipeline, first, second = harness.server.pipeline, article(502), article(501)
    for put, due, count in (
        (first, first, 1),
        (article(1), first, 1),
        (article(1, title="Edited"), first, 1),
        (second, second, 2),
        (article(2), second, 2),
    ):
        harness.put(put)
        for extension in ("rss", "atom"):
            assert pipeline.prepare(Query(), extension).due == int(due.published.timestamp())
        assert len(made) == count
