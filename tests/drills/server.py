"""A real server that is killed at random and started again."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests.push.newsagent import deliverers
from tests.server import Server, kill


def wait(condition: Callable[[], object], seconds: float) -> bool:
    """Wait until *condition* is true; return False if it is not within *seconds*."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class DrillServer(Server):
    """The server of the corpus in *folder*."""

    def __init__(self, folder: Path, kind: str, workers: int, **settings: Any) -> None:
        super().__init__(folder / "corpus", folder, kind, workers, **settings)

    def deliverers(self) -> list[int]:
        """The ids of the processes that deliver changes to subscribers, or are going to."""
        return deliverers(self)

    def kill_some(self, random: Random) -> str:
        """Kill a random process, or all; return a description of the victim."""
        found = self.processes()
        first = self.process.pid
        victim = random.choice(["all", "first", "other", "other"])
        if victim == "all" or not found:
            self.kill()
            return "all processes"
        process = first if victim == "first" else random.choice(found)
        kill(process)
        return "the first process" if process == first else "a worker"

    def revive(self) -> bool:
        """Start the server again if its first process is gone; return whether it was."""
        if self.is_running():
            return False
        self.stop()
        self.start()
        return True
