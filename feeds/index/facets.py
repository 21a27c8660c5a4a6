"""The facets of an article: the values that it shares with others and by which an Index finds it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from feeds.article import FacetFields, Taxonomy, TombstoneFacets, slugify
from feeds.index.tombstones import Facet
from feeds.period import DAY
from feeds.store import Record

KINDS = (
    "topic", "provider", "type", "lang", "has", "story",
    "heat", "quality", "rated", "changed", "appeared",
)  # fmt: skip

_facet_fields = msgspec.msgpack.Decoder(FacetFields)
_slugify = lru_cache(1 << 16)(slugify)


class FacetExtractor(Struct, frozen=True):
    """Extracts facets from the articles of one corpus.

    *lineages* maps every name of a topic to the topics whose feeds hold its articles, itself first.
    *language* is that of articles which name none.
    """

    lineages: dict[str, tuple[str, ...]]
    language: str

    def of(self, record: Record) -> Iterator[tuple[Facet, Any]]:
        """Yield each facet of *record* and its display name, None if it has none."""
        for key in record_facets(record):
            yield key, None
        yield from self.shared(record.facets)

    def shared(self, encoded: bytes) -> Iterator[tuple[Facet, Any]]:
        """Yield the facets, with display names, of every record whose facet fields are *encoded*."""
        article = _facet_fields.decode(encoded)
        if article.type:
            yield ("type", article.type), None
        for holding, there in (
            ("image", article.pictured),
            ("video", article.type == "video"),
            ("full", article.full),
        ):
            if there:
                yield ("has", holding), None
        tag = (article.language or self.language).lower().replace("_", "-")
        for language in {tag, tag.partition("-")[0]} - {""}:
            yield ("lang", language), None
        if article.provider:
            yield ("provider", article.provider.domain), article.provider
        seen = set()
        for name in article.topics:
            slug = _slugify(name)
            for place, member in enumerate(self.lineages.get(slug, (slug,))):
                if member not in seen:
                    seen.add(member)
                    yield ("topic", member), None if place else name

    def of_tombstone(self, facets: TombstoneFacets) -> set[Facet]:
        """The facets by which a tombstone with *facets* is found."""
        found: set[Facet] = set()
        for slug in facets.topics:
            found.update(("topic", member) for member in (slug, *self.lineages.get(slug, ())))
        if facets.provider:
            found.add(("provider", facets.provider))
        if facets.type:
            found.add(("type", facets.type))
        return found


def record_facets(record: Record) -> list[Facet]:
    """The facets that records rarely share all of: days, numbers and the cluster."""
    found: list[Facet] = [("changed", record.moment // DAY), ("appeared", record.appeared // DAY)]
    if record.heat:
        found.append(("heat", record.heat))
    if record.quality:
        found.append(("quality", record.quality))
    if record.rated:
        found.append(("rated", record.rated // DAY))
    if record.cluster:
        found += (("story", record.cluster), ("has", "story"))
    return found


def provider_of(record: Record) -> str:
    """The domain of the provider of the article in *record*, empty where it has none."""
    provider = _facet_fields.decode(record.facets).provider
    return provider.domain if provider else ""


def topic_lineages(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Each topic of *taxonomy*, by every name it has, followed by its ancestors."""
    parents = {topic.slug: topic.parent for topic in taxonomy.topics}
    found: dict[str, tuple[str, ...]] = {}
    for topic in taxonomy.topics:
        line = [topic.slug]
        while parent := parents.get(line[-1]):
            line.append(parent)
        found[topic.slug] = tuple(line)
    for topic in taxonomy.topics:
        for alias in topic.aliases:
            found.setdefault(alias, found[topic.slug])
    return found
