"""Lines of the log in text and in JSON."""

import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from io import StringIO
from threading import Event
from typing import Any

import msgspec
import pytest

from feeds.bootstrap.supervision import Supervisor
from feeds.logs.events import EventLog, Fact
from feeds.logs.lines import LogFormat, encoded, formatter, line, write_log
from tests.table import for_each

HOSTILE = 'a\nb\x1b[31m\x7f\x85\u2028\u202e\U000e0001é\ud83d "\\ %s {x}'


NAMES = ("feeds.lines", "feeds.bootstrap.supervision")


@pytest.fixture(autouse=True)
def _without_handlers() -> Iterator[None]:
    """Take the handlers of a test away at its end."""
    yield
    for name in NAMES:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).propagate = True


class Lines:
    """An event log with a stream of its own, until the end of a test."""

    def __init__(self, form: LogFormat, name: str = NAMES[0]) -> None:
        self.stream = StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(formatter(form))
        self.logger = logging.getLogger(name)
        self.logger.handlers[:] = [handler]
        self.logger.propagate = False  # a report of pytest cannot have half a character
        self.logger.setLevel(logging.INFO)
        self.log = EventLog(self.logger.name)

    def text(self) -> str:
        return self.stream.getvalue()

    def fields(self) -> dict[str, Any]:
        """The fields of the only line, read by a strict parser."""
        [written] = self.text().splitlines()
        found: dict[str, Any] = msgspec.json.decode(written)
        return found


def test_an_event_is_one_object_with_its_facts() -> None:
    lines = Lines("json")
    lines.log.warning("store.damaged", "store.db: damaged", path="store.db", seconds=1 / 3, none=None)
    fields = lines.fields()
    time, pid = fields.pop("time"), fields.pop("pid")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert pid == os.getpid()
    assert fields == {
        "level": "warning",
        "event": "store.damaged",
        "message": "store.db: damaged",
        "path": "store.db",
        "seconds": 0.333333,
    }


def test_the_text_of_an_event_has_the_same_sentence() -> None:
    lines = Lines("text")
    lines.log.info("article.added", 'added a.md "100 %s"', path="a.md")
    assert lines.text().endswith(' [INFO] added a.md "100 %s"\n')


@for_each("form", ["text", "json"])
def test_hostile_titles_and_paths_make_no_other_lines_and_no_control_characters(form: LogFormat) -> None:
    lines = Lines(form)
    facts: dict[str, Fact] = {"path": HOSTILE, "topics": [HOSTILE]}
    lines.log.info("article.added", f"added {HOSTILE}", **facts)
    written = lines.text()
    assert written.removesuffix("\n").isprintable()
    if form == "json":
        fields = lines.fields()
        assert fields["path"] == HOSTILE.replace("\ud83d", r"\ud83d")
        assert fields["topics"] == [fields["path"]]
        assert "é" in written


def test_a_traceback_is_one_field() -> None:
    lines = Lines("json")
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        lines.log.error("thread.failed", "writer thread: failed", error, thread="writer")
    fields = lines.fields()
    assert fields["traceback"].startswith("Traceback (most recent call last):\n")
    assert (fields["event"], fields["thread"]) == ("thread.failed", "writer")


def test_a_crash_of_a_thread_is_one_line() -> None:
    lines, stop = Lines("json", NAMES[1]), Event()
    supervisor = Supervisor(stop, wait=lambda _seconds: stop.set() or True)
    supervisor.start("writer", lambda _task: 1 / 0)
    supervisor.join(timeout=10)
    fields = lines.fields()
    assert (fields["event"], fields["thread"], fields["seconds"]) == ("thread.failed", "writer", 0.5)
    assert fields["traceback"].endswith("ZeroDivisionError: division by zero")


def test_a_line_of_a_library_is_called_after_it() -> None:
    lines = Lines("json")
    lines.logger.warning("two\nlines of %s", "text")
    assert lines.fields()["event"] == "log.feeds"
    assert lines.fields()["message"] == "two\nlines of text"


def test_an_error_before_the_log_exists_is_a_line_too() -> None:
    fields = msgspec.json.decode(line("json", "server.refused", "PORT: not a number; use 8000"))
    assert (fields["level"], fields["event"]) == ("critical", "server.refused")
    assert line("text", "server.refused", "x").endswith("[CRITICAL] x")


def test_a_fact_that_is_no_text_is_written_as_text() -> None:
    assert encoded({"path": object}) == '{"path": "<class \'object\'>"}'


@pytest.fixture
def _hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Restore the hooks of Python after a test."""
    for module, name in (threading, "excepthook"), (sys, "excepthook"), (sys, "unraisablehook"):
        monkeypatch.setattr(module, name, getattr(module, name))
    yield
    logging.captureWarnings(capture=False)


@pytest.mark.usefixtures("_hooks")
def test_what_python_would_print_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    write_log("json")
    thread = threading.Thread(target=lambda: 1 / 0, name="doomed")
    thread.start()
    thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    try:
        raise ValueError("main")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    said = [(each.levelname, each.getMessage().splitlines()[0]) for each in caplog.records]
    assert ("ERROR", "thread doomed: unexpected error; ended") in said
    assert ("CRITICAL", "unexpected error; ended") in said
    assert any(text.endswith("DeprecationWarning: old") for _, text in said)
