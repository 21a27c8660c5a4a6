"""Problems and remedies of errors of SQLite."""

import errno
import sqlite3

from feeds.errors import failure, lower_first, remedy_of

_ACCESS = "give the server's user access to the file and its folder"
_WAIT = "try again when the other process is done"

# By primary result code: https://www.sqlite.org/rescode.html
_REMEDIES = {
    sqlite3.SQLITE_PERM: _ACCESS,
    sqlite3.SQLITE_READONLY: _ACCESS,
    sqlite3.SQLITE_CANTOPEN: f"{_ACCESS}, or {remedy_of(errno.EMFILE)}",
    sqlite3.SQLITE_BUSY: _WAIT,
    sqlite3.SQLITE_LOCKED: _WAIT,
    sqlite3.SQLITE_FULL: remedy_of(errno.ENOSPC),
    sqlite3.SQLITE_IOERR: remedy_of(errno.EIO),
    sqlite3.SQLITE_NOMEM: remedy_of(errno.ENOMEM),
}


def failure_of(action: str, error: Exception) -> tuple[str, str]:
    """The problem and the remedy if *error*, of SQLite or the system, prevented an *action*."""
    if isinstance(error, OSError):
        return failure(action, error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return f"{action}: {lower_first(str(error))}", _REMEDIES.get(code, "run feeds store check")
