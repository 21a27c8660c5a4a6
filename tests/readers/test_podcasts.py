"""A podcast as parsers of podcast apps read it: the show, and its first episode."""

import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import pytest

from feeds.formats import FORMATS
from tests.formats.articles import FEEDS, PODCAST
from tests.readers.clients import NODE_MODULES
from tests.skipping import skip_without

FEED = FEEDS["podcast"]
BODY = FORMATS["rss"].render(FEED)
SCRIPT = Path(__file__).parent / "clients" / "podcast.mjs"

SHOW = {
    "title": PODCAST.title,
    "artwork": PODCAST.image,
    "category": list(PODCAST.category),
    "email": PODCAST.email,
}
EPISODE = {
    "file": "https://example.org/1.mp3?a=1&b=2",
    "length": 34_567_890,
    "duration": 3723,
    "season": 2,
    "number": 12,
    "picture": "https://example.org/1.jpg",
}

Shown = tuple[dict[str, Any], dict[str, Any]]


def by_feedparser() -> Shown:
    parsed = feedparser.parse(BODY)
    feed, first = parsed.feed, parsed.entries[0]
    return {
        "title": feed.title,
        "artwork": feed.image.href,
        "category": [tag.term for tag in feed.tags],
        "email": feed.publisher_detail.email,
        "type": feed.itunes_type,
        "guid": feed.podcast_guid,
    }, {
        "file": first.enclosures[0].href,
        "length": int(first.enclosures[0].length),
        "duration": int(first.itunes_duration),
        "season": int(first.itunes_season),
        "number": int(first.itunes_episode),
        "picture": first.image.href,
    }


def by_gpodder() -> Shown:
    parsed = pytest.importorskip("podcastparser").parse(FEED.addresses["rss"], BytesIO(BODY))
    first = parsed["episodes"][0]
    return {
        "title": parsed["title"],
        "artwork": parsed["cover_url"],
        "category": parsed["itunes_categories"][0],
        "email": parsed["itunes_owner"]["email"],
        "author": parsed["itunes_author"],
        "explicit": parsed["explicit"],
        "type": parsed["type"],
    }, {
        "file": first["enclosures"][0]["url"],
        "length": first["enclosures"][0]["file_size"],
        "duration": first["total_time"],
        "season": first["season"],
        "number": first["number"],
        "picture": first["episode_art_url"],
    }


def by_node(name: str) -> Any:
    """The result of the parser *name* for Node."""
    if not shutil.which("node") or not (NODE_MODULES / name).exists():
        skip_without("node", name)
    return _by_all_of_node()[name]


@cache
def _by_all_of_node() -> Any:
    done = subprocess.run(["node", SCRIPT], input=BODY, stdout=subprocess.PIPE, check=True, timeout=60)
    return json.loads(done.stdout)


def by_feedsmith() -> Shown:
    feed = by_node("feedsmith")
    show, first = feed["itunes"], feed["items"][0]
    top = show["categories"][0]
    return {
        "title": feed["title"],
        "artwork": show["image"],
        "category": [top["text"], top["categories"][0]["text"]],
        "email": show["owner"]["email"],
        "author": show["author"],
        "explicit": show["explicit"],
        "type": show["type"],
        "guid": feed["podcast"]["guid"],
    }, {
        "file": first["enclosures"][0]["url"],
        "length": first["enclosures"][0]["length"],
        "duration": first["itunes"]["duration"],
        "season": first["itunes"]["season"],
        "number": first["itunes"]["episode"],
        "picture": first["itunes"]["image"],
    }


def by_rss_parser() -> Shown:
    feed = by_node("rss-parser")
    show, first = feed["itunes"], feed["items"][0]
    top = show["categoriesWithSubs"][0]
    return {
        "title": feed["title"],
        "artwork": show["image"],
        "category": [top["name"], top["subs"][0]["name"]],
        "email": show["owner"]["email"],
        "author": show["author"],
        "explicit": show["explicit"] == "true",
    }, {
        "file": first["enclosure"]["url"],
        "length": int(first["enclosure"]["length"]),
        "duration": int(first["itunes"]["duration"]),
        "season": int(first["itunes"]["season"]),
        "number": int(first["itunes"]["episode"]),
        "picture": first["itunes"]["image"],
    }


@pytest.mark.parametrize("read", [by_feedparser, by_gpodder, by_feedsmith, by_rss_parser])
def test_a_podcast_app_finds_the_show_and_its_episodes(read: Callable[[], Shown]) -> None:
    show, episode = read()
    assert FEED.podcast
    others = {"author": PODCAST.author, "explicit": False, "type": "serial", "guid": FEED.podcast.guid}
    assert show == SHOW | {key: value for key, value in others.items() if key in show}
    assert episode == EPISODE
