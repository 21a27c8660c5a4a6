"""The home page and the lists of feeds, as a visitor uses them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests import large_directory
from tests.builders import write_article
from tests.pages.browser import SCHEMES, Visit, Windows
from tests.server import Server

pytestmark = pytest.mark.slow

ROWS = large_directory.TOPICS
FOLDED = 90  # topics below other topics
LIGHT = 25_000  # bytes of the page, its style and its scripts, as they are sent

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


@pytest.mark.parametrize(
    ("path", "typed", "found"),
    [("/providers", "LARKRISE courier", 10), ("/providers", "tidewater-bridge-weekly.example", 1),
     ("/topics", "  ", ROWS - FOLDED), ("/providers", "gazette harbour", 10), ("/topics", "topics", 0),
     ("/topics", "(", 0), ("/providers", "\\u0000%", 0)],
)  # fmt: skip
def test_words_are_found_in_names_and_addresses_in_any_order(
    many: Server, visit: Callable[..., Visit], path: str, typed: str, found: int
) -> None:
    page = visit(many.url).go(path)
    page.locator("#find").fill(typed)
    assert len(shown(page)) == found
    said = page.locator("#found").inner_text()
    assert (
        said == {0: "No matches.", 1: "One match.", 10: "10 matches."}.get(found, "") or not typed.strip()
    )


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


@pytest.mark.parametrize(("path", "expected"), [("/", 4), ("/topics", 4), ("/providers", 4)])
def test_all_that_is_sent_for_it_is_light(many: Server, path: str, expected: int) -> None:
    page = many.get(path, Accept_Encoding="br")
    plain = many.get(path).body.decode()
    files = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', plain))
    assert len(files) == expected
    sent = [page, *(many.get(file, Accept_Encoding="br") for file in files)]
    assert sum(len(each.body) for each in sent) < LIGHT


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_is_accessible_with_much_with_some_and_with_nothing_found(
    many: Server, visit: Callable[..., Visit], scheme: str
) -> None:
    visitor = visit(many.url, color_scheme=scheme, width=360, height=800)
    page = visitor.go("/topics")
    for typed in ("", "harbour", "zzz"):
        page.locator("#find").fill(typed)
        assert visitor.violations() == [], typed
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


@pytest.mark.parametrize("width", [280, 360, 1280])
def test_names_as_they_come_fit_and_are_read_in_their_own_direction(
    odd: Server, windows: Windows, width: int
) -> None:
    visitor = Visit(windows, odd.url, width=width, height=800)
    page = visitor.go("/")
    assert len(shown(page)) == 2 * len(ODD)
    assert visitor.violations() == []
    assert not visitor.overflows()
    link = page.locator(".columns a[href='/providers/right.example'] bdi")
    assert link.evaluate("it => getComputedStyle(it).direction") == "rtl"
    assert page.locator(".brand").evaluate("it => getComputedStyle(it).direction") == "ltr"
    page = visitor.go("/providers")
    page.locator("main .logo").last.scroll_into_view_if_needed()
    page.locator(".logo img").wait_for(state="detached")  # there is no such picture
    assert page.locator("li:has(a[href='/providers/emoji.example']) .logo").inner_text() == "T"
    visitor.close()


@pytest.mark.parametrize("articles", [0, 1])
def test_an_empty_corpus_and_a_single_topic_are_pages_too(
    articles: int, tmp_path: Path, windows: Windows
) -> None:
    (tmp_path / "corpus" / "_news").mkdir(parents=True)
    for _ in range(articles):
        write_article(tmp_path / "corpus")
    with Server(tmp_path / "corpus", tmp_path / "server", at_own_address=True) as server:
        visitor = Visit(windows, server.url, width=320, height=700)
        page = visitor.go("/")
        assert len(shown(page)) == 2 * articles
        page.get_by_role("searchbox").fill("test")
        assert visitor.violations() == []
        assert not visitor.overflows()
        assert visitor.complaints == []
        visitor.close()
