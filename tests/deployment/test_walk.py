"""The walk in docs/deployment.md from one machine to three hosts, in an empty folder."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import takewhile
from pathlib import Path

import pytest

from tests.commands import run_feeds
from tests.deployment.container import private_network
from tests.deployment.journal import journal
from tests.paths import ROOT
from tests.postgres import find
from tests.server import Program, first_response
from tests.waiting import eventually

pytestmark = pytest.mark.slow

DATABASE = "10.0.0.10"
HOSTS = ("10.0.0.11", "10.0.0.12", "10.0.0.13")
BALANCER = "http://127.0.0.1:8080"
SECTION = re.search(
    r"^## From one machine .*?(?=^## )",
    (ROOT / "docs" / "deployment.md").read_text(),
    re.DOTALL | re.MULTILINE,
)
LINES = re.findall(r"^        (.+)$", SECTION[0] if SECTION else "", re.MULTILINE)


class Walk:
    """A shell in *folder*, whose servers run until another one has their address."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._exported: dict[str, str] = {}
        self._servers: dict[str, Program] = {}
        self.outputs: dict[str, str] = {}

    def follow(self, line: str) -> None:
        """Run *line*; a server is ready afterwards."""
        line = re.sub(r"\$\((.+)\)", lambda found: self._printed(found[1]).strip(), line)
        words = shlex.split(line)
        own = dict(each.split("=", 1) for each in takewhile(lambda each: "=" in each, words))
        match words[len(own) :]:
            case ["export", *variables]:
                self._exported |= dict(each.split("=", 1) for each in variables)
            case ["feeds", "serve", *options]:
                command = [sys.executable, "-m", "feeds", "serve", *options]
                self._serve(command, f"http://{words[-1]}:8000", own)
            case ["haproxy", "-db", *_]:
                self._serve(words, BALANCER, own)
            case ["feeds", *command]:
                self.outputs[line] = self._feeds(command, own)
            case _:
                self.outputs[line] = self._printed(line)

    def end(self) -> None:
        """Let all servers end at the same time: the next signal ends their drain."""
        for server in self._servers.values():
            server.send(signal.SIGTERM)

    def _serve(self, command: list[str], url: str, own: dict[str, str]) -> None:
        if before := self._servers.pop(url, None):
            before.stop()
        log = self._folder / f"log-{len(self._servers)}"
        server = Program(command, log, f"{url}/ready", self._folder, **self._exported | own)
        self._servers[url] = self._stack.enter_context(server)

    def _feeds(self, command: list[str], own: dict[str, str]) -> str:
        """Run the program; return its output, or write it to the file after ``>``."""
        *words, _, file = command if ">" in command else [*command, "", ""]

        def done() -> subprocess.CompletedProcess[str] | None:
            """A host reports to the journal from time to time."""
            made = run_feeds(*words, folder=self._folder, **self._exported | own)
            return made if made.returncode == 0 or words[0] != "fleet" else None

        made: subprocess.CompletedProcess[str] = eventually(done, every=0.5)
        assert made.returncode == 0, f"{words}: {made.stdout}{made.stderr}"
        if file:
            (self._folder / file).write_text(made.stdout)
        return made.stdout

    def _printed(self, line: str) -> str:
        made = subprocess.run(
            ["sh", "-ec", line], env=os.environ | self._exported, cwd=self._folder,
            text=True, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert made.returncode == 0, f"{line}: {made.stdout}{made.stderr}"
        return made.stdout


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    monkeypatch.setenv("PATH", os.pathsep.join([os.environ["PATH"], str(Path(find("haproxy")).parent)]))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "empty"
    folder.mkdir()
    with private_network(DATABASE, *HOSTS), journal("feeds", address=DATABASE), ExitStack() as stack:
        walk = Walk(folder, stack)
        yield walk
        walk.end()


def test_every_step_from_one_machine_to_three_hosts_works(walk: Walk) -> None:
    assert len(LINES) >= 12
    ids = set()
    for line in LINES:
        walk.follow(line)
        if "--host 10.0.0.11" in line:  # before and after it has a journal
            ids.add(first_response(f"http://{HOSTS[0]}:8000/feed.json").body)
    status = next(output for line, output in walk.outputs.items() if "fleet status" in line)
    assert all(name in status for name in ("host1", "host2", "host3"))
    feeds = {first_response(f"http://{host}:8000/feed.json").body for host in HOSTS}
    assert feeds == ids
