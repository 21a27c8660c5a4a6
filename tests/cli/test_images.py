"""feeds images: lists the pictures on other sites, and probes them on a real server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from feeds import __version__
from feeds.bootstrap import ServerProcess
from feeds.query import Query
from feeds.settings import load
from feeds.store.sqlite.state import SQLiteState
from feeds.store.state import Probe
from tests.builders import write_article
from tests.commands import invoke
from tests.corpus.media_files import png
from tests.ingest.probe.picture_server import PictureServer, serving

Images = Callable[..., Result]


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    """A server with one picture, one page, and nothing else."""
    with serving() as made:
        made.put("/a.jpg", png(30, 20))
        made.put("/page.png", b"<!doctype html>")
        yield made


@pytest.fixture
def settings(tmp_path: Path, pictures: PictureServer) -> dict[str, str]:
    """The settings of a corpus with two articles, as environment variables."""
    root = tmp_path / "corpus"
    images = [pictures.url(path) for path in ("/a.jpg", "/gone.png", "/page.png")]
    images.append("https://feeds.example/assets/own.png")
    write_article(root, "_news/one.md", images=[{"url": url} for url in images])
    write_article(root, "_news/two.md", images=[{"url": images[1]}])
    return {
        "FEEDS_CORPUS_PATH": str(root),
        "FEEDS_STORE_PATH": str(tmp_path / "store.db"),
        "FEEDS_SITE_URL": "https://feeds.example",
        "FEEDS_IMAGES_NETWORKS": "127.0.0.0/8",
    }


@pytest.fixture
def images(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Images:
    """Runs the command, without pauses between requests."""
    monkeypatch.setattr("feeds.cli.images.PAUSE", 0)

    def run(*words: str, **more: str) -> Result:
        return invoke("images", *words, **settings | more)

    return run


def listed(images: Images, *words: str) -> dict[str, dict[str, Any]]:
    """The listed pictures by the end of their addresses."""
    found = json.loads(images("--format", "json", *words).stdout)
    return {each["url"].rpartition("/")[2]: each for each in found}


def test_pictures_on_other_sites_are_listed_before_anything_is_known(
    images: Images, pictures: PictureServer
) -> None:
    result = images()
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"unknown\t-\t-\t-\t-\t{pictures.url(path)}" for path in ("/a.jpg", "/gone.png", "/page.png")
    ]
    assert pictures.requests == []


def test_a_probe_reports_dead_pictures_with_the_articles_that_show_them(
    images: Images, pictures: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.cli.images.REPORTED", 2)  # without a terminal
    result = images("--probe")
    assert result.exit_code == 0
    assert "probed 2 of 3 pictures: " in result.stderr
    date = listed(images)["a.jpg"]["probed"][:10]
    assert result.stdout.splitlines() == [
        f"dead\t-\t-\t-\t{date}\t{pictures.url('/gone.png')}",
        "    not found (404)",
        "    in _news/one.md",
        "    in _news/two.md",
    ]
    assert "probed 3 of 3 pictures: 1 ok, 1 dead, 1 unknown" in result.stderr
    agents = {each["user-agent"] for each in pictures.headers}
    assert agents == {f"feeds/{__version__} (pictures in feeds; +https://feeds.example/)"}


def test_the_list_has_what_a_probe_found(images: Images) -> None:
    images("--probe")
    found = listed(images)
    assert (found["a.jpg"]["status"], found["a.jpg"]["type"]) == ("ok", "image/png")
    assert (found["a.jpg"]["width"], found["a.jpg"]["height"]) == (30, 20)
    assert found["a.jpg"]["length"] == len(png(30, 20))
    assert found["page.png"]["reason"] == "no picture"
    assert found["page.png"]["failing_since"] == found["page.png"]["probed"]
    assert found["gone.png"]["articles"] == ["_news/one.md", "_news/two.md"]
    assert listed(images, "--dead").keys() == {"gone.png"}


def test_only_pictures_that_are_due_are_probed_again(images: Images, pictures: PictureServer) -> None:
    images("--probe")
    pictures.requests.clear()
    assert "3 pictures not due" in images("--probe").stderr
    assert pictures.requests == []
    images("--probe", "--older-than", "0")
    assert {path for _, path in pictures.requests} == {"/a.jpg", "/gone.png", "/page.png"}


def test_without_the_setting_nothing_on_this_machine_is_asked(
    images: Images, pictures: PictureServer
) -> None:
    images("--probe", FEEDS_IMAGES_NETWORKS="")
    assert pictures.requests == []
    assert {each["reason"] for each in listed(images).values()} == {"not a public address"}


def test_results_of_pictures_that_no_article_shows_are_deleted(
    images: Images, settings: dict[str, str]
) -> None:
    state = SQLiteState(Path(f"{settings['FEEDS_STORE_PATH']}.state"))
    state.record_probes([Probe("https://pictures.example/former.png", 1, "ok", length=5)])
    assert "1 result of other pictures deleted" in images("--probe").stderr
    assert len(state.probes()) == 3


def test_two_commands_do_not_probe_at_the_same_time(images: Images, settings: dict[str, str]) -> None:
    state = SQLiteState(Path(f"{settings['FEEDS_STORE_PATH']}.state"))
    assert state.acquire_prober()
    result = images("--probe")
    state.close()
    assert result.exit_code == 2
    assert "in use by another probe; wait until that process is done" in result.stderr


def rss(server: ServerProcess) -> tuple[str, str, str]:
    """The RSS feed of *server*, the date of its last change, and its key."""
    server.current_index.follow()
    from_query = server.pipeline.prepare(Query(), "rss")
    document = server.pipeline.render(from_query, "identity")
    return document.body.decode(), str(from_query.feed.updated), from_query.key


@pytest.mark.parametrize("is_running", [False, True])
def test_facts_change_the_bytes_and_the_etag_of_a_feed_and_nothing_else(
    images: Images, settings: dict[str, str], pictures: PictureServer, is_running: bool
) -> None:
    images()
    server = ServerProcess(made := load(settings))
    before, moment, key = rss(server)
    writer = ServerProcess(made)
    store = writer.store
    if is_running:  # another process is the writer: it is asked for a scan
        assert store.acquire_writer()
    images("--probe")
    if is_running:
        assert rss(server) == (before, moment, key)
        assert store.requests() == {"scan"}
        writer.refresher(store, writer.corpus).refresh_all()
    after, moment_after, key_after = rss(server)
    url = pictures.url("/a.jpg")
    assert f'<enclosure url="{url}" length="0" type="image/jpeg"/>' in before
    assert f'<enclosure url="{url}" length="{len(png(30, 20))}" type="image/png"/>' in after
    assert moment_after == moment
    assert key_after != key
    assert key_after.partition("-")[0] == key.partition("-")[0]
    server.stop()
    writer.stop()
