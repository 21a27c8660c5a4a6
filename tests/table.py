"""One test for a whole table of cases."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Case = TypeVar("Case")


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
