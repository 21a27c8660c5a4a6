"""Tables of cases: all checked in one test, or pairs instead of a full product."""

from collections.abc import Callable, Iterable
from itertools import cycle, product
from typing import TypeVar

Case = TypeVar("Case")
Other = TypeVar("Other")


def check_each(cases: Iterable[Case], check: Callable[[Case], object]) -> None:
    """Call *check* with each of *cases*; then raise all failures at once, each with its case."""
    errors = []
    for case in cases:
        try:
            check(case)
        except Exception as error:  # any error is a failed case
            error.add_note(f"case: {case!r}")
            errors.append(error)
    if errors:
        raise ExceptionGroup(f"{len(errors)} cases failed", errors)


def pairs(cases: Iterable[Case], others: Iterable[Other]) -> list[tuple[Case, Other]]:
    """Each of *cases* with one of *others* in turn, and the first with all *others*: no full product."""
    cases, others = list(cases), list(others)
    return [*zip(cases, cycle(others), strict=False), *product(cases[:1], others[1:])]
