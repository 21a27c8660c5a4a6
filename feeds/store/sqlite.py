"""The default store: one SQLite file in WAL mode, and a lock beside it."""

import fcntl
import logging
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from feeds.article import Facets, Taxonomy, fingerprint
from feeds.errors import StoreError
from feeds.store import (
    Census,
    Changes,
    Departure,
    Entry,
    File,
    Progress,
    Record,
    Search,
    Snapshot,
    stories,
)
from feeds.store import words as fulltext
from feeds.store.packing import ENOUGH, PLAIN, TOGETHER, Packing, dictionary
from feeds.store.words import Edit, Words

log = logging.getLogger(__name__)

APPLICATION = 0x46454544  # "FEED": how SQLite's header says whose file this is
SCHEMA = 4
DEPARTURES = 10_000  # remembered one by one; older ones count as one that left every feed

_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, payload BLOB NOT NULL,
    digest BLOB NOT NULL, version BLOB NOT NULL, published INTEGER NOT NULL,
    first_seen INTEGER NOT NULL, changed INTEGER NOT NULL, removed INTEGER NOT NULL,
    revision INTEGER NOT NULL, appeared INTEGER NOT NULL, rated INTEGER NOT NULL,
    daily INTEGER NOT NULL, weekly INTEGER NOT NULL, story TEXT NOT NULL, alike BLOB NOT NULL,
    address INTEGER NOT NULL, updated INTEGER NOT NULL, heat INTEGER NOT NULL, quality INTEGER NOT NULL
);
CREATE INDEX articles_by_revision ON articles (revision);
CREATE INDEX articles_removed ON articles (digest) WHERE removed > 0;
CREATE INDEX articles_published ON articles (published) WHERE removed = 0;
CREATE TABLE files (
    path TEXT PRIMARY KEY, modified INTEGER NOT NULL, size INTEGER NOT NULL, inode INTEGER NOT NULL,
    id TEXT NOT NULL, line INTEGER NOT NULL, problem TEXT NOT NULL, withheld INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_id ON files (id);
CREATE TABLE departures (
    revision INTEGER NOT NULL, at INTEGER NOT NULL, facets BLOB NOT NULL, id TEXT NOT NULL,
    published INTEGER NOT NULL
);
{stories.TABLES}
{fulltext.TABLE}
INSERT INTO meta VALUES ('words', '{fulltext.EDITION}');
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA};
"""

_FIELDS = tuple(field for field in Record.__struct_fields__ if field != "packing")
_COLUMNS = (*_FIELDS, "path", "digest", "first_seen", "removed")
_RECORD, _ENTRY = ", ".join(_FIELDS), ", ".join(_COLUMNS)
_KEPT = {"id", "number", "story"}  # of an article as long as it is known
_LATEST = ", ".join(f"{each} = excluded.{each}" for each in _COLUMNS if each not in _KEPT)


class SQLiteStore:
    """See Store. Opening a file that is damaged or not ours sets it aside and begins anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None
        self._searched: list[Words] = []  # of each file there was, in use until all are closed
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(path, f"cannot be created: {error.strerror}") from error
        self._db = self._open()

    def replaced(self) -> bool:
        """See Store."""
        identity = _identity(self.path)
        if self._identity == identity:
            return False
        # Gone under a running process, it was not the first of its kind.
        opened = self._open(replacing=identity is None)
        self._db.close()  # not before: if there is nothing to open, the file may come back
        self._db = opened
        return True

    def check(self) -> None:
        """See Store."""
        if self.replaced():
            return
        if self._is_sound():
            self._check_words()
            return
        with self._opening():
            self._db.close()
            if self._identity == _identity(self.path):  # else somebody else was quicker
                self._set_aside("damaged")
        self._db = self._open(replacing=True)

    def _check_words(self) -> None:
        if self._lock is not None:  # looking for damage there takes the right to write
            with self._guard() as database:
                sound = fulltext.is_sound(database)
            if not sound:
                self._renew_words("damaged")

    def _is_sound(self) -> bool:
        try:
            if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return False
            for _ in self._contents("number", "true"):
                pass
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # of extended codes, the kind
            if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                return False
            raise StoreError(self.path, f"cannot be checked: {error}") from error
        except StoreError as error:
            log.error("%s", error)
            return False
        return True

    def _open(self, *, replacing: bool = False) -> sqlite3.Connection:
        with self._opening():
            if not self.path.exists():
                self._create(replacing=replacing)
            try:
                database = self._connect()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                self._set_aside(str(error))
                self._create(replacing=True)
                database = self._connect()
            try:
                self._searched.append(Words(self.path))  # nobody replaces the file meanwhile
            except BaseException:
                database.close()
                raise
            self._identity = _identity(self.path)
            self._packed = PLAIN
            return database

    def _create(self, *, replacing: bool) -> None:
        """Make an empty store, which appears whole or not at all."""
        if any(Path(f"{self.path}{suffix}").exists() for suffix in ("-wal", "-shm")):
            self._set_aside("incomplete")  # what is left of another file would be read into this one
        new = Path(f"{self.path}.new")
        new.unlink(missing_ok=True)
        database = sqlite3.connect(new, isolation_level=None)
        try:
            database.executescript(f"BEGIN; {_TABLES} COMMIT;")
            if replacing:
                database.execute("INSERT INTO meta VALUES ('replaces', 1)")
        finally:
            database.close()
        new.replace(self.path)

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            database.execute("PRAGMA synchronous = NORMAL")
            application = database.execute("PRAGMA application_id").fetchone()[0]
            schema = database.execute("PRAGMA user_version").fetchone()[0]
            tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not tables:
                raise sqlite3.DatabaseError("empty")
            if application != APPLICATION:
                raise sqlite3.DatabaseError("not a store of this program")
            if schema != SCHEMA:
                raise sqlite3.DatabaseError(f"of schema {schema}, this program writes {SCHEMA}")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("SELECT count(*) FROM meta").fetchone()
            _dictionary(database)
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def _opening(self) -> Iterator[None]:
        """One process at a time decides whether the file is usable."""
        try:
            handle = os.open(f"{self.path}.opening", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(self.path, f"cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        except sqlite3.Error as error:
            raise StoreError(self.path, f"cannot be opened: {error}") from error
        except OSError as error:
            raise StoreError(self.path, f"cannot be replaced: {error.strerror}") from error
        finally:
            os.close(handle)

    def _set_aside(self, reason: str) -> None:
        number = 1
        while (aside := Path(f"{self.path}.aside-{number}")).exists():
            number += 1
        log.error("%s is %s: set aside as %s, beginning anew", self.path, reason, aside.name)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(f"{self.path}{suffix}"):
                os.replace(f"{self.path}{suffix}", f"{aside}{suffix}")

    @contextmanager
    def _guard(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._db
        except sqlite3.Error as error:
            raise StoreError(self.path, str(error)) from error

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """Everything read inside is of one revision."""
        with self._transaction("BEGIN") as database:
            yield database

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._guard() as database:
            database.execute(begin)
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:  # a full disk has rolled back already
                    database.execute("ROLLBACK")
                raise

    def _meta(self, key: str, default: Any) -> Any:
        with self._guard() as database:
            row = database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else default

    def _packing(self) -> Packing:
        """How payloads are packed now: once there is a dictionary, for as long as there is the file."""
        if not self._packed.dictionary:
            with self._guard() as database:
                if found := _dictionary(database):
                    self._packed = Packing(found, str(self.path))
        return self._packed

    def _contents(self, columns: str, condition: str) -> Iterator[tuple[Any, ...]]:
        """*columns* and the content of every article for which *condition* holds."""
        rows = self._db.execute(f"SELECT {columns}, payload FROM articles WHERE {condition}")
        while some := rows.fetchmany(TOGETHER):
            contents = self._packing().unpack([row[-1] for row in some])
            yield from ((*row[:-1], content) for row, content in zip(some, contents, strict=True))

    def _pack(self) -> None:
        """Pack all there is, once there is enough of it; from then on, ``_write`` does."""
        with self._transaction("BEGIN IMMEDIATE") as database:
            [count] = database.execute("SELECT count(*) FROM articles").fetchone()
            if count < ENOUGH:
                return
            rows = database.execute("SELECT number, payload FROM articles ORDER BY number").fetchall()
            made = dictionary([payload for _, payload in rows[:ENOUGH]])
            packing = Packing(made)
            database.execute(
                "INSERT INTO meta VALUES ('packed', ?), ('dictionary', ?)", (fingerprint(made), made)
            )
            database.executemany(
                "UPDATE articles SET payload = ? WHERE number = ?",
                ((packing.pack(payload), number) for number, payload in rows),
            )

    @property
    def identity(self) -> str:
        """See Store."""
        return f"{self.path.absolute()} {self._identity}"

    def revision(self) -> int:
        """See Store."""
        return int(self._meta("revision", 0))

    def progress(self) -> Progress:
        """See Store."""
        value = self._meta("progress", None)
        return msgspec.msgpack.decode(value, type=Progress) if value else Progress()

    def fingerprint(self) -> bytes:
        """See Store."""
        return bytes(self._meta("fingerprint", b""))

    def latest(self, now: float) -> int:
        """See Store."""
        with self._guard() as database:
            newest = database.execute(
                "SELECT max(published) FROM articles WHERE removed = 0 AND published <= ?", (now,)
            ).fetchone()[0]
        return max(int(self._meta("last_change", 0)), newest or 0)

    def replaces_another(self) -> bool:
        """See Store."""
        return bool(self._meta("replaces", 0))

    def load(self) -> Snapshot:
        """See Store."""
        return self.changes_since(0)

    def changes_since(self, revision: int) -> Snapshot:
        """See Store."""
        with self._snapshot() as database:
            known = self._meta("described", 0) <= revision <= self._meta("revision", 0)
            if not revision or not known:
                rows = database.execute(f"SELECT {_RECORD} FROM articles WHERE removed = 0")
                return self._as_snapshot(self._records(rows), [], 0)
            rows = database.execute(
                f"SELECT {_RECORD} FROM articles WHERE revision > ? AND removed = 0", (revision,)
            )
            removed = database.execute(
                "SELECT id FROM articles WHERE revision > ? AND removed > 0", (revision,)
            )
            return self._as_snapshot(self._records(rows), [row[0] for row in removed], revision)

    def _records(self, rows: Iterable[Sequence[Any]]) -> list[Record]:
        packing, alike = self._packing(), dict[bytes, bytes]()
        return [_record(row, packing, alike) for row in rows]

    def _as_snapshot(self, records: list[Record], removed: list[str], since: int) -> Snapshot:
        taxonomy = self._meta("taxonomy", None)
        departures = self._db.execute(
            "SELECT at, facets, id, published FROM departures WHERE revision > ? ORDER BY rowid", (since,)
        )
        return Snapshot(
            revision=self.revision(),
            records=records,
            removed=removed,
            departures=[
                Departure(at, msgspec.msgpack.decode(facets, type=Facets | None), id_, published)
                for at, facets, id_, published in departures
            ],
            taxonomy=msgspec.msgpack.decode(taxonomy, type=Taxonomy) if taxonomy else Taxonomy(),
            partial=since > 0,
        )

    @property
    def search(self) -> Search:
        """See Store."""
        return self._searched[-1].search

    def lead(self) -> bool:
        """See Store."""
        if self._lock is None:
            try:
                handle = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise StoreError(self.path, f"cannot be locked: {error.strerror}") from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return False
            except OSError as error:
                os.close(handle)
                raise StoreError(self.path, f"cannot be locked: {error.strerror}") from error
            self._lock = handle
        if self._meta("words", "") != fulltext.EDITION:
            self._renew_words("of another edition")
        return True

    def _renew_words(self, reason: str) -> None:
        log.warning("%s: the words of its articles are %s, taking them down anew", self.path, reason)
        with self._transaction("BEGIN IMMEDIATE") as database:
            fulltext.renew(database, self._contents("number", "removed = 0"))
            database.execute("INSERT OR REPLACE INTO meta VALUES ('words', ?)", (fulltext.EDITION,))

    def files(self, paths: Sequence[str] | None = None) -> dict[str, File]:
        """See Store."""
        return {row[0]: _file(row) for row in self._files("*", paths)}

    def stamps(self, paths: Sequence[str] | None = None) -> dict[str, tuple[int, int, int]]:
        """See Store."""
        rows = self._files("path, modified, size, inode", paths)
        return {path: (modified, size, inode) for path, modified, size, inode in rows}

    def _files(self, columns: str, paths: Sequence[str] | None) -> Iterator[Sequence[Any]]:
        if paths is not None:
            yield from self._among(f"SELECT {columns} FROM files WHERE path IN (?)", paths)
            return
        with self._guard() as database:
            yield from database.execute(f"SELECT {columns} FROM files")

    def _among(self, query: str, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """What *query* finds, its one mark standing for *values*, as many at a time as SQLite takes."""
        with self._guard() as database:
            for start in range(0, len(values), 500):
                some = values[start : start + 500]
                yield from database.execute(query.replace("?", ",".join("?" * len(some))), some)

    def file_count(self) -> int:
        """See Store."""
        with self._guard() as database:
            return int(database.execute("SELECT count(*) FROM files").fetchone()[0])

    def has_below(self, folder: str) -> bool:
        """See Store."""
        with self._guard() as database:
            # Paths below a folder are between it with a slash and it with what follows a slash.
            found = database.execute(
                "SELECT 1 FROM files WHERE path > ? AND path < ? LIMIT 1", (f"{folder}/", f"{folder}0")
            )
            return found.fetchone() is not None

    def file(self, path: str) -> File | None:
        """See Store."""
        with self._guard() as database:
            row = database.execute("SELECT * FROM files WHERE path = ?", (path,)).fetchone()
        return _file(row) if row else None

    def claimants(self, id_: str) -> list[str]:
        """See Store."""
        with self._guard() as database:
            rows = database.execute("SELECT path FROM files WHERE id = ? ORDER BY path", (id_,))
            return [row[0] for row in rows]

    def entries(self, ids: Sequence[str]) -> dict[str, Entry]:
        """See Store."""
        rows = self._among(f"SELECT {_ENTRY} FROM articles WHERE id IN (?)", ids)
        return {entry.record.id: entry for entry in self._entries([*rows])}

    def census(self, now: float, most: int) -> Census:
        """See Store."""
        with self._snapshot() as database:
            count = dict(
                database.execute(
                    "SELECT withheld, count(*) FROM files WHERE problem != '' GROUP BY withheld"
                ).fetchall()
            )
            held = database.execute(
                "SELECT * FROM files WHERE problem != '' ORDER BY withheld, path LIMIT ?", (most,)
            )
            to_come = "FROM articles WHERE removed = 0 AND published > ?"
            due = database.execute(
                f"SELECT path, published {to_come} ORDER BY published, path LIMIT ?", (now, most)
            )
            return Census(
                revision=self.revision(),
                changed=self.latest(now),
                schema=SCHEMA,
                bytes=sum(map(_size, (self.path, Path(f"{self.path}-wal")))),
                progress=self.progress(),
                bad=count.get(0, 0),
                withheld=count.get(1, 0),
                scheduled=database.execute(f"SELECT count(*) {to_come}", (now,)).fetchone()[0],
                held=[_file(row) for row in held],
                due=due.fetchall(),
            )

    def _entries(self, rows: Sequence[Sequence[Any]]) -> Iterator[Entry]:
        contents = self._packing().unpack([row[1] for row in rows])
        for (id_, _, *rest), content in zip(rows, contents, strict=True):
            record = _record([id_, content, *rest[: _WIDTH - 2]], PLAIN, {})
            yield Entry(record, *rest[_WIDTH - 2 :])

    def removed(self, digests: Sequence[bytes]) -> dict[bytes, Entry]:
        """See Store."""
        rows = self._among(
            f"SELECT {_ENTRY} FROM articles WHERE digest IN (?) AND removed > 0 "
            "ORDER BY removed, id DESC",
            digests,
        )
        return {entry.digest: entry for entry in self._entries([*rows])}

    def record(self, changes: Changes) -> int:
        """See Store."""
        if self._lock is None:
            raise StoreError(self.path, "this process is not its writer")
        if not self._packing().dictionary:
            self._pack()
        with self._transaction("BEGIN IMMEDIATE") as database:
            return self._write(database, changes)

    def _write(self, database: sqlite3.Connection, changes: Changes) -> int:
        progress = changes.progress
        before = self.entries([entry.record.id for entry in changes.entries])
        entries = self._known(changes.entries, before)
        shown = [entry for entry in entries if _shows(before.get(entry.record.id), entry)]
        ready = self.progress().ready
        loaded = not ready and progress is not None and progress.ready
        visible = shown or changes.departures or changes.taxonomy is not None or loaded
        revision = self.revision() + bool(visible)
        meta: dict[str, Any] = {"revision": revision}
        if changes.taxonomy is not None:
            meta["taxonomy"] = msgspec.msgpack.encode(changes.taxonomy)
            meta["described"] = revision  # no partial changes from before it
        if changes.fingerprint is not None:
            meta["fingerprint"] = changes.fingerprint
        if progress is not None:
            meta["progress"] = msgspec.msgpack.encode(progress)
        if visible:
            meta["last_change"] = max(self._meta("last_change", 0), changes.at)
        database.executemany(
            f"INSERT INTO articles ({_ENTRY}, revision) VALUES ({'?,' * len(_COLUMNS)} 0) "
            f"ON CONFLICT (number) DO UPDATE SET {_LATEST}",
            [_row(each, self._packing()) for each in entries],
        )
        fulltext.edit(
            database,
            [
                Edit(each.record.number, _found(before.get(each.record.id)), _found(each))
                for each in entries
            ],
        )
        database.executemany(
            "UPDATE articles SET revision = ? WHERE id = ?",
            [(revision, entry.record.id) for entry in shown],
        )
        if loaded:
            stories.tell(database, self._contents("number, published", "removed = 0"), revision)
        elif ready:
            stories.retell(database, before, shown, revision)
        database.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in changes.gone])
        database.executemany(
            "INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?,?)",
            [msgspec.structs.astuple(file) for file in changes.files],
        )
        database.executemany(
            "INSERT INTO departures VALUES (?,?,?,?,?)",
            [
                (revision, d.at, msgspec.msgpack.encode(d.facets), d.id, d.published)
                for d in changes.departures
            ],
        )
        if changes.departures:
            self._forget(database)
        database.executemany("INSERT OR REPLACE INTO meta VALUES (?,?)", meta.items())
        return revision

    def _known(self, entries: list[Entry], before: dict[str, Entry]) -> list[Entry]:
        """The last of each of *entries*, with the number and the story it has, or the next number."""
        (last,) = self._db.execute("SELECT coalesce(max(number), 0) FROM articles").fetchone()
        known = []
        for entry in {each.record.id: each for each in entries}.values():
            former = before.get(entry.record.id)
            last += former is None
            number, story = (former.record.number, former.record.story) if former else (last, "")
            record = msgspec.structs.replace(entry.record, number=number, story=story)
            known.append(msgspec.structs.replace(entry, record=record))
        return known

    def _forget(self, database: sqlite3.Connection) -> None:
        """Let the oldest departures become one that every feed has seen."""
        old = database.execute(
            "SELECT rowid, at FROM departures ORDER BY rowid DESC LIMIT 1 OFFSET ?", (DEPARTURES,)
        ).fetchone()
        if old:
            everywhere = msgspec.msgpack.encode(None)
            database.execute("DELETE FROM departures WHERE rowid < ?", (old[0],))
            database.execute(
                "UPDATE departures SET facets = ?, id = '' WHERE rowid = ?", (everywhere, old[0])
            )

    def wake(self) -> None:
        """See Store."""
        try:
            Path(f"{self.path}.wake").touch()
        except OSError as error:
            raise StoreError(self.path, f"cannot be woken: {error.strerror}") from error

    def woken(self) -> int:
        """See Store."""
        try:
            return os.stat(f"{self.path}.wake").st_mtime_ns
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """See Store."""
        for each in self._searched:
            each.close()
        self._db.close()  # last, for only this one may write what is in the log into the file
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _shows(before: Entry | None, entry: Entry) -> bool:
    """Whether a feed could look different because *entry* follows *before*."""
    if before is None or before.removed:
        return not entry.removed
    return bool(entry.removed) or before.record != entry.record


def _found(entry: Entry | None) -> bytes | None:
    """The content of *entry* where a search finds it."""
    return entry.record.content if entry and not entry.removed else None


def _file(row: Sequence[Any]) -> File:
    return File(*row)


_WIDTH = len(_FIELDS)


def _record(row: Sequence[Any], packing: Packing, known: dict[bytes, bytes]) -> Record:
    """The Record in *row*; of what is *known* to be alike, the same object is in all."""
    id_, payload, alike, address, version, published, updated, changed, *rest = row
    heat, quality, appeared, rated, daily, weekly, story, number = rest
    # Most changed and appeared when they were published, and few are in a story: of equal values one
    # is kept, for a million articles.
    updated = published if updated == published else updated
    changed = published if changed == published else changed
    appeared = published if appeared == published else appeared
    return Record(
        id_, payload, known.setdefault(alike, alike), address, version, published, updated, changed,
        heat, quality, appeared, rated, daily, weekly, sys.intern(story), number, packing,
    )  # fmt: skip


def _row(entry: Entry, packing: Packing) -> tuple[Any, ...]:
    record = msgspec.structs.replace(entry.record, payload=packing.pack(entry.record.content))
    fields = msgspec.structs.astuple(record)[:_WIDTH]
    return (*fields, entry.path, entry.digest, entry.first_seen, entry.removed)


def _dictionary(database: sqlite3.Connection) -> bytes:
    """What articles are packed with, empty at first. Raises sqlite3.DatabaseError where it is damaged."""
    kept = dict(database.execute("SELECT * FROM meta WHERE key IN ('packed', 'dictionary')"))
    found = bytes(kept.get("dictionary", b""))
    if kept and kept.get("packed") != fingerprint(found):
        raise sqlite3.DatabaseError("damaged in its dictionary")
    return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except FileNotFoundError:
        return None
    return info.st_dev, info.st_ino
