"""What damage is, and checksums of rows, which reveal it where SQLite itself does not notice.

An article has three, in one column: of its payload, of the other fields of its Record, and of what only
the writer reads. ``story`` and ``revision`` have none: each stands in an index as well, and SQLite's own
check compares the two.
"""

import sqlite3
import struct
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgspec

from feeds.store import Record

_three = struct.Struct("<III")
_encoder = msgspec.msgpack.Encoder()

FIELDS = tuple(field for field in Record.__struct_fields__ if field != "packing")
SEALED = tuple(field for field in FIELDS if field not in ("payload", "story"))
"""The fields of a Record that one checksum stands for."""
_STORY = FIELDS.index("story")
_WIDTH = len(FIELDS)


# What working with values raises that are not of the type that was written.
DAMAGED = (ValueError, TypeError, msgspec.MsgspecError, struct.error)


def row_checksum(values: Sequence[Any]) -> int:
    """The CRC-32 of *values*, which MessagePack can encode."""
    return crc32(_encoder.encode(values))


def article_checksums(row: Sequence[Any]) -> bytes:
    """The checksums of *row*: FIELDS, then path, digest, first_seen and removed."""
    return _three.pack(crc32(row[1]), _of_record(row), row_checksum(row[_WIDTH : _WIDTH + 4]))


def _of_record(row: Sequence[Any]) -> int:
    return crc32(_encoder.encode((row[0], *row[2:_STORY], row[_STORY + 1])))


def verified_sum(checksums: bytes, payload: bytes, sealed: tuple[Any, ...]) -> int:
    """The ``visible_sum`` of a row, of which *sealed* are the SEALED fields. Raises DAMAGED."""
    of_payload, of_record, _ = _three.unpack(checksums)
    if crc32(payload) != of_payload or crc32(_encoder.encode(sealed)) != of_record:
        raise ValueError("a checksum does not match")
    return int(of_record)


def intact_parts(row: Sequence[Any], checksums: bytes) -> tuple[bool, bool, bool]:
    """Which of the three parts of *row*, as ``article_checksums`` takes it, are what was written."""
    try:
        payload, record, entry = _three.unpack(checksums)
        return (
            isinstance(row[1], bytes) and crc32(row[1]) == payload,
            _of_record(row) == record,
            row_checksum(row[_WIDTH : _WIDTH + 4]) == entry,
        )
    except DAMAGED:
        return False, False, False


def visible_sum(checksums: bytes) -> int:
    """The part of the sum over all live articles that the one with *checksums* has."""
    return int(_three.unpack(checksums)[1])


def resealed(checksums: bytes, payload: bytes) -> bytes:
    """*checksums* with that of *payload*, which is packed in another way now."""
    return crc32(payload).to_bytes(4, "little") + checksums[4:]


def spoilt(checksums: bytes) -> bytes:
    """*checksums* with a wrong one for the payload."""
    return bytes((checksums[0] ^ 0xFF,)) + checksums[1:]


# What reading a damaged file raises; the latter where the message itself is damaged text.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)


def is_damage(error: Exception) -> bool:
    """Whether *error* may come of damage in the file: whoever looks for damage can tell.

    Statements are the same at all times, so that one that SQLite does not understand is as suspect.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # text that is not UTF-8, which Python found and SQLite did not
        return type(error) in (sqlite3.OperationalError, UnicodeDecodeError)
    return code & 0xFF in _SUSPECT or code == sqlite3.SQLITE_IOERR_SHORT_READ


_SUSPECT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}
