"""feeds.yaml + environment -> Settings, refusing what it does not know."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
import yaml
from msgspec import Struct

from feeds.article import slugify
from feeds.corpus import ARTICLES
from feeds.errors import FeedsError, SettingsError
from feeds.feed.update_frequency import MAX_INTERVAL, MIN_INTERVAL
from feeds.query import read

PREFIX = "FEEDS_"
FILE = "FEEDS_CONFIG"  # the environment variable that names the file


class NamedSettings(Struct, frozen=True):
    """A feed with an address of its own."""

    title: str
    query: str
    description: str = ""


class SiteSettings(Struct, frozen=True):
    """Who publishes."""

    url: str = "http://127.0.0.1:8000"
    title: str = ""
    description: str = ""
    language: str = ""
    authority: str = ""
    since: int = 2020
    icon: str = ""
    content: Literal["full", "summary", "title"] = "full"
    hubs: tuple[str, ...] = ()
    feeds: dict[str, NamedSettings] = {}


class CorpusSettings(Struct, frozen=True):
    """What is read, and how."""

    path: str = "var/sample"
    articles: tuple[str, ...] = ARTICLES
    url: str = ""
    timezone: str = "UTC"
    max_bytes: int = 4 * 1024 * 1024


class StoreSettings(Struct, frozen=True):
    """What remembers."""

    path: str = ""


class WatchSettings(Struct, frozen=True):
    """How changes are noticed; *interval* in seconds."""

    mode: Literal["auto", "notify", "poll"] = "auto"
    interval: float = 0.5


class CacheSettings(Struct, frozen=True):
    """What is kept rendered: bytes of feeds, and of the entries they are put together from."""

    max_bytes: int = 64 * 1024 * 1024
    entries: int = 32 * 1024 * 1024


# In each, {url} stands for the encoded address of a feed.
READERS = {
    "Feedly": "https://feedly.com/i/subscription/feed/{url}",
    "Inoreader": "https://www.inoreader.com/?add_feed={url}",
    "NewsBlur": "https://www.newsblur.com/?url={url}",
    "The Old Reader": "https://theoldreader.com/feeds/subscribe?url={url}",
    "Feedbin": "https://feedbin.com/?subscribe={url}",
    "BazQux Reader": "https://bazqux.com/add?url={url}",
}


class HttpSettings(Struct, frozen=True):
    """What readers and caches are told; all times in seconds.

    Clients whose User-Agent has one of *no_changes_for* in it are sent whole feeds alone. *readers* are
    what pages offer to subscribe with, by name; pages of *frame_ancestors* may have embeds in them.
    *status_token* lets whoever knows it see how the server is. Where *xml_for_browsers*, a browser that
    opens a feed is told that it is plain XML.
    """

    max_age: int = MIN_INTERVAL
    most_age: int = MAX_INTERVAL
    deletions: int = 30 * 86_400
    no_changes_for: tuple[str, ...] = ("rss2email",)
    readers: dict[str, str] = msgspec.field(default_factory=READERS.copy)
    frame_ancestors: tuple[str, ...] = ("*",)
    stale_while_revalidate: int = 600
    stale_if_error: int = 604_800
    status_token: str = ""
    xml_for_browsers: bool = True


class Settings(Struct, frozen=True):
    """Everything that can be set; config/feeds.yaml says what each one means."""

    site: SiteSettings = SiteSettings()
    corpus: CorpusSettings = CorpusSettings()
    store: StoreSettings = StoreSettings()
    watch: WatchSettings = WatchSettings()
    cache: CacheSettings = CacheSettings()
    http: HttpSettings = HttpSettings()

    @property
    def store_path(self) -> Path:
        """The store's file: as set, else one in ``var`` for each corpus."""
        if self.store.path:
            return Path(self.store.path)
        corpus = Path(self.corpus.path).resolve()
        mark = blake2b(os.fsencode(corpus), digest_size=4).hexdigest()
        return Path("var") / f"{corpus.name or 'corpus'}-{mark}.db"


