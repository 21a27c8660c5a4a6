"""A violation of a rule of a format, and the rules that all formats share."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from feeds.article.expressions import expression

MAX_FUTURE = 86_400.0  # seconds by which a date may be in the future

# A date of Atom and JSON Feed: RFC 3339, 5.6.
_INSTANT = expression(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")


class ContentProblem(Struct, frozen=True):
    """A violation of a rule about *subject*; *place* quotes the entry, empty for the feed itself."""

    subject: str
    text: str
    remedy: str
    place: str = ""
    is_failure: bool = False


def duplicates(subject: str, ids: Iterable[str]) -> Iterator[ContentProblem]:
    """The ids that more than one entry has: readers show only one of these entries."""
    seen: set[str] = set()
    for each in ids:
        if each and each in seen:
            text, remedy = "not unique, so that readers lose entries", "give each entry an id of its own"
            yield ContentProblem(subject, text, remedy, quote(each), is_failure=True)
        seen.add(each)


def bad_address(subject: str, written: str, place: str, base: str = "") -> Iterator[ContentProblem]:
    """The problem of an address that is not absolute; *base* resolves relative ones, if there is one."""
    if not is_absolute(written) and not (base and written.strip()):
        text = "not an absolute address"
        yield ContentProblem(subject, text, "write it with https:// and the host", place)


def bad_instant(subject: str, written: str, place: str, now: float) -> Iterator[ContentProblem]:
    """The problem of a date that is not one of RFC 3339, or in the future of *now*."""
    when = None
    if _INSTANT.fullmatch(written.strip()):
        try:
            when = datetime.fromisoformat(written.strip().upper()).timestamp()
        except ValueError:
            when = None
    if when is None:
        yield ContentProblem(subject, "not a date of RFC 3339", "write 2026-01-31T08:00:00Z", place)
    else:
        yield from ahead(subject, when, place, now)


def ahead(subject: str, when: float, place: str, now: float) -> Iterator[ContentProblem]:
    """The problem of a date that is more than a day later than *now*."""
    if when > now + MAX_FUTURE:
        yield ContentProblem(subject, "in the future", "publish the entry on its date", place)


def is_absolute(written: str) -> bool:
    """Return whether *written* is an address with a scheme, and a host if it is one of the web."""
    try:
        parts = urlsplit(written.strip())
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.scheme not in ("http", "https")))


def quote(text: str) -> str:
    """The beginning of *text* in one line."""
    words = " ".join(text.split())
    return repr(words if len(words) <= 60 else f"{words[:59]}…")
