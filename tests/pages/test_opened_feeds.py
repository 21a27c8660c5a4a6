"""RSS and Atom opened in a browser."""

from collections.abc import Callable
from itertools import cycle, product

import pytest

from tests.pages.browser import SCHEMES, WIDTHS, Visit

pytestmark = pytest.mark.slow

XML = ("rss", "atom")
ENTRIES = "item, entry"
SHOWN = """[...document.querySelectorAll("*")]
  .filter(each => each.checkVisibility()).map(each => each.localName)"""
CONTRAST = """() => {
  const light = colour => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const style = name => getComputedStyle(document.querySelector(name));
  const found = [style("item > pubDate").color, style("item").backgroundColor];
  const [dark, bright] = found.map(light).sort((one, other) => one - other);
  return (bright + 0.05) / (dark + 0.05);
}"""


@pytest.mark.parametrize("extension", XML)
def test_it_shows_entries_and_nothing_for_machines(extension: str, visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go(f"/topics/oceans.{extension}")
    assert page.evaluate("document.contentType") == "text/xml"
    for width, scheme in zip(WIDTHS, cycle(SCHEMES), strict=False):
        visitor.resize(width)
        page.emulate_media(color_scheme=scheme)
        assert not visitor.overflows()
        shown = set(page.evaluate(SHOWN))
        assert {"title", "link", "a", "name" if extension == "atom" else "creator"} <= shown
        assert (
            not {"guid", "id", "encoded", "content", "updated", "enclosure", "category", "generator"}
            & shown
        )
        assert page.locator(ENTRIES).first.is_visible()
    text = "\n".join(page.locator(f":is({ENTRIES}) > *:visible").all_text_contents())
    assert "<" not in text


@pytest.mark.parametrize("extension", XML)
def test_it_says_what_it_is_and_its_page_and_every_entry_are_one_click_away(
    extension: str, visit: Callable[..., Visit]
) -> None:
    visitor = visit()
    page = visitor.go(f"/topics/oceans.{extension}")
    root = "channel" if extension == "rss" else "feed"
    said = page.evaluate(f"getComputedStyle(document.querySelector('{root}'), '::before').content")
    assert "This is a feed." in said
    link = page.locator(f"{root} > link:visible")
    assert link.count() == 1
    assert link.text_content() == f"{visitor.url}/topics/oceans"
    assert link.evaluate("each => getComputedStyle(each, '::after').content") in ("none", "normal")
    entry = page.locator(f":is({ENTRIES})").first
    links = entry.locator("a:visible")
    assert links.count() == 2
    assert links.first.text_content() == entry.locator("> title").text_content()
    assert links.first.evaluate("each => each.href") == links.last.text_content()
    link.locator("a").click()
    page.wait_for_url(f"{visitor.url}/topics/oceans")
    assert page.evaluate("document.contentType") == "text/html"


def test_a_list_of_feeds_shows_names_that_lead_to_their_pages(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go("/opml")
    assert page.evaluate("document.contentType") == "text/xml"
    for width, scheme in zip(WIDTHS, cycle(SCHEMES), strict=False):
        visitor.resize(width)
        page.emulate_media(color_scheme=scheme)
        assert not visitor.overflows()
    said = page.evaluate("getComputedStyle(document.documentElement, '::before').content")
    assert "This is a list of feeds." in said
    outlines = page.locator("outline[xmlUrl]")
    assert outlines.count() > 10
    assert page.locator("outline[xmlUrl] > a:visible").count() == 2 * outlines.count()
    page.locator("outline[text=Oceans] > a").first.click()
    page.wait_for_url(f"{visitor.url}/topics/oceans")


def test_markup_is_not_shown_as_text(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    for extension, content in product(XML, ("summary", "title")):
        page = visitor.go(f"/feed.{extension}?content={content}&limit=5")
        text = "\n".join(page.locator(f":is({ENTRIES}) > *:visible").all_text_contents())
        assert text.strip()
        assert "<p>" not in text
        assert "<img" not in text


def test_its_words_stand_out_enough(visit: Callable[..., Visit]) -> None:
    """WCAG 1.4.3: 4.5 to 1, also for the quietest of them."""
    page = visit().go("/feed.rss?limit=5")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(CONTRAST) >= 4.5, scheme
