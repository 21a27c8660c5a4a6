"""The status page, as an operator sees it."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from feeds.sample import write_sample
from tests.builders import write_article
from tests.pages.browser import SCHEMES, Visit
from tests.server import Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "w" * 150


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a corpus with many withheld articles, in files with hostile names."""
    folder = tmp_path_factory.mktemp("troubled")
    corpus = folder / "corpus"
    write_sample(corpus, 20, 1, lambda _done: None)
    write_article(corpus, f"_news/{HOSTILE}.md", publishedDateTime=HOSTILE)
    write_article(corpus, "_news/draft.md", published=False)
    write_article(corpus, "_news/later.md", publishedDateTime="2090-01-01")
    (corpus / "_data" / "topics" / "bad.yaml").write_text("[")
    hook = {"query": f"authors/{'w' * 100}", "url": "http://127.0.0.1:9/"}
    push = {"FEEDS_PUSH_WEBHOOKS": json.dumps({"long-" + "w" * 50: hook})}
    with Server(corpus, folder / "server", at_own_address=True, **push) as server:
        server.get(f"/feed.rss?q={'w' * 500}")
        eventually(lambda: [each["state"] for each in server.status()["push"]["webhooks"]] == ["no feed"])
        yield server


def test_whatever_is_held_back_is_readable_on_a_phone(
    troubled: Server, visit: Callable[..., Visit]
) -> None:
    visitor = visit(troubled.url, width=320, height=700)
    page = visitor.go("/status")
    for part in page.query_selector_all("details:not([open]) summary"):
        part.click()
    text = page.inner_text("main")
    assert f"_news/{HOSTILE}.md".replace("\u202e", "\\u202e") in text
    assert "_data/topics/bad.yaml:1" in text
    assert "published: false" in text
    assert "scheduled for 2090-01-01" in text
    assert "no such feed yet" in text
    assert page.query_selector_all("main img") == []
    assert not visitor.overflows()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert visitor.violations() == [], scheme


def test_without_a_script_it_says_all_it_has_to_say(site: Server, visit: Callable[..., Visit]) -> None:
    page = visit(java_script_enabled=False).go("/status")
    assert page.inner_text("h1") == "Status"
    assert page.is_hidden("text=Refresh")
    assert "Workers" in page.inner_text("main")


def test_the_script_keeps_the_words_for_times(visit: Callable[..., Visit]) -> None:
    page = visit().go("/status")
    times = page.locator("main time").all_inner_texts()
    assert times
    assert all(re.fullmatch(r".+ \(.*\d\d:\d\d UTC\)", each) for each in times), times


def test_it_is_brought_up_to_date_when_asked(site: Server, visit: Callable[..., Visit]) -> None:
    page = visit().go("/status")
    refused = page.locator("tr", has_text="4xx").locator("td")
    before = int(refused.inner_text().split()[0])
    site.get("/nothing")
    page.get_by_role("button", name="Refresh").click()
    eventually(lambda: int(refused.inner_text().split()[0]) > before)
    assert page.evaluate("document.activeElement.textContent") == "Refresh"


def test_it_is_brought_up_to_date_by_itself_unless_that_is_switched_off(
    site: Server, visit: Callable[..., Visit]
) -> None:
    visitor = visit()
    visitor.page.clock.install()
    page = visitor.go("/status")
    with page.expect_response("**/status"):
        page.clock.fast_forward(10_000)
    expect(page.locator("#status")).to_be_attached()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("every 10 seconds").uncheck()
    page.clock.fast_forward(60_000)
    page.get_by_label("every 10 seconds").check()
    with page.expect_response("**/status"):
        page.clock.fast_forward(10_000)
    assert len(asked) == 1


def test_what_is_open_stays_open(troubled: Server, visit: Callable[..., Visit]) -> None:
    page = visit(troubled.url).go("/status")
    page.click("#held-withheld summary")
    page.click("#held-bad summary")
    with page.expect_response("**/status"):
        page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#held-withheld[open]")).to_be_attached()
    expect(page.locator("#held-bad[open]")).not_to_be_attached()


def test_a_browser_asks_for_the_token_by_itself_and_says_when_the_server_does_not_answer(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    corpus = tmp_path / "corpus"
    write_sample(corpus, 5, 1, lambda _done: None)
    token = "a-token-of-some-length"
    with Server(
        corpus, tmp_path / "server", at_own_address=True, FEEDS_HTTP_STATUS_TOKEN=token
    ) as server:
        visitor = visit(server.url, http_credentials={"username": "me", "password": token})
        page = visitor.go("/status")
        assert page.inner_text("h1") == "Status"
        with page.expect_response("**/status") as answer:
            page.get_by_role("button", name="Refresh").click()
        assert answer.value.status == 200
    visitor.expected = "ERR_CONNECTION_REFUSED"
    page.get_by_role("button", name="Refresh").click()
    page.get_by_text("The server did not respond. The values below are out of date.").wait_for()
    assert "Workers" in page.inner_text("main")
