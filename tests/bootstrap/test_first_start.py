"""A server whose master does not run our code: only its first workers check what they need."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from feeds.bootstrap import ACCEPTED_BY, first_start, is_first_start, wait_for_end
from tests.commands import output_of

WORKER = """
import os, sys
from feeds.bootstrap import first_worker, is_first_start
print(is_first_start(os.environ), first_worker() == os.getpid())
"""
FORMER = (
    "import subprocess, sys; former = subprocess.Popen("
    "[sys.executable, '-c', 'import sys; sys.stdin.read()'], stdin=subprocess.PIPE)"
)
SERVER = (
    f"import os, subprocess, sys; os.setpgid(0, 0); subprocess.run([sys.executable, '-c', {WORKER!r}])"
)


def test_a_process_that_is_the_server_itself_starts_with_it() -> None:
    assert output_of(f"import os; os.setpgid(0, 0); {WORKER}") == "True True\n"


def test_the_first_worker_starts_with_its_server() -> None:
    assert output_of(SERVER) == "True True\n"


def test_of_two_workers_only_one_is_the_first() -> None:
    assert output_of(f"{FORMER}\n{SERVER}") == "True False\n"


def test_a_worker_that_starts_long_after_its_server_is_not_a_first_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hour = 3600 * os.sysconf("SC_CLK_TCK")
    monkeypatch.setattr(first_start, "leader", lambda: 1)
    monkeypatch.setattr(first_start, "started", lambda process: hour if process == os.getpid() else 1)
    assert not is_first_start({})


def test_another_worker_waits_until_the_first_one_is_reaped() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as first:
        Thread(target=first.communicate, args=(b"\n",)).start()
        wait_for_end(first.pid)
        assert not os.path.exists(f"/proc/{first.pid}")


def test_nothing_is_checked_again_if_the_start_of_the_process_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(first_start, "leader", lambda: 1)
    monkeypatch.setattr(first_start, "started", lambda _process: 0)
    assert not is_first_start({})


def test_workers_of_a_server_whose_settings_were_accepted_check_nothing(tmp_path: Path) -> None:
    code = f"import os; os.environ[{ACCEPTED_BY!r}] = str(os.getpid())\n{SERVER}"
    assert output_of(code, folder=tmp_path) == "False True\n"
