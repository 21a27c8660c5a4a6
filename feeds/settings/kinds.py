"""Types of settings with bounds, patterns and checks, and the problem and remedy of invalid values."""

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from types import GenericAlias, UnionType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from feeds.article import slugify
from feeds.article.podcast import EMAIL, GUID, category_of
from feeds.corpus.dialects.registry import BY_NAME
from feeds.corpus.posts.keys import KEYS
from feeds.corpus.problems import NOT_A_CATEGORY, NOT_A_GUID, NOT_AN_EMAIL
from feeds.corpus.schemas import AUTO
from feeds.errors import FeedsError, not_one_of
from feeds.formats import FORMATS
from feeds.query.address import feed_address
from feeds.query.grammar import read

YEAR = 365 * 86_400  # seconds


class Refusal(NamedTuple):
    """The problem of a value, and its remedy."""

    problem: str
    remedy: str


class Check(Struct, frozen=True):
    """A check beyond bounds and patterns; *refusal* returns None for a valid value."""

    refusal: Callable[[Any], Refusal | None]


def matching(pattern: str, problem: str, remedy: str, *, secret: bool = False) -> Meta:
    """A pattern that matches a whole text. *problem* may contain ``{value}``, unless it is *secret*."""
    texts = {"problem": problem, "remedy": remedy, "secret": secret}
    return Meta(pattern=rf"\A(?:{pattern})\Z", extra=texts)


def refusal(value: Any, kind: Any) -> Refusal | None:
    """The refusal of *value*, which has the type of *kind*; None if it is valid."""
    if get_origin(kind) is tuple:
        return _first(refusal(each, get_args(kind)[0]) for each in value)
    if get_origin(kind) is not Annotated:
        return None
    inner, *marks = get_args(kind)
    return refusal(value, inner) or _first(_refusal(value, mark) for mark in marks)


def mistyped(value: Any, kind: Any) -> Refusal:
    """The refusal of *value*, which is not of the type of *kind*."""
    if get_origin(bare(kind)) is Literal:
        return Refusal(*not_one_of(value, get_args(bare(kind)), written=shown(value)))
    wanted, remedy = _type(kind)
    return Refusal(f"not {wanted}" if is_secret(kind) else f"not {wanted}: {shown(value)}", remedy)


def _type(kind: Any) -> tuple[str, str]:
    """The type of *kind* in words, and the remedy for values of other types."""
    match bare(kind), get_origin(bare(kind)):
        case _, origin if origin is tuple:
            return "a list of texts", "write it as [one, two]"
        case _, origin if origin is dict:
            return "a mapping", "write name: value below it"
        case inner, _ if issubclass(inner, Struct):
            fields = msgspec.structs.fields(inner)
            required = " and ".join(field.name for field in fields if field.required)
            return "a mapping", f"write {required or fields[0].name} below it"
        case inner, _ if inner is bool:
            return "true or false", "use true"
        case inner, _ if inner in (int, float):
            return "a whole number" if inner is int else "a number", f"use {_example(kind)}"
    return "text", "write text in quotes"


def _example(kind: Any) -> object:
    """A valid number."""
    return next((mark.examples[0] for mark in get_args(kind)[1:] if mark.examples), 1)


def bare(kind: Any) -> Any:
    """The type of *kind*, without bounds, patterns and checks."""
    if get_origin(kind) in (Annotated, UnionType):  # a union is with None, which only the default is
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
    return text if len(text) <= 80 else f"{text[:80]}…"


def _first(refusals: Iterable[Refusal | None]) -> Refusal | None:
    return next(filter(None, refusals), None)


def _refusal(value: Any, mark: Check | Meta) -> Refusal | None:
    if isinstance(mark, Check):
        return mark.refusal(value)
    try:
        msgspec.convert(value, Annotated[type(value), mark])
    except msgspec.ValidationError:
        if mark.extra:
            return Refusal(mark.extra["problem"].format(value=shown(value)), mark.extra["remedy"])
        example = mark.examples[0] if mark.examples else mark.ge
        return Refusal(f"not from {mark.ge} to {mark.le}: {shown(value)}", f"use {example}")
    return None


