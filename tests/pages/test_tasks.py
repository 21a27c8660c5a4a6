"""Tasks of a visitor, from the open home page, counted in clicks; typing and keys are no clicks."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, expect

from tests.pages.browser import Visit

pytestmark = pytest.mark.slow

READABLE = ["clipboard-read", "clipboard-write"]
SHARING = "navigator.share = (data) => { window.shared = data; return Promise.resolve(); }"


class Visitor(Visit):
    """A visitor on the home page who counts clicks."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.clicks = 0
        self.go("/")

    def click(self, target: Locator) -> None:
        """Click on *target*, which is visible without another click."""
        target.click()
        self.clicks += 1

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True).first

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True).first

    def copied(self) -> str:
        """The text in the clipboard, once the page has announced it."""
        expect(self.page.locator("#announcement")).to_contain_text("Copied")
        return str(self.page.evaluate("navigator.clipboard.readText()"))


@pytest.fixture
def visitor(visit: Callable[..., Visit]) -> Visitor:
    """A visitor whose clipboard can be read."""
    found: Visit = visit(kind=Visitor, permissions=READABLE)
    assert isinstance(found, Visitor)
    return found


def test_a_topic_is_opened_in_feedly_with_two_clicks_to_its_link(visitor: Visitor) -> None:
    visitor.click(visitor.link("Oceans"))
    visitor.click(visitor.page.get_by_text("Readers", exact=True))
    feedly = visitor.link("Feedly")
    expect(feedly).to_be_visible()
    given = feedly.get_attribute("href") or ""
    assert given.endswith(quote(f"{visitor.url}/topics/oceans.rss", safe=""))
    assert visitor.clicks <= 2


def test_the_feed_of_a_question_is_copied_with_five_clicks(visitor: Visitor) -> None:
    """Typed words and two ticked topics."""
    visitor.click(visitor.link("Compose"))
    page = visitor.page
    page.locator("#build input[name=q]").fill("harbour")
    for topic in "oceans", "cities":
        visitor.click(page.locator(f"label:has(input[value='{topic}'])").first)
    address = page.locator(".result .subscription code").first
    for condition in "oceans", "cities", "harbour":
        expect(address).to_contain_text(condition)
    visitor.click(visitor.button("Copy address"))
    assert visitor.copied() == address.text_content()
    assert visitor.clicks <= 5


def test_the_code_that_embeds_a_topic_is_copied_with_four_clicks(visitor: Visitor) -> None:
    visitor.click(visitor.link("Oceans"))
    visitor.click(visitor.page.get_by_text("More", exact=True))
    visitor.click(visitor.link("Embed feed"))
    visitor.click(visitor.button("Copy code"))
    assert "topics/oceans" in visitor.copied()
    assert visitor.clicks <= 4


def test_the_articles_of_a_provider_last_month_are_found_with_three_clicks(visitor: Visitor) -> None:
    visitor.click(visitor.page.locator("a[href*='/providers/tidalpost.example']").first)
    month = visitor.page.locator(".months a").first
    name = month.get_attribute("href") or ""
    visitor.click(month)
    visitor.page.wait_for_url(f"**{name}")
    dates = visitor.page.evaluate("[...document.querySelectorAll('.entry time')].map(t => t.dateTime)")
    assert {each[:7] for each in dates} == {name.rpartition("/")[2]}
    assert visitor.clicks <= 3


def test_an_article_is_shared_with_two_clicks(visitor: Visitor) -> None:
    visitor.click(visitor.page.locator(".headlines a:has(> time)").first)
    page = visitor.page
    canonical = page.locator("link[rel=canonical]").get_attribute("href")
    visitor.click(visitor.button("Copy link"))
    assert visitor.copied() == canonical
    assert visitor.clicks <= 2
    page.evaluate(SHARING)
    page.get_by_role("button", name="Copied").wait_for()
    page.get_by_role("button", name="Copy link").click()
    assert page.evaluate("window.shared") == {"title": page.locator("h1").inner_text(), "url": canonical}


def test_the_address_of_a_feed_is_tested_on_a_phone(visit: Callable[..., Visit]) -> None:
    visitor = visit(width=360)
    page = visitor.go("/hub")
    page.get_by_role("button", name="Test", exact=True).click()  # the address of the example
    expect(page.get_by_role("status").first).to_have_text("Programs can subscribe to this address.")
    assert not visitor.overflows()
