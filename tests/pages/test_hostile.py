"""Text of hostile articles is shown, never executed."""

import html
from collections.abc import Callable, Iterator

import pytest

from tests.builders import write_article
from tests.pages.browser import Visit
from tests.server import Server
from tests.table import for_each

pytestmark = pytest.mark.slow

# Every kind of page; a new one belongs here.
PATHS = (
    "/",
    "/topics/tests",
    "/topics/tests/daily",
    "/providers/hostile.example",
    "/topics/tests/providers/hostile.example",
    "/f/hostile",
    "/feed/2026-01",
    "/?q=title&sort=heat",
    "/search?q=title",
    "/status",
    "/?q=%3Cscript%3Eran()%3C/script%3E",
    "/feed.rss",
    "/feed.atom",
    "/feed.rss?content=summary",
    "/feed.atom?content=title",
)
# Requests whose error pages repeat their text.
REFUSED = (
    "/%3Cscript%3Eran()%3C/script%3E",
    "/topics/%3Cimg%20src=x%20onerror=ran()%3E",
    "/f/%E2%80%AEhostile%22%3E%3Cb%20class=theirs%3E",
    "/?limit=%3Cscript%3Eran()%3C/script%3E",
    "/?since=" + "w" * 400,
    "/search?q=%22&topic=%3Cimg%20src=x%20onerror=ran()%3E",
)

WORD = "w" * 2_000
BOLD = "<b class='theirs' onclick=\"ran()\">b</b>"
TITLES = (
    "title <script>ran()</script>",
    "title </script><script>ran()</script>",
    "title </title></textarea></style><script>ran()</script>",
    f"title <img src=x onerror=ran()> {BOLD}",
    "title ]]><script>ran()</script><![CDATA[",
    "title --><script>ran()</script><!-- ?>",
    "title &lt;script&gt;ran()&lt;/script&gt; &amp;amp; &#60;b class=theirs&#62; &nbsp;",
    "title {{ 7*7 }} {% include 'base.html' %} ${7*7} {count} %s %(a)s \\u003cb\\u003e",
    "title \" onmouseover=\"ran()\" ' onfocus='ran()' autofocus x=",
    "title javascript:ran() data:text/html,<script>ran()</script>",
    "title \N{RIGHT-TO-LEFT OVERRIDE}reversed",
    "title \N{RIGHT-TO-LEFT OVERRIDE}\N{RIGHT-TO-LEFT EMBEDDING}\N{LEFT-TO-RIGHT OVERRIDE}deep",
    "title \N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}\N{RIGHT-TO-LEFT OVERRIDE}open",
    "title \N{POP DIRECTIONAL ISOLATE}\N{POP DIRECTIONAL FORMATTING}\N{RIGHT-TO-LEFT OVERRIDE}closed",
    "\N{RIGHT-TO-LEFT MARK}\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED} title 12",
    "title\N{ZERO WIDTH SPACE}\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{WORD JOINER} nothing",
    "title " + "e" + "\N{COMBINING ACUTE ACCENT}" * 200,
    "title " + "w" * 990,
)  # fmt: skip
# In front matter, entities are what they stand for, once, and a pair of tags around a text is left out.
SEEN = ("image", *(" ".join(html.unescape(title).replace(BOLD, "b").split()) for title in TITLES))
ADDRESSES = ("javascript:ran()", "data:text/html,<script>ran()</script>", " JaVaScRiPt:ran()")
BODY = """
<script>ran()</script><img src=x onerror=ran()><b class="theirs" onclick="ran()">b</b>
<a href="javascript:ran()">a</a> <a href="data:text/html,<script>ran()</script>">d</a>
<style>* { display: none }</style><iframe srcdoc="<script>parent.ran()</script>"></iframe>
[link](javascript:ran%28%29) <svg onload=ran()><form action="javascript:ran()"><button>b</button></form>
"""

# Text of ours that an override reached runs from right to left, letter after letter.
REVERSED = r"""() => {
  const found = [], walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.data;
    const at = text.search(/[A-Za-z0-9]{2}/);
    if (at < 0 || /[^\x20-\x7e\s]/.test(text) || !node.parentElement.checkVisibility()) continue;
    const [first, second] = [at, at + 1].map(start => {
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, start + 1);
      return range.getBoundingClientRect();
    });
    if (first.width && first.top === second.top && first.left > second.left) found.push(text);
  }
  return found;
}"""

# The titles that a browser's parser finds in a feed.
IN_FEED = """async address => {
  const text = await (await fetch(address)).text();
  const parsed = new DOMParser().parseFromString(text, "text/xml");
  const titles = parsed.querySelectorAll("item > title, entry > title");
  return [...titles].map(each => each.textContent);
}"""

