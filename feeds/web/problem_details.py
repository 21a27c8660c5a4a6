"""Problem details: an error as JSON (RFC 9457)."""

from typing import Any

import msgspec

from feeds.errors import (
    MAX_QUOTED_VALUE,
    FeedsError,
    GoneArticle,
    GoneFeed,
    NotReady,
    QueryError,
    UnknownFeed,
    one_line,
)
from feeds.http.reasons import REASONS
from feeds.web.errors import PROBLEMS

API = "/about/api"  # the page that describes the addresses, parameters and errors for programs
PROBLEM_TYPE = "application/problem+json"
ASKING_TYPES = (PROBLEM_TYPE, "application/json")  # either of these in Accept requests problem details


def problem_details(error: Exception, text: str, status: int, url: str) -> bytes:
    """Return *error*, which *text* describes, as JSON; *url* is the address of the site."""
    kind = PROBLEMS.get(type(error)) if isinstance(error, FeedsError) else None
    document: dict[str, Any] = {
        "type": f"{url}{API}#{kind.name}" if kind else "about:blank",
        "title": kind.title if kind else REASONS.get(status, "Error"),
        "status": status,
        "detail": one_line(text),
    }
    if kind and isinstance(error, FeedsError):
        document |= {"problem": one_line(error.problem), "remedy": one_line(error.remedy)}
        document |= _members(error)
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _members(error: FeedsError) -> dict[str, Any]:
    """The members of the kind of *error*: its parameter and value, or its name, and the nearest ones."""
    match error:
        case QueryError():
            given = {} if error.value is None else {"value": _cut(error.value)}
            return {"parameter": _cut(error.parameter), **given, "nearest": error.nearest}
        case UnknownFeed():
            return {"kind": error.kind, "name": _cut(error.name), "nearest": error.nearest}
        case GoneFeed():
            return {"kind": error.kind, "name": _cut(error.name)}
        case GoneArticle():
            return {"kind": "article", "name": _cut(error.name)}
        case NotReady():
            return {"done": error.done, "total": error.total}
    return {}


def _cut(text: str) -> str:
    """The beginning of *text*, without characters that are not printable."""
    return one_line(text[:MAX_QUOTED_VALUE])
