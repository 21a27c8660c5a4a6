"""Types of settings with bounds, patterns and checks, and the error message of each."""

import re
from collections.abc import Callable, Iterable
from types import GenericAlias
from typing import Annotated, Any, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from feeds.article import slugify
from feeds.errors import FeedsError
from feeds.query.grammar import read

YEAR = 365 * 86_400  # seconds


class Check(Struct, frozen=True):
    """A check beyond bounds and patterns; *problem* returns the error of a value, empty if valid."""

    problem: Callable[[Any], str]


def matching(pattern: str, refusal: str, *, secret: bool = False) -> Meta:
    """A pattern that matches a whole text. *refusal* may contain ``{value}``, unless it is *secret*."""
    return Meta(pattern=rf"\A(?:{pattern})\Z", extra={"refusal": refusal, "secret": secret})


def problem(value: Any, kind: Any) -> str:
    """The error of *value*, which has the type of *kind*; empty if it is valid."""
    if get_origin(kind) is tuple:
        return _first(problem(each, get_args(kind)[0]) for each in value)
    if get_origin(kind) is not Annotated:
        return ""
    inner, *marks = get_args(kind)
    return problem(value, inner) or _first(_refusal(value, mark) for mark in marks)


def bare(kind: Any) -> Any:
    """The type of *kind*, without bounds, patterns and checks."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    if get_origin(kind) is tuple:
        return GenericAlias(tuple, (bare(get_args(kind)[0]), ...))
    return kind


def is_secret(kind: Any) -> bool:
    """Return whether values of this *kind* must not be shown."""
    marks = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return any(isinstance(mark, Meta) and (mark.extra or {}).get("secret") for mark in marks)


def shown(value: Any) -> str:
    """The first 80 characters of *value*, for an error message."""
    named = value is None or isinstance(value, bool)
    text = msgspec.json.encode(value).decode() if named else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _first(reasons: Iterable[str]) -> str:
    return next(filter(None, reasons), "")


def _refusal(value: Any, mark: Check | Meta) -> str:
    if isinstance(mark, Check):
        return mark.problem(value)
    try:
        msgspec.convert(value, Annotated[type(value), mark])
    except msgspec.ValidationError:
        if mark.extra:
            return str(mark.extra["refusal"]).format(value=shown(value))
        return f"{value} is not from {mark.ge} to {mark.le}"
    return ""


def _url_problem(url: str) -> str:
    return "" if _is_url(url) else f"{shown(url)} is not an address such as https://feeds.example.org"


def _is_url(url: str) -> bool:
    """Return whether *url* is an absolute http or https URL, with only characters of RFC 3986."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    written = re.fullmatch(r"[!#-;=?-\[\]_a-z~]+", url)
    return bool(written and parts.scheme in ("http", "https") and parts.hostname) and port != 0


def _reader_problem(url: str) -> str:
    if _is_url(url.replace("{url}", "x")) and "{url}" in url:
        return ""
    return f"{shown(url)} is not an address with {{url}} in it, where that of a feed goes"


def _zone_problem(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return f"{shown(name)} is no time zone such as UTC or Europe/Berlin"
    return ""


def _name_problem(name: str) -> str:
    slug = slugify(name)
    return "" if name and slug == name else f"not a name such as {slug or 'the-best'}"


def _query_problem(text: str) -> str:
    try:
        query = read(text)
    except FeedsError as error:
        return str(error)
    part = query.archive or query.digest
    return f"{shown(text)} is part of a feed, not a feed" if part else ""


def _sources_problem(sources: tuple[str, ...]) -> str:
    alone = len(sources) == 1 or "'none'" not in sources
    return "" if alone else "'none' stands alone, or not at all"


Url = Annotated[str, Check(_url_problem)]
OptionalUrl = Annotated[str, Check(lambda url: url and _url_problem(url))]
SiteUrl = Annotated[Url, matching("[^?#]*", "{value} has a ? or #, where paths must follow")]
ReaderUrl = Annotated[str, Check(_reader_problem)]
FolderPath = Annotated[str, matching("(?s:.+)", "{value} is not a folder")]
Zone = Annotated[str, Check(_zone_problem)]
FeedName = Annotated[str, Check(_name_problem)]
FeedQuery = Annotated[str, Check(_query_problem)]
Title = Annotated[str, matching(r"(?s:.*\S.*)", "a feed must be called something")]

# A domain name or an e-mail address (RFC 4151, 2.1), or nothing.
Authority = Annotated[
    str,
    matching(
        r"(?ai:(?:[\w.+-]+@)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)?",
        "{value} is not a domain such as example.org",
    ),
]
# A bearer token (RFC 6750, 2.1) that is too long to be guessed, or nothing.
Token = Annotated[
    str,
    matching(
        r"(?:[A-Za-z0-9._~+/=-]{16,})?",
        "a token is sixteen characters or more of A-Z a-z 0-9 - . _ ~ + / =",
        secret=True,
    ),
]
# An ancestor-source (CSP 3, 6.4.2.1): a scheme, or a host with optional scheme, port and path.
FrameSource = Annotated[
    str,
    matching(
        r"""(?aix:\*|'self'|'none'|[a-z][a-z0-9+.-]*:
        |(?!(?:self|none)\Z)                            # which are hosts without their quotes
        (?:[a-z][a-z0-9+.-]*://)?(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?:[0-9]{1,5}|\*))?
        (?:/[a-z0-9/._~!$&()*+=:@%-]*)?)""",
        "{value} is not a source such as https://news.example.org, 'self', 'none' or *",
    ),
]
Sources = Annotated[tuple[FrameSource, ...], Check(_sources_problem)]

FileBytes = Annotated[int, Meta(ge=1, le=1 << 40)]
MemoryBytes = Annotated[int, Meta(ge=0, le=1 << 40)]
Seconds = Annotated[int, Meta(ge=0, le=YEAR)]
