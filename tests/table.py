"""Tables of cases: all checked in one test, or pairs instead of a full product."""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import signature
from itertools import cycle, product
from typing import Any, TypeVar

import pytest

Case = TypeVar("Case")
Other = TypeVar("Other")


def check_each(cases: Iterable[Case], check: Callable[[Case], object]) -> None:
    """Call *check* with each of *cases*; then raise all failures at once, each with its case."""
    errors: list[BaseException] = []
    for case in cases:
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:  # any error is a failed case
            error.add_note(f"case: {case!r}")
            errors.append(error)
    if errors:
        raise BaseExceptionGroup(f"{len(errors)} cases failed", errors)


def for_each(
    names: str | tuple[str, ...], cases: Iterable[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a test that checks all of *cases*, as its arguments *names*, in one test.

    For long tables and lists that a program has, such as all settings: pytest needs 5 ms for each case of
    parametrize. The cases share the fixtures of the test.
    """
    cases = list(cases)
    own = (names,) if isinstance(names, str) else names

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def checked(**fixtures: Any) -> None:
            def check(case: Any) -> None:
                values = (case,) if isinstance(names, str) else case
                test(**dict(zip(own, values, strict=True)), **fixtures)

            assert cases
            check_each(cases, check)

        of_test = signature(test)
        others = [each for name, each in of_test.parameters.items() if name not in own]
        vars(checked)["__signature__"] = of_test.replace(parameters=others)
        return checked

    return decorate


def pairs(cases: Iterable[Case], others: Iterable[Other]) -> list[tuple[Case, Other]]:
    """Each of *cases* with one of *others* in turn, and the first with all *others*: no full product."""
    cases, others = list(cases), list(others)
    return [*zip(cases, cycle(others), strict=False), *product(cases[:1], others[1:])]
