"""Reason phrases of status lines, as the specifications write them."""

from http import HTTPStatus

# The standard library of Python 3.11 and 3.12 has the phrases of older specifications for these.
_RENAMED = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
REASONS: dict[int, str] = {status.value: status.phrase for status in HTTPStatus} | _RENAMED


def status_line(code: int) -> str:
    """Return the status of WSGI for *code*: ``226 IM Used``."""
    return f"{code} {REASONS.get(code, '')}"
