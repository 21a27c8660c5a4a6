"""The default store: one SQLite file in WAL mode, and a lock beside it."""

import logging
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from feeds.article import Taxonomy, TombstoneFacets, fingerprint
from feeds.errors import StoreDamaged, StoreError
from feeds.store import (
    Changes,
    File,
    Progress,
    Record,
    Request,
    Search,
    Snapshot,
    Stamp,
    StoredEntry,
    StoreStats,
    Tombstone,
)
from feeds.store.compression import ENOUGH, PLAIN, TOGETHER, Compression, dictionary
from feeds.store.sqlite import clusters
from feeds.store.sqlite import search as fulltext
from feeds.store.sqlite.backup import back_up
from feeds.store.sqlite.checksums import (
    DAMAGED,
    FIELDS,
    SEALED,
    UNREADABLE,
    article_checksums,
    intact_parts,
    is_damage,
    resealed,
    row_checksum,
    verified_sum,
    visible_sum,
)
from feeds.store.sqlite.ownership import request, take_requests
from feeds.store.sqlite.repair import DEPARTURE, ENTRY, FILE, problems
from feeds.store.sqlite.schema import SCHEMA, keep_dictionary, write_meta
from feeds.store.sqlite.search import Edit, Words
from feeds.store.sqlite.store_file import StoreFile

log = logging.getLogger(__name__)

MAX_DEPARTURES = 10_000  # remembered one by one; older ones count as one that left every feed

_ENTRY, _FILE = ", ".join(ENTRY), ", ".join(FILE)
_LOADED = ", ".join(("checksums", "payload", "story", *SEALED))
_KEPT = {"id", "number", "story"}  # of an article as long as it is known
_LATEST = ", ".join(f"{each} = excluded.{each}" for each in (*ENTRY, "checksums") if each not in _KEPT)


