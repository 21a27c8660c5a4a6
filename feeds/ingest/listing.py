"""Comparison of the files on disk with those recorded: new, changed and deleted files."""

import os
import stat
from collections.abc import Callable, Set
from itertools import islice
from pathlib import Path

from msgspec import Struct

from feeds.corpus import Corpus, Stamp
from feeds.errors import ArticleError, UnreadableFile
from feeds.ingest.unread import UnreadFiles
from feeds.store import Store


class CorpusListing(Struct, frozen=True):
    """The *stamps* of files to read, in order, and the *problems* of files that cannot be listed.

    *total* is the number of all files, *known* the number of recorded files among them.
    """

    stamps: dict[str, Stamp]
    problems: list[ArticleError]
    total: int
    known: int


def differing(
    corpus: Corpus,
    store: Store,
    batch: int,
    *,
    anew: bool,
    also: Set[str],
    expect: Callable[[int], object] = lambda _files: None,
) -> CorpusListing:
    """List the files of *corpus* that differ from *store*, and those at *also*; if *anew*, all files.

    *expect* is called with the number of those that are known so far. Every sweep lists all files, and
    there may be very many: only one *batch* at a time is in memory.
    """
    stamps: dict[str, Stamp] = {}
    problems: list[ArticleError] = []
    total = known = 0
    found = corpus.found()
    while some := list(islice(found, batch)):
        problems += [each for each in some if isinstance(each, ArticleError)]
        there = dict(each for each in some if not isinstance(each, ArticleError))
        before = store.stamps([*there])
        total += len(there)
        known += len(before)
        stamps |= {
            path: stamp
            for path, stamp in there.items()
            if anew or before.get(path) != stamp or path in also
        }
        if stamps:
            expect(len(stamps))
    return CorpusListing(stamps, problems, total, known)


def gone_paths(corpus: Corpus, store: Store, unread: UnreadFiles) -> set[str]:
    """The paths of recorded files that no longer exist. Folders that cannot be listed go to *unread*."""
    missing = set(store.stamps())
    for found in corpus.files():
        if isinstance(found, UnreadableFile):
            unread.add(found.path)
        elif not isinstance(found, ArticleError):
            missing.discard(found[0])
    return {path for path in missing if is_gone(corpus, path, unread)}


def is_gone(corpus: Corpus, path: str, unread: UnreadFiles) -> bool:
    """Return whether no article file is at *path*; False if it may only be inaccessible for now."""
    if unread.may_hide(path):
        return False
    try:
        (corpus.root / path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return True  # a folder, or an excluded file


def concerns_others(corpus: Corpus, store: Store, path: str) -> bool:
    """Return whether a change of *path*, a description or folder, may affect other files."""
    if corpus.concerns_all(path):
        return True
    return not corpus.holds(path) and _is_folder(corpus, store, path)


def _is_folder(corpus: Corpus, store: Store, path: str) -> bool:
    """Return whether *path* is or was a folder, not a temporary file that replaced another one."""
    try:
        return not stat.S_ISREG(os.stat(corpus.root / path).st_mode)
    except OSError:
        return store.has_below(path.encode(errors="replace").decode())


def is_empty(folder: Path) -> bool:
    """Return whether *folder* has nothing in it; False if it cannot be listed, which a scan reports."""
    try:
        return not any(folder.iterdir())
    except OSError:
        return False
