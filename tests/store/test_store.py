"""What every store promises."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Article, Taxonomy, digest, tombstone_facets
from feeds.errors import StoreError
from feeds.store import Changes, File, Progress, Record, Store, StoredEntry, Tombstone, recording
from feeds.store.sqlite import SQLiteStore
from tests.conftest import LATER, ROOT, article, record
from tests.store.conftest import BACKENDS

NOW = int(LATER)


def entry(number: int = 1, at: int | None = None, removed: int = 0, **fields: object) -> StoredEntry:
    return entry_of(article(number, **fields), at, removed)


def entry_of(made: Article, at: int | None = None, removed: int = 0) -> StoredEntry:
    return StoredEntry(record(made, at), f"_news/{made.id[-3:]}.md", digest(made), at or 1, removed)


def file(path: str, id_: str = "") -> File:
    return File(path, (1, 2, 3), id_, 4, "a problem", withheld=True)


def live(store: Store) -> dict[str, Record]:
    """The live articles by id, as they were before the store gave them numbers."""
    return {each.id: unnumbered(each) for each in store.load().records}


def unnumbered(record: Record) -> Record:
    return msgspec.structs.replace(record, number=0)


def entries(store: Store, *ids: str) -> dict[str, StoredEntry]:
    """What is recorded of *ids*, likewise."""
    return {id_: as_made(found) for id_, found in store.entries(ids).items()}


def as_made(found: StoredEntry | None) -> StoredEntry | None:
    return found and msgspec.structs.replace(found, record=unnumbered(found.record))


def test_an_empty_store_knows_nothing(store: Store) -> None:
    assert store.revision() == 0
    assert store.progress() == Progress()
    assert store.fingerprint() == b""
    assert store.latest(LATER) == 0
    assert not store.replaces_another()
    assert store.files() == {}
    assert store.file("a.md") is None
    assert store.paths_claiming("a") == []
    assert store.entries(["a"]) == {}
    assert store.holding([b""]) == {}
    assert (store.authority(), store.corpus(), store.descriptions()) == ("", "", {})
    assert store.stamped_after(0) == []
    assert store.taxonomy() == Taxonomy()
    assert store.load().records == []
    assert not store.load().partial


def test_what_was_recorded_is_there_for_another_that_opens_it(
    store: Store, opened: Callable[[], Store]
) -> None:
    changes = Changes(
        at=NOW,
        entries=[entry(1), entry(2)],
        files=[file("b.md", "x"), file("a.md", "x"), file("c.md")],
        tombstones=[Tombstone(NOW, tombstone_facets(article(3)), "an id"), Tombstone(NOW, None)],
        taxonomy=Taxonomy(title="A title"),
        fingerprint=b"print",
        progress=Progress(1, 2, ready=True),
    )
    revision = store.record(changes)
    other = opened()
    found = other.load()
    assert (found.revision, other.revision()) == (revision, revision)
    assert live(other) == {each.record.id: each.record for each in changes.entries}
    assert found.tombstones == changes.tombstones
    assert found.taxonomy == changes.taxonomy
    assert other.fingerprint() == b"print"
    assert other.progress() == changes.progress
    assert other.files() == {each.path: each for each in changes.files}
    assert other.files(["c.md", "none.md"]) == {"c.md": file("c.md")}
    assert other.stamps() == {each.path: (1, 2, 3) for each in changes.files}
    assert other.stamps(["a.md", "none.md"]).keys() <= {"a.md"}
    assert other.file_count() == len(changes.files)
    assert other.file("c.md") == file("c.md")
    assert other.identity == store.identity
    assert other.paths_claiming("x") == ["a.md", "b.md"]
    assert entries(other, *(each.record.id for each in changes.entries), "none") == {
        each.record.id: each for each in changes.entries
    }


def test_more_entries_are_found_than_a_statement_may_have_parameters(store: Store) -> None:
    store.record(Changes(entries=[entry(n) for n in range(1200)]))
    assert len(store.entries([entry(n).record.id for n in range(1200)])) == 1200


def test_more_files_are_found_than_a_statement_may_have_parameters(store: Store) -> None:
    paths = [f"{n}.md" for n in range(1200)]
    store.record(Changes(files=[file(path) for path in paths]))
    assert len(store.files(paths)) == 1200


def test_files_that_are_gone_are_forgotten(store: Store) -> None:
    store.record(Changes(files=[file("a.md", "x"), file("b.md", "x")]))
    store.record(Changes(gone=["a.md"]))
    assert list(store.files()) == ["b.md"]
    assert store.paths_claiming("x") == ["b.md"]


INVISIBLE = {
    "nothing": Changes(at=NOW),
    "files": Changes(at=NOW, files=[file("a.md")], gone=["b.md"]),
    "a fingerprint": Changes(at=NOW, fingerprint=b"another"),
    "progress": Changes(at=NOW, progress=Progress(5, 10)),
    "the same again": Changes(at=NOW, entries=[entry(1)]),
    "another path": Changes(at=NOW, entries=[msgspec.structs.replace(entry(1), path="moved.md")]),
    "another digest": Changes(at=NOW, entries=[msgspec.structs.replace(entry(1), digest=b"other")]),
    "what was removed already": Changes(at=NOW, entries=[entry(2, removed=2)]),
    "what never was": Changes(at=NOW, entries=[entry(3, removed=2)]),
}
VISIBLE = {
    "an article": Changes(at=NOW, entries=[entry(3)]),
    "an edit": Changes(at=NOW, entries=[entry(1, title="Edited")]),
    "the end of one": Changes(at=NOW, entries=[entry(1, removed=NOW)]),
    "a return": Changes(at=NOW, entries=[entry(2)]),
    "a departure": Changes(at=NOW, tombstones=[Tombstone(NOW, None)]),
    "a taxonomy": Changes(at=NOW, taxonomy=Taxonomy(title="Another")),
    "being ready": Changes(at=NOW, progress=Progress(1, 1, ready=True)),
}


@pytest.mark.parametrize("changes", INVISIBLE.values(), ids=INVISIBLE)
def test_what_no_feed_can_show_is_no_revision(store: Store, changes: Changes) -> None:
    before = store.record(Changes(entries=[entry(1), entry(2)]))
    before = store.record(Changes(entries=[entry(2, removed=1)]))
    assert store.record(changes) == before == store.revision()
    assert store.changes_since(before).records == store.changes_since(before).removed == []
    assert store.latest(0) == 0


@pytest.mark.parametrize("changes", VISIBLE.values(), ids=VISIBLE)
def test_what_a_feed_can_show_is_one_revision(store: Store, changes: Changes) -> None:
    store.record(Changes(entries=[entry(1), entry(2)]))
    before = store.record(Changes(entries=[entry(2, removed=1)]))
    assert store.record(changes) == before + 1 == store.revision()
    assert store.latest(0) == NOW


def test_being_ready_again_is_no_revision(store: Store) -> None:
    ready = Changes(progress=Progress(1, 1, ready=True))
    assert store.record(ready) == store.record(ready) == 1


def test_an_entry_keeps_its_path_and_digest_where_no_feed_shows_them(store: Store) -> None:
    store.record(Changes(entries=[entry(1)]))
    moved = msgspec.structs.replace(entry(1), path="moved.md", digest=b"other")
    store.record(Changes(entries=[moved]))
    assert entries(store, moved.record.id) == {moved.record.id: moved}


def test_the_latest_is_the_last_change_or_the_newest_article_to_be_seen(store: Store) -> None:
    dates = {n: int(article(n).published.timestamp()) for n in range(4)}
    store.record(Changes(entries=[entry(n) for n in (1, 2, 3)]))
    assert store.latest(LATER) == dates[3]
    assert store.latest(dates[3]) == dates[3]
    assert store.latest(dates[3] - 0.001) == dates[2]
    assert store.latest(dates[1] - 1) == 0
    store.record(Changes(at=dates[2] + 1, entries=[entry(3, removed=1)]))
    assert store.latest(LATER) == dates[2] + 1
    store.record(Changes(at=dates[0], entries=[entry(0)]))
    assert store.latest(LATER) == dates[2] + 1


def test_changes_are_told_apart_from_everything(store: Store) -> None:
    first = store.record(Changes(entries=[entry(n) for n in range(5)]))
    store.record(Changes(at=NOW, entries=[entry(1, title="Edited"), entry(2, removed=NOW)]))
    since = store.changes_since(first)
    assert since.partial
    assert [each.id for each in since.records] == [entry(1).record.id]
    assert since.removed == [entry(2).record.id]
    assert since.revision == store.revision()
    whole = store.changes_since(0)
    assert not whole.partial
    assert whole == store.load()


def test_departures_since_are_only_the_later_ones(store: Store) -> None:
    first = store.record(Changes(at=1, tombstones=[Tombstone(1, None, "")]))
    left = Tombstone(2, tombstone_facets(article(1)), article(1).id)
    store.record(Changes(at=2, tombstones=[left]))
    assert store.changes_since(first).tombstones == [left]


def test_since_before_the_last_taxonomy_or_after_the_end_means_everything(store: Store) -> None:
    first = store.record(Changes(entries=[entry(1)]))
    second = store.record(Changes(taxonomy=Taxonomy(title="Another")))
    assert store.changes_since(first) == store.load()
    assert store.changes_since(second).partial
    assert store.changes_since(second + 1) == store.load()


STEPS = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["One", "Two"]), st.booleans()), max_size=4),
    max_size=12,
)


@pytest.mark.parametrize("make", BACKENDS.values(), ids=BACKENDS)
@settings(max_examples=40, deadline=None)
@given(steps=STEPS, refresh_paths=st.integers(1, 3))
def test_following_changes_comes_to_the_same_as_loading_everything(
    tmp_path_factory: pytest.TempPathFactory,
    make: Callable[[Path], Store],
    steps: list[list[tuple[int, str, bool]]],
    refresh_paths: int,
) -> None:
    store = make(tmp_path_factory.mktemp("store"))
    assert store.acquire_writer()
    held: dict[str, Record] = {}
    tombstones: list[Tombstone] = []
    revision = 0
    for number, step in enumerate(steps):
        entries = {n: entry(n, removed=int(gone), title=title) for n, title, gone in step}
        left = [Tombstone(number, None, str(n)) for n, _, gone in step if gone]
        store.record(Changes(at=number, entries=list(entries.values()), tombstones=left))
        if number % refresh_paths == 0:
            changes = store.changes_since(revision)
            assert changes.revision >= revision
            if not changes.partial:
                held, tombstones = {}, []
            held = {id_: each for id_, each in held.items() if id_ not in changes.removed}
            held.update((each.id, unnumbered(each)) for each in changes.records)
            tombstones += changes.tombstones
            revision = changes.revision
            assert held == live(store)
            assert tombstones == store.load().tombstones
    store.close()


def test_an_article_keeps_its_number_for_life_and_no_other_has_it(
    store: Store, opened: Callable[[], Store]
) -> None:
    def numbers() -> dict[str, int]:
        return {each.id: each.number for each in store.load().records}

    one, two, three, four = (entry(n).record.id for n in (1, 2, 3, 4))
    store.record(Changes(entries=[entry(1), entry(2), entry(3)]))
    assert numbers() == {one: 1, two: 2, three: 3}
    store.record(Changes(entries=[entry(3, removed=1), entry(4), entry(1, title="Edited")]))
    assert numbers() == {one: 1, two: 2, four: 4}
    store.record(Changes(entries=[entry(5, removed=1)]))
    store.record(Changes(entries=[entry(6), entry(3), entry(1), entry(1, title="Twice")]))
    assert numbers() == {one: 1, two: 2, three: 3, four: 4, entry(6).record.id: 6}
    assert opened().entries([two])[two].record.number == 2


def test_a_number_is_no_difference_a_feed_could_show(store: Store) -> None:
    before = store.record(Changes(entries=[entry(1)]))
    [found] = store.load().records
    for number in (0, 7, found.number):
        again = entry(1)
        numbered = msgspec.structs.replace(again.record, number=number)
        again = msgspec.structs.replace(again, record=numbered)
        assert store.record(Changes(entries=[again])) == before
    assert store.load().records == [found]


def test_all_of_a_batch_is_recorded_or_nothing(store: Store) -> None:
    before = store.record(Changes(entries=[entry(1)], fingerprint=b"before"))
    broken = File("b.md", ("not a number" * 3, {}, 3))  # type: ignore[arg-type]
    changes = Changes(
        at=NOW, entries=[entry(2)], files=[file("a.md"), broken], gone=["c.md"], fingerprint=b"after",
        tombstones=[Tombstone(1, None)], taxonomy=Taxonomy(title="after"),
        progress=Progress(1, 1, ready=True),
    )  # fmt: skip
    with pytest.raises(StoreError):
        store.record(changes)
    assert (store.revision(), store.fingerprint(), store.files()) == (before, b"before", {})
    assert (store.load().tombstones, store.load().taxonomy) == ([], Taxonomy())
    assert list(live(store)) == [entry(1).record.id]
    assert store.record(Changes(entries=[entry(2)])) == before + 1


def test_nobody_records_without_the_lead(store: Store, opened: Callable[[], Store]) -> None:
    other = opened()
    assert not other.acquire_writer()
    with pytest.raises(StoreError, match="not its writer"):
        other.record(Changes(entries=[entry(1)]))
    assert store.acquire_writer()
    store.close()
    assert other.acquire_writer()
    assert other.record(Changes(entries=[entry(1)])) == 1


LEADER = """
import sys
from tests.store.test_store import *
store = BACKENDS[sys.argv[1]](Path(sys.argv[2]))
print(store.acquire_writer(), flush=True)
sys.stdin.read()
"""
WRITER = """
import sys
from tests.store.test_store import *
store = BACKENDS[sys.argv[1]](Path(sys.argv[2]))
assert store.acquire_writer()
number = store.revision()
while True:
    number += 1
    entries = [entry(n, number, title=str(number), html="x" * 3000) for n in range(number, number + 5)]
    print(store.record(Changes(at=number, entries=entries, files=[file(str(number))])), flush=True)
