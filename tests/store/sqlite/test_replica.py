"""Replicas have equal rows after all kinds of changes, applied one batch or many at a time."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Provider, Taxonomy, tombstone_facets
from feeds.errors import StoreDamaged, StoreRefused
from feeds.store import Changes, File, Progress, StoredEntry, Tombstone, recording
from feeds.store.replication import Position, RowBatch, following
from feeds.store.sqlite import apply as application
from feeds.store.sqlite import entries as packing
from feeds.store.sqlite.replica import SQLiteReplica
from feeds.store.sqlite.replicated_rows import OWN_META, REPLICATED_TABLES, encode
from feeds.store.sqlite.schema import create
from tests.builders import NOON, article
from tests.examples import examples
from tests.store.entries import NOW, entry_of, file, found
from tests.store.replicas import JOURNAL, Leader, rows

READY = Changes(progress=Progress(1, 1, ready=True))
STORY = "The ferry that never left the old harbour of"  # a title with one word more joins a cluster
LETTERS = str.maketrans("0123456789", "abcdefghij")


@pytest.fixture
def opened(replicas: Callable[[str], SQLiteReplica]) -> Callable[[str], SQLiteReplica]:
    """Opens a new follower with a name."""

    def follower(name: str) -> SQLiteReplica:
        made = replicas(name)
        made.follow_anew(JOURNAL)
        return made

    return follower


@pytest.fixture
def leader(tmp_path: Path) -> Iterator[Leader]:
    with closing(Leader(tmp_path / "leader.db")) as made:
        assert made.acquire_writer()
        made.begin_journal(JOURNAL)
        yield made


@pytest.fixture
def follower(opened: Callable[[str], SQLiteReplica]) -> SQLiteReplica:
    return opened("follower")


def told(number: int, title: str = STORY, removed: int = 0, **fields: Any) -> StoredEntry:
    """Article *number* by its own provider, an hour later than the one before."""
    last = str(number).translate(LETTERS)  # a word with digits would distinguish two stories
    made = article(
        number,
        title=f"{title} {last}",
        published=NOON + timedelta(hours=number),
        provider=Provider(f"{number}.example", f"Provider {number}"),
        **fields,
    )
    return entry_of(made, removed=removed)


def assert_equal(one: SQLiteReplica, other: SQLiteReplica) -> None:
    for table, held in rows(one).items():
        assert held == rows(other)[table], table
    assert one.position() == other.position()
    other.check()
    assert not other.replaces_another()


def test_a_follower_has_the_rows_of_every_kind_of_change(leader: Leader, follower: SQLiteReplica) -> None:
    every = Changes(
        at=NOW, entries=[told(1), told(2), told(3)], files=[file("a.md", "x"), file("b.md")],
        tombstones=[Tombstone(NOW, None), Tombstone(NOW + 9, tombstone_facets(article(1)), "id", 5)],
        taxonomy=Taxonomy(title="One"), fingerprint=b"f", progress=Progress(1, 2),
        authority="example.org", corpus="/srv/a", descriptions={"_config.yml": b"1", "a.yaml": b"2"},
        pictures=b"p", probed=b"q",
    )  # fmt: skip
    steps = [
        every,
        READY,
        Changes(at=NOW, entries=[told(4), told(1, "Another title"), told(2, removed=NOW)]),
        Changes(not_after=NOW, taxonomy=Taxonomy(title="Two")),
        Changes(gone=["a.md"], descriptions={"a.yaml": b"3"}, entries=[told(2)]),
    ]
    for changes in steps:
        leader.record(changes)
        follower.apply(leader.appended[follower.position().number :])
        assert_equal(leader, follower)
    assert found(follower, "ferry harbour") == found(leader, "ferry harbour")
    assert found(follower, "another") == [1]
    assert follower.corpus() == ""


CHANGES = st.builds(
    Changes,
    at=st.integers(1, 50),
    entries=st.lists(
        st.builds(
            told,
            st.integers(1, 9),
            st.sampled_from([STORY, "A short one", "The council that sold the old lantern of"]),
            st.sampled_from([0, 0, 7]),
        ),
        max_size=5,
    ),
    files=st.lists(
        st.builds(
            File,
            st.sampled_from(["a.md", "b.md", "c.md"]),
            st.just((1, 2, 3)),
            source=st.sampled_from([b"", b"1", b"2"]),
        ),
        max_size=2,
    ),
    gone=st.lists(st.sampled_from(["a.md", "c.md"]), max_size=1),
    tombstones=st.lists(st.builds(Tombstone, st.integers(1, 50), st.none()), max_size=2),
    taxonomy=st.sampled_from([None, None, Taxonomy(title="One")]),
    descriptions=st.sampled_from([None, {}, {"a": b"1"}, {"a": b"2", "b": b"1"}]),
    progress=st.sampled_from([None, None, Progress(1, 1, ready=True)]),
    not_after=st.sampled_from([0, 0, 20]),
)


@settings(max_examples=examples(15))
@given(steps=st.lists(CHANGES, max_size=10), size=st.integers(1, 4))
def test_followers_have_equal_rows_after_any_changes_in_any_groups(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Changes], size: int
) -> None:
    folder = tmp_path_factory.mktemp("replicas")
    with pytest.MonkeyPatch.context() as patched, closing(Leader(folder / "leader.db")) as leader:
        patched.setattr(packing, "MIN_DICTIONARY_ARTICLES", 6)
        patched.setattr(recording, "MAX_TOMBSTONES", 3)
        patched.setattr(application, "MAX_ROWS", 3)
        assert leader.acquire_writer()
        leader.begin_journal(JOURNAL)
        for changes in steps:
            leader.record(changes)
        for group in (size, len(leader.appended) or 1):
            with closing(SQLiteReplica(folder / f"{group}.db")) as follower:
                assert follower.acquire_writer()
                if not follower.journal():
                    follower.follow_anew(JOURNAL)
                while missing := leader.appended[follower.position().number :]:
                    follower.apply(missing[:group])
                assert_equal(leader, follower)


def test_clusters_that_merge_later_are_merged_at_followers(
    leader: Leader, follower: SQLiteReplica
) -> None:
    def clusters() -> list[str]:
        return sorted(each.cluster for each in leader.load().records)

    leader.record(Changes(entries=[told(1), told(2)], progress=READY.progress))
    leader.record(Changes(entries=[told(100), told(101)]))
    assert len(set(clusters())) == 2
    leader.record(Changes(entries=[told(50)]))
    assert clusters() == [told(1).record.id] * 5
    follower.apply(leader.appended)
    assert_equal(leader, follower)


def test_a_damaged_article_of_the_same_story_is_sent_to_nobody(leader: Leader) -> None:
    leader.record(Changes(at=1, entries=[told(1)], progress=Progress(1, 1, ready=True)))
    with closing(sqlite3.connect(leader.path)) as database, database:
        database.execute("UPDATE articles SET heat = 7")
    sent = len(leader.appended)
    with pytest.raises(StoreDamaged, match="articles: 1"):
        leader.record(Changes(at=2, entries=[told(2)]))
    assert len(leader.appended) == sent


@pytest.mark.parametrize("most", [1, 1000], ids=["one by one", "together"])
def test_articles_are_compressed_as_at_the_leader(
    leader: Leader, follower: SQLiteReplica, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MIN_DICTIONARY_ARTICLES", 20)
    monkeypatch.setattr(application, "MAX_ROWS", most)
    for entries in ([told(number) for number in range(25)], [told(3, "Another")], [told(30)]):
        leader.record(Changes(entries=entries, progress=READY.progress))
    follower.apply(leader.appended)
    assert_equal(leader, follower)
    assert follower.load().records[0].compression.dictionary
    assert [each.content for each in follower.load().records] == [
        each.content for each in leader.load().records
    ]
    assert found(follower, "another") == [4]


def test_a_dictionary_that_was_not_committed_is_not_used(
    leader: Leader, follower: SQLiteReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MIN_DICTIONARY_ARTICLES", 20)
    leader.record(Changes(entries=[told(number) for number in range(25)]))
    leader.record(READY)
    plain, packed, _ = leader.appended
    follower.apply([plain])
    position = following(packed.position, b"unreadable")
    with pytest.raises(StoreRefused, match="batch 3 cannot be read"):
        follower.apply([packed, RowBatch(position, b"unreadable", 1, 1)])
    assert not follower.load().records[0].compression.dictionary
    assert follower.position() == plain.position
    follower.apply(leader.appended[1:])
    assert_equal(leader, follower)


def test_a_key_that_another_version_left_is_no_obstacle(leader: Leader, follower: SQLiteReplica) -> None:
    leader.record(Changes(entries=[told(1)], progress=READY.progress))
    follower.apply(leader.appended)
    before = rows(leader)["tellings"]
    leader.record(Changes(entries=[told(1, "The council that sold the old lantern of")]))
    left = next(row for row in rows(leader)["tellings"] if row not in before)
    with closing(sqlite3.connect(follower.path)) as database, database:
        database.execute("INSERT INTO tellings VALUES (?,?,?,?)", left)
    follower.apply(leader.appended[1:])
    assert_equal(leader, follower)


UNCHANGED = {
    "nothing": Changes(at=NOW),
    "the same article": Changes(at=NOW, entries=[told(1)]),
    "another stamp of a file": Changes(files=[File("a.md", (7, 8, 9), source=b"1")]),
    "the same descriptions": Changes(descriptions={"a.yaml": b"1"}),
    "a folder of this host": Changes(corpus="/srv/another"),
}


@pytest.mark.parametrize("changes", UNCHANGED.values(), ids=UNCHANGED)
def test_what_changes_no_row_of_others_is_no_batch(leader: Leader, changes: Changes) -> None:
    files = [File("a.md", (1, 2, 3), source=b"1")]
    leader.record(Changes(at=NOW, entries=[told(1)], files=files, descriptions={"a.yaml": b"1"}))
    position = leader.position()
    leader.record(changes)
    assert len(leader.appended) == 1
    assert leader.position() == position
    assert leader.corpus() == (changes.corpus or "")


def test_a_batch_has_the_last_modification_time_of_its_files(leader: Leader) -> None:
    second = 1_000_000_000
    leader.record(Changes(files=[File("a.md", (900 * second, 1, 1))]))
    leader.record(Changes(files=[File("b.md", (5 * second // 2, 1, 1)), File("c.md", (second, 1, 1))]))
    leader.record(Changes(entries=[told(1)]))
    assert [each.newest for each in leader.appended] == [900, 2.5, 0]
    assert [each.revision for each in leader.appended] == [0, 0, 1]


def test_a_leader_that_followed_before_and_will_follow_again(
    leader: Leader, opened: Callable[[str], SQLiteReplica]
) -> None:
    former, other = opened("former"), opened("other")
    leader.record(Changes(entries=[told(1)]))
    former.apply(leader.appended)
    taken: list[RowBatch] = []
    former.append = lambda _before, batch: taken.append(batch)
    former.record(Changes(entries=[told(2)]))
    leader.apply(taken)
    leader.record(Changes(entries=[told(3)]))
    former.append = None
    former.apply(leader.appended[-1:])
    former.append = lambda _before, batch: taken.append(batch)
    former.record(Changes(entries=[told(4)]))
    other.apply([leader.appended[0], taken[0], leader.appended[1], taken[1]])
    assert_equal(former, other)


# Stamps, which each host has of its own.


def test_a_file_keeps_its_stamp_on_a_host_as_long_as_its_source_is_the_same(
    leader: Leader, follower: SQLiteReplica
) -> None:
    def at_leader(*files: File) -> None:
        leader.record(Changes(files=list(files)))
        follower.apply(leader.appended[-1:])

    at_leader(*(File(f"{name}.md", (1, 1, 1), source=source) for name, source in SOURCES.items()))
    assert set(follower.stamps().values()) == {(0, 0, 0)}
    assert follower.unread(9) == [("a.md", b"1"), ("b.md", b"2")]
    assert follower.unread(1) == [("a.md", b"1")]
    position = follower.position()
    follower.stamp({"a.md": (5, 6, 7), "b.md": (8, 8, 8), "unknown.md": (1, 1, 1), "c.md": (9, 9, 9)})
    assert follower.unread(9) == []
    assert follower.position() == position
    at_leader(
        File("a.md", (2, 2, 2), problem="bad", source=b"1"),
        File("b.md", (2, 2, 2), source=b"3"),
        File("c.md", (2, 2, 2), problem="bad"),
    )
    assert follower.stamps() == {"a.md": (5, 6, 7), "b.md": (0, 0, 0), "c.md": (0, 0, 0)}
    assert follower.files()["a.md"].problem == "bad"
    assert leader.stamps()["a.md"] == (2, 2, 2)
    assert_equal(leader, follower)


SOURCES = {"a": b"1", "b": b"2", "c": b""}


# The format.


def test_a_batch_of_format_1_has_every_column_that_hosts_share(tmp_path: Path) -> None:
    derived = {"tellings", "batches"}
    with closing(sqlite3.connect(tmp_path / "empty.db")) as database:
        create(database)
        tables = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'words%'"
        ).fetchall()
        columns = {
            name: {row[1] for row in database.execute(f"PRAGMA table_info({name})")} for (name,) in tables
        }
    columns["files"] -= {"modified", "size", "inode", "checksum"}  # of one host
    shared = {table.name: {*table.columns} - {"rowid"} for table in REPLICATED_TABLES}
    assert {name: found for name, found in columns.items() if name not in derived} == shared


def test_values_of_a_host_are_not_taken_from_a_batch(follower: SQLiteReplica) -> None:
    """A later version may send more."""
    content = encode({"meta": [(key, "another", 1) for key in OWN_META]})
    follower.apply([RowBatch(following(Position(), content), content, 1, 0)])
    assert follower.journal() == JOURNAL
    assert follower.corpus() == ""
    follower.check()
    assert not follower.replaces_another()


def test_a_batch_with_an_unknown_table_is_refused(follower: SQLiteReplica) -> None:
    content = encode({"another": [(1,)]})
    with pytest.raises(StoreRefused, match="batch 1 cannot be read: it has the table another"):
        follower.apply([RowBatch(following(Position(), content), content, 1, 0)])
