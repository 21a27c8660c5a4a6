"""Log lines for the first changes of a scan, with file and article; the rest is counted."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from feeds.article import Article
from feeds.corpus.files import some_of
from feeds.corpus.stored_problem import StoredProblem
from feeds.errors import counted
from feeds.ingest.recorder import Batch, Recorded
from feeds.ingest.reporter import Tally
from feeds.logs.events import EventLog, Fact
from feeds.query.parameters.dates import clock
from feeds.store import Changes, File, StoredEntry

log = EventLog(__name__)

MAX_CHANGES = 20  # lines about changed files in one scan
MAX_LOGGED_PROBLEMS = 100  # lines about problems of files in one scan
MAX_LOGGED_TITLE = 80  # characters


# The event of each kind of change.
EVENTS = {
    "added": "article.added",
    "changed": "article.changed",
    "moved": "article.moved",
    "removed": "article.removed",
    "withheld": "article.withheld",
    "accepted": "article.accepted",
}


class ChangeLine(Struct, frozen=True):
    """A line of the log, which says that *event* has happened."""

    event: str
    sentence: str
    facts: dict[str, Fact]
    is_problem: bool = False


class FileChange(Struct, frozen=True):
    """The effect of one file: *kind* is the first word of its line, *details* are in brackets.

    *entry* is the article, None if the file never had one.
    """

    kind: str
    path: str
    entry: StoredEntry | None = None
    details: tuple[str, ...] = ()

    def line(self, revision: int) -> ChangeLine:
        """The line that says so, once it is recorded as *revision*."""
        title, details = "", list(self.details)
        facts: dict[str, Fact] = {"path": self.path, "revision": revision}
        if self.entry and self.entry.record.version:  # else damage destroyed its text
            article = msgspec.msgpack.decode(self.entry.record.content, type=Article)
            shown = article.title[:MAX_LOGGED_TITLE]
            facts |= {"id": self.entry.record.id, "title": shown, "topics": [*article.topics]}
            title = f' "{shown}"'
            details.insert(0, counted(len(article.topics), "topic"))
        said = f"{self.kind} {self.path}{title} ({', '.join(details)})".removesuffix(" ()")
        return ChangeLine(EVENTS[self.kind], said, facts)


class ChangeLog:
    """The changes of one scan, batch by batch: logged once they are recorded, and counted in *tally*."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._lines: list[ChangeLine | FileChange] = []
        self._changes = 0
        self._problems = 0

    def note(self, batch: Batch, decided: Recorded) -> None:
        """Keep the first lines about *batch*; a first load has none about changes."""
        for problem in decided.problems:
            self._problems += 1
            if self._problems <= MAX_LOGGED_PROBLEMS:
                facts: dict[str, Fact] = {"path": problem.path, "line": problem.line}
                self._lines.append(ChangeLine("file.problem", str(problem), facts, is_problem=True))
        if decided.passed_over:
            names = some_of(decided.passed_over)
            said = f"passed over, without a field of an article: {names}"
            self._lines.append(ChangeLine("files.passed-over", said, {"files": len(decided.passed_over)}))
        for change in () if batch.first else changes_of(batch, decided):
            self._changes += 1
            if self._changes <= MAX_CHANGES:
                self._lines.append(change)

    def add(self, changes: Changes, revision: int) -> None:
        """Log the lines about *changes*, which the store recorded as *revision*."""
        self.tally.add(changes, revision)
        lines, self._lines = self._lines, []
        for each in lines:
            line = each.line(revision) if isinstance(each, FileChange) else each
            write = log.warning if line.is_problem else log.info
            write(line.event, line.sentence, **line.facts)

    def end(self) -> Tally:
        """Log the numbers of changes and problems without a line, and return the tally."""
        if self._changes > MAX_CHANGES:
            left = self._changes - MAX_CHANGES
            log.info("changes.not-logged", f"changes not logged: {left:,}", changes=left)
        if self._problems > MAX_LOGGED_PROBLEMS:
            left = self._problems - MAX_LOGGED_PROBLEMS
            said = f"problems not logged: {left:,}; run feeds check to see all"
            log.warning("problems.not-logged", said, problems=left)
        return self.tally


def changes_of(batch: Batch, recorded: Recorded) -> Iterator[FileChange]:
    """Yield a change for each file of *batch* that changed an article, or is held back or good now."""
    files = {file.path: file for file in recorded.changes.files}
    logged = set()
    for entry in recorded.changes.entries:
        file = files.get(entry.path)
        if change := _of_entry(batch, entry, batch.former.entries.get(entry.record.id), file):
            logged.add(change.path)
            yield change
    for path, file in files.items():
        if path not in logged and (change := _of_file(batch, file, batch.known.files.get(path))):
            yield change
    for path in recorded.changes.gone:
        known = batch.known.files.get(path)
        if known and path not in logged and known.id not in batch.known.moved_ids:
            yield FileChange("removed", path)  # it was held back


def _of_entry(
    batch: Batch, made: StoredEntry, former: StoredEntry | None, file: File | None
) -> FileChange | None:
    if made.removed:
        if not former or former.removed:
            return None
        if file and file.withheld:
            return FileChange("withheld", made.path, made, (_reason(file),))
        return FileChange("removed", made.path, made)
    published = made.record.published
    later = (f"scheduled for {clock(published)}",) if published > batch.now else ()
    if not former or former.removed:
        return FileChange("added", made.path, made, later)
    if former.path != made.path:
        return FileChange("moved", made.path, made, (f"from {former.path}", *later))
    if former.record.changed != made.record.changed:
        return FileChange("changed", made.path, made, later)
    return None


def _of_file(batch: Batch, file: File, known: File | None) -> FileChange | None:
    """The change of a file that changed no article."""
    if file.withheld and not (known and known.problem == file.problem):
        return FileChange("withheld", file.path, None, (_reason(file),))
    if known and known.problem and not file.problem:
        entry = batch.former.entries.get(file.id)
        return FileChange("accepted", file.path, entry) if entry else None
    return None


def _reason(file: File) -> str:
    return StoredProblem.decoded(file.problem).text
