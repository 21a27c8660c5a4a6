"""The work of hosts on the files of the corpus: publish what changed, and copy it, also in PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from feeds.corpus.local_files import media_path
from feeds.fleet import Generation, Lease
from feeds.fleet.asset_keeper import SCAN_INTERVAL, AssetKeeper
from feeds.fleet.assets import Assets
from feeds.fleet.corpus_files import CorpusFiles
from feeds.fleet.postgres.assets import PostgresAssets
from feeds.fleet.postgres.journal import PostgresJournal
from feeds.index import Index
from feeds.store.replication import Position
from tests.builders import article, named_file
from tests.corpus.media_files import mp3, png
from tests.fleet.asset_host import AssetHost, Journal
from tests.fleet.memory_assets import SharedAssets
from tests.harness import SITE
from tests.postgres import PostgresServer
from tests.waiting import eventually

LARGE = mp3() + bytes(3 << 20)


class InPostgres:
    """The journal in the database at *url*."""

    def __init__(self, url: str) -> None:
        self._url = url

    def open(self) -> Assets:
        return PostgresAssets(self._url)

    def lease(self) -> Lease:
        with closing(PostgresJournal(self._url)) as journal:
            lease = journal.acquire("a", Generation(), Position())
        assert lease
        return lease


@contextmanager
def hosts(folder: Path, journal: Journal) -> Iterator[tuple[AssetHost, AssetHost]]:
    """A host with a corpus of one picture, and one without."""
    with (
        closing(AssetHost(folder / "leader", journal)) as leader,
        closing(AssetHost(folder / "follower", journal)) as follower,
    ):
        (leader.assets / "a.png").write_bytes(png())
        follower.lose_corpus()
        for host in (leader, follower):
            host.put(article(1))
        yield leader, follower


def test_hosts_share_files_in_postgres(tmp_path: Path, postgres: PostgresServer, database: str) -> None:
    journal = InPostgres(database)
    with hosts(tmp_path, journal) as (leader, follower):
        talk = named_file(leader.root, "static/talk.mp3", LARGE)
        for host in (leader, follower):
            host.put(article(2, local=(talk,)))
        leader.lead()
        assert follower.get("/assets/a.png").data == png()  # on demand
        follower.follow()
        postgres.execute(f'ALTER DATABASE "{database.rpartition("/")[2]}" ALLOW_CONNECTIONS false')
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [database.rpartition("/")[2]],
        )
        for path, content in (("/assets/a.png", png()), (media_path(talk), LARGE)):
            one, two = leader.get(path), follower.get(path)
            assert (one.data, two.data) == (content, content)
            assert one.headers["ETag"] == two.headers["ETag"]
        assert follower.get("/assets/none.png").status_code == 404


def test_work_begins_with_the_first_change_and_ends_with_the_process(tmp_path: Path) -> None:
    shared, stop = SharedAssets(), Event()
    with hosts(tmp_path, shared) as (leader, follower):
        threads = [Thread(target=host.keeper.run, args=(stop,)) for host in (leader, follower)]
        for thread in threads:
            thread.start()
        try:
            leader.keeper.changed(shared.lease())
            follower.keeper.changed(None)
            eventually(lambda: "assets/a.png" in follower.copies.names().named)
            eventually(lambda: not follower.copies.missing())
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def test_a_leader_that_has_nothing_new_asks_the_journal_nothing(tmp_path: Path) -> None:
    shared = SharedAssets()
    with hosts(tmp_path, shared) as (leader, _):
        leader.lead()
        shared.is_down = True
        leader.keeper.changed(shared.lease())
        assert leader.keeper.step() < SCAN_INTERVAL
        assert shared.number == 1


def test_the_next_leader_writes_what_the_journal_lost(tmp_path: Path) -> None:
    shared = SharedAssets()
    with hosts(tmp_path, shared) as (leader, _):
        leader.lead()
        shared.contents.clear()
        shared.epoch += 1
        leader.lead()
        assert len(shared.contents) == 1


def test_a_host_that_lost_the_lease_publishes_nothing_more(tmp_path: Path) -> None:
    shared = SharedAssets()
    with hosts(tmp_path, shared) as (leader, _):
        leader.keeper.changed(shared.lease())
        shared.epoch += 1
        leader.keeper.step()
        leader.keeper.step()
        assert shared.names == {}


def test_a_lease_that_is_taken_while_the_former_one_is_refused_counts(tmp_path: Path) -> None:
    shared = SharedAssets()
    with hosts(tmp_path, shared) as (leader, _):
        leases = iter([shared.lease(), Lease("a", 2)])

        def index() -> Index:
            """The index is asked for after the lease was looked at."""
            if shared.epoch < 2:
                shared.epoch = 2
                keeper.changed(next(leases))
            return leader.server.current_index.index()

        keeper = AssetKeeper(leader.copies, CorpusFiles(leader.root, SITE.url), shared.open, index)
        keeper.changed(next(leases))
        keeper.step()
        assert shared.names == {}
        keeper.step()
        assert [*shared.names] == ["assets/a.png"]


def test_a_failure_of_the_journal_is_noted_and_left_to_the_member_to_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shared = SharedAssets()
    with hosts(tmp_path, shared) as (_, follower):
        shared.is_down = True
        follower.follow()
        assert follower.keeper.trouble == "journal: cannot be reached; start it"
        shared.is_down = False
        follower.follow()
        assert follower.keeper.trouble == ""
    assert not [each for each in caplog.records if each.levelname == "WARNING"]


def test_a_failure_to_write_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with hosts(tmp_path, SharedAssets()) as (leader, follower):
        leader.lead()
        (follower.folder / "store.db.assets").write_text("no folder")
        for _ in range(3):
            follower.follow()
        [logged] = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
        assert logged == follower.keeper.trouble
        assert "cannot be written: " in logged
