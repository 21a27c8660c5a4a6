"""A SQLite store that every host of a fleet has: it sends its changes to a journal, or applies them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from feeds.errors import StoreDamaged, StoreError, StoreRefused
from feeds.logs.events import EventLog
from feeds.store import FileStamp
from feeds.store.replication import Append, Position, Replica, RowBatch, following
from feeds.store.sqlite import SQLiteStore, capture, files, kept_batches
from feeds.store.sqlite.apply import apply
from feeds.store.sqlite.backup import back_up
from feeds.store.sqlite.kept_files import delete_oldest_aside, free_name
from feeds.store.sqlite.ownership import SIDE_FILES
from feeds.store.sqlite.replicated_rows import BATCH_FORMATS, encode
from feeds.store.sqlite.snapshots import OwnValues, fill, reduce, refuse_snapshot

log = EventLog(__name__)


class SQLiteReplica(SQLiteStore, Replica):
    """A Replica in one SQLite file, with its position and its last batches.

    Readers of the host may open the file as a SQLiteStore. If such a store records a change, or if
    damage is repaired, the replica follows no journal any more.
    """

    formats: Sequence[int] = BATCH_FORMATS
    format = BATCH_FORMATS[-1]
    append: Append | None = None

    def position(self) -> Position:
        """See Replica."""
        return kept_batches.position(self._connection)

    def journal(self) -> str:
        """See Replica."""
        return kept_batches.journal(self._connection)

    def kept(self, after: int) -> list[RowBatch]:
        """See Replica."""
        return kept_batches.kept(self._connection, after)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Commit the changes of the ``with`` block once the journal has them, or none."""
        append = self._required_append()
        with self._connection.guard() as database:
            capture.begin(database)
        with self._connection.transaction() as database:
            self._require_writer()  # again: from here on, the transaction keeps other writers out
            yield
            before = self.position()
            if batch := self._captured(before):
                kept_batches.advance(database, batch)
                append(before, batch)  # last: a change that fails later would be in the journal alone

    def _required_append(self) -> Append:
        if self.append is None:
            raise StoreError(self.path, "not the leader of its fleet", "record changes at the leader")
        self._require_journal()
        return self.append

    def _require_journal(self) -> None:
        if not self.journal():
            raise StoreRefused(self.path, "follows no journal", "follow one anew")

    def _captured(self, before: Position) -> RowBatch | None:
        """The batch of the rows that this transaction has changed, None if there are none."""
        rows, newest = capture.take(self._connection)
        if not rows:
            return None
        content = encode(rows)
        return RowBatch(following(before, content), content, self.format, self.revision(), newest)

    def apply(self, batches: Sequence[RowBatch]) -> None:
        """See Replica."""
        self._require_writer()
        with self._connection.guard() as database:
            capture.end(database)
        with self._connection.transaction():
            self._require_writer()  # again: from here on, the transaction keeps other writers out
            self._require_journal()
            position = self.position()
            for batch in batches:
                self._refuse(position, batch)
                position = batch.position
            apply(self._connection, batches)
            for batch in batches:
                kept_batches.advance(database, batch)
        if self.progress().ready:
            self._connection.empty_log()

    def _refuse(self, before: Position, batch: RowBatch) -> None:
        """Raise StoreRefused unless *batch* has a known format and follows *before*."""
        number = batch.position.number
        if batch.format not in self.formats:
            problem = f"batch {number} has format {batch.format}, this version has {self.formats[-1]}"
            raise StoreRefused(self.path, problem, "install the version of the leader")
        if batch.position != following(before, batch.content):
            problem = f"batch {number} does not follow batch {before.number} of this store"
            raise StoreRefused(self.path, problem, "follow the journal anew")

    def back_up(self, target: Path) -> None:
        """See Replica. The copy has the position, the last batches, and no stamps."""
        back_up(self._connection.database, target, reduce)

    def follow_anew(self, journal: str, snapshot: Path | None = None) -> None:
        """See Replica."""
        self._require_writer()
        if snapshot is not None:
            refuse_snapshot(snapshot, journal)
        is_of_another, own = self._former(journal)
        aside = free_name(self.path, "aside")
        self._file.replace(lambda target: fill(target, journal, snapshot, own), aside)
        self._token = b""
        if not self.acquire_writer():
            raise StoreError(self.path, "in use by another writer", "stop the other writer")
        if is_of_another:
            said = f"{self.path}: the former store is kept as {aside.name}"
            log.warning("store.kept-aside", said, path=self.path, aside=aside)
        else:
            for suffix in ("", *SIDE_FILES):
                Path(f"{aside}{suffix}").unlink(missing_ok=True)
        delete_oldest_aside(self.path)

    def _former(self, journal: str) -> tuple[bool, OwnValues]:
        """Return whether the present articles are of another history than *journal*, and own values."""
        try:
            with self._connection.guard() as database:
                has_articles = database.execute("SELECT 1 FROM articles LIMIT 1").fetchone()
            own = OwnValues(self.corpus(), files.own_stamps(self._connection, None))
            return bool(has_articles) and self.journal() != journal, own
        except StoreDamaged:
            return True, OwnValues()

    def begin_journal(self, journal: str) -> Position:
        """See Replica."""
        self._require_writer()
        with self._connection.transaction() as database:
            self._require_writer()  # again: from here on, the transaction keeps other writers out
            return kept_batches.follow(database, journal)

    def unread(self, most: int) -> list[tuple[str, bytes]]:
        """See Replica."""
        return files.unread(self._connection, most)

    def stamp(self, stamps: dict[str, FileStamp]) -> None:
        """See Replica."""
        self._require_writer()
        with self._connection.transaction():
            self._require_writer()  # again: from here on, the transaction keeps other writers out
            files.stamp(self._connection, stamps)
