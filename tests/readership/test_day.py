"""A day of 200 kinds of clients at a real server: who is counted, judged and limited."""

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from feeds.period import DAY
from tests.builders import write_article
from tests.commands import invoke
from tests.readership.day import (
    BAD,
    GOOD,
    HOUR,
    OWN,
    Client,
    Kind,
    Replay,
    clients_of,
    kinds,
)
from tests.readership.day_server import CLOCK_FILE, SharedClock
from tests.server import Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

CONFIGURATION = """
from feeds.gunicorn_conf import *
wsgi_app = "tests.readership.day_server:app"
"""
EDITS = (5 * HOUR, 11 * HOUR, 17 * HOUR)
WITHIN = 0.02  # of the true number


class Day(NamedTuple):
    """The clients of a day, and the reports of the server."""

    kinds: list[Kind]
    clients: list[Client]
    readers: dict[str, Any]
    pollers: dict[str, Any]

    def counted(self, name: str) -> int:
        """The sum of a number of all feeds."""
        return sum(feed[name] for feed in self.readers["feeds"])

    def requests_of(self, group: str) -> int:
        return sum(client.statuses.total() for client in self.clients if client.kind.group == group)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Replay yesterday."""
    folder = tmp_path_factory.mktemp("day")
    corpus = folder / "corpus"
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight.timestamp() - DAY
    topics = [*GOOD, *BAD]

    def edit(number: int) -> None:
        write_article(
            corpus, "_news/news.md", title=f"News {number}", topics=topics, body="Words. " * 500
        )

    edit(0)
    clock = SharedClock.made(folder / "clock", start)
    variables = {CLOCK_FILE: str(folder / "clock"), "FEEDS_HTTP_FAIR": "on"}
    configuration = folder / "gunicorn.py"
    configuration.write_text(CONFIGURATION)
    found = kinds()
    clients = clients_of(found, start)
    server = Server(corpus, folder / "run", "asgi", 2, **variables)
    server.command[-1] = str(configuration)
    with server:
        settings = server.settings
        replay = Replay(int(server.url.rpartition(":")[2]), clock)

        def collect() -> None:
            """Wait until all requests are judged: workers judge them in batches, one after another."""
            eventually(lambda: report("pollers", settings)["requests"] == replay.sent, every=0.2)

        def edited(number: int) -> None:
            collect()
            edit(number)
            eventually(lambda: f"News {number}".encode() in server.get("/feed.json", **OWN).body)
            eventually(lambda: all_follow(server))

        events = {start + at: (lambda n=n: edited(n)) for n, at in enumerate(EDITS, 1)}
        with closing(replay):
            replay.run(clients, start + DAY, events)
        collect()
        return Day(found, clients, report("readers", settings), report("pollers", settings))


def all_follow(server: Server) -> bool:
    """Return whether each worker of *server* has the last revision of the store."""
    status = json.loads(server.get("/status.json", **OWN).body)
    return {each["revision"] for each in status["workers"]} == {status["store"]["revision"]}


def report(command: str, settings: dict[str, str]) -> dict[str, Any]:
    """The output of a command, which counts what the server has collected."""
    found: dict[str, Any] = json.loads(invoke(command, "--json", **settings).stdout)
    return found


def test_the_subscribers_of_services_are_exact(day: Day) -> None:
    assert day.counted("reported") == sum(each.readers for each in day.kinds)


def test_a_number_that_nobody_can_believe_stands_apart(day: Day) -> None:
    claims = [
        service["name"]
        for feed in day.readers["feeds"]
        for service in feed["services"]
        if service["claimed"]
    ]
    assert claims == ["Colossus"]


def test_people_are_counted_within_two_percent(day: Day) -> None:
    people = sum(each.clients for each in day.kinds if each.group == "person")
    assert day.counted("apps") == pytest.approx(people, rel=WITHIN)


@pytest.mark.parametrize(("group", "name"), [("bot", "bots"), ("browser", "browsers")])
def test_bots_and_browsers_are_counted_apart(day: Day, group: str, name: str) -> None:
    assert day.counted(name) == pytest.approx(day.requests_of(group), rel=0.1)


def test_every_verdict_is_right(day: Day) -> None:
    wrong = [
        (each["feed"], each["name"], each["validators"])
        for each in day.pollers["worst"]
        if each["validators"] != BAD.get(each["feed"].removeprefix("/topics/"), "good")
    ]
    assert len(day.pollers["worst"]) == 100
    assert wrong == []


def test_clients_that_send_validators_are_never_limited(day: Day) -> None:
    limited = [client for client in day.clients if client.statuses[429]]
    assert {client.kind.manner for client in limited} <= {*BAD}
    assert [client for client in limited if not client.repeats] == []


def test_clients_that_send_none_are_limited(day: Day) -> None:
    plain = [
        client
        for client in day.clients
        if client.kind.manner == "plain" and client.repeats and client.kind.minutes <= 60
    ]
    assert plain
    assert all(client.statuses[429] and client.statuses[200] for client in plain)
