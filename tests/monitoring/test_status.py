"""The status page of a real server, gunicorn or Granian: the same from each of its processes."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.sample import write_sample
from tests.builders import write_article
from tests.server import KINDS, Response, Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

Status = dict[str, Any]
TOKEN = "a-token-of-some-length"


class Monitored(Server):
    """A server with two processes, and its corpus of 60 sample articles."""

    def start(self) -> None:
        self.received = {"2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0}
        super().start()
        self.at_first = self.settled(lambda found: len(found["workers"]) == 2 and found["refresh"])

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        response = super().get(path, method, **headers)
        # The server counts no request for its status that it fulfils.
        if response.status != 200 or not path.startswith("/status"):
            self.received[f"{response.status // 100}xx"] += 1
        return response

    def settled(self, holds: Callable[[Status], bool] = lambda _found: True) -> Status:
        """The status once all processes have counted all responses, and *holds* is true of it."""

        def all_agree() -> Status:
            answers = [self.status() for _ in range(8)]
            agree = all(each["requests"]["by_status"] == self.received for each in answers)
            return answers[-1] if agree and all(map(holds, answers)) else {}

        found: Status = eventually(all_agree, within=15, every=0.1)
        return found


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitored]:
    """One server of each kind for all tests, which compare its counts before and after."""
    folder = tmp_path_factory.mktemp(kind)
    write_sample(folder / "corpus", 60, 1, lambda _done: None)
    with Monitored(folder / "corpus", folder / "run", kind, 2) as made:
        yield made


def added(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in after.items()}


def counted(found: Status) -> dict[str, int]:
    """The requests for each of the most popular feeds, by its address."""
    return {each["address"].partition(".example")[2]: each["requests"] for each in found["feeds"]["top"]}


def test_the_status_says_what_was_loaded(server: Monitored) -> None:
    assert server.at_first["corpus"]["articles"] == 60
    assert server.at_first["refresh"]["files"] == 60


def test_the_log_names_the_corpus_once_and_only_when_the_server_listens(server: Monitored) -> None:
    serving = f"] serving {server.corpus} at "
    eventually(lambda: serving in server.output())  # another worker may respond before
    before, *after = server.output().split(serving)
    assert len(after) == 1
    assert after[0].splitlines()[0].endswith(f"; store: {server.store}")
    assert "Listening at" in before


def test_the_sums_are_exact_from_every_process(server: Monitored) -> None:
    before = server.settled()
    for _ in range(30):
        tag = server.get("/feed.rss?limit=9").headers["ETag"]
        assert server.get("/feed.rss?limit=9", If_None_Match=tag).status == 304
        assert server.get("/topics/oceans.json?limit=3&x=1").status == 200
        assert server.get("/nothing").status == 404
        assert server.get("/").status == 200

    found = server.settled()
    feeds = added(*({name: each["feeds"][name] for name in COUNTS} for each in (before, found)))
    assert (feeds["requests"], feeds["not_modified"]) == (90, 30)
    assert feeds["kept"] >= 90 - 2 * 3  # the first of each process for each feed is made
    popular = added(counted(before), counted(found))
    assert popular["/feed.rss?limit=9"] == 60
    assert popular["/topics/oceans.json?limit=3"] == 30
    workers = [sum(each["requests"] for each in status["workers"]) for status in (before, found)]
    assert workers[1] - workers[0] == found["requests"]["total"] - before["requests"]["total"]
    assert sum(each["writes"] for each in found["workers"]) == 1
    assert all(each["memory_bytes"] > 1 << 20 for each in found["workers"])
    assert found["caches"]["documents"]["made"] >= 2
    assert found["caches"]["answers"]["bytes"] > 0


COUNTS = ("requests", "not_modified", "kept")


def test_the_counts_of_a_process_that_was_killed_stay(kind: str, server: Monitored) -> None:
    if kind == "granian":
        pytest.skip("a worker of granian's that is killed takes the others with it")
    requests = server.settled()["feeds"]["requests"] + 40
    for _ in range(40):
        server.get("/feed.rss")
    before = server.settled()
    assert before["feeds"]["requests"] == requests
    killed = before["workers"][0]["pid"]
    os.kill(killed, signal.SIGKILL)
    found = server.settled(
        lambda found: len(found["workers"]) == 2 and killed not in [w["pid"] for w in found["workers"]],
    )
    assert found["feeds"]["requests"] == requests
    assert found["started"] == before["started"]


def test_the_counts_of_the_processes_before_a_reload_stay(kind: str, server: Monitored) -> None:
    if kind == "granian":
        pytest.skip("granian reloads in another way")
    before = server.settled()
    former = {each["pid"] for each in before["workers"]}
    for _ in range(20):
        server.get("/feed.rss")
    server.send(signal.SIGHUP)
    found = server.settled(
        lambda found: (
            len(found["workers"]) == 2 and not former & {each["pid"] for each in found["workers"]}
        ),
    )
    assert found["feeds"]["requests"] == before["feeds"]["requests"] + 20


def test_a_bad_file_is_named_by_every_process_until_it_is_fixed(server: Monitored) -> None:
    before = server.settled()
    assert before["held_back"]["files"] == []
    write_article(server.corpus, "_news/2026-01-03-bad.md", publishedDateTime="soon")
    draft = write_article(server.corpus, "_news/2026-01-04-draft.md", published=False)
    found = server.settled(lambda found: len(found["held_back"]["files"]) == 2)
    first, second = found["held_back"]["files"]
    assert (first["path"], first["kind"]) == ("_news/2026-01-03-bad.md", "bad")
    assert first["line"] == 4
    assert "not a date: 'soon'" in first["reason"]
    assert "use 2026-01-31" in first["help"]
    assert (second["path"], second["line"], second["kind"], second["reason"]) == (
        "_news/2026-01-04-draft.md", 0, "withheld", "published: false",
    )  # fmt: skip
    write_article(server.corpus, "_news/2026-01-03-bad.md")
    draft.unlink()
    articles = before["corpus"]["articles"] + 1
    server.settled(
        lambda found: found["held_back"]["files"] == [] and found["corpus"]["articles"] == articles
    )


def test_without_a_token_only_its_own_machine_may_read_the_status(server: Monitored) -> None:
    assert server.get("/status").status == 200
    assert server.get("/status", X_Forwarded_For="127.0.0.1").status == 403
    assert server.get("/status", Host="feeds.example").status == 403


def test_with_a_token_only_its_bearer_may_read_the_status(corpus: Path, tmp_path: Path) -> None:
    with Server(corpus, tmp_path / "run", FEEDS_HTTP_STATUS_TOKEN=TOKEN) as server:
        assert server.get("/status").status == 401
        assert server.get("/status", Authorization=f"Bearer {TOKEN}").status == 200
        assert server.get("/status.json", Authorization="Bearer another").status == 401
