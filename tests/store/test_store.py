"""The contract of every store."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Article, Taxonomy, tombstone_facets
from feeds.errors import StoreError
from feeds.store import Changes, File, Progress, Record, Store, StoredEntry, Tombstone, recording
from tests.builders import LATER, article, record
from tests.examples import examples
from tests.store.conftest import Backend
from tests.store.entries import NOW, as_made, entries, entry, entry_of, file, live, unnumbered


def test_an_empty_store_has_no_content(store: Store) -> None:
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
    assert store.pictures() == b""
    assert store.probed() == b""
    assert store.stamped_after(0) == []
    assert store.taxonomy() == Taxonomy()
    assert store.load().records == []
    assert not store.load().partial


def test_another_store_object_reads_recorded_changes(store: Store, opened: Callable[[], Store]) -> None:
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
    assert other.stamps(["a.md", "none.md"]) == {"a.md": (1, 2, 3)}
    assert other.file_count() == len(changes.files)
    assert other.has_files()
    assert other.file("c.md") == file("c.md")
    assert other.identity == store.identity
    assert other.paths_claiming("x") == ["a.md", "b.md"]
    assert {*other.article_paths()} == {each.path for each in changes.files if each.id}
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
    assert store.article_paths() == ["b.md"]


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
    "a tombstone": Changes(at=NOW, tombstones=[Tombstone(NOW, None)]),
    "a taxonomy": Changes(at=NOW, taxonomy=Taxonomy(title="Another")),
    "being ready": Changes(at=NOW, progress=Progress(1, 1, ready=True)),
}


@pytest.mark.parametrize("changes", INVISIBLE.values(), ids=INVISIBLE)
def test_a_change_that_no_feed_can_show_is_no_revision(store: Store, changes: Changes) -> None:
    before = store.record(Changes(entries=[entry(1), entry(2)]))
    before = store.record(Changes(entries=[entry(2, removed=1)]))
    assert store.record(changes) == before == store.revision()
    assert store.changes_since(before).records == store.changes_since(before).removed == []
    assert store.latest(0) == 0


@pytest.mark.parametrize("changes", VISIBLE.values(), ids=VISIBLE)
def test_a_change_that_a_feed_can_show_is_one_revision(store: Store, changes: Changes) -> None:
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


def test_changes_are_marked_as_partial(store: Store) -> None:
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


def test_tombstones_since_a_revision_are_only_the_later_ones(store: Store) -> None:
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


@settings(max_examples=examples(20))
@given(steps=STEPS, refresh_paths=st.integers(1, 3))
def test_following_changes_comes_to_the_same_as_loading_everything(
    tmp_path_factory: pytest.TempPathFactory,
    backend: Backend,
    steps: list[list[tuple[int, str, bool]]],
    refresh_paths: int,
) -> None:
    store = backend(tmp_path_factory.mktemp("store"))
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


def test_an_article_keeps_its_number_forever_and_no_other_gets_it(
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


def test_only_the_writer_records(store: Store, opened: Callable[[], Store]) -> None:
    other = opened()
    assert not other.acquire_writer()
    with pytest.raises(StoreError, match="not its writer"):
        other.record(Changes(entries=[entry(1)]))
    assert store.acquire_writer()
    store.close()
    assert other.acquire_writer()
    assert other.record(Changes(entries=[entry(1)])) == 1


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


def test_the_folder_and_the_descriptions_of_the_corpus_are_kept(
    store: Store, opened: Callable[[], Store]
) -> None:
    described = {"_config.yml": b"title: One", "_data/topics/a.yaml": b"name: A"}
    before = store.record(
        Changes(
            authority="example.org", corpus="/srv/a", descriptions=described, pictures=b"1", probed=b"2"
        )
    )
    other = opened()
    assert (other.authority(), other.corpus(), other.pictures()) == ("example.org", "/srv/a", b"1")
    assert other.probed() == b"2"
    assert other.descriptions() == described
    assert store.record(Changes(descriptions={"_config.yml": b""})) == before
    assert other.descriptions() == {"_config.yml": b""}
    assert (other.authority(), other.corpus(), other.pictures()) == ("example.org", "/srv/a", b"1")
    assert other.probed() == b"2"


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


def test_a_file_below_a_folder_is_found_until_it_is_gone(store: Store) -> None:
    assert not store.has_files()
    store.record(Changes(files=[file("a/b/c.md"), file("ab.md")]))
    assert [store.has_below(each) for each in ("a", "a/b", "ab", "b", "a/b/c.md")] == [True] * 2 + [
        False
    ] * 3
    store.record(Changes(gone=["a/b/c.md"]))
    assert not store.has_below("a")
    assert store.file_count() == 1


def test_only_others_see_that_a_store_has_a_writer(store: Store, opened: Callable[[], Store]) -> None:
    other = opened()
    assert store.acquire_writer()
    assert (store.has_writer(), other.has_writer()) == (False, True)
    store.close()
    assert not other.has_writer()


def test_an_intact_store_is_neither_changed_by_a_check_nor_replaced(
    store: Store, opened: Callable[[], Store]
) -> None:
    store.record(Changes(at=NOW, entries=[entry(1)], files=[file("a.md")]))
    before, files = store.load(), store.files()
    for each in (store, opened()):
        each.check()
        assert not each.replaced()
        assert not each.replaces_another()
        assert (each.load(), each.files()) == (before, files)


def test_two_stores_differ_in_identity_and_name(
    backend: Backend, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = backend(tmp_path_factory.mktemp("other"))
    assert other.identity != store.identity
    assert other.name != store.name
    with pytest.raises(StoreError) as caught:
        other.record(Changes())
    assert str(caught.value.subject) == other.name
    other.close()


def test_entries_are_read_as_recorded_even_after_later_changes(
    store: Store, opened: Callable[[], Store]
) -> None:
    """A snapshot is a value."""
    store.record(Changes(entries=[entry(1)]))
    before = opened().load()
    titles = [decoded_title(each) for each in before.records]
    store.record(Changes(at=NOW, entries=[entry(1, title="Edited"), entry(2)]))
    assert [decoded_title(each) for each in before.records] == titles
    assert len(before.records) == 1


def decoded_title(record: Record) -> str:
    return msgspec.msgpack.decode(record.content, type=Article).title


def test_tombstones_are_bounded_and_none_is_forgotten_quietly(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAX_TOMBSTONES", 20)
    left = [Tombstone(n, tombstone_facets(article(n)), str(n)) for n in range(50)]
    for each in left:
        store.record(Changes(at=each.at, tombstones=[each]))
    found = store.load()
    assert found.tombstones == [Tombstone(30, None), *left[31:]]
    assert found.kept_tombstones == store.changes_since(store.revision()).kept_tombstones == 20
    store.record(
        Changes(at=99, tombstones=[Tombstone(99, tombstone_facets(article(n))) for n in range(100)])
    )
    assert store.load().tombstones[0] == Tombstone(99, None)
    assert len(store.load().tombstones) == 11


def test_a_reader_sees_one_revision_while_others_come(store: Store, opened: Callable[[], Store]) -> None:
    reader = opened()
    for number in range(20):
        store.record(Changes(at=number + 1, entries=[entry(n, title=str(number)) for n in range(3)]))
        assert {msgspec.msgpack.decode(each.content)["title"] for each in reader.load().records} == {
            str(number)
        }


def test_statistics_count_held_files_and_name_the_first(store: Store) -> None:
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
    assert stats.bytes >= 0


def test_statistics_have_the_newest_modification_time_that_is_not_in_the_future(store: Store) -> None:
    second = 1_000_000_000
    stamps = {"old.md": 100 * second, "new.md": 200 * second + 5, "future.md": 900 * second}
    store.record(Changes(files=[File(path, (at, 2, 3)) for path, at in stamps.items()]))
    assert store.stats(300, 0).modified == 200
    assert store.stats(200, 0).modified == 200
    assert store.stats(50, 0).modified == 0


def test_statistics_of_an_empty_store_are_empty(store: Store) -> None:
    stats = store.stats(0, 10)
    assert (stats.revision, stats.changed, stats.bad, stats.held, stats.due) == (0, 0, 0, [], [])
    assert stats.modified == 0
