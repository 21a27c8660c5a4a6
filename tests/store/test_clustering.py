"""The cluster of each article in every store."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Article, Provider, Related
from feeds.article.hashes import content_hash
from feeds.store import Changes, Progress, Record, Store, StoredEntry
from tests.builders import LATER, NOON, article, record
from tests.examples import examples
from tests.store.conftest import Backend

NOW = int(LATER)
READY = Progress(1, 1, ready=True)


def linked_entry(
    number: int, *names: int, hours: float = 0, removed: int = 0, **fields: object
) -> StoredEntry:
    """Article *number*, by its own provider, with links to the articles *names*."""
    made = article(
        number,
        **{
            "published": NOON + timedelta(hours=hours),
            "provider": Provider(f"{number}.example", f"Provider {number}"),
            "related": tuple(Related("Another", f"https://example.org/{each}") for each in names),
        }
        | fields,
    )
    return StoredEntry(record(made), f"_news/{number}.md", content_hash(made), 1, removed)


def id_of(number: int) -> str:
    return f"tag:example.org,2020:{number}"


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    """A store whose first load is done."""
    made = opened()
    assert made.acquire_writer()
    made.record(Changes(progress=READY))
    return made


def put(store: Store, *entries: StoredEntry) -> int:
    return store.record(Changes(at=NOW, entries=list(entries)))


def stories(store: Store) -> dict[int, int]:
    """For each live article with a cluster, the number of the article whose id the cluster has."""
    records = store.load().records
    return {
        int(each.id.split(":")[-1]): int(each.cluster.split(":")[-1]) for each in records if each.cluster
    }


def test_articles_that_change_during_the_first_load_are_clustered_by_their_last_contents(
    opened: Callable[[], Store],
) -> None:
    store = opened()
    assert store.acquire_writer()
    put(store, *(linked_entry(number, 1) for number in range(1, 6)))
    put(store, linked_entry(3), linked_entry(4, 1, removed=NOW), linked_entry(6))
    put(store, linked_entry(6, 1))
    store.record(Changes(progress=READY))
    assert stories(store) == {1: 1, 2: 1, 5: 1, 6: 1}


def test_an_article_alone_is_in_no_story(store: Store) -> None:
    put(store, linked_entry(1), linked_entry(2))
    assert stories(store) == {}


def test_two_of_one_batch_are_named_after_the_earlier(store: Store) -> None:
    put(store, linked_entry(1, 2, hours=5), linked_entry(2), linked_entry(3))
    assert stories(store) == {1: 2, 2: 2}


def test_the_first_id_of_one_second_names_the_story(store: Store) -> None:
    put(store, linked_entry(2, 1), linked_entry(1))
    assert stories(store) == {1: 1, 2: 1}


def test_the_one_that_was_there_hears_of_it(store: Store) -> None:
    before = put(store, linked_entry(1), linked_entry(3))
    put(store, linked_entry(2, 1, hours=1))
    changes = store.changes_since(before)
    assert changes.partial
    assert {(each.id, each.cluster) for each in changes.records} == {
        (id_of(1), id_of(1)),
        (id_of(2), id_of(1)),
    }
    assert store.entries([id_of(1)])[id_of(1)].record.cluster == id_of(1)


def test_a_story_that_grows_keeps_its_id_and_changes_no_other_record(store: Store) -> None:
    put(store, linked_entry(2, hours=5), linked_entry(3, 2, hours=6))
    before = store.revision()
    put(store, linked_entry(1, 3, hours=0))
    assert stories(store) == {1: 2, 2: 2, 3: 2}
    assert [each.id for each in store.changes_since(before).records] == [id_of(1)]


def test_two_bridged_stories_have_the_id_of_the_older(store: Store) -> None:
    put(store, linked_entry(3, hours=7), linked_entry(4, 3, hours=8))
    put(store, linked_entry(1, hours=1), linked_entry(2, 1, hours=2))
    before = store.revision()
    assert stories(store) == {1: 1, 2: 1, 3: 3, 4: 3}
    put(store, linked_entry(5, 2, 4, hours=9))
    assert stories(store) == dict.fromkeys(range(1, 6), 1)
    assert {each.id for each in store.changes_since(before).records} == {id_of(3), id_of(4), id_of(5)}


def test_any_number_of_stories_become_one_in_one_batch(store: Store) -> None:
    for first in (1, 3, 5, 7):
        put(store, linked_entry(first, hours=first), linked_entry(first + 1, first, hours=first))
    put(
        store,
        linked_entry(10, 2, 4, hours=9),
        linked_entry(11, 4, 6, hours=9),
        linked_entry(12, 6, 8, hours=9),
    )
    assert set(stories(store).values()) == {1}
    assert len(stories(store)) == 11


def test_an_edit_joins(store: Store) -> None:
    put(store, linked_entry(1), linked_entry(2, hours=1))
    put(store, linked_entry(2, 1, hours=1))
    assert stories(store) == {1: 1, 2: 1}


def test_an_edit_parts_nothing_and_joins_no_more_by_what_it_took_back(store: Store) -> None:
    put(store, linked_entry(1), linked_entry(2, 1, hours=1))
    put(store, linked_entry(2, hours=1, title="Edited"))
    assert stories(store) == {1: 1, 2: 1}
    put(store, linked_entry(1, url="https://example.org/elsewhere"))
    put(store, linked_entry(3, 1, hours=2))
    assert stories(store) == {1: 1, 2: 1}
    put(store, linked_entry(4, 2, hours=2))
    assert stories(store) == {1: 1, 2: 1, 4: 1}


def test_an_article_that_returns_joins_its_former_story(store: Store) -> None:
    put(store, linked_entry(1), linked_entry(2, 1, hours=1))
    put(store, linked_entry(1, removed=NOW))
    assert stories(store) == {2: 1}
    put(store, linked_entry(3, 2, hours=2))
    assert stories(store) == {2: 1, 3: 1}
    put(store, linked_entry(1))
    assert stories(store) == {1: 1, 2: 1, 3: 1}


def test_no_article_joins_a_removed_one(store: Store) -> None:
    put(store, linked_entry(1))
    put(store, linked_entry(1, removed=NOW))
    put(store, linked_entry(2, 1, hours=1))
    assert stories(store) == {}
    put(store, linked_entry(1))
    assert stories(store) == {1: 1, 2: 1}


def test_a_removed_article_is_renamed_with_its_story_without_notice(store: Store) -> None:
    put(
        store,
        linked_entry(1),
        linked_entry(2, 1, hours=1),
        linked_entry(3, hours=3),
        linked_entry(4, 3, hours=4),
    )
    before = put(store, linked_entry(4, 3, hours=4, removed=NOW))
    put(store, linked_entry(5, 2, 3, hours=5))
    assert store.changes_since(before).removed == []
    put(store, linked_entry(4, 3, hours=4))
    assert set(stories(store).values()) == {1}


def test_a_change_of_a_date_moves_what_it_is_near_to(store: Store) -> None:
    put(store, linked_entry(1), linked_entry(2, 1, hours=1000))
    assert stories(store) == {}
    put(store, linked_entry(2, 1, hours=100))
    assert stories(store) == {1: 1, 2: 1}


def test_recording_the_same_again_is_no_revision_in_a_story_too(store: Store) -> None:
    entries = linked_entry(1), linked_entry(2, 1, hours=1)
    before = put(store, *entries)
    assert put(store, *entries) == before
    assert stories(store) == {1: 1, 2: 1}
    known = list(store.entries([id_of(1), id_of(2)]).values())
    assert put(store, *known) == before


def test_stories_begin_when_the_first_load_is_done(tmp_path: Path, backend: Backend) -> None:
    store = backend(tmp_path)
    assert store.acquire_writer()
    store.record(
        Changes(entries=[linked_entry(2, hours=2), linked_entry(3, 2, hours=3)], progress=Progress(2, 3))
    )
    assert stories(store) == {}
    store.record(Changes(entries=[linked_entry(1, 3)], progress=Progress(3, 3, ready=True)))
    assert stories(store) == {1: 1, 2: 1, 3: 1}
    put(store, linked_entry(4, 3, hours=4))
    assert stories(store) == {1: 1, 2: 1, 3: 1, 4: 1}
    store.close()


TITLES = [f"Ferry runs aground off the {where} coast" for where in ("north", "south", "1st", "2nd")]
ARTICLES = st.lists(
    st.tuples(st.sets(st.integers(0, 11), max_size=2), st.integers(0, 30), st.sampled_from(TITLES)),
    min_size=2,
    max_size=12,
)


def loaded(folder: Path, backend: Backend, entries: list[StoredEntry], batch: int) -> Store:
    """Make a store with *entries*, recorded in that order."""
    store = backend(folder)
    assert store.acquire_writer()
    for start in range(0, len(entries), batch):
        ready = start + batch >= len(entries)
        some = entries[start : start + batch]
        store.record(Changes(entries=some, progress=Progress(start, len(entries), ready=ready)))
    return store


@settings(max_examples=examples(10))
@given(articles=ARTICLES, data=st.data())
def test_the_stories_of_a_first_load_are_the_same_in_any_order(
    tmp_path_factory: pytest.TempPathFactory,
    backend: Backend,
    articles: list[tuple[set[int], int, str]],
    data: st.DataObject,
) -> None:
    entries = [
        linked_entry(number, *names, hours=12 * hours, title=title)
        for number, (names, hours, title) in enumerate(articles)
    ]
    shuffled = data.draw(st.permutations(entries))
    one = loaded(tmp_path_factory.mktemp("store"), backend, entries, len(entries))
    other = loaded(tmp_path_factory.mktemp("store"), backend, shuffled, data.draw(st.integers(1, 5)))
    late = backend(tmp_path_factory.mktemp("store"))
    assert late.acquire_writer()
    late.record(Changes(progress=READY))
    put(late, *shuffled[: len(shuffled) // 2])
    put(late, *shuffled[len(shuffled) // 2 :])
    try:
        assert stories(one) == stories(other)
        assert parts(stories(one)) == parts(stories(late))
    finally:
        for store in (one, other, late):
            store.close()


def parts(named: dict[int, int]) -> set[frozenset[int]]:
    """The sets of articles with one cluster, without the cluster's id."""
    return {frozenset(n for n in named if named[n] == story) for story in named.values()}


