"""Feeds of a real server as real feed readers show them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

import pytest

from tests.newsroom import Newsroom
from tests.readers.clients import Client, Item
from tests.readers.clients.newsboat import Newsboat
from tests.readers.clients.reader import Reader
from tests.readers.conftest import CLIENTS
from tests.waiting import eventually

pytestmark = pytest.mark.slow

Pair = tuple[type[Client], str]
PAIRS = [(client, extension) for client in CLIENTS for extension in client.formats]
# Every reader with one format, in turn, and two that remember what was read with others.
SOME_PAIRS = [
    *((client, client.formats[number % len(client.formats)]) for number, client in enumerate(CLIENTS)),
    *((Reader, extension) for extension in Reader.formats),
    (Newsboat, "atom"),
]


def parameters(pairs: Iterable[Pair]) -> list[Any]:
    return [
        pytest.param(*pair, id=f"{pair[0].__name__.lower()}-{pair[1]}") for pair in dict.fromkeys(pairs)
    ]


EVERY_READER = pytest.mark.parametrize(
    ("client", "extension"), parameters(SOME_PAIRS), indirect=["client"]
)

TITLES = {
    "punctuation": "A & B <head> \"q\" 'it’s' 😀",
    "markup": "Why <b>bold</b> & <i>slanted</i>",
    "right-to-left": "שלום עולם, 3 < 4 & مرحبا",
    "astral": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧 𠮷",
    "combining": "Cafe\u0301 n\u0303 और \u1112\u1161\u11ab",
    "plain": "Plain",
}
WORDLESS = {
    "markup": "![](https://example.org/markup.png?a=1&b=2)",
    "astral": '<video src="https://example.org/astral.mp4"></video>',
    "plain": "<https://example.org/>",
}
GALLERY = {
    name: {
        "title": escape(title),  # tags that are meant as text
        "publishedDateTime": f"2026-01-{day:02}T03:04:05Z",
        "provider": {
            "name": "Bell & Sons",
            "domain": "bell.example",
            "authors": [{"name": "Ada Lovelace"}, {"name": "Grace Hopper"}],
        },
        "images": [{"url": f"https://example.org/{name}.png?a=1&b=2", "width": 1200, "height": 630}],
        "related": [{"title": "Never the article", "webUrl": "https://elsewhere.example/related"}],
        "excerpt": f"An excerpt of {name}.",
        "body": WORDLESS.get(name, f"The words of {name}."),
    }
    for day, (name, title) in enumerate(TITLES.items(), 1)
}
BYLINE = ("Ada Lovelace", "Grace Hopper", "Bell & Sons")


@pytest.fixture(scope="module")
def gallery(newsrooms: Callable[[str], Newsroom]) -> Newsroom:
    """Articles that between them have everything a reader must cope with, published once and for all."""
    newsroom = newsrooms("gallery")
    newsroom.publish(GALLERY)
    return newsroom


@pytest.fixture(scope="module")
def shown(
    reader: type[Client], extension: str, gallery: Newsroom, start: Callable[[type[Client]], Client]
) -> dict[str, Item]:
    """The gallery as *reader* shows it, by the last part of the link."""
    client = start(reader)
    client.subscribe(gallery.url(extension))
    return {item.link.rpartition("/")[2]: item for item in client.items()}


@pytest.mark.parametrize(("reader", "extension"), parameters(PAIRS))
def test_every_reader_shows_articles_as_they_were_written(
    reader: type[Client], extension: str, gallery: Newsroom, start: Callable[[type[Client]], Client]
) -> None:
    """Titles, dates, ids, links, pictures, authors and topics, and words even of a body without any."""
    client = start(reader)
    client.subscribe(gallery.url(extension))
    read = unescape if extension in reader.titles_as_html else str
    shown = {
        item.link.rpartition("/")[2]: item._replace(title=read(item.title)) for item in client.items()
    }
    titles = TITLES | reader.other_titles.get(extension, {})
    room = reader.authors_shown.get(extension, slice(None))
    assert shown == {
        name: Item(
            id=f"tag:corpus.example,2020:news/gallery/{name}",
            title=titles[name],
            link=f"https://example.org/gallery/{name}",
            date=datetime(2026, 1, day, 3, 4, 5, tzinfo=UTC),
            image=f"https://example.org/{name}.png?a=1&b=2",
            authors=BYLINE[room],
            categories=("gallery", "R&D") if extension in reader.categories_in else (),
            text=shown[name].text,
            unread=True if reader.remembers_reading else None,
        )
        for day, name in enumerate(TITLES, 1)
    }
    for name, item in shown.items():
        assert f"An excerpt of {name}." in item.text or f"The words of {name}." in item.text
    assert {name for name, item in shown.items() if "An excerpt" in item.text} >= {*WORDLESS}


@EVERY_READER
def test_every_reader_follows_what_is_late_edited_and_withdrawn_and_marks_what_is_new(
    client: Client, extension: str, newsroom: Newsroom
) -> None:
    newsroom.publish({"one": {}, "two": {}, "three": {}})
    client.subscribe(newsroom.url(extension))
    before = client.items()
    assert _titles(before) == ["one", "three", "two"]
    assert _unread(before) == (_titles(before) if client.remembers_reading else [])

    # Nothing is new, which a conditional request learns, under the name that was recorded.
    asked = client.conditional_from
    for _ in range(1, asked):
        client.refresh()
    eventually(lambda: len(newsroom.requests(extension)) >= asked)
    requests = newsroom.requests(extension)
    assert [f"{each.method} {each.status}" for each in requests] == [
        *["GET 200"] * (asked - 1),
        client.unchanged,
    ]
    assert requests[-1].conditions == {*client.conditions}
    assert {_product(each.agent) for each in requests} == {_product(client.agent)}
    assert client.items() == before

    # An article is late: nothing in the feed has a newer date, and yet it has changed.
    _read_all(client)
    newsroom.publish({"late": {"publishedDateTime": "2025-06-01T00:00:00Z"}})
    client.refresh()
    items = client.items()
    assert _titles(items) == ["late", "one", "three", "two"]
    assert _unread(items) == (["late"] if client.remembers_reading else [])

    # An edit is no new article, and what was withdrawn is gone from the feed.
    _read_all(client)
    newsroom.publish({"one": {"title": "One & only"}})
    newsroom.withdraw("three")
    client.refresh()
    gone = {item.id for item in items if item.title == "three" and not client.keeps_removed}
    items, ids = client.items(), {item.id for item in items}
    assert {item.id for item in items} == ids - gone
    title = "one" if client.ignores_edits else "One & only"
    former = ["one"] if client.keeps_old_titles else []
    removed = ["three"] if client.keeps_removed else []
    assert _titles(items) == sorted([title, *former, "late", *removed, "two"])
    assert _unread(items) == ([title] if client.edits_are_unread else [])


def _product(agent: str) -> str:
    """The name of the program in a User-Agent, without its version and machine."""
    return agent.partition("/")[0]


def _read_all(client: Client) -> None:
    """Mark every item as read, where the reader remembers."""
    if client.remembers_reading:
        client.read_all()


def _titles(items: list[Item]) -> list[str]:
    return sorted(item.title for item in items)


def _unread(items: list[Item]) -> list[str]:
    return sorted(item.title for item in items if item.unread)
