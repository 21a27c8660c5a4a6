"""A server with one healthy feed in three formats, whose answers a test alters."""

import gzip
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

NOW = 1_795_953_600  # 2026-11-29, 12:00 UTC
MODIFIED = formatdate(NOW - 3600, usegmt=True)
PLAIN = "identity"

ENTRIES = 20
TEXT = "A sentence that makes the feed long enough to be compressed. " * 5


def rss(**fields: str) -> str:
    """An RSS feed; *fields* replace parts of its first item."""
    given = {
        "title": "<title>One</title>",
        "link": "<link>https://site.example/0</link>",
        "guid": '<guid isPermaLink="false">tag:0</guid>',
        "date": "<pubDate>Sat, 28 Nov 2026 12:00:00 GMT</pubDate>",
        "text": f"<description>{TEXT}</description>",
    }
    first = "".join((given | fields).values())
    others = "".join(
        f"<item><title>Title {n}</title><link>https://site.example/{n}</link>"
        f'<guid isPermaLink="false">tag:{n}</guid><description>{TEXT}</description></item>'
        for n in range(1, ENTRIES)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><!-- made by hand --><rss version="2.0"><channel>'
        "<title>Site</title><link>https://site.example/</link><description>News</description>"
        f"<item>{first}</item>{others}</channel></rss>"
    )


def atom(**fields: str) -> str:
    """An Atom feed; *fields* replace parts of its first entry."""
    given = {
        "title": "<title>One</title>",
        "link": '<link href="https://site.example/0"/>',
        "id": "<id>tag:site.example,2026:0</id>",
        "updated": "<updated>2026-11-28T12:00:00Z</updated>",
        "author": "<author><name>A. Writer</name></author>",
        "text": f"<content>{TEXT}</content>",
    }
    first = "".join((given | fields).values())
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        "<title>Site</title><id>tag:site.example,2026:feed</id><updated>2026-11-28T12:00:00Z</updated>"
        f'<link href="https://site.example/"/><entry>{first}</entry>'
        "<entry><title>Two</title><id>tag:site.example,2026:1</id><author><name>B.</name></author>"
        f"<updated>2026-11-28T12:00:00+01:00</updated><content>{TEXT * 5}</content></entry></feed>"
    )


def json_feed(**fields: Any) -> str:
    """A JSON feed; *fields* replace members of its first item, None removes one."""
    given: dict[str, Any] = {
        "id": "0",
        "url": "https://site.example/0",
        "title": "One",
        "content_text": TEXT * 5,
        "date_published": "2026-11-28T12:00:00Z",
    } | fields
    first = {name: value for name, value in given.items() if value is not None}
    other = {"id": "1", "content_html": "<p>Two</p>", "date_modified": "2026-11-28T12:00:00.5+01:00"}
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Site",
            "home_page_url": "https://site.example/",
            "items": [first, other],
        }
    )


class Scripted:
    """A request, and the answer to it, which a test may alter before it is sent."""

    def __init__(self, handler: BaseHTTPRequestHandler, content: bytes, kind: str, number: int) -> None:
        self.method = handler.command
        self.path = handler.path
        self.sent = handler.headers
        self.number = number  # of the request, from 1
        self.status = 200
        self.content = content
        self.kind = kind
        self.tag = '"version-1{}"'  # with the coding
        self.headers = {
            "Cache-Control": "max-age=300",
            "Vary": "Accept-Encoding",
            "Last-Modified": MODIFIED,
        }
        self.compresses = True
        self.confirms = True
        self.body = b""

    @property
    def agent(self) -> str:
        return str(self.sent["User-Agent"])

    @property
    def coding(self) -> str:
        wanted = self.compresses and "gzip" in (self.sent["Accept-Encoding"] or "")
        return "gzip" if wanted else PLAIN

    @property
    def etag(self) -> str:
        return self.tag.format("" if self.coding == PLAIN else f"-{self.coding}")

    def answer(self) -> None:
        """Make the answer of a healthy server."""
        self.headers |= {"Content-Type": f"{self.kind}; charset=utf-8", "ETag": self.etag}
        known = self.sent["If-None-Match"]
        is_known = (
            known.removeprefix("W/") == self.etag if known else self.sent["If-Modified-Since"] == MODIFIED
        )
        if is_known and self.confirms:
            self.status = 304
            return
        self.body = self.content if self.coding == PLAIN else gzip.compress(self.content)
        if self.coding != PLAIN:
            self.headers["Content-Encoding"] = self.coding

    def replace(self, status: int, body: bytes, kind: str = "text/html", **headers: str) -> None:
        """Send another answer."""
        self.status, self.body = status, body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.headers = {"Content-Type": kind, **named}


Alter = Callable[[Scripted], None]


class ScriptedFeed:
    """A server whose *before* changes what it will answer, and *after* what it answers."""

    def __init__(self, tls: ssl.SSLContext | None = None, name: str = "127.0.0.1") -> None:
        self.documents = {
            "/feed.rss": (rss(), "application/rss+xml"),
            "/feed.atom": (atom(), "application/atom+xml"),
            "/feed.json": (json_feed(), "application/feed+json"),
        }
        self.before: Alter = lambda _: None
        self.after: Alter = lambda _: None
        self.agents: list[str] = []
        self.open = 0
        self.most_open = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.feed = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://{name}:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    feed: ScriptedFeed

    def handle_error(self, *_arguments: object) -> None:
        """Ignore connections that are closed early."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        feed = self.server.feed
        feed.open += 1
        feed.most_open = max(feed.most_open, feed.open)
        feed.agents.append(str(self.headers["User-Agent"]))
        text, kind = feed.documents.get(self.path, ("", "text/plain"))
        answer = Scripted(self, text.encode(), kind, len(feed.agents))
        feed.before(answer)
        if answer.content or answer.status != 200:
            answer.answer()
        else:
            answer.replace(404, b"not found")
        feed.after(answer)
        feed.open -= 1
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304 and "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@contextmanager
def scripted_feed(tls: ssl.SSLContext | None = None, name: str = "127.0.0.1") -> Iterator[ScriptedFeed]:
    """Run a ScriptedFeed."""
    feed = ScriptedFeed(tls, name)
    try:
        yield feed
    finally:
        feed.stop()
