"""The process of the deliverer: a child of the process that writes the store, or leads the fleet."""

import os
import pickle
import subprocess
import sys
import time
from signal import SIGTERM, Signals
from threading import Event, Lock
from typing import BinaryIO

from feeds.bootstrap.listening import listening_ports
from feeds.bootstrap.parent_process import end_with_parent
from feeds.bootstrap.supervision import Killed, Task
from feeds.errors import StoreError
from feeds.logs.events import EventLog
from feeds.settings import Settings

log = EventLog(__name__)

COMMAND = ("push", "run", "--parent")
POLL = 0.2  # seconds between two looks at the child process
STARTED = 2.0  # seconds after which a child process counts as working
ENDS_WITHIN = 5.0  # seconds, after which it is killed


class DelivererProcess:
    """Runs the deliverer of *settings* as a child process while *leads* is set."""

    def __init__(self, settings: Settings, leads: Event) -> None:
        self._settings = settings
        self._leads = leads
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def run(self, task: Task, stop: Event) -> None:
        """Run the deliverer whenever this process leads, until *stop* is set.

        Raises StoreError if the child process ends by itself, and Killed if a signal ends it.
        """
        while not stop.is_set():
            if self._leads.wait(POLL):
                try:
                    self._watch(self._start(), task, stop)
                finally:
                    self.end()

    def end(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            log.warning(
                "deliverer.killed", f"process {child.pid}: the deliverer did not end in time; killing it"
            )
            child.kill()
            child.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "feeds", *COMMAND, str(os.getpid())]
        child = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603
        with self._lock:
            self._child = child
        assert child.stdin
        with child.stdin as to_child:
            pickle.dump((self._settings, listening_ports()), to_child)
        return child

    def _watch(self, child: subprocess.Popen[bytes], task: Task, stop: Event) -> None:
        """Wait until *child* ends, or must end."""
        works_at = time.monotonic() + STARTED
        while self._leads.is_set() and not stop.wait(POLL):
            if (status := child.poll()) is not None:
                if status <= 0:
                    remedy = "see the log of the system if you did not send it"
                    raise Killed("deliverer", f"ended by {_name(-status or SIGTERM)}", remedy)
                raise StoreError("deliverer", f"ended with status {status}", "see the log above")
            if time.monotonic() >= works_at:
                task.recovered()


def _name(number: int) -> str:
    """The name of the signal with *number*, such as ``SIGKILL``."""
    try:
        return Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def begin_child(parent: int, sent: BinaryIO) -> tuple[Settings, frozenset[int]]:
    """Read the settings and the ports of the server, and end this process together with *parent*."""
    end_with_parent(parent)
    found: tuple[Settings, frozenset[int]] = pickle.load(sent)  # noqa: S301
    return found
