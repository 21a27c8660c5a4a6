"""Real servers while the corpus, the store or the settings cannot be used."""

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.builders import write_article
from tests.paths import ROOT
from tests.server import KINDS, Program, Server, free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow


def served_by(*kinds: str) -> pytest.MarkDecorator:
    """Run a test with servers of *kinds*: one outage with all, any other with those that can differ."""
    return pytest.mark.parametrize("server_kind", kinds, indirect=True)


@pytest.fixture(autouse=True)
def server_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Place(NamedTuple):
    """A corpus of one article, and a folder for the store alone."""

    corpus: Path
    folder: Path
    kind: str

    @property
    def store(self) -> Path:
        return self.folder / "store" / "store.db"

    def running(self, workers: int = 1, **settings: str) -> Server:
        store = {"FEEDS_STORE_PATH": str(self.store)}
        return Server(self.corpus, self.folder / "run", self.kind, workers, **store | settings)


@pytest.fixture
def place(corpus: Path, tmp_path: Path, server_kind: str) -> Place:
    write_article(corpus, title="One")
    return Place(corpus, tmp_path, server_kind)


def respawned(server: Server) -> None:
    """Kill every worker with SIGKILL, and wait until new ones respond."""
    server.replace_workers()
    eventually(lambda: server.get("/health").status == 200, within=20)


