"""Feeds in the pages of another site, in a real browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from feeds.web.presentation import LOOKS, SWITCH, Presentation
from tests.builders import write_article
from tests.pages.browser import SCHEMES, Visit
from tests.pages.newspaper import Newspaper
from tests.server import Server

pytestmark = pytest.mark.slow

WIDTHS = (280, 768, 1280)
WAYS = ("frame", "bare", "element", "oembed")
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
ELSEWHERE = ("https://elsewhere.example/topics/oceans", "http://[", "javascript:alert(1)")
ROOM = 4000  # pixels: nothing is drawn in a frame outside of the window
PAPER = "getComputedStyle(document.documentElement).backgroundColor"
PAPERS = {"light": "rgb(255, 255, 255)", "dark": "rgb(28, 31, 37)"}


@pytest.fixture(scope="module")
def newspaper(site: Server) -> Iterator[Newspaper]:
    made = Newspaper(site.url)
    yield made
    made.close()


def embed_in(page: Page) -> Frame:
    """The embed in *page*, after it has loaded."""
    (embed,) = embeds_in(page, 1)
    return embed


def embeds_in(page: Page, number: int) -> list[Frame]:
    """The *number* embeds in *page*, after they have loaded, in the order of their appearance."""
    while len(page.frames) <= number:
        page.wait_for_event("frameattached")
    _, *embeds = page.frames
    for embed in embeds:
        embed.wait_for_url("**/embed/**")
    return embeds


def becomes(page: Page | Frame, expression: str) -> bool:
    """Return True if the expression becomes true in *page* within some seconds."""
    return bool(
        page.evaluate(
            f"""new Promise((done) => {{
                setTimeout(() => done(false), 8000);
                const look = () => {expression} ? done(true) : requestAnimationFrame(look);
                look();
            }})"""
        )
    )


FITS = """(() => {
    const root = document.documentElement;
    const height = Math.ceil(root.getBoundingClientRect().height);
    return height === innerHeight && root.scrollHeight <= innerHeight && root.scrollWidth <= innerWidth;
})()"""


def test_embeds_are_as_high_as_what_they_show_in_every_width(
    newspaper: Newspaper, visit: Callable[..., Visit]
) -> None:
    """One layout in every way, and every layout in one."""
    shown = [*((way, LOOKS[0]) for way in WAYS), *(("element", look) for look in LOOKS[1:])]
    newspaper.shows(*((way, f"look={look}&accent=ffcc00") for way, look in shown))
    visitor = visit(newspaper.url, width=WIDTHS[0], height=2 * ROOM)
    page = visitor.go("/")
    embeds = embeds_in(page, len(shown))
    for width in WIDTHS:
        visitor.resize(width, 2 * ROOM)
        for embed in embeds:
            assert becomes(embed, FITS), (width, embed.url)
        assert not visitor.overflows()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for embed in embeds:
            assert becomes(embed, f"{PAPER} === '{PAPERS[scheme]}'"), (scheme, embed.url)
    assert [embed.evaluate("self.origin") for embed in embeds] == ["null"] * len(shown)


def test_a_link_opens_a_page_that_cannot_reach_back(
    newspaper: Newspaper, site: Server, visit: Callable[..., Visit]
) -> None:
    newspaper.shows(*((way, "") for way in WAYS))
    page = visit(newspaper.url, height=ROOM).go("/")
    for embed in embeds_in(page, len(WAYS)):
        with page.context.expect_page() as opened:
            embed.get_by_role("link", name="Subscribe").click()
        opened.value.wait_for_load_state()
        assert opened.value.url == f"{site.url}/topics/oceans"
        assert opened.value.evaluate("[opener, self.origin]") == [None, site.url]
        opened.value.close()
    assert page.url == f"{newspaper.url}/"


def test_without_scripts_frames_show_everything_and_an_element_is_a_link(
    newspaper: Newspaper, site: Server, visit: Callable[..., Visit]
) -> None:
    newspaper.shows(*(("frame", f"look={look}") for look in LOOKS), ("element", ""))
    page = visit(newspaper.url, java_script_enabled=False).go("/")
    for embed in embeds_in(page, len(LOOKS)):
        embed.get_by_role("link", name="Subscribe").wait_for()
        assert embed.get_by_role("main").get_by_role("link").count() == 5
    link = page.get_by_role("link", name="Oceans")
    assert link.is_visible()
    assert link.get_attribute("href") == f"{site.url}/topics/oceans"


def test_who_is_not_named_in_the_settings_cannot_embed(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    write_article(tmp_path / "corpus", topics=["Oceans"])
    allowed = Newspaper("")
    with Server(
        tmp_path / "corpus",
        tmp_path / "server",
        at_own_address=True,
        FEEDS_HTTP_FRAME_ANCESTORS=allowed.url,
    ) as server:
        other = Newspaper(server.url)
        allowed.feeds = server.url
        for newspaper in (allowed, other):
            newspaper.shows(("frame", ""))
        embed_in(visit(allowed.url).go("/"))
        embed_in(visit(server.url).go("/embed?src=topics/oceans"))  # our own page may
        visitor = visit(other.url)
        with visitor.page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            visitor.go("/")
        shown = visitor.page.frame_locator("iframe")
        assert not shown.get_by_role("link", name="Subscribe").count()
        visitor.complaints.clear()
        other.close()
    allowed.close()


def test_an_element_follows_its_attributes_and_leaves_no_steps_in_the_history(
    newspaper: Newspaper, site: Server, visit: Callable[..., Visit]
) -> None:
    newspaper.shows(("element", "look=list"))
    page = visit(newspaper.url).go("/")
    first = embed_in(page)
    element = page.locator("feed-embed")
    before = page.evaluate("history.length")
    element.evaluate(
        "each => { each.setAttribute('look', 'cards'); each.setAttribute('accent', '#F80');"
        "each.setAttribute('src', each.getAttribute('src') + '.rss?lang=en') }"
    )
    page.locator("iframe[src*=cards]").wait_for()
    second = embed_in(page)
    assert second.url == f"{site.url}/embed/topics/oceans?lang=en&look=cards&accent=F80"
    assert second != first
    assert page.locator("iframe").count() == 1
    assert becomes(second, FITS)
    assert page.evaluate("history.length") == before
    assert page.locator("iframe").get_attribute("title") == "Oceans"


def test_the_automatic_theme_follows_the_page_and_a_failing_picture_leaves_no_box(
    newspaper: Newspaper, visit: Callable[..., Visit]
) -> None:
    newspaper.shows(("frame", ""), ("element", ""))
    visitor = visit(newspaper.url, height=ROOM)
    page = visitor.page
    is_picture = re.compile("/(assets|media)/")
    page.route(is_picture, lambda route: route.fulfill(body="no picture", content_type="image/png"))
    visitor.go("/")
    embeds = embeds_in(page, 2)

    def become(expression: str) -> bool:
        return all(becomes(embed, expression) for embed in embeds)

    assert become(FITS)
    assert become("!document.images.length")
    for scheme, shown in (("night", "dark"), ("day", "light"), ("night", "dark"), ("either", "light")):
        page.evaluate(f"document.documentElement.className = '{scheme}'")
        assert become(f"{PAPER} === '{PAPERS[shown]}'"), scheme
    page.emulate_media(color_scheme="dark")
    assert become(f"{PAPER} === '{PAPERS['dark']}'")


def test_an_error_is_a_panel_above_the_link_of_the_element(
    newspaper: Newspaper, site: Server, visit: Callable[..., Visit]
) -> None:
    newspaper.shows(("element", "theme=dark"))
    newspaper.story = newspaper.story.replace("/topics/oceans", "/topics/ocean", 1)
    visitor = visit(newspaper.url)
    visitor.expected = "404 (Not Found)"
    page = visitor.go("/")
    page.frame_locator("iframe").get_by_text("There is no topic called “ocean”.").wait_for()
    frame = page.locator("iframe").element_handle().content_frame()
    assert frame
    for width in WIDTHS:
        visitor.resize(width)
        assert becomes(frame, FITS), width
    link = page.get_by_role("link", name="Oceans")
    expect(link).to_be_visible()
    assert link.get_attribute("href") == f"{site.url}/topics/oceans"
    assert not visitor.overflows()


def test_an_element_frames_nothing_but_this_server(
    newspaper: Newspaper, visit: Callable[..., Visit]
) -> None:
    newspaper.shows(*(("element", "") for _ in ELSEWHERE))
    for src in ELSEWHERE:
        newspaper.story = newspaper.story.replace(
            f'src="{newspaper.feeds}/topics/oceans"', f'src="{src}"', 1
        )
    page = visit(newspaper.url).go("/")
    assert becomes(page, "customElements.get('feed-embed') !== undefined")
    links = page.get_by_role("link", name="Oceans")
    assert [link.is_visible() for link in links.all()] == [True] * len(ELSEWHERE)
    assert not page.locator("iframe").count()


def test_nobody_but_the_embed_says_how_high_it_is(
    newspaper: Newspaper, visit: Callable[..., Visit]
) -> None:
    newspaper.shows(("element", ""))
    page = visit(newspaper.url).go("/")
    embed = embed_in(page)
    assert becomes(embed, FITS)
    height = embed.evaluate("innerHeight")
    page.evaluate("postMessage({ type: 'feed-embed:height', height: 9999 }, '*')")
    for said in ("-1", "1e9", "'100%'", "NaN", "null"):
        embed.evaluate(f"parent.postMessage({{ type: 'feed-embed:height', height: {said} }}, '*')")
    embed.evaluate("parent.postMessage(null, '*')")
    page.evaluate(TWO_FRAMES)
    assert embed.evaluate("innerHeight") == height
    embed.evaluate("parent.postMessage({ type: 'feed-embed:height', height: 777.2 }, '*')")
    assert becomes(embed, "innerHeight === 778")


LISTEN = """
window.heights = 0;
addEventListener("message", ({ data }) => { heights += data?.type === "feed-embed:height"; });
"""


def test_an_embed_that_is_a_page_of_its_own_tells_nobody_how_high_it_is(
    visit: Callable[..., Visit],
) -> None:
    """It would tell itself, and answer that for ever."""
    page = visit().go("/embed/topics/oceans")
    page.evaluate(LISTEN)
    page.set_viewport_size({"width": 320, "height": 900})
    page.evaluate("postMessage('anything', '*')")
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("heights") == 0


def running_ticker(visit: Callable[..., Visit], **options: Any) -> Page:
    page = visit(**options).go("/embed/topics/oceans?look=ticker")
    page.mouse.move(5, 400)
    return page


def state(page: Page) -> list[str]:
    """The name of the ticker's animation, and whether it runs."""
    track = "getComputedStyle(document.querySelector('.track'))"
    return list(page.evaluate(f"[{track}.animationName, {track}.animationPlayState]"))


