"""The builder, as a visitor uses it to compose a feed and to subscribe."""

import re
from collections.abc import Callable

import feedparser
import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.browser import Visit
from tests.server import Server

pytestmark = pytest.mark.slow

REFUSED = "Failed to load resource: the server responded with a status of 400 (Bad Request)"


def sentence(page: Page) -> str:
    return page.locator("#sentence h2").inner_text()


def previewed(page: Page) -> list[str]:
    """The addresses of the articles in the preview."""
    links = page.locator(".preview a").all()
    return [link.get_attribute("href") or "" for link in links]


def total(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".count").inner_text().replace("One", "1")))


def settled(page: Page) -> None:
    """Wait for the answer to the last change."""
    expect(page.locator("#result")).not_to_have_attribute("aria-busy", "true")


def tick(page: Page, name: str, pill: str = "") -> None:
    row = page.locator("#list-topic li", has_text=name).first
    (row.locator(f".{pill} input") if pill else row.get_by_role("checkbox").first).check()


def test_a_feed_is_composed_by_clicking_and_typing(visit: Callable[..., Visit], site: Server) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"]).go("/build")
    everything = total(page)
    tick(page, "Oceans")
    expect(page.locator("#sentence h2")).to_have_text("The newest articles on Oceans.")
    assert 0 < total(page) < everything
    tick(page, "Food")
    expect(page.locator("#sentence h2")).to_have_text("The newest articles on Food or Oceans.")
    both = total(page)
    tick(page, "Books", "not")
    expect(page.locator("#sentence h2")).to_have_text(
        "The newest articles on Food or Oceans except those on Books."
    )
    page.get_by_label("In title, summary").press_sequentially("harbour, fish")
    expect(page.locator("#sentence h2")).to_have_text(
        "The newest articles on Food or Oceans mentioning “fish” or “harbour”, except those on Books."
    )
    assert 0 < total(page) <= both
    page.get_by_label("Order", exact=True).select_option("heat")
    expect(page.locator("#sentence h2")).to_contain_text("The hottest articles")
    asked = "topic=food,oceans&topic=-books&q=fish,harbour&sort=heat"
    expect(page).to_have_url(f"{site.url}/build?{asked}")

    copy = page.locator(".result .subscription > .address .copy")
    copy.click()
    expect(copy).to_have_text("Copied")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == f"{site.url}/feed.rss?{asked}"
    feed = feedparser.parse(site.get(address.removeprefix(site.url)).body)
    assert len(feed.entries) == min(total(page), 50)
    assert previewed(page) == [entry.link for entry in feed.entries[:5]]
    title = page.get_by_text("Title in feed readers:").inner_text()
    assert f"“{feed.feed.title}”" in title

    page.get_by_text("More", exact=True).click()
    expect(page.get_by_role("button", name="Copy address: Atom")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Copy address: Atom")).to_be_hidden()

    page.reload()
    assert sentence(page).startswith("The hottest articles on Food or Oceans mentioning")
    rows = page.locator("#list-topic li")
    assert rows.first.inner_text().startswith("Cities")
    expect(rows.filter(has_text="Food")).to_be_in_viewport()  # the list opens at the first choice
    page.get_by_role("link", name="Embed", exact=True).last.click()
    expect(page).to_have_url(re.compile(r"/embed\?src=feed%3Ftopic%3Dfood,oceans"))
    page.go_back()
    assert page.get_by_label("In title, summary").input_value() == "fish, harbour"


def test_neither_focus_nor_scroll_nor_what_is_written_moves(visit: Callable[..., Visit]) -> None:
    page = visit(height=500).go("/build")
    field = page.get_by_label("In title, summary")
    field.press_sequentially("the ")
    expect(page.locator("#sentence h2")).to_contain_text("“the”")
    before = page.evaluate("scrollY")
    field.press_sequentially("harbour ")
    expect(page.locator("#sentence h2")).to_contain_text("“harbour”")
    assert page.evaluate("scrollY") == before
    expect(field).to_be_focused()
    assert field.input_value() == "the harbour "


def test_the_last_change_wins_however_late_the_ones_before_are_answered(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("/build")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/build?q=tide", hold)
    field = page.get_by_label("In title, summary")
    with page.expect_request("**/build?q=tide"):
        field.fill("tide")
    field.fill("harbour")
    expect(page.locator("#sentence h2")).to_contain_text("“harbour”")
    for route in held:
        route.continue_()
    page.unroute_all()
    settled(page)
    assert "harbour" in sentence(page)
    assert page.url.endswith("/build?q=harbour")


def test_what_was_changed_but_not_asked_for_yet_is_known_to_be_on_its_way(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("/build")
    changed = "document.querySelector('[name=topic][value=oceans]').click()"
    assert page.evaluate(f"{changed}, document.querySelector('#result').ariaBusy") == "true"
    settled(page)
    assert page.url.endswith("/build?topic=oceans")


def test_it_is_composed_by_keys_alone(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    visitor.expected = "400"  # to "top50", if typing pauses before its "%"
    page = visitor.go("/build")
    page.get_by_role("checkbox", name=re.compile("^Cities")).first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#sentence h2")).to_have_text("The newest articles on Cities.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.name + document.activeElement.value") == "topiccities"
    assert (
        page.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineWidth") == "3px"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#sentence h2")).to_have_text("The newest articles except those on Cities.")
    page.get_by_label("In title, summary").focus()
    page.keyboard.type("harbour")
    page.keyboard.press("Enter")
    expect(page.locator("#sentence h2")).to_contain_text("“harbour”")
    details = page.get_by_text("Quality and variety")
    details.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("top50%")
    expect(page.locator("#sentence h2")).to_contain_text("among the hottest 50%")


def test_long_lists_are_filtered_as_one_types(visit: Callable[..., Visit]) -> None:
    page = visit().go("/build")
    tick(page, "Oceans")
    page.get_by_role("searchbox", name="Filter topics").fill("hárb")
    rows = page.locator("#list-topic li:visible label.choose span")
    expect(rows).to_have_text(["Oceans", "Harbours"])
    expect(page.locator(".filter [role=status]").first).to_have_text("2 results")
    page.keyboard.press("Enter")
    settled(page)
    assert page.url.endswith("/build?topic=oceans")


def test_what_is_wrong_is_told_beside_its_field_while_the_feed_before_stays(
    visit: Callable[..., Visit],
) -> None:
    visitor = visit()
    page = visitor.go("/build?topic=oceans")
    before = previewed(page)
    field = page.get_by_label("Since")
    field.fill("yesterday")
    expect(page.locator("#wrong-since")).to_contain_text("not a date or a span: 'yesterday'")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#sentence")).to_contain_text("not a date or a span: 'yesterday'")
    expect(page.locator("#count")).to_have_text("Some choices are not valid")
    assert previewed(page) == before
    expect(page.get_by_text("The feed below does not include the latest change.")).to_be_visible()
    assert visitor.violations() == []
    page.reload()
    assert page.get_by_label("Since").input_value() == "yesterday"
    assert page.get_by_role("checkbox", name=re.compile("^Oceans")).first.is_checked()
    page.get_by_label("Since").fill("1y")
    expect(page.locator("#wrong-since")).to_be_hidden()
    expect(page.get_by_text("The feed below does not include the latest change.")).to_be_hidden()
    expect(page.locator("#sentence h2")).to_have_text(
        "The newest articles on Oceans published in the last 365 days."
    )
    expect(page.get_by_label("Since")).not_to_have_attribute("aria-invalid", "true")
    assert set(visitor.complaints) == {REFUSED}  # which is the browser's way to say that it was told
    visitor.complaints.clear()


def test_who_goes_on_and_comes_back_finds_what_was_composed(visit: Callable[..., Visit]) -> None:
    page = visit().go("/build")
    tick(page, "Oceans")
    expect(page.locator("#sentence h2")).to_have_text("The newest articles on Oceans.")
    page.get_by_label("Since").fill("2025")
    expect(page.locator("#sentence h2")).to_have_text(
        "The newest articles on Oceans published since 2025."
    )
    page.get_by_role("link", name="Page of this feed").click()
    expect(page).to_have_url(re.compile(r"/topics/oceans\?since=2025$"))
    page.locator(".bar summary", has_text="More").click()
    page.get_by_role("link", name="Customise feed").click()
    expect(page).to_have_url(re.compile(r"/build\?topic=oceans&since=2025$"))
    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/build\?topic=oceans&since=2025$"))
    assert sentence(page) == "The newest articles on Oceans published since 2025."
    assert page.get_by_label("Since").input_value() == "2025"
    assert page.get_by_role("checkbox", name=re.compile("^Oceans")).first.is_checked()


def test_a_server_that_is_away_is_told_and_asked_again(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go("/build")
    page.route("**/build?*", lambda route: route.abort())
    tick(page, "Oceans")
    expect(page.locator("#sentence")).to_contain_text("The server did not respond")
    page.unroute_all()
    tick(page, "Food")
    expect(page.locator("#sentence h2")).to_have_text("The newest articles on Food or Oceans.")
    visitor.complaints.clear()


def test_without_javascript_all_but_the_live_preview_works(
    visit: Callable[..., Visit], site: Server
) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.go("/build")
    assert not page.locator(".copy:visible, .filter:visible, .jump:visible").count()
    tick(page, "Oceans")
    tick(page, "Food")
    tick(page, "Books", "not")
    page.get_by_text("Quality and variety").click()
    page.get_by_label("One entry per story").check()
    page.get_by_role("button", name="Show feed").click()
    expect(page).to_have_url(f"{site.url}/build?topic=food,oceans&topic=-books&collapse=story#result")
    assert (
        sentence(page)
        == "The newest articles on Food or Oceans except those on Books, one entry per story."
    )
    address = page.get_by_role("link", name="RSS").get_attribute("href") or ""
    feed = feedparser.parse(site.get(address.removeprefix(site.url)).body)
    assert previewed(page) == [entry.link for entry in feed.entries[:5]]
    page.get_by_label("Since").fill("yesterday")
    page.get_by_role("button", name="Show feed").click()
    assert "not a date or a span: 'yesterday'" in page.locator("#wrong-since").inner_text()
    assert page.get_by_label("Since").input_value() == "yesterday"
    assert page.get_by_label("One entry per story").is_checked()
    assert set(visitor.complaints) == {REFUSED}
    visitor.complaints.clear()


def test_on_any_screen_the_count_is_in_view_while_one_chooses(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go("/build")
    tick(page, "Oceans")
    for width, place in (1280, ".count"), (280, ".jump"):
        visitor.resize(width, 700)
        shown = page.locator(place)
        for chosen in "In title, summary", "Number of articles":
            page.get_by_label(chosen).focus()
            expect(shown).to_be_in_viewport()
        expect(shown).to_contain_text("articles match")
        assert not visitor.overflows()
        page.locator(".subscription").get_by_text("Readers", exact=True).click()
        assert not visitor.overflows()
        page.keyboard.press("Escape")
    page.get_by_label("Number of articles").focus()
    shown.click()
    expect(page.locator("#sentence h2")).to_be_in_viewport()
