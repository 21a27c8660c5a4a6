"""Every article gets one slug when it is first recorded, and keeps it."""

from collections.abc import Callable
from itertools import islice

from feeds.index.builder import apply, build
from feeds.store import Changes, Progress, Store
from feeds.store.slugs import MAX_SLUG_LENGTH, candidates, new_slug
from tests.builders import LATER
from tests.store.entries import entry
from tests.table import for_each


def slug_of(store: Store, id_: str) -> str:
    return store.entries([id_])[id_].record.slug


@for_each(
    ("id_", "slug"),
    [
        ("tag:example.org,2020:news/2026-01-02-one", "2026-01-02-one"),
        ("tag:example.org,2020:7", "7"),
        ("https://example.org/blog/C++%20and%20caf%C3%A9/", "c-plus-plus-and-cafe"),
        ("https://example.org/blog/old.html", "old"),
        ("https://example.org/?p=12", "p-12"),
        ("urn:uuid:6ba7b810-9dad", "6ba7b810-9dad"),
        ("tag:example.org,2020:posts/海洋", "海洋"),
        ("tag:example.org,2020:" + "word " * 40, "-".join(["word"] * (MAX_SLUG_LENGTH // 5))),
        ("tag:example.org,2020:" + "w" * 400, "w" * MAX_SLUG_LENGTH),
    ],
)  # fmt: skip
def test_a_slug_is_made_from_the_last_part_of_the_id(id_: str, slug: str) -> None:
    assert next(candidates(id_)) == slug


@for_each("id_", ["tag:example.org,2020:posts/index", "tag:example.org,2020:☃", "", "///"])
def test_a_slug_that_is_empty_or_reserved_gets_a_hash(id_: str) -> None:
    first, second = islice(candidates(id_), 2)
    assert first.rpartition("-")[2].isalnum()
    assert len(second) > len(first) > 5


def test_a_slug_that_is_taken_gets_a_short_hash_of_the_id(store: Store) -> None:
    here, there, again = (f"tag:example.org,2020:{place}/harbour" for place in ("a", "b", "c"))
    store.record(Changes(entries=[entry(1, id=here), entry(2, id=there)]))
    store.record(Changes(entries=[entry(3, id=again)]))
    assert slug_of(store, here) == "harbour"
    assert len({slug_of(store, each) for each in (here, there, again)}) == 3
    assert [slug_of(store, each) for each in (there, again)] == [
        list(islice(candidates(each), 2))[1] for each in (there, again)
    ]


def test_there_is_a_free_slug_even_if_every_hash_of_the_id_is_taken() -> None:
    taken = set(islice(candidates("tag:example.org,2020:a/harbour"), 40))
    assert len(taken) == 40
    assert new_slug("tag:example.org,2020:a/harbour", taken.__contains__) not in taken


def test_the_slug_of_a_removed_article_is_never_given_to_another(store: Store) -> None:
    first, second = "tag:example.org,2020:a/harbour", "tag:example.org,2020:b/harbour"
    store.record(Changes(entries=[entry(1, id=first, removed=1)]))
    store.record(Changes(entries=[entry(2, id=second)]))
    store.record(Changes(entries=[entry(1, id=first)]))
    assert slug_of(store, first) == "harbour"
    assert slug_of(store, second).startswith("harbour-")


def test_a_slug_survives_edits_and_a_stranger_cannot_change_it(
    store: Store, opened: Callable[[], Store]
) -> None:
    store.record(Changes(entries=[entry(1)]))
    slug = slug_of(store, entry(1).record.id)
    before = store.record(Changes(entries=[entry(1, title="Edited"), entry(2)]))
    assert slug_of(opened(), entry(1).record.id) == slug
    assert store.record(Changes(entries=[entry(1, title="Edited")])) == before


def test_an_index_finds_live_articles_by_slug_and_knows_those_that_are_gone(store: Store) -> None:
    long_ago, to_come = 1, int(LATER) + 86_400
    gone = entry(1).record.published + 5
    store.record(Changes(entries=[entry(1), entry(2), entry(500)], progress=Progress(3, 3, ready=True)))
    index = build(store.load(), LATER)
    assert entry(500).record.published > LATER
    found = index.at_slug("2")
    assert found == index.find(entry(2).record.id)
    assert index.at_slug("500") is None
    assert "500" not in index.retired
    never_seen = entry(600, removed=long_ago)
    store.record(Changes(at=to_come, entries=[entry(1, removed=gone), never_seen, entry(7)]))
    for later in (apply(index, store.changes_since(index.revision), LATER), build(store.load(), LATER)):
        assert later.at_slug("1") is None
        assert later.at_slug("7")
        assert dict(later.retired.items()) == {"1": True}
    store.record(Changes(entries=[entry(1)]))
    again = apply(later, store.changes_since(later.revision), LATER)
    assert again.at_slug("1")
    assert "1" not in again.retired


def test_neighbours_in_time_are_the_articles_just_before_and_after(store: Store) -> None:
    store.record(Changes(entries=[entry(2), entry(1), entry(3)], progress=Progress(3, 3, ready=True)))
    index = build(store.load(), LATER)

    def neighbours(slug: str) -> list[str]:
        found = index.at_slug(slug)
        assert found
        return [each.slug if each else "" for each in index.around(found)]

    assert [neighbours(slug) for slug in "123"] == [["", "2"], ["1", "3"], ["2", ""]]
