"""The interface of a query parameter that selects articles, and the code that most of them share."""

import re
from collections.abc import Iterable, Sequence
from functools import reduce

from msgspec import Struct
from pyroaring import BitMap

from feeds.errors import QueryError
from feeds.index import Index
from feeds.query.clause import Clause
from feeds.query.parameters.field import Field, Option
from feeds.query.wording import Wording
from feeds.store import Record

MAX_VALUE_LENGTH = 500  # characters


class Parameter(Struct, frozen=True, kw_only=True):
    """A query parameter that selects articles, with everything specific to it.

    *problem* is the error of an invalid value, in which ``{choices}`` stands for *choices*. *example* is
    a valid argument, and with *meaning* its row in the documentation. *field* is its form field.

    *segment* is the first part of the paths of the parameter's own feeds, such as ``topics``, empty if
    it has none. *placeholder* represents a term in such a path. The path may follow that of a parameter
    in *inside*. *synonyms* are names of the same parameter on other servers, which are refused.

    If *names_feed*, an included term is part of a feed's title. If *ranks*, it selects articles by heat
    or quality. If *leaves_tombstones*, the store records when an article stops satisfying it.
    """

    key: str
    problem: str
    example: str
    meaning: str
    field: Field
    segment: str = ""
    placeholder: str = "NAME"
    inside: tuple[str, ...] = ()
    names_feed: bool = False
    ranks: bool = False
    leaves_tombstones: bool = False
    synonyms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    takes_list: bool = True  # values are separated by commas and may be excluded

    def canonical(self, written: str) -> str:
        """The canonical form of one term, empty if it is malformed."""
        raise NotImplementedError

    def resolved(self, index: Index, term: str) -> str:  # noqa: ARG002
        """The current name of *term*, which may have been renamed."""
        return term

    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:
        """The positions that *term* of *clause* selects; a share is a share of *among*.

        Raises UnknownFeed and GoneFeed.
        """
        raise NotImplementedError

    def describe(self, index: Index, clause: Clause, words: Wording) -> str:
        """The clause in words: ``on AI or Go``, ``not from bell.example``, ``among the hottest 10%``."""
        raise NotImplementedError

    def describe_all(self, index: Index, clauses: Sequence[Clause], words: Wording) -> str:
        """Several included clauses in words: ``on both AI and Go``."""
        return joined((self.describe(index, clause, words) for clause in clauses), words)

    def exception(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        """An excluded clause after "except those": ``on AI or Go``; empty to describe it as it is."""
        return ""

    def shown_exception(self, index: Index, clause: Clause, words: Wording) -> str:
        """The exception as a page shows it: unlike the text of a feed, it may change with any article."""
        return self.exception(index, clause, words)

    def name(self, index: Index, clause: Clause, words: Wording) -> str:
        """The clause in the title of a feed: ``AI or Go``, ``except bell.example``, ``hottest 10%``."""
        return self.describe(index, clause, words)

    def name_all(self, index: Index, clauses: Sequence[Clause], words: Wording) -> str:
        """Several included clauses in the title of a feed: ``AI and Go``."""
        return " · ".join(self.name(index, clause, words) for clause in clauses)

    def fact(self, index: Index, record: Record, clause: Clause) -> str:  # noqa: ARG002
        """The article's value for this parameter in words, empty if yes or no is enough."""
        return ""

    def options(self, index: Index) -> list[Option]:  # noqa: ARG002
        """The values that a list field offers."""
        return []

    def is_share(self, clause: Clause) -> bool:  # noqa: ARG002
        """Return whether *clause* selects a share of the articles that satisfy the other clauses."""
        return False

    def moves(self, clause: Clause) -> bool:  # noqa: ARG002
        """Return whether the newest article of all changes the selection, even if it does not match."""
        return False

    def admits_later(self, clause: Clause) -> bool:  # noqa: ARG002
        """Return whether an unchanged article may satisfy *clause* later."""
        return False

    def clauses(self, value: str) -> list[Clause]:
        """Parse one value from an address into clauses. Raises QueryError."""
        if len(value) > MAX_VALUE_LENGTH:
            most = str(MAX_VALUE_LENGTH)
            raise QueryError(self.key, "longer than {most} characters", "shorten the value", most=most)
        terms = self.terms(value)
        if not any(terms) or not all(all(part) for part in terms):
            raise QueryError(
                self.key, self.problem, "use {example}", value,
                example=self.example, choices=", ".join(self.choices),
            )  # fmt: skip
        parts = zip(terms, (False, True), strict=True)
        return [Clause.of(self.key, part, excluded=excluded) for part, excluded in parts if part]

    def terms(self, value: str) -> tuple[list[str], list[str]]:
        """The canonical terms that *value* includes, and those it excludes; malformed terms are empty."""
        items = split_items(value) if self.takes_list else [value]
        excluded = [item for item in items if self.takes_list and item.startswith("-")]
        wanted = [item for item in items if item not in excluded]
        return [*map(self.canonical, wanted)], [self.canonical(item[1:].strip()) for item in excluded]

    def select(self, index: Index, clause: Clause, among: BitMap) -> BitMap:
        """The positions that satisfy *clause*; a share is a share of *among*. Do not change the bitmap.

        Raises UnknownFeed and GoneFeed.
        """
        each = [self.postings(index, clause, term, among) for term in clause.terms]
        found = BitMap.union(*each) if len(each) > 1 else each[0]
        return index.everything - found if clause.excluded else found


def split_items(value: str) -> list[str]:
    """Split *value* at commas outside of quotation marks, without empty parts."""
    parts = re.findall(r'(?:"[^"]*"?|[^",])+', value)
    return [part.strip() for part in parts if part.strip()] or [value]


def joined(phrases: Iterable[str], words: Wording) -> str:
    """Join *phrases* that all hold: ``on AI and on Go or iOS``."""
    return reduce(lambda one, other: words("{one} and {other}", one=one, other=other), phrases)


def largest_first(options: Iterable[Option]) -> list[Option]:
    """Sort *options* by their number of articles, then by name."""
    return sorted(options, key=lambda each: (-(each.count or 0), each.name.casefold(), each.value))
