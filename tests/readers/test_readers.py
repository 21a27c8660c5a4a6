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
# Every reader with one format, in turn, and one reader with all of its formats.
SOME_PAIRS = [
    *((client, client.formats[number % len(client.formats)]) for number, client in enumerate(CLIENTS)),
    *((Reader, extension) for extension in Reader.formats),
]


def parameters(pairs: Iterable[Pair]) -> list[Any]:
    return [
        pytest.param(*pair, id=f"{pair[0].__name__.lower()}-{pair[1]}") for pair in dict.fromkeys(pairs)
    ]


EVERY_READER = pytest.mark.parametrize(
    ("client", "extension"), parameters(SOME_PAIRS), indirect=["client"]
)
READERS_THAT_REMEMBER = pytest.mark.parametrize(
    ("client", "extension"),
    parameters(pair for pair in [*SOME_PAIRS, (Newsboat, "atom")] if pair[0].remembers_reading),
    indirect=["client"],
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


# With the scope of a module, the tests of a pair follow each other, and the pair reads the gallery once.
EVERY_GALLERY = pytest.mark.parametrize(("reader", "extension"), parameters(PAIRS), scope="module")


@EVERY_GALLERY
def test_every_reader_shows_titles_as_they_were_written(
    reader: type[Client], extension: str, shown: dict[str, Item]
) -> None:
    read = unescape if extension in reader.titles_as_html else str
    expected = TITLES | reader.other_titles.get(extension, {})
    assert {name: read(item.title) for name, item in shown.items()} == expected


@EVERY_GALLERY
def test_every_reader_dates_articles_by_their_publication(shown: dict[str, Item]) -> None:
    assert {name: item.date for name, item in shown.items()} == {
        name: datetime(2026, 1, day, 3, 4, 5, tzinfo=UTC) for day, name in enumerate(TITLES, 1)
    }


@EVERY_GALLERY
def test_every_reader_opens_the_article_and_knows_it_by_its_id(shown: dict[str, Item]) -> None:
    for name, item in shown.items():
        assert item.link == f"https://example.org/gallery/{name}"
        assert item.id == f"tag:corpus.example,2020:news/gallery/{name}"


@EVERY_GALLERY
def test_every_reader_has_the_picture(shown: dict[str, Item]) -> None:
    for name, item in shown.items():
        assert item.image == f"https://example.org/{name}.png?a=1&b=2"


@EVERY_GALLERY
def test_every_reader_shows_words_even_of_a_body_without_any(shown: dict[str, Item]) -> None:
    for name, item in shown.items():
        assert f"An excerpt of {name}." in item.text or f"The words of {name}." in item.text
    assert {name for name, item in shown.items() if "An excerpt" in item.text} >= {*WORDLESS}


@EVERY_GALLERY
def test_every_reader_names_the_authors_it_has_room_for(
    reader: type[Client], extension: str, shown: dict[str, Item]
) -> None:
    room = reader.authors_shown.get(extension, slice(None))
    assert {item.authors for item in shown.values()} == {BYLINE[room]}


@EVERY_GALLERY
def test_every_reader_sorts_by_topic_where_it_can(
    reader: type[Client], extension: str, shown: dict[str, Item]
) -> None:
    topics = ("gallery", "R&D") if extension in reader.categories_in else ()
    assert {item.categories for item in shown.values()} == {topics}


@EVERY_READER
def test_every_reader_is_told_that_nothing_is_new_by_its_recorded_name(
    client: Client, extension: str, newsroom: Newsroom
) -> None:
    newsroom.publish({"one": {}, "two": {}})
    client.subscribe(newsroom.url(extension))
    before = client.items()
    for _ in range(1, client.conditional_from):
        client.refresh()
    asked = client.conditional_from
    eventually(lambda: len(newsroom.requests(extension)) >= asked)
    requests = newsroom.requests(extension)
    assert [f"{each.method} {each.status}" for each in requests] == [
        *["GET 200"] * (asked - 1),
        client.unchanged,
    ]
    assert requests[-1].conditions == {*client.conditions}
    assert {_product(each.agent) for each in requests} == {_product(client.agent)}
    assert client.items() == before


@EVERY_READER
def test_an_edit_is_an_update_and_no_new_article(
    client: Client, extension: str, newsroom: Newsroom
) -> None:
    newsroom.publish({"one": {}, "two": {}})
    client.subscribe(newsroom.url(extension))
    before = {item.id for item in client.items()}
    newsroom.publish({"one": {"title": "One & only"}})
    client.refresh()
    after = client.items()
    assert {item.id for item in after} == before
    title = "one" if client.ignores_edits else "One & only"
    former = ["one"] if client.keeps_old_titles else []
    assert sorted(item.title for item in after) == [title, *former, "two"]


@EVERY_READER
def test_an_article_that_comes_late_arrives_in_spite_of_its_date(
    client: Client, extension: str, newsroom: Newsroom
) -> None:
    """Nothing in the feed is newer than before, and yet it has changed."""
    newsroom.publish({"one": {}, "two": {}})
    client.subscribe(newsroom.url(extension))
    _until_conditional(client)
    newsroom.publish({"late": {"publishedDateTime": "2025-06-01T00:00:00Z"}})
    client.refresh()
    assert sorted(item.title for item in client.items()) == ["late", "one", "two"]


@EVERY_READER
def test_an_article_that_was_withdrawn_is_gone_from_the_feed(
    client: Client, extension: str, newsroom: Newsroom, start: Callable[[type[Client]], Client]
) -> None:
    newsroom.publish({"one": {}, "two": {}})
    client.subscribe(newsroom.url(extension))
    _until_conditional(client)
    newsroom.withdraw("one")
    client.refresh()
    assert _titles(client) == (["one", "two"] if client.keeps_removed else ["two"])

    newcomer = start(type(client))
    newcomer.subscribe(newsroom.url(extension))
    assert _titles(newcomer) == ["two"]


@READERS_THAT_REMEMBER
def test_only_what_is_new_is_unread(client: Client, extension: str, newsroom: Newsroom) -> None:
    newsroom.publish({"one": {}, "two": {}})
    client.subscribe(newsroom.url(extension))
    assert _unread(client) == ["one", "two"]
    client.read_all()
    newsroom.publish({"one": {"title": "One, corrected"}, "three": {}})
    client.refresh()
    title = "one" if client.ignores_edits else "One, corrected"
    assert _titles(client) == sorted([title, "three", "two"])
    assert _unread(client) == ([title, "three"] if client.edits_are_unread else ["three"])


def _product(agent: str) -> str:
    """The name of the program in a User-Agent, without its version and machine."""
    return agent.partition("/")[0]


def _until_conditional(client: Client) -> None:
    """Bring *client* to where its next request is a conditional one."""
    for _ in range(2, client.conditional_from):
        client.refresh()


def _titles(client: Client) -> list[str]:
    return sorted(item.title for item in client.items())


def _unread(client: Client) -> list[Any]:
    return sorted(item.title for item in client.items() if item.unread)
