"""Requirements of every kind of page, in every width and colour scheme."""

from collections.abc import Callable, Iterator
from itertools import cycle

import pytest

from tests.pages.browser import SCHEMES, Scheme, Visit
from tests.table import for_each

pytestmark = pytest.mark.slow

ARTICLE = "/articles/2025-11-20-can-oyster-growers-save-the-whale-songs-of-aldergate"
KINDS = (  # pages of one template are in one line
    ("/",),
    ("/topics/oceans", "/topics/oceans/providers/tidalpost.example", "/authors/odile-brandt"),
    ("/feed?limit=12", "/?q=tide&sort=heat"),
    ("/search?q=oyster,tide&since=1y", "/search?q=oister", "/search"),
    ("/topics/oceans/daily",),
    (ARTICLE,),
    ("/build?topic=food,oceans&topic=cities,books&lang=en&min_heat=5&limit=3",),
    ("/embed",),
    (
        "/embed/topics/oceans",
        "/embed/feed?look=cards&accent=ffdd00",
        "/embed/feed?look=headlines&count=8&accent=000",
        "/embed/feed?look=ticker&accent=fff",
        "/embed/feed?look=cards&images=off&theme=dark&accent=1a5fb4",
    ),
    ("/status",),
    ("/about/api",),
    ("/about/polling",),
    ("/providers", "/topics", "/authors"),
    ("/hub",),
    ("/reader-check",),
    ("/reader-check/new",),
)
WIDTHS = (320, 768, 1280)


def cases() -> Iterator[tuple[str, dict[int, Scheme]]]:
    """Each path with the widths in which axe looks, and the colour scheme of each.

    The first page of a template is looked at in both widths and schemes, each other one in one of them.
    """
    schemes, widths = cycle(SCHEMES), cycle((320, 1280))
    for first, *others in KINDS:
        yield first, {320: next(schemes), 1280: next(schemes)}
        next(schemes)  # the next template begins with the other scheme
        for path in others:
            yield path, {next(widths): next(schemes)}


UNSIZED = """[...document.images].filter((image) =>
  !(image.getAttribute("width") > 0 && image.getAttribute("height") > 0 && image.hasAttribute("alt"))
).map((image) => image.outerHTML)"""


@pytest.fixture
def visitor(visit: Callable[..., Visit]) -> Visit:
    return visit()


@for_each(("path", "seen"), cases())
def test_every_kind_of_page_is_accessible_and_fits_and_says_how_large_its_pictures_are(
    path: str, seen: dict[int, Scheme], visitor: Visit
) -> None:
    """A window of medium width shows no element that neither of the others shows."""
    page = visitor.go(path)
    assert page.evaluate(UNSIZED) == []
    for width in WIDTHS:
        visitor.resize(width)
        assert not visitor.overflows(), width
        if width in seen:
            page.emulate_media(color_scheme=seen[width])
            assert visitor.violations() == [], (width, seen[width])
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
