"""The home page and the lists of feeds, as a visitor uses them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests import large_directory
from tests.builders import write_article
from tests.pages.browser import Visit, Windows
from tests.server import Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

ROWS = large_directory.TOPICS
FOLDED = 90  # topics below other topics
LIGHT = 25_000  # bytes of the page, its style and its scripts, as they are sent

# The number of feeds that are shown for what is typed, by the path of the page.
FOUND = {
    "/providers": {
        "LARKRISE courier": 10,
        "tidewater-bridge-weekly.example": 1,
        "gazette harbour": 10,
        "\\u0000%": 0,
    },
    "/topics": {"  ": ROWS - FOLDED, "topics": 0, "(": 0},
}

# Counts what is done from now on: each change of the page, and each text that is made comparable.
COUNTING = """
window.done = { changes: 0, folded: 0 };
const normalize = String.prototype.normalize;
String.prototype.normalize = function (form) { done.folded += 1; return normalize.call(this, form); };
window.observe = () => new MutationObserver((all) => { done.changes += all.length; }).observe(
  document.querySelector("main"),
  { attributes: true, childList: true, subtree: true, characterData: true });
window.take = () => new Promise((tell) => setTimeout(() => {
  tell({ ...done }); done.changes = done.folded = 0;
}));
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a hundred topics and five hundred providers."""
    folder = tmp_path_factory.mktemp("many")
    large_directory.write(folder / "corpus")
    named = '{"best": {"title": "The Best", "query": "min_quality=0"}}'
    with Server(
        folder / "corpus", folder / "server", at_own_address=True, FEEDS_SITE_FEEDS=named
    ) as server:
        yield server


def shown(page: Page) -> list[str]:
    """The names of the visible feeds."""
    return page.locator(
        "main section li:visible > a, main section li:visible > .seen a"
    ).all_inner_texts()


def test_a_topic_is_found_by_typing(many: Server, visit: Callable[..., Visit]) -> None:
    page = visit(many.url).go("/topics")
    assert len(shown(page)) == ROWS - FOLDED
    page.locator("#find").press_sequentially("etoffes CAFE")
    assert shown(page) == ["Étoffes of Larkrise", "Étoffes of Café Row"]  # and what it is below
    assert page.locator("#found").inner_text() == "One match."
    page.locator("#find").press_sequentially("x")
    assert shown(page) == []
    assert page.locator("#found").inner_text() == "No matches."
    assert not page.get_by_role("heading", level=2).filter(visible=True).count()
    page.keyboard.press("Escape")
    assert len(shown(page)) == ROWS - FOLDED
    assert page.locator("#find").input_value() == ""
    assert page.locator("#found").inner_text() == ""


@pytest.mark.parametrize("path", FOUND)
def test_words_are_found_in_names_and_addresses_in_any_order(
    path: str, many: Server, visit: Callable[..., Visit]
) -> None:
    page = visit(many.url).go(path)
    for typed, found in FOUND[path].items():
        page.locator("#find").fill(typed)
        assert len(shown(page)) == found, typed
        said = {0: "No matches.", 1: "One match.", 10: "10 matches."}.get(found, "")
        assert page.locator("#found").inner_text() == (said if typed.strip() else "")


def test_a_topic_is_found_and_opened_by_keyboard_alone(many: Server, visit: Callable[..., Visit]) -> None:
    page = visit(many.url).go("/topics")
    page.keyboard.press("/")
    page.keyboard.type("lanterns of salt")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Lanterns of Saltmarsh"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/topics/lanterns-of-saltmarsh")


def test_enter_searches_articles(many: Server, visit: Callable[..., Visit]) -> None:
    page = visit(many.url).go("/topics")
    page.get_by_role("searchbox", name="Search articles").fill("meadows quillhaven")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*?q=meadows+quillhaven")
    assert page.locator("main").inner_text().count("Meadows of Quillhaven")


def test_without_scripts_articles_are_found_and_topics_lead_on(
    many: Server, visit: Callable[..., Visit]
) -> None:
    page = visit(many.url, java_script_enabled=False).go("/topics")
    assert not page.locator("#find").is_visible()
    page.get_by_role("searchbox").fill("Lanterns Saltmarsh")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*?q=Lanterns+Saltmarsh")
    assert "Lanterns of Saltmarsh" in page.locator("main").inner_text()
    page.go_back()
    child = page.get_by_role("link", name="Lanterns of Saltmarsh")
    assert not child.is_visible()
    page.get_by_text("9 subtopics of Lanterns of Larkrise").click()
    child.click()
    page.wait_for_url("**/topics/lanterns-of-saltmarsh")


def test_what_is_found_in_a_closed_part_opens_it_until_all_is_shown_again(
    many: Server, visit: Callable[..., Visit]
) -> None:
    page = visit(many.url).go("/topics")
    page.get_by_text("9 subtopics of Bridges of Larkrise").click()
    page.locator("#find").fill("of saltmarsh")
    assert {"Lanterns of Saltmarsh", "Bridges of Saltmarsh"} <= set(shown(page))
    page.keyboard.press("Escape")
    assert "Lanterns of Saltmarsh" not in shown(page)
    assert "Bridges of Saltmarsh" in shown(page)


def test_typing_does_no_more_than_it_must_and_asks_nothing(many: Server, windows: Windows) -> None:
    """Not by the clock: what takes time is to touch rows, and to make texts comparable."""
    visitor = Visit(windows, many.url)
    visitor.page.context.add_init_script(COUNTING)
    page = visitor.go("/providers")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("observe()")
    begun = page.evaluate("take()")
    assert begun["folded"] == large_directory.PROVIDERS
    box = page.locator("#find")
    before, hidden = set[int](), page.locator("main section li[hidden]")
    for typed in ("h", "ha", "harb", "harb ", "harbour g", "harbour gazette", "harb"):
        box.fill(typed)
        done = page.evaluate("take()")
        after = set(page.evaluate(
            "[...document.querySelectorAll('main section li')].flatMap((li, n) => li.hidden ? [n] : [])"
        ))  # fmt: skip
        boxes = 40  # headings, lists and folds, and what is said
        assert done["folded"] == 1, typed
        assert done["changes"] <= len(before ^ after) + boxes, typed
        if before == after:
            assert done["changes"] == 0
        before = after
    assert hidden.count() == len(before)
    assert [each for each in asked if "/static/" not in each] == []
    visitor.close()


@pytest.mark.parametrize("path", ["/", "/topics", "/providers"])
def test_all_that_is_sent_for_it_is_light(many: Server, path: str) -> None:
    page = many.get(path, Accept_Encoding="br")
    plain = many.get(path).body.decode()
    files = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', plain))
    assert len(files) == 4
    sent = [page, *(many.get(file, Accept_Encoding="br") for file in files)]
    assert sum(len(each.body) for each in sent) < LIGHT


def test_it_is_accessible_with_much_with_some_and_with_nothing_found(
    many: Server, visit: Callable[..., Visit]
) -> None:
    visitor = visit(many.url, width=360, height=800)
    page = visitor.go("/topics")
    for typed, scheme in ("", "light"), ("harbour", "dark"), ("zzz", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.locator("#find").fill(typed)
        assert visitor.violations() == [], (typed, scheme)
        assert not visitor.overflows()


LONG = "word" * 75
ODD = {
    "long": LONG[:200],
    "right": "أخبار البحر والسماء",
    "turned": "\u202eevil\u2066 name",
    "script": "<script>alert(1)</script>",
    "emoji": "🌊 Tides",
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a corpus with names of many kinds."""
    folder: Path = tmp_path_factory.mktemp("odd")
    for slug, name in ODD.items():
        provider: dict[str, Any] = {"name": name, "domain": f"{slug}.example"}
        title = LONG if slug == "long" else name
        write_article(
            folder / "corpus", f"_news/{slug}.md", title=title, provider=provider, topics=[name]
        )
    organizations = folder / "corpus" / "_data" / "organizations"
    organizations.mkdir(parents=True)
    (organizations / "emoji.md").write_text(
        "---\nname: Tides\ndomain: emoji.example\nimages: [{url: /assets/none.png, width: 50}]\n---\n"
    )
    with Server(folder / "corpus", folder / "server", at_own_address=True) as server:
        yield server


