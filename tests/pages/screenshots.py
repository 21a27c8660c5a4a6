"""Write a picture of every kind of page: python -m tests.pages.screenshots FOLDER."""

import sys
import tempfile
from pathlib import Path

from feeds.sample import write_sample
from tests.pages.browser import Visit, Windows, chromium
from tests.server import Server

# The name, address, width in pixels and colour scheme of each picture.
SHOTS = (
    ("home", "/", 1280, "light"),
    ("home-phone", "/", 360, "dark"),
    ("feed", "/topics/oceans", 1280, "dark"),
    ("feed-phone", "/topics/oceans", 360, "light"),
    ("status", "/status", 1280, "light"),
    ("status-phone", "/status", 360, "dark"),
    ("build", "/build?topic=food,oceans&topic=-books&q=harbour", 1280, "light"),
    ("build-phone", "/build?topic=food,oceans&topic=-books", 360, "dark"),
    ("build-wrong", "/build?topic=food,ocaens&since=yesterday", 1280, "dark"),
    ("search", "/search?q=tide,reefs&topic=oceans", 1280, "light"),
    ("search-phone", "/search?q=tide,reefs", 360, "dark"),
    ("search-nothing", "/search?q=oister", 1280, "dark"),
    ("search-empty-phone", "/search", 360, "light"),
    ("embed-configure", "/embed?src=topics/oceans&look=cards", 1280, "light"),
    ("embed-configure-phone", "/embed", 360, "dark"),
    ("embed-list", "/embed/topics/oceans", 640, "light"),
    ("embed-list-narrow", "/embed/topics/oceans", 280, "dark"),
    ("embed-cards", "/embed/feed?look=cards", 1280, "light"),
    ("embed-cards-narrow", "/embed/feed?look=cards&accent=1a5fb4", 768, "dark"),
    ("embed-headlines", "/embed/feed?look=headlines&count=9", 1280, "dark"),
    ("embed-ticker", "/embed/topics/oceans?look=ticker", 1280, "light"),
    ("embed-ticker-narrow", "/embed/topics/oceans?look=ticker", 320, "dark"),
    ("rss", "/topics/oceans.rss", 1280, "light"),
    ("atom-phone", "/topics/oceans.atom", 360, "dark"),
    ("opml", "/opml", 1280, "dark"),
    ("api", "/about/api", 1280, "light"),
    ("api-phone", "/about/api", 360, "dark"),
    ("error", "/topics/ocean", 1280, "light"),
    ("error-phone", "/?limit=0", 360, "dark"),
)

SHOWN = Path(__file__).with_name("shown")
IN_README = ("feed", "build")


def shoot(folder: Path) -> None:
    """Write every picture into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        write_sample(Path(made, "corpus"), 1000, 7, lambda _done: None)
        windows = Windows(browser)
        with Server(Path(made, "corpus"), Path(made, "server"), at_own_address=True) as site:
            for name, path, width, scheme in SHOTS:
                visit = Visit(windows, site.url, width, color_scheme=scheme)
                page = visit.go(path)
                page.screenshot(path=folder / f"{name}.png")
                if name in IN_README:
                    page.screenshot(path=SHOWN / f"{name}.jpg", type="jpeg", quality=70)
                visit.close()
                print(folder / f"{name}.png")


if __name__ == "__main__":
    shoot(Path(sys.argv[1] if len(sys.argv) > 1 else "var/screenshots"))
