"""Reports of scans and failures: in the log, and as a Refresh for the status of the server."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from feeds.corpus import Corpus
from feeds.errors import ArticleError, FeedsError, counted, text_of
from feeds.logs.events import EventLog
from feeds.monitoring.process_registry import Refresh, problems
from feeds.store import Changes

log = EventLog(__name__)


class Tally(Struct):
    """The contents of recorded changes: numbers of articles and files, and the last revision."""

    articles: int = 0
    removed: int = 0
    withheld: int = 0
    bad: int = 0
    revision: int = 0

    def add(self, changes: Changes, revision: int) -> None:
        """Add *changes*, which the store recorded as *revision*."""
        removed = sum(entry.removed > 0 for entry in changes.entries)
        withheld = sum(file.withheld for file in changes.files)
        self.articles += len(changes.entries) - removed
        self.removed += removed
        self.withheld += withheld
        self.bad += sum(bool(file.problem) for file in changes.files) - withheld
        self.revision = revision

    def __str__(self) -> str:
        others = {"removed": self.removed, "withheld": self.withheld, "bad": self.bad}
        parts = [f"{number:,} {name}" for name, number in others.items() if number]
        return ", ".join([counted(self.articles, "article"), *parts])


class Reporter:
    """Calls *report* with each Refresh that differs from the previous one.

    *trouble* is the present reason that the store is not up to date, empty if there is none.
    """

    def __init__(self, clock: Callable[[], float], report: Callable[[Refresh], object]) -> None:
        self._clock = clock
        self._report = report
        self._former: Refresh | None = None
        self._problems: list[ArticleError] = []
        self.trouble = ""
        self._revision = 0  # in the last line about recorded files
        self._is_announced = False

    def announce(self, corpus: Corpus) -> None:
        """Log the summary of *corpus*, unless it is empty, once."""
        if not self._is_announced and (summary := corpus.summary):
            log.info("corpus.found", summary)
        self._is_announced = True

    def note(self, found: list[ArticleError]) -> None:
        """Log new problems of files that are not in the store, and keep all for the next report."""
        known = {str(each) for error in self._problems for each in error.each()}
        for problem in [each for error in found for each in error.each()]:
            if str(problem) not in known:
                log.warning("file.problem", str(problem), path=problem.path, line=problem.line)
        self._problems = found

    def log_recorded(self, begun: float, files: int, tally: Tally) -> None:
        """Log that *files* files, if any, were recorded since *begun*, with the changes in *tally*.

        Changes that no feed shows leave the revision as it is; it is then not logged again.
        """
        if files:
            seconds = max(0.0, self._clock() - begun)
            at = f" at revision {tally.revision}" if tally.revision != self._revision else ""
            log.info(
                "scan.recorded",
                f"recorded {counted(files, 'file')} ({tally}) in {seconds:.2f} s{at}",
                files=files,
                articles=tally.articles,
                removed=tally.removed,
                withheld=tally.withheld,
                bad=tally.bad,
                seconds=seconds,
                revision=tally.revision,
            )
            self._revision = tally.revision

    def report_trouble(self, error: FeedsError | OSError, unread: Sequence[ArticleError]) -> None:
        """Report *error*, which ended a scan, and log it unless it is the same as before."""
        text = text_of(error)
        if text != self.trouble:
            log.error("scan.failed", f"{text}; retrying", reason=text)
        self.trouble = text
        self.report_scan(self._clock(), 0, unread)

    def report_scan(self, begun: float, files: int, unread: Sequence[ArticleError]) -> None:
        """Report a scan that started at *begun* and read *files* files; *unread* could not be read."""
        now, former = self._clock(), self._former
        bad = [*self._problems, *unread]
        made = Refresh(
            finished=now,
            seconds=max(0.0, now - begun),
            files=files,
            bad=len(bad),
            problems=problems(bad),
            trouble=self.trouble,
            recorded=now if files else 0,
        )
        if former and not files:
            # After a scan that found nothing, keep the numbers of the last one that found changes.
            made = msgspec.structs.replace(
                former, bad=made.bad, problems=made.problems, trouble=made.trouble
            )
        if made != former:
            self._former = made
            self._report(made)
