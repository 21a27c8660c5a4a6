"""Pages and embeds that offer new articles, in a real browser."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from playwright.sync_api import Page, Route, expect

from tests.builders import write_article
from tests.pages.browser import MOTIONS, Motion, Visit
from tests.pages.newspaper import Newspaper
from tests.server import Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

OLD = 12  # articles on cliffs, more than a window shows
numbers = count(1)

# A window of the browser without windows is always visible.
SET_VISIBILITY = """state => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""

SEND = "url => postMessage({ type: 'feed-embed:new', url, position: '1' })"


class Editor:
    """Publishes articles of *server*."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def publish(self, topic: str = "Cliffs", published: str = "") -> str:
        """Publish an article, and return its title."""
        number = next(numbers)
        title = f"News {number}"
        write_article(
            self._server.corpus, f"_news/live/{number}.md", title=title, topics=[topic],
            publishedDateTime=published or datetime.now(UTC).isoformat(),
        )  # fmt: skip
        return title


@pytest.fixture(scope="module")
def editor(site: Server) -> Editor:
    """An editor who has published articles on cliffs, and one on dunes and one on moors."""
    made = Editor(site)
    titles = {made.publish("Cliffs", f"2026-01-{day:02}") for day in range(1, OLD + 1)}
    titles |= {made.publish(topic, "2026-01-01") for topic in ("Dunes", "Moors")}
    eventually(lambda: titles <= {*site.titles("/feed.json?limit=200")})
    return made


@pytest.fixture(scope="module")
def newspaper(site: Server) -> Iterator[Newspaper]:
    made = Newspaper(site.url)
    yield made
    made.close()


def streams(page: Page) -> list[str]:
    """The addresses of the streams that *page* opens from now on."""
    opened: list[str] = []
    page.on("request", lambda each: opened.append(each.url) if "/stream?" in each.url else None)
    return opened


def offer(number: int) -> str:
    return f"Show {number} new article{'s' if number > 1 else ''}"


def test_new_articles_are_offered_and_a_click_shows_them(
    editor: Editor, visit: Callable[..., Visit]
) -> None:
    visitor = visit()
    page = visitor.go("/topics/cliffs")
    titles, button = page.locator(".entries h2"), page.locator(".news button")
    former = titles.first.text_content()
    page.evaluate("window.kept = true")
    expect(button).to_be_hidden()
    one = editor.publish()
    expect(button).to_have_text(offer(1))
    status = page.locator(".news").get_by_role("status")
    expect(status).to_have_text(offer(1))
    two = editor.publish()
    editor.publish("Dunes")
    expect(button).to_have_text(offer(2))
    expect(status).to_be_empty()  # not announced again so soon
    assert titles.first.text_content() == former
    button.click()
    expect(titles.nth(0)).to_have_text(two)
    expect(titles.nth(1)).to_have_text(one)
    expect(button).to_be_hidden()
    expect(page.locator(".fresh")).to_have_count(2)
    assert page.evaluate("window.kept")
    three = editor.publish()
    expect(button).to_have_text(offer(1))
    button.press("Enter")
    expect(titles.first).to_have_text(three)


def test_a_click_without_a_connection_leaves_the_offer(
    editor: Editor, visit: Callable[..., Visit]
) -> None:
    visitor = visit()
    visitor.expected = "ERR_INTERNET_DISCONNECTED"
    page = visitor.go("/topics/cliffs")
    title = editor.publish()
    button = page.get_by_role("button", name=offer(1))
    expect(button).to_be_visible()
    page.context.set_offline(True)
    with page.expect_event("requestfailed", lambda each: "_=" in each.url):
        button.click()
    page.context.set_offline(False)
    button.click()
    expect(page.locator(".entries h2").first).to_have_text(title)
    expect(button).to_be_hidden()


def test_a_click_keeps_the_position_of_the_page_and_moves_the_focus_to_the_first_new_article(
    editor: Editor, visit: Callable[..., Visit]
) -> None:
    page = visit(width=360, height=600).go("/topics/cliffs")
    title = editor.publish()
    button = page.get_by_role("button", name=offer(1))
    expect(button).to_be_visible()
    before = page.evaluate("scrollTo({ top: 200, behavior: 'instant' }), scrollY")
    assert before > 0
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".entries h2 a").first).to_be_focused()
    assert page.evaluate("[document.activeElement.textContent, scrollY]") == [title, before]


PLACES = """[...document.querySelectorAll("body, body :not(.news, .news *)")].map(each => {
    const { x, y, width, height } = each.getBoundingClientRect();
    return [each.localName, x, y, width, height];
})"""
COVERED = """button => {
    const box = button.getBoundingClientRect(), range = document.createRange();
    const isCovered = ({ left, right, top, bottom }) =>
        left < box.right && right > box.left && top < box.bottom && bottom > box.top;
    const others = [...document.querySelectorAll("h1, h2, p, a, summary, button")];
    return others.filter(each => each !== button && each.checkVisibility()).filter(each => {
        range.selectNodeContents(each);
        return [...range.getClientRects()].some(isCovered);
    }).map(each => each.textContent);
}"""


@pytest.mark.parametrize(
    ("path", "widths", "scheme"),
    [
        ("/topics/cliffs?ui=ar", (360,), "dark"),
        ("/topics/cliffs?ui=de", (320, 1280), "light"),
        ("/embed/topics/cliffs", (280,), "light"),
        ("/embed/topics/cliffs?look=cards", (768,), "dark"),
    ],
)
def test_the_offer_covers_and_moves_nothing_and_is_accessible(
    path: str, widths: tuple[int, ...], scheme: str, editor: Editor, visit: Callable[..., Visit]
) -> None:
    visitor = visit(color_scheme=scheme)
    page = visitor.go(path)

    def places(width: int) -> object:
        visitor.resize(width)
        return page.evaluate(PLACES)

    before = {width: places(width) for width in widths}
    if "embed" in path:
        page.evaluate(SEND, "https://example.org/new")  # as the page around it does
    else:
        editor.publish()
    button = page.locator(".news button")
    expect(button).to_be_visible()
    for width in widths:
        assert places(width) == before[width]
        assert button.evaluate(COVERED) == []
        assert not visitor.overflows()
    assert visitor.violations() == []


def test_a_ticker_has_room_for_an_offer_in_the_smallest_frame(visit: Callable[..., Visit]) -> None:
    visitor = visit(width=280)
    page = visitor.go("/embed/topics/oceans?look=ticker")

    def height(motion: Motion) -> float:
        page.emulate_media(reduced_motion=motion)
        return float(page.evaluate("document.documentElement.getBoundingClientRect().height"))

    before = [height(motion) for motion in MOTIONS]
    for number in range(30):
        page.evaluate(SEND, f"https://example.org/new/{number}")
    expect(page.locator(".news button")).to_have_text(offer(30))
    for motion, former in zip(MOTIONS, before, strict=True):
        assert height(motion) == former
        assert visitor.violations() == [], motion
        assert not visitor.overflows()


def test_a_hidden_page_has_no_connection_and_misses_nothing(
    editor: Editor, site: Server, visit: Callable[..., Visit]
) -> None:
    visitor = visit()
    opened = streams(visitor.page)
    with visitor.page.expect_response("**/stream?**"):
        page = visitor.go("/topics/cliffs?ui=de")
    with page.expect_event("requestfailed", lambda each: "/stream?" in each.url):
        page.evaluate(SET_VISIBILITY, "hidden")
    titles = {editor.publish(), editor.publish()}
    eventually(lambda: titles <= {*site.titles("/topics/cliffs.json")})
    assert len(opened) == 1
    page.evaluate(SET_VISIBILITY, "visible")
    button = page.locator(".news button")
    expect(button).to_have_text("2 neue Artikel anzeigen")
    page.evaluate(SET_VISIBILITY, "hidden")
    page.evaluate(SET_VISIBILITY, "visible")
    editor.publish()
    expect(button).to_have_text("3 neue Artikel anzeigen")
    first, second, third = opened
    assert first == second != third  # it continues after the last event


@pytest.mark.usefixtures("editor")
def test_pages_that_old_articles_may_enter_offer_nothing(visit: Callable[..., Visit]) -> None:
    visitor = visit()
    opened = streams(visitor.page)
    for path in "/topics/cliffs/2026-01", "/topics/cliffs?sort=heat", "/topics/cliffs/daily":
        page = visitor.go(path)
        page.wait_for_load_state("networkidle")
        assert page.locator(".news").count() == 0
    assert opened == []


class Gate:
    """Answers the requests of *page* for streams: with *status*, or with a stream that ends at once."""

    def __init__(self, page: Page) -> None:
        self.status = 200
        self._page = page
        self._requests = 0
        page.route("**/stream?**", self._answer)

    def requests(self) -> int:
        """The number of requests so far."""
        self._page.evaluate("fetch('/ready').then(() => 0)")  # it comes after them
        return self._requests

    def _answer(self, route: Route) -> None:
        self._requests += 1
        if self.status == 200:
            route.fulfill(content_type="text/event-stream", body="retry: 1\n\n")
        else:
            route.fulfill(status=self.status)


@pytest.fixture
def gate(visit: Callable[..., Visit]) -> tuple[Visit, Gate]:
    """A visitor with a clock set by hand, in a window that no other test uses, and a gate."""
    visitor = visit(locale="en-GB")
    visitor.expected = "status of 50"
    visitor.page.clock.install()
    return visitor, Gate(visitor.page)


@pytest.mark.parametrize("status", [501, 503])
@pytest.mark.usefixtures("editor")
def test_a_page_whose_server_refuses_stays_as_it_was_and_asks_once(
    status: int, gate: tuple[Visit, Gate]
) -> None:
    visitor, server = gate
    server.status = status
    with visitor.page.expect_response("**/stream?**"):
        page = visitor.go("/topics/cliffs")
    for state in ("hidden", "visible"):
        page.evaluate(SET_VISIBILITY, state)
    page.clock.fast_forward("10:00:00")
    expect(page.locator(".news button")).to_be_hidden()
    assert server.requests() == 1


@pytest.mark.usefixtures("editor")
def test_a_server_that_refuses_later_is_asked_again_a_few_times(gate: tuple[Visit, Gate]) -> None:
    visitor, server = gate
    with visitor.page.expect_response("**/stream?**"):
        page = visitor.go("/topics/cliffs")
    with page.expect_response(lambda response: response.status == 503):
        server.status = 503
    known = server.requests()
    for state in ("hidden", "visible"):
        page.evaluate(SET_VISIBILITY, state)
    page.clock.fast_forward("00:20")
    assert server.requests() == known
    for attempt in range(1, 5):
        with page.expect_response("**/stream?**"):
            page.clock.fast_forward("20:00")
        assert server.requests() == known + attempt
    page.clock.fast_forward("10:00:00")
    assert server.requests() == known + 4


def live(site: Server, *feeds: str) -> str:
    """Live embeds of *feeds*, and an ordinary one."""
    elements = (f'<feed-embed live src="{site.url}/{feed}">{feed}</feed-embed>' for feed in feeds)
    script = f'<script type="module" src="{site.url}/embed.js"></script>'
    return f'{"".join(elements)}<feed-embed src="{site.url}/topics/moors">Moors</feed-embed>{script}'


def test_live_embeds_share_one_stream_and_each_offers_its_own_articles(
    editor: Editor, newspaper: Newspaper, site: Server, visit: Callable[..., Visit]
) -> None:
    newspaper.story = live(
        site, "topics/moors", "embed/topics/dunes.rss?lang=en&look=cards", "topics/moors"
    )
    visitor = visit(newspaper.url, height=4000)
    opened = streams(visitor.page)
    with visitor.page.expect_response(re.compile("/stream.*dunes")):
        page = visitor.go("/")
    frames = [page.frame_locator("iframe").nth(number) for number in range(4)]
    offers = [frame.get_by_role("button", name=offer(1)) for frame in frames]
    title = editor.publish("Moors")
    expect(offers[0]).to_be_visible()
    expect(offers[2]).to_be_visible()
    for other in (1, 3):
        expect(offers[other]).to_be_hidden()
    assert opened[-1].count("feed=") == 2
    steps = page.evaluate("history.length")
    offers[0].click()
    expect(frames[0].locator("h2 a").first).to_have_text(title)
    expect(frames[0].locator("h2 a").first).to_be_focused()
    expect(offers[0]).to_be_hidden()
    expect(offers[2]).to_be_visible()
    assert page.evaluate("history.length") == steps
    editor.publish("Dunes")
    editor.publish("Moors")
    for number in (0, 1):
        expect(offers[number]).to_be_visible()
    expect(frames[2].get_by_role("button", name=offer(2))).to_be_visible()


def test_an_ordinary_embed_opens_no_stream(
    newspaper: Newspaper, site: Server, visit: Callable[..., Visit]
) -> None:
    newspaper.story = live(site)
    visitor = visit(newspaper.url)
    opened = streams(visitor.page)
    page = visitor.go("/")
    page.frame_locator("iframe").locator("h1").wait_for()
    page.wait_for_load_state("networkidle")
    assert opened == []
