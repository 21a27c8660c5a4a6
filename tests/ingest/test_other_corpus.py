"""A store belongs to one corpus: with another folder it is refused, and nothing is retracted."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from feeds.errors import StoreRefused
from feeds.ingest.removals import refuse_other_corpus
from feeds.store.sqlite import SQLiteStore
from tests.builders import write_article
from tests.commands import invoke
from tests.ingest.ingest_harness import CountingCorpus, IngestHarness
from tests.server import Server

FILES = 30

Feeds = Callable[..., Result]


def fill(root: Path, count: int, prefix: str = "") -> Path:
    (root / "_news").mkdir(parents=True, exist_ok=True)
    (root / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
    for number in range(count):
        write_article(root, f"_news/{prefix}{number}.md", title=f"Title {prefix}{number}")
    return root


@pytest.fixture
def corpora(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with articles of their own."""
    return fill(tmp_path / "first", FILES), fill(tmp_path / "second", FILES, "other-")


@pytest.fixture
def feeds(corpora: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feeds]:
    """The command line, with a store of the first of two corpora."""
    monkeypatch.setenv("FEEDS_STORE_PATH", str(tmp_path / "store.db"))
    before = dict(os.environ)

    def run(corpus: Path, *words: str) -> Result:
        return invoke("--corpus", corpus, *words)

    assert run(corpora[0], "refresh").exit_code == 0
    yield run
    os.environ.clear()
    os.environ.update(before)


def live(store: Path) -> set[str]:
    opened = SQLiteStore(store)
    found = {each.id for each in opened.load().records}
    opened.close()
    return found


@pytest.mark.parametrize(
    "command", ["refresh", "refresh --accept-removals", "list topics", "render", "serve"]
)
def test_a_store_of_another_folder_is_refused_and_nothing_is_retracted(
    feeds: Feeds, corpora: tuple[Path, Path], tmp_path: Path, command: str
) -> None:
    first, second = corpora
    before = live(tmp_path / "store.db")
    result = feeds(second, *command.split())
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line == (
        f"feeds: {tmp_path}/store.db: belongs to {first}, and only 0 of its 30 files are in {second}; "
        "set another store.path, or take the store over with feeds refresh --adopt"
    )
    assert live(tmp_path / "store.db") == before
    assert len(before) == FILES
    assert feeds(first, "refresh").stderr == "0 files changed\n"


