"""Checksums of rows, which reveal damage that SQLite does not notice, and errors that mean damage.

An article has three checksums in one column: of its payload, of the other fields of its Record except
``slug``, and of ``slug`` with the fields that only the writer reads. ``story`` and ``revision`` have
none: both are also in an index, and SQLite's integrity check compares column and index.
"""

import sqlite3
import struct
from collections.abc import Iterable, Sequence
from typing import Any
from zlib import crc32

import msgspec

from feeds.store import Record

_three = struct.Struct("<III")
_encoder = msgspec.msgpack.Encoder()

RECORD_COLUMNS = tuple(field for field in Record.__struct_encode_fields__ if field != "compression")
"""The columns of a Record, in its order."""
SEALED = tuple(field for field in RECORD_COLUMNS if field not in ("payload", "story", "slug"))
"""The fields of a Record that the second checksum covers."""
_STORY = RECORD_COLUMNS.index("story")
_SLUG = RECORD_COLUMNS.index("slug")
_REST = slice(_SLUG, _SLUG + 5)  # of a row: slug, path, digest, first_seen, removed


# The errors of decoding values that have another type than was written.
DAMAGED = (ValueError, TypeError, msgspec.MsgspecError, struct.error)


def row_checksum(values: Sequence[Any]) -> int:
    """The CRC-32 of *values* in MessagePack."""
    return crc32(_encoder.encode(values))


def article_checksums(row: Sequence[Any]) -> bytes:
    """The checksums of *row*: RECORD_COLUMNS, then path, digest, first_seen and removed."""
    return _three.pack(crc32(row[1]), _of_record(row), row_checksum(row[_REST]))


def _of_record(row: Sequence[Any]) -> int:
    return crc32(_encoder.encode((row[0], *row[2:_STORY], row[_STORY + 1])))


def verified_sum(
    checksums: Sequence[bytes], payloads: Iterable[bytes], sealed: Iterable[tuple[Any, ...]]
) -> int:
    """Verify rows with the fields *sealed*; return the sum of their ``visible_sum``s.

    Raises one of DAMAGED.
    """
    written = struct.unpack(f"<{3 * len(checksums)}I", b"".join(checksums))
    of_payloads, of_records = written[::3], written[1::3]
    if of_payloads != tuple(map(crc32, payloads)):
        raise ValueError("the checksum of a payload does not match")
    if of_records != tuple(map(crc32, map(_encoder.encode, sealed))):
        raise ValueError("the checksum of a record does not match")
    return sum(of_records)


def intact_parts(row: Sequence[Any], checksums: bytes) -> tuple[bool, bool, bool]:
    """Return for each of the three parts of *row* whether it matches its checksum."""
    try:
        payload, record, entry = _three.unpack(checksums)
        return (
            isinstance(row[1], bytes) and crc32(row[1]) == payload,
            _of_record(row) == record,
            row_checksum(row[_REST]) == entry,
        )
    except DAMAGED:
        return False, False, False


def is_intact_payload(payload: bytes, checksums: bytes) -> bool:
    """Return whether *payload* matches its checksum."""
    return crc32(payload).to_bytes(4, "little") == checksums[:4]


def visible_sum(checksums: bytes) -> int:
    """The number that an article with *checksums* adds to the sum over all live articles."""
    return int(_three.unpack(checksums)[1])


def resealed(checksums: bytes, payload: bytes) -> bytes:
    """Return *checksums* with the new checksum of *payload*."""
    return crc32(payload).to_bytes(4, "little") + checksums[4:]


def resealed_entry(checksums: bytes, entry: Sequence[Any]) -> bytes:
    """Return *checksums* with the checksum of *entry*: slug, path, digest, first_seen and removed."""
    return checksums[:8] + row_checksum(entry).to_bytes(4, "little")


def spoilt(checksums: bytes) -> bytes:
    """Return *checksums* with a wrong checksum of the payload."""
    return bytes((checksums[0] ^ 0xFF,)) + checksums[1:]


# The errors of reading a damaged file; UnicodeDecodeError if SQLite's message contains damaged text.
DATABASE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def is_damage(error: Exception) -> bool:
    """Return whether damage in the file may have caused *error*; only a full check can prove it.

    All SQL statements are constant, so that a syntax error indicates a damaged schema.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # text that is not UTF-8: an error of Python, not of SQLite
        return type(error) in (sqlite3.OperationalError, UnicodeDecodeError)
    return code & 0xFF in _SUSPECT or code == sqlite3.SQLITE_IOERR_SHORT_READ


_SUSPECT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}
