"""Errors of PostgreSQL and of its driver as JournalError."""

import re

import psycopg

from feeds.errors import lower_first, one_line
from feeds.fleet.errors import JournalError, LeaseLost

_WAIT = "wait, the server tries again"
_START = "start PostgreSQL, or correct host and port in fleet.dsn"
_GRANT = "GRANT CREATE on the database to it"
_SPACE = "free some space there"
_PRIMARY = "name the primary in fleet.dsn, or all servers and target_session_attrs=read-write"

# By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_STATE = {
    "25006": ("is read-only, as a standby is", _PRIMARY),
    "25P03": ("connection ended: it was idle in a transaction", _WAIT),
    "40001": ("another host writes at the same time", _WAIT),
    "40P01": ("another host writes at the same time", _WAIT),
    "42501": ("the user may not do that", _GRANT),
    "53100": ("disk full", _SPACE),
    "53300": ("too many connections", "increase max_connections of PostgreSQL"),
    "55P03": ("locked by another connection", _WAIT),
    "57014": ("no answer in time", _WAIT),
    "57P01": ("connection ended by the server", _WAIT),
    "57P02": ("connection ended by a crash of the server", _WAIT),
    "57P03": ("cannot be reached: it starts or stops", _WAIT),
}
# libpq says why there is no connection in prose only, some of it in the language of the server.
_BY_TEXT = [
    (re.compile(pattern), problem, remedy)
    for pattern, problem, remedy in (
        ("[Cc]onnection refused", "cannot be reached: connection refused", _START),
        ("No such file or directory", "cannot be reached: no such socket", _START),
        ("translate host name", "cannot be reached: unknown host", "correct the host in fleet.dsn"),
        ("resolve host", "cannot be reached: unknown host", "correct the host in fleet.dsn"),
        ("No route to host|unreachable", "cannot be reached: no route to it", "mend the network"),
        ("timeout expired|timed out", "cannot be reached: no answer in time", _START),
        (
            "password authentication failed|no password supplied",
            "password refused",
            "correct user and password in fleet.dsn",
        ),
        ("pg_hba.conf", "access refused", "add a line for this host to pg_hba.conf"),
        ('database "[^"]*" does not exist', "no such database", "create it with createdb"),
        ('role "[^"]*" does not exist', "no such user", "create it with createuser"),
        ("read-only|in recovery", "is read-only, as a standby is", _PRIMARY),
        ("starting up|shutting down", "cannot be reached: it starts or stops", _WAIT),
        ("server closed the connection", *_BY_STATE["57P01"]),
        ("too many (?:clients|connections)|remaining connection slots", *_BY_STATE["53300"]),
    )
]


def journal_error(name: str, error: psycopg.Error) -> JournalError:
    """The JournalError for *error*, about the journal *name*."""
    return JournalError(name, *_problem_of(error))


def lease_lost(name: str) -> LeaseLost:
    """The error of a host whose change does not follow the head of the journal *name*."""
    return LeaseLost(
        name, "another host leads, or has written", "nothing is to be done; this host follows"
    )


def _problem_of(error: psycopg.Error) -> tuple[str, str]:
    if error.sqlstate:
        unknown = error.diag.message_primary or type(error).__name__
        return _BY_STATE.get(error.sqlstate, (f"refused: {_sentence(unknown)}", "see its log"))
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return "cannot be reached: no answer in time", _START
    text = str(error)
    for pattern, problem, remedy in _BY_TEXT:
        if pattern.search(text):
            return problem, remedy
    return f"connection failed: {_sentence(text)}", _WAIT


def _sentence(text: str) -> str:
    """The first line of *text* as part of a sentence."""
    return lower_first(one_line(text.splitlines()[0] if text else "unknown")).rstrip(".")
