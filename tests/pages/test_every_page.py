"""Requirements of every kind of page, in every width and colour scheme."""

from collections.abc import Callable

import pytest

from tests.pages.browser import SCHEMES, Scheme, Visit
from tests.table import for_each

pytestmark = pytest.mark.slow

ARTICLE = "/articles/2025-11-20-can-oyster-growers-save-the-whale-songs-of-aldergate"
KINDS = (
    "/",
    "/topics/oceans",
    "/?q=tide&sort=heat",
    "/search?q=oyster,tide&since=1y",
    "/search?q=oister",
    "/topics/oceans/daily",
    ARTICLE,
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
    "/about/polling",
    "/feed?limit=12",
    "/topics",
    "/providers",
    "/authors",
    "/authors/odile-brandt",
    "/search",
    "/hub",
    "/reader-check",
    "/reader-check/new",
)


UNSIZED = """[...document.images].filter((image) =>
  !(image.getAttribute("width") > 0 && image.getAttribute("height") > 0 && image.hasAttribute("alt"))
).map((image) => image.outerHTML)"""


@pytest.fixture
def visitor(visit: Callable[..., Visit]) -> Visit:
    return visit()


@for_each(("path", "narrow", "wide"), [(path, *SCHEMES[:: (-1) ** n]) for n, path in enumerate(KINDS)])
def test_every_kind_of_page_is_accessible_and_fits_and_says_how_large_its_pictures_are(
    path: str, narrow: Scheme, wide: Scheme, visitor: Visit
) -> None:
    """A window of medium width shows no element that neither of the others shows."""
    page = visitor.page
    visitor.resize(320)
    page.emulate_media(color_scheme=narrow)
    visitor.go(path)
    assert page.evaluate(UNSIZED) == []
    assert visitor.violations() == []
    assert not visitor.overflows()
    visitor.resize(768)
    assert not visitor.overflows()
    visitor.resize(1280)
    page.emulate_media(color_scheme=wide)
    assert visitor.violations() == []
    assert not visitor.overflows()
    assert visitor.complaints == []


SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => { for (const each of list.getEntries()) shifts += each.value; })
  .observe({ type: "layout-shift", buffered: true });
"""


def test_nothing_moves_while_pictures_load(visit: Callable[..., Visit]) -> None:
    """Pictures come after the text, and fonts and scripts move nothing either."""
    visitor = visit(width=360)
    visitor.page.context.add_init_script(SHIFTS)
    for path in "/", "/topics/oceans", ARTICLE, "/providers", "/search?q=harbour":
        page = visitor.go(path)
        page.wait_for_load_state("networkidle")
        assert page.locator("main img").count() > 0
        assert page.evaluate("shifts") < 0.01, path
