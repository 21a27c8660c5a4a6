"""A signal ends every process of a server."""

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.builders import write_article
from tests.server import Server, kill
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "workers", "number"),
    [("asgi", 2, signal.SIGINT), ("gthread", 2, signal.SIGTERM), ("granian", 1, signal.SIGTERM)],
)
def test_a_signal_ends_every_process_cleanly(
    corpus: Path, tmp_path: Path, kind: str, workers: int, number: signal.Signals
) -> None:
    write_article(corpus)
    # A new interpreter also ends as those of users do. Each worker of Granian is one.
    with Server(corpus, tmp_path / "run", kind, workers, PYTHONHASHSEED="1") as server:
        assert len(server.processes()) > workers
        server.send(number)
        assert server.wait_until_ended() == 0
        assert "Traceback" not in server.output()


@pytest.mark.parametrize("kind", ["asgi", "gthread"])
def test_idle_connections_do_not_keep_a_server_from_ending(
    corpus: Path, tmp_path: Path, kind: str
) -> None:
    with Server(corpus, tmp_path / "run", kind) as server, ExitStack() as stack:
        for _ in range(5):
            connection = stack.enter_context(server.connect())
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        server.send(signal.SIGTERM)
        assert server.wait_until_ended() == 0


@pytest.mark.parametrize(("kind", "workers"), [("asgi", 1), ("gthread", 1), ("granian", 2)])
def test_the_workers_of_a_killed_server_end_and_the_next_server_answers_alone(
    corpus: Path, tmp_path: Path, kind: str, workers: int
) -> None:
    """A client that keeps its connection does not keep a worker."""
    write_article(corpus, title="Former")
    with Server(corpus, tmp_path / "run", kind, workers) as server, server.connect() as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        kill(server.process.pid)
        server.wait_until_ended()
        write_article(corpus, title="Next")
        server.start()
        eventually(lambda: all(server.titles() == ["Next"] for _ in range(8)))
