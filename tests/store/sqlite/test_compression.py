"""Compression of articles once there are many, which changes nothing else."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path
from random import Random

import msgspec
import pytest

from feeds.article import Article, Provider
from feeds.errors import StoreError
from feeds.feed import compose, content_key
from feeds.feed.site import Site
from feeds.formats import FORMATS
from feeds.index.articles import articles
from feeds.index.builder import apply, build
from feeds.query import Query
from feeds.query.selection import select
from feeds.store import Changes, Progress, Record, Store, StoredEntry
from feeds.store.compression import MIN_DICTIONARY_ARTICLES, PLAIN, Compression, dictionary
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.schema import write_meta
from tests.builders import article, record
from tests.store.conftest import Backend
from tests.store.entries import entry_of

WORDS = [
    "harbour",
    "tide",
    "timber",
    "council",
    "lantern",
    "orchard",
    "signal",
    "ferry",
    "ledger",
    "north",
]
AFTER_ALL = 4_000_000_000  # seconds since 1970, after the dates of all articles
FIRST = [f"tag:example.org,2020:{number}" for number in range(3)]


def similar_article(number: int, **fields: object) -> Article:
    """An article whose text has much in common with others."""
    source = Provider(f"{'ab'[number % 2]}.example", "Example")
    return article(
        number, provider=source, html=f"<p>{number}: {_text(number)}</p>", heat=number % 50, **fields
    )


@cache
def _text(number: int) -> str:
    return " ".join(Random(number).choices(WORDS, k=80))


def recorded(store: Store, numbers: range, **fields: object) -> None:
    store.record(Changes(at=5, entries=[entry_of(similar_article(n, **fields)) for n in numbers]))


@pytest.fixture(scope="module")
def compressed(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with enough articles to be compressed, including earlier ones."""
    folder = tmp_path_factory.mktemp("compressed")
    last = entry_of(similar_article(MIN_DICTIONARY_ARTICLES))
    with closing(backend(folder)) as store:
        assert store.acquire_writer()
        recorded(store, range(MIN_DICTIONARY_ARTICLES))
        store.record(Changes(at=6, entries=[last], progress=Progress(1, 1, ready=True)))
    return folder


@pytest.fixture
def many(compressed: Path, tmp_path: Path, opened: Callable[[], Store]) -> Store:
    """A copy of the compressed store, whose writer is the test."""
    shutil.copytree(compressed, tmp_path, dirs_exist_ok=True)
    made = opened()
    assert made.acquire_writer()
    return made


def contents(store: Store) -> dict[str, Article]:
    records = store.load().records
    return {each.id: each for each in articles(records)}


def test_few_articles_are_kept_as_they_are(store: Store) -> None:
    recorded(store, range(3))
    recorded(store, range(3, 5))
    assert {each.compression for each in store.load().records} == {PLAIN}


def test_many_articles_take_a_third_of_the_room(many: Store) -> None:
    records = many.load().records
    assert len(records) == MIN_DICTIONARY_ARTICLES + 1
    assert all(3 * len(each.payload) < len(each.content) for each in records)


def test_compressed_articles_are_read_as_recorded(many: Store, opened: Callable[[], Store]) -> None:
    made = {each.id: each for each in map(similar_article, range(MIN_DICTIONARY_ARTICLES + 1))}
    assert contents(many) == contents(opened()) == made
    assert many.entries(FIRST) == {
        id_: msgspec.structs.replace(
            entry_of(made[id_]), record=numbered(many, entry_of(made[id_]).record)
        )
        for id_ in FIRST
    }


def numbered(store: Store, made: Record) -> Record:
    [number] = [each.number for each in store.load().records if each.id == made.id]
    return msgspec.structs.replace(made, number=number)


def test_compression_is_no_change(store: Store, opened: Callable[[], Store]) -> None:
    recorded(store, range(MIN_DICTIONARY_ARTICLES))
    follower = opened()
    before = follower.load()
    assert {each.compression for each in before.records} == {PLAIN}
    recorded(store, range(3))  # the same again
    assert store.load().records[0].compression is not PLAIN
    after = follower.changes_since(before.revision)
    assert (after.revision, after.records, after.removed) == (before.revision, [], [])


def test_a_follower_reads_articles_compressed_later(store: Store, opened: Callable[[], Store]) -> None:
    recorded(store, range(MIN_DICTIONARY_ARTICLES))
    follower = opened()
    index = build(follower.load(), AFTER_ALL)
    recorded(store, range(2), title="Edited")
    changes = follower.changes_since(index.revision)
    assert [each.title for each in articles(changes.records)] == ["Edited"] * 2
    shown = articles(apply(index, changes, AFTER_ALL).newest(index.everything, MIN_DICTIONARY_ARTICLES))
    assert sorted(each.title for each in shown) == sorted(
        ["Edited"] * 2 + [similar_article(n).title for n in range(2, MIN_DICTIONARY_ARTICLES)]
    )


def test_a_removed_article_returns_unchanged(many: Store) -> None:
    gone = entry_of(similar_article(1), removed=7)
    many.record(Changes(at=7, entries=[gone]))
    [found] = many.holding([gone.digest])[gone.digest]
    assert found.record.content == gone.record.content
    assert found.removed == 7


def test_words_and_stories_are_those_of_the_content(store: Store) -> None:
    recorded(
        store, range(MIN_DICTIONARY_ARTICLES), title="The ferry that never left the old harbour again"
    )
    done = Changes(
        at=6,
        entries=[entry_of(similar_article(MIN_DICTIONARY_ARTICLES))],
        progress=Progress(1, 1, ready=True),
    )
    store.record(done)
    assert len(store.search([["ferry"]], True)) == MIN_DICTIONARY_ARTICLES
    assert {each.cluster for each in store.load().records} > {""}


