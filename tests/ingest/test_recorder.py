"""Decisions on a batch of read files, from values alone: no store, no clock, no disk."""

from typing import Any

import msgspec

from feeds.article import Article
from feeds.article.hashes import content_hash
from feeds.corpus import Stamp
from feeds.corpus.problems import NOT_UTF8
from feeds.errors import ArticleError
from feeds.ingest.former_state import FormerState, Known
from feeds.ingest.reads import Read
from feeds.ingest.recorder import Batch, record
from feeds.store import File, StoredEntry
from tests.builders import LATER, article
from tests.table import for_each

STAMP = Stamp(1, 2, 3)
NOW = int(LATER)


def read(path: str, made: Article) -> Read:
    return Read(path, STAMP, made, b"source of " + path.encode(), content_hash(made))


def batch(*reads: Read, **fields: Any) -> Batch:
    former = FormerState(
        entries={each.reading.id: None for each in reads if isinstance(each.reading, Article)}
    )
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


def own(path: str, id_: str) -> Read:
    """The article at *path* with *id_* in its front matter."""
    made = read(path, msgspec.structs.replace(article(1), id=id_, title=f"At {path}"))
    return msgspec.structs.replace(made, own_id=True)


def test_an_id_that_another_file_takes_over_at_once_has_a_tombstone_without_it() -> None:
    entry, file = recorded(own("a.md", "urn:x"))
    former = FormerState(entries={"urn:x": entry, "urn:y": None})
    known = Known({"a.md": file})
    made = record(batch(own("a.md", "urn:y"), own("b.md", "urn:x"), known=known, former=former))
    live = {each.record.id: each.path for each in made.changes.entries if not each.removed}
    assert live == {"urn:x": "b.md", "urn:y": "a.md"}
    assert [left.id for left in made.changes.tombstones] == [""]
    assert made.freed_ids == set()


def test_an_id_of_an_article_whose_file_is_unknown_belongs_to_the_first_path() -> None:
    entry, _ = recorded(own("c.md", "urn:x"))
    made = record(batch(own("a.md", "urn:x"), former=FormerState(entries={"urn:x": entry})))
    assert [(each.path, each.removed) for each in made.changes.entries] == [("a.md", 0)]
    assert [each.path for each in made.changes.files] == ["a.md"]
    assert made.problems == []


def test_an_article_without_its_text_is_removed_if_its_file_cannot_be_read() -> None:
    entry, file = recorded(own("a.md", "urn:x"))
    lost = msgspec.structs.replace(entry, record=msgspec.structs.replace(entry.record, version=b""))
    bad = Read("a.md", STAMP, ArticleError(NOT_UTF8, "a.md", 3, byte="0xff"), b"source")
    for before, removed in ((lost, [NOW]), (entry, [])):
        former = FormerState(entries={"urn:x": before})
        made = record(batch(bad, known=Known({"a.md": file}), former=former))
        assert [each.removed for each in made.changes.entries] == removed
        assert [each.line for each in made.problems] == [3]


@for_each(
    ("published", "updated", "expected"),
    [(100, NOW - 50, 100), (0, NOW - 50, None), (100, 0, None), (100, 200, None)],
)
def test_an_article_whose_record_was_lost_gets_its_former_date_if_that_is_known_and_possible(
    published: int, updated: int, expected: int | None
) -> None:
    _, file = recorded(own("a.md", "urn:x"))
    known = Known({"a.md": msgspec.structs.replace(file, published=published, updated=updated)})
    made = record(batch(own("a.md", "urn:x"), known=known))
    [entry] = made.changes.entries
    assert entry.record.published == (expected or article(1).published.timestamp())
