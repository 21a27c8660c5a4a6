"""The HTML of pages and embeds is valid, according to the Nu HTML checker."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from feeds.article import Enclosure, Provider, Related
from feeds.readership.check.names import new_name
from tests.builders import article, image
from tests.harness import Harness
from tests.skipping import skip_without

CHECKER = Path(__file__).with_name("node_modules") / "vnu-jar" / "build" / "dist" / "vnu.jar"
# A short run is not worth a compilation, and code that is not compiled yet needs a larger stack.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m", "-Xmn128m")
TIDAL = Provider("tidal.example", "Tidal & Sons", "https://tidal.example/")
AUDIO = Enclosure("https://a.example/1.mp3?a=1&b=2", "audio/mpeg", 12_345, 754, 'An "episode" & more')
VIDEO = Enclosure("https://a.example/1.mp4", "video/mp4")
PAPER = Enclosure("https://a.example/1.pdf", "application/pdf", 2048)
BODY = (
    "<h2>A heading</h2><p>Text with <code>code</code>.</p><ul><li>a<ul><li>b</li></ul></li></ul>"
    "<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table><pre><code>x</code></pre>"
)
PAGES = (
    "/", "/feed", "/topics/oceans", "/topics/oceans/daily", "/providers/tidal.example", "/feed/2026-01",
    "/?q=title+1&sort=heat", "/build", "/build?topic=oceans&q=x", "/build?limit=x", "/status",
    "/embed", "/embed?src=topics/oceans&width=400&look=ticker",
    "/embed/feed", "/embed/topics/oceans", "/embed/feed?look=ticker", "/embed/feed?look=headlines",
    "/embed/feed?look=cards&images=on&theme=dark&accent=1a5fb4", "/topics/nothing", "/nothing",
    "/search", "/search?q=title&topic=oceans&sort=newest", "/search?q=titel",
    "/search?q=,,",
    "/articles/1", "/articles/2", "/articles/3", "/articles/4", "/articles/nothing",
    "/about/api", "/about/polling",
    "/topics", "/providers", "/authors", "/authors/zoe",
    "/embed/topics/nothing", "/embed?src=topics/nothing", "/hub", "/hub?hub.topic=nowhere",
    "/reader-check",
)  # fmt: skip


@pytest.mark.slow
def test_the_html_of_every_kind_of_page_is_valid(tmp_path: Path) -> None:
    """One run of the checker for all pages: its start takes most of the time.

    It does not guess languages, for which it reads a lot at its start: this text is in none.
    """
    java = shutil.which("java")
    if not java or not CHECKER.exists():
        skip_without("java", "vnu-jar")
    served = Harness(tmp_path)
    served.put(
        article(1, topics=("Oceans", "C++ & R"), provider=TIDAL, images=(image(),)),
        article(2, topics=("Oceans",), title="<b> & \"quoted\" 'it’s'", language="ar", authors=("Zoe",)),
        article(3, html="<p>größer</p>" * 50, summary="a & b < c"),
        article(
            4,
            url="",
            html=BODY,
            summary="",
            images=(image("a%20b.png"), image("b.png", alt="B")),
            enclosures=(AUDIO, VIDEO, PAPER),
            related=(Related("R & D", "https://r.example/?a=1&b=2"),),
        ),
    )
    check = f"/reader-check/{new_name(served.now)}"
    served.get(f"{check}/feed.rss", If_None_Match='"0"')
    for path in (*PAGES, check):
        answer = served.get(path, Accept="text/html", Host="localhost")
        (tmp_path / f"{quote(path, safe='')}.html").write_bytes(answer.data)
    served.close()
    # The checker wants a slash after every scheme, but readers register the scheme feed as it is here.
    ignored = ".*“feed:https://.*"
    pages = sorted(file.name for file in tmp_path.glob("*.html"))
    options = ("--no-langdetect", "--format", "gnu", "--filterpattern", ignored)
    command = [java, *QUICK, "-jar", str(CHECKER), *options, *pages]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.stderr.splitlines() == []
    assert len(pages) == len(PAGES) + 1
