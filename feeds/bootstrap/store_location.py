"""The location of the store if store.path is not set: a file in the user's state folder."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from feeds.article.imports import later
from feeds.corpus.reading import source_digest
from feeds.errors import SettingsError, StoreRefused
from feeds.ingest.removals import sampled
from feeds.settings import Settings
from feeds.settings.sections import StoreSettings
from feeds.store import Changes, File
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.provenance import recorded_corpus, recorded_files

if TYPE_CHECKING:
    import platformdirs
else:
    platformdirs = later("platformdirs")

FORMER_FOLDER = Path("var")  # the default of earlier versions, below the working directory


def located(settings: Settings) -> Settings:
    """Return *settings* with the path of the store.

    Without store.path, the store is the first of these files:

    - the file in ``var`` in which earlier versions kept the store of this corpus;
    - the file that records the folder of this corpus;
    - the file that records a folder which is gone, if most of its files are in the corpus: it was moved;
    - a new file in the state folder of the user, named after the corpus.

    No file is created. Raises StoreRefused if several files fit, SettingsError without a state folder.
    """
    if settings.store.path:
        return settings
    path = _path_for(Path(settings.corpus.path).resolve())
    return msgspec.structs.replace(settings, store=StoreSettings(path=str(path)))


def store_name(corpus: Path) -> str:
    """The name of the store of *corpus*, which ends in a digest of the resolved path."""
    corpus = corpus.resolve()
    mark = blake2b(os.fsencode(corpus), digest_size=4).hexdigest()
    return f"{corpus.name or 'corpus'}-{mark}.db"


def is_default(path: Path) -> bool:
    """Return whether *path* is in the state folder of the user."""
    try:
        return path.parent == _state_folder()
    except SettingsError:
        return False


def claim(store: SQLiteStore, settings: Settings) -> None:
    """Record the corpus in a default store whose corpus was moved, so that no other folder gets it.

    Raises StoreRefused if the store belongs to another folder, which exists.
    """
    corpus, former = Path(settings.corpus.path), store.corpus()
    if not former or not is_default(settings.store_path) or _is_folder(former, corpus.resolve()):
        return
    if not os.path.exists(former) and _are_mostly_in(recorded_files(store.path), corpus):
        with closing(SQLiteStore(store.path)) as writer:
            if writer.acquire_writer() and writer.corpus() == former:
                writer.record(Changes(corpus=os.path.abspath(corpus)))
    if os.path.exists(other := store.corpus()) and not _is_folder(other, corpus.resolve()):
        raise StoreRefused(store.path, f"belongs to {other}", "start again, or set another store.path")


def _path_for(corpus: Path) -> Path:
    former = FORMER_FOLDER / store_name(corpus)
    if os.path.exists(former):
        return former
    own = _state_folder() / store_name(corpus)
    if _is_folder(recorded_corpus(own), corpus):
        return own
    recorded = {path: folder for path in _stores() if (folder := recorded_corpus(path))}
    if here := [path for path, folder in recorded.items() if _is_folder(folder, corpus)]:
        return _only(here, corpus)
    unused = next(path for path in _numbered(own) if path not in recorded)
    if os.path.exists(unused):  # its first load is not complete
        return unused
    gone = [path for path, folder in recorded.items() if not os.path.exists(folder)]
    moved = [path for path in gone if _are_mostly_in(recorded_files(path), corpus)]
    return _only(moved, corpus) if moved else unused


def _state_folder() -> Path:
    """The folder of the stores of this user. Raises SettingsError if the user has no home folder."""
    try:
        return platformdirs.user_state_path("feeds", appauthor=False)
    except RuntimeError as error:
        problem = "not set, and this user has no home folder"
        raise SettingsError("store.path", problem, "set it to a file") from error


def _stores() -> list[Path]:
    """The files that may be stores; opening the store reports a folder that cannot be read."""
    found: list[Path] = []
    for folder in (FORMER_FOLDER, _state_folder()):
        with suppress(OSError):
            found += sorted(folder.glob("*.db"))
    return found


def _is_folder(recorded: str, corpus: Path) -> bool:
    return bool(recorded) and Path(recorded).resolve() == corpus


def _numbered(path: Path) -> Iterator[Path]:
    """*path*, then the same with -2, -3 and so on: another corpus may have left its store at *path*."""
    yield path
    yield from (path.with_stem(f"{path.stem}-{number}") for number in count(2))


def _only(paths: Sequence[Path], corpus: Path) -> Path:
    """The only one of *paths*. Raises StoreRefused if there are several."""
    if len(paths) > 1:
        names = ", ".join(map(str, paths))
        raise StoreRefused(corpus, f"more than one store fits: {names}", "set store.path to one of them")
    return paths[0]


def _are_mostly_in(files: Sequence[File], corpus: Path) -> bool:
    """Return whether most of *files* are in *corpus*, unchanged since they were read."""
    some = sampled(files)
    return 2 * sum(_is_in(file, corpus) for file in some) > len(some)


def _is_in(file: File, corpus: Path) -> bool:
    """Return whether *file* is in *corpus* with the same modification time and size, or content."""
    path = corpus / file.path
    try:
        info = path.stat()
        if (info.st_mtime_ns, info.st_size) == file.stamp[:2]:
            return True
        return source_digest(path.read_bytes()) == file.source
    except OSError:
        return False
