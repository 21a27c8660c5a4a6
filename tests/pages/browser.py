"""A real browser: Debian's Chromium, driven by Playwright."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

CHROMIUM = "chromium"
AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
WIDTHS = (320, 768, 1280)
SCHEMES = ("light", "dark")

_QUIET = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def missing() -> list[str]:
    """The requirements of these tests that are not installed."""
    there = {CHROMIUM: shutil.which(CHROMIUM), "axe-core": AXE.exists()}
    return [name for name, found in there.items() if not found]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with an empty profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which(CHROMIUM), chromium_sandbox=False, args=_QUIET
        )
        yield browser
        browser.close()


class Visit:
    """The pages of one visitor, and the browser's complaints."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(10_000)
        self.url = url
        self.complaints: list[str] = []
        self.expected = ""  # what a complaint may be of, where it is part of the test
        self.page: Page = self.open()

    def open(self) -> Page:
        """Open another page of the same visitor."""
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def go(self, path: str) -> Page:
        """Load the page at *path*."""
        self.page.goto(path if "://" in path else self.url + path)
        return self.page

    def violations(self) -> list[str]:
        """The violations that axe-core finds on the page: rule and place."""
        # As a debugger would: a page's own policy forbids scripts from elsewhere, and is to stay on.
        session = self.context.new_cdp_session(self.page)
        if not self.page.evaluate("'axe' in window"):
            session.send("Runtime.evaluate", {"expression": AXE.read_text()})
        told = session.send(
            "Runtime.evaluate",
            {
                # A page in a sandbox may not fetch its stylesheets, as axe does to read them.
                "expression": "axe.run({ preload: self.origin !== 'null' })"
                ".then(found => JSON.stringify(found.violations))",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        session.detach()
        found = json.loads(told["result"]["value"])
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    def overflows(self) -> bool:
        """Return whether the page is wider than its window."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    def close(self) -> None:
        """Close all pages."""
        self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        wanted = self.expected and self.expected in message.text
        if message.type in ("error", "warning") and not wanted:
            self.complaints.append(message.text)
