"""How a server starts, reloads, and says why it cannot."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.bootstrap import store_name
from tests.builders import write_article
from tests.commands import invoke
from tests.paths import ROOT
from tests.server import ASGI_READY, Program, Server, free_port, get
from tests.waiting import eventually

pytestmark = pytest.mark.slow

# A line of gunicorn or of this program: time, process id, level, message.
LOG_LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[\d+\] \[[A-Z]+\] \S")


def test_a_reload_puts_new_settings_and_new_code_in_force(corpus: Path, tmp_path: Path) -> None:
    for folder in ("feeds", "config"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    code = tmp_path / "project" / "feeds" / "__init__.py"
    config = tmp_path / "feeds.yaml"
    config.write_text("site: {title: One}\n")
    write_article(corpus)
    server = Server(
        corpus, tmp_path / "run", "asgi", 2, root=tmp_path / "project", FEEDS_CONFIG=str(config)
    )
    # With a store that is written already, the master loads an index that workers share.
    assert invoke("refresh", **server.settings).exit_code == 0
    with server:
        assert _title(server) == "One"
        before = server.workers()
        config.write_text("site: {title: Two}\n")
        code.write_text('__version__ = "another"\n')
        server.send(signal.SIGHUP)
        eventually(lambda: len(server.workers()) == 2 and not {*before} & {*server.workers()}, within=30)
        assert {_title(server) for _ in range(8)} == {"Two"}
        assert {server.status()["version"] for _ in range(8)} == {"another"}
    log = server.output().splitlines()
    assert len([line for line in log if "] serving 1 article" in line]) >= 2
    assert [line for line in log if not LOG_LINE.match(line)] == []


def _title(server: Server) -> str:
    return str(json.loads(server.get("/feed.json").body)["title"])


@pytest.mark.parametrize("kind", ["asgi", "gthread", "granian", "granian-asgi"])
def test_an_application_that_cannot_start_says_why_once_and_ends(
    corpus: Path, tmp_path: Path, kind: str
) -> None:
    server = Server(corpus, tmp_path / "run", kind, workers=2, FEEDS_SITE_TITEL="no such setting")
    refusal = server.refusal()
    assert refusal.output.count("FEEDS_SITE_TITEL: unknown setting") == 1
    assert "Traceback" not in refusal.output


@pytest.mark.parametrize(("kind", "status"), [("asgi", 4), ("gthread", 4), ("serve", 2), ("granian", 2)])
def test_a_port_in_use_is_said_in_one_line(corpus: Path, tmp_path: Path, kind: str, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refusal = Server(corpus, tmp_path / "run", kind, workers=2, port=port).refusal()
    lines = [line for line in refusal.output.splitlines() if "Starting gunicorn" not in line]
    assert len(lines) == 1
    assert f"127.0.0.1:{port}: in use by another program; stop that program" in lines[0]
    assert refusal.status == status


def test_make_run_serves_a_sample_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """The project is a copy whose environment is the present one, not one that make installs."""
    if not (ROOT / ".venv" / "installed").exists():
        pytest.skip("make has not made its environment")
    project = tmp_path / "project"
    (project / ".venv" / "bin").mkdir(parents=True)
    for name, options in ("feeds", "-m feeds"), ("python", ""):
        program = project / ".venv" / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {options} "$@"\n')
        program.chmod(0o755)
    for name in "Makefile", "pyproject.toml", "constraints.txt":
        shutil.copy(ROOT / name, project)
    (project / ".venv" / "installed").touch()
    assert "200 articles in var/sample" in make_run(project, tmp_path / "log")
    refused = subprocess.run(
        ["make", "run", "PORT=0"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "--port: not a whole number from 1 to 65535" in refused.stderr
    assert "200 articles in var/sample" not in refused.stdout + refused.stderr


def make_run(project: Path, log: Path) -> str:
    """Run ``make run``, check its feed, interrupt it as a terminal does; return its output."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["make", "run", f"PORT={port}"]
    with Program(command, log, f"{url}/ready", project, PYTHONPATH=str(ROOT)) as make:
        # Another worker may still wait for the first load.
        eventually(lambda: all(get(f"{url}/ready").status == 200 for _ in range(8)))
        feed = json.loads(get(f"{url}/feed.json").body)
        assert feed["title"] == "Tidewater Digest"
        assert feed["feed_url"].startswith(url)
        # At another port than before, articles are read again first: the URLs of images have changed.
        eventually(lambda: f"{url}/assets/images/".encode() in get(f"{url}/feed.json").body)
        assert get(f"{url}/assets/images/01.png").status == 200
        eventually(lambda: make.output().count(ASGI_READY) == 2)
        assert (project / "var" / "sample" / ".sample").exists()
        store = Path("var") / store_name(project / "var" / "sample")
        assert [*(project / "var").glob("*.db")] == [project / store]
        assert f"serving var/sample at {url}; store: {store}\n" in make.output()
        os.killpg(make.process.pid, signal.SIGINT)
        make.wait_until_ended()
        assert "Traceback" not in make.output()
        return make.output()
