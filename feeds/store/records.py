"""Published articles as a store keeps them and an index holds them."""

from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct

from feeds.article import Article, facet_fields
from feeds.store.compression import PLAIN, Compression

BATCH = 500  # articles that are unpacked at once


class Record(Struct, frozen=True, gc=False):
    """A published article as an Index holds it. Times are whole seconds since 1970.

    - *payload*: the Article in MessagePack, packed by *compression*; the other fields serve queries that
      do not decode it
    - *facets*: its FacetFields in MessagePack, one object shared by as many records as possible
    - *address*: the CRC-32 of its URL; few articles share one
    - *version*: sixteen bytes that differ for each rendered form; empty if damage destroyed the text,
      until the file is read again
    - *changed*: the time of its last change that a feed could show
    - *appeared*: the time at which a subscriber could first see it
    - *rated*: the time of the last change of heat or quality, 0 if there was none
    - *daily*, *weekly*: its heat at the end of the day and of the week in which it appeared, and its
      present heat until then
    - *cluster*: the id of the articles on one event, empty if it has none
    - *number*: assigned by the store and valid only there: small, constant as long as the store exists, 0
      until it is recorded
    - *slug*: the end of the address of its page, assigned by the store: unique and constant
    """

    id: str
    payload: bytes
    facets: bytes = msgspec.field(name="alike")  # the name of its column
    address: int
    version: bytes
    published: int
    updated: int
    changed: int
    heat: int = 0
    quality: int = 0
    appeared: int = 0
    rated: int = 0
    daily: int = 0
    weekly: int = 0
    cluster: str = msgspec.field(name="story", default="")  # the name of its column
    number: int = 0
    slug: str = ""
    compression: Compression = PLAIN

    @classmethod
    def of(cls, article: Article, **more: Any) -> "Record":
        """Make the Record of *article*; *more* are the fields that do not come from it."""
        return cls(
            id=article.id,
            payload=msgspec.msgpack.encode(article),
            facets=msgspec.msgpack.encode(facet_fields(article)),
            address=address(article.url),
            published=int(article.published.timestamp()),
            updated=int(article.updated.timestamp()),
            heat=article.heat,
            quality=article.quality,
            **more,
        )

    @property
    def content(self) -> bytes:
        """The Article in MessagePack; ``contents`` is quicker for many records."""
        return self.compression.unpack([self.payload])[0]

    @property
    def moment(self) -> int:
        """The later of *changed* and *published*: a scheduled article changes feeds at its date."""
        changed, published = self.changed, self.published
        return changed if changed > published else published  # quicker than max, for every article


def address(url: str) -> int:
    """The Record.address of an article at *url*."""
    return crc32(url.encode(errors="replace"))


def contents(records: Sequence[Record]) -> list[bytes]:
    """The content of each of *records*. Raises StoreError if one is damaged."""
    found = dict.fromkeys(range(len(records)), b"")
    for compression in {record.compression for record in records}:
        places = [place for place, record in enumerate(records) if record.compression is compression]
        unpacked = compression.unpack([records[place].payload for place in places])
        found.update(zip(places, unpacked, strict=True))
    return list(found.values())


def each_content(records: Sequence[Record]) -> Iterator[bytes]:
    """Yield the content of each of *records*; only a batch is unpacked at a time."""
    for first in range(0, len(records), BATCH):
        yield from contents(records[first : first + BATCH])


class StoredEntry(Struct, frozen=True):
    """An uncompressed Record, and the fields that only the writer needs; *removed* is 0 if it is live."""

    record: Record
    path: str
    digest: bytes
    first_seen: int
    removed: int = 0