def load(environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings in *file*, or where FEEDS_CONFIG says, under those of *environment*.

    Raises SettingsError naming the full path of a setting that is unknown or unusable.
    """
    if file is None and environment.get(FILE):
        file = Path(environment[FILE])
    tree = _read(file) if file else {}
    names = {PREFIX + "_".join(path).upper(): path for path in _paths()}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name == FILE:
            continue
        if name not in names:
            raise SettingsError(name, _unknown("setting", name, names))
        section, key = names[name]
        tree.setdefault(section, {})[key] = _from_environment(section, key, value)
    return _checked(tree)


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        tree = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except OSError as error:
        reason = _lower(error.strerror or str(error))
        raise SettingsError(str(file), f"cannot be read: {reason}") from error
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise SettingsError(str(file), f"{line}not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # such as a date with a thirteenth month
        raise SettingsError(str(file), f"not YAML: {error}") from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise SettingsError(str(file), "expected sections such as site: and corpus:")
    sections = [section for section, _ in _sections()]
    for section, members in tree.items():
        if section not in sections:
            raise SettingsError(str(section), _unknown("section", str(section), sections))
        keys = [key for place, key in _paths() if place == section]
        if members is None:
            continue
        if not isinstance(members, dict):
            raise SettingsError(section, f"expected {', '.join(keys)} below it")
        for key in members:
            if key not in keys:
                raise SettingsError(f"{section}.{key}", _unknown("setting", str(key), keys))
    return {section: dict(members or {}) for section, members in tree.items()}


def _checked(tree: dict[str, dict[str, Any]]) -> Settings:
    sections: dict[str, Any] = {}
    for section, kind in _sections():
        members = {}
        for field in msgspec.structs.fields(kind):
            if field.name not in tree.get(section, {}):
                continue
            path = f"{section}.{field.name}"
            members[field.name] = _converted(path, tree[section][field.name], field.type)
        sections[section] = kind(**members)
    settings = Settings(**sections)
    _sensible(settings)
    return msgspec.structs.replace(
        settings, site=msgspec.structs.replace(settings.site, url=settings.site.url.rstrip("/"))
    )


def _converted(path: str, value: Any, kind: Any) -> Any:
    """*value* as a *kind*; what is inside of a mapping is refused by its own path."""
    if get_origin(kind) is dict and isinstance(value, dict):
        return {
            str(name): _converted(f"{path}.{name}", each, get_args(kind)[1])
            for name, each in value.items()
        }
    if kind is NamedSettings and isinstance(value, dict):
        fields = {field.name: field for field in msgspec.structs.fields(NamedSettings)}
        for key in value:
            if key not in fields:
                raise SettingsError(f"{path}.{key}", _unknown("setting", str(key), fields))
        for field in fields.values():
            if field.required and field.name not in value:
                raise SettingsError(f"{path}.{field.name}", "missing")
        value = {key: _converted(f"{path}.{key}", each, fields[key].type) for key, each in value.items()}
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        shown = "what is there" if path.endswith("token") else _shown(value)
        reason = f"{shown} cannot be used: {_lower(str(error))}"
        raise SettingsError(path, reason) from None


def _sensible(settings: Settings) -> None:
    _sensible_site(settings.site)
    _sensible_corpus(settings.corpus)
    _sensible_http(settings.http)
    for key, (least, most) in _RANGES.items():
        value = attrgetter(key)(settings)
        if not least <= value <= most:
            raise SettingsError(key, f"{value} is not from {least} to {most}")


def _sensible_site(site: SiteSettings) -> None:
    addresses = (("url", site.url), ("icon", site.icon), *(("hubs", hub) for hub in site.hubs))
    for key, url in addresses:
        if url or key == "url":
            _sensible_address(f"site.{key}", url)
    if re.search(r"[?#]", site.url):
        raise SettingsError("site.url", f"{_shown(site.url)} has a ? or #, where paths must follow")
    if site.authority and not _AUTHORITY.fullmatch(site.authority):
        reason = f"{_shown(site.authority)} is not a domain such as example.org"
        raise SettingsError("site.authority", reason)
    for name, feed in site.feeds.items():
        _sensible_feed(f"site.feeds.{name}", name, feed)


def _sensible_corpus(corpus: CorpusSettings) -> None:
    if corpus.url:
        _sensible_address("corpus.url", corpus.url)
    if not corpus.path:
        raise SettingsError("corpus.path", "'' is not a folder")
    try:
        ZoneInfo(corpus.timezone)
    except (ValueError, KeyError, OSError):
        reason = f"{_shown(corpus.timezone)} is no time zone such as UTC or Europe/Berlin"
        raise SettingsError("corpus.timezone", reason) from None


def _sensible_http(http: HttpSettings) -> None:
    for source in http.frame_ancestors:
        if not _SOURCE.fullmatch(source):
            reason = "is not a source such as https://news.example.org, 'self', 'none' or *"
            raise SettingsError("http.frame_ancestors", f"{_shown(source)} {reason}")
    if "'none'" in http.frame_ancestors and len(http.frame_ancestors) > 1:
        raise SettingsError("http.frame_ancestors", "'none' stands alone, or not at all")
    for name, address in http.readers.items():
        if not _is_address(address.replace("{url}", "x")) or "{url}" not in address:
            reason = f"{_shown(address)} is not an address with {{url}} in it, where that of a feed goes"
            raise SettingsError(f"http.readers.{name}", reason)
    if http.status_token and not _TOKEN.fullmatch(http.status_token):
        # Which is not shown: it may be most of what it should be.
        reason = "a token is sixteen characters or more of A-Z a-z 0-9 - . _ ~ + / ="
        raise SettingsError("http.status_token", reason)


def _sensible_address(key: str, url: str) -> None:
    if not _is_address(url):
        raise SettingsError(key, f"{_shown(url)} is not an address such as https://feeds.example.org")


def _sensible_feed(key: str, name: str, feed: NamedSettings) -> None:
    if slugify(name) != name or not name:
        raise SettingsError(key, f"not a name such as {slugify(name) or 'the-best'}")
    if not feed.title.strip():
        raise SettingsError(f"{key}.title", "a feed must be called something")
    try:
        query = read(feed.query)
    except FeedsError as error:
        raise SettingsError(f"{key}.query", str(error)) from error
    if query.archive or query.digest:
        raise SettingsError(f"{key}.query", f"{_shown(feed.query)} is part of a feed, not a feed")


# A registered name or an e-mail address (RFC 4151, 2.1).
_AUTHORITY = re.compile(r"(?:[\w.+-]+@)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII | re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,}")  # RFC 6750, 2.1, and nobody guesses it
# An ancestor-source (CSP 3, 6.4.2.1): a scheme, or a host with what may stand around it.
_SOURCE = re.compile(
    r"""\*|'self'|'none'|[a-z][a-z0-9+.-]*:
    |(?!(?:self|none)$)                             # which are hosts without their quotes
    (?:[a-z][a-z0-9+.-]*://)?(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?:[0-9]{1,5}|\*))?
    (?:/[a-z0-9/._~!$&()*+=:@%-]*)?""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_YEAR = 365 * 86_400
_RANGES: dict[str, tuple[float, float]] = {
    "site.since": (1990, 9999),
    "corpus.max_bytes": (1, 1 << 40),
    "watch.interval": (0.05, 86_400),
    "cache.max_bytes": (0, 1 << 40),
    "http.max_age": (0, _YEAR),
    "http.most_age": (60, _YEAR),
    "http.deletions": (0, 10 * _YEAR),
    "http.stale_while_revalidate": (0, _YEAR),
    "http.stale_if_error": (0, _YEAR),
}


def _is_address(url: str) -> bool:
    """Whether *url* is absolute, http or https, and in the characters of RFC 3986."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    written = re.fullmatch(r"[!#-;=?-\[\]_a-z~]+", url)
    return bool(written and parts.scheme in ("http", "https") and parts.hostname) and port != 0


def _sections() -> Iterator[tuple[str, type[Struct]]]:
    for field in msgspec.structs.fields(Settings):
        yield field.name, field.type


def _paths() -> Iterator[tuple[str, str]]:
    for section, kind in _sections():
        for field in msgspec.structs.fields(kind):
            yield section, field.name


def _from_environment(section: str, key: str, value: str) -> Any:
    """Text as it is; numbers as numbers; yes or no as true or false; lists by spaces; feeds as YAML."""
    kind = type(getattr(getattr(Settings(), section), key))
    if kind is tuple:
        return value.split()
    if kind is dict:
        try:
            return yaml.load(value, yaml.CSafeLoader) or {}
        except (yaml.YAMLError, ValueError):
            raise SettingsError(f"{section}.{key}", f"{_shown(value)} is not YAML") from None
    if kind is bool:
        if value.lower() not in ("true", "false"):
            raise SettingsError(f"{section}.{key}", f"{_shown(value)} is not true or false")
        return value.lower() == "true"
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            raise SettingsError(f"{section}.{key}", f"{_shown(value)} is not a number") from None
    return value


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    nearest = f"; nearest: {near[0]}" if near else ""
    return f"no such {what}{nearest}; known: {', '.join(sorted(known))}"


def _shown(value: Any) -> str:
    named = value is None or isinstance(value, bool)
    text = msgspec.json.encode(value).decode() if named else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
