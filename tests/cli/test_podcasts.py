"""feeds check: the podcasts of a corpus."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.builders import write_article
from tests.commands import invoke
from tests.corpus.media_files import png

SOUND = {"url": "https://example.org/1.mp3", "length": 12345, "type": "audio/mpeg"}
FEEDS = """
tides:
  title: Tides
  query: has=audio&q=Tide
  podcast: {image: 'https://feeds.example/assets/artwork.png', category: News, explicit: false}
"""


def check(root: Path, *options: str, feeds: str = "", site: str = "https://feeds.example") -> Result:
    return invoke(
        "check", *options, FEEDS_CORPUS_PATH=str(root), FEEDS_STORE_PATH=str(root.parent / "store.db"),
        FEEDS_SITE_FEEDS=feeds, FEEDS_SITE_URL=site,
    )  # fmt: skip


def topic(root: Path, podcast: dict[str, Any]) -> None:
    (root / "_data/topics").mkdir(parents=True)
    (root / "_data/topics/tests.yaml").write_text(f"name: Tests\npodcast: {json.dumps(podcast)}\n")


def artwork(root: Path, size: int) -> None:
    (root / "assets").mkdir()
    (root / "assets/artwork.png").write_bytes(png(size, size))


def test_check_warns_of_what_a_podcast_misses(corpus: Path) -> None:
    topic(corpus, {"category": "News", "image": "/assets/artwork.png"})
    artwork(corpus, 100)
    write_article(corpus, "_news/a.md", audio="https://example.org/a.mp3")
    write_article(corpus, "_news/b.md")
    result = check(corpus)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "/topics/tests.rss: podcast.image: 100 x 100 pixels; "
        "use a square JPEG or PNG of 1400 to 3000 pixels",
        "/topics/tests.rss: podcast.explicit: missing; add explicit: false, or explicit: true",
        "_news/b.md: neither audio nor video to play; add its address, or select by has=audio",
        "_news/a.md: length: missing for https://example.org/a.mp3; add the size of the file in bytes",
    ]
    assert result.stderr.splitlines() == [
        "2 articles, 0 bad files, 0 withheld, 4 warnings",
        "podcast /topics/tests.rss: 1 episode, 4 warnings",
    ]
    report = json.loads(check(corpus, "--format", "json").stdout)
    assert report["podcasts"] == [{"title": "Tests", "address": "/topics/tests.rss", "episodes": 1}]
    assert [each["path"] for each in report["warnings"]] == [
        "/topics/tests.rss", "/topics/tests.rss", "_news/b.md", "_news/a.md",
    ]  # fmt: skip
    assert check(corpus, "--explain").stdout.splitlines()[:2] == [
        "/topics/tests.rss: podcast.image: 100 x 100 pixels",
        "    use a square JPEG or PNG of 1400 to 3000 pixels",
    ]


def test_check_has_nothing_to_say_of_a_podcast_in_order(corpus: Path) -> None:
    artwork(corpus, 1400)
    write_article(corpus, "_news/a.md", title="Low tide", audio=SOUND)
    write_article(corpus, "_news/b.md", title="Ships", audio=SOUND)
    result = check(corpus, feeds=FEEDS)
    assert result.stdout == ""
    assert result.stderr.splitlines()[1:] == ["podcast /f/tides.rss: 1 episode"]


@pytest.mark.parametrize("query", ["q=tide", 'q="low tide"', "title=TIDE", "q=example tide"])
def test_check_finds_the_words_of_a_query(corpus: Path, query: str) -> None:
    write_article(corpus, "_news/a.md", title="Low tide", audio=SOUND)
    write_article(corpus, "_news/b.md", title="Ships", excerpt="At low tides", audio=SOUND)
    result = check(corpus, feeds=f"{{tides: {{title: T, query: '{query}', podcast: {{}}}}}}")
    assert result.stderr.splitlines()[1:] == ["podcast /f/tides.rss: 1 episode, 3 warnings"]


def test_check_knows_the_files_of_a_site(tmp_path: Path) -> None:
    site = tmp_path / "blog"
    (site / "content/posts").mkdir(parents=True)
    (site / "static").mkdir()
    (site / "hugo.toml").write_text('baseURL = "https://tide.example/sea/"')
    (site / "static/artwork.png").write_bytes(png(600, 600))
    (site / "static/a.mp3").write_bytes(b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 100)
    (site / "content/posts/a.md").write_text("---\ndate: 2026-01-02\naudio: /a.mp3\n---\n# A\nWords.")
    facts = "{image: 'https://tide.example/sea/artwork.png', category: News, explicit: false}"
    result = check(site, feeds=f"{{tides: {{title: T, query: has=audio, podcast: {facts}}}}}")
    assert result.stdout.splitlines() == [
        "/f/tides.rss: podcast.image: 600 x 600 pixels; use a square JPEG or PNG of 1400 to 3000 pixels"
    ]


def test_the_file_of_a_topic_decides_whether_its_feed_is_a_podcast(corpus: Path) -> None:
    write_article(corpus, "_news/a.md", audio=SOUND)
    settings = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(corpus.parent / "store.db")}

    def served() -> str:
        return invoke("render", "topics/tests", "--format", "rss", **settings).stdout

    plain = served()
    topic(corpus, {"category": "News"})
    assert '<itunes:category text="News"/>' in served()
    (corpus / "_data/topics/tests.yaml").write_text("name: Tests\npodcast: {category: Tides}\n")
    assert '<itunes:category text="News"/>' in served(), "the last good version stays in force"
    (corpus / "_data/topics/tests.yaml").write_text("name: Tests\n")
    assert served() == plain
