"""What every process has answered, counted and added up."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest

from feeds.errors import ArticleError
from feeds.monitoring import metrics
from feeds.monitoring.metrics import HELD, LONGEST, TOP, Counts, Metrics, Refresh, memory, problems

FEED = '<https://feeds.example/feed.rss>; rel="self"; type="application/rss+xml"'


class Reply(NamedTuple):
    """An answer of the edge."""

    code: int
    links: str


class Place:
    """A folder of processes, some of which are really this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1000.0
        self.made: list[Metrics] = []

    def process(self, begun: float | None = None) -> Metrics:
        self.now = begun or self.now
        self.made.append(Metrics(self.folder, lambda: self.now))
        self.made[-1].begin()
        return self.made[-1]

    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "processes")
    yield made
    for each in made.made:
        each.end()


def test_an_answer_counts_by_its_status_and_a_feed_by_its_address(place: Place) -> None:
    one = place.process()
    one.asked(200, FEED)
    one.asked(404, "")
    for _ in range(3):
        one.kept(Reply(200, FEED))
    for _ in range(2):
        one.kept(Reply(304, FEED))
    counts = one.server().counts
    assert counts == Counts({200: 4, 404: 1, 304: 2}, 6, 5, 2, {"https://feeds.example/feed.rss": 6})
    assert counts.total == 7


def test_whichever_process_is_asked_says_the_same(place: Place) -> None:
    processes = [place.process(begun) for begun in (1, 2, 3)]
    for number, each in enumerate(processes, 1):
        for _ in range(number):
            each.asked(200, FEED)
        each.publish(now=True)
    for each in processes:
        server = each.server()
        assert server.counts.statuses == {200: 6}
        assert [process.counts.total for process in server.processes] == [1, 2, 3]


