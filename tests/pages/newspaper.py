"""Another site, whose pages show embeds."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote

SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"

# The pages of the newspaper take nothing from elsewhere but the embed and its script.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self' FEEDS; connect-src FEEDS; frame-src FEEDS"
)
SHEET = (
    "body { margin: 0 } iframe { max-width: 100%; display: block }"
    ".night { color-scheme: dark } .day { color-scheme: light } .either { color-scheme: light dark }"
)
INSERT = """
const place = document.querySelector("[data-asked]");
place.innerHTML = (await (await fetch(place.dataset.asked)).json()).html;
"""


class Newspaper:
    """Another site; *story* is what stands on its front page."""

    def __init__(self, feeds: str) -> None:
        self.story = ""
        self.feeds = feeds
        newspaper = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, text = newspaper.file(self.path)
                self.send_response(200)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Security-Policy", POLICY.replace("FEEDS", newspaper.feeds))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                """Write no log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def file(self, path: str) -> tuple[str, str]:
        match path:
            case "/sheet.css":
                return "text/css", SHEET
            case "/insert.js":
                return "text/javascript", INSERT
        return "text/html", (
            '<!doctype html><html lang="en"><title>News</title>'
            '<meta name="viewport" content="width=device-width">'
            f'<link rel="stylesheet" href="/sheet.css"><main><h1>News</h1>{self.story}</main></html>'
        )

    def shows(self, *embeds: tuple[str, str]) -> None:
        """Make the story embeds of the oceans; each has a way to embed it, and the query of its looks."""
        script = f'<script type="module" src="{self.feeds}/embed.js"></script>'
        self.story = "".join(self._embed(way, looks) for way, looks in embeds) + script

    def _embed(self, way: str, looks: str) -> str:
        page, address = f"{self.feeds}/topics/oceans", f"{self.feeds}/embed/topics/oceans?{looks}"
        match way:
            case "frame":
                frame = f'<iframe src="{address}" title="Oceans" width="100%" height="50" frameborder="0"'
                return f'{frame} sandbox="{SANDBOX}"></iframe>'
            case "bare":
                return f'<iframe src="{address}" title="Oceans" frameborder="0"></iframe>'
            case "element":
                chosen = looks.replace("&", " ")
                return f'<feed-embed src="{page}" {chosen}><a href="{page}">Oceans</a></feed-embed>'
        asked = f"{self.feeds}/oembed?maxheight=60&url={quote(address, safe='')}"
        return f'<div data-asked="{asked}"></div><script type="module" src="/insert.js"></script>'

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
