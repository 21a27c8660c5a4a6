"""The facts of a file that placeholders in addresses stand for."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from msgspec.structs import replace

from feeds.corpus.address_rules import AddressRule
from feeds.corpus.permalinks import Facts, in_zone, zone_of
from feeds.corpus.places import Place
from feeds.corpus.site import Head, Site

_DATED_PATH = re.compile(
    r"(?P<folder>.*)(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(?P<text>.*)", re.DOTALL
)


def facts_of(head: Head, place: Place, site: Site, rule: AddressRule) -> Facts:
    """The facts of the file with *head* at *place*."""
    zone = UTC if rule.clock == "utc" else zone_of(site.zone)
    date = head.date if head.date is None or rule.clock == "written" else in_zone(head.date, zone)
    ending = rule.ending
    if place.is_index and rule.index_ending is not None:
        ending = rule.index_ending
    return Facts(
        head=head,
        place=place,
        date=date,
        part=rule.part,
        words=rule.words,
        path=_path(head, place, rule),
        ending=ending,
    )


def for_site(rule: AddressRule, site: Site) -> AddressRule:
    """*rule* with the changes that the configuration of *site* makes to it."""
    for variant in rule.variants:
        if variant.value in map(str.lower, texts_at(site.values, variant.key)):
            rule = replace(rule, **variant.changes)
    return rule


def texts_at(values: Mapping[str, Any], key: str) -> list[str]:
    """The texts at the dotted *key* of *values*, whose keys compare in any case."""
    found: list[Any] = [values]
    for part in key.lower().split("."):
        found = [inner for each in found for inner in _members(each, part)]
    return [str(each) for each in _flat(found) if not isinstance(each, Mapping)]


def _members(value: object, key: str) -> list[Any]:
    match value:
        case Mapping():
            return [inner for name, inner in value.items() if str(name).lower() == key]
        case str() | bytes():
            return []
        case Sequence():
            return [inner for each in value for inner in _members(each, key)]
        case _:
            return []


def _flat(values: Sequence[Any]) -> list[Any]:
    return [
        inner
        for each in values
        for inner in (_flat(each) if isinstance(each, Sequence) and not isinstance(each, str) else [each])
    ]


def _path(head: Head, place: Place, rule: AddressRule) -> str:
    """The path of the file below the site, without ending."""
    folders = [rule.part(each) for each in place.folders]
    if head.slug and rule.slug_replaces == "path":
        return "/".join([*folders[:1], head.slug.strip("/")])
    if rule.dates_are_folders:
        return "/".join([*folders[:1], _with_date_as_folders("/".join([*folders[1:], place.name]))])
    if head.slug and rule.slug_replaces == "name":
        return "/".join([*folders, rule.part(head.slug.strip("/"))])
    last = place.undated if rule.drops_date else place.name
    return "/".join([*folders, rule.part(last)])


def _with_date_as_folders(path: str) -> str:
    """``2026-01-31-title`` -> ``2026/01/31/title``."""
    found = _DATED_PATH.fullmatch(path)
    if not found:
        return path
    return f"{found['folder']}{found['date'].replace('-', '/')}/{found['text']}".rstrip("/")
