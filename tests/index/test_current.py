"""The current index is always complete, and is replaced as a whole."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from feeds.article import Article, tombstone_facets
from feeds.errors import NotReady, StoreError, text_of
from feeds.index import Index
from feeds.index.articles import article as decoded
from feeds.index.builder import build
from feeds.index.current import MAX_UNCOMPARED, CurrentIndex
from feeds.store import Changes, Progress, Snapshot, StoredEntry, Tombstone, recording
from feeds.store.sqlite import SQLiteStore
from tests.builders import LATER, article, index, lost_store, record
from tests.waiting import eventually

READY = Progress(1, 1, ready=True)


class FailingStore(SQLiteStore):
    """A store that raises *error*, if there is one, whenever the current index follows it."""

    error: Exception | None = None
    known: object = None
    """The version, None if it is unknown."""

    def version(self) -> object:
        return self.known

    def replaced(self) -> bool:
        if self.error:
            raise self.error
        return super().replaced()


class Room:
    """A store with a writer, and a current index that follows it through a reader."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = LATER
        self.writer = SQLiteStore(path)
        assert self.writer.acquire_writer()
        self.reader = FailingStore(path)
        self.current_index = CurrentIndex(lambda: self.reader, lambda: self.now)

    def put(self, *articles: Article, progress: Progress | None = READY, removed: int = 0) -> None:
        entries = [StoredEntry(record(each), each.id, b"", 1, removed) for each in articles]
        self.writer.record(Changes(entries=entries, progress=progress))

    def titles(self) -> list[str]:
        index = self.current_index.index()
        return [decoded(each).title for each in index.newest(index.everything, 200)]

    def begin_anew(self) -> None:
        """Replace the file of the store, as after damage."""
        self.writer.close()
        lost_store(self.path)
        self.writer = SQLiteStore(self.path)
        assert self.writer.acquire_writer()

    def set_aside(self) -> None:
        """Move the file of the store aside and start a new one, as after damage found early."""
        self.writer.close()
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.rename(file.with_name(f"aside-{file.name}"))
        self.writer = SQLiteStore(self.path)
        assert self.writer.acquire_writer()

    def close(self) -> None:
        self.writer.close()
        self.reader.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "store.db")
    yield made
    made.close()


def test_the_status_shows_the_progress_of_the_first_load(room: Room) -> None:
    with pytest.raises(NotReady, match=r"0 of \? files"):
        room.current_index.index()
    room.put(article(1), progress=Progress(3, 10))
    assert not room.current_index.follow()
    with pytest.raises(NotReady, match="3 of 10 files") as caught:
        room.current_index.index()
    assert (caught.value.done, caught.value.total) == (3, 10)
    room.put(progress=Progress(10, 10, ready=True))
    assert room.current_index.follow()
    assert room.titles() == ["Title 1"]


def test_it_follows_what_is_recorded(room: Room) -> None:
    room.put(article(1), article(2))
    assert room.current_index.follow()
    assert not room.current_index.follow()
    room.put(article(3), article(1, title="Edited"))
    assert room.titles() == ["Title 2", "Title 1"]
    assert room.current_index.follow()
    assert room.titles() == ["Title 3", "Title 2", "Edited"]
    room.put(article(2), removed=1)
    assert room.current_index.follow()
    assert room.titles() == ["Title 3", "Edited"]
    assert room.current_index.index().revision == room.writer.revision()


def test_a_store_is_read_again_once_its_version_is_another(room: Room) -> None:
    room.put(article(1))
    room.reader.known = 1
    assert room.current_index.follow()
    room.put(article(2))
    assert not room.current_index.follow()
    assert room.titles() == ["Title 1"]
    room.reader.known = 2
    assert room.current_index.follow()
    assert room.titles() == ["Title 2", "Title 1"]


def test_a_version_that_could_not_be_read_is_read_again(room: Room) -> None:
    room.put(article(1))
    room.reader.known, room.reader.error = 1, StoreError(room.path, "cannot be read", "wait")
    assert not room.current_index.follow()
    room.reader.error = None
    assert room.current_index.follow()
    assert room.titles() == ["Title 1"]


