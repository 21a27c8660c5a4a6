"""Conditional requests (RFC 9110, 13) and content codings (12.5.3), for every view alike."""

import re
from collections.abc import Iterable
from email.utils import formatdate

from werkzeug.http import parse_date

from feeds.document import CODINGS, etag

_TAG = re.compile(r'(?:[Ww]/)?"([^"]*)"')
# Apache and others append the coding to a tag they compressed, with one hyphen or two.
_CODED = re.compile(r"-{1,2}(?:gzip|br|zstd|gz|deflate|df)$|;gzip$")


def choose_coding(accepted: str | None) -> str | None:
    """The best coding a client takes, None where it takes none that we have.

    *accepted* is the Accept-Encoding header, None where there was none.
    """
    if accepted is None:
        return "identity"
    weights: dict[str, float] = {}
    for member in accepted.lower().split(","):
        coding, *parameters = (part.strip() for part in member.split(";"))
        weights["gzip" if coding == "x-gzip" else coding] = _weight(parameters)
    others = weights.get("*", 0.0)
    offered = {coding: weights.get(coding, others) for coding in CODINGS}
    if "identity" not in weights:
        # Never refused unless by name or by *, but the last resort.
        offered["identity"] = 0.0001 if weights.get("*", 1.0) else 0.0
    best = max(CODINGS, key=lambda coding: offered[coding])
    return best if offered[best] > 0 else None


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


def is_current(key: str, modified: int, none_match: str | None, since: str | None) -> bool:
    """Whether a client with these validators has the content *key*, whatever coding it got it in.

    *modified* is in seconds since 1970. If-None-Match decides alone where it is sent (13.1.3).
    """
    if none_match:
        if none_match.strip() == "*":
            return True
        return any(_CODED.sub("", tag) == key for tag in _TAG.findall(none_match))
    date = parse_date(since) if since else None
    return date is not None and modified <= date.timestamp()


def validators(key: str, coding: str, modified: int, now: float) -> dict[str, str]:
    """The headers a client repeats next time; Last-Modified is never later than Date (8.8.2.1)."""
    return {
        "ETag": etag(key, coding),
        "Last-Modified": formatdate(min(modified, int(now)), usegmt=True),
    }
