"""Requirements of every kind of page, in every width and colour scheme."""

from collections.abc import Callable

import pytest

from tests.pages.browser import Visit

pytestmark = pytest.mark.slow

KINDS = (
    "/",
    "/topics/oceans",
    "/?q=tide&sort=heat",
    "/search?q=oyster,tide&since=1y",
    "/search?q=oister",
    "/topics/oceans/daily",
    "/articles/2023-11-30-a-day-among-the-lighthouses-of-hartsease",
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
    "/about/api",
)

# Every width and every scheme; contrast depends on the scheme, overflow on the width.
SCREENS = ((320, "light"), (768, "dark"), (1280, "light"), (320, "dark"))


@pytest.mark.parametrize("path", KINDS)
def test_it_is_accessible_and_fits(path: str, visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go(path)
    for width, scheme in SCREENS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert visitor.violations() == [], (width, scheme)
        assert not visitor.overflows(), (width, scheme)
