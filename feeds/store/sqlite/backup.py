"""Verified copies of a SQLite store: for operators, and before every migration."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex

from feeds.errors import StoreDamaged, StoreError, StoreRefused
from feeds.store.sqlite.checksums import DATABASE_ERRORS
from feeds.store.sqlite.damage import problems
from feeds.store.sqlite.failures import failure_of
from feeds.store.sqlite.ownership import SIDE_FILES, FileKind, inspect
from feeds.store.sqlite.schema import SCHEMA, schema_of


def back_up(
    database: sqlite3.Connection,
    target: Path,
    finish: Callable[[sqlite3.Connection], object] = lambda _copy: None,
) -> None:
    """Copy *database* to *target*, call *finish* with the copy, and verify it.

    Other connections may read and write meanwhile. Raises StoreRefused if *target* exists, StoreError if
    the copy cannot be made.
    """
    refuse_target(target)
    try:
        with new_file(target) as made:
            with closing(sqlite3.connect(made, isolation_level=None)) as opened:
                database.backup(opened)
                finish(opened)
                opened.execute("PRAGMA journal_mode = DELETE")  # so that it is one file
            for problem in verify(made):
                raise StoreDamaged(target, f"not written, since the store is damaged: {problem}")
            publish(made, target)
    except FileExistsError as error:
        raise StoreRefused(target, "exists already", "name a new file") from error
    except (OSError, sqlite3.Error) as error:
        raise StoreError(target, *failure_of("cannot be written", error)) from error


def publish(made: Path, target: Path) -> None:
    """Give *made* the name *target*. Raises FileExistsError rather than replace a file."""
    try:
        os.link(made, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, such as FAT
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.replace(made, target)
    make_durable(target.parent)


def refuse_target(target: Path) -> None:
    """Raise StoreRefused unless *target* can be a new file."""
    if os.path.lexists(target):
        raise StoreRefused(target, "exists already", "name a new file")
    if not target.parent.is_dir():
        raise StoreRefused(target, f"no such folder: {target.parent}", "create it, or name another")


def reading(path: Path) -> sqlite3.Connection:
    """Open the store at *path* for reading; create no file beside it unless a log exists already."""
    mode = "mode=ro" if os.path.exists(f"{path}-wal") else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)


def copy(source: Path, target: sqlite3.Connection) -> None:
    """Copy the store at *source* to *target*, an empty file."""
    with closing(reading(source)) as database:
        database.backup(target)


def verify(path: Path, *, is_quick: bool = False) -> Iterator[str]:
    """Yield a description of each damage in the store at *path*, without changing the file.

    With *is_quick*, the checksums of rows and the indexes are not verified. Raises StoreRefused if the
    file is not a store or has a later schema; an earlier one is accepted.
    """
    if inspect(path) is not FileKind.STORE:
        raise StoreRefused(path, "not a store of this program", "name a store or its backup")
    try:
        with closing(reading(path)) as database:
            schema = schema_of(database)
            if schema > SCHEMA:
                raise StoreRefused(path, *newer(schema))
            if schema == SCHEMA and not is_quick:
                yield from problems(database)
                return
            for row in database.execute(f"PRAGMA {'quick' if is_quick else 'integrity'}_check(1)"):
                if row[0] != "ok":
                    yield str(row[0])
    except DATABASE_ERRORS as error:
        yield str(error)


def newer(schema: int) -> tuple[str, str]:
    """The problem of a store with a later *schema*, and its remedy."""
    problem = f"written by a later version (schema {schema}, this version has {SCHEMA})"
    return problem, "install that version"


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Create an empty file beside *target*, and delete it at the end unless it was renamed.

    Others may read it unless the umask forbids it.
    """
    made = target.with_name(f"{target.name}.new-{token_hex(4)}")
    os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
    try:
        yield made
    finally:
        for suffix in ("", *SIDE_FILES):
            Path(f"{made}{suffix}").unlink(missing_ok=True)


def make_durable(path: Path) -> None:
    """Write the file or folder at *path* to disk, so that it survives a power failure."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
