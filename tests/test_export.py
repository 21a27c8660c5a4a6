"""A folder holds what the server answers, and what only changed is written."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feeds.cli import main
from feeds.export.folder import SUFFIXES
from feeds.render import FORMATS
from tests.conftest import write_article

Export = Callable[..., Result]
CODED = {"br": ".br", "gzip": ".gz", "zstd": ".zst"}


@pytest.fixture
def export(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """Runs ``feeds export`` on *corpus*, in one process, to a folder that is returned as ``public``."""
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(corpus))
    monkeypatch.setenv("FEEDS_STORE_PATH", str(tmp_path / "store.db"))
    monkeypatch.setenv("FEEDS_SITE_URL", "https://feeds.example")

    def run(*words: object, to: Path = tmp_path / "public", status: int = 0) -> Result:
        command = ["export", str(to), "--workers", "1", *(str(word) for word in words)]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file that is an answer, with what changes when it is written."""
    return {
        str(file.relative_to(folder)): (file.stat().st_ino, file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".export" not in file.parts
    }


def written(result: Result) -> int:
    return int(result.stderr.split(": ")[1].split(" files written")[0])


def test_every_feed_page_and_list_is_there_in_every_coding(
    export: Export, corpus: Path, public: Path
) -> None:
    write_article(corpus, topics=["Oceans", "Tests"])
    export()
    names = {name for name in files(public) if not name.endswith(tuple(SUFFIXES.values()))}
    places = ["feed", "feed/daily", "feed/weekly", "providers/example.org"]
    places += [
        f"topics/{topic}{end}" for topic in ("oceans", "tests") for end in ("", "/daily", "/weekly")
    ]
    feeds = {f"{place}.{extension}" for place in places for extension in FORMATS}
    pages = {"index.html", *(f"{place}.html" for place in places[1:])}
    lists = {"opml.opml", *(f"opml/{kind}.opml" for kind in ("named", "topics", "providers"))}
    assert names == feeds | pages | lists | {"catalog.json", "robots.txt"}
    assert set(files(public)) == {name + suffix for name in names for suffix in ("", *CODED.values())}


def test_nothing_is_written_where_nothing_changed(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus)
    export()
    before = files(public)
    assert written(export()) == 0
    assert files(public) == before
