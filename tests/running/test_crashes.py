"""Processes are killed while clients read and files change."""

import re
import signal
from pathlib import Path

import pytest

from tests.builders import replace_file, write_article
from tests.running.load import Load
from tests.server import Server, kill
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", ["asgi", "gthread"])
def test_no_request_fails_while_files_change_and_processes_die(
    sample: Path, tmp_path: Path, kind: str
) -> None:
    """A killed worker resets the connections that it has accepted; clients send these requests again.

    gunicorn sends headers and body apart, so that a response may be cut between them, which shows in
    its Content-Length.
    """
    files = sorted((sample / "_news").rglob("*.md"))

    def edit(number: int) -> None:
        for name in "first", "second":
            text = (
                f"title: version {number} of {name}\nwebUrl: https://e.example/{name}\ntopics: [Versions]"
            )
            replace_file(sample / "_news" / f"2026-01-01-{name}.md", f"---\n{text}\n---\n")

    edit(0)
    with Server(sample, tmp_path / "run", kind, workers=2) as server, Load(server) as load:
        for number in range(1, 7):
            edit(number)
            file = files.pop()
            match number:
                case 1:
                    replace_file(file, re.sub(r'title: "', 'title: "New: ', file.read_text(), count=1))
                case 2:
                    file.write_text("---\ntitle: [broken\n")
                    load.killing.set()
                    server.replace_workers(server.workers()[0])
                case 3:
                    load.killing.clear()
                    file.rename(file.with_name(f"{file.stem}-renamed.md"))
                case 4:
                    file.unlink()
                    server.send(signal.SIGHUP)
                case 5:
                    write_article(sample, f"_news/added-{number}.md", topics=["Oceans"])
            eventually(lambda number=number: load.versions[number] or load.failures)
        load.stop()
        assert load.failures == []
        assert set(load.statuses) == {200, 304}
        assert load.resets <= 8  # of one worker, which has at most eight threads


@pytest.mark.parametrize("kind", ["asgi", "gthread"])
def test_another_worker_takes_over_when_the_writer_is_killed(
    corpus: Path, tmp_path: Path, kind: str
) -> None:
    write_article(corpus)
    with Server(corpus, tmp_path / "run", kind, workers=2) as server:
        for number in range(2):
            [first] = eventually(server.writers)
            kill(first)
            write_article(corpus, "_news/2026-02-02-after.md", title=f"After {number}")
            eventually(lambda number=number: f"After {number}" in server.titles(), within=20)
            assert eventually(server.writers) != [first]
            eventually(lambda: len(server.workers()) == 2)


def test_granian_replaces_a_killed_worker_and_follows_edits(corpus: Path, tmp_path: Path) -> None:
    write_article(corpus)
    with Server(corpus, tmp_path / "run", "granian", workers=2) as server:
        write_article(corpus, "_news/2026-11-02-new.md", title="New")
        eventually(lambda: all("New" in server.titles() for _ in range(8)))
        server.replace_workers(server.workers()[0])
        eventually(lambda: all("New" in server.titles() for _ in range(8)))