STEPS = st.lists(
    st.lists(
        st.tuples(st.integers(0, 7), st.sets(st.integers(0, 7), max_size=2), st.integers(0, 3)),
        max_size=3,
    ),
    max_size=10,
)


@settings(max_examples=examples(15))
@given(steps=STEPS)
def test_articles_of_one_cluster_stay_together_for_followers_too(
    tmp_path_factory: pytest.TempPathFactory,
    backend: Backend,
    steps: list[list[tuple[int, set[int], int]]],
) -> None:
    store = backend(tmp_path_factory.mktemp("store"))
    assert store.acquire_writer()
    held: dict[str, Record] = {}
    revision = store.record(Changes(progress=READY))
    ever: dict[int, int] = {}
    try:
        for step in steps:
            entries = {
                n: linked_entry(n, *names, hours=n, removed=int(how == 0)) for n, names, how in step
            }
            put(store, *entries.values())
            changes = store.changes_since(revision)
            revision = changes.revision
            held = {id_: each for id_, each in held.items() if id_ not in changes.removed}
            held.update((each.id, each) for each in changes.records)
            assert held == {each.id: each for each in store.load().records}
            every = {n: entry.record for n in range(8) for entry in store.entries([id_of(n)]).values()}
            now = {n: int(each.cluster.split(":")[-1]) for n, each in every.items() if each.cluster}
            assert set(ever) <= set(now)
            assert all(len({now[n] for n in part}) == 1 for part in parts(ever))
            for story in set(now.values()):
                former = {ever[n] for n in ever if now[n] == story}
                assert story == min(former, default=story)
            ever = now
    finally:
        store.close()


def test_followers_see_a_change_of_heat(store: Store) -> None:
    before = put(store, linked_entry(1), linked_entry(2))
    put(store, linked_entry(1, heat=9))
    changes = store.changes_since(before)
    assert [each.id for each in changes.records] == [id_of(1)]
    [found] = changes.records
    assert msgspec.msgpack.decode(found.content, type=Article).heat == 9


def test_a_record_is_kept_with_all_it_says(store: Store) -> None:
    entry = linked_entry(1)
    said = msgspec.structs.replace(
        entry.record, changed=7, appeared=8, rated=9, daily=10, weekly=11, number=1
    )
    put(store, msgspec.structs.replace(entry, record=said))
    assert store.load().records == [said]
    put(store, msgspec.structs.replace(entry, record=msgspec.structs.replace(said, weekly=12)))
    assert store.load().records == [msgspec.structs.replace(said, weekly=12)]
