"""Verified copies of the subscriptions beside a store, which only the user of the server may read."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from feeds.errors import StoreError, StoreRefused, failure
from feeds.store.sqlite.backup import copy, make_durable, new_file, publish
from feeds.store.sqlite.kept_files import free_name
from feeds.store.sqlite.ownership import SIDE_FILES, opening
from feeds.store.sqlite.side_file import bring_up, errors_of
from feeds.store.sqlite.subscriptions import SUBSCRIPTION_MIGRATIONS

_REMEDY = "move it away to do without subscriptions"


def back_up_subscriptions(path: Path, target: Path) -> None:
    """Write a verified copy of the file at *path* to *target*; servers may use the file meanwhile.

    Raises StoreRefused if *target* exists, StoreError if the copy cannot be made.
    """
    try:
        with new_file(target) as made:
            _copy(path, made)
            publish(made, target)
    except FileExistsError as error:
        raise StoreRefused(target, "exists already", "name a new file") from error
    except OSError as error:
        raise StoreError(target, *failure("cannot be written", error)) from error


def refuse_damaged(backup: Path) -> None:
    """Raise StoreError unless *backup* is an intact copy of subscriptions."""
    with (
        errors_of(backup, _REMEDY),
        closing(sqlite3.connect(f"{backup.absolute().as_uri()}?immutable=1", uri=True)) as opened,
    ):
        _verify(opened, backup)


def restore_subscriptions(path: Path, backup: Path) -> None:
    """Replace the file at *path*, which nobody may use, by a copy of *backup*; keep the former file.

    Raises StoreError.
    """
    with opening(path), new_file(path) as made:
        _copy(backup, made)
        _renew(made)
        owner = (path if path.exists() else path.parent).stat()
        with suppress(PermissionError):  # only root may give a file away
            os.chown(made, owner.st_uid, owner.st_gid)
        make_durable(made)
        aside = free_name(path, "before-restore")
        for suffix in ("", *SIDE_FILES):
            with suppress(FileNotFoundError):
                os.replace(f"{path}{suffix}", f"{aside}{suffix}")
        os.replace(made, path)
        make_durable(path.parent)


def _copy(source: Path, made: Path) -> None:
    """Copy *source* to *made*, an empty file, and verify the copy. Raises StoreError."""
    os.chmod(made, 0o600)
    with (
        errors_of(source, _REMEDY),
        closing(sqlite3.connect(made, isolation_level=None)) as database,
    ):
        copy(source, database)
        _verify(database, source)
        database.execute("PRAGMA journal_mode = DELETE")  # so that it is one file


def _renew(made: Path) -> None:
    """Give the copy *made* the present schema, and an epoch that no deliverer of the original knows."""
    with closing(sqlite3.connect(made, isolation_level=None)) as database:
        bring_up(database, SUBSCRIPTION_MIGRATIONS, made)
        if database.in_transaction:
            database.execute("COMMIT")
        database.execute("UPDATE deliverer SET epoch = random() & 0xffffffffff")
        database.execute("PRAGMA journal_mode = WAL")


def _verify(database: sqlite3.Connection, source: Path) -> None:
    """Raise StoreError unless *database*, a copy of *source*, has intact subscriptions."""
    [version] = database.execute("PRAGMA user_version").fetchone()
    if version > len(SUBSCRIPTION_MIGRATIONS):
        raise StoreError(source, "written by a newer version", "use that version")
    [found] = database.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StoreError(source, f"damaged: {found}", _REMEDY)
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if not tables >= {"subscriptions", "deliverer"}:
        raise StoreError(source, "not the subscriptions of a store", _REMEDY)
