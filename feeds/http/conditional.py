"""Conditional requests (RFC 9110, 13) and content codings (12.5.3), for every view alike."""

import re
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.http import parse_date

from feeds.formats.document import CODINGS, etag

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


def is_current(
    key: str, modified: int, none_match: str | None, modified_since: str | None, now: float
) -> bool:
    """Whether a client with these validators has the content *key*, whatever coding it got it in.

    *modified* and *now* are in seconds since 1970. If-None-Match decides alone where it is sent (13.1.3).
    """
    if none_match is not None:
        if none_match.strip() == "*":
            return True
        return any(known.partition(".")[0] == key for _, known in tags(none_match))
    date = since(modified_since, now)
    return date is not None and modified <= date


def since(written: str | None, now: float) -> float | None:
    """The instant in If-Modified-Since, None if it is no date, or one later than *now*.

    A client that was given a date while the server's clock was ahead would be answered 304 until then.
    Such a date is to be ignored (13.1.3, and the definition of an invalid date in RFC 2616, 14.25).
    """
    date = instant(written)
    return date if date is not None and date <= now else None


def tags(none_match: str) -> list[tuple[str, str]]:
    """Each tag in If-None-Match as it is written, and the key in it, whatever the coding."""
    return [(found[0], _CODED.sub("", found[1])) for found in _TAG.finditer(none_match)]


def asks_for_changes(wanted: str | None) -> bool:
    """Whether the A-IM header *wanted* asks for changed entries alone (RFC 3229, 10.5.3)."""
    for member in (wanted or "").lower().split(","):
        manipulation, *parameters = (part.strip() for part in member.split(";"))
        if manipulation == "feed" and _weight(parameters):
            return True
    return False


def link(address: str, rel: str, media_type: str = "") -> str:
    """One member of the Link header (RFC 8288)."""
    kind = f'; type="{media_type.partition(";")[0]}"' if media_type else ""
    return f'<{address}>; rel="{rel}"{kind}'


def instant(written: str | None) -> float | None:
    """The instant of an HTTP date in any of its three forms, None where it is none or several."""
    if not written or written.count(":") != 2:
        return None
    try:
        date = parse_date(written)
    except OverflowError:  # a time zone beyond all time
        return None
    return date.timestamp() if date else None


def validators(key: str, coding: str, modified: int, now: float) -> dict[str, str]:
    """The headers a client repeats next time.

    Last-Modified is never later than Date (8.8.2.1). A change stamped ahead of the clock, being one of
    several in a second, has none until then: the date before it would tell clients that there is none.
    """
    headers = {"ETag": etag(key, coding)}
    if modified <= now:
        headers["Last-Modified"] = formatdate(modified, usegmt=True)
    return headers


LINKS = "feeds.links"  # in the environ of a request: the Link of what was answered, said or not


def is_told_again(name: str, value: str) -> bool:
    """Whether a 304 says the header again: not what describes the body, which it does not have (15.4.5).

    Where else the feed is stays said as well, unless it is a hub: readers that never see a 200 again
    are to find it.
    """
    return name.lower() not in _OF_BODY and (name.lower() != "link" or 'rel="hub"' in value)


_OF_BODY = (
    "content-type",
    "content-length",
    "content-encoding",
    "x-content-type-options",
    "x-robots-tag",
)


class NotModified(Response):
    """A 304 that says what a client or cache has to hear again."""

    default_mimetype = None

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(status=304, headers=headers)

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """Those that are told again, and Last-Modified, which Werkzeug takes out."""
        headers = Headers(each for each in super().get_wsgi_headers(environ) if is_told_again(*each))
        if "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers
