"""Decisions on a batch of read files, from values alone: no store, no clock, no disk."""

from typing import Any

import msgspec

from feeds.article import Article
from feeds.article.hashes import content_hash
from feeds.corpus import Stamp
from feeds.ingest.former_state import FormerState, Known
from feeds.ingest.reads import Read
from feeds.ingest.recorder import Batch, record
from feeds.store import File, StoredEntry
from tests.builders import LATER, article

STAMP = Stamp(1, 2, 3)
NOW = int(LATER)


def read(path: str, made: Article) -> Read:
    return Read(path, STAMP, made, b"source of " + path.encode(), content_hash(made))


def batch(*reads: Read, **fields: Any) -> Batch:
    former = FormerState(entries={each.reading.id: None for each in reads})
    given = {"known": Known(), "gone": set(), "retired": [], "former": former, "stamp": NOW, "now": NOW}
    return Batch(**{"reads": reads, "id_of": lambda path: path} | given | fields)


def recorded(made: Read) -> tuple[StoredEntry, File]:
    """The entry and the file of an article that was recorded before."""
    changes = record(batch(made, stamp=NOW - 100)).changes
    [entry], [file] = changes.entries, changes.files
    return entry, file


def test_a_new_article_is_an_entry_and_a_file() -> None:
    made = record(batch(read("a.md", article(1))))
    [entry], [file] = made.changes.entries, made.changes.files
    assert (entry.path, entry.digest, entry.removed) == ("a.md", content_hash(article(1)), 0)
    assert (entry.record.id, entry.record.changed) == (article(1).id, NOW)
    assert (file.path, file.id, file.stamp) == ("a.md", article(1).id, STAMP)
    assert (made.changes.tombstones, made.freed_ids) == ([], set())


def test_an_article_that_did_not_change_is_no_entry() -> None:
    same = read("a.md", article(1))
    entry, file = recorded(same)
    former = FormerState(entries={entry.record.id: entry}, by_digest={same.digest: [entry]})
    made = record(batch(same, known=Known({"a.md": file}), former=former))
    assert made.changes.entries == []
    assert [each.path for each in made.changes.files] == ["a.md"]


def test_an_article_whose_file_is_gone_leaves_a_tombstone_and_frees_its_id() -> None:
    entry, file = recorded(read("a.md", article(1)))
    former = FormerState(entries={entry.record.id: entry})
    known = Known({"a.md": file})
    made = record(batch(known=known, former=former, gone={"a.md"}, retired=["a.md"]))
    assert made.changes.entries == [msgspec.structs.replace(entry, removed=NOW)]
    assert made.changes.gone == ["a.md"]
    assert [left.id for left in made.changes.tombstones] == [entry.record.id]
    assert made.freed_ids == {entry.record.id}


def test_an_article_that_moved_keeps_its_entry_and_leaves_no_tombstone() -> None:
    entry, file = recorded(read("a.md", article(1)))
    moved = read("b.md", msgspec.structs.replace(article(1), id="b"))
    known = Known({"a.md": file}, {"b.md": entry.record.id}, {entry.record.id})
    former = FormerState(entries={entry.record.id: entry, "b": None})
    made = record(batch(moved, known=known, former=former, gone={"a.md"}, retired=["a.md"]))
    [now] = made.changes.entries
    assert now == msgspec.structs.replace(entry, path="b.md")
    assert made.changes.tombstones == []


def test_a_new_article_at_the_path_of_one_that_left_gets_another_id() -> None:
    entry, _ = recorded(read("a.md", article(1)))
    left = msgspec.structs.replace(entry, removed=NOW - 10)
    other = msgspec.structs.replace(article(2), id=entry.record.id)
    numbered = f"{entry.record.id}~2"
    former = FormerState(entries={entry.record.id: left, numbered: None})
    made = record(batch(read("a.md", other), former=former))
    assert [each.record.id for each in made.changes.entries] == [numbered]
