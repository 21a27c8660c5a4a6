"""Files that are renamed, change places or are replaced: an id follows its article."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from feeds.store import Record
from feeds.store.sqlite import SQLiteStore
from tests.builders import write_file
from tests.ingest.ingest_harness import IngestHarness, RefreshFiles, RunningWriter, post
from tests.waiting import eventually


def put(ingest: IngestHarness, path: str, title: str, **fields: object) -> None:
    """Write the article called *title*, which shares only its date with others."""
    (ingest.root / path).unlink(missing_ok=True)  # else two quick edits may have one stamp
    named = {"title": title, "webUrl": f"https://example.org/{title}"}
    ingest.write(path, f"Text of {title}.", **(named | fields))


def move(ingest: IngestHarness, places: Mapping[str, str]) -> None:
    """Rename all files in *places* at once; its values are their new paths."""
    for number, path in enumerate(places):
        (ingest.root / path).rename(ingest.root / f"{number}.aside")
    for number, path in enumerate(places.values()):
        (ingest.root / f"{number}.aside").rename(ingest.root / path)


def ids(ingest: IngestHarness) -> dict[str, str]:
    """The part of each article's id after the authority, by title."""
    return {title: each.id.rpartition(":")[2] for title, each in ingest.articles().items()}


def restart(ingest: IngestHarness) -> None:
    ingest.restart()
    ingest.refresher.begin()


def numbered(ingest: IngestHarness, count: int) -> dict[str, Record]:
    for number in range(1, count + 1):
        put(ingest, f"n/{number}.md", f"Article {number}")
    ingest.refresh_all()
    return ingest.records()


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
    ingest: IngestHarness, refresh: RefreshFiles, batch: int, numbers: dict[int, int]
) -> None:
    before = numbered(ingest, 11)
    revision = ingest.store.revision()
    ingest.limit(batch=batch)
    places = {path(old): path(new) for old, new in numbers.items()}
    move(ingest, places)
    refresh(*places, *places.values())
    assert ingest.records() == before
    assert ingest.tombstones() == []
    assert ingest.store.revision() == revision
    assert ingest.refresh_all() == 0


@pytest.mark.parametrize("numbers", MOVES.values(), ids=MOVES)
def test_files_that_move_between_two_runs_leave_every_article_as_it_was(
    ingest: IngestHarness, numbers: dict[int, int]
) -> None:
    before = numbered(ingest, 11)
    move(ingest, {path(old): path(new) for old, new in numbers.items()})
    restart(ingest)
    ingest.refresh_all()
    assert ingest.records() == before
    assert ingest.tombstones() == []


def shift(ingest: IngestHarness, title: str, **fields: object) -> set[str]:
    """Rename each numbered file to the next number, and write *title* first; return the changed paths."""
    last = len(list((ingest.root / "n").iterdir()))
    places = {path(number): path(number + 1) for number in range(1, last + 1)}
    move(ingest, places)
    put(ingest, path(1), title, **fields)
    return {*places, *places.values()}


@pytest.mark.parametrize("batch", [2, 1000])
@pytest.mark.parametrize("date", ["2026-01-02T03:04:05Z", "2026-05-01T00:00:00Z"])
def test_a_new_article_before_numbered_files_has_an_id_of_its_own_and_changes_no_other(
    ingest: IngestHarness, refresh: RefreshFiles, batch: int, date: str
) -> None:
    before = numbered(ingest, 5)
    ingest.limit(batch=batch)
    refresh(*shift(ingest, "New", publishedDateTime=date))
    assert ids(ingest)["New"] == "n/1~2"
    assert ingest.records().items() >= before.items()
    refresh(*shift(ingest, "Newer", publishedDateTime=date))
    assert ids(ingest)["Newer"] == "n/1~3"
    assert ids(ingest)["New"] == "n/1~2"
    assert ingest.records().items() >= before.items()
    assert ingest.tombstones() == []


