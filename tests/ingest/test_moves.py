"""Detection of moved articles, from the known files and the present ones."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.ingest.identity import Content, Held, moved_articles, unused
from tests.table import for_each


def content(name: str, **fields: Any) -> Content:
    """The content called *name*, which shares only its date with the others."""
    made = Content(
        name.encode(), f"Title {name}", 1.0, f"https://example.org/{name}", f"text {name}".encode()
    )
    return msgspec.structs.replace(made, **fields)


def edited(name: str, *changed: str) -> Content:
    """The content called *name* with other values of the fields *changed*."""
    others = {"title": "Another", "published": 2.0, "url": "https://example.org/another"}
    digest = f"{name} with another {' and '.join(changed)}".encode()
    text = content(name).text if changed == ("url",) else digest
    return content(name, digest=digest, text=text, **{each: others[each] for each in changed})


Files = Mapping[str, Content]


def found(before: Files, now: Files, withheld: Sequence[str] = ()) -> dict[str, str]:
    """Call ``moved_articles`` with *before*, all known files, and *now*, all present ones.

    The id of an article is ``id of`` and its path in *before*.
    """
    same = {path for path in before if now.get(path) == before[path]}
    return moved_articles(
        {path: Held(f"id of {path}", each) for path, each in before.items() if path not in same},
        {path: each for path, each in now.items() if path not in same},
        {path for path in before if path not in now} | set(withheld),
        {before[path].digest for path in same},
    )


A, B, C, NEW = (content(name) for name in ("a", "b", "c", "new"))


def test_an_article_keeps_its_id_when_its_file_is_renamed() -> None:
    assert found({"a.md": A}, {"z.md": A}) == {"z.md": "id of a.md"}


def test_two_files_that_change_places_keep_the_ids_of_their_articles() -> None:
    assert found({"a.md": A, "b.md": B}, {"a.md": B, "b.md": A}) == {
        "a.md": "id of b.md",
        "b.md": "id of a.md",
    }


def test_three_files_that_take_turns_keep_the_ids_of_their_articles() -> None:
    before = {"a.md": A, "b.md": B, "c.md": C}
    assert found(before, {"a.md": C, "b.md": A, "c.md": B}) == {
        "a.md": "id of c.md",
        "b.md": "id of a.md",
        "c.md": "id of b.md",
    }


@pytest.mark.parametrize("date", [A.published, 9.0], ids=["same date", "another date"])
def test_numbered_files_shift_by_one_and_keep_their_ids_behind_a_new_one(date: float) -> None:
    new = content("new", published=date)
    now = {"1.md": new, "2.md": A, "3.md": B, "4.md": C}
    assert found({"1.md": A, "2.md": B, "3.md": C}, now) == {
        "2.md": "id of 1.md",
        "3.md": "id of 2.md",
        "4.md": "id of 3.md",
    }


def test_ten_numbered_files_shift_by_one_though_their_paths_are_in_another_order() -> None:
    """The path 10.md sorts before 2.md, so that the last move is examined first."""
    before = {f"{number}.md": content(str(number)) for number in range(1, 11)}
    now = {f"{number + 1}.md": content(str(number)) for number in range(1, 11)}
    assert found(before, now | {"1.md": NEW}) == {
        f"{number + 1}.md": f"id of {number}.md" for number in range(1, 11)
    }


def test_numbered_files_close_up_where_the_first_was_removed() -> None:
    now = {"1.md": B, "2.md": C}
    assert found({"1.md": A, "2.md": B, "3.md": C}, now) == {"1.md": "id of 2.md", "2.md": "id of 3.md"}


def test_a_copy_takes_no_id_from_the_file_it_was_made_of() -> None:
    assert found({"template.md": A}, {"template.md": A, "copy.md": A}) == {}


EDITS = [
    ("title",),
    ("published",),
    ("url",),
    ("title", "published"),
    ("title", "url"),
    ("published", "url"),
]


@for_each("changed", EDITS)
def test_an_original_that_is_edited_keeps_its_id_though_a_copy_has_the_old_text(
    changed: tuple[str, ...],
) -> None:
    assert found({"a.md": A}, {"a.md": edited("a", *changed), "copy.md": A}) == {}


def test_an_original_whose_body_is_edited_keeps_its_id_though_a_copy_has_the_old_text() -> None:
    assert found({"a.md": A}, {"a.md": content("a", digest=b"body"), "copy.md": A}) == {}


def test_an_original_that_is_another_article_now_lets_its_id_go_where_the_text_went() -> None:
    replaced = edited("a", "title", "published", "url")
    assert found({"a.md": A}, {"a.md": replaced, "z.md": A}) == {"z.md": "id of a.md"}


def test_a_new_article_is_an_edit_where_the_old_text_is_nowhere() -> None:
    assert found({"a.md": A}, {"a.md": edited("a", "title", "published", "url")}) == {}


def test_an_article_moves_from_a_path_that_holds_a_copy_of_another() -> None:
    assert found({"a.md": A, "b.md": B}, {"a.md": B, "b.md": B, "z.md": A}) == {"z.md": "id of a.md"}


def test_an_article_moved_over_another_keeps_its_id() -> None:
    assert found({"a.md": A, "b.md": B}, {"b.md": A}) == {"b.md": "id of a.md"}


def test_an_article_keeps_its_id_elsewhere_where_its_old_file_is_withheld() -> None:
    assert found({"a.md": A}, {"z.md": A}, withheld=["a.md"]) == {"z.md": "id of a.md"}


def test_an_article_whose_old_path_cannot_be_seen_has_not_moved() -> None:
    """A folder cannot be listed: the file elsewhere may be a copy."""
    assert moved_articles({"a.md": Held("id", A)}, {"z.md": A}, vacant=()) == {}


def test_twins_keep_both_ids_in_the_order_of_their_paths() -> None:
    twins = {"old/a.md": A, "old/b.md": A}
    assert found(twins, {"new/x.md": A, "new/y.md": A}) == {
        "new/x.md": "id of old/a.md",
        "new/y.md": "id of old/b.md",
    }


def test_the_first_path_of_several_copies_has_the_id() -> None:
    assert found({"a.md": A}, {"z.md": A, "x.md": A, "y.md": A}) == {"x.md": "id of a.md"}


def test_the_first_path_of_several_articles_with_one_text_moves_to_the_first_file() -> None:
    assert found({"c.md": A, "b.md": A}, {"z.md": A}) == {"z.md": "id of b.md"}


def test_a_twin_that_stays_keeps_its_id_where_the_other_moves() -> None:
    assert found({"a.md": A, "b.md": A}, {"a.md": A, "z.md": A}) == {"z.md": "id of b.md"}


# Properties of any files before and any files now.

PATHS = st.sampled_from(["1.md", "10.md", "2.md", "3.md", "a.md", "b.md"])
CONTENTS = st.sampled_from(
    [
        *(content(name) for name in "abcd"),
        *(content(name, published=5.0) for name in ("later", "latest")),
        *(edited(name, *changed) for name in "ab" for changed in EDITS),
        edited("a", "title", "published", "url"),
    ]
)
FILES = st.dictionaries(PATHS, CONTENTS)


def holders(before: Files, now: Files) -> dict[str, str]:
    """The former id of each path of *now* after the moves, if it has one."""
    moved = found(before, now)
    stay = {
        path: f"id of {path}"
        for path in now
        if path in before and path not in moved and f"id of {path}" not in moved.values()
    }
    return moved | stay


@given(FILES, FILES)
def test_no_id_is_given_twice_and_only_for_its_own_text(before: Files, now: Files) -> None:
    moved = found(before, now)
    held = holders(before, now)
    assert len(set(held.values())) == len(held)
    for path, id_ in moved.items():
        assert before[id_.removeprefix("id of ")].digest == now[path].digest
        assert id_ != f"id of {path}"


@given(FILES, FILES)
def test_a_file_that_did_not_change_keeps_its_id(before: Files, now: Files) -> None:
    held = holders(before, now)
    for path in before.keys() & now.keys():
        if before[path] == now[path]:
            assert held[path] == f"id of {path}"


@given(FILES, FILES)
def test_an_article_whose_text_is_found_once_and_whose_file_is_gone_is_never_lost(
    before: Files, now: Files
) -> None:
    held = holders(before, now)
    for path, each in before.items():
        alike = [other for other in (*before.values(), *now.values()) if other == each]
        if path not in now and len(alike) == 2 and each in now.values():
            assert f"id of {path}" in held.values()


@given(FILES, FILES)
def test_an_edit_that_leaves_the_title_or_the_address_keeps_its_id(before: Files, now: Files) -> None:
    held = holders(before, now)
    known = {each.digest for each in before.values()}
    for path in before.keys() & now.keys():
        here, former = now[path], before[path]
        if here.digest not in known and not here.has_another_name(former):
            assert held[path] == f"id of {path}"


@given(FILES, FILES, st.randoms(use_true_random=False))
def test_the_order_in_which_files_are_found_decides_nothing(
    before: Files, now: Files, random: Random
) -> None:
    def shuffled(files: Files) -> Files:
        paths = [*files]
        random.shuffle(paths)
        return {path: files[path] for path in paths}

    assert found(shuffled(before), shuffled(now)) == found(before, now)


@given(st.lists(PATHS, unique=True), st.data())
def test_articles_that_only_change_places_keep_every_id(paths: list[str], data: st.DataObject) -> None:
    before = {path: content(path) for path in paths}
    places = data.draw(st.permutations(paths))
    now = {place: before[path] for path, place in zip(paths, places, strict=True)}
    held = holders(before, now)
    assert held == {place: f"id of {path}" for path, place in zip(paths, places, strict=True)}


# Ids in front matter.


class Counted(str):
    """An id that counts the comparisons with others."""

    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)


def test_ids_in_front_matter_are_not_compared_with_all_others() -> None:
    ids = {f"new/{number}.md": Counted(f"id {number}") for number in range(200)}
    before = {path.replace("new", "old"): Held(str(id_), content(path)) for path, id_ in ids.items()}
    Counted.compared = 0
    now = {path: content(path) for path in ids}
    assert moved_articles(before, now, {*before}, own=ids) == ids
    assert Counted.compared < 10 * len(ids)


def test_of_files_with_one_id_in_front_matter_the_first_gets_it() -> None:
    before = {"a.md": Held("x", A), "b.md": Held("y", B)}
    own = {"2.md": "x", "1.md": "x", "3.md": "y"}
    now = dict.fromkeys(own, NEW)
    assert moved_articles(before, now, {*before}, own=own) == {"1.md": "x", "3.md": "y"}


# Ids that are taken.


@for_each(
    ("taken", "expected"),
    [
        (set(), "n/1"),
        ({"n/1"}, "n/1~2"),
        ({"n/1", "n/1~2"}, "n/1~3"),
        ({"n/1", "n/1~3"}, "n/1~2"),
        ({"n/1~2"}, "n/1"),
    ],
)
def test_an_id_that_is_taken_is_given_with_the_first_number_that_is_free(
    taken: set[str], expected: str
) -> None:
    assert unused("n/1", lambda id_: id_ not in taken) == expected
