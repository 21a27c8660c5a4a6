"""The page of a feed, as a visitor uses it to subscribe."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote

import feedparser
import pytest
import segno
from playwright.sync_api import Page, expect

from feeds.formats import FOR_READERS, FORMATS
from feeds.settings.sections import READERS
from tests.pages.browser import Visit, Windows
from tests.server import Server

pytestmark = pytest.mark.slow

PATH = "/topics/oceans"


@pytest.fixture(scope="module")
def opened(windows: Windows, site: Server) -> Iterator[Page]:
    """The page, for tests that only open its menus."""
    visitor = Visit(windows, site.url)
    yield visitor.go(PATH)
    assert visitor.complaints == []
    visitor.close()


def test_buttons_copy_the_addresses_even_where_scripts_have_no_clipboard(
    visit: Callable[..., Visit],
) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.go(PATH)
    address = f"{visitor.url}{PATH}"

    def copied(button: str, name: str) -> str:
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_text(f"Copied: {name}").wait_for(state="attached")
        return str(page.evaluate("navigator.clipboard.readText()"))

    assert copied("Copy address", "RSS") == f"{address}.rss"  # the primary action
    page.get_by_text("More", exact=True).click()
    for extension in (each.extension for each in FOR_READERS):
        name = FORMATS[extension].name
        found = copied(f"Copy address: {name}", name)
        assert found == f"{address}.{extension}"
        assert feedparser.parse(found).entries or extension == "json"
    page.reload()  # which labels its buttons anew
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
    page.get_by_text("More", exact=True).click()
    assert copied("Copy address: Atom", "Atom") == f"{address}.atom"


def test_one_menu_is_open_at_a_time_and_escape_closes_it(opened: Page) -> None:
    readers, more = (
        opened.locator(".menu[open]:has(a[href^='feed:'])"),
        opened.get_by_text("More", exact=True),
    )
    opened.get_by_text("Readers", exact=True).click()
    expect(readers).to_have_count(1)
    more.click()
    expect(readers).to_have_count(0)
    opened.keyboard.press("Escape")
    expect(opened.locator(".menu[open]")).to_have_count(0)


def test_everything_is_reached_by_keyboard(opened: Page) -> None:
    opened.evaluate(
        """() => {
          window.reached = [];
          addEventListener("focusin", ({ target }) => reached.push(target.textContent.trim()));
        }"""
    )
    for menu in "Readers", "More":
        opened.get_by_text(menu, exact=True).focus()
        opened.keyboard.press("Enter")
        for _ in range(20):
            opened.keyboard.press("Tab")
    for _ in range(opened.evaluate("document.querySelectorAll('main a').length")):
        opened.keyboard.press("Tab")
    reached = set(opened.evaluate("reached"))
    for name in ("Copy address", "Open in feed reader", "Feedly", "QR code for your phone"):
        assert any(each.endswith(name) for each in reached), name
    wanted = opened.evaluate("[...document.querySelectorAll('h2 a')].map(a => a.textContent)")
    assert set(wanted) <= reached


def test_web_readers_are_given_the_address(opened: Page, site: Server) -> None:
    opened.get_by_text("Readers", exact=True).click()
    links = dict(
        opened.locator(".menu[open] a").evaluate_all(
            "links => links.map(link => [link.textContent.trim(), link.getAttribute('href')])"
        )
    )
    for name, address in READERS.items():
        before, after = address.split("{url}")
        given = links[name].removeprefix(before).removesuffix(after)
        assert unquote(given) == f"{site.url}{PATH}.rss"
        assert "/" not in given
    assert opened.locator(".menu[open] use").evaluate_all(
        "each => each.every(it => it.getBBox().width > 9)"
    )


def test_the_qr_code_is_of_the_address(visit: Callable[..., Visit], site: Server) -> None:
    visitor = visit()
    page = visitor.go(f"{PATH}?lang=en")
    page.get_by_text("More", exact=True).click()
    page.get_by_text("QR code for your phone").click()
    picture = page.locator(".qr")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    address = f"{visitor.url}{PATH}.rss?lang=en"
    assert address in (picture.get_attribute("alt") or "")
    drawn = site.get(picture.get_attribute("src") or "").body.decode()
    path = segno.make(address, error="m", micro=False).svg_inline(border=3).split(' d="')[1].split('"')[0]
    assert path in drawn


def test_months_and_digests_lead_to_articles_and_back(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go(PATH)
    month = page.locator(".months a").first
    name = month.get_attribute("href") or ""
    month.click()
    page.wait_for_url(f"**{name}")
    assert page.locator(".entry").count() > 0
    dates = page.evaluate(
        "[...document.querySelectorAll('.entry time')].map(t => t.dateTime.slice(0, 7))"
    )
    assert set(dates) == {name.rsplit("/", 1)[1]}
    assert page.locator(".months [aria-current]").count() == 1
    back = page.get_by_role("link", name="← Oceans", exact=True)
    back.click()
    page.wait_for_url(f"**{PATH}")
    for digest in "daily", "weekly":
        visitor.go(f"{PATH}/{digest}")
        back.click()
        page.wait_for_url(f"**{PATH}")


def test_without_scripts_everything_is_there_but_the_buttons(visit: Callable[..., Visit]) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.go(PATH)
    assert (
        page.get_by_role("link", name="RSS", exact=True).first.get_attribute("href")
        == f"{visitor.url}{PATH}.rss"
    )
    assert page.get_by_role("button").count() == 0
    page.locator(".months a").first.click()
    assert page.locator(".entry").count() > 0


def test_a_picture_that_fails_leaves_no_frame(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    visitor.expected = "404"
    visitor.page.context.route("**/assets/**", lambda route: route.fulfill(status=404, body=""))
    page = visitor.go(PATH)
    expect(page.locator(".entry img[loading=eager]")).to_have_count(0, timeout=30_000)
    expect(page.locator(".entry .picture").first).to_be_hidden()
