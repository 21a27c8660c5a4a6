"""Hosts of a fleet: one leads, all serve the same, and each goes on alone."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.bootstrap import journal_of
from feeds.fleet import FleetHost
from feeds.fleet.postgres.journal import PostgresJournal
from feeds.fleet.presence import Identity, Presence
from feeds.monitoring.fleet import FleetState
from feeds.settings.sections import PushSettings
from feeds.store import Changes, File, Progress
from feeds.store.sqlite.replica import SQLiteReplica
from tests.builders import write_article
from tests.corpus.media_files import png
from tests.fleet.checkout import SECOND, commit, git
from tests.fleet.conftest import PostgresBackend
from tests.fleet.hosts import Host, HostOf
from tests.harness import SITE
from tests.ingest.ingest_harness import titles
from tests.postgres import PostgresServer, execute
from tests.store.entries import entry
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture
def host_of(tmp_path: Path, fleet_database: str) -> Iterator[HostOf]:
    made: list[Host] = []

    def start(name: str, corpus: Path | None = None, **options: Any) -> Host:
        made.append(Host(tmp_path / "hosts", name, fleet_database, corpus, **options))
        return made[-1].start()

    yield start
    for host in made:
        host.stop()


@pytest.fixture
def articles(corpus: Path) -> Path:
    """A corpus with an article."""
    write_article(corpus, "_news/2026-01-02-one.md", title="One")
    return corpus


TAKE_LEASE = """
UPDATE feeds.journal
SET epoch = epoch + 1, leader = 'x', until = clock_timestamp() + interval '10 seconds'
"""
END_LEASE = "UPDATE feeds.journal SET until = clock_timestamp()"


def leads(host: Host) -> Host:
    """Wait until *host* leads, and return it."""
    host.becomes("leader")
    return host


def accept(host: Host) -> None:
    """Let an older corpus lead."""
    with closing(journal_of(host.settings)) as journal:
        journal.accept_generation()


EVERYTHING = (
    "/", "/feed", "/feed.rss", "/feed.atom", "/feed.json", "/feed.ndjson", "/feed/2026-01.rss", "/topics",
    "/topics/tests.json", "/opml", "/opml/topics", "/catalog.json", "/search?q=one", "/build",
    "/suggestions.json?q=on", "/robots.txt", "/embed/feed", "/embed.js", "/manifest.webmanifest",
    "/assets/a.png",
)  # fmt: skip


def test_all_hosts_serve_the_same_bytes_also_without_a_corpus(host_of: HostOf, articles: Path) -> None:
    (articles / "assets").mkdir(exist_ok=True)
    (articles / "assets" / "a.png").write_bytes(png())
    leader = host_of("a", articles)
    leader.shows("One")
    others = [host_of("b", articles), host_of("c")]
    for each, role in zip((leader, *others), ("leader", "candidate", "follower"), strict=True):
        each.becomes(role)
    leader.write("two", title="Two")
    for each in (leader, *others):
        each.shows("One", "Two")
    eventually(lambda: others[1].get("/assets/a.png")[2] == png())
    pages = [f"/articles/{each.slug}{suffix}" for each in leader.records() for suffix in ("", ".md")]
    for path in (*EVERYTHING, *pages):
        assert leader.get(path)[0] == 200, path
        assert len({each.get(path) for each in (leader, *others)}) == 1, path
    assert len({str(each.records()) for each in (leader, *others)}) == 1


def test_a_host_that_cannot_write_its_store_says_how_far_it_is_behind(
    host_of: HostOf, articles: Path
) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b", max_lag=1)
    other.shows("One")
    with closing(sqlite3.connect(other.store)) as held:
        held.execute("BEGIN IMMEDIATE")
        leader.write("two", title="Two")
        eventually(lambda: other.get("/ready")[0] == 503)
        status = other.status()
        assert status["position"] == status["head"] - 1
        assert status["lag_seconds"] >= 1
        assert other.titles() == {"One"}
        held.rollback()
    other.shows("One", "Two")
    eventually(lambda: other.get("/ready")[0] == 200)


# A hub in a fleet, with the same key on all hosts. A deliverer that never delivers withdraws it.
PUSH = PushSettings(hub="on", key="0123456789abcdef")
WITHDRAW = "UPDATE feeds.push_deliverer SET withdrawn = %s"


def announces(host: Host, *, expected: bool) -> bool:
    """Return whether *host* announces the hub, or does not, as *expected*."""
    return (b"/hub" in host.get("/feed.atom")[2]) == expected


def test_all_hosts_announce_the_hub_or_none(host_of: HostOf, articles: Path, fleet_database: str) -> None:
    leader = leads(host_of("a", articles, push=PUSH))
    other = host_of("b", push=PUSH)
    for host in (leader, other):
        host.shows("One")
    announced = leader.get("/feed.atom")
    for withdrawn in (True, False):
        execute(fleet_database, WITHDRAW, [withdrawn])
        assert leader.process
        leader.process.server.request("scan")
        for host in (leader, other):
            eventually(partial(announces, host, expected=not withdrawn))
        assert leader.get("/feed.atom") == other.get("/feed.atom")
    assert leader.get("/feed.atom") == announced


SUBSCRIBE = {
    "hub.mode": "subscribe", "hub.topic": f"{SITE.url}/feed.atom", "hub.callback": "https://reader.example/"
}  # fmt: skip


def test_without_the_database_requests_are_counted_here_and_those_to_the_hub_are_put_off(
    host_of: HostOf, articles: Path, postgres: PostgresServer, fleet_database: str
) -> None:
    """Nothing is acknowledged that cannot be kept, and each host counts by itself."""
    hosts = [leads(host_of("a", articles, push=PUSH)), host_of("b", push=PUSH)]
    for host in hosts:
        host.shows("One")
    with postgres.stopped():
        for host in hosts:
            answer = host.post("/hub", SUBSCRIBE)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            before = counted(host)
            assert host.get("/feed.rss")[0] == 200
            eventually(lambda host=host, before=before: counted(host) > before)
    for host in hosts:
        eventually(lambda host=host: host.post("/hub", SUBSCRIBE).status_code == 202)
    assert execute(fleet_database, "SELECT count(*) FROM feeds.push_intents") == [(1,)]


def counted(host: Host) -> int:
    """The number of requests that *host* has answered well."""
    found: int = host.server_status()["requests"]["by_status"]["2xx"]
    return found


def test_hosts_without_a_key_for_secrets_have_no_hub(host_of: HostOf, articles: Path) -> None:
    host = leads(host_of("a", articles))
    host.shows("One")
    assert b"/hub" not in host.get("/feed.atom")[2]
    assert host.get("/hub")[0] == 404


def test_all_hosts_serve_the_pictures_of_the_leader(host_of: HostOf, articles: Path) -> None:
    picture = "/assets/a.png"
    (articles / "assets").mkdir(exist_ok=True)
    (articles / "assets" / "a.png").write_bytes(png())
    leader, other = leads(host_of("a", articles)), host_of("b")
    other.shows("One")
    eventually(lambda: other.get(picture) == leader.get(picture))
    assert leader.get(picture)[::2] == (200, png())
    (leader.corpus / "assets" / "a.png").write_bytes(png(grey=9) + b"longer")
    leader.write("two", title="Two")
    for host in (leader, other):
        eventually(lambda host=host: host.get(picture)[2] == png(grey=9) + b"longer")
    (leader.corpus / "assets" / "a.png").unlink()
    leader.write("three", title="Three")
    for host in (leader, other):
        eventually(lambda host=host: host.get(picture)[0] == 404)


def test_another_host_leads_at_once_when_the_leader_stops(host_of: HostOf, articles: Path) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b", articles)
    other.shows("One")
    before = other.records()
    leader.stop()
    other.becomes("leader")
    other.write("two", title="Two")
    other.shows("One", "Two")
    assert other.records()[: len(before)] == before
    leader.start()
    leader.shows("One", "Two")
    leader.reports("is older than the corpus that was published last")
    assert leader.status()["role"] == "follower"


def test_a_leader_whose_lease_is_taken_follows(
    host_of: HostOf, articles: Path, fleet_database: str
) -> None:
    hosts = [leads(host_of("a", articles)), host_of("b", articles)]
    hosts[1].shows("One")
    execute(fleet_database, TAKE_LEASE)
    hosts[0].becomes("candidate")
    execute(fleet_database, END_LEASE)
    leader = eventually(lambda: next((each for each in hosts if each.status()["role"] == "leader"), None))
    leader.write("two", title="Two")
    for each in hosts:
        each.shows("One", "Two")


def test_hosts_serve_and_restart_without_the_journal_and_catch_up_later(
    host_of: HostOf, articles: Path, postgres: PostgresServer
) -> None:
    leader, other = host_of("a", articles), host_of("b")
    other.shows("One")
    with postgres.stopped():
        leader.write("two", title="Two")
        for host in (leader, other):
            eventually(lambda host=host: not host.status()["reachable"])
            host.stop()
            host.start().shows("One")
            host.reports("cannot be reached")
    for host in (leader, other):
        host.shows("One", "Two")
        eventually(lambda host=host: host.status()["trouble"] == "")


def test_a_store_with_articles_begins_the_journal(
    host_of: HostOf, articles: Path, tmp_path: Path
) -> None:
    alone = Host(tmp_path / "hosts", "a", "", articles).start()
    alone.shows("One")
    alone.stop()
    before = alone.records()
    follower, leader = host_of("b"), host_of("a", articles)
    follower.shows("One")
    assert leader.records() == follower.records() == before
    leader.write("two", title="Two")
    follower.shows("One", "Two")
    host_of("c").shows("One", "Two")


@pytest.mark.parametrize(
    ("progress", "is_begun"), [(Progress(1, 2), True), (Progress(2, 2, ready=True), False)], ids=str
)
def test_a_store_begins_the_journal_even_if_its_first_load_or_that_was_broken_off(
    host_of: HostOf,
    articles: Path,
    tmp_path: Path,
    fleet_database: str,
    progress: Progress,
    is_begun: bool,
) -> None:
    host = Host(tmp_path / "hosts", "a", "", articles)
    with closing(SQLiteReplica(host.store)) as store, closing(PostgresJournal(fleet_database)) as journal:
        assert store.acquire_writer()
        store.append = lambda _before, _batch: None
        store.begin_journal("another")
        gone = File(entry(7).path, (1, 1, 1), entry(7).record.id)
        store.record(Changes(entries=[entry(7)], files=[gone], progress=progress))
        if is_begun:
            store.begin_journal(journal.head().identity)  # and killed, before it has sent the contents
    host_of("a", articles).shows("One")
    host_of("b").shows("One")


def test_a_store_of_another_history_is_kept_aside(
    host_of: HostOf, articles: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = tmp_path / "other"
    (other / "_news").mkdir(parents=True)
    write_article(other, "_news/2026-01-02-other.md", title="Other")
    alone = Host(tmp_path / "hosts", "b", "", other).start()
    alone.shows("Other")
    alone.stop()
    host_of("a", articles).shows("One")
    host_of("b").shows("One")
    [aside] = alone.folder.glob("store.db.aside-?")
    assert titles(aside) == {"Other"}
    eventually(lambda: f"kept as {aside.name}" in caplog.text)


def test_a_request_on_any_host_reaches_the_leader(host_of: HostOf, articles: Path) -> None:
    leader, other = host_of("a", articles), host_of("b")
    other.shows("One")
    for number in range(30):
        leader.write(str(number), title=str(number))
    leader.shows("One", *map(str, range(30)))
    for number in range(30):
        (leader.corpus / f"_news/2026-01-02-{number}.md").unlink()
    eventually(lambda: "files are gone" in str(leader.server_status()["trouble"]))
    assert other.process
    other.process.server.store.request("accept-removals")
    other.shows("One")


def test_the_journal_gets_back_what_it_lost(
    host_of: HostOf,
    articles: Path,
    postgres: PostgresServer,
    fleet_database: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b")
    other.shows("One")
    leader.write("two", title="Two")
    other.shows("One", "Two")
    before = other.records()
    with closing(PostgresBackend(postgres, fleet_database)) as backend:
        backend.lose(1)
    eventually(lambda: "gave back what it had lost: 1 batch" in caplog.text)
    leader.becomes("leader")
    leader.write("three", title="Three")
    other.shows("One", "Two", "Three")
    assert other.records()[: len(before)] == before


def test_a_leader_without_its_corpus_gives_the_lease_up(host_of: HostOf, articles: Path) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b", articles)
    other.shows("One")
    leader.corpus.rename(leader.folder / "unmounted")
    other.becomes("leader")
    other.write("two", title="Two")
    leader.shows("One", "Two")


def test_a_candidate_knows_the_files_of_its_corpus_before_it_leads(
    host_of: HostOf, articles: Path, caplog: pytest.LogCaptureFixture
) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b", articles)
    other.shows("One")
    other.write("two", title="Two")  # differs, so that it has no stamp
    eventually(lambda: other.unread() == set())
    caplog.set_level(logging.INFO)
    leader.stop()
    other.shows("One", "Two")
    eventually(lambda: "recorded 1 file (1 article)" in caplog.text)


def test_a_folder_of_other_articles_does_not_lead(
    host_of: HostOf, articles: Path, tmp_path: Path
) -> None:
    for number in range(30):
        write_article(articles, f"_news/2026-01-02-{number}.md", title=str(number))
    leader = leads(host_of("a", articles))
    foreign = tmp_path / "foreign"
    (foreign / "_news").mkdir(parents=True)
    write_article(foreign, "_news/2026-01-02-other.md", title="Other")
    other = host_of("b", foreign)
    other.shows("One", *map(str, range(30)))
    leader.stop()
    accept(other)
    other.reports("only 0 of the 31 files that were published are in")
    other.shows("One", *map(str, range(30)))


def test_a_host_that_was_away_for_long_takes_a_snapshot(
    host_of: HostOf, articles: Path, fleet_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b")
    other.shows("One")
    other.stop()
    number = count(2)

    def is_pruned() -> bool:
        """Write another article, until a snapshot has all of them."""
        leader.write(f"{next(number)}", title="More")
        last = "SELECT max(number) FROM feeds.snapshots"
        deleted = f"DELETE FROM feeds.batches WHERE number <= ({last}) AND ({last}) > 6 RETURNING number"
        return bool(execute(fleet_database, deleted))

    eventually(is_pruned, every=0.1)
    caplog.set_level(logging.INFO)
    other.start()
    eventually(lambda: other.records() == leader.records())
    eventually(lambda: f"{other.store}: snapshot at batch " in caplog.text)


@pytest.mark.parametrize("runs", [True, False])
def test_a_damaged_replica_is_replaced(host_of: HostOf, articles: Path, runs: bool) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b")
    other.shows("One")
    if not runs:
        other.stop()
    with other.store.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 4)
    if not runs:
        other.start()
    leader.write("two", title="Two")
    other.shows("One", "Two")
    assert other.records() == leader.records()


def test_a_host_lags_from_the_first_batch_that_it_cannot_apply() -> None:
    published: list[FleetState] = []
    presence = Presence(Identity("a", "1", 1, ""), published.append, lambda: 1000.0)
    presence.note_position(3, is_current=True)
    presence.note_head(3)
    assert published == []
    presence.note_head(4)
    presence.note_head(5)
    [state] = published
    assert state.unready(1031.0, 30) == "31 s behind the journal (limit 30 s)"


def test_batches_have_a_format_that_all_present_hosts_know() -> None:
    presence = Presence(Identity("a", "1", 3, ""), lambda _state: None, lambda: 1000.0)
    formats = [1, 2, 3]
    assert presence.format(formats, 60) == 3
    old = FleetHost(
        host="b", role="follower", position=0, revision=0, version="0", format=2, edition="", seen=990
    )
    presence.hosts = [old, replace(old, host="c", format=1, seen=900), replace(old, host="d", format=9)]
    assert presence.format(formats, 60) == 2
    assert presence.format(formats, 300) == 1


def test_a_checkout_of_an_older_commit_does_not_lead(host_of: HostOf, articles: Path) -> None:
    git(articles, "init")
    commit(articles)
    leader, other = leads(host_of("a", articles)), host_of("b", articles)
    other.becomes("candidate")
    leader.write("two", title="Two")
    commit(leader.corpus, SECOND)
    other.shows("One", "Two")
    other.reports("is older than the corpus that was published last")
    leader.stop()
    other.reports("run feeds fleet accept")
    assert other.titles() == {"One", "Two"}
    git(other.corpus, "pull", "--quiet", str(leader.corpus), "main")
    leads(other)
    other.shows("One", "Two")


@pytest.mark.parametrize("change", ["two", "one"])
def test_a_corpus_with_newer_files_that_lacks_published_ones_does_not_lead(
    host_of: HostOf, articles: Path, fleet_database: str, change: str
) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b", articles)
    other.shows("One")
    eventually(lambda: other.unread() == set())
    leader.write(change, title="New")
    eventually(lambda: "New" in other.titles())
    shown = other.titles()
    other.write("late", title="Late")
    leader.stop()
    other.reports(f"_news/2026-01-02-{change}.md is missing, or older than its published version")
    assert other.titles() == shown
    copytree(leader.corpus, other.corpus, dirs_exist_ok=True)
    other.shows("Late", *shown)


def test_an_accepted_corpus_takes_published_files_back(
    host_of: HostOf, articles: Path, fleet_database: str
) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b", articles)
    leader.write("two", title="Two")
    other.shows("One", "Two")
    leader.stop()
    other.reports("is older than the corpus that was published last")
    accept(other)
    other.shows("One")


def test_a_file_that_a_candidate_has_seen_may_be_removed_while_no_host_leads(
    host_of: HostOf, articles: Path
) -> None:
    leader, other = leads(host_of("a", articles)), host_of("b", articles)
    other.shows("One")
    file = leader.write("two", title="Two")
    copytree(leader.corpus, other.corpus, dirs_exist_ok=True)
    other.shows("One", "Two")
    eventually(lambda: other.unread() == set())
    leader.stop()
    (other.corpus / file.relative_to(leader.corpus)).unlink()
    other.shows("One")
