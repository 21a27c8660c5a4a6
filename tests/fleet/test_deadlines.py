"""Functions are called at their deadlines, by one thread."""

from threading import Event
from threading import enumerate as threads

import pytest

from feeds.fleet.postgres.deadlines import Deadlines

NEVER = 3600.0


def test_a_deadline_that_passes_is_called_although_a_later_one_was_set_before() -> None:
    deadlines, late, soon = Deadlines(), Event(), Event()
    with deadlines.after(NEVER, late.set), deadlines.after(0.01, soon.set):
        assert soon.wait(30)
    assert not late.is_set()


def test_a_deadline_is_not_called_after_its_block() -> None:
    deadlines, former, latter = Deadlines(), Event(), Event()
    with deadlines.after(0.5, former.set):
        pass
    with deadlines.after(0.6, latter.set):
        assert latter.wait(30)
    assert not former.is_set()


def test_a_deadline_is_not_called_after_a_block_that_failed() -> None:
    deadlines, former, latter = Deadlines(), Event(), Event()
    with pytest.raises(OSError, match="failed"), deadlines.after(0.5, former.set):
        raise OSError("failed")
    with deadlines.after(0.6, latter.set):
        assert latter.wait(30)
    assert not former.is_set()


def test_all_deadlines_have_one_thread() -> None:
    deadlines, before = Deadlines(), {*threads()}
    with deadlines.after(NEVER, Event().set), deadlines.after(NEVER, Event().set):
        pass
    with deadlines.after(NEVER, Event().set):
        assert len({*threads()} - before) == 1
