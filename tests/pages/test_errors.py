"""Errors as a browser shows them."""

from collections.abc import Callable

import pytest

from tests.pages.browser import SCHEMES, Visit
from tests.table import pairs

pytestmark = pytest.mark.slow

ERRORS = ("/nothing", "/topics/ocean", "/?limit=0", "/topics/" + "x" * 300, "/?limit=" + "9" * 300)


@pytest.mark.parametrize(("path", "scheme"), pairs(ERRORS, SCHEMES))
def test_it_is_accessible_and_fits_a_narrow_window(
    path: str, scheme: str, visit: Callable[..., Visit]
) -> None:
    visitor = visit(color_scheme=scheme, width=320, height=900)
    visitor.go(path)
    assert visitor.violations() == []
    assert not visitor.overflows()
    (status,) = visitor.complaints  # of the browser, that it is an error
    assert "the server responded with a status of 40" in status
    visitor.complaints.clear()


def test_the_nearest_name_is_one_key_away(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go("/topics/ocean")
    page.get_by_role("main").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/topics/oceans")
    visitor.complaints.clear()