def test_the_refusal_names_the_whole_path_of_a_store_with_blanks_in_it(
    corpora: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "of the first corpus"
    folder.mkdir()
    ingest = IngestHarness(corpora[0], folder / "store.db")
    ingest.refresh_all()
    with pytest.raises(StoreRefused) as refused:
        refuse_other_corpus(ingest.store, corpora[1])
    ingest.store.close()
    assert refused.value.subject == str(folder / "store.db")


def test_a_folder_with_fewer_than_a_tenth_of_the_files_is_another_and_with_a_tenth_is_not(
    stores: Callable[..., IngestHarness], corpora: tuple[Path, Path]
) -> None:
    first, second = corpora
    ingest = stores(first)
    ingest.refresh_all()
    shutil.copy(first / "_news/0.md", second / "_news/0.md")
    shutil.copy(first / "_news/1.md", second / "_news/1.md")
    ingest.corpus = CountingCorpus(second)
    ingest.use_refresher()
    with pytest.raises(StoreRefused, match="only 2 of its 30 files are in"):
        ingest.refresh_all()
    with pytest.raises(StoreRefused, match="only 2 of its 30 files are in"):
        refuse_other_corpus(ingest.store, second)
    assert len(ingest.records()) == FILES
    shutil.copy(first / "_news/2.md", second / "_news/2.md")
    refuse_other_corpus(ingest.store, second)
    ingest.refresh_all()
    assert ingest.store.corpus() == str(second)
    assert ingest.refresher.held
    assert len(ingest.records()) == 2 * FILES


def test_a_store_that_is_adopted_has_the_articles_of_the_new_folder_alone(
    feeds: Feeds, corpora: tuple[Path, Path], tmp_path: Path
) -> None:
    first, second = corpora
    result = feeds(second, "refresh", "--adopt")
    assert (result.exit_code, result.stderr) == (0, f"{2 * FILES} files changed\n")
    titles = {
        each["title"] for each in json.loads(feeds(second, "render", "--format", "json").stdout)["items"]
    }
    assert titles == {f"Title other-{number}" for number in range(FILES)}
    assert feeds(second, "refresh").exit_code == 0
    assert feeds(first, "refresh").exit_code == 2


@pytest.mark.parametrize("way", ["moved", "copied", "linked", "files renamed within"])
def test_a_folder_at_another_place_is_the_same_corpus(
    feeds: Feeds, corpora: tuple[Path, Path], tmp_path: Path, way: str
) -> None:
    first, moved = corpora[0], tmp_path / "moved"
    before = live(tmp_path / "store.db")
    match way:
        case "moved":
            first.rename(moved)
        case "copied":
            shutil.copytree(first, moved)
        case "linked":
            moved.symlink_to(first)
        case _:
            moved = first
            (first / "_news").rename(first / "_renamed")
    assert feeds(moved, "refresh").exit_code == 0
    assert live(tmp_path / "store.db") == before
    store = SQLiteStore(tmp_path / "store.db")
    assert store.corpus() == str(moved)
    assert store.load().tombstones == []
    store.close()


def test_a_small_corpus_may_take_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person may replace all of a few files; but no process takes over from a running writer."""
    monkeypatch.setenv("FEEDS_STORE_PATH", str(tmp_path / "store.db"))
    monkeypatch.setenv("FEEDS_CORPUS_PATH", "")
    first, second = fill(tmp_path / "first", 3), fill(tmp_path / "second", 3, "other-")
    for corpus in first, second:
        assert invoke("--corpus", corpus, "refresh").exit_code == 0
    assert len(live(tmp_path / "store.db")) == 3


# While a writer is at work.


@pytest.fixture(params=[3, FILES])
def in_use(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IngestHarness]:
    """A store whose writer reads another folder, with few files and with more."""
    ingest = IngestHarness(fill(tmp_path / "first", request.param), tmp_path / "store.db")
    ingest.refresh_all()
    yield ingest
    ingest.store.close()


def test_gunicorn_with_another_corpus_ends_with_one_line(in_use: IngestHarness, tmp_path: Path) -> None:
    second, before = fill(tmp_path / "second", 3, "other-"), in_use.store.load()
    refusal = server_of(second, tmp_path / "run", in_use.store.path).refusal()
    [line] = [each for each in refusal.output.splitlines() if "Starting gunicorn" not in each]
    had = len(before.records)
    assert f"belongs to {in_use.root}, and only 0 of its {had} files are in {second}; " in line
    assert refusal.status == 4
    assert in_use.store.load() == before


def server_of(corpus: Path, folder: Path, store: Path) -> Server:
    return Server(corpus, folder, FEEDS_STORE_PATH=str(store))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("serve", "belongs to "),
        ("refresh", "belongs to "),
        ("render", "belongs to "),
        ("list topics", "belongs to "),
        ("refresh --adopt", "in use by another writer; stop that process first"),
        ("serve --adopt", "in use by another writer; stop that process first"),
    ],
)
def test_a_command_with_another_corpus_is_refused(
    in_use: IngestHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, said: str
) -> None:
    second, before = fill(tmp_path / "second", 3, "other-"), in_use.store.load()
    monkeypatch.setenv("FEEDS_STORE_PATH", str(in_use.store.path))
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(second))
    monkeypatch.setenv("FEEDS_SITE_URL", "https://feeds.example")
    result = invoke(*command.split())
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line.startswith(f"feeds: {in_use.store.path}: {said}")
    assert in_use.store.load() == before


@pytest.mark.slow
def test_a_server_goes_on_when_a_second_one_with_another_corpus_is_refused(tmp_path: Path) -> None:
    first, second = fill(tmp_path / "first", 3), fill(tmp_path / "second", 3, "other-")
    with Server(first, tmp_path / "run") as server:
        before = server.get("/feed.json").body
        assert server_of(second, tmp_path / "other", server.store).refusal().status == 4
        assert server.get("/feed.json").body == before
    assert len(live(tmp_path / "run" / "store.db")) == 3
