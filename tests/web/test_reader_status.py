"""Readers and pollers in the status: what the process that counts has reported last."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from feeds.bootstrap import reader_count_of, readership_of
from feeds.settings.sections import ReadershipSettings
from tests.builders import article
from tests.entrypoints import RESPONSE_CACHE
from tests.harness import Harness
from tests.readership.week import agents_of

HOUR = 3600
APP = agents_of("app")[0]
FEEDBIN = "Feedbin feed-id:7 - 1204 subscribers"


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.put(article(1))
    yield made
    made.close()


def ask(harness: Harness, agent: str = APP, path: str = "/feed.rss") -> None:
    harness.main.get(path, entrypoint=RESPONSE_CACHE, User_Agent=agent)
    assert harness.server.readers
    harness.server.readers.recorder.step()


def count(harness: Harness) -> None:
    """Do what the thread that counts does in a minute."""
    state = readership_of(harness.settings)
    state.take_over()
    counting = reader_count_of(harness.settings, state, harness.now)
    while counting.count(harness.now):
        pass
    counting.record(harness.now)
    state.close()


def status(harness: Harness) -> Any:
    return harness.get("/status.json").get_json()


def read(harness: Harness) -> None:
    for _ in range(2):
        ask(harness, FEEDBIN)
        ask(harness)
        ask(harness, path="/topics/gone.rss")
        harness.now += HOUR
    count(harness)


def test_there_are_no_readers_before_the_first_count(harness: Harness) -> None:
    assert status(harness)["readers"] is None
    assert "Wasted bytes" not in harness.get("/status").text


def test_the_status_has_readers_and_lost_feeds(harness: Harness) -> None:
    read(harness)
    found = status(harness)["readers"]
    assert (found["readers"], found["reported"], found["apps"], found["push"]) == (1205, 1204, 1, 0)
    assert found["feeds"] == [
        {
            "feed": "/feed", "readers": 1205, "reported": 1204, "apps": 1, "push": 0, "month": None,
            "trend_percent": None, "error_percent": 0.0, "formats": {"rss": 1205},
        }
    ]  # fmt: skip
    assert found["lost"] == [{"feed": "/topics/gone", "status": 404, "readers": 1}]
    assert (found["requests_left_out"], found["seconds_lost"]) == (0, 0)
    page = harness.get("/status").text
    assert "1,205 in seven days: 1,204 reported by services, 1 with apps, 0 by push." in page
    assert "/topics/gone" in page


def test_the_status_has_the_clients_that_waste_bytes(harness: Harness) -> None:
    read(harness)
    found = status(harness)["readers"]["polling"]
    assert (found["requests"], found["few_clients"]) == (6, 1)
    assert {each["name"] for each in found["worst"]} == {"Feedbin", "FreshRSS"}
    worst = found["worst"][0]
    assert (worst["feed"], worst["requests"], worst["full"]) == ("/feed", 2, 2)
    assert worst["median_seconds"] == pytest.approx(HOUR, rel=0.02)
    page = harness.get("/status").text
    assert "1 client causes half of the waste" in page
    assert worst["id"] in page


def test_counts_that_cannot_be_read_are_told(harness: Harness) -> None:
    read(harness)
    Path(f"{harness.settings.store_path}.readers").write_bytes(b"not a database" * 99)
    found = status(harness)
    assert found["readers"] is None
    assert "store.db.readers" in found["trouble"]


def test_names_of_clients_are_no_markup(harness: Harness) -> None:
    for _ in range(2):
        ask(harness, "<script>alert(1)</script>/1.0")
        harness.now += HOUR
    count(harness)
    assert "<script>alert" not in harness.get("/status").text


def test_a_server_that_counts_no_readers_shows_none(tmp_path: Path) -> None:
    harness = Harness(tmp_path, readership=ReadershipSettings(count=False))
    harness.put(article(1))
    assert status(harness)["readers"] is None
    harness.close()


def test_a_badge_has_the_number_of_readers_and_nothing_else(tmp_path: Path) -> None:
    harness = Harness(tmp_path, readership=ReadershipSettings(badge=True))
    harness.put(article(1, topics=("Oceans",)))
    read(harness)
    found = harness.get("/readers/feed.svg")
    assert found.status_code == 200
    assert found.headers["Content-Type"] == "image/svg+xml"
    assert found.headers["Cache-Control"] == "public, max-age=3600"
    assert found.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    tree = ElementTree.fromstring(found.data)
    assert [each.text for each in tree.iter() if each.text] == ["readers: 1,205", "readers", "1,205"]
    assert "Feedbin" not in found.text
    assert ">0</text>" in harness.get("/readers/topics/oceans.svg").text
    assert harness.get("/readers/topics/nothing.svg").status_code == 404
    harness.now += 8 * 24 * HOUR
    assert ">0</text>" in harness.get("/readers/feed.svg").text
    harness.close()


def test_there_are_no_badges_by_default(harness: Harness) -> None:
    read(harness)
    assert harness.get("/readers/feed.svg").status_code == 404
