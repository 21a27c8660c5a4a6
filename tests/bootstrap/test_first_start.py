"""A server whose master does not run our code: only its first workers check what they need."""

import os
from pathlib import Path

import pytest

from feeds.bootstrap import ACCEPTED_BY, first_start, is_first_start, is_first_worker
from tests.commands import output_of

WORKER = """
import os, sys
from feeds.bootstrap import is_first_start, is_first_worker
print(is_first_start(os.environ), is_first_worker())
"""
SERVER = (
    f"import os, subprocess, sys; os.setpgid(0, 0); subprocess.run([sys.executable, '-c', {WORKER!r}])"
)


def test_a_process_that_is_the_server_itself_starts_with_it() -> None:
    assert output_of(f"import os; os.setpgid(0, 0); {WORKER}") == "True True\n"


def test_the_first_worker_starts_with_its_server() -> None:
    assert output_of(SERVER) == "True True\n"


def test_a_worker_that_starts_long_after_its_server_is_not_a_first_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hour = 3600 * os.sysconf("SC_CLK_TCK")
    monkeypatch.setattr(first_start, "leader", lambda: 1)
    monkeypatch.setattr(first_start, "started", lambda process: hour if process == os.getpid() else 1)
    assert not is_first_start({})
    assert not is_first_worker()


def test_nothing_is_checked_again_if_the_start_of_the_process_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(first_start, "leader", lambda: 1)
    monkeypatch.setattr(first_start, "started", lambda _process: 0)
    assert not is_first_start({})


def test_workers_of_a_server_whose_settings_were_accepted_check_nothing(tmp_path: Path) -> None:
    code = f"import os; os.environ[{ACCEPTED_BY!r}] = str(os.getpid())\n{SERVER}"
    assert output_of(code, folder=tmp_path) == "False True\n"
