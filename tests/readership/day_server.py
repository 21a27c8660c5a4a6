"""A server of gunicorn whose clock is the number in the file that DAY_SERVER_CLOCK names."""

import mmap
import os
import struct
from pathlib import Path

from feeds.bootstrap import ServerProcess, settings_in_force
from feeds.http.asgi_adapter import AsgiAdapter
from feeds.logs.lines import write_log
from feeds.wsgi import applications

CLOCK_FILE = "DAY_SERVER_CLOCK"  # a variable of the environment
_SECONDS = struct.Struct("d")


class SharedClock:
    """Seconds since 1970 that all processes with the same *file* see at once."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _SECONDS.size)

    @classmethod
    def made(cls, file: Path, now: float) -> "SharedClock":
        """Make the file."""
        file.write_bytes(_SECONDS.pack(now))
        return cls(file)

    def __call__(self) -> float:
        return float(_SECONDS.unpack(self._memory[:])[0])

    def set(self, now: float) -> None:
        _SECONDS.pack_into(self._memory, 0, now)


def __getattr__(name: str) -> AsgiAdapter:
    """Start the server when gunicorn looks up the application."""
    if name != "app":
        raise AttributeError(name)
    settings = settings_in_force(os.environ)
    write_log(settings.log.format)
    server = ServerProcess(settings, SharedClock(Path(os.environ[CLOCK_FILE])))
    server.start()
    made = applications(server)
    return AsgiAdapter(made.app, made.streams, made.clients)
