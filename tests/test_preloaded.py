"""A server that is forked from an imported interpreter is the same as one that is started anew."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from tests.drills.fleet.namespaces import Namespace
from tests.paths import ROOT
from tests.preloaded import Preloaded, can_start, preloaded
from tests.skipping import skip

# Gunicorn runs the hook, which shows what a program can see of its start.
SHOWN = """
import atexit, json, os, sys, time
def on_starting(server):
    atexit.register(print, "and ends")
    print(json.dumps([sys.argv[1:], os.getcwd(), os.environ["SHOWN"], time.tzname,
                      os.getsid(0) == os.getpid(), sys.stdin.read(), server.cfg.workers,
                      sys.modules["__main__"].__spec__.name]))
    sys.exit(int(os.environ["STATUS"]))
"""


def test_a_program_sees_the_same(tmp_path: Path) -> None:
    status = 3
    (tmp_path / "shown.py").write_text(SHOWN)
    command = [sys.executable, "-m", "gunicorn", "--config", "shown.py", "-b", "127.0.0.1:0", "no:app"]
    environment = os.environ | {
        "SHOWN": "héllo",
        "STATUS": str(status),
        "TZ": "Asia/Kathmandu",
        "WEB_CONCURRENCY": "3",
    }
    assert can_start(command, {})
    with (tmp_path / "log").open("wb") as log:
        forked = preloaded().start(command, environment, tmp_path, log)
        ended = forked.wait(30)
    started = subprocess.run(
        command,
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    assert ended == forked.poll() == started.returncode == status
    assert (tmp_path / "log").read_bytes().endswith(started.stdout)  # after the log of gunicorn
    assert b"+0545" in started.stdout
    assert started.stdout.endswith(b"\nand ends\n")


def test_a_program_that_replaces_itself_by_another_one_is_the_same(tmp_path: Path) -> None:
    """``feeds serve`` becomes a server, which prints its configuration here, with its own environment."""
    command = [sys.executable, "-m", "feeds", "serve", "--host", "::1", "--port", "8123", "--log", "json"]
    (tmp_path / "articles").mkdir()
    environment = os.environ | {
        "FEEDS_CORPUS_PATH": "articles",
        "GUNICORN_CMD_ARGS": "--print-config",
        "PYTHONPATH": str(ROOT),
    }
    assert can_start(command, {})
    with (tmp_path / "log").open("wb") as log:
        status = preloaded().start(command, environment, tmp_path, log).wait(30)
    started = subprocess.run(
        command,
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    printed = [
        [line for line in output.splitlines() if not line.startswith(b"{")]  # the log, with its times
        for output in ((tmp_path / "log").read_bytes(), started.stdout)
    ]
    assert (printed[0], status) == (printed[1], started.returncode)
    assert any(b"[::1]:8123" in line for line in printed[0])


STARTS = """
import json, os, subprocess, sys
def on_starting(server):
    if "parent" not in os.environ:
        os.environ["parent"] = str(os.getpid())
        again = [sys.executable, "-m", "gunicorn", *sys.argv[1:]]
        started = subprocess.Popen(again, stdin=subprocess.PIPE)
        with started.stdin as given:
            given.write(b"hello")
        print([started.wait(), started.poll()])
    else:
        leader = os.getsid(0)
        is_child = str(os.getppid()) == os.environ["parent"] == str(leader)
        print(json.dumps([sys.argv[1:], os.getcwd(), is_child, sys.stdin.read()]))
    sys.exit(3)
"""


def test_a_program_that_a_program_starts_is_the_same(tmp_path: Path) -> None:
    """A server starts the process that delivers."""
    (tmp_path / "starts.py").write_text(STARTS)
    command = [sys.executable, "-m", "gunicorn", "--config", "starts.py", "-b", "127.0.0.1:0", "no:app"]
    with (tmp_path / "log").open("wb") as log:
        status = preloaded().start(command, os.environ, tmp_path, log).wait(30)
    started = subprocess.run(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        start_new_session=True,
    )  # fmt: skip
    printed = [
        line for line in (tmp_path / "log").read_bytes().splitlines() if not line.startswith(b"[20")
    ]
    assert printed == started.stdout.splitlines()
    assert json.loads(printed[0])[2:] == [True, "hello"]
    assert (status, json.loads(printed[1])) == (started.returncode, [3, 3])


def test_a_signal_is_the_status_of_a_program_that_it_ends(tmp_path: Path) -> None:
    (tmp_path / "waits.py").write_text("import signal\ndef on_starting(server):\n    signal.pause()\n")
    command = [sys.executable, "-m", "gunicorn", "--config", "waits.py", "no:app"]
    with (tmp_path / "log").open("wb") as log:
        forked = preloaded().start(command, os.environ, tmp_path, log)
    assert forked.poll() is None
    forked.send_signal(signal.SIGKILL)
    assert forked.wait(30) == -signal.SIGKILL
    forked.send_signal(signal.SIGTERM)  # to nobody


def test_a_program_whose_interpreter_needs_other_variables_is_started_anew() -> None:
    command = [sys.executable, "-m", "gunicorn"]
    assert not can_start(command, {"PYTHONHASHSEED": "1"})
    assert not can_start(command, {"LC_ALL": "C"})
    assert not can_start(command, {"SSL_CERT_FILE": "own.pem"})
    assert not can_start([sys.executable, "-m", "http.server"], {})


def test_programs_that_start_together_have_their_own_status(tmp_path: Path) -> None:
    (tmp_path / "shown.py").write_text(SHOWN)
    command = [sys.executable, "-m", "gunicorn", "--config", "shown.py", "-b", "127.0.0.1:0", "no:app"]

    def ended(status: int) -> int:
        environment = os.environ | {"SHOWN": "", "STATUS": str(status)}
        with (tmp_path / f"log-{status}").open("wb") as log:
            return preloaded().start(command, environment, tmp_path, log).wait(30)

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(ended, range(4))] == [*range(4)]


NETWORK = """
import os, sys
def on_starting(server):
    print(os.readlink("/proc/self/ns/net"))
    sys.exit()
"""


def test_a_program_is_in_the_network_of_the_thread_that_starts_it(tmp_path: Path) -> None:
    """Hosts in the drills of a fleet have networks of their own, and so have examples of deployments."""
    (tmp_path / "shown.py").write_text(NETWORK)
    command = [sys.executable, "-m", "gunicorn", "--config", "shown.py", "-b", "127.0.0.1:0", "no:app"]

    def shown(programs: Preloaded) -> str:
        with (tmp_path / "log").open("wb") as log:
            assert programs.start(command, os.environ, tmp_path, log).wait(30) == 0
        return (tmp_path / "log").read_text().split()[-1]

    home = os.readlink("/proc/thread-self/ns/net")
    try:
        other = Namespace()
    except OSError:
        skip("no right to make network namespaces")
    with other.entered():
        abroad = os.readlink("/proc/thread-self/ns/net")
        begun_abroad = Preloaded()
    with closing(begun_abroad):
        for programs in (preloaded(), begun_abroad):
            with other.entered():
                assert shown(programs) == abroad != home
            assert shown(programs) == home
    other.close()
