"""Random choices that are the same for the same seed."""

from random import Random
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """A sequence of choices, made with ``Random.random`` alone: it is the same in all Python versions."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random  # noqa: S311  (nothing here is secret)

    def below(self, number: int) -> int:
        """Return an integer from 0 to *number* - 1."""
        return int(self._random() * number)

    def chance(self, share: float) -> bool:
        """Return True with probability *share*."""
        return self._random() < share

    def one(self, members: tuple[T, ...]) -> T:
        """Return one of *members*."""
        return members[self.below(len(members))]

    def some(self, members: tuple[str, ...], count: int) -> list[str]:
        """Return *count* different *members*; ``len(members)`` must be a prime number."""
        start, step = self.below(len(members)), 1 + self.below(len(members) - 1)
        return [members[(start + i * step) % len(members)] for i in range(count)]

    def rating(self) -> int:
        """Return a rating from 0 to 100: usually 20 to 71, rarely lower or higher."""
        match self.below(25):
            case 0:
                return 75 + self.below(26)
            case 1:
                return self.below(20)
        return 20 + sum(self.below(18) for _ in range(3))
