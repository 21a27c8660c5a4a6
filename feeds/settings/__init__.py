"""All settings, from feeds.yaml and the environment; unknown and invalid settings are errors."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Struct

from feeds.errors import SettingsError
from feeds.logs.lines import LogFormat
from feeds.settings.kinds import FilePath, FolderPath, bare, mistyped, refusal, with_single
from feeds.settings.sections import (
    CacheSettings,
    CorpusSettings,
    ExportSettings,
    FleetSettings,
    HttpSettings,
    ImagesSettings,
    LogSettings,
    PushSettings,
    ReadershipSettings,
    SiteSettings,
    StoreSettings,
    WatchSettings,
)
from feeds.settings.sources import (
    CONFIG_VARIABLE,
    Key,
    from_environment,
    from_file,
    line_numbers,
    unknown_setting,
    written_in,
)


class Settings(Struct, frozen=True):
    """All settings; ``feeds/settings/config/feeds.yaml`` describes each."""

    site: SiteSettings = SiteSettings()
    corpus: CorpusSettings = CorpusSettings()
    store: StoreSettings = StoreSettings()
    watch: WatchSettings = WatchSettings()
    cache: CacheSettings = CacheSettings()
    http: HttpSettings = HttpSettings()
    export: ExportSettings = ExportSettings()
    images: ImagesSettings = ImagesSettings()
    fleet: FleetSettings = FleetSettings()
    log: LogSettings = LogSettings()
    push: PushSettings = PushSettings()
    readership: ReadershipSettings = ReadershipSettings()

    @property
    def store_path(self) -> Path:
        """The store's file. If store.path is not set, ``feeds.bootstrap.located`` sets it."""
        return Path(self.store.path)


@cache
def setting_types() -> Mapping[Key, Any]:
    """The type of each setting, with its bounds and checks."""
    return {
        (section.name, field.name): field.type
        for section in msgspec.structs.fields(Settings)
        for field in msgspec.structs.fields(section.type)
    }


def load(environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Load the settings from *file*, else from the file in FEEDS_CONFIG; *environment* takes precedence.

    Raises SettingsError with the full path of the setting, or the name of the environment variable,
    that is unknown or has an invalid value.
    """
    file = file or _file(environment)
    known = setting_types()
    given = (from_file(file, known) if file else {}) | from_environment(environment, known)
    sections: dict[str, dict[str, Any]] = {}
    for (section, key), (subject, value) in given.items():
        sections.setdefault(section, {})[key] = _converted(subject, value, known[section, key])
    settings = Settings(
        **{
            field.name: field.type(**sections.get(field.name, {}))
            for field in msgspec.structs.fields(Settings)
        }
    )
    site = msgspec.structs.replace(settings.site, url=settings.site.url.rstrip("/"))
    if settings.fleet.assets.rstrip("/") == site.url:
        subject, _ = given["fleet", "assets"]
        problem = f"the address of the feeds, which would redirect to itself: {site.url}"
        raise SettingsError(subject, problem, "name a server that has the pictures, or leave it empty")
    return msgspec.structs.replace(settings, site=site)


def log_format(environment: Mapping[str, str]) -> LogFormat:
    """The setting ``log.format``, also if another setting is invalid: its error is to be logged."""
    try:
        return load(environment).log.format
    except SettingsError:
        file = _file(environment)
    written = environment.get("FEEDS_LOG_FORMAT") or (written_in(file, ("log", "format")) if file else "")
    return "json" if written == "json" else "text"


def origins(environment: Mapping[str, str]) -> dict[Key, str]:
    """The origin of each setting: the file and line, the environment variable, or ``default``.

    Raises SettingsError like ``load``.
    """
    file, known = _file(environment), setting_types()
    found = dict.fromkeys(known, "default")
    if file:
        lines = line_numbers(file)
        for key in from_file(file, known):
            found[key] = f"{file}:{lines[key]}" if key in lines else str(file)
    return found | {key: given.subject for key, given in from_environment(environment, known).items()}


def _file(environment: Mapping[str, str]) -> Path | None:
    name = environment.get(CONFIG_VARIABLE)
    return Path(name) if name else None


def _converted(subject: str, value: Any, kind: Any) -> Any:
    """Convert *value* to *kind*. An error in a mapping has the path of the invalid part."""
    value = with_single(value, kind)
    if isinstance(value, dict) and get_origin(kind) is dict:
        return _mapping(subject, value, *get_args(kind))
    inner = bare(kind)
    if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, Struct):
        return _struct(subject, value, inner)
    try:
        found = msgspec.convert(value, bare(kind), strict=True)
    except msgspec.ValidationError:
        raise SettingsError(subject, *mistyped(value, kind)) from None
    if refused := refusal(found, kind):
        raise SettingsError(subject, *refused)
    return os.path.expanduser(found) if kind in (FilePath, FolderPath) else found


def _mapping(subject: str, value: dict[Any, Any], key: Any, kind: Any) -> dict[str, Any]:
    return {
        _converted(f"{subject}.{name}", str(name), key): _converted(f"{subject}.{name}", each, kind)
        for name, each in value.items()
    }


def _struct(subject: str, value: dict[Any, Any], kind: type[Struct]) -> Struct:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key in value:
        if key not in fields:
            raise unknown_setting(f"{subject}.", str(key), fields)
    for field in fields.values():
        if field.required and field.name not in value:
            raise SettingsError(f"{subject}.{field.name}", "missing", f"add a {field.name}")
    return kind(
        **{key: _converted(f"{subject}.{key}", each, fields[key].type) for key, each in value.items()}
    )