def test_an_id_with_a_number_stays_with_its_article(ingest: IngestHarness, refresh: RefreshFiles) -> None:
    numbered(ingest, 3)
    refresh(*shift(ingest, "New"))
    restart(ingest)
    ingest.refresh_all()
    assert ids(ingest)["New"] == "n/1~2"
    put(ingest, path(1), "New", excerpt="Edited.")
    refresh(path(1))
    assert ids(ingest)["New"] == "n/1~2"
    assert ingest.articles()["New"].summary == "Edited."
    put(ingest, path(1), "Renamed", excerpt="Edited.")
    refresh(path(1))
    assert ids(ingest)["Renamed"] == "n/1~2"
    move(ingest, {path(1): path(9)})
    refresh(path(1), path(9))
    assert ids(ingest) == {
        "Renamed": "n/1~2",
        "Article 1": "n/1",
        "Article 2": "n/2",
        "Article 3": "n/3",
    }
    assert ingest.tombstones() == []


def test_numbered_files_that_close_up_after_the_first_was_removed_keep_their_ids(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    before = numbered(ingest, 4)
    (ingest.root / path(1)).unlink()
    move(ingest, {path(2): path(1), path(3): path(2), path(4): path(3)})
    refresh(*map(path, range(1, 5)))
    assert ids(ingest) == {f"Article {number}": f"n/{number}" for number in (2, 3, 4)}
    assert ingest.records().items() <= before.items()
    assert [left.id[-3:] for left in ingest.tombstones()] == ["n/1"]


def test_a_file_moved_over_another_takes_its_own_id_along(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    before = numbered(ingest, 3)
    move(ingest, {path(1): path(2)})
    refresh(path(1), path(2))
    assert ids(ingest) == {"Article 1": "n/1", "Article 3": "n/3"}
    assert ingest.records().items() <= before.items()
    assert [left.id[-3:] for left in ingest.tombstones()] == ["n/2"]


def test_files_that_differ_in_their_extension_have_ids_of_their_own(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    put(ingest, "n/a.md", "Old")
    ingest.refresh_all()
    put(ingest, "n/a.markdown", "New")
    refresh("n/a.markdown")
    assert ids(ingest) == {"Old": "n/a", "New": "n/a.markdown"}
    move(ingest, {"n/a.md": "n/a.mkd", "n/a.markdown": "n/a.md"})
    refresh("n/a.md", "n/a.mkd", "n/a.markdown")
    assert ids(ingest) == {"Old": "n/a", "New": "n/a.markdown"}


def test_an_article_keeps_its_id_between_the_root_and_a_folder(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    put(ingest, "hello.md", "Hello")
    ingest.refresh_all()
    (ingest.root / "n").mkdir()
    move(ingest, {"hello.md": "n/hello.md"})
    (ingest.root / "hello.md").write_text("# Moved to n\n")
    refresh("hello.md", "n/hello.md")
    assert ids(ingest) == {"Hello": "hello"}


def test_a_copy_of_a_template_has_an_id_of_its_own(ingest: IngestHarness, refresh: RefreshFiles) -> None:
    before = numbered(ingest, 2)
    put(ingest, "n/0.md", "Article 1")
    refresh("n/0.md")
    after = ingest.records()
    assert [id_.rpartition(":")[2] for id_ in sorted(after)] == ["n/0", "n/1", "n/2"]
    for id_, each in before.items():  # a new cluster is no change of the article
        assert msgspec.structs.replace(after[id_], cluster="") == each


@pytest.mark.parametrize(
    "edit", [{"title": "Edited"}, {"publishedDateTime": "2026-03-03"}, {"webUrl": "https://x.example/"}]
)
def test_an_article_that_is_edited_while_a_copy_is_made_keeps_its_id(
    ingest: IngestHarness, refresh: RefreshFiles, edit: dict[str, object]
) -> None:
    [id_] = numbered(ingest, 1)
    put(ingest, path(2), "Article 1")
    put(ingest, path(1), **({"title": "Article 1", "excerpt": "Edited."} | edit))
    refresh(path(1), path(2))
    edited = ingest.store.file(path(1))
    assert edited
    assert edited.id == id_
    assert ingest.tombstones() == []


def test_an_article_keeps_its_id_where_its_former_file_is_withheld(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    before = numbered(ingest, 2)
    put(ingest, path(9), "Article 1")
    put(ingest, path(1), "Article 1", published=False)
    refresh(path(1), path(9))
    assert ingest.records() == before
    assert ingest.tombstones() == []
    put(ingest, path(1), "Another")
    refresh(path(1))
    assert ids(ingest)["Another"] == "n/1~2"


def test_the_event_of_one_of_two_exchanged_files_is_enough(ingest: IngestHarness) -> None:
    before = numbered(ingest, 3)
    move(ingest, {path(1): path(2), path(2): path(1)})
    assert ingest.refresh_paths(path(1))
    assert ingest.records() == before
    assert ingest.tombstones() == []
    assert ingest.refresh_all() == 0


def test_the_event_of_the_last_of_several_shifted_files_is_enough(ingest: IngestHarness) -> None:
    before = numbered(ingest, 3)
    places = {path(number): path(number + 1) for number in (1, 2, 3)}
    move(ingest, places)
    put(ingest, path(1), "New")
    assert ingest.refresh_paths(path(4))
    assert ingest.records().items() >= before.items()
    assert ids(ingest)["New"] == "n/1~2"
    assert ingest.tombstones() == []


@pytest.mark.parametrize("mode", ["notify", "poll"])
def test_a_writer_at_work_follows_files_that_shift_and_change_places(
    new_ingest: IngestHarness, mode: str
) -> None:
    before = numbered(new_ingest, 5)
    other = SQLiteStore(new_ingest.store.path)

    def live() -> dict[str, Record]:
        return {each.id: each for each in other.load().records}

    with RunningWriter(new_ingest, mode=mode, interval=0.05):
        shift(new_ingest, "New")
        eventually(lambda: len(live()) == 6)
        move(new_ingest, {path(3): path(5), path(5): path(3)})
        put(new_ingest, "n/last.md", "Last")
        eventually(lambda: len(live()) == 7)
        assert live().items() >= before.items()
        assert {id_.rpartition(":")[2] for id_ in {*live()} - {*before}} == {"n/1~2", "n/last"}
        assert other.load().tombstones == []
    other.close()


# Names that were used before.

OTHER = {"publishedDateTime": "2026-05-05T00:00:00Z"}


def test_another_article_at_the_name_of_one_that_was_deleted_has_an_id_of_its_own(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    numbered(ingest, 1)
    (ingest.root / path(1)).unlink()
    refresh(path(1))
    put(ingest, path(1), "Another", **OTHER)
    refresh(path(1))
    assert ids(ingest) == {"Another": "n/1~2"}
    (ingest.root / path(1)).unlink()
    refresh(path(1))
    put(ingest, path(1), "A third", publishedDateTime="2026-05-06T00:00:00Z")
    refresh(path(1))
    assert ids(ingest) == {"A third": "n/1~3"}


SAME = {
    "title": {"title": "Article 1", "webUrl": "https://x.example/", **OTHER},
    "date": {"title": "Other", "webUrl": "https://x.example/"},
    "address": {"title": "Other", "webUrl": "https://example.org/Article 1", **OTHER},
}


@pytest.mark.parametrize("fields", SAME.values(), ids=SAME)
def test_an_article_that_was_deleted_comes_back_with_its_id_though_it_was_edited(
    ingest: IngestHarness, refresh: RefreshFiles, fields: dict[str, str]
) -> None:
    numbered(ingest, 1)
    (ingest.root / path(1)).unlink()
    refresh(path(1))
    put(ingest, path(1), **fields)
    refresh(path(1))
    assert [*ids(ingest).values()] == ["n/1"]


def test_a_new_article_has_no_id_of_one_that_moved_away_and_was_deleted_meanwhile(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    numbered(ingest, 1)
    move(ingest, {path(1): path(2)})
    refresh(path(1), path(2))
    (ingest.root / path(2)).unlink()
    put(ingest, path(1), "Another", **OTHER)
    refresh(path(1), path(2))
    assert ids(ingest) == {"Another": "n/1~2"}
    assert [left.id[-3:] for left in ingest.tombstones()] == ["n/1"]


def test_a_folder_that_loses_its_underscore_keeps_the_id_of_an_article_that_is_edited_as_well(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    """The new path results in the same id."""
    put(ingest, "_news/a.md", "Article 1")
    ingest.refresh_all()
    (ingest.root / "_news/a.md").unlink()
    put(ingest, "news/a.md", "Article 1", excerpt="Edited.")
    refresh("_news/a.md", "news/a.md")
    assert ids(ingest) == {"Article 1": "news/a"}
    assert ingest.articles()["Article 1"].summary == "Edited."
    assert all(left.id == "" for left in ingest.tombstones())


POSTS = {
    "CNAME": "{}.md",
    "hugo.toml": "content/posts/{}.md",
    "astro.config.mjs": "src/content/blog/{}/index.md",
    "_config.yml": "_posts/2026-01-02-{}.md",
}


@pytest.mark.parametrize("site", POSTS)
def test_a_renamed_file_of_a_site_generator_keeps_its_id_with_another_address(
    tmp_path: Path, stores: Callable[..., IngestHarness], site: str
) -> None:
    root, form = tmp_path / "site", POSTS[site]
    write_file(root, site, "url: https://tide.example")
    for title in "ABC":
        write_file(root, form.format(title.lower()), post(title))
    ingest = stores(root, dialect="auto", url="https://tide.example")
    ingest.refresh_all()
    before = ids(ingest)
    (root / form.format("z")).parent.mkdir(exist_ok=True)
    (root / form.format("b")).rename(root / form.format("z"))
    ingest.refresh_all()
    assert ids(ingest) == before
    assert not any(each.id for each in ingest.tombstones())
    if site != "CNAME":
        assert "z" in ingest.articles()["B"].url
    write_file(root, form.format("b"), post("D"))
    ingest.refresh_all()
    assert ids(ingest).keys() == {*"ABCD"}
    assert len({*ids(ingest).values()}) == 4


def test_a_new_article_with_the_title_of_a_removed_one_is_another(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    """Such as a column that has the same title and summary every day."""
    put(ingest, "n/1.md", "Briefing", publishedDateTime="2026-01-01T00:00:00Z")
    ingest.refresh_all()
    (ingest.root / "n/1.md").unlink()
    named = {"webUrl": "https://example.org/2", "publishedDateTime": "2026-01-02T00:00:00Z"}
    put(ingest, "n/2.md", "Briefing", **named)
    refresh("n/1.md", "n/2.md")
    assert ids(ingest) == {"Briefing": "n/2"}


def test_only_one_of_two_new_files_takes_the_id_of_a_renamed_one(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    put(ingest, "n/1.md", "One")
    ingest.refresh_all()
    (ingest.root / "n/1.md").unlink()
    for number in (3, 2):
        put(ingest, f"n/{number}.md", "One", webUrl=f"https://example.org/{number}")
    refresh("n/1.md", "n/2.md", "n/3.md")
    found = {each.id.rpartition(":")[2] for each in ingest.records().values()}
    assert found == {"n/1", "n/3"}


def test_a_renamed_folder_keeps_the_ids_of_articles_that_link_to_each_other(
    tmp_path: Path, stores: Callable[..., IngestHarness]
) -> None:
    root = tmp_path / "site"
    write_file(root, "hugo.toml", "")
    for title, other in ("AB", "BC", "CA"):
        write_file(root, f"content/posts/{title}.md", post(title, f"See [{other}]({other}.md)."))
    ingest = stores(root, dialect="auto", url="https://tide.example")
    ingest.refresh_all()
    before = ids(ingest)
    (root / "content/posts").rename(root / "content/notes")
    ingest.refresh_all()
    assert ids(ingest) == before
    assert "/notes/" in ingest.articles()["A"].html
