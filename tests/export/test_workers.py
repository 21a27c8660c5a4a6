"""Work that forked processes share."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.cli.signals import ended_by_signals
from feeds.errors import ExportError
from feeds.export.workers import in_processes


def test_ctrl_c_which_a_terminal_sends_to_every_process_is_left_to_the_first() -> None:
    def work(number: int) -> Iterator[int]:
        os.kill(os.getpid(), signal.SIGINT)
        yield number

    assert sorted(in_processes([work(1), work(2)])) == [1, 2]


def test_a_process_that_is_no_longer_needed_raises_nothing_of_the_command(tmp_path: Path) -> None:
    raised = tmp_path / "raised"

    def failing() -> Iterator[int]:
        yield 1
        raise ExportError("here", "full", "free some space")

    def waiting() -> Iterator[int]:
        yield 2
        try:
            signal.pause()
        except SystemExit:
            raised.touch()

    with ended_by_signals(), pytest.raises(ExportError):
        list(in_processes([failing(), waiting()]))
    assert not raised.exists()


def test_signals_end_a_command_that_cannot_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    monkeypatch.setattr(os, "fork", refuse)
    with pytest.raises(BlockingIOError):
        list(in_processes([iter((1,)), iter((2,))]))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
