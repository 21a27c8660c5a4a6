"""What holds for every kind of page, in every width and colour scheme."""

from collections.abc import Callable

import pytest

from tests.pages.browser import SCHEMES, WIDTHS, Visit

KINDS = (
    "/",
    "/topics/oceans",
    "/?q=tide&sort=heat",
    "/topics/oceans/daily",
    "/topics/oceans/providers/tidalpost.example",
    "/build",
    "/build?topic=food,oceans&topic=cities,books&lang=en&min_heat=5&limit=3",
    "/embed",
    "/embed/topics/oceans",
    "/embed/feed?look=cards&accent=ffdd00",
    "/embed/feed?look=headlines&count=8&accent=000",
    "/embed/feed?look=ticker&accent=fff",
    "/embed/feed?look=cards&images=off&theme=dark&accent=1a5fb4",
    "/status",
)


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_accessible_and_fits(
    path: str, scheme: str, width: int, visit: Callable[..., Visit]
) -> None:
    visitor = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    visitor.go(path)
    assert visitor.violations() == []
    assert not visitor.overflows()