def test_names_as_they_come_fit_and_are_read_in_their_own_direction(
    odd: Server, visit: Callable[..., Visit]
) -> None:
    visitor = visit(odd.url, width=280, height=800)
    visitor.expected = "404"  # to the picture of a provider
    page = visitor.go("/")
    assert len(shown(page)) == 2 * len(ODD)
    assert visitor.violations() == []
    for width in 280, 360, 1280:
        visitor.resize(width)
        assert not visitor.overflows(), width
    link = page.locator(".columns a[href='/providers/right.example'] bdi")
    assert link.evaluate("it => getComputedStyle(it).direction") == "rtl"
    assert page.locator(".brand").evaluate("it => getComputedStyle(it).direction") == "ltr"
    page = visitor.go("/providers")
    page.locator("main .logo").last.scroll_into_view_if_needed()
    page.locator(".logo img").wait_for(state="detached")  # there is no such picture
    assert page.locator("li:has(a[href='/providers/emoji.example']) .logo").inner_text() == "T"


def test_an_empty_corpus_and_its_first_topic_are_pages_too(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    (tmp_path / "corpus" / "_news").mkdir(parents=True)
    with Server(tmp_path / "corpus", tmp_path / "server", at_own_address=True) as server:
        visitor = visit(server.url, width=320, height=700)
        for articles in 0, 1:
            for _ in range(articles):
                write_article(server.corpus)
                eventually(server.titles)
            page = visitor.go("/")
            assert len(shown(page)) == 2 * articles
            page.get_by_role("searchbox").fill("test")
            assert visitor.violations() == []
            assert not visitor.overflows()
        page.goto("about:blank")  # which ends its connections
