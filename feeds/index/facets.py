"""The kinds of facets, and the extraction of each kind's values from an article."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from feeds.article import PLAYED, FacetFields, Provider, Taxonomy, TombstoneFacets, slugify
from feeds.period import DAY
from feeds.store import Record, address

Facet = tuple[str, str | int]  # a kind and a value: ("topic", "ai")
NamedValue = tuple[str, Any]  # a value and its display name, None if it has none

_NO_ADDRESS = address("")

decoded = msgspec.msgpack.Decoder(FacetFields).decode
_slugify = lru_cache(1 << 16)(slugify)


class FacetExtractor(Struct, frozen=True):
    """Extracts facets from the articles of one corpus.

    *lineages* maps every slug of a topic to the topics whose feeds contain its articles: the topic itself
    first, then its ancestors. *language* is the language of articles without one.
    """

    lineages: dict[str, tuple[str, ...]]
    language: str

    def of(self, record: Record) -> Iterator[tuple[Facet, Any]]:
        """Yield each facet of *record* and its display name, None if it has none."""
        for kind, values_of in OWN_FACETS.items():
            [value] = values_of([record])
            if value is not None:
                yield (kind, value), None
        yield from self.shared(record.facets)

    def shared(self, encoded: bytes) -> Iterator[tuple[Facet, Any]]:
        """Yield the facets, with display names, of every record with the facet fields *encoded*."""
        fields = decoded(encoded)
        for kind, shared in SHARED.items():
            for value, name in shared.values(shared.source(fields), self):
                yield (kind, value), name

    def of_tombstone(self, facets: TombstoneFacets) -> set[Facet]:
        """The facets that a tombstone with *facets* is indexed by."""
        return {
            (kind, value)
            for kind, values_of in TOMBSTONE.items()
            for value in values_of(facets, self.lineages)
        }


class Shared(NamedTuple):
    """A kind with values that many articles share; *values* depends only on the result of *source*."""

    source: Callable[[FacetFields], Any]
    values: Callable[[Any, FacetExtractor], Iterable[NamedValue]]


def _topics(topics: tuple[str, ...], corpus: FacetExtractor) -> Iterator[NamedValue]:
    seen = set()
    for name in topics:
        slug = _slugify(name)
        for depth, topic in enumerate(corpus.lineages.get(slug, (slug,))):
            if topic not in seen:
                seen.add(topic)
                yield topic, None if depth else name


def _authors(authors: tuple[str, ...], _corpus: FacetExtractor) -> Iterable[NamedValue]:
    return {slug: name for name in reversed(authors) if (slug := _slugify(name))}.items()


def _provider(provider: Provider | None, _corpus: FacetExtractor) -> Iterable[NamedValue]:
    return [(provider.domain, provider)] if provider else ()


def _type(name: str, _corpus: FacetExtractor) -> Iterable[NamedValue]:
    return [(name, None)] if name else ()


def _languages(language: str, corpus: FacetExtractor) -> Iterable[NamedValue]:
    tag = (language or corpus.language).lower().replace("_", "-")
    return ((each, None) for each in {tag, tag.partition("-")[0]} - {""})


def _held(fields: FacetFields) -> tuple[str, ...]:
    is_held = {"image": fields.pictured, "full": fields.full}
    # A video may also be in the body.
    is_held |= {each: each in fields.media or each == fields.type for each in PLAYED}
    return tuple(name for name, held in is_held.items() if held)


def _contents(held: tuple[str, ...], _corpus: FacetExtractor) -> Iterable[NamedValue]:
    return ((name, None) for name in held)


SHARED = {
    "topic": Shared(attrgetter("topics"), _topics),
    "provider": Shared(attrgetter("provider"), _provider),
    "author": Shared(attrgetter("authors"), _authors),
    "type": Shared(attrgetter("type"), _type),
    "lang": Shared(attrgetter("language"), _languages),
    "has": Shared(_held, _contents),
}

SECONDS: dict[str, Callable[[Record], int]] = {
    "changed": attrgetter("moment"),
    "rated": attrgetter("rated"),
    "appeared": attrgetter("appeared"),
}
"""The kinds with days since 1970 as values, and the function that returns the second of a record."""

OWN_FACETS: dict[str, Callable[[Sequence[Record]], Sequence[str | int | None]]] = {
    "changed": lambda records: [each.moment // DAY for each in records],
    "appeared": lambda records: [each.appeared // DAY for each in records],
    "rated": lambda records: [each.rated // DAY if each.rated else None for each in records],
    "heat": lambda records: [each.heat or None for each in records],
    "quality": lambda records: [each.quality or None for each in records],
    "has": lambda records: ["story" if each.cluster else None for each in records],
    "without": lambda records: ["address" if each.address == _NO_ADDRESS else None for each in records],
}
"""The kinds with values that articles rarely share, with a function from records to their values."""


def _tombstone_topics(facets: TombstoneFacets, lineages: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for slug in facets.topics:
        yield from (slug, *lineages.get(slug, ()))


TOMBSTONE: dict[str, Callable[[TombstoneFacets, dict[str, tuple[str, ...]]], Iterable[str]]] = {
    "topic": _tombstone_topics,
    "provider": lambda facets, _: [facets.provider] if facets.provider else (),
    "author": lambda facets, _: facets.authors,
    "type": lambda facets, _: [facets.type] if facets.type else (),
}
"""The kinds that tombstones are indexed by. A feed of any other kind has no tombstones."""

FACET_KINDS = tuple(dict.fromkeys([*SHARED, *OWN_FACETS]))


def provider_of(record: Record) -> str:
    """The domain of the provider of the article in *record*, empty if it has none."""
    provider = decoded(record.facets).provider
    return provider.domain if provider else ""


def topic_lineages(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """The slugs of each topic of *taxonomy* and its ancestors, by every slug and alias of the topic."""
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
