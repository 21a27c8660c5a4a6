"""Requirements of every kind of page, in every width and colour scheme."""

from collections.abc import Callable

import pytest

from tests.pages.browser import SCHEMES, Scheme, Visit

pytestmark = pytest.mark.slow

ARTICLE = "/articles/2023-11-30-a-day-among-the-lighthouses-of-hartsease"
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
    "/feed",
    "/topics",
    "/providers",
    "/authors",
    "/authors/odile-brandt",
    "/search",
    "/hub",
    "/reader-check",
    "/reader-check/new",
)


@pytest.mark.parametrize(
    ("path", "narrow", "wide"),
    [(path, SCHEMES[number % 2], SCHEMES[(number + 1) % 2]) for number, path in enumerate(KINDS)],
)
def test_it_is_accessible_and_fits(
    path: str, narrow: Scheme, wide: Scheme, visit: Callable[..., Visit]
) -> None:
    """Contrast is measured once in either scheme; menus and other parts of all pages, in both schemes."""
    visitor = visit()
    page = visitor.go(path)
    for width, scheme in (320, narrow), (768, narrow), (1280, wide):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert visitor.violations(contrast=width != 768) == [], (width, scheme)
        assert not visitor.overflows(), (width, scheme)


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
