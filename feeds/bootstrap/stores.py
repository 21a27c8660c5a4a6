"""Settings -> the store, and the work on its file: check, back up, restore."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from feeds.bootstrap.inherited import inherited
from feeds.bootstrap.store_location import claim, is_default
from feeds.errors import StoreDamaged, StoreError, StoreRefused
from feeds.settings import Settings
from feeds.store import Store
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.backup import refuse_target, verify
from feeds.store.sqlite.store_file import StoreFile


def store_of(settings: Settings) -> Store:
    """Open or create the store. Raises StoreError.

    If settings were accepted, the folder of the store existed then. A missing folder is not created
    again, because an empty store would publish all articles a second time.
    """
    if inherited.accepted and inherited.accepted.store:
        require_folder(settings)
    store = opened_store(settings)
    try:
        claim(store, settings)
    except BaseException:
        store.close()
        raise
    return store


def opened_store(settings: Settings) -> SQLiteStore:
    """Open or create the store, without a change if it is the store of a corpus that was moved."""
    try:
        return SQLiteStore(settings.store_path)
    except (StoreRefused, StoreDamaged):
        raise
    except StoreError as error:
        if is_default(settings.store_path) and not os.path.exists(settings.store_path):
            raise StoreError(error.subject, error.problem, "set store.path") from error
        raise


def require_folder(settings: Settings) -> None:
    """Raise StoreError if the folder of the store is missing."""
    path = settings.store_path
    if not path.parent.is_dir():
        raise StoreError(path, f"no such folder: {path.parent}", "create or mount it")


def existing_store(settings: Settings) -> Store | None:
    """The store, None if there is none yet. Raises StoreError if it cannot be opened."""
    return opened_store(settings) if os.path.exists(settings.store_path) else None


def check_store(settings: Settings) -> Iterator[str]:
    """Yield each damage in the store, without changing it. Raises StoreError if there is no store."""
    return verify(existing_path(settings))


def back_up_store(settings: Settings, target: Path) -> None:
    """Write a verified copy of the store to *target*; servers may use the store at the same time."""
    refuse_target(target)
    with closing(SQLiteStore(existing_path(settings))) as store:
        store.back_up(target)


def restore_store(settings: Settings, backup: Path) -> None:
    """Replace the store by a copy of *backup*, and keep the former file beside it."""
    StoreFile(settings.store_path).restore(backup)


def existing_path(settings: Settings) -> Path:
    """The path of the store. Raises StoreError if there is no store yet."""
    if not os.path.exists(settings.store_path):
        raise StoreError(settings.store_path, "no store yet", "run feeds refresh to make one")
    return settings.store_path
