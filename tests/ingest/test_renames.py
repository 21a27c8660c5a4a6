"""Files that are renamed, change places or are replaced: an id follows its article."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from feeds.store import Record
from feeds.store.sqlite import SQLiteStore
from tests.conftest import eventually
from tests.ingest.desk import Counted, Desk, Running

See = Callable[..., None]


def put(desk: Desk, path: str, title: str, **fields: object) -> None:
    """Write the article called *title*, which has only its date in common with others."""
    (desk.root / path).unlink(missing_ok=True)  # else two quick edits may have one stamp
    named = {"title": title, "webUrl": f"https://example.org/{title}"}
    desk.write(path, f"Text of {title}.", **(named | fields))


def move(desk: Desk, places: Mapping[str, str]) -> None:
    """Rename files all at once, each to what *places* says."""
    for number, path in enumerate(places):
        (desk.root / path).rename(desk.root / f"{number}.aside")
    for number, path in enumerate(places.values()):
        (desk.root / f"{number}.aside").rename(desk.root / path)


def ids(desk: Desk) -> dict[str, str]:
    """What comes after the authority in the id of each article, by title."""
    return {title: each.id.rpartition(":")[2] for title, each in desk.articles().items()}


def restart(desk: Desk) -> None:
    """Let another process go on."""
    path = desk.store.path
    desk.store.close()
    desk.store = SQLiteStore(path)
    assert desk.store.acquire_writer()
    desk.corpus = Counted(desk.root)
    desk.refresher = desk.another()
    desk.refresher.begin()


def numbered(desk: Desk, count: int) -> dict[str, Record]:
    for number in range(1, count + 1):
        put(desk, f"n/{number}.md", f"Article {number}")
    desk.refresh_all()
    return desk.records()


def path(number: int) -> str:
    return f"n/{number}.md"


MOVES = {
    "renamed": {1: 20},
    "swapped": {1: 2, 2: 1},
    "rotated": {1: 2, 2: 3, 3: 1},
    "shifted": {number: number + 1 for number in range(1, 12)},
    "reversed": {number: 12 - number for number in range(1, 12)},
}


@pytest.mark.parametrize("batch", [2, 1000])
@pytest.mark.parametrize("numbers", MOVES.values(), ids=MOVES)
def test_files_that_move_leave_every_article_as_it_was(
    desk: Desk, see: See, batch: int, numbers: dict[int, int]
) -> None:
    before = numbered(desk, 11)
    revision = desk.store.revision()
    desk.limit(batch=batch)
    places = {path(old): path(new) for old, new in numbers.items()}
    move(desk, places)
    see(*places, *places.values())
    assert desk.records() == before
    assert desk.tombstones() == []
    assert desk.store.revision() == revision
    assert desk.refresh_all() == 0


@pytest.mark.parametrize("numbers", MOVES.values(), ids=MOVES)
def test_files_that_move_between_two_runs_leave_every_article_as_it_was(
    desk: Desk, numbers: dict[int, int]
) -> None:
    before = numbered(desk, 11)
    move(desk, {path(old): path(new) for old, new in numbers.items()})
    restart(desk)
    desk.refresh_all()
    assert desk.records() == before
    assert desk.tombstones() == []


def shift(desk: Desk, title: str, **fields: object) -> set[str]:
    """Let every numbered file have the next number, and *title* be the first; the paths that changed."""
    last = len(list((desk.root / "n").iterdir()))
    places = {path(number): path(number + 1) for number in range(1, last + 1)}
    move(desk, places)
    put(desk, path(1), title, **fields)
    return {*places, *places.values()}


@pytest.mark.parametrize("batch", [2, 1000])
@pytest.mark.parametrize("date", ["2026-01-02T03:04:05Z", "2026-05-01T00:00:00Z"])
def test_a_new_article_before_numbered_files_has_an_id_of_its_own_and_changes_no_other(
    desk: Desk, see: See, batch: int, date: str
) -> None:
    before = numbered(desk, 5)
    desk.limit(batch=batch)
    see(*shift(desk, "New", publishedDateTime=date))
    assert ids(desk)["New"] == "n/1~2"
    assert desk.records().items() >= before.items()
    see(*shift(desk, "Newer", publishedDateTime=date))
    assert ids(desk)["Newer"] == "n/1~3"
    assert ids(desk)["New"] == "n/1~2"
    assert desk.records().items() >= before.items()
    assert desk.tombstones() == []


def test_an_id_with_a_number_stays_with_its_article(desk: Desk, see: See) -> None:
    numbered(desk, 3)
    see(*shift(desk, "New"))
    restart(desk)
    desk.refresh_all()
    assert ids(desk)["New"] == "n/1~2"
    put(desk, path(1), "New", excerpt="Edited.")
    see(path(1))
    assert ids(desk)["New"] == "n/1~2"
    assert desk.articles()["New"].summary == "Edited."
    put(desk, path(1), "Renamed", excerpt="Edited.")
    see(path(1))
    assert ids(desk)["Renamed"] == "n/1~2"
    move(desk, {path(1): path(9)})
    see(path(1), path(9))
    assert ids(desk) == {
        "Renamed": "n/1~2",
        "Article 1": "n/1",
        "Article 2": "n/2",
        "Article 3": "n/3",
    }
    assert desk.tombstones() == []


def test_numbered_files_that_close_up_after_the_first_was_removed_keep_their_ids(
    desk: Desk, see: See
) -> None:
    before = numbered(desk, 4)
    (desk.root / path(1)).unlink()
    move(desk, {path(2): path(1), path(3): path(2), path(4): path(3)})
    see(*map(path, range(1, 5)))
    assert ids(desk) == {f"Article {number}": f"n/{number}" for number in (2, 3, 4)}
    assert desk.records().items() <= before.items()
    assert [left.id[-3:] for left in desk.tombstones()] == ["n/1"]


def test_a_file_moved_over_another_takes_its_own_id_along(desk: Desk, see: See) -> None:
    before = numbered(desk, 3)
    move(desk, {path(1): path(2)})
    see(path(1), path(2))
    assert ids(desk) == {"Article 1": "n/1", "Article 3": "n/3"}
    assert desk.records().items() <= before.items()
    assert [left.id[-3:] for left in desk.tombstones()] == ["n/2"]


def test_a_copy_of_a_template_has_an_id_of_its_own(desk: Desk, see: See) -> None:
    before = numbered(desk, 2)
    put(desk, "n/0.md", "Article 1")
    see("n/0.md")
    after = desk.records()
    assert [id_.rpartition(":")[2] for id_ in sorted(after)] == ["n/0", "n/1", "n/2"]
    for id_, each in before.items():  # a story is no change of it
        assert msgspec.structs.replace(after[id_], cluster="") == each


@pytest.mark.parametrize(
    "edit", [{"title": "Edited"}, {"publishedDateTime": "2026-03-03"}, {"webUrl": "https://x.example/"}]
)
def test_an_article_that_is_edited_while_a_copy_is_made_keeps_its_id(
    desk: Desk, see: See, edit: dict[str, object]
) -> None:
    [id_] = numbered(desk, 1)
    put(desk, path(2), "Article 1")
    put(desk, path(1), **({"title": "Article 1", "excerpt": "Edited."} | edit))
    see(path(1), path(2))
    edited = desk.store.file(path(1))
    assert edited
    assert edited.id == id_
    assert desk.tombstones() == []


def test_an_article_keeps_its_id_where_its_former_file_is_withheld(desk: Desk, see: See) -> None:
    before = numbered(desk, 2)
    put(desk, path(9), "Article 1")
    put(desk, path(1), "Article 1", published=False)
    see(path(1), path(9))
    assert desk.records() == before
    assert desk.tombstones() == []
    put(desk, path(1), "Another")
    see(path(1))
    assert ids(desk)["Another"] == "n/1~2"


def test_of_two_files_that_change_places_the_event_of_one_is_enough(desk: Desk) -> None:
    before = numbered(desk, 3)
    move(desk, {path(1): path(2), path(2): path(1)})
    assert desk.refresh_paths(path(1))
    assert desk.records() == before
    assert desk.tombstones() == []
    assert desk.refresh_all() == 0


def test_of_files_that_shift_the_event_of_the_last_is_enough(desk: Desk) -> None:
    before = numbered(desk, 3)
    places = {path(number): path(number + 1) for number in (1, 2, 3)}
    move(desk, places)
    put(desk, path(1), "New")
    assert desk.refresh_paths(path(4))
    assert desk.records().items() >= before.items()
    assert ids(desk)["New"] == "n/1~2"
    assert desk.tombstones() == []


@pytest.mark.parametrize("mode", ["notify", "poll"])
def test_a_writer_at_work_follows_files_that_shift_and_change_places(
    corpus: Path, tmp_path: Path, mode: str
) -> None:
    desk = Desk(corpus, tmp_path / "store.db")
    before = numbered(desk, 5)
    other = SQLiteStore(desk.store.path)

    def live() -> dict[str, Record]:
        return {each.id: each for each in other.load().records}

    with Running(desk, mode=mode, interval=0.05):
        shift(desk, "New")
        eventually(lambda: len(live()) == 6)
        move(desk, {path(3): path(5), path(5): path(3)})
        put(desk, "n/last.md", "Last")
        eventually(lambda: len(live()) == 7)
        assert live().items() >= before.items()
        assert {id_.rpartition(":")[2] for id_ in {*live()} - {*before}} == {"n/1~2", "n/last"}
        assert other.load().tombstones == []
    other.close()
    desk.store.close()


# Names that were used before.

OTHER = {"publishedDateTime": "2026-05-05T00:00:00Z"}


def test_another_article_at_the_name_of_one_that_was_deleted_has_an_id_of_its_own(
    desk: Desk, see: See
) -> None:
    numbered(desk, 1)
    (desk.root / path(1)).unlink()
    see(path(1))
    put(desk, path(1), "Another", **OTHER)
    see(path(1))
    assert ids(desk) == {"Another": "n/1~2"}
    (desk.root / path(1)).unlink()
    see(path(1))
    put(desk, path(1), "A third", publishedDateTime="2026-05-06T00:00:00Z")
    see(path(1))
    assert ids(desk) == {"A third": "n/1~3"}


SAME = {
    "title": {"title": "Article 1", "webUrl": "https://x.example/", **OTHER},
    "date": {"title": "Other", "webUrl": "https://x.example/"},
    "address": {"title": "Other", "webUrl": "https://example.org/Article 1", **OTHER},
}


@pytest.mark.parametrize("fields", SAME.values(), ids=SAME)
def test_an_article_that_was_deleted_comes_back_with_its_id_though_it_was_edited(
    desk: Desk, see: See, fields: dict[str, str]
) -> None:
    numbered(desk, 1)
    (desk.root / path(1)).unlink()
    see(path(1))
    put(desk, path(1), **fields)
    see(path(1))
    assert [*ids(desk).values()] == ["n/1"]


def test_a_new_article_has_no_id_of_one_that_moved_away_and_was_deleted_meanwhile(
    desk: Desk, see: See
) -> None:
    numbered(desk, 1)
    move(desk, {path(1): path(2)})
    see(path(1), path(2))
    (desk.root / path(2)).unlink()
    put(desk, path(1), "Another", **OTHER)
    see(path(1), path(2))
    assert ids(desk) == {"Another": "n/1~2"}
    assert [left.id[-3:] for left in desk.tombstones()] == ["n/1"]


def test_a_folder_that_loses_its_underscore_keeps_the_id_of_an_article_that_is_edited_as_well(
    desk: Desk, see: See
) -> None:
    """For the id that the new path makes is the same."""
    put(desk, "_news/a.md", "Article 1")
    desk.refresh_all()
    (desk.root / "_news/a.md").unlink()
    put(desk, "news/a.md", "Article 1", excerpt="Edited.")
    see("_news/a.md", "news/a.md")
    assert ids(desk) == {"Article 1": "news/a"}
    assert desk.articles()["Article 1"].summary == "Edited."
    assert all(left.id == "" for left in desk.tombstones())
