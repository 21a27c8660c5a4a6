"""Entries and files to record, and recorded ones without the numbers that the store assigned."""

import msgspec

from feeds.article import Article
from feeds.article.hashes import content_hash
from feeds.store import Changes, File, Record, Store, StoredEntry
from feeds.store.tokenize import tokenize
from tests.builders import LATER, article, record

NOW = int(LATER)


def entry(number: int = 1, at: int | None = None, removed: int = 0, **fields: object) -> StoredEntry:
    return entry_of(article(number, **fields), at, removed)


def entry_of(made: Article, at: int | None = None, removed: int = 0) -> StoredEntry:
    return StoredEntry(record(made, at), f"_news/{made.id[-3:]}.md", content_hash(made), at or 1, removed)


def file(path: str, id_: str = "") -> File:
    return File(path, (1, 2, 3), id_, 4, "a problem", withheld=True)


def put(store: Store, *articles: Article, removed: int = 0) -> None:
    """Record *articles*, as live ones or as removed at a second."""
    store.record(Changes(entries=[entry_of(each, removed=removed) for each in articles]))


def found(store: Store, text: str, *, titles: bool = False) -> list[int]:
    """The numbers of the articles that contain *text*."""
    return store.search([tokenize(text)], titles)


def live(store: Store) -> dict[str, Record]:
    """The live articles by id, without their numbers."""
    return {each.id: unnumbered(each) for each in store.load().records}


def unnumbered(record: Record) -> Record:
    return msgspec.structs.replace(record, number=0)


def entries(store: Store, *ids: str) -> dict[str, StoredEntry]:
    """The recorded entries with *ids*, without their numbers."""
    return {id_: as_made(found) for id_, found in store.entries(ids).items()}


def as_made(found: StoredEntry | None) -> StoredEntry | None:
    return found and msgspec.structs.replace(found, record=unnumbered(found.record))


def decoded(entry: StoredEntry) -> Article:
    return msgspec.msgpack.decode(entry.record.content, type=Article)