def _url_refusal(url: str) -> Refusal | None:
    if _is_url(url):
        return None
    return Refusal(f"not an http or https address: {shown(url)}", "use https://feeds.example.org")


def _is_url(url: str) -> bool:
    """Return whether *url* is an absolute http or https URL, with only characters of RFC 3986."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    written = re.fullmatch(r"[!#-;=?-\[\]_a-z~]+", url)
    return bool(written and parts.scheme in ("http", "https") and parts.hostname) and port != 0


def _webhook_url_refusal(url: str) -> Refusal | None:
    if _is_url(url):
        return None
    return Refusal("not an http or https address", "write the address that the service shows")


def _reader_refusal(url: str) -> Refusal | None:
    if _is_url(url.replace("{url}", "x")) and "{url}" in url:
        return None
    return Refusal(
        f"not an address with {{url}}: {shown(url)}", "use https://reader.example/add?feed={url}"
    )


def _network_refusal(written: str) -> Refusal | None:
    try:
        ip_network(written)
    except ValueError:
        return Refusal(f"not a network: {shown(written)}", "use 10.0.0.0/8")
    return None


def _zone_refusal(name: str) -> Refusal | None:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return Refusal(f"not a time zone: {shown(name)}", "use UTC or a name such as Europe/Berlin")
    return None


def _name_refusal(name: str) -> Refusal | None:
    slug = slugify(name)
    if name and slug == name:
        return None
    return Refusal("not lower-case letters, digits and hyphens", f"use {slug or 'the-best'}")


def _query_refusal(text: str) -> Refusal | None:
    try:
        query = read(text)
    except FeedsError as error:
        return Refusal(f"{error.where}: {error.problem}", error.remedy)
    if extension := feed_address(text, "", FORMATS).extension:
        return Refusal(f"an address of one format: {shown(text)}", f"delete .{extension}")
    part = query.archive or query.digest
    return Refusal(f"part of a feed: {shown(text)}", f"delete /{part}") if part else None


def _sources_refusal(sources: tuple[str, ...]) -> Refusal | None:
    alone = len(sources) == 1 or "'none'" not in sources
    return None if alone else Refusal("'none' with other sources", "delete 'none' or the others")


def _patterns_refusal(patterns: tuple[str, ...]) -> Refusal | None:
    return None if patterns else Refusal("no pattern", "write patterns such as */**/*.md")


def _category_refusal(written: str) -> Refusal | None:
    if not written or category_of(written):
        return None
    return Refusal(
        f"not a category of Apple Podcasts: {shown(written)}",
        NOT_A_CATEGORY.remedy,
    )


def _choice_refusal(choices: tuple[str, ...]) -> Check:
    """A check that refuses a text that is not one of *choices*."""
    return Check(
        lambda name: None if name in choices else Refusal(*not_one_of(name, choices, written=shown(name)))
    )


def _keys_refusal(keys: tuple[str, ...]) -> Refusal | None:
    return None if keys else Refusal("no key", "write keys of front matter, such as [date, on]")


def with_single(value: Any, kind: Any) -> Any:
    """*value* as it is meant: a single text as the list of it for Keys, and the words off and on of YAML.

    YAML 1.1 reads ``off`` as false.
    """
    if isinstance(value, bool) and get_origin(bare(kind)) is Literal:
        word = "on" if value else "off"
        return word if word in get_args(bare(kind)) else value
    return [value] if kind is FieldKeys and isinstance(value, str) else value


Url = Annotated[str, Check(_url_refusal)]
OptionalUrl = Annotated[str, Check(lambda url: _url_refusal(url) if url else None)]
WebhookUrl = Annotated[
    str,
    matching(
        r"(?i:https?)://[^\s#@/?]+(?:[/?][^\s#]*)?",
        "not an http or https address without a fragment",
        "write the address that the service shows",
        secret=True,
    ),
    Check(_webhook_url_refusal),
]
# As Standard Webhooks writes secrets, or nothing.
WebhookSecret = Annotated[
    str,
    matching(
        r"(?:(?:whsec_)?(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)?",
        "not 24 to 64 bytes in base64",
        "use whsec_ and the output of: openssl rand -base64 32",
        secret=True,
    ),
]
SiteUrl = Annotated[
    Url, matching("[^?#]*", "has a query or a fragment: {value}", "delete it from the ? or # on")
]
ReaderUrl = Annotated[str, Check(_reader_refusal)]
FilePath = Annotated[
    str, matching(r"[^\x00-\x1f\x7f]*", "not a path: {value}", "delete its control characters")
]
FolderPath = Annotated[FilePath, matching("(?s:.+)", "empty", "name the folder of the articles")]
Zone = Annotated[str, Check(_zone_refusal)]
FeedName = Annotated[str, Check(_name_refusal)]
FeedQuery = Annotated[str, Check(_query_refusal)]
Word = Annotated[str, matching(r"(?s:.*\S.*)", "an empty item", "delete it")]
Patterns = Annotated[tuple[Word, ...], Check(_patterns_refusal)]
DialectName = Annotated[str, _choice_refusal((AUTO, *BY_NAME))]
PostField = Annotated[str, _choice_refusal(tuple(KEYS))]
FieldKeys = Annotated[tuple[Word, ...], Check(_keys_refusal)]
Permalink = Annotated[
    str,
    matching("(?s:|/.*)", "not a pattern of paths: {value}", "write a pattern such as /:year/:slug/"),
]
Title = Annotated[str, matching(r"(?s:.*\S.*)", "empty", "write the title of the feed")]
Category = Annotated[str, Check(_category_refusal)]
Email = Annotated[
    str,
    matching(f"(?:{EMAIL})?", "not an e-mail address: {value}", NOT_AN_EMAIL.remedy),
]
Guid = Annotated[
    str,
    matching(f"(?:{GUID})?", "not a UUID: {value}", NOT_A_GUID.remedy),
]

# A domain name or an e-mail address (RFC 4151, 2.1), or nothing.
Authority = Annotated[
    str,
    matching(
        r"(?ai:(?:[\w.+-]+@)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)?",
        "not a domain or an e-mail address: {value}",
        "use example.org",
    ),
]
# A bearer token (RFC 6750, 2.1) that is too long to be guessed, or nothing.
Token = Annotated[
    str,
    matching(
        r"(?:[A-Za-z0-9._~+/=-]{16,})?",
        "too short, or with a character that tokens cannot have",
        "use 16 or more of A-Z a-z 0-9 - . _ ~ + / =",
        secret=True,
    ),
]
# A connection string of libpq, as a URI: it may have a password.
Dsn = Annotated[
    str,
    matching(
        r"(?:postgres(?:ql)?://[^\s]+)?",
        "not the address of a PostgreSQL database",
        "write postgresql://user:password@host:5432/database",
        secret=True,
    ),
]
HostName = Annotated[
    str,
    matching(
        r"[A-Za-z0-9._:-]{0,100}",
        "not the name of a host: {value}",
        "use letters, digits and . _ : - such as feeds-1",
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
        "not a source of a policy: {value}",
        "use https://news.example.org, 'self', 'none' or *",
    ),
]
Network = Annotated[str, Check(_network_refusal)]
Networks = tuple[Network, ...]
Sources = Annotated[tuple[FrameSource, ...], Check(_sources_refusal)]

FileBytes = Annotated[int, Meta(ge=1, le=1 << 40, examples=[4 * 1024 * 1024])]
MemoryBytes = Annotated[int, Meta(ge=0, le=1 << 40, examples=[64 * 1024 * 1024])]
Seconds = Annotated[int, Meta(ge=0, le=YEAR, examples=[300])]
