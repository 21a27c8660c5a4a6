"""Entries and files to record, and what a store has of them apart from the numbers it gives."""

import msgspec

from feeds.article import Article, digest
from feeds.store import File, Record, Store, StoredEntry
from tests.conftest import LATER, article, record

NOW = int(LATER)


def entry(number: int = 1, at: int | None = None, removed: int = 0, **fields: object) -> StoredEntry:
    return entry_of(article(number, **fields), at, removed)


def entry_of(made: Article, at: int | None = None, removed: int = 0) -> StoredEntry:
    return StoredEntry(record(made, at), f"_news/{made.id[-3:]}.md", digest(made), at or 1, removed)


def file(path: str, id_: str = "") -> File:
    return File(path, (1, 2, 3), id_, 4, "a problem", withheld=True)


def live(store: Store) -> dict[str, Record]:
    """The live articles by id, as they were before the store gave them numbers."""
    return {each.id: unnumbered(each) for each in store.load().records}


def unnumbered(record: Record) -> Record:
    return msgspec.structs.replace(record, number=0)


def entries(store: Store, *ids: str) -> dict[str, StoredEntry]:
    """What is recorded of *ids*, likewise."""
    return {id_: as_made(found) for id_, found in store.entries(ids).items()}


def as_made(found: StoredEntry | None) -> StoredEntry | None:
    return found and msgspec.structs.replace(found, record=unnumbered(found.record))


def decoded(entry: StoredEntry) -> Article:
    return msgspec.msgpack.decode(entry.record.content, type=Article)