def test_a_ticker_stops_for_whoever_points_at_it(visit: Callable[..., Visit]) -> None:
    page = running_ticker(visit)
    assert state(page) == ["run", "running"]
    page.locator(".window").hover()
    assert state(page) == ["run", "paused"]
    page.mouse.move(5, 400)
    assert state(page) == ["run", "running"]


def test_a_ticker_stops_for_whoever_says_so_with_the_keyboard(visit: Callable[..., Visit]) -> None:
    page = running_ticker(visit)
    page.get_by_role("checkbox", name="Pause").focus()
    page.keyboard.press("Space")
    assert state(page) == ["run", "paused"]
    page.keyboard.press("Space")
    assert state(page) == ["run", "running"]


@pytest.mark.parametrize("width", [280, 1280])
def test_whoever_comes_to_a_ticker_by_keyboard_sees_each_link(
    width: int, visit: Callable[..., Visit]
) -> None:
    page = running_ticker(visit, width=width, height=500)
    titles = page.locator(".track ul:not(.again) a").all_inner_texts()
    page.get_by_role("checkbox").focus()
    for title in titles:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == title
        assert state(page)[0] == "none"
        inside = """(() => {
            const [link, frame] = [document.activeElement, document.querySelector(".window")];
            const [a, b] = [link.getBoundingClientRect(), frame.getBoundingClientRect()];
            const room = Math.max(b.width, a.width + 8);
            return a.left >= b.left && a.left < b.right - 40 && a.right <= b.left + room;
        })()"""
        assert page.evaluate(inside), title
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Subscribe"
    assert state(page) == ["run", "running"]
    scrolled = "[...document.querySelectorAll('.window, .lane')].map((each) => each.scrollLeft)"
    assert page.evaluate(scrolled) == [0, 0]


