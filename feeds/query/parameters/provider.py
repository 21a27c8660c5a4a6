"""The parameter ``provider``."""

import re
from collections.abc import Collection

from feeds.corpus.taxonomy import domain_of
from feeds.index import Index
from feeds.index.articles import article
from feeds.index.listings import Listing
from feeds.query.clause import Clause
from feeds.query.parameters.facet import FacetParameter
from feeds.query.parameters.field import ListField
from feeds.store import Record


class _Provider(FacetParameter, frozen=True, kw_only=True):
    def canonical(self, written: str) -> str:
        return written.lower() if re.fullmatch(r'(?!-)[^\s",/?#@%\\]+', written) else ""

    def resolved(self, index: Index, term: str) -> str:
        domain = domain_of(term)  # as files write it: www.tidalpost.example is tidalpost.example
        is_other = index.postings(self.key, term) is None and domain != term
        return domain if is_other and index.postings(self.key, domain) is not None else term

    def display_name(self, index: Index, term: str) -> str:
        return index.listings.provider(term).name

    def offered(self, index: Index) -> list[Listing]:
        return index.listings.providers()

    def listed_among(self, index: Index, terms: Collection[str]) -> list[Listing]:
        return index.listings.providers(terms)

    def fact(self, index: Index, record: Record, clause: Clause) -> str:  # noqa: ARG002
        provider = article(record).provider
        return f"it is from {provider.domain}" if provider else "it has no provider"


PROVIDER = _Provider(
    key="provider",
    problem="not a domain",
    example="provider=tidalpost.example",
    meaning="providers by domain, combined in the same way",
    field=ListField("providers", "build.providers", "build.providers_hint", "build.filter_providers"),
    segment="providers",
    placeholder="DOMAIN",
    inside=("topic",),
    preposition="from",
    synonyms=("publisher", "publication", "domain"),
)
