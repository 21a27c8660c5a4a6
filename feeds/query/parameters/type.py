"""The parameter ``type``."""

from collections.abc import Iterator

from feeds.article import slugify
from feeds.index import Index
from feeds.index.articles import article
from feeds.query.clause import Clause
from feeds.query.parameters.facet import FacetParameter
from feeds.query.parameters.field import ListField, Option
from feeds.store import Record


class _Type(FacetParameter, frozen=True, kw_only=True):
    def canonical(self, written: str) -> str:
        return slugify(written)

    def fact(self, index: Index, record: Record, clause: Clause) -> str:  # noqa: ARG002
        type_ = article(record).type
        return f"it is of type {type_}" if type_ else "it has no type"

    def _options(self, index: Index) -> Iterator[Option]:
        for value in index.listings.known(self.key):
            yield Option(value, value, len(index.postings(self.key, value) or ()))


TYPE = _Type(
    key="type",
    problem="not a type",
    example="type=video",
    meaning="types of articles, combined like topics",
    field=ListField("kinds", "build.type"),
    preposition="of type",
    synonyms=("kind", "post_type"),
    names_feed=False,
)