# Signs of injected markup: marked elements, handlers, and links that run scripts.
THEIRS = """() => [...document.querySelectorAll("*")].filter(each =>
  each.matches(".theirs, iframe[srcdoc], main script, main style")
  || each.matches("[href^='javascript:' i], [href^='data:' i]")
  || [...each.attributes].some(({ name }) => name.startsWith("on"))
).map(each => each.outerHTML?.slice(0, 200) ?? each.nodeName)"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of nothing but hostile articles."""
    folder = tmp_path_factory.mktemp("hostile")
    corpus = folder / "corpus"
    for number, title in enumerate(TITLES):
        write_article(
            corpus,
            f"_news/2026-01-02-{number}.md",
            BODY + WORD,
            title=title,
            excerpt=f"{title} {title[::-1]} {WORD}",
            publishedDateTime=f"2026-01-{number + 1:02}T03:04:05Z",
            author=title,
            topics=["Tests", title[:200]],
            provider={"name": title, "domain": "hostile.example" if number % 2 else f"h{number}.example"},
        )
    # All but a picture made of data are held back; the page that says so is one of PATHS.
    for number, address in enumerate(ADDRESSES):
        write_article(corpus, f"_news/link{number}.md", title=f"link {number}", webUrl=address)
        write_article(corpus, f"_news/image{number}.md", title="image", images=[{"url": address}])
    (corpus / "_config.yml").write_text(
        "title: 'Site <script>ran()</script> \N{RIGHT-TO-LEFT OVERRIDE}{{ 7*7 }}'\nurl: https://corpus.example\n"
        "description: '</script><b class=theirs>'\n"
    )
    config = folder / "feeds.yaml"
    config.write_text(
        "site: {feeds: {hostile: {title: 'N <script>ran()</script> \N{RIGHT-TO-LEFT OVERRIDE}x',"
        " query: 'topic=tests'}}}\n"
    )
    with Server(corpus, folder / "server", at_own_address=True, FEEDS_CONFIG=str(config)) as server:
        yield server


@pytest.fixture
def victim(hostile: Server, visit: Callable[..., Visit]) -> Visit:
    """A visitor on a narrow telephone, in whose pages nothing may run."""
    visitor = visit(hostile.url, width=320, height=900)
    visitor.page.add_init_script("self.ran = () => console.error('ran')")  # a complaint
    return visitor


@for_each("path", PATHS)
def test_nothing_runs_leaks_or_overflows(path: str, victim: Visit) -> None:
    victim.go(path)
    assert_harmless(victim)
    assert victim.complaints == []


@for_each("path", REFUSED)
def test_nor_on_a_page_that_says_what_was_wrong(path: str, victim: Visit) -> None:
    victim.go(path)
    (status,) = victim.complaints
    assert "the server responded with a status of 40" in status
    victim.complaints.clear()
    assert_harmless(victim)


def assert_harmless(victim: Visit) -> None:
    assert victim.page.evaluate(THEIRS) == []
    assert victim.page.evaluate(REVERSED) == []
    assert not victim.overflows()


def test_what_would_be_seen_is_seen(victim: Visit) -> None:
    """Otherwise, the tests above could not fail."""
    page = victim.go("/topics/tests")
    page.evaluate(
        """() => {
          const main = document.querySelector("main");
          main.insertAdjacentHTML("beforeend", "<p>\u202e<b class='theirs'>leaked text</b></p>");
          main.style.width = "400px";
        }"""
    )
    assert len(page.evaluate(THEIRS)) == 1
    assert page.evaluate(REVERSED) == ["leaked text"]
    assert victim.overflows()
    with page.expect_console_message(lambda message: message.text == "ran"):
        page.evaluate("ran()")
    assert "ran" in victim.complaints
    victim.complaints.clear()


def test_titles_are_shown_letter_for_letter_on_a_page_and_in_an_opened_feed(victim: Visit) -> None:
    """A browser's parser finds the same titles in a feed."""
    page = victim.go("/topics/tests")
    shown = page.evaluate("[...document.querySelectorAll('.entry h2 a')].map(each => each.textContent)")
    assert sorted(shown) == sorted(SEEN)
    addresses = [f"/topics/tests.{extension}" for extension in ("rss", "atom")]
    for address in addresses:
        found = page.evaluate(IN_FEED, address)
        assert sorted(found) == sorted(SEEN), address
    for address in addresses:
        victim.go(address)
        shown = page.locator(":is(item, entry) > title:visible").all_text_contents()
        assert sorted(shown) == sorted(SEEN), address
