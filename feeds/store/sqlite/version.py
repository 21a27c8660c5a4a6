"""The version of a store: whether anything has changed, without a query."""

import os
import time
from pathlib import Path

SETTLED_AFTER = 0.1  # seconds after a write, in which a file system may give another one the same time


def version(path: Path) -> object:
    """A value that differs after every change of the store at *path*, None if there was one just now.

    SQLite writes every change to the log first. As file systems with coarse times may give two changes
    the same time, the value also differs every second.
    """
    try:
        file, log = os.stat(path), os.stat(f"{path}-wal")
    except OSError:
        return None
    if abs(time.time() - log.st_mtime) < SETTLED_AFTER:
        return None
    second = int(time.monotonic())
    return file.st_dev, file.st_ino, log.st_ino, log.st_size, log.st_mtime_ns, second