"""


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


@pytest.mark.parametrize("name", BACKENDS)
def test_the_lead_of_a_process_that_was_killed_is_free(name: str, tmp_path: Path) -> None:
    store = BACKENDS[name](tmp_path)
    with started(LEADER, name, tmp_path) as leader:
        try:
            assert line(leader) == "True\n"
            assert not store.acquire_writer()
        finally:
            leader.kill()
    assert store.acquire_writer()
    with started(LEADER, name, tmp_path) as late:
        assert line(late) == "False\n"
        late.kill()
    store.close()


@pytest.mark.parametrize("name", BACKENDS)
def test_what_was_acknowledged_survives_being_killed_at_any_moment(name: str, tmp_path: Path) -> None:
    rng = random.Random(3)
    acknowledged = 0
    for _ in range(6):
        with started(WRITER, name, tmp_path) as writer:
            assert writer.stdout
            first = int(line(writer))
            assert first == acknowledged + 1
            told = [first, *(int(line(writer)) for _ in range(rng.randrange(60)))]
            os.kill(writer.pid, signal.SIGKILL)
            told += [int(each) for each in writer.stdout.read().split("\n")[:-1]]
        store = BACKENDS[name](tmp_path)
        revision = store.revision()
        acknowledged = told[-1]
        assert acknowledged <= revision <= acknowledged + 1
        assert len(store.files()) == revision
        assert not store.replaces_another()
        ids = [entry(n).record.id for n in range(1, revision + 5)]
        found = store.entries(ids)
        titles = [decoded(found[id_]).title for id_ in ids]
        assert titles == [str(min(n, revision)) for n in range(1, revision + 5)]
        acknowledged = revision
        store.check()
        assert not store.replaces_another()
        store.close()
    assert revision > 50


def decoded(entry: StoredEntry) -> Article:
    return msgspec.msgpack.decode(entry.record.content, type=Article)


def test_articles_are_found_by_their_digest_live_ones_first(store: Store) -> None:
    one, two, three = (
        msgspec.structs.replace(entry(n), digest=b"same", path=f"{n}.md") for n in (1, 2, 3)
    )
    store.record(Changes(entries=[three, two, one]))
    assert [each.path for each in store.holding([b"same"])[b"same"]] == ["1.md", "2.md", "3.md"]
    gone = [msgspec.structs.replace(one, removed=5), msgspec.structs.replace(two, removed=7)]
    store.record(Changes(entries=gone))
    found = store.holding([b"same", b"another"])
    assert [each.path for each in found[b"same"]] == ["3.md", "2.md", "1.md"]
    assert as_made(found[b"same"][1]) == gone[1]
    assert b"another" not in found


def test_changes_stamped_after_a_moment_are_found_but_not_what_is_scheduled(store: Store) -> None:
    ahead = NOW + 1000
    store.record(Changes(entries=[entry(1), entry(2, at=ahead), entry(3, removed=ahead)]))
    scheduled = article(4, published=datetime.fromtimestamp(ahead, UTC))
    store.record(Changes(entries=[entry_of(scheduled, ahead)]))
    assert {each.record.id for each in store.stamped_after(NOW)} == {article(2).id, article(3).id}
    assert store.stamped_after(ahead) == []


def test_later_stamps_than_the_clock_allows_are_set_back(store: Store) -> None:
    left = Tombstone(NOW + 1000, tombstone_facets(article(1)), "an id")
    store.record(Changes(at=NOW + 1000, tombstones=[left, Tombstone(NOW - 5, None)]))
    store.record(Changes(not_after=NOW))
    assert [each.at for each in store.load().tombstones] == [NOW, NOW - 5]
    assert store.latest(0) == NOW


def test_what_the_corpus_is_and_how_it_describes_itself_is_kept(
    store: Store, opened: Callable[[], Store]
) -> None:
    described = {"_config.yml": b"title: One", "_data/topics/a.yaml": b"name: A"}
    before = store.record(Changes(authority="example.org", corpus="/srv/a", descriptions=described))
    other = opened()
    assert (other.authority(), other.corpus()) == ("example.org", "/srv/a")
    assert other.descriptions() == described
    assert store.record(Changes(descriptions={"_config.yml": b""})) == before
    assert other.descriptions() == {"_config.yml": b""}
    assert (other.authority(), other.corpus()) == ("example.org", "/srv/a")


def test_requests_reach_the_writer_once(store: Store, opened: Callable[[], Store]) -> None:
    assert store.requests() == set()
    opened().request("check")
    opened().request("accept-removals")
    assert store.requests() == {"scan", "check", "accept-removals"}
    assert store.requests() == set()


def test_only_the_writer_takes_requests(store: Store, opened: Callable[[], Store]) -> None:
    store.request("scan")
    with pytest.raises(StoreError, match="not its writer"):
        opened().requests()
    assert store.requests() == {"scan"}


def test_departures_are_bounded_and_none_is_forgotten_quietly(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAX_TOMBSTONES", 20)
    left = [Tombstone(n, tombstone_facets(article(n)), str(n)) for n in range(50)]
    for each in left:
        store.record(Changes(at=each.at, tombstones=[each]))
    found = store.load().tombstones
    assert found[-20:] == left[-20:]
    assert found[:-20] == [Tombstone(29, None)]
    store.record(
        Changes(at=99, tombstones=[Tombstone(99, tombstone_facets(article(n))) for n in range(100)])
    )
    assert store.load().tombstones[0] == Tombstone(99, None)
    assert len(store.load().tombstones) == 21


def test_a_reader_sees_one_revision_while_others_come(store: Store, opened: Callable[[], Store]) -> None:
    reader = opened()
    for number in range(20):
        store.record(Changes(at=number + 1, entries=[entry(n, title=str(number)) for n in range(3)]))
        assert {msgspec.msgpack.decode(each.content)["title"] for each in reader.load().records} == {
            str(number)
        }


# What only a file can suffer.


def filled(folder: Path, articles: int = 3) -> Path:
    """The path of a store with some articles, closed."""
    store = SQLiteStore(folder / "store.db")
    assert store.acquire_writer()
    entries = [entry(n, html="x" * 2000) for n in range(articles)]
    store.record(Changes(at=5, entries=entries, progress=Progress(1, 1, ready=True)))
    store.close()
    return store.path


NOWHERE = ["/proc/feeds/store.db", "/dev/null/store.db"]


@pytest.mark.parametrize("path", NOWHERE)
def test_where_nothing_can_be_written_is_a_store_error(path: str) -> None:
    with pytest.raises(StoreError, match=path):
        SQLiteStore(Path(path))


FULL = """
import resource, sys
from tests.store.test_store import *
path = Path(sys.argv[1])
store = SQLiteStore(path)
assert store.acquire_writer()
before = store.revision()
limit = max(each.stat().st_size for each in path.parent.iterdir()) + 100_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
for _ in range(2):
    try:
        store.record(Changes(entries=[entry(n, html=str(n) * 3000) for n in range(100, 900)]))
    except StoreError as error:
        print(error)
