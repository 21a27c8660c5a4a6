"""The default store: one SQLite file in WAL mode, and a lock file beside it."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from feeds.article import Taxonomy, fingerprint
from feeds.errors import StoreDamaged, StoreError
from feeds.logs.events import EventLog
from feeds.store import (
    Changes,
    File,
    FileStamp,
    Progress,
    Search,
    Snapshot,
    Store,
    StoredEntry,
    StoreStats,
    WriterRequest,
)
from feeds.store.sqlite import entries, files
from feeds.store.sqlite import search as fulltext
from feeds.store.sqlite.backup import back_up
from feeds.store.sqlite.changes import last_change, progress, record, revision, snapshot, taxonomy
from feeds.store.sqlite.checksums import DATABASE_ERRORS, is_damage
from feeds.store.sqlite.connection import Connection
from feeds.store.sqlite.damage import problems
from feeds.store.sqlite.failures import failure_of
from feeds.store.sqlite.kept_batches import forget
from feeds.store.sqlite.ownership import request, take_requests
from feeds.store.sqlite.schema import SCHEMA, write_meta
from feeds.store.sqlite.search import FullTextSearch
from feeds.store.sqlite.store_file import StoreFile
from feeds.store.sqlite.version import version

log = EventLog(__name__)


class SQLiteStore(Store):
    """A Store in one SQLite file. StoreFile opens, locks, repairs and replaces the file.

    *connection* is the class of its connections to the file, except those that search.
    """

    def __init__(self, path: Path, connection: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self._file = StoreFile(path, connection)
        self.path = self._file.path
        self._token = b""  # in the store while this object is the writer; empty if it is not
        self._unread = ""  # the reason that requests could not be read last time
        self._searched: list[FullTextSearch] = []  # one for each opened file; the last one is in use
        self._connection = self._open()

    def _open(self) -> Connection:
        database = self._file.connect(
            lambda: self._searched.append(FullTextSearch(self.path, self._request_check))
        )
        self._identity = self._file.opened
        return Connection(database, self.path, self._request_check)

    def replaced(self) -> bool:
        """See Store."""
        identity = self._file.identity()
        if identity is None:
            raise StoreError(self.path, "missing", "restore it, or start a writer to make it again")
        if identity == self._identity:
            return False
        opened = self._open()
        self._connection.database.close()  # only now: the old file stays in use if opening fails
        self._connection = opened
        return True

    def check(self) -> None:
        """See Store."""
        if self.replaced():
            return
        if self._file.lock.is_held():
            self._connection.empty_log()
        with suppress(sqlite3.Error):  # cached pages would hide damage in the file
            self._connection.database.execute("PRAGMA shrink_memory")
        problem = self._problem()
        if problem and not self._file.lock.is_held():
            raise StoreDamaged(self.path, f"damaged: {problem}")
        if not problem and self._file.lock.is_held():  # FTS5 can only be checked by a writer
            problem = self._repair_search()
        if problem:
            self._file.repair(problem)
            self.replaced()
            self._take_over()

    def _repair_search(self) -> str:
        """Rebuild the full-text index if it is damaged; return the reason if that fails, else empty."""
        try:
            if not fulltext.is_sound(self._connection.database):
                self._rebuild_search("damaged")
        except (*DATABASE_ERRORS, StoreDamaged) as error:
            if isinstance(error, DATABASE_ERRORS) and not is_damage(error):
                raise StoreError(self.path, *failure_of("cannot be checked", error)) from error
            return f"full-text index: {error}"
        return ""

    def _problem(self) -> str:
        """The first damage, empty if the store is intact."""
        try:
            return next(problems(self._connection.database), "")
        except DATABASE_ERRORS as error:
            if is_damage(error):
                return str(error)
            raise StoreError(self.path, *failure_of("cannot be checked", error)) from error

    def back_up(self, target: Path) -> None:
        """Write a verified copy to *target*; the store may be in use. See ``backup.back_up``."""
        back_up(self._connection.database, target)

    def _request_check(self) -> None:
        if not self._file.lock.is_held():
            with suppress(StoreError):
                self.request("check")

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
        return revision(self._connection)

    def version(self) -> object:
        """See Store."""
        return version(self.path)

    def progress(self) -> Progress:
        """See Store."""
        return progress(self._connection)

    def fingerprint(self) -> bytes:
        """See Store."""
        return bytes(self._connection.meta("fingerprint", b""))

    def latest(self, now: float) -> int:
        """See Store."""
        newest = entries.newest_date(self._connection, now)
        return max(last_change(self._connection), newest)

    def taxonomy(self) -> Taxonomy:
        """See Store."""
        return taxonomy(self._connection)

    def authority(self) -> str:
        """See Store."""
        return str(self._connection.meta("authority", ""))

    def corpus(self) -> str:
        """See Store."""
        return str(self._connection.meta("corpus", ""))

    def pictures(self) -> bytes:
        """See Store."""
        return bytes(self._connection.meta("pictures", b""))

    def probed(self) -> bytes:
        """See Store."""
        return bytes(self._connection.meta("probed", b""))

    def descriptions(self) -> dict[str, bytes]:
        """See Store."""
        with self._connection.guard() as database:
            rows = database.execute("SELECT path, content, checksum FROM descriptions")
            return {row[0]: row[1] for row in self._connection.intact(rows, "descriptions")}

    def replaces_another(self) -> bool:
        """See Store."""
        return bool(self._connection.meta("replaces", 0))

    def changes_since(self, revision: int) -> Snapshot:
        """See Store."""
        return snapshot(self._connection, revision)

    @property
    def search(self) -> Search:
        """See Store."""
        return self._searched[-1].search

    def acquire_writer(self) -> bool:
        """See Store."""
        if self._token and self._file.lock.is_held():
            return True
        self._token = b""
        if not self._file.acquire_writer():
            return False
        if self._file.identity() is None:
            self._file.restore_deleted(self._connection.database)
        self.replaced()
        try:
            self._take_over()
            if self._connection.meta("words", "") != fulltext.TOKENIZER:
                self._rebuild_search("made by another tokenizer")
        except StoreDamaged:
            self.check()
        return True

    def has_writer(self) -> bool:
        """See Store."""
        return self._file.lock.has_other_writer()

    def _take_over(self) -> None:
        """Write a new token, so that the store refuses changes by any former writer."""
        token = os.urandom(8)
        with self._connection.transaction() as database:
            write_meta(database, {"writer": token})
        self._token = token

    def _require_writer(self) -> None:
        """Raise StoreError unless this object is still the writer, and the file still exists."""
        if not self._token:
            raise StoreError(self.path, "this process is not its writer", "stop the other writer")
        try:
            missing = self._file.identity() is None
        except StoreError:
            missing = True
        if not missing and self._file.is_cut_off():
            raise self._connection.damaged("the file is shorter than it was")
        if missing or not self._file.lock.is_held() or not self._has_token():
            self._token = b""
            self._file.lock.release()
            raise StoreError(self.path, "deleted, or in use by another writer", "stop the other writer")

    def _has_token(self) -> bool:
        return bytes(self._connection.meta("writer", b"")) == self._token

    def _rebuild_search(self, reason: str) -> None:
        with self._connection.transaction() as database:
            [count] = database.execute("SELECT count(*) FROM articles WHERE removed = 0").fetchone()
            said = f"{self.path}: full-text index {reason}; rebuilding {count:,} articles"
            log.warning("search.rebuilding", said, path=self.path, reason=reason, articles=count)
            fulltext.renew(database, entries.contents(self._connection, "number", "removed = 0"))
            write_meta(database, {"words": fulltext.TOKENIZER})

    def files(self, paths: Sequence[str] | None = None) -> dict[str, File]:
        """See Store."""
        return files.files(self._connection, paths)

    def stamps(self, paths: Sequence[str] | None = None) -> dict[str, FileStamp]:
        """See Store."""
        return files.stamps(self._connection, paths)

    def file_count(self) -> int:
        """See Store."""
        return files.count(self._connection)

    def has_files(self) -> bool:
        """See Store."""
        return files.has_any(self._connection)

    def has_below(self, folder: str) -> bool:
        """See Store."""
        return files.has_below(self._connection, folder)

    def article_paths(self) -> list[str]:
        """See Store."""
        return files.article_paths(self._connection)

    def paths_claiming(self, id_: str) -> list[str]:
        """See Store."""
        return files.paths_claiming(self._connection, id_)

    def entries(self, ids: Sequence[str]) -> dict[str, StoredEntry]:
        """See Store."""
        return entries.entries(self._connection, ids)

    def holding(self, digests: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
        """See Store."""
        return entries.holding(self._connection, digests)

    def stamped_after(self, second: int) -> list[StoredEntry]:
        """See Store."""
        return entries.stamped_after(self._connection, second)

    def stats(self, now: float, most: int) -> StoreStats:
        """See Store."""
        with self._connection.snapshot():
            bad, withheld, held = files.held_back(self._connection, most)
            scheduled, due = entries.scheduled(self._connection, now, most)
            return StoreStats(
                revision=self.revision(),
                changed=self.latest(now),
                schema=SCHEMA,
                bytes=self._file.size(),
                progress=self.progress(),
                bad=bad,
                withheld=withheld,
                scheduled=scheduled,
                held=held,
                due=due,
                modified=files.newest(self._connection, now),
            )

    def record(self, changes: Changes) -> int:
        """See Store."""
        self._require_writer()
        if not self._connection.compression.dictionary:
            with self._changing():
                entries.pack(self._connection)
        with self._changing():
            recorded = record(self._connection, changes)
        if self.progress().ready:
            self._connection.empty_log()
        return recorded

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Commit the changes of the ``with`` block, or none."""
        with self._connection.transaction():
            self._require_writer()  # again: from here on, the transaction keeps other writers out
            forget(self._connection)
            yield

    def request(self, *requests: WriterRequest) -> None:
        """See Store."""
        request(self.path, {"scan", *requests})

    def requests(self) -> set[WriterRequest]:
        """See Store."""
        self._require_writer()
        try:
            found, self._unread = take_requests(self.path), ""
        except StoreError as error:  # publishing does not depend on requests
            if str(error) != self._unread:
                log.warning(
                    "requests.unreadable", f"{error}; requests are ignored until they can be read"
                )
            found, self._unread = set(), str(error)
        return found

    def close(self) -> None:
        """See Store."""
        for each in self._searched:
            each.close()
        # Last: SQLite moves the log into the file when its last connection closes.
        self._connection.database.close()
        self._token = b""
        self._file.close()
