"""The available feeds: topics, providers and authors with their names and sizes."""

from collections import Counter
from collections.abc import Callable, Iterable
from heapq import nlargest
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from feeds.article import Provider, Topic
from feeds.index.documents import Documents
from feeds.index.postings import Names, Postings

_Topic = TypeVar("_Topic")  # any value that stands for a topic


class Listing(Struct, frozen=True):
    """An available feed; *newest* is in seconds since 1970, 0 if the feed is empty."""

    slug: str
    name: str
    parent: str
    count: int
    newest: int
    url: str = ""


class Listings(Struct, frozen=True, eq=False):
    """The feeds of topics, providers and authors. Do not change it.

    *names* counts the articles with each spelling of a facet's name; *known_topics* and *organizations*
    are from the taxonomy, by slug and domain.
    """

    documents: Documents
    postings: Postings
    names: Names
    known_topics: dict[str, Topic]
    organizations: dict[str, Provider]

    def known(self, kind: str) -> set[str]:
        """The slugs of the available feeds of a *kind*, including empty ones of the taxonomy."""
        slugs = set(map(str, self.postings.lists[kind]))
        if kind == "topic":
            slugs.update(self.known_topics)
            slugs -= {topic.slug for topic in self.known_topics.values() if topic.gone}
        if kind == "provider":
            slugs.update(self.organizations)
        return slugs

    def count_with_articles(self, kind: str) -> int:
        """The number of feeds of a *kind* with articles."""
        return len(self.postings.lists[kind])

    def is_known(self, kind: str, slug: str) -> bool:
        """Return whether *slug* is one of the ``known`` slugs of a *kind*."""
        if kind == "topic" and slug in self.known_topics:
            return not self.is_gone(slug)
        in_taxonomy = kind == "provider" and slug in self.organizations
        return in_taxonomy or slug in self.postings.lists[kind]

    def is_gone(self, slug: str) -> bool:
        """Return whether the taxonomy marks the feed of a topic as ended for good."""
        known = self.known_topics.get(slug)
        return known is not None and known.gone

    def topic(self, slug: str) -> Listing:
        """The topic called *slug*, which must be known."""
        known = self.known_topics.get(slug)
        name = known.name if known else self._name("topic", slug)
        return self._listing("topic", slug, name, known.parent if known else "")

    def topics(self, among: Iterable[str] | None = None) -> list[Listing]:
        """Every topic, or the known ones *among* some, by name."""
        slugs = (
            self.known("topic")
            if among is None
            else {each for each in among if self.is_known("topic", each)}
        )
        return sorted(map(self.topic, slugs), key=_by_name)

    def author(self, slug: str) -> Listing:
        """The author called *slug*, under the most common spelling of the name."""
        return self._listing("author", slug, self._name("author", slug))

    def authors(self, most: int = 0) -> list[Listing]:
        """Every author with articles, by name, or at least the *most* authors with the most articles."""
        lists = self.postings.lists["author"]
        largest = nlargest(most, map(len, lists.values()))
        least = largest[-1] if largest else 0
        found = (str(slug) for slug, positions in lists.items() if len(positions) >= least)
        return sorted(map(self.author, found), key=_by_name)

    def provider(self, domain: str) -> Provider:
        """The provider at *domain*: from the taxonomy, else from most of its articles.

        If fewer than two thirds of the articles agree on a name, the name is the domain.
        """
        known = self.organizations.get(domain)
        names = self._names("provider", domain)
        likely: Provider | None = _most_common(names)
        if known or not likely:
            return known or Provider(domain, domain)
        called = sum(count for each, count in names.items() if each.name == likely.name)
        if 3 * called < 2 * names.total():
            return msgspec.structs.replace(likely, name=domain, logo=None)
        return likely

    def providers(self, among: Iterable[str] | None = None) -> list[Listing]:
        """Every provider with articles, or those *among* some, by name.

        Organizations without articles are left out.
        """
        lists = self.postings.lists["provider"]
        domains = lists if among is None else (domain for domain in among if domain in lists)
        providers = (self.provider(str(domain)) for domain in domains)
        listings = (self._listing("provider", it.domain, it.name, url=it.url) for it in providers)
        return sorted(listings, key=_by_name)

    def _names(self, kind: str, slug: str) -> Counter[Any]:
        return self.names.get((kind, slug)) or Counter()

    def _name(self, kind: str, slug: str) -> str:
        return _most_common(self._names(kind, slug)) or slug

    def _listing(self, kind: str, slug: str, name: str, parent: str = "", url: str = "") -> Listing:
        positions = self.postings.get(kind, slug)
        return Listing(slug, name, parent, len(positions), self.documents.newest_at(positions), url)


def children_by_parent(
    topics: Iterable[_Topic], slug: Callable[[_Topic], str], parent: Callable[[_Topic], str]
) -> dict[str, list[_Topic]]:
    """Group *topics* by the slug of the parent; topics with a parent not in *topics* are under ``""``."""
    topics = list(topics)
    known = set(map(slug, topics))
    found: dict[str, list[_Topic]] = {}
    for topic in topics:
        above = parent(topic)
        found.setdefault(above if above in known else "", []).append(topic)
    return found


def _by_name(listing: Listing) -> tuple[str, str]:
    return listing.name.casefold(), listing.slug


def _most_common(names: Counter[Any]) -> Any:
    """The most common of *names*; among equally common ones, the choice is the same everywhere."""
    return min(names, key=lambda name: (-names[name], repr(name)), default=None)
