"""Conditional requests (RFC 9110, 13): validators, and the decision for a 304."""

from collections.abc import Iterable
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime

from feeds.article.expressions import expression
from feeds.formats.document import CODINGS, content_of, etag, latest_of
from feeds.http.content_coding import weight
from feeds.http.freshness import SURROGATE

MAX_LATER = 300  # seconds by which a client's state may be later than the clock of this host
# Clocks of hosts differ by seconds, and several changes in one second are stamped ahead of the clock.
# An ETag of a lost store with a wrong clock must not make this server answer 304 until that time.

_TAG = expression(r'(?:[Ww]/)?"([^"]*)"')
# Apache and others append the coding to the tag of a response that they compress, after - or --.
_CODED = expression(r"-{1,2}(?:gzip|br|zstd|gz|deflate|df)$|;gzip$")
# rss2email 3.13 of Debian sends this, takes a 226 for an error, and never asks without its old ETag.
_FEEDPARSER = "feedparser/"
LATER_AGE = 10  # seconds
_OF_STATE = ("etag", "last-modified", "cache-control", "x-accel-expires", SURROGATE.lower())
_OF_BODY = (
    "content-type",
    "content-length",
    "content-encoding",
    "x-content-type-options",
    "x-robots-tag",
)


def validators(key: str, coding: str, modified: int, now: float) -> dict[str, str]:
    """Return the ETag and Last-Modified headers of a response.

    Last-Modified is never later than Date (8.8.2.1). One of several changes in a second may be stamped
    ahead of the clock. The header is left out until then: an earlier date would hide the change.
    """
    headers = {"ETag": etag(key, coding)}
    if modified <= now:
        headers["Last-Modified"] = formatdate(modified, usegmt=True)
    return headers


def is_current(
    key: str, modified: int, none_match: str | None, modified_since: str | None, now: float
) -> bool:
    """Return whether a client with these validators has the content *key*, in any coding.

    *modified* and *now* are in seconds since 1970. If-None-Match decides alone if it is sent (13.1.3).
    """
    if none_match is not None:
        if none_match.strip() == "*":
            return True
        content = content_of(key)
        return any(content_of(known) == content for known in keys(none_match))
    date = since(modified_since, now)
    return date is not None and modified <= date


def later_tag(none_match: str | None, latest: int, now: float) -> str:
    """Return the client's tag of a state after *latest*, the last one, as this server wrote it.

    Another host, or this one before a backup was restored, has sent that state to the client, which must
    not get an older one. Return an empty string if there is no such tag. A state later than MAX_LATER
    after *now*, and after *latest* if the clock is slow, does not count.
    """
    known = [(latest_of(key), tag) for tag, key in tags(none_match or "")]
    sane = max(now, latest) + MAX_LATER
    return max((each for each in known if latest < each[0] <= sane), default=(0, ""))[1]


def is_later_date(modified_since: str | None, latest: int, now: float) -> bool:
    """Return whether a client has a date later than *latest*, at most MAX_LATER after *now*."""
    date = since(modified_since, max(now, latest) + MAX_LATER)
    return date is not None and latest < date


def without_validators(headers: Iterable[tuple[str, str]], tag: str = "") -> list[tuple[str, str]]:
    """Return the *headers* of a 304 for a client that may have a later state than this server.

    It repeats the client's own *tag* or none: a cache would replace its validators by older ones, and
    believe them. The client may ask again after LATER_AGE seconds.
    """
    kept = [(name, value) for name, value in headers if name.lower() not in _OF_STATE]
    return [
        *([("ETag", tag)] if tag else []),
        *kept,
        ("Cache-Control", f"public, max-age={LATER_AGE}"),
    ]


def since(written: str | None, now: float) -> float | None:
    """Return the instant in If-Modified-Since, or None if it is not a date or is later than *now*.

    A client that received a date while the server's clock was ahead would get 304 until that date. Such
    a date must be ignored (13.1.3, and the definition of an invalid date in RFC 2616, 14.25).
    """
    date = instant(written)
    return date if date is not None and date <= now else None


def instant(written: str | None) -> float | None:
    """Return the instant of an HTTP date in any of its three forms, or None if it is not one date."""
    if not written or written.count(":") != 2:
        return None
    try:
        date = parsedate_to_datetime(written)
    except (TypeError, ValueError, OverflowError):  # OverflowError: an impossible time zone
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def tags(none_match: str) -> list[tuple[str, str]]:
    """Return each tag in If-None-Match as this server wrote it, together with the content key in it."""
    return [(_own_tag(written), _key(written)) for written in _TAG.findall(none_match)]


def keys(none_match: str) -> list[str]:
    """Return the content key in each tag in If-None-Match."""
    return [_key(written) for written in _TAG.findall(none_match)]


def _own_tag(written: str) -> str:
    key = _key(written)
    coding = next((each for each in CODINGS if etag(key, each) == f'"{written}"'), "identity")
    return etag(key, coding)


def _key(written: str) -> str:
    return _CODED.sub("", written)


def takes_changes(accepted: str | None, agent: str, refusing: Iterable[str]) -> bool:
    """Return whether a client may be sent only changed entries (RFC 3229, 10.5.3).

    *accepted* is its A-IM header and *agent* its User-Agent; those with a part in *refusing* get whole
    feeds, as do all programs without a name of their own on feedparser, which requests changes for them.
    """
    name = agent.casefold()
    return _accepts_changes(accepted) and not any(
        part.casefold() in name for part in (_FEEDPARSER, *refusing)
    )


def _accepts_changes(accepted: str | None) -> bool:
    for member in (accepted or "").lower().split(","):
        manipulation, *parameters = (part.strip() for part in member.split(";"))
        if manipulation == "feed" and weight(parameters):
            return True
    return False


def is_in_304(name: str, value: str) -> bool:
    """Return whether a 304 repeats this header of the 200: not if it describes the body (15.4.5).

    Link is repeated only if it names a hub, so that readers that only receive 304 find the hub.
    """
    return name.lower() not in _OF_BODY and (name.lower() != "link" or 'rel="hub"' in value)
