"""The file with the key that seals secrets, if the settings have none."""

import fcntl
import os
import secrets
from pathlib import Path

from feeds.article.expressions import expression
from feeds.errors import StoreError, failure

_KEY_BYTES = 32
_KEY = expression(rf"[0-9a-f]{{{2 * _KEY_BYTES}}}\n")


def key_in(path: Path) -> str:
    """Return the key in the file at *path*, which the first call makes for this user alone.

    All processes get the same key, even if they start together. Raises StoreError.
    """
    try:
        written = _read(path) or _made(path)
    except OSError as error:
        raise StoreError(path, *failure("cannot be used", error)) from error
    if not _KEY.fullmatch(written):
        problem = "not a key of this program"
        raise StoreError(path, problem, "restore it, or delete it: subscribers subscribe again")
    return written.strip()


def _read(path: Path) -> str:
    """The content of the file, empty if there is none yet."""
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return ""


def _made(path: Path) -> str:
    """Write a new key, unless another process did meanwhile, and return the content of the file."""
    with open(
        os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8"
    ) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if written := file.read():
            return written
        made = f"{secrets.token_hex(_KEY_BYTES)}\n"
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
        _make_durable(path.parent)
        return made


def _make_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
