"""Policy on missing files: a failed mount or another corpus does not remove articles."""

import os
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from feeds.corpus.problems import MOST_FILES_GONE
from feeds.errors import ArticleError, StoreRefused
from feeds.logs.events import EventLog
from feeds.store import File, Store

log = EventLog(__name__)

ACCEPT = "restore the files, or run feeds refresh --accept-removals"
MAX_FILES_OF_SMALL_CORPUS = 20  # if a larger corpus loses most files, a failed mount is assumed
MAX_FILES_SAMPLED = 200  # files of a store that are looked up in another folder

_File = TypeVar("_File", str, File)


def are_most(lost: int, had: int) -> bool:
    """Return whether the loss of *lost* of *had* files is treated as a failed mount."""
    return had > MAX_FILES_OF_SMALL_CORPUS and 2 * lost > had


def need_scan(lost: int, had: int) -> bool:
    """Return whether the loss of *lost* of *had* files needs a scan of all files first."""
    return lost > MAX_FILES_OF_SMALL_CORPUS or are_most(lost, had)


class HeldRemovals:
    """The missing files with articles that are kept until the files return or removal is accepted.

    *paths* are these files; *reason* is the message about them, empty if there are none. With *quiet*,
    the caller reports it instead of the log.
    """

    def __init__(self, root: Path, *, quiet: bool) -> None:
        self._root = root
        self._quiet = quiet
        self.paths: set[str] = set()
        self.reason = ""

    def without_held(
        self, gone: set[str], lost: set[str], had: int, *, accept_removals: bool
    ) -> set[str]:
        """Return *gone* without the paths of *lost* articles if those are most of *had* files.

        Paths that were held before stay held while their files are missing, or a slow restore would
        remove the second half of them.
        """
        held = lost if are_most(len(lost), had) else lost & self.paths
        self.hold(set() if accept_removals else held, had)
        return gone - self.paths

    def hold(self, paths: set[str], had: int) -> None:
        """Keep the articles of *paths*, out of *had* files, and log it if there are more than before."""
        error = ArticleError(MOST_FILES_GONE, str(self._root), lost=len(paths), had=had)
        reason = str(error) if paths else ""
        if not paths <= self.paths and not self._quiet:
            log.error("removals.held", reason, lost=len(paths), files=had)
        self.paths, self.reason = paths, reason


def lost_paths(gone: Iterable[str], files: Mapping[str, File], moved_ids: Container[str]) -> set[str]:
    """The *gone* paths, without those of moved articles; *files* are the files as last read."""
    return {path for path in gone if not ((file := files.get(path)) and file.id in moved_ids)}


def refuse_other_corpus(store: Store, root: Path) -> None:
    """Raise StoreRefused if *store* belongs to another folder and *root* has under 10% of its files.

    A store of few files may change its folder, unless another process writes to it.
    """
    if not root.is_dir() or not _is_other(store, root):
        return
    had, found = _files_found(store, root)
    if found * 10 < had and (had > MAX_FILES_OF_SMALL_CORPUS or store.has_writer()):
        raise _other_corpus(store, root, had, found)


def refuse_foreign_corpus(store: Store, root: Path) -> None:
    """Raise StoreRefused if *root* has under 10% of the files of *store*, filled by another host."""
    had, found = _files_found(store, root)
    if had > MAX_FILES_OF_SMALL_CORPUS and found * 10 < had:
        problem = f"only {found} of the {had} files that were published are in {os.path.abspath(root)}"
        raise StoreRefused(store.name, problem, "name a copy of the same corpus in corpus.path")


def _files_found(store: Store, root: Path) -> tuple[int, int]:
    """The number of files of *store*, and about how many of them are in *root*."""
    paths = [*store.stamps()]
    some = sampled(paths)
    found = sum(os.path.lexists(root / path) for path in some)
    return len(paths), found * len(paths) // len(some) if some else 0


def refuse_scanned_corpus(store: Store, root: Path, had: int, found: int) -> None:
    """Raise StoreRefused if *root* is another folder with few, *found*, of the *had* known files."""
    if had > MAX_FILES_OF_SMALL_CORPUS and found * 10 < had and _is_other(store, root):
        raise _other_corpus(store, root, had, found)


def sampled(files: Sequence[_File]) -> Sequence[_File]:
    """Return at most MAX_FILES_SAMPLED of *files*, evenly spread."""
    return files[:: len(files) // MAX_FILES_SAMPLED + 1]


def _is_other(store: Store, root: Path) -> bool:
    former = store.corpus()
    return bool(former) and former != os.path.abspath(root)


def _other_corpus(store: Store, root: Path, had: int, found: int) -> StoreRefused:
    return StoreRefused(
        store.name,
        f"belongs to {store.corpus()}, and only {found} of its {had} files are in "
        f"{os.path.abspath(root)}",
        "set another store.path, or take the store over with feeds refresh --adopt",
    )
