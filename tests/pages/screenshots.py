"""Write a picture of every kind of page: python -m tests.pages.screenshots FOLDER [PART OF A NAME]."""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from feeds.sample import write_sample
from tests.pages.blog import ARTICLE, write_blog
from tests.pages.browser import SCHEMES, Scheme, Visit, Windows, chromium
from tests.server import Server

# A path that begins with BLOG is one of the blog. A pair has both widths, and its schemes by turns.
BLOG = "blog:"
SAMPLE_ARTICLE = "2026-11-05-how-old-quarrel-mended-its-forgotten-whale-songs"
PAIRS = (
    ("home", "/"),
    ("home-blog", f"{BLOG}/"),
    ("latest", "/feed"),
    ("topics", "/topics"),
    ("providers", "/providers"),
    ("authors", "/authors"),
    ("topic", "/topics/oceans"),
    ("provider", "/providers/tidalpost.example"),
    ("author", "/authors/odile-brandt"),
    ("topic-of-provider", "/topics/oceans/providers/tidalpost.example"),
    ("month", "/topics/oceans/2025-10"),
    ("digest", "/topics/oceans/daily"),
    ("search", "/search?q=harbour"),
    ("search-filtered", "/search?q=harbour+tide&topic=oceans&sort=newest"),
    ("search-none", "/search?q=habrour+zzz"),
    ("search-empty", "/search"),
    ("article", f"{BLOG}/articles/{ARTICLE}"),
    ("article-elsewhere", f"/articles/{SAMPLE_ARTICLE}"),
    ("build", "/build?topic=food,oceans&topic=-books&q=harbour"),
    ("build-empty", "/build"),
    ("build-wrong", "/build?topic=food,ocaens&since=yesterday"),
    ("embed-configure", "/embed?src=topics/oceans&look=cards"),
    ("embed-configure-wrong", "/embed?src=topics/ocaens"),
    ("embed-list", "/embed/topics/oceans"),
    ("embed-cards", "/embed/feed?look=cards&accent=1a5fb4"),
    ("embed-headlines", "/embed/feed?look=headlines&count=9"),
    ("embed-ticker", "/embed/topics/oceans?look=ticker"),
    ("embed-wrong", "/embed/topics/ocaens"),
    ("embed-malformed", "/embed/feed?count=1000"),
    ("rss", "/topics/oceans.rss"),
    ("atom", "/topics/oceans.atom"),
    ("opml", "/opml"),
    ("status", "/status"),
    ("api", "/about/api"),
    ("polling", "/about/polling"),
    ("hub", "/hub"),
    ("hub-wrong", "/hub?hub.topic=nowhere"),
    ("hub-arabic", "/hub?ui=ar"),
    ("reader-check", "/reader-check"),
    ("nothing", "/topics/ocean"),
    ("no-page", "/nothing/here"),
    ("refused", "/feed?limit=0"),
    ("home-arabic", "/?ui=ar"),
    ("topic-japanese", "/topics/oceans?ui=ja"),
    ("search-arabic", "/search?q=harbour&ui=ar"),
    ("build-japanese", "/build?topic=food&ui=ja"),
)
WIDTHS = (1280, 360)


class Shot(NamedTuple):
    """A picture of the page at *path*."""

    name: str
    path: str
    width: int
    scheme: Scheme


SHOTS = tuple(
    Shot(f"{name}-{width}", path, width, SCHEMES[(number + turn) % 2])
    for number, (name, path) in enumerate(PAIRS)
    for turn, width in enumerate(WIDTHS)
)

SHOWN = Path(__file__).with_name("shown")
IN_README = {"home-1280": "home.jpg", "topic-1280": "feed.jpg"}


def shoot(folder: Path, wanted: str = "") -> None:
    """Write the pictures with *wanted* in their names into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, chromium() as browser:
        made = Path(temporary)
        write_sample(made / "corpus", 1000, 7, lambda _done: None)
        write_blog(made / "blog")
        windows = Windows(browser)
        with (
            Server(made / "corpus", made / "server", at_own_address=True, FEEDS_PUSH_HUB="on") as site,
            Server(made / "blog", made / "blog-server", at_own_address=True) as blog,
        ):
            for shot in SHOTS:
                if wanted in shot.name:
                    server = blog if shot.path.startswith(BLOG) else site
                    _write(shot, Visit(windows, server.url, shot.width, color_scheme=shot.scheme), folder)


def _write(shot: Shot, visit: Visit, folder: Path) -> None:
    page = visit.go(shot.path.removeprefix(BLOG))
    page.wait_for_load_state("networkidle")  # the frame of an embed, and pictures
    page.screenshot(path=folder / f"{shot.name}.png")
    if name := IN_README.get(shot.name):
        page.screenshot(path=SHOWN / name, type="jpeg", quality=70)
    marks = f"{' OVERFLOWS' if visit.overflows() else ''} {' '.join(visit.complaints)}"
    visit.close()
    print(f"{folder / shot.name}.png{marks}", flush=True)


if __name__ == "__main__":
    target, *words = sys.argv[1:] or ["var/screenshots"]
    shoot(Path(target), *words)
