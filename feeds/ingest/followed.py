"""Facts of the articles in a store, kept up to date: only articles that changed are read again."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import msgspec

from feeds.article import FacetFields
from feeds.store import Store
from feeds.store.records import each_content

Followed = TypeVar("Followed")


class FollowedArticles(Generic[Followed]):
    """The facts that *fact_of* finds in the contents of live articles in *store*; None is no fact.

    Only articles whose facets *may_have* one are unpacked.
    """

    def __init__(
        self,
        store: Store,
        may_have: Callable[[FacetFields], bool],
        fact_of: Callable[[bytes], Followed | None],
    ) -> None:
        self._store = store
        self._may_have = may_have
        self._fact_of = fact_of
        self._identity = ""
        self._revision = 0
        self._by_id: dict[str, Followed] = {}

    def facts(self) -> Mapping[str, Followed]:
        """The present facts, by the ids of their articles."""
        identity = self._store.identity
        known = self._revision if self._identity == identity else 0
        if not known or known != self._store.revision():
            self._update(known)
            self._identity = identity
        return self._by_id

    def _update(self, known: int) -> None:
        """Read the articles that changed since the revision *known*."""
        found = self._store.changes_since(known)
        if not found.partial:
            self._by_id.clear()
        for id_ in (*found.removed, *(record.id for record in found.records)):
            self._by_id.pop(id_, None)
        likely = [record for record in found.records if self._may_have(_facets.decode(record.facets))]
        for record, content in zip(likely, each_content(likely), strict=True):
            if (fact := self._fact_of(content)) is not None:
                self._by_id[record.id] = fact
        self._revision = found.revision


_facets = msgspec.msgpack.Decoder(FacetFields)
