"""A real browser: Debian's Chromium, driven by Playwright."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Dialog, Error, Page, sync_playwright

CHROMIUM = "chromium"
CHROMIUM_WITHOUT_WINDOWS = "chromium-headless-shell"  # the same browser, at half of the processor time
AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
WIDTHS = (320, 768, 1280)
Scheme = Literal["light", "dark"]
Motion = Literal["reduce", "no-preference"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
MOTIONS: tuple[Motion, ...] = get_args(Motion)

_QUIET = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-software-rasterizer",
    "--disable-site-isolation-trials",  # a frame needs no process of its own
    # Optimizing a script takes longer than any page here runs it; a small nursery is collected often.
    "--js-flags=--no-opt --no-maglev --min-semi-space-size=16",
]

# Options of axe. Embeds have tests of their own; a script that is not in them cannot check them. Only an
# experimental rule, which does not run, would need the stylesheets.
_AXE = {
    "iframes": False,
    "preload": {"assets": ["media"]},
    "resultTypes": ["violations"],
    "selectors": False,
}


def installed() -> str | None:
    """The path of the browser, or None."""
    return shutil.which(CHROMIUM_WITHOUT_WINDOWS) or shutil.which(CHROMIUM)


def missing() -> list[str]:
    """The requirements of these tests that are not installed."""
    there = {CHROMIUM: installed(), "axe-core": AXE.exists()}
    return [name for name, found in there.items() if not found]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with an empty profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed(), chromium_sandbox=False, args=_QUIET
        )
        yield browser
        browser.close()


class Windows:
    """The windows of a browser, for one visitor at a time each.

    A window is used again if the next visitor has the same *options*, those of a browser context:
    opening one takes longer than most tests.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[Page]] = {}  # by options

    def take(self, **options: Any) -> Page:
        """An empty window without cookies."""
        if free := self._free.get(_key(options)):
            return free.pop()
        context = self._browser.new_context(**options)
        context.set_default_timeout(10_000)
        return context.new_page()

    def give_back(self, page: Page, **options: Any) -> None:
        """Empty *page*, a window with these *options*, and close the windows that it has opened."""
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.unroute_all()
        page.context.unroute_all()
        page.context.clear_cookies()
        page.goto("about:blank")
        self._free.setdefault(_key(options), []).append(page)


def _key(options: dict[str, Any]) -> str:
    return repr(sorted(options.items()))


class Visit:
    """A visitor of the server at *url*, in a window, and the browser's complaints.

    *width* and *height* are those of the window, in pixels; *options* are those of a browser context.
    """

    def __init__(
        self,
        windows: Windows,
        url: str,
        width: int = 1280,
        height: int = 900,
        color_scheme: Scheme = "light",
        reduced_motion: Motion = "no-preference",
        **options: Any,
    ) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.expected = ""  # what a complaint may be of, where it is part of the test
        self._windows = windows
        self._options = options
        self.page = windows.take(**options)
        self.resize(width, height)
        self.page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        self.page.on("console", self._hear)
        self.page.on("pageerror", self._hear_error)
        self.page.on("dialog", self._dismiss)

    def go(self, path: str) -> Page:
        """Load the page at *path*."""
        self.page.goto(path if "://" in path else self.url + path)
        return self.page

    def violations(self) -> list[str]:
        """The violations that axe-core finds on the page: rule and place."""
        told = self._debugger.send(
            "Runtime.evaluate",
            {
                "expression": f"axe.run({json.dumps(_AXE)})"
                ".then(found => JSON.stringify(found.violations))",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        found = json.loads(told["result"]["value"])
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    @cached_property
    def _debugger(self) -> CDPSession:
        """A debugger, which gives this page and those after it axe-core.

        A page's own policy forbids scripts from elsewhere, and is to stay on.
        """
        session = self.page.context.new_cdp_session(self.page)
        session.send("Page.enable")
        script = {"source": AXE.read_text(), "runImmediately": True}
        session.send("Page.addScriptToEvaluateOnNewDocument", script)
        return session

    def resize(self, width: int, height: int = 900) -> None:
        """Give the window another size, in pixels."""
        self.page.set_viewport_size({"width": width, "height": height})

    def overflows(self) -> bool:
        """Return whether the page is wider than its window."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    def close(self) -> None:
        """Leave the window to the next visitor."""
        if "_debugger" in vars(self):
            self._debugger.detach()
        self.page.remove_listener("console", self._hear)
        self.page.remove_listener("pageerror", self._hear_error)
        self.page.remove_listener("dialog", self._dismiss)
        self._windows.give_back(self.page, **self._options)

    def _hear(self, message: ConsoleMessage) -> None:
        wanted = self.expected and self.expected in message.text
        if message.type in ("error", "warning") and not wanted:
            self.complaints.append(message.text)

    def _hear_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()
