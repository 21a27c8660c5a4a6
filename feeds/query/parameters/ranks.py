"""The parameters ``min_quality`` and ``min_heat``: a minimum, or a share of the articles."""

import re
from math import ceil

from pyroaring import BitMap

from feeds.index import Index
from feeds.index.articles import article
from feeds.query.clause import Clause
from feeds.query.parameters.field import TextField
from feeds.query.parameters.parameter import Parameter
from feeds.query.wording import Wording
from feeds.store import Record

_SUGGESTIONS = ("top1%", "top10%", "top25%")
_PROBLEM = "not a whole number or a share"


class _Rank(Parameter, frozen=True, kw_only=True):
    """A minimum *rank*, or a share of the articles with the highest; *superlative* describes it."""

    rank: str = ""
    superlative: str = ""
    takes_list: bool = False
    ranks: bool = True

    def canonical(self, written: str) -> str:
        share = re.fullmatch("top0{0,3}([1-9][0-9]?|100)%?", written.lower())
        number = re.fullmatch("-?[0-9]{1,9}", written)
        return f"top{share[1]}%" if share else str(int(written)) if number else ""

    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:
        if self.is_share(clause):
            return self._share(index, among, int(term[3:-1]))
        return index.at_least(self.rank, int(term))

    def is_share(self, clause: Clause) -> bool:
        return clause.terms[0].startswith("top")

    def describe(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        (term,) = clause.terms
        if self.is_share(clause):
            return words(f"among the {self.superlative} {{share}}%", share=term[3:-1])
        return words(f"with a {self.rank} of {{number}} or more", number=term)

    def name(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        (term,) = clause.terms
        if self.is_share(clause):
            return words(f"{self.superlative} {{share}}%", share=term[3:-1])
        return words(f"{self.rank} {{number}} or more", number=term)

    def fact(self, index: Index, record: Record, clause: Clause) -> str:  # noqa: ARG002
        return f"its {self.rank} is {getattr(article(record), self.rank)}"

    def _share(self, index: Index, among: BitMap, percent: int) -> BitMap:
        """The highest *percent* of *among*, with all articles that tie with the last of them."""
        missing = ceil(len(among) * percent / 100)
        taken: list[BitMap] = []
        for part in index.ranked(among, self.rank):
            if missing <= 0:
                break
            taken.append(part)
            missing -= len(part)
        return BitMap.union(BitMap(), *taken)


MIN_QUALITY = _Rank(
    key="min_quality",
    problem=_PROBLEM,
    example="min_quality=top10%",
    meaning="a minimum quality, or the best share of the articles that match the other parameters",
    field=TextField("best", "build.quality", "build.rank_hint", suggestions=_SUGGESTIONS, position=1),
    rank="quality",
    superlative="best",
)

MIN_HEAT = _Rank(
    key="min_heat",
    problem=_PROBLEM,
    example="min_heat=50",
    meaning="a minimum heat, in the same way",
    field=TextField("best", "build.heat", "build.rank_hint", suggestions=_SUGGESTIONS),
    rank="heat",
    superlative="hottest",
)