def test_whoever_wants_no_motion_has_a_list(visit: Callable[..., Visit]) -> None:
    visitor = visit(reduced_motion="reduce")
    page = visitor.go("/embed/topics/oceans?look=ticker")
    for width in WIDTHS:
        visitor.resize(width)
        assert state(page)[0] == "none"
        tops = page.evaluate(
            "[...document.querySelectorAll('main a')]"
            ".filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect().y)"
        )
        assert len(tops) == 5
        assert tops == sorted(set(tops))
        assert not page.get_by_role("checkbox").is_visible()
        assert not visitor.overflows()
    assert visitor.violations() == []


def test_frames_without_scripts_are_high_enough_where_there_is_room(
    newspaper: Newspaper, visit: Callable[..., Visit]
) -> None:
    """Each layout, with and without pictures, has three of the numbers of articles."""
    cases = [
        (look, images, count)
        for row, look in enumerate(LOOKS)
        for column, images in enumerate(SWITCH)
        for count in (1, 2, 4, 5, 6, 10)[(row + column) % 2 :: 2]
    ]
    frame = '<iframe width="640" height="200" src="{}/embed/feed?look={}&images={}&count={}"></iframe>'
    newspaper.story = "".join(frame.format(newspaper.feeds, *case) for case in cases)
    page = visit(newspaper.url, height=ROOM).go("/")
    for embed, (look, images, count) in zip(embeds_in(page, len(cases)), cases, strict=True):
        needed = embed.evaluate("document.documentElement.getBoundingClientRect().height")
        assert needed <= Presentation(look, images=images, count=count).height < 1.7 * needed


HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "bidi": "\u202egnp.exe\u2066\u2067 right \u0627\u0644\u0639\u0631\u0628\u064a\u0629 to left",
    "word": "x" * 10_000,
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of hostile articles."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, text in HOSTILE.items():
        write_article(
            folder / "corpus", f"_news/2026-01-02-{name}.md", title=text, excerpt=text, topics=["Evil"],
            provider={"name": text[:200], "domain": f"{name}.example"},
        )  # fmt: skip
    write_article(
        folder / "corpus", "_news/2026-01-02-link.md", webUrl="javascript:alert(1)", topics=["Evil"]
    )
    with Server(folder / "corpus", folder / "server", at_own_address=True) as server:
        yield server


def test_hostile_text_is_text(hostile: Server, visit: Callable[..., Visit]) -> None:
    visitor = visit(hostile.url, width=280, height=600)
    page = visitor.page
    for look, motion in (*((look, "no-preference") for look in LOOKS), ("ticker", "reduce")):
        page.emulate_media(reduced_motion=motion)
        visitor.go(f"/embed/topics/evil?look={look}")
        assert not visitor.overflows()
        assert visitor.violations() == []
        assert HOSTILE["script"] in page.get_by_role("main").inner_text()
        links = page.locator("a").evaluate_all("all => all.map(each => new URL(each.href).protocol)")
        assert set(links) <= {"http:", "https:"}
        assert page.evaluate("document.documentElement.getBoundingClientRect().height") < 2500


def snippet(page: Page, name: str) -> str:
    return page.locator(f".snippet:has(#{name}) code").inner_text()


def test_what_is_chosen_is_shown_at_once(site: Server, visit: Callable[..., Visit]) -> None:
    visitor = visit()
    page = visitor.go("/embed?src=topics/oceans")
    embed_in(page)
    page.get_by_label("Layout").select_option("cards")
    page.locator("iframe[src*=cards]").wait_for()
    page.get_by_label("Accent colour").fill("#336699")
    page.locator("iframe[src*='accent=336699']").wait_for()
    assert becomes(embed_in(page), FITS)
    page.wait_for_url("**look=cards**")
    assert 'look="cards" accent="#336699"' in snippet(page, "element")
    page.get_by_label("Feed", exact=True).fill("topics/ocean")
    page.get_by_role("alert").wait_for()
    assert "did you mean oceans?" in page.get_by_role("alert").inner_text()
    assert "topics/oceans" in snippet(page, "element")
    assert [each for each in visitor.complaints if "404" not in each] == []
    visitor.complaints.clear()
    page.get_by_label("Feed", exact=True).fill("feed")
    page.locator("iframe[src*='embed/feed']").wait_for()
    assert not page.get_by_role("alert").is_visible()


def test_a_snippet_is_copied_as_it_stands(visit: Callable[..., Visit]) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.go("/embed?src=topics/oceans")
    for name in ("element", "frame", "oembed", "link"):
        button = page.locator(f".snippet:has(#{name}) button")
        button.click()
        expect(button).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == snippet(page, name)


def test_without_scripts_the_page_is_a_form(visit: Callable[..., Visit]) -> None:
    page = visit(java_script_enabled=False).go("/embed?src=topics/oceans")
    page.get_by_label("Layout").select_option("headlines")
    page.get_by_label("Articles", exact=True).fill("3")
    page.get_by_role("button", name="Update preview").click()
    page.locator("iframe[src*=headlines]").wait_for()
    assert page.get_by_label("Layout").input_value() == "headlines"
    assert 'look="headlines" count="3"' in snippet(page, "element")
    assert not page.get_by_role("button", name="Copy").count()
    assert page.frame_locator("iframe").get_by_role("main").get_by_role("link").count() == 3
