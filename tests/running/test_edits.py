"""A running server follows edits of its corpus."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.builders import replace_file, write_article
from tests.running.documents import contents, documents
from tests.server import Response, Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow


def test_every_kind_of_edit_shows(corpus: Path, tmp_path: Path) -> None:
    file = write_article(corpus, title="Zero")
    with Server(corpus, tmp_path / "run") as server:

        def shows(*expected: str) -> None:
            eventually(lambda: sorted(server.titles()) == sorted(expected), within=20)

        shows("Zero")
        identity = json.loads(server.get("/feed.json").body)["items"][0]["id"]
        write_article(corpus, title="Saved")
        shows("Saved")
        replace_file(file, file.read_text().replace("Saved", "Replaced"))
        shows("Replaced")
        write_article(corpus, "_news/deep/er/2026-03-03-new.md", title="Added")
        shows("Replaced", "Added")
        file.rename(corpus / "_news" / "deep" / "renamed.md")
        (corpus / "_news" / "deep" / "er" / "2026-03-03-new.md").unlink()
        shows("Replaced")
        assert json.loads(server.get("/feed.json").body)["items"][0]["id"] == identity
        (corpus / "_news" / "deep" / "renamed.md").write_text("---\ntitle: [broken\n")
        write_article(corpus, "_news/other.md", title="Healthy")
        shows("Replaced", "Healthy")
        shutil.rmtree(corpus / "_news" / "deep")
        shows("Healthy")


@pytest.mark.parametrize("kind", ["asgi", "gthread"])
def test_a_scheduled_article_appears_at_its_instant_and_no_cache_keeps_its_absence(
    corpus: Path, tmp_path: Path, kind: str
) -> None:
    write_article(corpus, title="Now")
    with Server(corpus, tmp_path / "run", kind, workers=2) as server:
        instant = (datetime.now(UTC) + timedelta(seconds=4)).replace(microsecond=0)
        write_article(
            corpus, "_news/soon.md", title="Soon", topics=["Surprise"],
            publishedDateTime=instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )  # fmt: skip
        # Until the file has been read, no worker can expect the instant.
        eventually(lambda: all(_max_age(server.get("/feed.json")) <= 4 for _ in range(4)))

        def appears() -> bool:
            before = datetime.now(UTC)
            feed, topic = server.get("/feed.json"), server.get("/topics/surprise.rss")
            if b"Soon" in feed.body:
                return True
            assert _max_age(feed) <= max(0, (instant - before).total_seconds()) + 1
            assert topic.status == 404 or datetime.now(UTC) >= instant
            return False

        eventually(appears)
        assert datetime.now(UTC) >= instant
        eventually(lambda: server.get("/topics/surprise.rss").status == 200)


def _max_age(response: Response) -> int:
    return int(re.findall(r"max-age=(\d+)", response.headers["Cache-Control"])[0])


def test_edits_that_no_subscriber_sees_change_no_tag(sample: Path, tmp_path: Path) -> None:
    files = sorted((sample / "_news").rglob("*.md"))
    with Server(sample, tmp_path / "run") as server:
        before = documents(server)
        for number, file in enumerate(files):
            text = file.read_text()
            replace_file(file, text.replace("category: news", f"category: news\nsecured: {number}=="))
        for file in files:
            file.touch()
        # Once the last edit shows, the server has read all others.
        last = write_article(
            sample, "_news/2019-01-01-last.md", title="Last", publishedDateTime=None, topics=["Last"]
        )
        eventually(lambda: server.get("/topics/last.rss").status == 200)
        after = documents(server)
        assert [key for key in before if after[key] != before[key] and "/feed." not in key[0]] == []
        last.unlink()
        eventually(lambda: contents(documents(server)) == contents(before))
