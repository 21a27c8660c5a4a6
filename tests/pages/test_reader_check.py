"""The page of a check of a feed reader in a real browser, while a reader polls."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import agents
from tests.pages.browser import SCHEMES, Visit
from tests.server import get

pytestmark = pytest.mark.slow


def poll(page: Page) -> None:
    """Request the RSS feed of the check on *page*, as a reader does."""
    get(page.locator(".address code").first.inner_text(), User_Agent=agents.NEWSBOAT)


def test_the_findings_appear_while_the_reader_polls(visit: Callable[..., Visit]) -> None:
    visitor = visit(width=320)
    visitor.page.clock.install()
    page = visitor.go("/reader-check")
    page.get_by_role("button", name="Begin a check").click()
    expect(page.get_by_role("status").first).to_have_text("Waiting for the first request of the reader.")
    poll(page)
    page.clock.fast_forward(2_000)
    expect(page.get_by_role("heading", name="Findings")).to_be_visible()
    poll(page)
    page.clock.fast_forward(2_000)
    expect(page.get_by_role("row", name="Conditional requests")).to_contain_text("It sends no validators")
    assert "2 of 13 steps" in page.get_by_role("status").first.inner_text()
    assert not visitor.overflows()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert visitor.violations() == [], scheme


def test_it_reloads_without_a_script(visit: Callable[..., Visit]) -> None:
    page = visit(java_script_enabled=False).go("/reader-check/new")
    poll(page)
    expect(page.get_by_role("heading", name="Findings")).to_be_visible(timeout=15_000)
