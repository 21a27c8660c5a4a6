"""The page of a feed, as a visitor uses it to subscribe."""

from collections.abc import Callable
from urllib.parse import unquote

import feedparser
import pytest
import segno
from playwright.sync_api import expect

from feeds.formats import FOR_READERS, FORMATS
from feeds.settings.sections import READERS
from tests.pages.browser import Visit
from tests.server import Server

pytestmark = pytest.mark.slow

PATH = "/topics/oceans"


def test_the_primary_action_copies_the_address_of_the_feed(visit: Callable[..., Visit]) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.go(PATH)
    page.get_by_role("button", name="Copy address", exact=True).click()
    page.get_by_text("Copied: RSS").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == f"{visitor.url}{PATH}.rss"


def test_one_menu_is_open_at_a_time_and_escape_closes_it(visit: Callable[..., Visit]) -> None:
    page = visit().go(PATH)
    readers, more = (
        page.locator(".menu[open]:has(a[href^='feed:'])"),
        page.get_by_text("More", exact=True),
    )
    page.get_by_text("Readers", exact=True).click()
    expect(readers).to_have_count(1)
    more.click()
    expect(readers).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".menu[open]")).to_have_count(0)


@pytest.mark.parametrize("extension", [each.extension for each in FOR_READERS])
def test_a_button_copies_the_address(extension: str, visit: Callable[..., Visit]) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.go(PATH)
    label = FORMATS[extension].name
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name=f"Copy address: {label}", exact=True).click()
    page.get_by_text(f"Copied: {label}").wait_for(state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{visitor.url}{PATH}.{extension}"
    assert feedparser.parse(copied).entries or extension == "json"


def test_where_scripts_have_no_clipboard_the_address_is_copied_all_the_same(
    visit: Callable[..., Visit],
) -> None:
    visitor = visit(permissions=["clipboard-read"])
    page = visitor.go(PATH)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Copy address: Atom").click()
    page.get_by_text("Copied: Atom").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == f"{visitor.url}{PATH}.atom"


def test_everything_is_reached_by_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit().go(PATH)
    reached = set()
    for menu, most in ("Readers", 20), ("More", 200):
        page.get_by_text(menu, exact=True).focus()
        page.keyboard.press("Enter")
        for _ in range(most):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.textContent.trim()"))
    for name in ("Copy address", "Open in feed reader", "Feedly", "QR code for your phone"):
        assert any(each.endswith(name) for each in reached), name
    wanted = page.evaluate("[...document.querySelectorAll('h2 a')].slice(0, 20).map(a => a.textContent)")
    assert set(wanted) <= reached


def test_web_readers_are_given_the_address(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go(PATH)
    page.get_by_text("Readers", exact=True).click()
    for name, address in READERS.items():
        link = page.get_by_role("link", name=name, exact=True).get_attribute("href") or ""
        before, after = address.split("{url}")
        given = link.removeprefix(before).removesuffix(after)
        assert unquote(given) == f"{visitor.url}{PATH}.rss"
        assert "/" not in given
    assert page.locator(".menu[open] use").evaluate_all(
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


def test_months_lead_to_archives_and_back(visit: Callable[..., Visit]) -> None:
    page = visit().go(PATH)
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
    page.get_by_role("link", name="← Oceans").click()
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


@pytest.mark.parametrize("path", ["/", PATH, "/providers/tidalpost.example", "/topics/oceans/daily"])
def test_every_picture_says_how_large_it_is(path: str, visit: Callable[..., Visit]) -> None:
    page = visit().go(path)
    for image in page.locator("img").all():
        for attribute in ("width", "height"):
            assert int(image.get_attribute(attribute) or 0) > 0
        assert image.get_attribute("alt") is not None


@pytest.mark.parametrize("digest", ["daily", "weekly"])
def test_a_digest_leads_back_to_its_feed(digest: str, visit: Callable[..., Visit]) -> None:
    page = visit().go(f"{PATH}/{digest}")
    page.get_by_role("link", name="← Oceans", exact=True).click()
    page.wait_for_url(f"**{PATH}")
