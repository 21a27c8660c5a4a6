"""Programs that run for all clients of a process: starting an interpreter takes longer than a fetch."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class ProgramError(Exception):
    """A script has thrown an exception."""


class Program:
    """A script of this folder that answers each line of its input with a line."""

    def __init__(self, interpreter: Sequence[str], script: str) -> None:
        self._process = subprocess.Popen(
            [*interpreter, Path(__file__).parent / script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def answer(self, request: dict[str, Any]) -> Any:
        """Send a line, and return the answer to it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise ProgramError(answer["error"])
        return answer

    def end(self) -> None:
        self._process.communicate(timeout=30)


_programs: dict[str, Program] = {}  # that run, by script


def program(script: str, *interpreter: str) -> Program:
    """The program that runs *script*, started by the first call."""
    if script not in _programs:
        _programs[script] = Program(interpreter, script)
    return _programs[script]


def end_programs() -> None:
    """End the programs that run."""
    while _programs:
        _programs.popitem()[1].end()
