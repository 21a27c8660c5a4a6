"""The store of a corpus without store.path: commands in every folder find it by the corpus."""

import os
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from feeds.bootstrap import ServerProcess, located, settings_in_force, store_name
from feeds.bootstrap import store_of as open_store
from feeds.bootstrap.inherited import inherited
from feeds.errors import SettingsError, StoreError, StoreRefused
from feeds.settings import load
from feeds.store import Changes
from feeds.store.sqlite import SQLiteStore
from tests.builders import write_article
from tests.commands import invoke, output_of

Fill = Callable[..., Path]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, which has no folder ``var`` yet."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def state() -> Path:
    """The state folder of this program, which does not exist yet."""
    return Path(os.environ["XDG_STATE_HOME"]) / "feeds"


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Makes a corpus of some articles in the folder *name*; the same *prefix* makes the same articles."""

    def filled(name: str, count: int = 4, prefix: str = "") -> Path:
        root = tmp_path / name
        (root / "_news").mkdir(parents=True, exist_ok=True)
        (root / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
        for number in range(count):
            write_article(root, f"_news/{prefix}{number}.md", title=f"Title {prefix}{number}")
        return root

    return filled


def store_of(corpus: Path) -> Path:
    """The path of the store that a command for *corpus* uses."""
    return located(load({"FEEDS_CORPUS_PATH": str(corpus)})).store_path


def feeds(corpus: Path, *words: object) -> Result:
    return invoke("--corpus", corpus, *words)


def refreshed(corpus: Path) -> Path:
    """Refresh the store of *corpus*, and return its path."""
    server = ServerProcess(located(load({"FEEDS_CORPUS_PATH": str(corpus)})))
    try:
        assert server.refresh(lambda _done, _total: None) is not None
        return server.settings.store_path
    finally:
        server.stop()


def content(store: Path) -> tuple[str, dict[str, object]]:
    """The corpus that *store* records, and the dates of its articles by id."""
    opened = SQLiteStore(store)
    try:
        return opened.corpus(), {each.id: (each.changed, each.appeared) for each in opened.load().records}
    finally:
        opened.close()


# One corpus, one store.


def test_a_store_is_in_the_state_folder_and_named_after_its_corpus(state: Path, fill: Fill) -> None:
    store = refreshed(fill("corpus"))
    assert store.parent == state
    assert store.name.startswith("corpus-")
    assert store.suffix == ".db"


def test_the_name_of_a_store_never_changes() -> None:
    """With another name, an update or make run would begin a second store."""
    assert store_name(Path("/corpora/news")) == "news-c17d0be4.db"
    assert store_name(Path("/")).startswith("corpus-")


def test_the_working_directory_does_not_decide_which_store_is_used(
    tmp_path: Path, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = refreshed(fill("corpus"))
    monkeypatch.chdir(tmp_path)
    assert store_of(Path("corpus")) == store_of(tmp_path / "corpus") == store


def test_corpora_of_one_name_have_stores_of_their_own(fill: Fill) -> None:
    one, two = fill("a/corpus"), fill("b/corpus", prefix="b")
    assert len({refreshed(one), refreshed(two)}) == 2
    assert len({store_of(one), store_of(two)}) == 2


def test_a_path_in_the_settings_is_used_as_it_is() -> None:
    assert located(load({"FEEDS_STORE_PATH": "x.db"})).store_path == Path("x.db")


def test_looking_for_a_store_creates_no_file(state: Path, fill: Fill, here: Path) -> None:
    assert not store_of(fill("corpus")).exists()
    assert not state.exists()
    assert [*here.iterdir()] == []


def test_a_link_to_another_release_of_the_corpus_keeps_the_store(tmp_path: Path, fill: Fill) -> None:
    first, second, link = fill("releases/1"), fill("releases/2", prefix="new-"), tmp_path / "current"
    link.symlink_to(first)
    store = refreshed(link)
    link.unlink()
    link.symlink_to(second)
    assert store_of(link) == store


# Stores of earlier versions.


def test_a_store_at_the_former_default_place_is_used(fill: Fill, here: Path, state: Path) -> None:
    corpus = fill("corpus")
    (here / "var").mkdir()
    refreshed(corpus).rename(here / "var" / store_name(corpus))
    before = content(here / "var" / store_name(corpus))
    assert refreshed(corpus) == Path("var") / store_name(corpus)
    assert content(here / "var" / store_name(corpus)) == before
    assert not (state / store_name(corpus)).exists()


def test_the_former_default_place_comes_first(fill: Fill, here: Path) -> None:
    """A service keeps its history, although a command in another folder made a second store."""
    corpus = fill("corpus")
    store = refreshed(corpus)
    (here / "var").mkdir()
    shutil.copy(store, here / "var" / store.name)
    assert store_of(corpus) == Path("var") / store.name


def test_the_store_at_the_former_default_place_follows_a_corpus_that_was_moved(
    fill: Fill, here: Path, tmp_path: Path
) -> None:
    corpus = fill("corpus")
    store = refreshed(corpus)
    (here / "var").mkdir()
    store.rename(here / "var" / store.name)
    corpus.rename(tmp_path / "moved")
    assert refreshed(tmp_path / "moved") == Path("var") / store.name


# Corpora that were moved.


@pytest.mark.parametrize("way", ["renamed", "copied and deleted", "edited too", "some files deleted"])
def test_a_corpus_that_was_moved_keeps_its_store_with_ids_and_dates(
    fill: Fill, tmp_path: Path, way: str
) -> None:
    corpus, moved = fill("corpus", 9), tmp_path / "moved"
    store = refreshed(corpus)
    before = content(store)[1]
    if way == "renamed":
        corpus.rename(moved)
    else:
        shutil.copytree(corpus, moved, copy_function=shutil.copyfile)  # with dates of today
        shutil.rmtree(corpus)
    for number in range(4):
        if way == "edited too":
            write_article(moved, f"_news/{number}.md", title="Another title")
        elif way == "some files deleted":
            (moved / f"_news/{number}.md").unlink()
    assert store_of(moved) == store
    assert content(store)[0] == str(corpus)
    assert refreshed(moved) == store
    recorded, after = content(store)
    assert recorded == str(moved)
    assert after.keys() <= before.keys()
    if way in ("renamed", "copied and deleted"):
        assert after == before
    assert store_of(moved) == store


def test_a_corpus_is_found_again_after_two_moves_and_the_way_back(fill: Fill, tmp_path: Path) -> None:
    corpus = fill("corpus")
    store = refreshed(corpus)
    for name in ("second", "third", "corpus"):
        corpus = corpus.rename(tmp_path / name)
        assert refreshed(corpus) == store


def test_a_copy_of_a_corpus_that_exists_has_a_store_of_its_own(fill: Fill, tmp_path: Path) -> None:
    corpus = fill("corpus")
    shutil.copytree(corpus, tmp_path / "copy")
    assert refreshed(corpus) != refreshed(tmp_path / "copy")


def test_two_copies_of_a_corpus_that_is_gone_do_not_share_its_store(fill: Fill, tmp_path: Path) -> None:
    """Both look for a store before one of them has opened it."""
    corpus, copies = fill("corpus"), [tmp_path / "one", tmp_path / "two"]
    store = refreshed(corpus)
    for copy in copies:
        shutil.copytree(corpus, copy)
    shutil.rmtree(corpus)
    one, two = (located(load({"FEEDS_CORPUS_PATH": str(copy)})) for copy in copies)
    assert one.store_path == two.store_path == store
    open_store(one).close()
    assert content(store)[0] == str(copies[0])
    with pytest.raises(StoreRefused, match=f"belongs to {copies[0]}; start again"):
        open_store(two)
    assert store_of(copies[0]) == store
    assert store_of(copies[1]) != store


def test_a_look_at_the_store_of_a_moved_corpus_leaves_it_unchanged(fill: Fill, tmp_path: Path) -> None:
    corpus = fill("corpus")
    store = refreshed(corpus)
    corpus.rename(tmp_path / "moved")
    for command in ("check", "store info", "config"):
        assert feeds(tmp_path / "moved", *command.split()).exit_code == 0
    assert content(store)[0] == str(corpus)


def test_a_new_corpus_at_the_place_of_one_that_was_moved_has_a_store_of_its_own(
    fill: Fill, tmp_path: Path
) -> None:
    corpus = fill("corpus")
    store = refreshed(corpus)
    corpus.rename(tmp_path / "moved")
    assert refreshed(tmp_path / "moved") == store
    new = refreshed(fill("corpus", prefix="new-"))
    assert new != store
    assert refreshed(tmp_path / "corpus") == new
    assert refreshed(tmp_path / "moved") == store


@pytest.mark.parametrize("shared", [0, 2])
def test_a_folder_with_half_of_the_files_or_fewer_is_another_corpus(
    fill: Fill, tmp_path: Path, shared: int
) -> None:
    corpus, other = fill("corpus"), fill("other", prefix="x")
    for number in range(shared):
        shutil.copy2(corpus / f"_news/{number}.md", other / "_news")
    store = refreshed(corpus)
    shutil.rmtree(corpus)
    assert store_of(other) != store


def test_none_of_several_fitting_stores_is_used(fill: Fill, tmp_path: Path, state: Path) -> None:
    one, two = fill("one"), tmp_path / "two"
    shutil.copytree(one, two)
    stores = sorted([refreshed(one), refreshed(two)])
    one.rename(tmp_path / "moved")
    shutil.rmtree(two)
    result = feeds(tmp_path / "moved", "refresh")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"feeds: {tmp_path}/moved: more than one store fits: {stores[0]}, {stores[1]}; "
        "set store.path to one of them\n"
    )
    assert len([*state.glob("*.db")]) == 2


def test_a_store_that_was_chosen_once_is_found_afterwards(
    fill: Fill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = fill("one"), tmp_path / "two"
    shutil.copytree(one, two)
    store, _ = refreshed(one), refreshed(two)
    one.rename(tmp_path / "moved")
    shutil.rmtree(two)
    monkeypatch.setenv("FEEDS_STORE_PATH", str(store))
    assert feeds(tmp_path / "moved", "refresh").exit_code == 0
    monkeypatch.delenv("FEEDS_STORE_PATH")
    assert store_of(tmp_path / "moved") == store


def test_a_store_whose_first_load_did_not_end_is_used_again(state: Path, fill: Fill) -> None:
    corpus = fill("corpus")
    SQLiteStore(state / store_name(corpus)).close()
    assert store_of(corpus) == state / store_name(corpus)


def test_other_files_in_the_state_folder_are_left_alone(state: Path, fill: Fill) -> None:
    state.mkdir(parents=True)
    (state / "notes.db").write_text("somebody's notes")
    (state / "folder.db").mkdir()
    assert refreshed(fill("corpus")).parent == state
    assert (state / "notes.db").read_text() == "somebody's notes"
    assert not (state / "notes.db.lock").exists()


def test_a_file_of_another_program_with_the_name_of_the_store_is_refused(state: Path, fill: Fill) -> None:
    corpus = fill("corpus")
    state.mkdir(parents=True)
    (state / store_name(corpus)).write_text("somebody's notes")
    with pytest.raises(StoreRefused, match="not a store of this program"):
        refreshed(corpus)


# Failures.


@pytest.mark.parametrize("folder", ["/proc/none", "/dev/null", f"/{300 * 'x'}"])
def test_a_state_folder_that_cannot_be_made_is_reported_with_the_setting(
    fill: Fill, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", folder)
    result = feeds(fill("corpus"), "refresh")
    assert (result.exit_code, result.stdout) == (2, "")
    path = rf"{folder}/feeds/corpus-\w+\.db"
    assert re.fullmatch(rf"feeds: {path}: cannot be .*; set store\.path\n", result.stderr)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_state_folder_without_write_permission_is_reported_with_the_setting(
    fill: Fill, state: Path
) -> None:
    state.mkdir(parents=True)
    state.chmod(0o500)
    with pytest.raises(StoreError, match=r"permission denied; set store\.path$"):
        refreshed(fill("corpus"))


def test_a_user_without_a_home_folder_must_set_the_path(
    fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as if /etc/passwd had no entry
    with pytest.raises(
        SettingsError, match=r"^store\.path: not set, .* no home folder; set it to a file$"
    ):
        store_of(fill("corpus"))


def test_a_user_without_a_home_folder_may_open_the_store_in_the_settings_for_any_corpus(
    fill: Fill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        located(
            load({"FEEDS_CORPUS_PATH": str(fill(name)), "FEEDS_STORE_PATH": str(tmp_path / "own.db")})
        )
        for name in ("first", "second")
    )
    with closing(SQLiteStore(tmp_path / "own.db")) as store:
        assert store.acquire_writer()
        store.record(Changes(corpus=first.corpus.path))
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    open_store(second).close()
    assert content(tmp_path / "own.db")[0] == first.corpus.path


def test_a_missing_corpus_is_reported_as_before(tmp_path: Path) -> None:
    result = feeds(tmp_path / "nowhere", "refresh")
    assert result.stderr == (
        f"feeds: {tmp_path}/nowhere: no such folder; name the folder of the articles in corpus.path\n"
    )


# Lines with the path.


def test_store_info_and_config_show_the_path(fill: Fill) -> None:
    corpus = fill("corpus")
    store = refreshed(corpus)
    assert f"{store}\n" in feeds(corpus, "store", "info").stdout
    assert f"  path: ''  # default: {store}\n" in feeds(corpus, "config").stdout


def test_every_entry_has_its_path(fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inherited, "accepted", None)
    corpus = fill("corpus")
    environment = {"FEEDS_CORPUS_PATH": str(corpus)}
    assert settings_in_force(environment).store_path == store_of(corpus)


def test_gunicorn_starts_with_a_line_about_corpus_address_and_store(fill: Fill, here: Path) -> None:
    """Granian's first worker logs the same line, in tests/monitoring/test_status.py."""
    corpus = fill("corpus")
    code = "\n".join([
        "import os, runpy",
        "from unittest.mock import MagicMock",
        "hooks = runpy.run_module('feeds.gunicorn_conf')",
        "settings = MagicMock(uid=os.geteuid(), workers=1, worker_connections=9, address=[])",
        "server = MagicMock(cfg=settings, master_pid=0)",
        "hooks['on_starting'](server)",
        "assert not server.log.info.called",
        "hooks['when_ready'](server)",
        "print(server.log.info.call_args.args[0])",
    ])  # fmt: skip
    said = output_of(code, folder=here, FEEDS_CORPUS_PATH=str(corpus))
    assert said == f"serving {corpus} at http://127.0.0.1:8000; store: {store_of(corpus)}\n"
