"""Every feed at once: the OPML that real readers import."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest

from tests.builders import write_article
from tests.readers.clients.newsboat import Newsboat
from tests.readers.clients.rss2email import Rss2email
from tests.readers.clients.sfeed import Sfeed
from tests.readers.conftest import present
from tests.server import Server

pytestmark = pytest.mark.slow


def import_with_listparser(file: Path, home: Path) -> list[str]:
    import listparser  # here, as it takes long

    lists = listparser.parse(file.read_bytes())
    assert not lists.bozo, lists.bozo_exception
    assert lists.version == "opml2"
    assert lists.meta.title
    assert all(feed.title for feed in lists.feeds)
    return [feed.url for feed in lists.feeds]


def import_with_newsboat(file: Path, home: Path) -> list[str]:
    return present(Newsboat)(home).import_opml(file)


def import_with_sfeed(file: Path, home: Path) -> list[str]:
    return present(Sfeed)(home).import_opml(file)


def import_with_rss2email(file: Path, home: Path) -> list[str]:
    return present(Rss2email)(home).import_opml(file)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two topics and two providers."""
    folder = tmp_path_factory.mktemp("opml")
    corpus = folder / "corpus"
    write_article(corpus, "_news/one.md", topics=["R&D <3>"])
    write_article(
        corpus, "_news/two.md", topics=["Seas"], provider={"name": "Bell", "domain": "bell.example"}
    )
    (corpus / "_config.yml").write_text("title: A & B\nurl: https://corpus.example\nlocale: en-us\n")
    with Server(corpus, folder / "server") as server:
        yield server


@pytest.mark.parametrize(
    "import_opml",
    [import_with_listparser, import_with_newsboat, import_with_sfeed, import_with_rss2email],
)
def test_every_feed_can_be_imported_in_one_step(
    import_opml: Callable[[Path, Path], list[str]], server: Server, tmp_path: Path
) -> None:
    answer = server.get("/opml")
    assert answer.status == 200
    file = tmp_path / "feeds.opml"
    file.write_bytes(answer.body)
    addresses = import_opml(file, tmp_path)
    paths = [urlsplit(address).path for address in addresses]
    feeds = {path.rpartition(".")[0] for path in paths}
    assert {"/feed", "/topics/seas", "/providers/bell.example", "/providers/example.org"} <= feeds
    assert len(feeds) == len(paths)
    for path in paths:
        feed = feedparser.parse(server.get(path).body)
        assert feed.entries, path
