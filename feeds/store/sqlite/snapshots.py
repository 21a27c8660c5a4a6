"""Snapshots of a replica: files with all of its rows and its position, from which others begin."""

import sqlite3
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from feeds.errors import StoreRefused
from feeds.store.sqlite.backup import copy, reading, verify
from feeds.store.sqlite.files import OwnStamps, restamp
from feeds.store.sqlite.kept_batches import MIN_KEPT, forget_earlier
from feeds.store.sqlite.schema import create, migrate, write_meta


class OwnValues(Struct, frozen=True):
    """The values of a replica that no other host has, and that outlast its contents."""

    corpus: str = ""
    stamps: OwnStamps = {}


def refuse_snapshot(snapshot: Path, journal: str) -> None:
    """Raise StoreRefused unless *snapshot* is a sound file, and has a position in *journal*.

    Its rows were verified when it was made, and are when they are read: to do it here too would take as
    long as everything else.
    """
    for problem in verify(snapshot, is_quick=True):
        raise StoreRefused(snapshot, f"damaged: {problem}", "make another snapshot")
    with closing(reading(snapshot)) as database:
        row = database.execute("SELECT value FROM meta WHERE key = 'journal'").fetchone()
    if not row or row[0] != journal:
        raise StoreRefused(snapshot, "a snapshot of another journal", "make another snapshot")


def fill(target: sqlite3.Connection, journal: str, snapshot: Path | None, own: OwnValues) -> None:
    """Write the contents of *snapshot*, or none, to the empty file *target*, with the *own* values."""
    target.execute("PRAGMA synchronous = OFF")  # the file is written to disk before it is used
    if snapshot is None:
        create(target)
    else:
        copy(snapshot, target)
        migrate(target, lambda _schema: None)
    target.execute("BEGIN")
    restamp(target, own.stamps)
    target.execute("DELETE FROM meta WHERE key IN ('writer', 'corpus')")
    write_meta(target, {"journal": journal} | ({"corpus": own.corpus} if own.corpus else {}))
    target.execute("COMMIT")


def reduce(snapshot: sqlite3.Connection) -> None:
    """Delete from *snapshot* what its readers do not need: stamps of this host, and most batches.

    Their pages become zeros.
    """
    snapshot.execute("PRAGMA secure_delete = ON")
    snapshot.execute("BEGIN")
    restamp(snapshot, {})
    forget_earlier(snapshot, MIN_KEPT)
    snapshot.execute("COMMIT")
