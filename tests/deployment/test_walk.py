"""The walk in docs/deployment.md from one machine to three hosts, in an empty folder."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

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
        self._begun: list[str] = []
        self._servers: dict[str, Program] = {}
        self.outputs: dict[str, str] = {}

    def follow(self, line: str) -> None:
        """Run *line*; a server is ready afterwards."""
        line = re.sub(r"\$\((.+)\)", lambda found: self._printed(found[1]).strip(), line)
        if line.startswith("export "):
            self._begun.append(line)
        elif " serve" in line:
            self._serve(line, f"http://{line.rpartition(' ')[2]}:8000")
        elif line.startswith("haproxy -db"):
            self._serve(line, BALANCER)
        else:
            self.outputs[line] = self._printed(line)

    def end(self) -> None:
        """Let all servers end at the same time: the next signal ends their drain."""
        for server in self._servers.values():
            server.send(signal.SIGTERM)

    def _serve(self, line: str, url: str) -> None:
        if before := self._servers.pop(url, None):
            before.stop()
        number = len(self._servers)
        command = ["sh", "-ec", "\n".join([*self._begun, f"exec env {line}"])]
        server = Program(command, self._folder / f"log-{number}", f"{url}/ready", self._folder)
        self._servers[url] = self._stack.enter_context(server)

    def _printed(self, line: str) -> str:
        def done() -> subprocess.CompletedProcess[str] | None:
            """A host reports to the journal from time to time."""
            made = subprocess.run(
                ["sh", "-ec", "\n".join([*self._begun, line])],
                cwd=self._folder, text=True, capture_output=True, check=False, timeout=60,
            )  # fmt: skip
            return made if made.returncode == 0 or "fleet status" not in line else None

        made: subprocess.CompletedProcess[str] = eventually(done, every=0.5)
        assert made.returncode == 0, f"{line}: {made.stdout}{made.stderr}"
        return made.stdout


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    folders = (str(Path(sys.executable).parent), str(Path(find("haproxy")).parent))
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))
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
