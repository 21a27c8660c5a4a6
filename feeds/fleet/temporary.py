"""Folders beside a store for snapshots on their way."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def beside(store: Path) -> Iterator[Path]:
    """Yield a new folder on the disk of *store*, which is deleted at the end."""
    with TemporaryDirectory(prefix=_prefix(store), dir=store.parent) as folder:
        yield Path(folder)


def delete_leftovers(store: Path) -> None:
    """Delete the folders of processes that were killed. Call this only as the writer of *store*."""
    for each in store.parent.glob(f"{_prefix(store)}*"):
        shutil.rmtree(each, ignore_errors=True)


def _prefix(store: Path) -> str:
    return f".{store.name}-snapshot-"
