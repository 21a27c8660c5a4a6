"""The parameter ``topic``."""

from collections.abc import Collection, Iterator
from operator import attrgetter

from feeds.article import slugify
from feeds.index import Index
from feeds.index.articles import article
from feeds.index.listings import Listing, children_by_parent
from feeds.query.clause import Clause
from feeds.query.parameters.facet import FacetParameter
from feeds.query.parameters.field import ListField, Option
from feeds.store import Record


class _Topic(FacetParameter, frozen=True, kw_only=True):
    def canonical(self, written: str) -> str:
        return slugify(written)

    def resolved(self, index: Index, term: str) -> str:
        return index.canonical("topic", term)

    def display_name(self, index: Index, term: str) -> str:
        return index.listings.topic(term).name

    def fixed_name(self, index: Index, term: str) -> str:
        return next((each.name for each in index.taxonomy.topics if each.slug == term), term)

    def offered(self, index: Index) -> list[Listing]:
        return index.listings.topics()

    def listed_among(self, index: Index, terms: Collection[str]) -> list[Listing]:
        return index.listings.topics(terms)

    def options(self, index: Index) -> list[Option]:
        return list(_tree(self.offered(index)))

    def fact(self, index: Index, record: Record, clause: Clause) -> str:  # noqa: ARG002
        topics = ", ".join(_lines(index, record))
        return f"it is on {topics}" if topics else "it has no topic"


def _lines(index: Index, record: Record) -> Iterator[str]:
    """The topics of the article in *record*, each with its ancestors."""
    for name in article(record).topics:
        slug = index.canonical("topic", slugify(name))
        above = []
        while slug := index.listings.topic(slug).parent:
            above.append(index.listings.topic(slug).name)
        yield f"{name} (part of {', '.join(above)})" if above else name


def _tree(topics: list[Listing]) -> Iterator[Option]:
    """Yield every topic after its parent."""
    below = children_by_parent(topics, attrgetter("slug"), attrgetter("parent"))

    def branch(parent: str, depth: int) -> Iterator[Option]:
        for topic in below.get(parent, ()):
            yield Option(topic.slug, topic.name, topic.count, depth)
            yield from branch(topic.slug, depth + 1)

    return branch("", 0)


TOPIC = _Topic(
    key="topic",
    problem="not the name of a topic",
    example="topic=oceans,cities",
    meaning="either topic; `topic=oceans&topic=cities` requires both, `topic=-cities` excludes one",
    field=ListField("topics", "build.topics", "build.topics_hint", "build.filter_topics", combines=True),
    segment="topics",
    preposition="on",
    synonyms=("tag", "tags", "category", "categories", "cat", "subject", "section"),
)
