"""Settings -> the store, and the work on its file: check, back up, restore."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

from feeds.bootstrap.inherited import inherited
from feeds.bootstrap.postgres import in_postgres
from feeds.bootstrap.store_location import claim, is_default
from feeds.errors import StoreDamaged, StoreError, StoreRefused
from feeds.settings import Settings
from feeds.store import Store
from feeds.store.reader_checks import ReaderChecks
from feeds.store.readership import ReadershipState
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.backup import refuse_target, verify
from feeds.store.sqlite.reader_checks import SQLiteReaderChecks
from feeds.store.sqlite.readership import SQLiteReadership
from feeds.store.sqlite.replica import SQLiteReplica
from feeds.store.sqlite.state import SQLiteState
from feeds.store.sqlite.store_file import StoreFile
from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from feeds.store.sqlite.subscriptions_backup import (
    back_up_subscriptions,
    refuse_damaged,
    restore_subscriptions,
)
from feeds.store.state import SharedState
from feeds.store.subscriptions import Subscriptions


def store_of(settings: Settings) -> Store:
    """Open or create the store. Raises StoreError.

    If settings were accepted, the folder of the store existed then. A missing folder is not created
    again, because an empty store would publish all articles a second time.
    """
    if inherited.accepted and inherited.accepted.store:
        require_folder(settings)
    store = _opened(settings)
    if settings.fleet.dsn:
        return store  # the corpus is elsewhere, or in another folder on each host
    try:
        claim(store, settings)
    except BaseException:
        store.close()
        raise
    return store


def require_folder(settings: Settings) -> None:
    """Raise StoreError if the folder of the store is missing."""
    path = settings.store_path
    if not path.parent.is_dir():
        raise StoreError(path, f"no such folder: {path.parent}", "create or mount it")


def existing_store(settings: Settings) -> SQLiteStore | None:
    """The store, None if there is none yet. Raises StoreError if it cannot be opened.

    Unlike ``store_of``, this does not record the corpus in the store if the corpus was moved.
    """
    return SQLiteStore(settings.store_path) if os.path.exists(settings.store_path) else None


def replica_of(settings: Settings) -> SQLiteReplica:
    """Open or create the store of a host in a fleet. Raises StoreError."""
    if inherited.accepted and inherited.accepted.store:
        require_folder(settings)
    return SQLiteReplica(settings.store_path)


def required_store(settings: Settings) -> SQLiteStore:
    """The store, as ``existing_store`` opens it. Raises StoreError if there is none yet."""
    return SQLiteStore(_existing_path(settings))


def state_of(settings: Settings) -> SharedState:
    """The state beside the store, in a fleet in its database; nothing is opened or created."""
    if settings.fleet.dsn:
        return cast(SharedState, in_postgres("state:PostgresState")(settings.fleet.dsn))
    return SQLiteState(Path(f"{settings.store_path}.state"))


def subscriptions_of(settings: Settings) -> Subscriptions:
    """The subscriptions beside the store, in a fleet in its database; nothing is opened or created."""
    if settings.fleet.dsn:
        return cast(Subscriptions, in_postgres("subscriptions:PostgresSubscriptions")(settings.fleet.dsn))
    return SQLiteSubscriptions(_subscriptions_beside(settings.store_path))


def readership_of(settings: Settings) -> ReadershipState:
    """The counts of readers beside the store, in a fleet in its database; nothing is opened."""
    if settings.fleet.dsn:
        return cast(ReadershipState, in_postgres("readership:PostgresReadership")(settings.fleet.dsn))
    return SQLiteReadership(Path(f"{settings.store_path}.readers"))


def reader_checks_of(settings: Settings) -> ReaderChecks | None:
    """The reader checks of this host, which a fleet does not share; None if they are off."""
    if not settings.http.reader_check:
        return None
    return SQLiteReaderChecks(Path(f"{settings.store_path}.checks"))


def check_store(settings: Settings) -> Iterator[str]:
    """Yield each damage in the store, without changing it. Raises StoreError if there is no store."""
    return verify(_existing_path(settings))


def back_up_store(settings: Settings, target: Path) -> list[Path]:
    """Write verified copies of the store to *target*, and of the subscriptions, if any, beside it.

    Return the paths of the copies. Servers may use the store at the same time. In a fleet, the database
    has the subscriptions.
    """
    source, beside = _subscriptions_beside(settings.store_path), _subscriptions_beside(target)
    refuse_target(target)
    refuse_target(beside)
    with closing(required_store(settings)) as store:
        store.back_up(target)
    if settings.fleet.dsn or not source.exists():
        return [target]
    back_up_subscriptions(source, beside)
    return [target, beside]


def restore_store(settings: Settings, backup: Path) -> dict[Path, Path]:
    """Replace the store, and the subscriptions if *backup* has them beside it, and keep the former files.

    Return the path of each restored file, and the path of its copy.

    Raises StoreRefused in a fleet, whose journal would replace the copy.
    """
    if settings.fleet.dsn:
        raise StoreRefused(
            settings.store_path,
            "follows a journal, which would replace what is restored",
            "restore it without fleet.dsn, and begin an empty database with it",
        )
    target, beside = _subscriptions_beside(settings.store_path), _subscriptions_beside(backup)
    if beside.exists():
        refuse_damaged(beside)
    StoreFile(settings.store_path).restore(backup)
    if not beside.exists():
        return {settings.store_path: backup}
    restore_subscriptions(target, beside)
    return {settings.store_path: backup, target: beside}


def _subscriptions_beside(store: Path) -> Path:
    return Path(f"{store}.subscriptions")


def _opened(settings: Settings) -> SQLiteStore:
    """Open or create the store; the remedy for a default file that cannot be created is store.path."""
    try:
        return (SQLiteReplica if settings.fleet.dsn else SQLiteStore)(settings.store_path)
    except (StoreRefused, StoreDamaged):
        raise
    except StoreError as error:
        if is_default(settings.store_path) and not os.path.exists(settings.store_path):
            raise StoreError(error.subject, error.problem, "set store.path") from error
        raise


def _existing_path(settings: Settings) -> Path:
    if not os.path.exists(settings.store_path):
        raise StoreError(settings.store_path, "no store yet", "run feeds refresh to make one")
    return settings.store_path