def test_no_answer_is_lost_among_threads(place: Place) -> None:
    one = place.process()
    reply = Reply(200, FEED)

    def answer() -> None:
        for number in range(2000):
            one.kept(reply)
            if number % 10 == 0:
                one.asked(404, "")
                one.publish()

    threads = [Thread(target=answer) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert one.server().counts.statuses == {200: 16_000, 404: 1600}


def test_what_a_process_that_is_no_more_has_counted_stays(place: Place) -> None:
    one, two = place.process(500), place.process(600)
    one.asked(200, FEED)
    two.asked(304, FEED)
    one.end()
    for _ in range(2):  # as it is when nobody, and when somebody, has come in its place
        server = two.server()
        assert server.counts.total == 2
        assert server.since == 500
        assert [each.begun for each in server.processes][:1] == [600]
        place.process(700)
    assert len(place.files()) == 3


def test_taking_over_again_and_again_leaves_neither_files_nor_doubles(place: Place) -> None:
    for _ in range(5):
        each = place.process()
        each.asked(200, FEED)
        each.end()
    last = place.process()
    assert last.server().counts.statuses == {200: 5}
    assert len(place.files()) == 1


def test_another_server_on_the_same_store_counts_for_itself(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = place.process()
    one.asked(200, FEED)
    one.refreshed(Refresh(finished=900, files=3))
    one.publish(now=True)
    monkeypatch.setattr(metrics, "_server", lambda: "another")
    other = place.process()
    other.asked(404, "")
    assert other.server().counts.statuses == {404: 1}
    assert len(other.server().processes) == 1
    refresh = other.server().refresh
    assert refresh
    assert refresh.files == 3  # there is one writer for both
    one.end()
    third = place.process()
    assert third.server().counts.statuses == {404: 1}
    assert len(place.files()) == 2


def test_a_process_that_was_killed_is_not_taken_for_alive(place: Place) -> None:
    code = (
        "import sys, pathlib; from feeds.monitoring import metrics;"
        "metrics._server = lambda: sys.argv[2];"
        "one = metrics.Metrics(pathlib.Path(sys.argv[1]), lambda: 1.0); one.begin();"
        "one.asked(200, ''); one.publish(now=True); print('there', flush=True); sys.stdin.read()"
    )
    mine = place.process()
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place.folder), metrics._server()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout
        other.stdout.readline()
        assert [each.pid for each in mine.server().processes] == [other.pid, os.getpid()]
        other.send_signal(signal.SIGKILL)
        other.wait(10)
        server = mine.server()
        assert [each.pid for each in server.processes] == [os.getpid()]
        assert server.counts.statuses == {200: 1}


def test_a_file_is_only_written_where_something_changed(place: Place) -> None:
    one = place.process()
    one.publish(now=True)
    before = place.files()[0].stat()
    one.publish(now=True)
    assert place.files()[0].stat().st_mtime_ns == before.st_mtime_ns
    one.asked(200, "")
    one.publish(now=True)
    assert place.files()[0].stat().st_mtime_ns != before.st_mtime_ns


def test_a_flood_of_addresses_leaves_those_that_are_asked_for_again() -> None:
    counts = Counts()
    for number in range(20 * TOP):
        counts.count(200, f"/feed.rss?q=flood{number}")
        counts.count(200, "/feed.rss")
        if number % 10 == 0:
            counts.count(200, "/topics/oceans.rss")
        assert len(counts.addresses) <= 4 * TOP
    assert counts.top(2) == [("/feed.rss", 20 * TOP), ("/topics/oceans.rss", 2 * TOP)]
    assert counts.feeds == 42 * TOP
    counts.count(200, "x" * (LONGEST + 1))
    assert counts.feeds == 42 * TOP + 1
    assert max(map(len, counts.addresses)) <= LONGEST


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff"])
def test_a_damaged_file_of_ours_is_removed(place: Place, content: bytes) -> None:
    place.process().asked(200, "")
    place.made[0].end()
    (place.folder / "17-0123abcd.json").write_bytes(content)
    (place.folder / "17-0123abcd.new").write_bytes(content)
    one = place.process()
    assert one.server().counts.statuses == {200: 1}
    assert len(place.files()) == 1


def test_files_that_are_not_ours_are_neither_read_nor_removed(place: Place) -> None:
    place.folder.mkdir()
    names = ["package.json", "notes.new", "17-0123abcd.json.json", "17-0123ABCD.json", "x17-0123abcd.new"]
    for name in names:
        (place.folder / name).write_text("{}")
    place.process().publish(now=True)
    place.process().server()
    assert {file.name for file in place.files()} > {*names}
    assert [(place.folder / name).read_text() for name in names] == ["{}"] * len(names)


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "processes"
    file.write_text("somebody else's")
    alone = Metrics(file, lambda: 1.0)
    alone.begin()
    alone.publish(now=True)
    assert [each.pid for each in alone.server().processes] == [os.getpid()]
    alone.end()
    assert file.read_text() == "somebody else's"
    assert [*tmp_path.iterdir()] == [file]


def test_a_process_trusts_its_memory_more_than_its_file(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = place.process(), place.process()
    one.asked(200, FEED)
    one.publish(now=True)

    def full(content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(one, "_write", full)
    one.asked(304, FEED)
    one.troubles = lambda: {"follower": "stopped"}
    assert one.server().counts.statuses == {200: 1, 304: 1}
    assert sorted(len(each.troubles) for each in one.server().processes) == [0, 1]
    assert other.server().counts.statuses == {200: 1}


def test_trouble_is_that_of_the_writer_while_there_is_one(place: Place) -> None:
    one, two = place.process(), place.process()

    def trouble() -> str:
        for each in place.made:
            each.publish(now=True)
        for each in place.made:
            each.look(now=True)
        [said] = {each.server().trouble for each in place.made} | {
            each.writer_trouble for each in place.made
        }
        return said

    one.refreshed(Refresh(finished=5, trouble="store.db: cannot be locked"))
    assert trouble() == "store.db: cannot be locked"
    two.refreshed(Refresh(finished=1))  # it leads, and did so before
    assert trouble() == ""
    two.refreshed(Refresh(finished=1, trouble="corpus: no such folder"))
    assert trouble() == "corpus: no such folder"
    two.ended_writing()
    assert trouble() == ""
    assert not any(each.writes for each in one.server().processes)


def test_where_nothing_can_be_written_a_process_knows_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    alone = Metrics(tmp_path / "file" / "folder", lambda: 1.0)
    alone.begin()
    alone.asked(200, "")
    for _ in range(2):
        server = alone.server()
        assert server.counts.statuses == {200: 1}
        assert [each.pid for each in server.processes] == [os.getpid()]
    assert len(caplog.records) == 1
    alone.end()


def test_a_folder_that_was_deleted_comes_back(place: Place) -> None:
    one = place.process()
    for file in place.files():
        file.unlink()
    place.folder.rmdir()
    one.publish(now=True)
    assert len(place.files()) == 1


def test_what_could_not_be_taken_over_at_first_is_later(place: Place) -> None:
    one = place.process()
    one.asked(200, FEED)
    one.end()
    aside = place.folder.with_name("aside")
    place.folder.rename(aside)
    place.folder.write_text("a file")
    two = place.process()
    two.troubles = lambda: {"follower": "gone"}
    assert two.server().counts.statuses == {}
    assert two.server().processes[0].troubles == {"follower": "gone"}
    place.folder.unlink()
    aside.rename(place.folder)
    assert two.server().counts.statuses == {200: 1}
    assert len(place.files()) == 1


def test_the_folder_above_is_not_made(tmp_path: Path) -> None:
    """If it is gone, it will come back; one made in its place would hide it."""
    alone = Metrics(tmp_path / "gone" / "processes", lambda: 1.0)
    alone.begin()
    alone.publish(now=True)
    alone.end()
    assert [*tmp_path.iterdir()] == []


def test_gauges_are_what_is_now(place: Place) -> None:
    one = place.process()
    sizes = [7]
    one.gauges["size"] = lambda: sizes[-1]
    for size in 7, 8:
        sizes.append(size)
        assert one.server().processes[0].gauges == {"size": size}


def test_what_the_writer_did_last_counts(place: Place) -> None:
    one, two = place.process(), place.process()
    one.refreshed(Refresh(finished=5, files=1))
    one.publish(now=True)
    two.refreshed(Refresh(finished=6, files=2))
    server = one.server()
    refresh = two.server().refresh
    assert refresh
    assert refresh.files == 2
    assert sum(each.writes for each in server.processes) == 1


def test_problems_can_be_written_whatever_a_file_is_called() -> None:
    told = problems([ArticleError("a\udcff.md", 3, "\udc80")] * (HELD + 1))
    assert [told[0].path, told[0].line, told[0].reason] == ["a?.md", 3, "?"]
    assert len(told) == HELD


def test_memory_is_told_where_the_system_does() -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("not Linux")
    used, own = memory()
    assert used
    assert own
    assert 1 << 20 < own <= used


def test_processes_of_one_leader_are_one_server() -> None:
    """A process that nobody leads is one by itself: it begins anew whenever it is begun again."""
    code = (
        "import os, subprocess, sys; from feeds.monitoring import metrics;"
        "print(os.getpid(), metrics._server());"
        "again = [sys.executable, '-c', "
        "'from feeds.monitoring import metrics; print(metrics._server())'];"
        "[print(subprocess.run(again, capture_output=True, text=True).stdout.strip()) for _ in 'ab']"
    )
    made = subprocess.run(
        [sys.executable, "-c", code], start_new_session=True, capture_output=True, text=True, check=True
    )
    mine, *others = made.stdout.splitlines()
    pid, server = mine.split()
    assert server.startswith(f"{pid}-")
    assert others == [server, server]
