"""feeds.yaml + environment -> Settings, refusing what it does not know."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
import yaml
from msgspec import Struct

from feeds.corpus import ARTICLES
from feeds.errors import SettingsError

PREFIX = "FEEDS_"
FILE = "FEEDS_CONFIG"  # the environment variable that names the file


class SiteSettings(Struct, frozen=True):
    """Who publishes."""

    url: str = "http://127.0.0.1:8000"
    title: str = ""
    description: str = ""
    language: str = ""
    authority: str = ""
    since: int = 2020
    icon: str = ""


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
    """What is kept rendered."""

    max_bytes: int = 64 * 1024 * 1024


class HttpSettings(Struct, frozen=True):
    """What readers and caches are told; all in seconds."""

    max_age: int = 300
    stale_while_revalidate: int = 600
    stale_if_error: int = 604_800


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
            raise SettingsError(name, _unknown("such setting", name, names))
        section, key = names[name]
        tree.setdefault(section, {})[key] = _from_environment(section, key, value)
    return _checked(tree)


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        tree = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except OSError as error:
        raise SettingsError(str(file), f"cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise SettingsError(str(file), f"{line}not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
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
            value = tree[section][field.name]
            try:
                members[field.name] = msgspec.convert(value, field.type, strict=True)
            except msgspec.ValidationError as error:
                reason = f"{value!r} cannot be used: {str(error)[:1].lower()}{str(error)[1:]}"
                raise SettingsError(f"{section}.{field.name}", reason) from None
        sections[section] = kind(**members)
    settings = Settings(**sections)
    _sensible(settings)
    return msgspec.structs.replace(
        settings, site=msgspec.structs.replace(settings.site, url=settings.site.url.rstrip("/"))
    )


def _sensible(settings: Settings) -> None:
    for key, url in (
        ("site.url", settings.site.url), ("corpus.url", settings.corpus.url),
        ("site.icon", settings.site.icon),
    ):  # fmt: skip
        parts = urlsplit(url)
        if (url or key == "site.url") and not (
            parts.scheme in ("http", "https") and parts.hostname and url.isascii()
        ):
            raise SettingsError(key, f"{url!r} is not an address such as https://feeds.example.org")
    try:
        ZoneInfo(settings.corpus.timezone)
    except (ValueError, KeyError, OSError):
        reason = f"{settings.corpus.timezone!r} is no time zone such as UTC or Europe/Berlin"
        raise SettingsError("corpus.timezone", reason) from None
    for key, least in {
        "site.since": 1990,
        "corpus.max_bytes": 1,
        "watch.interval": 0.05,
        "cache.max_bytes": 0,
        "http.max_age": 0,
        "http.stale_while_revalidate": 0,
        "http.stale_if_error": 0,
    }.items():
        value = attrgetter(key)(settings)
        if value < least:
            raise SettingsError(key, f"{value} is less than {least}")


def _sections() -> Iterator[tuple[str, type[Struct]]]:
    for field in msgspec.structs.fields(Settings):
        yield field.name, field.type


def _paths() -> Iterator[tuple[str, str]]:
    for section, kind in _sections():
        for field in msgspec.structs.fields(kind):
            yield section, field.name


def _from_environment(section: str, key: str, value: str) -> Any:
    """Text as it is; numbers as numbers; lists by spaces."""
    kind = type(getattr(getattr(Settings(), section), key))
    if kind is tuple:
        return value.split()
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            raise SettingsError(f"{section}.{key}", f"{value!r} is not a number") from None
    return value


def _unknown(what: str, name: str, known: Any) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    nearest = f"; did you mean {near[0]}?" if near else ""
    return f"no such {what.removeprefix('such ')}{nearest} known: {', '.join(sorted(known))}"
