"""The plans of the statements that a change or a request to the hub runs: none reads a whole table."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feeds.article import Related
from feeds.store import Changes, Progress, Tombstone
from feeds.store.sqlite import SQLiteStore, entries
from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from feeds.store.subscriptions import Intent, IntentLimits
from tests.builders import LATER
from tests.store.entries import entry, file

NOW = int(LATER)


def planning(found: dict[str, str]) -> type[sqlite3.Connection]:
    """A class of connections that note the plan of each statement in *found* before they run it."""

    class Planning(sqlite3.Connection):
        def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
            self._note(query, *values)
            return super().execute(query, *values)

        def executemany(self, query: str, rows: Iterable[Any]) -> sqlite3.Cursor:
            every = list(rows)
            for row in every[:1]:
                self._note(query, row)
            return super().executemany(query, every)

        def _note(self, query: str, *values: Any) -> None:
            steps = super().execute(f"EXPLAIN QUERY PLAN {query}", *values)
            found[query] = "; ".join(step for *_, step in steps)

    return Planning


@pytest.fixture
def plans() -> dict[str, str]:
    return {}


@pytest.fixture
def store(
    tmp_path: Path, plans: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[SQLiteStore]:
    """A store after its first load, with two clusters; it compresses, as larger ones do."""
    monkeypatch.setattr(entries, "MIN_DICTIONARY_ARTICLES", 1)
    with closing(SQLiteStore(tmp_path / "store.db", planning(plans))) as made:
        assert made.acquire_writer()
        made.record(Changes(entries=[entry(9, url="https://example.org/9")]))
        made.record(Changes(progress=Progress(1, 1, ready=True)))
        first, second = naming(2), naming(4)
        made.record(Changes(at=NOW, entries=[entry(1, **first), entry(2), entry(3, **second), entry(4)]))
        assert {each.cluster for each in made.load().records} == {"", id_of(1), id_of(3)}
        plans.clear()
        yield made


def id_of(number: int) -> str:
    return f"tag:example.org,2020:{number}"


def naming(*numbers: int) -> dict[str, object]:
    return {"related": tuple(Related("Another", f"https://example.org/{each}") for each in numbers)}


def test_a_change_reads_neither_all_articles_nor_all_files(
    store: SQLiteStore, plans: dict[str, str]
) -> None:
    """The change edits, adds and removes articles, and makes one cluster of two."""
    before = store.revision()
    added, removed = entry(5, **naming(1, 3)), entry(9, removed=NOW)
    departed = Tombstone(NOW, None, id_of(9))
    store.record(
        Changes(
            at=NOW,
            entries=[entry(1, title="Edited", **naming(2)), added, removed],
            files=[file("a.md")],
            gone=["b.md"],
            tombstones=[departed],
        )
    )
    store.entries([id_of(2)])
    store.holding([added.digest])
    store.files(["a.md"])
    store.stamps(["a.md"])
    store.paths_claiming(id_of(2))
    store.has_below("a")
    store.latest(NOW)
    changed = store.changes_since(before)
    assert changed.partial
    assert {each.cluster for each in changed.records} == {id_of(1)}
    assert {each.split()[0] for each in plans} >= {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {query for query, plan in plans.items() if reads_all(plan, "articles", "files")} == set()


def reads_all(plan: str, *tables: str) -> bool:
    return any(step.split()[:2] == ["SCAN", table] for step in plan.split("; ") for table in tables)


def test_a_request_to_the_hub_reads_neither_all_requests_nor_all_arrivals(
    tmp_path: Path, plans: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=planning(plans)))
    topic = "https://feeds.example/feed.atom"
    with closing(SQLiteSubscriptions(tmp_path / "subscriptions")) as made:
        for number in range(2):
            intent = Intent(topic, f"https://{number}.example/", "subscribe", NOW + number)
            assert made.ask(intent, IntentLimits()) == "recorded"
    assert {query.split()[2] for query in plans if query.startswith("DELETE")} == {"intents", "arrivals"}
    assert {query for query, plan in plans.items() if reads_all(plan, "intents", "arrivals")} == set()
