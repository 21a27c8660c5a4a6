"""A server whose master does not run our code: only its first workers check what they need."""

import os
import subprocess
import sys
from threading import Thread

import pytest

from feeds.bootstrap import first_start, is_first_start, wait_for_end
from tests.commands import output_of

# Servers that are forked from one process: each prints what its worker finds out.
SERVERS = """
import os, signal
from feeds.bootstrap import ACCEPTED_BY, first_worker, is_first_start

def in_fork(run):
    if not (process := os.fork()):
        run()
        os._exit(0)
    os.waitpid(process, 0)

def work():
    print(is_first_start(os.environ), first_worker() == os.getpid(), flush=True)

def serve_alone():
    os.setpgid(0, 0)
    work()

def serve():
    os.setpgid(0, 0)
    in_fork(work)

def serve_with_two():
    os.setpgid(0, 0)
    if not (former := os.fork()):
        signal.pause()
    in_fork(work)
    os.kill(former, signal.SIGKILL)

def serve_accepted():
    os.environ[ACCEPTED_BY] = str(os.getpid())
    serve()

for server in serve_alone, serve, serve_with_two, serve_accepted:
    in_fork(server)
"""


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """The output of the worker of each server: if it starts first, and if it is the first worker."""
    lines = output_of(SERVERS).splitlines()
    return dict(zip(("alone", "with a worker", "with two", "accepted"), lines, strict=True))


def test_a_process_that_is_the_server_itself_starts_with_it(found: dict[str, str]) -> None:
    assert found["alone"] == "True True"


def test_the_first_worker_starts_with_its_server(found: dict[str, str]) -> None:
    assert found["with a worker"] == "True True"


def test_of_two_workers_only_one_is_the_first(found: dict[str, str]) -> None:
    assert found["with two"] == "True False"


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


def test_workers_of_a_server_whose_settings_were_accepted_check_nothing(found: dict[str, str]) -> None:
    assert found["accepted"] == "False True"
