"""The file of a SQLite store: creating, opening, locking, repairing and replacing it."""

import filecmp
import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from feeds.errors import StoreDamaged, StoreError, StoreRefused, failure
from feeds.logs.events import EventLog
from feeds.store.sqlite.backup import back_up, copy, make_durable, new_file, newer, verify
from feeds.store.sqlite.checksums import DAMAGED, DATABASE_ERRORS, is_damage, row_checksum
from feeds.store.sqlite.damage import problems
from feeds.store.sqlite.kept_files import delete_oldest_aside, free_name, numbered
from feeds.store.sqlite.ownership import (
    IN_PROCESS,
    SIDE_FILES,
    FileKind,
    claim,
    inspect,
    is_in_use,
    is_marked,
    opening,
    put_in_use,
    put_out_of_use,
    repaired_header,
    with_first_page,
)
from feeds.store.sqlite.repair import Salvaged, salvage, upgrade
from feeds.store.sqlite.schema import SCHEMA, create, migrate, schema_of
from feeds.store.sqlite.writer_lock import WriterLock

log = EventLog(__name__)


class StoreFile:
    """The file at *path*, which may be a symbolic link. One object is used by one thread at a time.

    *connection* is the class of the connections that ``connect`` returns.
    """

    def __init__(self, path: Path, connection: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self._connection = connection
        self.path = Path(os.path.realpath(path))
        self.lock = WriterLock(self.path)
        self._used: list[tuple[int, int]] = []  # every file that was opened
        self._size = 0  # of the file that was opened last; an intact file never becomes shorter
        self._next = Path(f"{self.path}.next")  # complete; it is about to replace the one at the path
        self.opened: tuple[int, int] | None = None
        """The identity of the file that ``connect`` opened last."""

    def connect(self, further: Callable[[], object]) -> sqlite3.Connection:
        """Open the store. Create it if there is none, migrate an earlier schema, repair damage.

        *further* opens other connections to the file, which is not replaced before they are open. Raises
        StoreRefused if the file is not a store, StoreError if it cannot be used now.
        """
        inspect(self.path)  # before any file is created beside another program's file
        self._make_folder()
        with opening(self.path), IN_PROCESS:
            found = inspect(self.path)
            if found is FileKind.NOTHING:
                self._finish_or_create()
            self._delete_unfinished()
            if found is FileKind.DAMAGED:
                self._repair("its header is damaged")
            claim(self.path)
            try:
                database = self._opened()
            except (*DATABASE_ERRORS, StoreDamaged) as error:
                if not (isinstance(error, StoreDamaged) or is_damage(error)):
                    raise
                self._repair(str(error))
                database = self._opened()
            try:
                further()
            except BaseException:
                database.close()
                raise
            self.opened = self.identity()
            if self.opened:
                put_in_use(self.opened)
                self._used.append(self.opened)
            self._size = self.path.stat().st_size
            return database

    def close(self) -> None:
        """Release the lock. Close every connection that ``connect`` returned before calling this."""
        self.lock.release()
        while self._used:
            put_out_of_use(self._used.pop())

    def identity(self) -> tuple[int, int] | None:
        """Return the device and inode of the file at the path, or None if there is none."""
        try:
            info = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(self.path, *failure("cannot be read", error)) from error
        return info.st_dev, info.st_ino

    def is_cut_off(self) -> bool:
        """Return whether the file is shorter than its largest size since it was opened."""
        try:
            size = self.path.stat().st_size
        except OSError:
            return False
        former, self._size = self._size, max(size, self._size)
        return size < former

    def size(self) -> int:
        """The size of the file and its log in bytes."""
        return sum(map(_size, (self.path, Path(f"{self.path}-wal"))))

    def acquire_writer(self) -> bool:
        """Take the lock of the one writer; return whether this object holds it now."""
        self._make_folder()
        return self.lock.acquire()

    @contextmanager
    def as_writer(self, why: str) -> Iterator[None]:
        """Hold the writer's lock. Raises StoreError with the reason *why* if another process has it."""
        had = self.lock.is_held()
        if not had and not self.acquire_writer():
            raise StoreError(
                self.path, f"{why}, and another process writes to it", "stop that process first"
            )
        try:
            yield
        finally:
            if not had:
                self.lock.release()

    def repair(self, reason: str) -> None:
        """Replace the file by a new one with its intact rows, and keep the damaged file aside."""
        with opening(self.path):
            self._repair(reason)

    def restore(self, backup: Path) -> None:
        """Replace the file by a copy of *backup*, and keep the former file aside.

        Raises StoreRefused if *backup* is not an intact store, StoreError if another process writes.
        """
        inspect(self.path)
        for problem in verify(backup):
            raise StoreRefused(backup, f"damaged: {problem}", "restore another backup")
        self.replace(lambda target: copy(backup, target), free_name(self.path, "before-restore"))

    def replace(self, fill: Callable[[sqlite3.Connection], object], aside: Path) -> None:
        """Replace the file by an empty one that *fill* has filled, and keep the former one as *aside*.

        Raises StoreError if another process writes.
        """
        self._make_folder()
        with opening(self.path), self.as_writer("it is to be replaced"):
            with new_file(self.path) as made:
                with closing(sqlite3.connect(made, isolation_level=None)) as target:
                    fill(target)
                    target.execute("PRAGMA journal_mode = DELETE")
                self._put_in_place(made, aside)
            claim(self.path)

    def restore_deleted(self, database: sqlite3.Connection) -> None:
        """Restore a deleted file from *database*, a connection that still has it open."""
        self._make_folder()
        with opening(self.path):
            if inspect(self.path) is FileKind.NOTHING:
                with new_file(self.path) as made:
                    with closing(sqlite3.connect(made, isolation_level=None)) as copy:
                        database.backup(copy)
                    self._put_in_place(made, free_name(self.path, "aside"))
                log.error("store.deleted", f"{self.path}: deleted while in use; restored without loss")
            claim(self.path)

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(self.path, *failure("cannot be created", error)) from error

    def _finish_or_create(self) -> None:
        """Finish a replacement that was interrupted; if there is none, make an empty store."""
        if self._is_replacement():
            log.warning("store.replaced", f"{self.path}: replacement was interrupted; finishing it")
            self._replace(self._next, free_name(self.path, "aside"))
            return
        with new_file(self.path) as made:
            with closing(sqlite3.connect(made, isolation_level=None)) as database:
                create(database)
            self._put_in_place(made, free_name(self.path, "aside"))

    def _is_replacement(self) -> bool:
        """Return whether the file at ``_next`` was left by an interrupted replacement."""
        if not is_marked(self.path) or os.path.lexists(f"{self._next}.lock"):
            return False
        try:
            return inspect(self._next) is FileKind.STORE
        except StoreError:
            return False

    def _delete_unfinished(self) -> None:
        """Delete the files of replacements that were interrupted before the first rename."""
        if not is_marked(self.path):
            return
        if self._is_replacement():
            self._next.unlink()
        pattern = re.compile(re.escape(self.path.name) + r"\.new-[a-z0-9_]{8}(-wal|-shm|-journal)?")
        for each in [*self.path.parent.iterdir()]:
            if pattern.fullmatch(each.name):
                each.unlink(missing_ok=True)

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(
            self.path,
            timeout=10,
            isolation_level=None,
            check_same_thread=False,
            factory=self._connection,
        )
        try:
            database.execute("PRAGMA synchronous = NORMAL")
            schema = schema_of(database)
            if schema != SCHEMA and _schema_in_meta(database) == SCHEMA:
                database.execute(f"PRAGMA user_version = {SCHEMA}")  # only the header was damaged
                schema = SCHEMA
            if schema > SCHEMA:
                raise StoreRefused(self.path, *newer(schema))
            if schema < 1:
                raise StoreDamaged(self.path, "damaged: no schema")
            if schema < SCHEMA:
                self._migrate(database)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("SELECT count(*) FROM meta").fetchone()
        except BaseException:
            database.close()
            raise
        return database

    def _migrate(self, database: sqlite3.Connection) -> None:
        with self.as_writer("it is of an earlier version"):
            said = f"{self.path}: schema {schema_of(database)}; migrating to {SCHEMA}"
            log.warning("store.migrating", said, path=self.path, schema=SCHEMA)

            def keep(schema: int) -> None:
                backup = free_name(self.path, f"schema-{schema}")
                former = numbered(self.path, f"schema-{schema}")
                back_up(database, backup)
                if any(filecmp.cmp(each, backup, shallow=False) for each in former):
                    backup.unlink()  # an earlier attempt at this migration was interrupted

            try:
                migrate(database, keep)
            except DAMAGED as error:
                raise StoreDamaged(self.path, f"damaged: {error}") from error

    def _repair(self, reason: str) -> None:
        with self.as_writer(f"damaged ({reason})"):
            if not is_in_use(self.path) and self._repair_header():
                return
            log.error("store.damaged", f"{self.path}: damaged ({reason}); repairing", reason=reason)
            with new_file(self.path) as made:
                salvaged = self._salvage(self.path, made)
                if not salvaged.articles:
                    with new_file(self.path) as copy:
                        with_first_page(self.path, copy)
                        salvaged = self._salvage(copy, made)
                aside = free_name(self.path, "aside")
                self._put_in_place(made, aside)
            said = f"{self.path}: repaired: {salvaged}; damaged file kept as {aside.name}"
            log.warning("store.repaired", said, path=self.path, aside=aside)
            delete_oldest_aside(self.path)

    def _salvage(self, damaged: Path, made: Path) -> Salvaged:
        """Make a store at *made* from the intact rows of *damaged*."""
        made.write_bytes(b"")
        with (
            new_file(self.path) as copy,
            closing(sqlite3.connect(made, isolation_level=None)) as database,
        ):
            create(database)
            database.execute("BEGIN")
            salvaged = salvage(copy if upgrade(damaged, copy) else damaged, database)
            database.execute("COMMIT")
        return salvaged

    def _repair_header(self) -> bool:
        """Restore the fixed parts of SQLite's header; return whether the store is then intact."""
        with open(self.path, "r+b") as file:
            header = file.read(100)
            repaired = repaired_header(header)
            if repaired == header:
                return False
            file.seek(0)
            file.write(repaired)
        try:
            with closing(self._opened()) as database:
                sound = next(problems(database), None) is None
        except (*DATABASE_ERRORS, StoreDamaged):
            return False
        if sound:
            log.warning("store.repaired", f"{self.path}: header damaged; restored without loss")
        return sound

    def _put_in_place(self, made: Path, aside: Path) -> None:
        """Replace the file by *made*, and keep the former file as *aside*.

        The replacement takes several renames. If the process is killed between two of them, the next
        ``connect`` finishes the rest.
        """
        make_durable(made)
        if not os.path.lexists(self.path):
            self._replace(made, aside)
            return
        claim(self.path)  # _is_replacement requires the mark
        if os.path.lexists(self._next) and not self._is_replacement():
            raise StoreRefused(self._next, "not a file of this program", "move it elsewhere")
        former = self.path.stat()
        with suppress(PermissionError):  # only root may give a file away
            os.chown(made, former.st_uid, former.st_gid)
        os.chmod(made, stat.S_IMODE(former.st_mode))
        os.replace(made, self._next)
        make_durable(self.path.parent)
        self._replace(self._next, aside)

    def _replace(self, made: Path, aside: Path) -> None:
        for suffix in ("", *SIDE_FILES):
            if os.path.exists(f"{self.path}{suffix}"):
                os.replace(f"{self.path}{suffix}", f"{aside}{suffix}")
        os.replace(made, self.path)
        make_durable(self.path.parent)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _schema_in_meta(database: sqlite3.Connection) -> int:
    """The schema version in the table ``meta``, 0 if that is missing or damaged."""
    try:
        row = database.execute("SELECT value, checksum FROM meta WHERE key = 'schema'").fetchone()
    except DATABASE_ERRORS:
        return 0
    return row[0] if row and row_checksum(("schema", row[0])) == row[1] else 0
