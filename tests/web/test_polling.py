"""The rules of polling as a page, and refusals on the page of the status."""

from pathlib import Path

import pytest
from lxml import html

from feeds.http.content_language import LANGUAGES
from feeds.settings.sections import HttpSettings, PushSettings
from tests.builders import article
from tests.harness import Harness


def server(folder: Path, fair: str = "off", hub: str = "off", **http: int) -> Harness:
    """A server with an article."""
    harness = Harness(
        folder,
        http=HttpSettings(fair=fair, **http),  # type: ignore[arg-type]
        push=PushSettings(hub=hub),  # type: ignore[arg-type]
    )
    harness.put(article(1))
    return harness


def words(harness: Harness, **headers: str) -> str:
    """The text of the page."""
    answer = harness.get("/about/polling", **headers)
    assert answer.status_code == 200
    (main,) = html.fromstring(answer.data).xpath("//main")
    return " ".join(main.text_content().split())


def test_the_page_has_the_numbers_in_force(tmp_path: Path) -> None:
    harness = server(tmp_path, "on", max_age=600, most_age=7200)
    page = words(harness)
    for each in (
        "each version once in full",
        "4 more full copies a day",
        "each new version 5 times",
        "more than 5 different programs, get 5 times as much",
        "from 10 min for feeds with news to 2 h for quiet ones",
        "the response is 429",
        "Retry-After",
        "If-None-Match",
    ):
        assert each in page
    harness.close()


@pytest.mark.parametrize("fair", ["off", "dry-run"])
def test_the_page_says_that_nobody_is_refused(tmp_path: Path, fair: str) -> None:
    harness = server(tmp_path, fair)
    page = words(harness)
    assert "Nobody is refused here" in page
    assert "If-None-Match" in page
    assert "429" not in page
    harness.close()


def test_the_page_names_the_hub_if_there_is_one(tmp_path: Path) -> None:
    for hub, named in (("on", True), ("off", False)):
        harness = server(tmp_path / hub, hub=hub)
        assert ('href="/hub"' in harness.get("/about/polling").text) is named
        harness.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_the_language_of_the_client(tmp_path: Path, language: str) -> None:
    harness = server(tmp_path, "on")
    page = harness.get("/about/polling", Accept_Language=language)
    assert html.fromstring(page.data).get("lang") == language
    for name in ("ETag", "If-None-Match", "Retry-After", "429"):
        assert name in page.text
    if language != "en":
        assert "full copies" not in page.text
    harness.close()


def test_the_description_for_programmers_leads_to_the_page(shared: Harness) -> None:
    for language in LANGUAGES:
        assert 'href="/about/polling"' in shared.get("/about/api", Accept_Language=language).text


def refusals(harness: Harness) -> list[list[str]]:
    """The rows about refusals on the page of the status."""
    document = html.fromstring(harness.get("/status").data)
    rows = [[each.text_content() for each in row.xpath("./th|./td")] for row in document.xpath("//tr")]
    return [row for row in rows if row and any(word in row[0] for word in ("efused", "validator"))]


def test_the_status_shows_refusals_by_reason(tmp_path: Path) -> None:
    harness = server(tmp_path, "on")
    assert refusals(harness) == [["Refused full copies (429)", "0"]]
    for _ in range(7):
        harness.get("/feed.rss", peer="8.8.8.8")
    assert refusals(harness) == [["Refused full copies (429)", "2"], ["no validator", "2"]]
    harness.close()


def test_the_status_shows_who_would_be_refused(tmp_path: Path) -> None:
    harness = server(tmp_path, "dry-run")
    for _ in range(7):
        harness.get("/feed.rss", peer="8.8.8.8", If_None_Match='"another"')
    assert refusals(harness) == [["Would be refused (dry run)", "2"], ["unknown validator", "2"]]
    harness.close()
    off = server(tmp_path / "off")
    assert refusals(off) == []
    off.close()
