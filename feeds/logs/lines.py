"""The lines of a log, in text or JSON.

This module imports no other module of this program: a master of Granian loads it, and later workers would
get the old versions of all modules that the master has loaded.
"""

import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

LogFormat = Literal["text", "json"]

OWN_FIELDS = ("time", "level", "event", "pid", "message", "traceback")  # of every line in JSON
SERVER_LOGS = (
    "gunicorn.error",
    "_granian",
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "hypercorn.error",
)
_HANDLER = "feeds"  # the name of the handler that this program has added


class TextLines(logging.Formatter):
    """One line for an event, and more for its traceback."""

    def __init__(self) -> None:
        # The same as gunicorn's, so that one pattern parses the whole log.
        form = "[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s"
        super().__init__(form, "%Y-%m-%d %H:%M:%S %z")


class JsonLines(logging.Formatter):
    """One JSON object a line for each event; those of libraries are called ``log.NAME``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of *record*."""
        fields: dict[str, Any] = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", None) or f"log.{record.name.strip('_').partition('.')[0]}",
            "pid": record.process,
            "message": record.getMessage(),
        }
        fields |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0]:
            fields["traceback"] = self.formatException(record.exc_info)
        elif record.stack_info:
            fields["traceback"] = record.stack_info
        return encoded(fields)


def formatter(form: LogFormat) -> logging.Formatter:
    """Return the formatter of lines in *form*."""
    return JsonLines() if form == "json" else TextLines()


def line(form: LogFormat, event: str, sentence: str) -> str:
    """Return the line in *form* of an *event* that ends the server before it has a log."""
    made = {"levelno": logging.CRITICAL, "levelname": "CRITICAL", "msg": sentence, "event": event}
    return formatter(form).format(logging.makeLogRecord(made))


def write_log(form: LogFormat) -> None:
    """Write the log of this process to standard error in *form*: its own events, and its web server's.

    If something else has configured logging, only the lines of the web server change their form. A later
    call changes the form.
    """
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.name = _HANDLER
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    for each in root.handlers:
        if each.name == _HANDLER:
            each.setFormatter(formatter(form))
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    for name in SERVER_LOGS:
        for each in logging.getLogger(name).handlers:
            if form == "json" or isinstance(each.formatter, JsonLines):
                each.setFormatter(formatter(form))
    if form == "json":
        _log_what_python_prints()


def encoded(fields: dict[str, Any]) -> str:
    """Return *fields* as JSON on one line, with control characters escaped."""
    text = json.dumps(fields, ensure_ascii=False, default=str)
    return text if text.isprintable() else re.sub(r"[^\x20-\x7e]", _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    """Escape a character that cannot be printed; one that is no character (of a path) as Python does."""
    character = found[0]
    if character.isprintable():
        return character
    if "\ud800" <= character <= "\udfff":
        return rf"\\u{ord(character):04x}"
    return json.dumps(character)[1:-1] if ord(character) != 0x7F else "\\u007f"


def _time(seconds: float) -> str:
    date = datetime.fromtimestamp(seconds, UTC)
    return f"{date:%Y-%m-%dT%H:%M:%S}.{date.microsecond // 1000:03d}Z"


def _log_what_python_prints() -> None:
    """Log warnings, and errors that nothing handles, which Python would print as text."""
    logging.captureWarnings(capture=True)
    log = logging.getLogger("python")

    def in_thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value and not isinstance(failed.exc_value, SystemExit):
            name = failed.thread.name if failed.thread else "unknown"
            log.error("thread %s: unexpected error; ended", name, exc_info=failed.exc_value)

    def in_main(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("unexpected error; ended", exc_info=error)

    def unraisable(failed: Any) -> None:
        log.error("%s: %r", failed.err_msg or "error ignored", failed.object, exc_info=failed.exc_value)

    threading.excepthook = in_thread
    sys.excepthook = in_main
    sys.unraisablehook = unraisable
