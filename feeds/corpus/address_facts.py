"""The facts of a file that placeholders in addresses stand for."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timezone, tzinfo
from typing import Any

from msgspec.structs import replace

from feeds.article.expressions import expression
from feeds.corpus.address_rules import AddressRule
from feeds.corpus.dates import zone_named
from feeds.corpus.placeholders import Facts
from feeds.corpus.places import Place, default_language
from feeds.corpus.site import FileHead, SourceSite

_DATED_PATH = expression(
    r"(?P<folder>.*)(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(?P<text>.*)", re.DOTALL
)


def facts_of(head: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Facts:
    """The facts of the file with *head* at *place*."""
    date = head.date
    if date and rule.clock != "written":
        date = _in_zone(date, UTC if rule.clock == "utc" else zone_named(site.zone) or UTC)
    path = _path(head, place, rule)
    is_folder = place.is_index and rule.index_ending is not None
    return Facts(
        head=head,
        place=place,
        date=date,
        part=rule.part,
        words=rule.words,
        path=path,
        below=path.partition("/")[2] if place.folders else path,
        language=_language(place, site, rule),
        ending=(rule.index_ending or "") if is_folder else rule.ending,
    )


def _language(place: Place, site: SourceSite, rule: AddressRule) -> str:
    """The language in the address, or an empty text."""
    language = place.language or (default_language(site) if rule.prefixes_default else "")
    return language.lower() if rule.lowers_language else language


def _in_zone(date: datetime, zone: tzinfo) -> datetime:
    """*date* in *zone*; a date in a named zone, which was written without offset, keeps its day."""
    try:
        return date.astimezone(zone) if isinstance(date.tzinfo, timezone) else date
    except OverflowError:
        return date


def for_site(rule: AddressRule, site: SourceSite) -> AddressRule:
    """*rule* with the changes that the configuration of *site* makes to it."""
    for variant in rule.variants:
        if any(variant.value in each.lower() for each in texts_at(site.values, variant.key)):
            rule = replace(rule, **variant.changes)
    return rule


def texts_at(values: Mapping[str, Any], key: str) -> list[str]:
    """The texts at the dotted *key* of *values*, whose keys compare in any case."""
    return [str(each) for each in values_at(values, key) if isinstance(each, str | int | float | bool)]


def values_at(values: Mapping[str, Any], key: str) -> list[Any]:
    """The values at the dotted *key* of *values*; the members of a list count as values."""
    found: list[Any] = [values]
    for part in key.lower().split("."):
        found = [inner for each in found for inner in _members(each, part)]
    return [inner for each in found for inner in (each if isinstance(each, list | tuple) else [each])]


def _members(value: object, key: str) -> list[Any]:
    """The values of *key* in a mapping, or in the mappings of a list."""
    match value:
        case Mapping():
            return [inner for name, inner in value.items() if str(name).lower() == key]
        case list() | tuple():
            return [inner for each in value for inner in _members(each, key)]
        case _:
            return []


def _path(head: FileHead, place: Place, rule: AddressRule) -> str:
    """The path of the file below the site, without ending."""
    folders = [rule.part(each) for each in place.folders if not each.startswith(rule.unseen)]
    slug = head.slug.strip("/")
    if slug and rule.slug_replaces == "path":
        return "/".join([*folders[:1], slug])
    if slug and rule.slug_replaces == "name":
        return slug if head.slug.startswith("/") else "/".join([*folders, rule.part(slug)])
    if rule.dates_are_folders:
        return "/".join([*folders[:1], _with_date_as_folders("/".join([*folders[1:], place.name]))])
    last = place.undated if rule.drops_date else place.name
    return "/".join([*folders, rule.part(last)])


def _with_date_as_folders(path: str) -> str:
    """``2026-01-31-title`` -> ``2026/01/31/title``."""
    found = _DATED_PATH.fullmatch(path)
    if not found:
        return path
    return f"{found['folder']}{found['date'].replace('-', '/')}/{found['text']}".rstrip("/")
