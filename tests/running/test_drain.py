"""A server in a fleet drains: it fails /ready, and answers everything else, before it ends."""

import signal
from pathlib import Path

import pytest

from tests.builders import write_article
from tests.server import Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

LONG = "600"  # seconds: longer than any test


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("asgi", signal.SIGTERM), ("gthread", signal.SIGINT), ("granian", signal.SIGINT)],
)
def test_a_stopping_server_fails_ready_and_answers_until_a_second_signal(
    corpus: Path, tmp_path: Path, database: str, kind: str, ending: signal.Signals
) -> None:
    write_article(corpus, title="Told")
    fleet = {"FEEDS_FLEET_DSN": database, "FEEDS_FLEET_DRAIN": LONG}
    with Server(corpus, tmp_path / "run", kind, workers=2, **fleet) as server:
        if kind != "gthread":  # the master of gunicorn is the same
            former = server.workers()
            server.send(signal.SIGHUP)  # a reload drains nothing
            eventually(lambda: server.is_ready() and not {*former} & {*server.workers()}, within=60)
        server.send(signal.SIGTERM)
        eventually(lambda: server.get("/ready").status == 503)
        for _ in range(20):  # of both workers
            answer = server.get("/ready")
            assert (answer.status, answer.body) == (503, b"not ready: stopping\n")
            assert server.titles() == ["Told"]
        assert server.is_running()
        server.send(ending)
        assert server.wait_until_ended() == 0
        assert "Traceback" not in server.output()


@pytest.mark.parametrize("kind", ["asgi", "granian"])
def test_a_drained_server_ends_by_itself_and_loses_no_request(
    corpus: Path, tmp_path: Path, database: str, kind: str
) -> None:
    write_article(corpus)
    fleet = {"FEEDS_FLEET_DSN": database, "FEEDS_FLEET_DRAIN": "3"}
    with Server(corpus, tmp_path / "run", kind, workers=2, **fleet) as server:
        server.send(signal.SIGTERM)
        statuses = [server.get("/feed.rss").status]
        while server.get("/ready").status == 200:  # as a load balancer that sends requests until then
            statuses.append(server.get("/feed.rss").status)
        assert {*statuses} == {200}
        assert server.wait_until_ended(within=60) == 0
