"""One condition of a Query: the values of one parameter, all included or all excluded."""

from collections.abc import Iterable

from msgspec import Struct


class Clause(Struct, frozen=True, order=True):
    """A condition on articles: the parameter *key* has one of *terms*, or none of them if *excluded*.

    Terms are in canonical form, sorted and unique.
    """

    key: str
    excluded: bool
    terms: tuple[str, ...]

    @classmethod
    def of(cls, key: str, terms: Iterable[str], *, excluded: bool = False) -> "Clause":
        """The clause of *terms* in any order, with repetitions."""
        return cls(key, excluded, tuple(sorted(set(terms))))

    @property
    def single(self) -> bool:
        """True if the clause requires one term, without alternatives."""
        return len(self.terms) == 1 and not self.excluded

    @property
    def value(self) -> str:
        """The value of its parameter in an address: ``ai,go``, ``-rust``."""
        return ",".join(f"-{term}" if self.excluded else term for term in self.terms)
