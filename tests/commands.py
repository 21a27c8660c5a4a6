"""Commands that end, in this process or in one of their own."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from click.testing import CliRunner, Result

from feeds.cli import main
from tests.paths import ROOT
from tests.preloaded import PreloadedProcess, can_start, preloaded

DEADLINE = 60  # seconds until a command must have ended


def invoke(*words: object, **settings: str) -> Result:
    """Run the command line in this process, which is quicker than ``run_feeds``."""
    return CliRunner(env=settings).invoke(main, [str(word) for word in words])


def run_feeds(
    *words: object, folder: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line of this program; *settings* are environment variables."""
    with TemporaryFile() as output, TemporaryFile() as errors:
        process = start_feeds(*words, output=output, errors=errors, folder=folder, **settings)
        status = process.wait(DEADLINE)
        return subprocess.CompletedProcess(words, status, _text(output), _text(errors))


def start_feeds(
    *words: object,
    output: IO[bytes],
    errors: IO[bytes] | None = None,
    folder: Path | None = None,
    **settings: str,
) -> subprocess.Popen[bytes] | PreloadedProcess:
    """Start the command line of this program in a session of its own; see ``run_feeds``."""
    command = [sys.executable, "-m", "feeds", *(str(word) for word in words)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | settings
    if can_start(command, settings):
        return preloaded().start(command, environment, folder or Path.cwd(), output, errors)
    return subprocess.Popen(
        command, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
        stdout=output, stderr=errors or output, start_new_session=True,
    )  # fmt: skip


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def output_of(code: str, *words: object, folder: Path | None = None, **settings: str) -> str:
    """Run the Python program *code*, which has to succeed, with *words* as its arguments."""
    done = run_python("-c", code, *words, folder=folder, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_python(
    *words: object, folder: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a Python process in *folder*, by default the present one."""
    return subprocess.run(
        [sys.executable, *(str(word) for word in words)],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | settings,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=DEADLINE,
    )
