"""The rows that all replicas of a store have, and their form in a batch.

A batch of format 1 is a map in MessagePack, compressed with Zstandard, from the name of each table with
changes to a list of rows. A row has the columns below, the key first; a deleted row is its key alone.
With one column more or less, it is another format.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import zstandard
from msgspec import Struct

BATCH_FORMATS = (1,)
BATCH_LEVEL = 3  # of compression; most bytes are payloads, which are compressed already

OWN_META = ("writer", "words", "schema", "corpus", "journal", "position")
"""The keys of ``meta`` that belong to one host."""


class ReplicatedTable(Struct, frozen=True):
    """A table with its *columns* in a batch, the key first.

    Columns that are left out belong to one host: the stamps of files, and the checksum over them.
    """

    name: str
    columns: tuple[str, ...]

    @property
    def key(self) -> str:
        """The column that identifies a row."""
        return self.columns[0]

    @property
    def listed(self) -> str:
        """The columns, for a query."""
        return ", ".join(self.columns)


ARTICLE_ROWS = ReplicatedTable(
    "articles",
    (
        "number", "id", "path", "payload", "digest", "version", "published", "first_seen", "changed",
        "removed", "revision", "appeared", "rated", "daily", "weekly", "story", "alike", "address",
        "updated", "heat", "quality", "checksums", "slug",
    ),
)  # fmt: skip
FILE_ROWS = ReplicatedTable(
    "files", ("path", "id", "line", "problem", "withheld", "source", "published", "updated")
)
DEPARTURE_ROWS = ReplicatedTable(
    "departures", ("rowid", "revision", "at", "facets", "id", "published", "checksum")
)
DESCRIPTION_ROWS = ReplicatedTable("descriptions", ("path", "content", "checksum"))
META_ROWS = ReplicatedTable("meta", ("key", "value", "checksum"))
REPLICATED_TABLES = (ARTICLE_ROWS, FILE_ROWS, DEPARTURE_ROWS, DESCRIPTION_ROWS, META_ROWS)

Row = tuple[Any, ...]
Rows = dict[str, Sequence[Row]]
"""Changed rows by table."""

_decoder = msgspec.msgpack.Decoder(dict[str, list[Row]])


class Unreadable(Exception):
    """The content of a batch cannot be read."""


def encode(rows: Rows) -> bytes:
    """The content of a batch with *rows*."""
    return zstandard.ZstdCompressor(BATCH_LEVEL).compress(msgspec.msgpack.encode(rows))


def decode(content: bytes) -> dict[str, list[Row]]:
    """The rows in the *content* of a batch. Raises Unreadable."""
    try:
        return _decoder.decode(zstandard.ZstdDecompressor().decompress(content))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise Unreadable(str(error)) from error
