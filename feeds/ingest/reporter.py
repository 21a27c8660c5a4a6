"""The report of each scan: files that were read, files that cannot be used, and trouble."""

import logging
from collections.abc import Callable, Sequence

import msgspec

from feeds.errors import ArticleError
from feeds.monitoring.process_registry import Refresh, problems

log = logging.getLogger(__name__)


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

    def note(self, found: list[ArticleError]) -> None:
        """Keep the problems of files that are not in the store, and log new ones."""
        known = {str(each) for error in self._problems for each in error.each()}
        for line in [str(each) for error in found for each in error.each()]:
            if line not in known:
                log.warning("%s", line)
        self._problems = found

    def tell(self, begun: float, files: int, unread: Sequence[ArticleError]) -> None:
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
        )
        if former and not files:
            # After a scan that found nothing, keep the numbers of the last one that found changes.
            made = msgspec.structs.replace(
                former, bad=made.bad, problems=made.problems, trouble=made.trouble
            )
        if made != former:
            self._former = made
            self._report(made)
