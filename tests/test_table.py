"""Tables of cases: a test of all of them fails for each that fails, and says which."""

import pytest

from tests.table import for_each


def test_a_test_for_each_case_reports_all_that_fail() -> None:
    seen = []

    @for_each(("number", "name"), [(1, "one"), (2, "two"), (3, "three"), (4, "four")])
    def check(number: int, name: str, limit: int) -> None:
        seen.append(name)
        with pytest.raises(ZeroDivisionError):
            _ = 1 // (number - 4)
        assert number < limit

    with pytest.raises(BaseExceptionGroup) as caught:
        check(limit=9)
    assert seen == ["one", "two", "three", "four"]
    notes = [error.__notes__ for error in caught.value.exceptions]
    assert notes == [["case: (1, 'one')"], ["case: (2, 'two')"], ["case: (3, 'three')"]]


def test_a_test_for_each_of_no_cases_fails() -> None:
    @for_each("case", [])
    def check(case: int) -> None:
        raise AssertionError(case)

    with pytest.raises(AssertionError):
        check()


@pytest.mark.parametrize("other", ["a", "b"])
@for_each("case", [1, 2])
def test_fixtures_and_parameters_of_pytest_are_beside_the_cases(
    case: int, other: str, record_property: object
) -> None:
    assert case in (1, 2)
    assert other in ("a", "b")
    assert callable(record_property)