def test_a_full_text_index_of_another_tokenizer_is_rebuilt_from_compressed_articles(
    many: Store, opened: Callable[[], Store], tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "store.db") as database:
        write_meta(database, {"words": "another"})
    database.close()
    many.close()
    another = opened()
    assert another.acquire_writer()
    assert len(another.search([["title"]], True)) == MIN_DICTIONARY_ARTICLES + 1


def test_articles_with_equal_contents_are_compressed_too(store: Store) -> None:
    recorded(store, range(1))
    same = entry_of(article(1)).record
    short = [
        StoredEntry(msgspec.structs.replace(same, id=f"{n}", payload=b"\x80"), f"{n}.md", b"", 1)
        for n in range(MIN_DICTIONARY_ARTICLES)
    ]
    store.record(Changes(entries=short))
    recorded(store, range(1, 3))
    records = {each.id: each for each in store.load().records}
    assert records["7"].content == b"\x80"
    assert records[FIRST[2]].content == record(similar_article(2)).content
    assert records["7"].compression is not PLAIN


def without_dictionary(database: sqlite3.Connection) -> None:
    database.execute("DELETE FROM meta WHERE key LIKE 'dictionary%'")


def with_another(database: sqlite3.Connection) -> None:
    made = dictionary([bytes([n % 256]) * 200 for n in range(MIN_DICTIONARY_ARTICLES)])
    database.execute("UPDATE meta SET value = ? WHERE key LIKE 'dictionary%'", (made,))


def damaged(path: Path, damage: Callable[[sqlite3.Connection], object]) -> None:
    database = sqlite3.connect(path)
    with database:
        damage(database)
    database.close()


def test_the_second_copy_of_the_dictionary_serves_where_the_first_is_damaged(many: SQLiteStore) -> None:
    before = contents(many)
    many.close()
    damaged(many.path, lambda db: db.execute("UPDATE meta SET value = x'00' WHERE key = 'dictionary'"))
    store = SQLiteStore(many.path)
    assert contents(store) == before
    assert store.acquire_writer()
    store.check()
    assert store.replaces_another()
    assert contents(store) == before
    store.close()


@pytest.mark.parametrize("damage", [without_dictionary, with_another])
def test_ids_and_dates_outlive_the_dictionary(
    many: SQLiteStore, damage: Callable[[sqlite3.Connection], None]
) -> None:
    before = {each.id: (each.published, each.changed, each.number) for each in many.load().records}
    many.close()
    damaged(many.path, damage)
    store = SQLiteStore(many.path)
    assert store.acquire_writer()
    store.check()
    assert not store.progress().ready
    after = {each.id: (each.published, each.changed, each.number) for each in store.load().records}
    assert after == before
    assert {each.version for each in store.load().records} == {b""}
    store.close()


def test_one_damaged_article_is_found_by_looking_for_it(
    many: SQLiteStore, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil(database: sqlite3.Connection) -> None:
        [payload] = database.execute("SELECT payload FROM articles WHERE number = 5").fetchone()
        spoiled = payload[:-9] + bytes([payload[-9] ^ 1]) + payload[-8:]
        database.execute("UPDATE articles SET payload = ? WHERE number = 5", (spoiled,))

    [id_] = [each.id for each in many.load().records if each.number == 5]
    damaged(many.path, spoil)
    with pytest.raises(StoreError, match=r"store\.db: damaged: articles"):
        many.entries([id_])
    many.check()
    assert f"{MIN_DICTIONARY_ARTICLES:,} articles intact, reading 1 again" in caplog.text


def test_a_store_that_is_packed_and_sound_is_left_alone(many: SQLiteStore) -> None:
    many.check()
    assert not many.replaces_another()
    assert len(contents(many)) == MIN_DICTIONARY_ARTICLES + 1


def test_articles_of_two_stores_are_read_together(many: Store) -> None:
    packed = many.load().records[:2]
    other = Compression(
        dictionary([record(similar_article(n)).content for n in range(MIN_DICTIONARY_ARTICLES)])
    )
    content = record(similar_article(7)).content
    mixed = [
        msgspec.structs.replace(
            record(similar_article(7)), payload=other.pack(content), compression=other
        ),
        packed[0],
        record(similar_article(8)),
        packed[1],
    ]
    numbers = [each.id.rpartition(":")[2] for each in articles(mixed)]
    assert numbers == ["7", packed[0].id.rpartition(":")[2], "8", packed[1].id.rpartition(":")[2]]
    assert list(articles([])) == []


def test_threads_read_at_once(many: Store) -> None:
    records = many.load().records
    compression = records[0].compression
    whole = [each.content for each in records]

    def parts() -> Iterator[slice]:
        random = Random(3)
        for _ in range(200):
            begin = random.randrange(MIN_DICTIONARY_ARTICLES)
            yield slice(begin, begin + random.randrange(100))

    def right(part: slice) -> bool:
        return compression.unpack([each.payload for each in records[part]]) == whole[part]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(right, parts()))


def test_a_feed_is_the_same_bytes_whether_its_articles_are_packed_or_not(many: Store) -> None:
    packed = many.load()
    plain = msgspec.structs.replace(
        packed,
        records=[
            msgspec.structs.replace(each, payload=each.content, compression=PLAIN)
            for each in packed.records
        ],
    )
    bodies, keys = [], []
    for snapshot in (packed, plain):
        index = build(snapshot, AFTER_ALL)
        selection = select(index, Query(limit=200))
        feed = compose(Site(), index, selection)
        bodies.append([format_.render(feed) for format_ in FORMATS.values()])
        keys.append(content_key(feed, selection))
    assert bodies[0] == bodies[1]
    assert keys[0] == keys[1]
