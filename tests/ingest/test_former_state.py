"""The former state that is looked up before a batch, which suffices for all decisions."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import msgspec
import pytest

from feeds.ingest import decisions
from feeds.ingest.former_state import Known, former_state
from feeds.ingest.reads import Read
from feeds.ingest.recorder import Batch, Recorded, record
from feeds.store import Store, StoredEntry
from feeds.store.sqlite import SQLiteStore
from tests.ingest.ingest_harness import IngestHarness

PATHS = [
    f"{folder}/{name}.md"
    for folder in ("_news", "__news", "news")  # a name has the same id in each of them
    for name in ("a", "a~2", "a~2~2", "a~3", "b")
]
IDS = ["news/a", "news/a~2", "news/a~3", "own"]


class LiveEntries(Mapping[str, StoredEntry | None]):
    """All entries of a store by id, each looked up on access."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, id_: str) -> StoredEntry | None:
        return self._store.entries([id_]).get(id_)

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


def change(ingest: IngestHarness, random: Random) -> str:
    path = random.choice(PATHS)
    match random.randrange(5):
        case 0:
            (ingest.root / path).unlink(missing_ok=True)
        case 1:
            target = random.choice(PATHS)
            if (ingest.root / path).exists():
                (ingest.root / target).parent.mkdir(exist_ok=True)
                (ingest.root / path).replace(ingest.root / target)
        case 2:
            ingest.write(path, published=False)
        case 3:
            ingest.write(path, title=f"Title {random.randrange(4)}", id=random.choice(IDS))
        case _:
            title = f"Title {random.randrange(4)}"
            date = f"2026-01-0{random.randrange(1, 9)}T00:00:00Z"
            ingest.write(path, title=title, webUrl=f"https://example.org/{title}", publishedDateTime=date)
    return path


@pytest.mark.parametrize("seed", range(4))
def test_decisions_need_only_the_entries_that_were_looked_up_before(
    new_ingest: IngestHarness, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    decided = []

    def compared(batch: Batch) -> Recorded:
        """Compare the decisions from entries looked up before with those from LiveEntries."""
        made = record(batch)
        former = msgspec.structs.replace(batch.former, entries=LiveEntries(new_ingest.store))
        again = record(msgspec.structs.replace(batch, former=former))
        assert made == again
        decided.append(made)
        return made

    monkeypatch.setattr(decisions, "record", compared)
    new_ingest.limit(batch=random.randrange(1, 5))
    for _ in range(30):
        paths = [change(new_ingest, random) for _ in range(random.randrange(1, 8))]
        if random.random() < 0.5 or not new_ingest.refresh_paths(*paths):
            new_ingest.now += 60
            new_ingest.refresher.refresh_all(accept_removals=True)
    assert len(decided) > 30


def test_edits_need_two_queries_for_a_whole_batch(
    ingest: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"_news/{number}.md" for number in range(5)]
    for path in paths:
        ingest.write(path)
    ingest.refresh_all()
    reads = []
    for path in paths:
        ingest.write(path, title=f"Edited {path}")
        stamp, source = ingest.corpus.stamp(path), ingest.corpus.read_source(path)
        assert stamp
        assert source
        reads.append(Read.of(path, stamp, source, ingest.corpus.id_of(path)))
    known = Known(ingest.store.files(paths))
    calls: list[str] = []
    for name in ("entries", "holding", "file", "files"):
        count(monkeypatch, name, calls)
    former = former_state(ingest.store, reads, [], known)
    assert sorted(calls) == ["entries", "holding"]
    assert {id_ for id_, entry in former.entries.items() if entry} == {*ingest.records()}


def count(monkeypatch: pytest.MonkeyPatch, name: str, calls: list[str]) -> None:
    method = getattr(SQLiteStore, name)

    def counted(store: SQLiteStore, *given: Any) -> Any:
        calls.append(name)
        return method(store, *given)

    monkeypatch.setattr(SQLiteStore, name, counted)
