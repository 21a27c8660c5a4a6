"""Events of the log: each has a stable name, a sentence for people, and facts for programs."""

import logging
from pathlib import Path

from feeds.errors import one_line

Fact = str | int | float | Path | list[str] | None


def facts(event: str, **found: Fact) -> dict[str, object]:
    """The ``extra`` of a log record: the name of its *event*, and the facts that are not None."""
    known = {
        name: round(fact, 6) if isinstance(fact, float) else fact
        for name, fact in found.items()
        if fact is not None
    }
    return {"event": event, "facts": known}


class EventLog:
    """The log of the module *name*.

    Every method is given the name of the event, which never changes, the sentence and the facts. A
    sentence is one line: control characters of paths and titles are escaped.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, form: str, *values: object) -> None:
        """Log a detail for developers, which has no name."""
        self._logger.debug(form, *values)

    def info(self, event: str, sentence: str, /, **found: Fact) -> None:
        """Log an *event* of normal work."""
        self.log(logging.INFO, event, sentence, **found)

    def warning(self, event: str, sentence: str, /, **found: Fact) -> None:
        """Log an *event* that an operator may have to act on."""
        self.log(logging.WARNING, event, sentence, **found)

    def error(
        self, event: str, sentence: str, cause: BaseException | None = None, /, **found: Fact
    ) -> None:
        """Log an *event* that an operator has to act on, with the traceback of *cause*."""
        self.log(logging.ERROR, event, sentence, cause, **found)

    def critical(self, event: str, sentence: str, /, **found: Fact) -> None:
        """Log an *event* that ends the server."""
        self.log(logging.CRITICAL, event, sentence, **found)

    def log(
        self, level: int, event: str, sentence: str, cause: BaseException | None = None, /, **found: Fact
    ) -> None:
        """Log an *event* at *level*."""
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", one_line(sentence), exc_info=cause, extra=facts(event, **found))
