"""Surrogate keys: names in a response for what it depends on, by which caches are purged.

A change of an article purges the responses that depend on all articles, and those with one of its facets.
"""

from urllib.parse import quote

from feeds.index.changed_facets import ChangedFacets
from feeds.index.facets import Facet
from feeds.query import Query
from feeds.query.selection import wanted_facets

EVERY_RESPONSE = "feeds"  # the key of each response that depends on articles at all
ALL_ARTICLES = "all"  # the key of each response that any change of an article may alter

SURROGATE_KEYS = "feeds.keys"
"""The WSGI environment key of the keys of a response, if it depends on some articles only."""

KEY_HEADERS = ("Surrogate-Key", "xkey")
"""The headers with the keys: as CDNs read them, and as Varnish does."""


def query_keys(query: Query) -> list[str]:
    """Return the keys of a response with the feed of *query*, which has the current names of its terms.

    One of the conditions that an article has to meet is enough: it meets all of them or is not there.
    """
    wanted = wanted_facets(query)
    if not wanted or query.relative or query.drifts:
        return [EVERY_RESPONSE, ALL_ARTICLES]
    fewest = min((sorted(map(_key, each)) for each in wanted), key=len)
    return [EVERY_RESPONSE, *fewest]


def changed_keys(changes: ChangedFacets) -> list[str]:
    """Return the keys of all responses that *changes* may have altered."""
    if changes.everything:
        return [EVERY_RESPONSE]
    return [ALL_ARTICLES, *sorted(map(_key, changes.facets))] if changes.any else []


def _key(facet: Facet) -> str:
    kind, value = facet
    return f"{kind}:{quote(str(value), safe='')}"
