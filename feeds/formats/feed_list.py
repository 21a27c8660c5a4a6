"""The feed list in JSON: addresses, number of articles and polling interval of every feed."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from feeds.feed.directory import Directory, Offer
from feeds.formats.text import clean
from feeds.query.parameters import SEGMENTS

MEDIA_TYPE = "application/json; charset=utf-8"


def render(
    directory: Directory, extensions: Iterable[str], more: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Return *directory* as JSON in UTF-8, with addresses for *extensions* and intervals in seconds.

    *more* are further addresses of the list, for example of its documentation.
    """
    document = {
        "title": clean(directory.title),
        "home_page_url": directory.page,
        **more,
        "feeds": [_feed(offer, tuple(extensions)) for offer in directory.offers],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _feed(offer: Offer, extensions: tuple[str, ...]) -> dict[str, Any]:
    feed = offer.feed
    terms = dict.fromkeys(each.key for each in SEGMENTS.values())
    terms |= {clause.key: clause.value for clause in offer.query.place}
    return {
        "id": feed.id,
        "name": clean(offer.name).strip() or feed.page,
        "title": clean(feed.title),
        "description": clean(feed.description),
        "language": feed.language,
        "topic": terms.pop("topic"),
        "parent": offer.parent or None,
        **terms,
        "home_page_url": feed.page,
        "addresses": {extension: feed.addresses[extension] for extension in extensions},
        "articles": offer.articles,
        "newest": offer.newest,
        "interval": feed.update_frequency.interval if feed.update_frequency else None,
        "icon": feed.icon.url if feed.icon else None,
    }
