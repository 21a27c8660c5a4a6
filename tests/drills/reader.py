"""A feed reader that keeps all entries it receives, and notes every wrong response."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from threading import Event, Thread
from typing import NamedTuple, Protocol

from lxml import etree

from tests.drills.editor import Editor, Text
from tests.drills.server import wait
from tests.server import Response, get

PATHS = ("/feed.json?limit=200", "/feed.atom?limit=200", "/topics/boats.json?limit=200")
PAUSE = 0.02  # seconds between two requests

Ask = Callable[..., Response]
"""Sends a request to a URL, with header fields as keyword arguments."""


class Item(NamedTuple):
    """An entry of a feed."""

    id: str
    url: str
    text: Text
    updated: datetime


class Document(NamedTuple):
    """The content of a feed: its entries, and the ids of its tombstones."""

    items: list[Item]
    gone: set[str]


def parsed(path: str, body: bytes) -> Document:
    """Parse *body*, the feed at *path*."""
    return (_json if ".json" in path else _rss if ".rss" in path else _atom)(body)


def _json(body: bytes) -> Document:
    feed = json.loads(body)
    items = [
        Item(
            each["id"],
            each["url"],
            Text(each["title"], _plain(each["content_html"])),
            datetime.fromisoformat(each.get("date_modified") or each["date_published"]),
        )
        for each in feed["items"]
    ]
    return Document(items, {each["id"] for each in feed.get("_deleted", {}).get("items", [])})


def _atom(body: bytes) -> Document:
    feed = etree.fromstring(body)
    items = [
        Item(
            each.findtext("{*}id"),
            each.xpath("string(*[local-name()='link'][not(@rel) or @rel='alternate']/@href)"),
            Text(each.findtext("{*}title"), _plain(each.findtext("{*}content"))),
            datetime.fromisoformat(each.findtext("{*}updated")),
        )
        for each in feed.findall("{*}entry")
    ]
    return Document(items, {str(each.get("ref")) for each in feed.findall("{*}deleted-entry")})


def _rss(body: bytes) -> Document:
    items = [
        Item(
            each.findtext("guid"),
            each.findtext("link"),
            Text(each.findtext("title"), _plain(each.findtext("{*}encoded"))),
            parsedate_to_datetime(each.findtext("pubDate")),
        )
        for each in etree.fromstring(body).iter("item")
    ]
    return Document(items, set())


def _plain(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html).strip()


class History:
    """The entries of one feed as they were received, one after the other."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.versions: dict[str, int] = {}  # by URL, the newest that was received
        self._ids: dict[str, str] = {}  # by URL
        self._seen: dict[str, Item] = {}  # by id, as it was received last
        self._gone: set[str] = set()  # URLs of articles with a tombstone in the feed

    def receive(self, document: Document) -> list[str]:
        """Note the entries and tombstones of *document*; return their errors."""
        wrong = []
        self._gone |= {self._seen[id_].url for id_ in document.gone & self._seen.keys()}
        for item in document.items:
            wrong += self._check(item)
            self._seen[item.id] = item
            self._gone.discard(item.url)
        return wrong

    def _check(self, item: Item) -> list[str]:
        editor, url = self._editor, item.url
        version = editor.version_of(url, item.text)
        if version is None:
            return [f"wrong text: {url}: {item.text}"]
        wrong = []
        newest = self.versions.get(url, 0)
        if version < newest:
            wrong.append(f"older: {url}: version {version} after {newest}")
        self.versions[url] = max(version, newest)
        if url in self._gone and url in editor.deleted:
            wrong.append(f"resurrected: {url}: version {version}")
        if url not in editor.free_ids and self._ids.setdefault(url, item.id) != item.id:
            wrong.append(f"id: {url}: {item.id} after {self._ids[url]}")
            self._ids[url] = item.id
        before = self._seen.get(item.id)
        if before and before.url == url and url not in editor.free_ids:
            if item.updated < before.updated:
                wrong.append(f"updated: {url}: {item.updated} after {before.updated}")
            elif item.updated != before.updated and item.text == before.text:
                wrong.append(f"updated: {url}: {item.updated} after {before.updated}, of the same text")
        return wrong


