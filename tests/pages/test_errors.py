"""Errors as a browser shows them."""

from collections.abc import Callable

import pytest

from tests.pages.browser import SCHEMES, Scheme, Visit
from tests.table import for_each, pairs

pytestmark = pytest.mark.slow

ERRORS = ("/nothing", "/topics/ocean", "/?limit=0", "/topics/" + "x" * 300, "/?limit=" + "9" * 300)


@pytest.fixture
def visitor(visit: Callable[..., Visit]) -> Visit:
    return visit(width=320, height=900)


@for_each(("path", "scheme"), pairs(ERRORS, SCHEMES))
def test_it_is_accessible_and_fits_a_narrow_window(path: str, scheme: Scheme, visitor: Visit) -> None:
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.go(path)
    complaints, visitor.complaints = visitor.complaints, []
    assert len(complaints) == 1  # of the browser, that it is an error
    assert "the server responded with a status of 40" in complaints[0]
    assert visitor.violations() == []
    assert not visitor.overflows()


def test_the_nearest_name_is_one_key_away(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go("/topics/ocean")
    page.get_by_role("main").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/topics/oceans")
    visitor.complaints.clear()
