"""The parameter ``author``."""

from feeds.article import author_names, slugify
from feeds.index import Index
from feeds.index.articles import article
from feeds.index.listings import Listing
from feeds.query.clause import Clause
from feeds.query.parameters.facet import FacetParameter
from feeds.query.parameters.field import ListField
from feeds.store import Record


class _Author(FacetParameter, frozen=True, kw_only=True):
    """Authors, identified by the slug of the name alone; e-mail addresses are ignored."""

    def canonical(self, written: str) -> str:
        return slugify(" ".join(author_names([written])))

    def display_name(self, index: Index, term: str) -> str:
        return index.listings.author(term).name

    def offered(self, index: Index) -> list[Listing]:
        """The authors with articles, those with the most first: many corpora have thousands."""
        return _largest_first(index.listings.authors())

    def listed(self, index: Index) -> list[Listing]:
        return _largest_first(index.listings.authors(self.max_listed))[: self.max_listed]

    def fact(self, index: Index, record: Record, clause: Clause) -> str:  # noqa: ARG002
        names = author_names(article(record).authors)
        return f"it is by {', '.join(names)}" if names else "it names no author"


def _largest_first(authors: list[Listing]) -> list[Listing]:
    return sorted(authors, key=lambda each: -each.count)


AUTHOR = _Author(
    key="author",
    problem="not the name of an author",
    example="author=noor-castellan",
    meaning="authors by name, combined in the same way",
    field=ListField(
        "kinds",
        "build.author",
        filter="build.filter_authors",
        more="build.beyond_authors",
        combines=True,
        position=1,
    ),
    segment="authors",
    preposition="by",
    synonyms=("creator", "writer", "byline"),
    max_listed=100,
)
