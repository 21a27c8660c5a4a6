"""The log of whole servers in JSON: every process writes nothing but objects, one a line."""

import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.builders import write_article
from tests.push.newsagent import deliverers
from tests.server import Server, kill
from tests.waiting import eventually

pytestmark = pytest.mark.slow

TITLE = "Tides \u202e of May"


def events(server: Server) -> list[dict[str, Any]]:
    """The complete lines so far; every one has to be an object with the fields of all events."""
    found = [msgspec.json.decode(line) for line in server.output().split("\n")[:-1]]
    for event in found:
        assert {"time", "level", "event", "pid", "message"} <= event.keys()
    return found


def named(server: Server, name: str) -> list[dict[str, Any]]:
    return [event for event in events(server) if event["event"] == name]


@pytest.mark.parametrize("kind", ["asgi", "gthread", "granian"])
def test_every_process_writes_objects_whatever_happens(corpus: Path, tmp_path: Path, kind: str) -> None:
    """Without a hub, no process delivers."""
    write_article(corpus)
    told = {"FEEDS_LOG_FORMAT": "json", "FEEDS_LOG_ACCESS": "all"}
    with Server(corpus, tmp_path / "run", kind, workers=2, **told) as server:
        [writer] = eventually(server.writers)
        (corpus / "_news" / "bad\n{}.md").write_text("---\ntitle: [x\n---\n")
        write_article(corpus, "_news/2026-02-02-tides.md", title=TITLE, topics=["Oceans"])
        [added] = eventually(lambda: named(server, "article.added"))
        assert added["title"] == TITLE
        assert (added["path"], added["topics"]) == ("_news/2026-02-02-tides.md", ["Oceans"])
        assert added["pid"] == writer
        [bad] = eventually(lambda: named(server, "file.problem"))
        assert bad["path"] == "_news/bad\n{}.md"
        lost = server.get("/nothing%0A", X_Request_Id="mine")
        assert (lost.status, lost.headers["X-Request-Id"]) == (404, "mine")
        [asked] = eventually(
            lambda: [each for each in named(server, "http.request") if each.get("request") == "mine"]
        )
        assert (asked["path"], asked["status"], asked["client"]) == ("/nothing\n", 404, "127.0.0.0/24")
        server.replace_workers(writer)
        eventually(lambda: len({event["pid"] for event in named(server, "writer.elected")}) == 2)
        assert not deliverers(server)
        if kind == "asgi":  # gunicorn's master is the same for gthread
            server.send(signal.SIGHUP)
            eventually(lambda: len(named(server, "server.started")) == 2)
    assert {event["pid"] for event in events(server)} > {server.process.pid, writer}


def test_a_deliverer_writes_objects_too(corpus: Path, tmp_path: Path) -> None:
    write_article(corpus)
    told = {"FEEDS_LOG_FORMAT": "json", "FEEDS_PUSH_HUB": "on"}
    with Server(corpus, tmp_path / "run", **told) as server:
        [started] = eventually(lambda: named(server, "deliverer.started"))
        assert started["pid"] not in (server.process.pid, *server.workers())
        kill(started["pid"])
        eventually(lambda: named(server, "deliverer.ended"))
        eventually(lambda: len(named(server, "deliverer.started")) == 2, within=20)
    assert started["pid"] in {event["pid"] for event in events(server)}


@pytest.mark.parametrize("kind", ["asgi", "granian"])
def test_a_start_that_is_refused_is_one_object(corpus: Path, tmp_path: Path, kind: str) -> None:
    """The setting of the format holds although another one is wrong."""
    config = tmp_path / "feeds.yaml"
    config.write_text("log: {format: json}\nsite: {titel: One}\n")
    refusal = Server(corpus, tmp_path / "run", kind, FEEDS_CONFIG=str(config)).refusal()
    lines = [msgspec.json.decode(line) for line in refusal.output.splitlines()]
    [refused] = [line["message"] for line in lines if line["event"] == "server.refused"]
    assert refused == "site.titel: unknown setting; did you mean site.title?"
