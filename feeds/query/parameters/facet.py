"""A parameter with the values of one facet as terms, such as topics."""

from collections.abc import Collection, Iterator, Sequence

from pyroaring import BitMap

from feeds.errors import GoneFeed, UnknownFeed
from feeds.index import Index
from feeds.index.listings import Listing
from feeds.query.clause import Clause
from feeds.query.parameters.field import Option
from feeds.query.parameters.parameter import Parameter, largest_first
from feeds.query.spelling import nearest
from feeds.query.wording import Wording


class FacetParameter(Parameter, frozen=True, kw_only=True):
    """A parameter with known values of one facet as terms; its key is the kind of the facet.

    *preposition* precedes a value in words. Lists of feeds of all kinds contain its *max_listed* largest
    feeds, so that these do not crowd out the others; 0 for all.
    """

    preposition: str = "of"
    max_listed: int = 0
    names_feed: bool = True
    leaves_tombstones: bool = True

    def display_name(self, index: Index, term: str) -> str:  # noqa: ARG002
        """The name of a known *term*."""
        return term

    def fixed_name(self, index: Index, term: str) -> str:  # noqa: ARG002
        """A name of *term* that does not depend on articles."""
        return term

    def offered(self, index: Index) -> list[Listing]:  # noqa: ARG002
        """The feeds of this facet on offer, in listing order."""
        return []

    def listed(self, index: Index) -> list[Listing]:
        """The feeds of this facet that lists of feeds of all kinds contain."""
        return self.offered(index)

    def listed_among(self, index: Index, terms: Collection[str]) -> list[Listing]:
        """The ``listed`` feeds of *terms*, in the same order."""
        return [each for each in self.listed(index) if each.slug in terms]

    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:  # noqa: ARG002
        if index.gone(self.key, term):
            if clause.single:
                raise GoneFeed(self.key, term)
            return BitMap()  # the other terms remain
        found = index.postings(self.key, term)
        if found is None:
            raise UnknownFeed(self.key, term, nearest(term, index.listings.known(self.key)))
        return found

    def describe(self, index: Index, clause: Clause, words: Wording) -> str:
        no = "not " if clause.excluded else ""
        return words(f"{no}{self.preposition} {{names}}", names=words.either(self._names(index, clause)))

    def describe_all(self, index: Index, clauses: Sequence[Clause], words: Wording) -> str:
        if not all(clause.single for clause in clauses):
            return super().describe_all(index, clauses, words)
        both = "both " if len(clauses) == 2 else ""
        return words(f"{self.preposition} {both}{{names}}", names=self.name_all(index, clauses, words))

    def exception(self, index: Index, clause: Clause, words: Wording) -> str:
        return words(f"{self.preposition} {{names}}", names=words.either(self._names(index, clause)))

    def shown_exception(self, index: Index, clause: Clause, words: Wording) -> str:
        names = words.either(self.display_name(index, term) for term in clause.terms)
        return words(f"{self.preposition} {{names}}", names=names)

    def name(self, index: Index, clause: Clause, words: Wording) -> str:
        names = self._names(index, clause)
        return (
            words("except {names}", names=words.every(names)) if clause.excluded else words.either(names)
        )

    def name_all(self, index: Index, clauses: Sequence[Clause], words: Wording) -> str:
        if not all(clause.single for clause in clauses):
            return super().name_all(index, clauses, words)
        return words.every(self.name(index, clause, words) for clause in clauses)

    def _names(self, index: Index, clause: Clause) -> list[str]:
        # A display name can come from articles. Excluded articles are not in the feed, so a change of
        # such an article must not change the title of the feed.
        name = self.fixed_name if clause.excluded else self.display_name
        return [name(index, term) for term in clause.terms]

    def options(self, index: Index) -> list[Option]:
        return largest_first(self._options(index))

    def _options(self, index: Index) -> Iterator[Option]:
        for each in self.offered(index):
            yield Option(each.slug, each.name, each.count)