class SQLiteStore:
    """A Store in one SQLite file. StoreFile opens, locks, repairs and replaces the file."""

    def __init__(self, path: Path) -> None:
        self._file = StoreFile(path)
        self.path = self._file.path
        self._token = b""  # proves that this object is the writer; empty if it is not
        self._unread = ""  # why requests could not be read last time
        self._searched: list[Words] = []  # for each file that was opened, the last one in use
        self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        database = self._file.connect()
        try:
            self._searched.append(Words(self.path, self._suspect))
            self._identity = self._file.opened
        except BaseException:
            database.close()
            self._file.forget_connection()
            raise
        self._packed = PLAIN
        return database

    def replaced(self) -> bool:
        """See Store."""
        identity = self._file.identity()
        if identity is None:
            raise StoreError(self.path, "missing; waiting until it is back")
        if identity == self._identity:
            return False
        opened = self._open()
        self._db.close()  # only now: if nothing can be opened, the old file stays in use
        self._db = opened
        return True

    def check(self) -> None:
        """See Store."""
        if self.replaced():
            return
        if self._file.is_writer():
            self._empty_log()
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA shrink_memory")  # cached pages would hide damage in the file
        problem = self._problem()
        if problem and not self._file.is_writer():
            raise StoreDamaged(self.path, f"damaged: {problem}")
        if not problem and self._file.is_writer():  # FTS5 can only be checked by a writer
            problem = self._renewed_words()
        if problem:
            self._file.repair(problem)
            self.replaced()
            self._take_over()

    def _renewed_words(self) -> str:
        """Rebuild the full-text index if it is damaged; return the reason if that fails, else empty."""
        try:
            if not fulltext.is_sound(self._db):
                self._renew_words("damaged")
        except (*UNREADABLE, StoreDamaged) as error:
            if isinstance(error, UNREADABLE) and not is_damage(error):
                raise StoreError(self.path, f"cannot be checked: {error}") from error
            return f"full-text index: {error}"
        return ""

    def _problem(self) -> str:
        """The first damage, empty if the store is intact."""
        try:
            return next(problems(self._db), "")
        except UNREADABLE as error:
            if is_damage(error):
                return str(error)
            raise StoreError(self.path, f"cannot be checked: {error}") from error

    def back_up(self, target: Path) -> None:
        """Write a verified copy to *target*; the store may be in use. See ``backup.back_up``."""
        back_up(self._db, target)

    @contextmanager
    def _guard(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._db
        except UNREADABLE as error:
            if is_damage(error):
                raise self._damaged(str(error)) from error
            raise StoreError(self.path, str(error)) from error

    def _damaged(self, what: str) -> StoreDamaged:
        """Return the error for the damage *what*, and request a check from the writer."""
        self._suspect()
        return StoreDamaged(self.path, f"damaged: {what}")

    def _suspect(self) -> None:
        if not self._file.is_writer():
            with suppress(StoreError):
                self.request("check")

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """Read everything inside at one revision."""
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
            row = database.execute("SELECT value, checksum FROM meta WHERE key = ?", (key,)).fetchone()
            if row and row_checksum((key, row[0])) != row[1]:
                raise self._damaged(f"meta: {key}")
        return row[0] if row else default

    def _tally(self) -> tuple[int, int]:
        """The number of live articles, and the sum of their checksums."""
        value = self._meta("tally", b"")
        if not value:
            raise self._damaged("meta: tally")
        return msgspec.msgpack.decode(value, type=tuple[int, int])

    def _compression(self) -> Compression:
        """The packing of payloads; a dictionary, once made, stays for the life of the file."""
        if not self._packed.dictionary:
            try:
                found = self._meta("dictionary", b"")
            except StoreDamaged:
                found = self._meta("dictionary_copy", b"")
            if found:
                self._packed = Compression(found, str(self.path))
        return self._packed

    def _contents(self, columns: str, condition: str) -> Iterator[tuple[Any, ...]]:
        """The *columns* and the content of every article that meets *condition*."""
        rows = self._db.execute(f"SELECT {columns}, payload FROM articles WHERE {condition}")
        while some := rows.fetchmany(TOGETHER):
            contents = self._compression().unpack([row[-1] for row in some])
            yield from ((*row[:-1], content) for row, content in zip(some, contents, strict=True))

    def _pack(self) -> None:
        """Pack all articles as soon as there are enough; from then on, ``_write`` packs each."""
        with self._transaction("BEGIN IMMEDIATE") as database:
            self._must_lead()  # again: no other process may have packed meanwhile
            [count] = database.execute("SELECT count(*) FROM articles").fetchone()
            if count < ENOUGH:
                return
            rows = database.execute("SELECT number, payload, checksums FROM articles ORDER BY number")
            former = rows.fetchall()
            made = dictionary([payload for _, payload, _ in former[:ENOUGH]])
            compression = Compression(made)
            keep_dictionary(database, made)
            packed = [(number, compression.pack(payload), sums) for number, payload, sums in former]
            database.executemany(
                "UPDATE articles SET payload = ?, checksums = ? WHERE number = ?",
                ((payload, resealed(sums, payload), number) for number, payload, sums in packed),
            )

    @property
    def identity(self) -> str:
        """See Store."""
        return fingerprint((self.name, self._identity)).hex()

    @property
    def name(self) -> str:
        """See Store."""
        return str(self.path)

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

    def taxonomy(self) -> Taxonomy:
        """See Store."""
        value = self._meta("taxonomy", None)
        return msgspec.msgpack.decode(value, type=Taxonomy) if value else Taxonomy()

    def authority(self) -> str:
        """See Store."""
        return str(self._meta("authority", ""))

    def corpus(self) -> str:
        """See Store."""
        return str(self._meta("corpus", ""))

    def descriptions(self) -> dict[str, bytes]:
        """See Store."""
        with self._guard() as database:
            rows = database.execute("SELECT path, content, checksum FROM descriptions")
            return {row[0]: row[1] for row in self._intact(rows, "descriptions")}

    def _intact(self, rows: Iterable[Sequence[Any]], table: str) -> Iterator[Sequence[Any]]:
        """Verify the checksum at the end of each of *rows*, and remove it. Raises StoreDamaged."""
        for row in rows:
            if row_checksum(row[:-1]) != row[-1]:
                raise self._damaged(f"{table}: {row[0]!r}")
            yield row[:-1]

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
                rows = database.execute(f"SELECT {_LOADED} FROM articles WHERE removed = 0")
                records, tally = self._records(rows)
                if tally != self._tally():
                    raise self._damaged("articles are missing")
                return self._as_snapshot(records, [], 0)
            rows = database.execute(
                f"SELECT {_LOADED} FROM articles WHERE revision > ? AND removed = 0",
                (revision,),
            )
            removed = database.execute(
                "SELECT id FROM articles WHERE revision > ? AND removed > 0", (revision,)
            )
            records, _ = self._records(rows)
            return self._as_snapshot(records, [row[0] for row in removed], revision)

    def _records(self, rows: Iterable[tuple[Any, ...]]) -> tuple[list[Record], tuple[int, int]]:
        """The Records in *rows*, with their number and the sum of their checksums."""
        compression, facets, total = self._compression(), dict[bytes, bytes](), 0
        records = []
        for row in rows:
            sealed = row[3:]
            try:
                total += verified_sum(row[0], row[1], sealed)
            except DAMAGED:
                raise self._damaged(f"articles: {row[3]!r}") from None
            records.append(_record(row[1], row[2], sealed, compression, facets))
        return records, (len(records), total & 0xFFFFFFFF)

    def _as_snapshot(self, records: list[Record], removed: list[str], since: int) -> Snapshot:
        tombstones = self._db.execute(
            f"SELECT {', '.join(DEPARTURE)}, checksum FROM departures WHERE revision > ? ORDER BY rowid",
            (since,),
        )
        return Snapshot(
            revision=self.revision(),
            records=records,
            removed=removed,
            tombstones=[
                Tombstone(at, msgspec.msgpack.decode(facets, type=TombstoneFacets | None), id_, published)
                for _, at, facets, id_, published in self._intact(tombstones, "departures")
            ],
            taxonomy=self.taxonomy(),
            partial=since > 0,
        )

    @property
    def search(self) -> Search:
        """See Store."""
        return self._searched[-1].search

    def acquire_writer(self) -> bool:
        """See Store."""
        if self._token and self._file.is_writer():
            return True
        self._token = b""
        if not self._file.acquire_writer():
            return False
        if self._file.identity() is None:
            self._file.revive(self._db)
        self.replaced()
        try:
            self._take_over()
            if self._meta("words", "") != fulltext.TOKENIZER:
                self._renew_words("of another edition")
        except StoreDamaged:
            self.check()
        return True

    def has_writer(self) -> bool:
        """See Store."""
        return not self._file.is_writer() and self._file.has_writer()

    def _take_over(self) -> None:
        """Write a new token, so that the store refuses changes by any former writer."""
        token = os.urandom(8)
        with self._transaction("BEGIN IMMEDIATE") as database:
            write_meta(database, {"writer": token})
        self._token = token

    def _must_lead(self) -> None:
        """Raise StoreError unless this object is still the writer, and the file still exists."""
        if not self._token:
            raise StoreError(self.path, "this process is not its writer")
        try:
            missing = self._file.identity() is None
        except StoreError:
            missing = True
        if not missing and self._file.is_cut_off():
            raise self._damaged("the file is shorter than it was")
        if missing or not self._file.is_writer() or bytes(self._meta("writer", b"")) != self._token:
            self._token = b""
            self._file.release_writer()
            raise StoreError(self.path, "deleted, or written by another process now")

    def _renew_words(self, reason: str) -> None:
        log.warning("%s: full-text index %s; rebuilding", self.path, reason)
        with self._transaction("BEGIN IMMEDIATE") as database:
            fulltext.renew(database, self._contents("number", "removed = 0"))
            write_meta(database, {"words": fulltext.TOKENIZER})

    def files(self, paths: Sequence[str] | None = None) -> dict[str, File]:
        """See Store."""
        rows = self._of_files(f"{_FILE}, checksum", paths)
        return {row[0]: _file(row) for row in self._intact(rows, "files")}

    def stamps(self, paths: Sequence[str] | None = None) -> dict[str, Stamp]:
        """See Store."""
        rows = self._of_files("path, modified, size, inode", paths)
        return {path: (modified, size, inode) for path, modified, size, inode in rows}

    def _of_files(self, columns: str, paths: Sequence[str] | None) -> Iterator[Sequence[Any]]:
        """The *columns* of every file, or of those at *paths*."""
        if paths is not None:
            yield from self._among(f"SELECT {columns} FROM files WHERE path IN (?)", paths)
            return
        with self._guard() as database:
            yield from database.execute(f"SELECT {columns} FROM files")

    def _among(self, query: str, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """The rows of *query*, with *values* for its question mark, in batches that SQLite accepts."""
        with self._guard() as database:
            for start in range(0, len(values), 500):
                some = values[start : start + 500]
                yield from database.execute(
                    query.replace("?", ",".join("?" * len(some))), some
                ).fetchall()

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
        return self.files([path]).get(path)

    def paths_claiming(self, id_: str) -> list[str]:
        """See Store."""
        with self._guard() as database:
            rows = database.execute("SELECT path FROM files WHERE id = ? ORDER BY path", (id_,))
            return [row[0] for row in rows]

    def entries(self, ids: Sequence[str]) -> dict[str, StoredEntry]:
        """See Store."""
        rows = self._among(f"SELECT {_ENTRY}, checksums FROM articles WHERE id IN (?)", ids)
        return {entry.record.id: entry for entry in self._entries([*rows])}

    def stats(self, now: float, most: int) -> StoreStats:
        """See Store."""
        with self._snapshot() as database:
            count = dict(
                database.execute(
                    "SELECT withheld, count(*) FROM files WHERE problem != '' GROUP BY withheld"
                ).fetchall()
            )
            held = database.execute(
                f"SELECT {_FILE}, checksum FROM files WHERE problem != '' "
                "ORDER BY withheld, path LIMIT ?",
                (most,),
            )
            to_come = "FROM articles WHERE removed = 0 AND published > ?"
            due = database.execute(
                f"SELECT path, published {to_come} ORDER BY published, path LIMIT ?", (now, most)
            )
            return StoreStats(
                revision=self.revision(),
                changed=self.latest(now),
                schema=SCHEMA,
                bytes=sum(map(_size, (self.path, Path(f"{self.path}-wal")))),
                progress=self.progress(),
                bad=count.get(0, 0),
                withheld=count.get(1, 0),
                scheduled=database.execute(f"SELECT count(*) {to_come}", (now,)).fetchone()[0],
                held=[_file(row) for row in self._intact(held, "files")],
                due=due.fetchall(),
            )

    def _entries(self, rows: Sequence[Sequence[Any]]) -> Iterator[StoredEntry]:
        for row in rows:
            if not all(intact_parts(row[:-1], row[-1])):
                raise self._damaged(f"articles: {row[0]!r}")
        contents = self._compression().unpack([row[1] for row in rows])
        for row, content in zip(rows, contents, strict=True):
            sealed = (row[0], *row[2:_STORY], row[_STORY + 1])
            yield StoredEntry(_record(content, row[_STORY], sealed, PLAIN, {}), *row[len(FIELDS) : -1])

    def holding(self, digests: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
        """See Store."""
        rows = self._among(f"SELECT {_ENTRY}, checksums FROM articles WHERE digest IN (?)", digests)
        found: dict[bytes, list[StoredEntry]] = {}
        for entry in sorted(self._entries([*rows]), key=_live_first):
            found.setdefault(entry.digest, []).append(entry)
        return found

    def stamped_after(self, second: int) -> list[StoredEntry]:
        """See Store."""
        with self._guard() as database:
            rows = database.execute(
                f"SELECT {_ENTRY}, checksums FROM articles WHERE max(rated, removed) > ?1 OR "
                "(changed > ?1 AND changed != published) OR "
                "(first_seen > ?1 AND first_seen != published) OR "
                "(appeared > ?1 AND appeared != published)",
                (second,),
            ).fetchall()
        return [*self._entries(rows)]

    def record(self, changes: Changes) -> int:
        """See Store."""
        self._must_lead()
        if not self._compression().dictionary:
            self._pack()
        with self._transaction("BEGIN IMMEDIATE") as database:
            self._must_lead()  # again: inside the transaction, no other process can become the writer
            revision = self._write(database, changes)
        self._shorten_log()
        return revision

    def _shorten_log(self) -> None:
        """Move the write-ahead log into the file, unless another connection is reading the log.

        An empty log cannot be damaged.
        """
        if self.progress().ready:
            self._empty_log()

    def _empty_log(self) -> None:
        self._db.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._db.execute("PRAGMA busy_timeout = 10000")

    def _write(self, database: sqlite3.Connection, changes: Changes) -> int:
        progress = changes.progress
        before = self.entries([entry.record.id for entry in changes.entries])
        entries = self._known(changes.entries, before)
        shown = [entry for entry in entries if _shows(before.get(entry.record.id), entry)]
        ready = self.progress().ready
        loaded = not ready and progress is not None and progress.ready
        visible = shown or changes.tombstones or changes.taxonomy is not None or loaded
        revision = self.revision() + bool(visible)
        self._write_articles(database, entries, before)
        database.executemany(
            "UPDATE articles SET revision = ? WHERE id = ?",
            [(revision, entry.record.id) for entry in shown],
        )
        if loaded:
            clusters.build(database, self._contents("number, published", "removed = 0"), revision)
        elif ready:
            clusters.update(database, before, shown, revision)
        self._write_files(database, changes)
        self._write_departures(database, changes, revision)
        if changes.descriptions is not None:
            database.execute("DELETE FROM descriptions")
            database.executemany(
                "INSERT INTO descriptions VALUES (?,?,?)",
                [(*each, row_checksum(each)) for each in sorted(changes.descriptions.items())],
            )
        latest = max(self._meta("last_change", 0), changes.at if visible else 0)
        meta: dict[str, Any] = {
            "revision": revision,
            "last_change": min(latest, changes.not_after) if changes.not_after else latest,
        }
        if changes.taxonomy is not None:
            meta["taxonomy"] = msgspec.msgpack.encode(changes.taxonomy)
            meta["described"] = revision  # no partial changes from before it
        if progress is not None:
            meta["progress"] = msgspec.msgpack.encode(progress)
        for key in ("fingerprint", "authority", "corpus"):
            if (value := getattr(changes, key)) is not None:
                meta[key] = value
        write_meta(database, meta)
        return revision

    def _write_articles(
        self, database: sqlite3.Connection, entries: list[StoredEntry], before: dict[str, StoredEntry]
    ) -> None:
        compression = self._compression()
        rows = [_row(each, compression) for each in entries]
        count, total = self._tally()
        for row, entry in zip(rows, entries, strict=True):
            former = before.get(entry.record.id)
            if former and not former.removed:
                count, total = count - 1, total - visible_sum(_row(former, PLAIN)[-1])
            if not entry.removed:
                count, total = count + 1, total + visible_sum(row[-1])
        database.executemany(
            f"INSERT INTO articles ({_ENTRY}, checksums, revision) VALUES ({'?,' * (len(ENTRY) + 1)} 0) "
            f"ON CONFLICT (number) DO UPDATE SET {_LATEST}",
            rows,
        )
        write_meta(database, {"tally": (count, total & 0xFFFFFFFF)})
        fulltext.edit(
            database,
            [
                Edit(each.record.number, _found(before.get(each.record.id)), _found(each))
                for each in entries
            ],
        )

    def _write_files(self, database: sqlite3.Connection, changes: Changes) -> None:
        database.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in changes.gone])
        rows = [_file_row(file) for file in changes.files]
        database.executemany(
            f"INSERT OR REPLACE INTO files ({_FILE}, checksum) VALUES ({'?,' * len(FILE)} ?)",
            [(*row, row_checksum(row)) for row in rows],
        )

    def _write_departures(self, database: sqlite3.Connection, changes: Changes, revision: int) -> None:
        if latest := changes.not_after:
            rows = database.execute(
                f"SELECT {', '.join(DEPARTURE)}, rowid FROM departures WHERE at > ?", (latest,)
            ).fetchall()
            for left, _, *rest, rowid in rows:
                row = (left, latest, *rest)
                database.execute(
                    "UPDATE departures SET at = ?, checksum = ? WHERE rowid = ?",
                    (latest, row_checksum(row), rowid),
                )
        left = [
            (revision, d.at, msgspec.msgpack.encode(d.facets), d.id, d.published)
            for d in changes.tombstones
        ]
        database.executemany(
            "INSERT INTO departures VALUES (?,?,?,?,?,?)", [(*row, row_checksum(row)) for row in left]
        )
        if changes.tombstones:
            self._forget(database)

    def _known(self, entries: list[StoredEntry], before: dict[str, StoredEntry]) -> list[StoredEntry]:
        """The last of each of *entries*, with the number and the cluster it has, or the next number."""
        (last,) = self._db.execute("SELECT coalesce(max(number), 0) FROM articles").fetchone()
        known = []
        for entry in {each.record.id: each for each in entries}.values():
            former = before.get(entry.record.id)
            last += former is None
            number, cluster = (former.record.number, former.record.cluster) if former else (last, "")
            record = msgspec.structs.replace(entry.record, number=number, cluster=cluster)
            known.append(msgspec.structs.replace(entry, record=record))
        return known

    def _forget(self, database: sqlite3.Connection) -> None:
        """Let the oldest departures become one that every feed has seen."""
        old = database.execute(
            "SELECT rowid, revision, at, published FROM departures ORDER BY rowid DESC LIMIT 1 OFFSET ?",
            (MAX_DEPARTURES,),
        ).fetchone()
        if old:
            rowid, revision, at, published = old
            row = (revision, at, msgspec.msgpack.encode(None), "", published)
            database.execute("DELETE FROM departures WHERE rowid < ?", (rowid,))
            database.execute(
                "UPDATE departures SET facets = ?, id = ?, checksum = ? WHERE rowid = ?",
                (row[2], row[3], row_checksum(row), rowid),
            )

    def request(self, *requests: Request) -> None:
        """See Store."""
        request(self.path, {"scan", *requests})

    def requests(self) -> set[Request]:
        """See Store."""
        self._must_lead()
        try:
            found, self._unread = take_requests(self.path), ""
        except StoreError as error:  # publishing does not depend on requests
            if str(error) != self._unread:
                log.warning("%s; going on without", error)
            found, self._unread = set(), str(error)
        return found

    def close(self) -> None:
        """See Store."""
        for each in self._searched:
            each.close()
        self._db.close()  # last: SQLite moves the log into the file when its last connection closes
        self._token = b""
        self._file.close()


def _shows(before: StoredEntry | None, entry: StoredEntry) -> bool:
    """Whether a feed could look different because *entry* follows *before*."""
    if before is None or before.removed:
        return not entry.removed
    return bool(entry.removed) or before.record != entry.record


def _found(entry: StoredEntry | None) -> bytes | None:
    """The content of *entry* where a search finds it."""
    return entry.record.content if entry and not entry.removed else None


def _live_first(entry: StoredEntry) -> tuple[bool, int, str, str]:
    return entry.removed > 0, -entry.removed, entry.path, entry.record.id


_STORY = FIELDS.index("story")


def _record(
    payload: bytes, story: str, sealed: Sequence[Any], compression: Compression, known: dict[bytes, bytes]
) -> Record:
    """The Record of one row; equal facet fields are one object, kept in *known*."""
    id_, facets, address, version, published, updated, changed, *rest = sealed
    heat, quality, appeared, rated, daily, weekly, number = rest
    # Most changed and appeared when they were published, and few are in a story: of equal values one
    # is kept, for a million articles.
    updated = published if updated == published else updated
    changed = published if changed == published else changed
    appeared = published if appeared == published else appeared
    return Record(
        id_, payload, known.setdefault(facets, facets), address, version, published, updated, changed,
        heat, quality, appeared, rated, daily, weekly, sys.intern(story), number, compression,
    )  # fmt: skip


def _row(entry: StoredEntry, compression: Compression) -> tuple[Any, ...]:
    """*entry* as ENTRY has it, then its checksums."""
    record = msgspec.structs.replace(entry.record, payload=compression.pack(entry.record.content))
    fields = msgspec.structs.astuple(record)[: len(FIELDS)]
    row = (*fields, entry.path, entry.digest, entry.first_seen, entry.removed)
    return (*row, article_checksums(row))


def _file(row: Sequence[Any]) -> File:
    """The File of one row, without its checksum."""
    return File(row[0], (row[1], row[2], row[3]), *row[4:])


def _file_row(file: File) -> tuple[Any, ...]:
    """*file* as FILE has it."""
    path, stamp, id_, line, problem, withheld, *rest = msgspec.structs.astuple(file)
    return (path, *stamp, id_, line, problem, int(withheld), *rest)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