def test_tombstones_that_the_store_merges_are_merged_in_an_index_that_follows(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers would disagree otherwise, once one of them is started again."""
    monkeypatch.setattr(recording, "MAX_TOMBSTONES", 6)
    room.put(*map(article, range(20)))
    assert room.current_index.follow()
    for number in range(20):
        gone = article(number)
        left = Tombstone(1000 + number, tombstone_facets(gone), gone.id)
        entry = StoredEntry(record(gone), gone.id, b"", 1, removed=1000 + number)
        room.writer.record(Changes(entries=[entry], tombstones=[left]))
        if number % 3:
            assert room.current_index.follow()
            followed, anew = room.current_index.index(), build(room.writer.load(), LATER)
            assert followed.renewed == anew.renewed
            assert followed.deleted([]) == anew.deleted([])
            assert len(followed.deleted([])) <= 6
    assert followed.renewed > 1000


def test_an_index_without_articles_has_a_revision(room: Room) -> None:
    room.put(article(1))
    room.put(article(1), removed=2)
    room.current_index.follow()
    assert len(room.current_index.index()) == 0
    assert room.current_index.revision == room.writer.revision() == 2


def test_a_change_without_effect_keeps_the_index(room: Room) -> None:
    room.put(article(1))
    room.current_index.follow()
    before = room.current_index.index()
    room.writer.record(Changes(at=9, fingerprint=b"new"))
    assert not room.current_index.follow()
    assert room.current_index.index() is before


def test_a_scheduled_article_appears_at_its_instant(room: Room) -> None:
    room.now = article(2).published.timestamp() - 0.001
    room.put(article(1), article(2), article(3))
    room.current_index.follow()
    before = room.current_index.index()
    assert room.titles() == ["Title 1"]
    room.now += 0.001
    assert room.titles() == ["Title 2", "Title 1"]
    assert room.current_index.index() is room.current_index.index()
    assert len(before) == 1
    room.put(article(2, title="Edited"))
    room.current_index.follow()
    assert room.titles() == ["Edited", "Title 1"]
    room.now += 86400
    assert room.titles() == ["Title 3", "Edited", "Title 1"]


def test_a_scheduled_article_that_was_taken_back_never_appears(room: Room) -> None:
    room.now = article(1).published.timestamp()
    room.put(article(1), article(2))
    room.current_index.follow()
    room.put(article(2), removed=1)
    room.current_index.follow()
    room.now += 2 * 86400
    assert room.titles() == ["Title 1"]


def test_a_store_that_cannot_be_read_is_logged_once_and_the_index_stays(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.put(article(1))
    room.current_index.follow()
    for _ in range(2):
        caplog.clear()
        room.reader.error = StoreError(room.path, "cannot be read", "wait")
        for _ in range(3):
            assert not room.current_index.follow()
        assert len(caplog.records) == 1
        assert "serving the index in memory" in caplog.text
        assert room.titles() == ["Title 1"]
        room.reader.error = None
        assert not room.current_index.follow()


def test_a_store_that_cannot_be_read_before_the_first_load_is_not_ready(room: Room) -> None:
    room.reader.error = StoreError(room.path, "cannot be read", "wait")
    assert not room.current_index.follow()
    with pytest.raises(NotReady):
        room.current_index.index()


@pytest.mark.parametrize(
    "error",
    [
        NotADirectoryError(20, "Not a directory"),
        PermissionError(13, "Permission denied"),
        OSError(5, "I/O"),
    ],
)
def test_any_error_of_the_system_is_trouble_that_passes(room: Room, error: OSError) -> None:
    room.put(article(1))
    room.current_index.follow()

    room.reader.error = error
    assert not room.current_index.follow()
    assert room.current_index.trouble == text_of(error)
    assert room.titles() == ["Title 1"]
    room.reader.error = None
    room.put(article(2))
    assert room.current_index.follow()
    assert room.current_index.trouble == ""
    assert room.titles() == ["Title 2", "Title 1"]


def test_the_time_since_which_an_index_is_behind_its_store(room: Room) -> None:
    assert room.current_index.behind_since == 0
    room.put(article(1), progress=Progress(0, 1))
    room.current_index.follow()
    assert room.current_index.behind_since == LATER  # the first load is not done
    room.put(article(1))
    room.now += 60
    room.current_index.follow()
    assert room.current_index.behind_since == 0
    room.reader.error = OSError(5, "I/O")
    for _ in range(2):
        room.now += 1
        room.current_index.follow()
        assert room.current_index.behind_since == LATER + 61
    room.reader.error = None
    room.current_index.follow()  # nothing has changed meanwhile
    assert room.current_index.behind_since == 0


def test_an_index_that_is_no_longer_compared_with_its_store_may_be_behind(room: Room) -> None:
    room.put(article(1))
    room.current_index.follow()
    room.now += MAX_UNCOMPARED
    assert room.current_index.behind_since == 0
    room.now += 1
    assert room.current_index.behind_since == LATER
    room.current_index.follow()
    assert room.current_index.behind_since == 0


def test_a_store_whose_folder_was_away_is_followed_again(room: Room) -> None:
    room.put(article(1))
    room.current_index.follow()
    aside = room.path.parent.with_name("aside")
    room.path.parent.rename(aside)
    assert not room.current_index.follow()
    assert "missing" in room.current_index.trouble
    aside.rename(room.path.parent)
    room.put(article(2))
    assert room.current_index.follow()
    assert room.current_index.trouble == ""


class Away:
    """A function that opens the store once *error* is None, and raises it until then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.error: Exception | None = StoreError(path, "cannot be opened", "wait")
        self.opened: list[SQLiteStore] = []

    def __call__(self) -> SQLiteStore:
        if self.error:
            raise self.error
        self.opened.append(SQLiteStore(self.path))
        return self.opened[-1]


@pytest.fixture
def away(room: Room) -> Iterator[Away]:
    made = Away(room.path)
    yield made
    for each in made.opened:
        each.close()


def test_a_store_that_cannot_be_opened_is_tried_again(
    room: Room, away: Away, caplog: pytest.LogCaptureFixture
) -> None:
    room.put(article(1))
    current_index = CurrentIndex(away, lambda: LATER)
    for _ in range(3):
        assert not current_index.follow()
        with pytest.raises(NotReady):
            current_index.index()
    assert current_index.trouble == f"{room.path}: cannot be opened; wait"
    assert len(caplog.records) == 1
    away.error = None
    assert current_index.follow()
    assert not current_index.follow()
    assert len(current_index.index()) == 1
    assert len(away.opened) == 1
    assert current_index.trouble == ""


def test_an_index_that_was_loaded_before_is_served_until_its_store_is_open(
    room: Room, away: Away
) -> None:
    room.put(article(1))
    room.current_index.follow()
    identity, before = room.current_index.identity, room.current_index.index()
    assert identity == room.reader.identity
    current_index = CurrentIndex(away, lambda: LATER, "", before, identity)
    assert not current_index.follow()
    assert len(current_index.index()) == 1
    with pytest.raises(NotReady):  # and not: nothing is found
        current_index.index().matching((("title",),), True)
    away.error = None
    assert not current_index.follow()
    assert found(current_index.index(), "title") == ["Title 1"]
    room.put(article(2))
    assert current_index.follow()
    assert len(current_index.index()) == 2


def test_an_index_of_another_store_is_served_until_that_which_is_there_is_read(
    room: Room, away: Away
) -> None:
    current_index = CurrentIndex(away, lambda: LATER, "", index(article(5), article(6)), "another store")
    away.error = None
    assert not current_index.follow()  # it is empty, and not read yet
    assert len(current_index.index()) == 2
    room.put(article(1))
    assert current_index.follow()
    assert len(current_index.index()) == 1
    assert current_index.identity == room.reader.identity


def test_it_knows_the_last_second_in_which_something_changed(room: Room) -> None:
    assert room.current_index.latest == 0
    room.put(article(1))
    room.current_index.follow()
    assert room.current_index.latest == article(1).published.timestamp()
    other = CurrentIndex(
        lambda: room.reader, lambda: LATER, "", room.current_index.index(), room.reader.identity
    )
    other.follow()
    assert other.latest == room.current_index.latest


def test_a_store_that_was_replaced_is_followed_when_it_is_ready(room: Room) -> None:
    """Revisions of different stores are unrelated."""
    for number in range(5):
        room.put(article(number))
    room.current_index.follow()
    before = room.titles()
    room.begin_anew()
    for number in range(10, 20):
        room.put(article(number), progress=Progress(number, 20))
        assert not room.current_index.follow()
        assert room.titles() == before
    room.put(progress=READY)
    assert room.current_index.follow()
    assert room.titles() == [f"Title {number}" for number in range(19, 9, -1)]
    room.put(article(30))
    assert room.current_index.follow()
    assert len(room.titles()) == 11


def test_a_replaced_store_with_the_same_revision_is_followed_too(room: Room) -> None:
    room.put(article(1))
    room.current_index.follow()
    room.set_aside()
    room.put(article(2))
    assert room.writer.revision() == room.current_index.index().revision
    assert room.current_index.follow()
    assert room.titles() == ["Title 2"]


def test_a_recorded_article_is_found_by_its_words(room: Room) -> None:
    room.put(article(1), article(2, title="Another"))
    room.current_index.follow()
    before = room.current_index.index()
    room.put(article(3), article(1, title="Another"), article(2, title="Title again"))
    assert found(before, "another") in ([], ["Title 1"])  # the store is ahead of the index
    room.current_index.follow()
    assert found(room.current_index.index(), "another") == ["Another"]
    assert found(room.current_index.index(), "title") == ["Title 3", "Title again"]
    room.put(article(3), removed=1)
    room.current_index.follow()
    assert found(room.current_index.index(), "title") == ["Title again"]


def test_an_index_is_searched_in_the_store_it_was_loaded_from(room: Room) -> None:
    room.put(article(1, title="One"), article(2, title="Two"))
    room.current_index.follow()
    before = room.current_index.index()
    room.set_aside()
    room.put(article(2, title="Two"), article(1, title="One"), progress=Progress(2, 3))
    assert not room.current_index.follow()
    assert room.current_index.index() is before
    assert found(before, "one") == ["One"]
    room.put(progress=READY)
    assert room.current_index.follow()
    assert found(before, "two") == found(room.current_index.index(), "two") == ["Two"]
    room.put(article(3, title="Three"))
    assert room.current_index.follow()
    assert found(room.current_index.index(), "three") == ["Three"]


def found(index: Index, word: str) -> list[str]:
    """The titles with *word* in *index*."""
    return [decoded(each).title for each in index.newest(index.matching(((word,),), True), 200)]


class Failing(SQLiteStore):
    """A store whose first load fails."""

    failed = False

    def load(self) -> Snapshot:
        if not self.failed:
            self.failed = True
            raise StoreError(self.path, "not now", "wait")
        return super().load()


def test_a_replaced_store_that_fails_at_first_is_loaded_whole_later(room: Room) -> None:
    room.put(article(1))
    room.current_index.follow()
    reader = Failing(room.path)
    reader.failed = True
    current_index = CurrentIndex(lambda: reader, lambda: LATER)
    current_index.follow()
    room.begin_anew()
    room.put(article(2))
    room.put(article(3))
    reader.failed = False
    assert not current_index.follow()
    assert current_index.follow()
    assert len(current_index.index()) == 2
    assert current_index.index().revision == 3
    reader.close()


class Slow(SQLiteStore):
    """A store whose changes are loaded only while *go_on* is set."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go_on = Event()
        self.go_on.set()
        self.loading = Event()

    def changes_since(self, revision: int) -> Snapshot:
        found = super().changes_since(revision)
        self.loading.set()
        assert self.go_on.wait(30)
        return found


def test_no_reader_waits_for_a_load(room: Room) -> None:
    slow = Slow(room.path)
    now = article(1).published.timestamp()
    current_index = CurrentIndex(lambda: slow, lambda: now)
    room.put(article(1), article(2))
    current_index.follow()
    slow.loading.clear()
    slow.go_on.clear()
    room.put(article(0))
    with ThreadPoolExecutor(2) as pool:
        following = pool.submit(current_index.follow)
        assert slow.loading.wait(10)
        now += 86400
        assert len(pool.submit(current_index.index).result(10)) == 2
        slow.go_on.set()
        assert following.result(10)
    assert len(current_index.index()) == 3
    slow.close()


@pytest.mark.usefixtures("frequent_switches")
def test_readers_see_the_old_or_the_new_and_never_half(room: Room) -> None:
    """Each revision renames every article, removes one and adds another."""
    size = 12

    def put(number: int) -> None:
        made = [article(number + n, title=str(number)) for n in range(size)]
        entries = [StoredEntry(record(each), each.id, b"", 1) for each in made]
        if number:
            entries.append(StoredEntry(record(article(number - 1)), "", b"", 1, removed=1))
        left = [Tombstone(number, None)]
        room.writer.record(Changes(at=number, entries=entries, tombstones=left, progress=READY))

    put(0)
    room.current_index.follow()
    done = Event()
    seen: set[str] = set()

    def read() -> int:
        reads, last = 0, 0
        while not done.is_set() or not reads:
            index = room.current_index.index()
            records = index.newest(index.everything, 200)
            [title] = {decoded(each).title for each in records}
            assert len(records) == size == len(index)
            assert int(title) >= last
            last = int(title)
            seen.add(title)
            reads += 1
        return reads

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        try:
            for number in range(1, 20):
                put(number)
                assert room.current_index.follow()
            eventually(lambda: "19" in seen)
        finally:
            done.set()
        assert all(each.result(30) for each in readers)
    assert room.current_index.index().revision == room.writer.revision()
