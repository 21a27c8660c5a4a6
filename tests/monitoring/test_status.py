"""The status of a real server, gunicorn or Granian, is the same from each of its processes."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from feeds.sample import write_sample
from tests.builders import write_article
from tests.server import Running, running
from tests.waiting import eventually

pytestmark = pytest.mark.slow

Begin = Callable[..., Running]


@pytest.fixture(params=["asgi", "gthread", "granian"])
def serve(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Begin]:
    """Starts a server of each kind, with two processes, on a corpus."""
    if request.param == "granian" and not find_spec("granian"):
        pytest.skip("granian is not installed")
    monkeypatch.setenv("WORKER_CLASS", request.param)
    made: list[Any] = []

    def begin(corpus: Path, **environment: str) -> Running:
        made.append(running(corpus, tmp_path / f"run-{len(made)}", 2, **environment))
        server: Running = made[-1].__enter__()
        eventually(lambda: len(told(server, **asking(environment))["workers"]) == 2)
        return server

    yield begin
    for each in made:
        each.__exit__(None, None, None)


def asking(environment: dict[str, str]) -> dict[str, str]:
    token = environment.get("FEEDS_HTTP_STATUS_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}


def told(server: Running, **headers: str) -> dict[str, Any]:
    answer = server.get("/status.json", **headers)
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.body)
    return found


def settled(server: Running, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The status once *holds* is true of the answers of all processes, which lag by a second."""

    def all_agree() -> dict[str, Any]:
        answers = [told(server) for _ in range(8)]
        return answers[-1] if all(map(holds, answers)) else {}

    found: dict[str, Any] = eventually(all_agree, within=15, every=0.1)
    return found


def test_the_sums_are_exact_whichever_process_is_asked(tmp_path: Path, serve: Begin) -> None:
    write_sample(tmp_path / "corpus", 60, 1, lambda _done: None)
    server = serve(tmp_path / "corpus")
    begun = settled(server, lambda found: found["requests"] == told(server)["requests"])["requests"]
    for _ in range(30):
        tag = server.get("/feed.rss").headers["ETag"]
        assert server.get("/feed.rss", If_None_Match=tag).status == 304
        assert server.get("/topics/oceans.json?limit=3&x=1").status == 200
        assert server.get("/nothing").status == 404
        assert server.get("/").status == 200

    def is_right(found: dict[str, Any]) -> bool:
        by_status = {
            kind: count - begun["by_status"][kind]
            for kind, count in found["requests"]["by_status"].items()
        }
        return by_status == {"2xx": 90, "3xx": 30, "4xx": 30, "5xx": 0}

    found = settled(server, is_right)
    feeds = found["feeds"]
    assert (feeds["requests"], feeds["not_modified"]) == (90, 30)
    assert [(each["address"].partition(".example")[2], each["requests"]) for each in feeds["top"]] == [
        ("/feed.rss", 60),
        ("/topics/oceans.json?limit=3", 30),
    ]
    assert feeds["kept"] >= 90 - 2 * 3  # the first of each process for each feed is made
    assert sum(each["requests"] for each in found["workers"]) == found["requests"]["total"]
    assert sum(each["writes"] for each in found["workers"]) == 1
    assert all(each["memory_bytes"] > 1 << 20 for each in found["workers"])
    assert found["caches"]["documents"]["made"] >= 2
    assert found["caches"]["answers"]["bytes"] > 0
    assert found["corpus"]["articles"] == 60
    assert found["refresh"]["files"] == 60


def test_a_process_that_was_killed_leaves_what_it_had_counted(tmp_path: Path, serve: Begin) -> None:
    if os.environ["WORKER_CLASS"] == "granian":
        pytest.skip("a worker of granian's that is killed takes the others with it")
    write_sample(tmp_path / "corpus", 10, 1, lambda _done: None)
    server = serve(tmp_path / "corpus")
    for _ in range(40):
        server.get("/feed.rss")
    before = settled(server, lambda found: found["feeds"]["requests"] == 40)
    killed = before["workers"][0]["pid"]
    os.kill(killed, signal.SIGKILL)
    found = settled(
        server,
        lambda found: len(found["workers"]) == 2 and killed not in [w["pid"] for w in found["workers"]],
    )
    assert found["feeds"]["requests"] == 40
    assert found["started"] == before["started"]


def test_a_reload_begins_new_processes_and_forgets_nothing(tmp_path: Path, serve: Begin) -> None:
    if os.environ["WORKER_CLASS"] == "granian":
        pytest.skip("granian reloads in another way")
    write_sample(tmp_path / "corpus", 10, 1, lambda _done: None)
    server = serve(tmp_path / "corpus")
    before = {each["pid"] for each in told(server)["workers"]}
    for _ in range(20):
        server.get("/feed.rss")
    server.process.send_signal(signal.SIGHUP)
    found = settled(
        server,
        lambda found: (
            len(found["workers"]) == 2 and not before & {each["pid"] for each in found["workers"]}
        ),
    )
    assert found["feeds"]["requests"] == 20


def test_a_bad_file_is_named_by_every_process_until_it_is_mended(corpus: Path, serve: Begin) -> None:
    write_article(corpus)
    server = serve(corpus)
    assert told(server)["held_back"]["files"] == []
    write_article(corpus, "_news/2026-01-03-bad.md", publishedDateTime="soon")
    draft = write_article(corpus, "_news/2026-01-04-draft.md", published=False)
    found = settled(server, lambda found: len(found["held_back"]["files"]) == 2)
    first, second = found["held_back"]["files"]
    assert (first["path"], first["kind"]) == ("_news/2026-01-03-bad.md", "bad")
    assert first["line"] == 4
    assert "'soon' is not a date" in first["reason"]
    assert "2021-01-05" in first["help"]
    assert (second["path"], second["line"], second["kind"], second["reason"]) == (
        "_news/2026-01-04-draft.md", 0, "withheld", "published: false",
    )  # fmt: skip
    write_article(corpus, "_news/2026-01-03-bad.md")
    draft.unlink()
    settled(server, lambda found: found["held_back"]["files"] == [] and found["corpus"]["articles"] == 2)


def test_with_a_token_a_real_server_asks_for_it(corpus: Path, serve: Begin) -> None:
    write_article(corpus)
    token = "a-token-of-some-length"
    server = serve(corpus, FEEDS_HTTP_STATUS_TOKEN=token)
    assert server.get("/status").status == 401
    assert server.get("/status", Authorization=f"Bearer {token}").status == 200
    assert server.get("/status.json", Authorization="Bearer another").status == 401


def test_without_a_token_a_real_server_knows_its_own_machine(corpus: Path, serve: Begin) -> None:
    write_article(corpus)
    server = serve(corpus)
    assert server.get("/status").status == 200
    assert server.get("/status", X_Forwarded_For="127.0.0.1").status == 403
    assert server.get("/status", Host="feeds.example").status == 403
