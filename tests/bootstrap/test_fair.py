"""The table of budgets: inherited by forked processes, else in a file, else of one process alone."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.bootstrap import fair_polling_of, share_budgets
from feeds.bootstrap.inherited import inherited
from feeds.http.cache_entry import Request
from feeds.http.client_address import ClientAddresses
from feeds.http.fair import FairPolling
from feeds.settings import Settings
from feeds.settings.sections import HttpSettings, StoreSettings
from tests.builders import LATER
from tests.harness import SITE

LINKS = f'<{SITE.url}/feed.rss>; rel="self"'
READER = Request("GET", "/feed.rss", "", "feeds.example", None, None, None, peer="8.8.8.8")


@pytest.fixture(autouse=True)
def nothing_inherited() -> Iterator[None]:
    yield
    inherited.budgets = None


def made(store: Path, fair: str = "on") -> FairPolling | None:
    """The limit of a process with its *store* there."""
    http = HttpSettings(fair=fair)  # type: ignore[arg-type]
    return fair_polling_of(Settings(http=http, store=StoreSettings(str(store))), ClientAddresses())


def refused(*processes: FairPolling | None, times: int) -> list[bool]:
    """Send requests to *processes* in turn; return which were refused."""
    found = []
    for number in range(times):
        process = processes[number % len(processes)]
        assert process
        found.append(process.response(READER, [], LINKS, '"one"', LATER) is not None)
    return found


def test_nothing_is_made_unless_it_is_on(tmp_path: Path) -> None:
    assert made(tmp_path / "store.db", "off") is None
    share_budgets({"FEEDS_HTTP_FAIR": "off", "FEEDS_STORE_PATH": str(tmp_path / "store.db")})
    assert inherited.budgets is None
    assert [*tmp_path.iterdir()] == []


def test_processes_have_the_table_that_they_inherit(tmp_path: Path) -> None:
    share_budgets({"FEEDS_HTTP_FAIR": "on", "FEEDS_STORE_PATH": str(tmp_path / "store.db")})
    first = inherited.budgets
    share_budgets({"FEEDS_HTTP_FAIR": "on", "FEEDS_STORE_PATH": str(tmp_path / "store.db")})
    assert inherited.budgets is first
    processes = [made(tmp_path / f"{name}.db") for name in "ab"]
    assert refused(*processes, times=7) == [False] * 5 + [True] * 2
    assert [*tmp_path.iterdir()] == []


def test_other_processes_have_a_file_beside_the_store(tmp_path: Path) -> None:
    processes = [made(tmp_path / "store.db") for _ in range(2)]
    assert refused(*processes, times=7) == [False] * 5 + [True] * 2
    assert [each.name for each in tmp_path.iterdir()] == ["store.db.polling"]


def test_a_process_that_cannot_make_the_file_has_budgets_of_its_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    processes = [made(tmp_path / "missing" / "store.db") for _ in range(2)]
    assert refused(*processes, times=12) == [False] * 10 + [True] * 2
    assert "unusable: no such file or directory; each process has budgets of its own" in caplog.text