assert store.revision() == before and len(store.load().records) == 3
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(store.record(Changes(entries=[entry(4)])))
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    SQLiteStore(path.parent / "another.db")
except StoreError as error:
    print(error)
"""


def test_a_full_disk_is_a_store_error_until_there_is_room(tmp_path: Path) -> None:
    path = filled(tmp_path)
    answer = subprocess.run(
        [sys.executable, "-c", FULL, path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    first, second, revision, another = answer.stdout.splitlines()
    assert "disk I/O error" in first or "full" in first
    assert first == second
    assert revision == "2"
    assert "another.db: cannot be " in another


READ_ONLY = """
import sys
from tests.store.test_store import *
path = filled(Path(sys.argv[1]))
subprocess.run(["mount", "-o", "remount,ro", sys.argv[1]], check=True)
for ask in (lambda: SQLiteStore(path), lambda: SQLiteStore(path.parent / "deeper" / "store.db")):
    try:
        ask()
    except StoreError as error:
        print(error)
"""


def test_a_read_only_disk_is_a_store_error(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs none "{disk}"'
    if subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("needs to mount a disk")
    answer = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$0" "$@"',
         sys.executable, "-c", READ_ONLY, disk],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count(str(disk)) == len(answer.stdout.splitlines()) == 2


def test_a_store_error_names_the_file(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "store.db")
    with pytest.raises(StoreError) as caught:
        store.record(Changes())
    assert caught.value.path == store.path
    store.close()
    for ask in (store.load, store.revision, store.files, store.check):
        with pytest.raises(StoreError, match="closed"):
            ask()
    assert not list(tmp_path.glob("*aside*"))


def test_the_newest_date_is_found_without_reading_every_article(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "store.db")
    database = sqlite3.connect(store.path)
    plan = str(
        database.execute(
            "EXPLAIN QUERY PLAN SELECT max(published) FROM articles WHERE removed = 0 AND published <= 5"
        ).fetchall()
    )
    assert "INDEX articles_published (published<?)" in plan
    database.close()
    store.close()


def test_a_census_counts_what_is_held_back_and_names_the_first(store: Store) -> None:
    files = [
        File("z.md", (1, 2, 3), line=7, problem="bad"),
        File("b.md", (1, 2, 3), problem="removed: true", withheld=True),
        File("a.md", (1, 2, 3), problem="published: false", withheld=True),
        File("fine.md", (1, 2, 3), id="one"),
    ]
    entries = [
        StoredEntry(record(article(number)), f"{number}.md", b"d", 1, removed=removed)
        for number, removed in ((1, 0), (2, 0), (3, 0), (4, 9))
    ]
    revision = store.record(Changes(files=files, entries=entries, progress=Progress(1, 2)))
    now = article(1).published.timestamp()
    stats = store.stats(now, 2)
    assert (stats.bad, stats.withheld, stats.scheduled) == (1, 2, 2)
    assert stats.held == [files[0], files[2]]
    assert [path for path, _ in stats.due] == ["2.md", "3.md"]
    assert store.stats(now, 1).due == [("2.md", int(article(2).published.timestamp()))]
    assert (stats.revision, stats.changed, stats.progress) == (revision, int(now), Progress(1, 2))
    assert stats.bytes > 0


def test_a_census_of_nothing_is_nothing(store: Store) -> None:
    stats = store.stats(0, 10)
    assert (stats.revision, stats.changed, stats.bad, stats.held, stats.due) == (0, 0, 0, [], [])