def replaced_by_a_file(folder: Path) -> Callable[[], object]:
    """Put a file in place of *folder*, so that it cannot be opened; return a function to undo it."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_text("a file")

    def undo() -> None:
        folder.unlink()
        aside.rename(folder)

    return undo


@served_by("asgi", "granian")
def test_workers_that_are_killed_while_the_corpus_is_gone_come_back_and_heal(
    place: Place, server_kind: str
) -> None:
    with place.running(2 if server_kind == "asgi" else 1) as server:
        aside = place.corpus.with_name("aside")
        place.corpus.rename(aside)
        respawned(server)
        eventually(lambda: server.titles() == ["One"])
        told = "ready: 1 articles at revision 1; degraded: writer: "  # by every worker
        eventually(lambda: all(server.readiness().startswith(told) for _ in range(8)), within=20)
        assert "no such folder" in server.readiness()
        assert server.get("/ready").status == 200
        write_article(aside, "_news/2026-02-02-two.md", title="Two")
        aside.rename(place.corpus)
        eventually(lambda: server.titles() == ["Two", "One"], within=20)
        eventually(lambda: all("degraded" not in server.readiness() for _ in range(8)), within=20)
        assert server.is_running()


@served_by(*KINDS)
def test_workers_that_are_killed_while_the_store_is_gone_come_back_and_heal(
    place: Place, server_kind: str
) -> None:
    """Workers of gunicorn have the index that the master loaded; those of Granian respond with 503."""
    with place.running() as server:
        pass  # from the second start on, the master loads the store before it forks
    with place.running() as server:
        undo = replaced_by_a_file(place.store.parent)
        respawned(server)
        if server_kind == "granian":
            assert server.get("/feed.json").status == 503
            assert server.get("/ready").status == 503
            assert server.readiness().startswith("not ready; degraded: ")
        else:
            eventually(lambda: server.titles() == ["One"])
            assert server.readiness().startswith("ready: 1 articles at revision 1; degraded: ")
            assert server.get("/feed.json?q=title").status == 503  # only the store can search
        assert "degraded: follower: " in server.readiness()
        told = json.loads(server.get("/status.json").body)
        assert "follower" in told["workers"][0]["troubles"]
        assert str(place.store) in told["trouble"]
        write_article(place.corpus, "_news/2026-02-02-two.md", title="Two")
        undo()
        eventually(lambda: server.titles() == ["Two", "One"], within=20)
        eventually(lambda: "degraded" not in server.readiness(), within=20)
        assert json.loads(server.get("/status.json").body)["trouble"] == ""
        assert server.get("/feed.json?q=one").status == 200


@served_by("gthread")
def test_a_store_whose_folder_is_gone_is_not_begun_anew(place: Place) -> None:
    with place.running() as server:
        aside = place.folder / "aside"
        for worker in server.workers():
            os.kill(worker, signal.SIGSTOP)  # else it would write the store again
        place.store.parent.rename(aside)
        respawned(server)
        eventually(lambda: "degraded: follower: " in server.readiness())
        assert not place.store.parent.exists()
        aside.rename(place.store.parent)
        eventually(lambda: server.titles() == ["One"], within=20)
        eventually(lambda: "degraded" not in server.readiness(), within=20)


@served_by("granian")
def test_a_running_worker_follows_again_after_any_error_of_its_store(place: Place) -> None:
    with place.running() as server:
        undo = replaced_by_a_file(place.store.parent)
        eventually(lambda: "degraded: follower: " in server.readiness())
        assert server.titles() == ["One"]
        undo()
        write_article(place.corpus, "_news/2026-02-02-two.md", title="Two")
        eventually(lambda: server.titles() == ["Two", "One"], within=20)
        eventually(lambda: "degraded" not in server.readiness(), within=20)


# Settings


@served_by("asgi")
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"FEEDS_SITE_TITEL": "x"}, "FEEDS_SITE_TITEL: unknown setting"),
        (
            {"FEEDS_CORPUS_PATH": "/nowhere"},
            "/nowhere: no such folder; name the folder of the articles in corpus.path",
        ),
        ({"FEEDS_STORE_PATH": "/dev/null/store.db"}, "/dev/null/store.db: cannot be"),
    ],
)
def test_a_first_start_that_cannot_work_ends_at_once_with_one_line(
    place: Place, environment: dict[str, str], said: str
) -> None:
    pid = f"--pid {place.folder / 'pid'}"
    refusal = place.running(GUNICORN_CMD_ARGS=pid, **environment).refusal()
    assert refusal.status == 4
    [line] = [line for line in refusal.output.splitlines() if "Starting gunicorn" not in line]
    assert said in line
    assert "[CRITICAL]" in line
    assert not (place.folder / "pid").exists()


@served_by("asgi")
def test_a_reload_that_cannot_work_changes_nothing(place: Place, tmp_path: Path) -> None:
    config = tmp_path / "feeds.yaml"
    config.write_text("site: {title: Before}\n")
    for folder in ("feeds", "config"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    code = tmp_path / "project" / "feeds" / "article" / "__init__.py"
    sound = code.read_text()

    def reload(server: Server, expected: str) -> None:
        before, refused = server.workers(), server.output().count("not reloaded")
        server.send(signal.SIGHUP)
        eventually(lambda: len(server.workers()) == 1 and not {*before} & {*server.workers()}, within=20)
        eventually(lambda: server.get("/feed.json").status == 200, within=20)
        assert json.loads(server.get("/feed.json").body)["title"] == expected
        again = server.output().count("not reloaded") > refused
        assert again is (expected == "Before")

    environment = {"FEEDS_STORE_PATH": str(place.store), "FEEDS_CONFIG": str(config)}
    project = tmp_path / "project"
    with Server(place.corpus, tmp_path / "run", place.kind, root=project, **environment) as server:
        config.write_text("site: {titel: After}\n")
        reload(server, "Before")
        assert "site.titel: unknown setting" in server.output()
        assert "Traceback" not in server.output()
        respawned(server)
        config.write_text("site: {title: After}\n")
        undo = replaced_by_a_file(place.store.parent)
        reload(server, "Before")
        undo()
        code.write_text("this is not Python\n")
        reload(server, "Before")
        code.write_text(sound)
        reload(server, "After")


@served_by("gthread")
def test_a_worker_whose_settings_are_refused_ends_with_one_line(place: Place) -> None:
    """The server runs without the hooks of this program."""
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "feeds.wsgi:app", "--bind", url.removeprefix("http://")]
    gunicorn = Program(command, place.folder / "log", f"{url}/ready", FEEDS_SITE_TITEL="x")
    refusal = gunicorn.refusal()
    assert refusal.status == 4
    assert len(re.findall("FEEDS_SITE_TITEL: unknown setting", refusal.output)) == 1
    assert "Traceback" not in refusal.output


def dates(server: Server) -> dict[str, tuple[str, str]]:
    """The id and the last change of each article, by title."""
    answer = server.get("/feed.json")
    items = json.loads(answer.body)["items"] if answer.status == 200 else []
    return {item["title"]: (item["id"], item["date_modified"]) for item in items}


@served_by("gthread", "granian")
def test_a_store_that_is_deleted_under_a_server_is_written_again(place: Place) -> None:
    with place.running() as server:
        write_article(place.corpus, title="Edited")
        eventually(lambda: server.titles() == ["Edited"])
        before = dates(server)
        shutil.rmtree(place.store.parent)
        eventually(place.store.exists)
        write_article(place.corpus, "_news/2026-02-02-two.md", title="Two")
        eventually(lambda: server.titles() == ["Two", "Edited"])
        assert dates(server)["Edited"] == before["Edited"]
        assert "deleted while in use; restored without loss" in server.output()
    with place.running() as server:
        eventually(lambda: server.titles() == ["Two", "Edited"])
        assert dates(server)["Edited"] == before["Edited"]


@served_by("asgi")
def test_a_deleted_lock_leaves_one_writer_whose_changes_are_seen(place: Place) -> None:
    with place.running(2) as server:
        for number in range(3):
            Path(f"{place.store}.lock").unlink()
            write_article(place.corpus, title=f"Edited {number}")
            eventually(lambda number=number: server.titles() == [f"Edited {number}"])
        eventually(lambda: len(server.writers()) == 1)
        assert "Traceback" not in server.output()