class View:
    """A reader's copy of one feed, and the history of its entries."""

    def __init__(self, path: str, editor: Editor) -> None:
        self.path = path
        self.items: dict[str, Item] = {}  # by id
        self.polls = 0
        self._editor = editor
        self._tag = ""
        self._modified = ""
        self._history = History(editor)

    def poll(self, server: str, ask: Ask = get) -> list[str]:
        """Poll once; return the errors in the response."""
        headers = {"A_IM": "feed"} | ({"If_None_Match": self._tag} if self._tag else {})
        lasting = {*self._editor.live} - self._editor.ever_deleted - self._editor.free_ids
        answer = ask(server + self.path, timeout=5, **headers)
        self.polls += 1
        return self._received(answer, lasting)

    def _received(self, answer: Response, lasting: set[str]) -> list[str]:
        """The errors in *answer*; the articles at the URLs *lasting* were there when it was requested."""
        if answer.status == 304 or (answer.status == 503 and "Retry-After" in answer.headers):
            return []
        if answer.status not in (200, 226):
            return [f"status: {answer.status} {answer.body[:200]!r}"]
        # A response with changes alone has no date.
        wrong = self._dated(answer) if answer.status == 200 else []
        document = parsed(self.path, answer.body)
        self._tag = answer.headers["ETag"]
        wrong += self._history.receive(document)
        for id_ in document.gone:
            self.items.pop(id_, None)
        self.items |= {item.id: item for item in document.items}
        if answer.status == 200:
            wrong += self._missing(document, lasting - self._editor.ever_deleted)
        return [f"{each} ({answer.status} {self.path})" for each in wrong]

    def _missing(self, document: Document, lasting: set[str]) -> list[str]:
        """Errors for entries that were served once, and are not in the complete *document*."""
        served = {item.url for item in document.items}
        missing = (lasting & self._history.versions.keys()) - served - self._editor.free_ids
        return [f"missing: {url}" for url in sorted(missing)]

    def _dated(self, answer: Response) -> list[str]:
        before, self._modified = self._modified, answer.headers["Last-Modified"]
        if before and parsedate_to_datetime(self._modified) < parsedate_to_datetime(before):
            return [f"last-modified: {self._modified} after {before}"]
        return []

    def differences(self) -> list[str]:
        """The differences from the corpus, once the server has had time to follow."""
        editor = self._editor
        items = list(self.items.values())  # one copy: the polling thread goes on
        known = {item.url: item for item in items}
        boats_only = self.path.startswith("/topics/")
        expected = {
            url: page for url, page in editor.live.items() if not boats_only or page.topic == "Boats"
        }
        wrong = [f"lost: {url} ({self.path})" for url in sorted(expected.keys() - known.keys())]
        wrong += [f"ghost: {url} ({self.path})" for url in sorted(known.keys() - expected.keys())]
        if len(known) < len(items) and not boats_only:
            wrong.append(f"ghost: {len(items) - len(known)} articles under two ids ({self.path})")
        # No feed of a topic says that an id now belongs to an article of another topic.
        unsure = editor.free_ids if boats_only else set()
        for url in sorted((expected.keys() & known.keys()) - unsure):
            version = editor.version_of(url, known[url].text)
            if version != expected[url].version:
                wrong.append(f"lost: {url}: version {version}, not {expected[url].version} ({self.path})")
        return wrong


class Readers(Protocol):
    """Readers that poll in threads of their own; *wrong* are the wrong responses so far."""

    wrong: list[str]

    def rounds(self) -> int: ...
    def differences(self) -> list[str]: ...


def settle(readers: Readers, editor: Editor, rounds: int, seconds: float) -> list[str]:
    """Wait until *readers* have what the corpus says, also after more *rounds* of polls.

    Each wait takes at most some *seconds*. Return the remaining differences, none after a wrong response.
    """
    wait(lambda: readers.wrong or not readers.differences(), seconds)
    if readers.wrong:
        return []
    if found := readers.differences():
        return found
    polls = readers.rounds()
    wait(lambda: readers.rounds() >= polls + rounds, seconds)
    editor.settled()
    return readers.differences()


class Reader:
    """Polls every feed in turn, in its own thread, until ``stop``."""

    def __init__(self, server: str, editor: Editor) -> None:
        self.views = [View(path, editor) for path in PATHS]
        self.wrong: list[str] = []
        self._server = server
        self._stop = Event()
        self._thread = Thread(target=self._run, name="reader", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def rounds(self) -> int:
        """The number of complete polls of all feeds."""
        return min(view.polls for view in self.views)

    def differences(self) -> list[str]:
        return [each for view in self.views for each in view.differences()]

    def _run(self) -> None:
        while not self._stop.is_set():
            for view in self.views:
                try:
                    self.wrong += view.poll(self._server)
                except (OSError, EOFError, HTTPException):
                    pass  # no process listens, or it died during the response
                except Exception as error:  # the response is not a feed
                    self.wrong.append(f"wrong text: {view.path}: {type(error).__name__}: {error}")
                self._stop.wait(PAUSE)
