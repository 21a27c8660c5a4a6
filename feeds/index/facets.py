"""What an article has in common with others, which is what an index finds it by."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from feeds.article import Facets, Likeness, Taxonomy, slugify
from feeds.index.tombstones import Key
from feeds.period import DAY
from feeds.store import Record

KINDS = (
    "topic", "provider", "type", "lang", "has", "story",
    "heat", "quality", "rated", "changed", "appeared",
)  # fmt: skip

_likeness = msgspec.msgpack.Decoder(Likeness)
_slugify = lru_cache(1 << 16)(slugify)


class Traits(Struct, frozen=True):
    """The traits of the articles of one corpus.

    *lines* has each topic, by every name it has: those whose feeds hold its articles, itself first.
    *language* is that of articles which name none.
    """

    lines: dict[str, tuple[str, ...]]
    language: str

    def of(self, record: Record) -> Iterator[tuple[Key, Any]]:
        """All that *record* has in common with others, and what it calls that, where names differ."""
        for key in own(record):
            yield key, None
        yield from self.alike(record.alike)

    def alike(self, likeness: bytes) -> Iterator[tuple[Key, Any]]:
        """What all records of one *likeness* have."""
        article = _likeness.decode(likeness)
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
            for place, member in enumerate(self.lines.get(slug, (slug,))):
                if member not in seen:
                    seen.add(member)
                    yield ("topic", member), None if place else name

    def left(self, facets: Facets) -> set[Key]:
        """What an article with *facets* had, by which it is found that it left."""
        keys: set[Key] = set()
        for slug in facets.topics:
            keys.update(("topic", member) for member in (slug, *self.lines.get(slug, ())))
        if facets.provider:
            keys.add(("provider", facets.provider))
        if facets.type:
            keys.add(("type", facets.type))
        return keys


def own(record: Record) -> list[Key]:
    """What differs from one article to the next: numbers, days, and which story it belongs to."""
    keys: list[Key] = [("changed", record.moment // DAY), ("appeared", record.appeared // DAY)]
    if record.heat:
        keys.append(("heat", record.heat))
    if record.quality:
        keys.append(("quality", record.quality))
    if record.rated:
        keys.append(("rated", record.rated // DAY))
    if record.story:
        keys += (("story", record.story), ("has", "story"))
    return keys


def provider_of(record: Record) -> str:
    """The domain of the provider of the article in *record*, empty where it has none."""
    provider = _likeness.decode(record.alike).provider
    return provider.domain if provider else ""


def lines(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Each topic of *taxonomy*, by every name it has, with those above it: see Traits."""
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
