"""The counts of all processes of a server, added up."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import pytest

from feeds.monitoring.counts import OTHER_KIND, REQUEST_SECONDS, CountedResponse, RequestKind
from feeds.monitoring.fleet import FleetState
from feeds.monitoring.metrics import Metrics
from feeds.monitoring.process_registry import Refresh, server_id

ADDRESS = "https://feeds.example/feed.rss"
FEED = f'<{ADDRESS}>; rel="self"; type="application/rss+xml"'
RSS = RequestKind("feed", "rss")


class Reply(NamedTuple):
    """An answer of the response cache."""

    code: int
    links: str
    kind: RequestKind = OTHER_KIND
    body: bytes = b""
    headers: list[tuple[str, str]] = []  # noqa: RUF012


class Place:
    """A registry of processes; this process plays all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1000.0
        self.made: list[Metrics] = []

    def process(self, begun: float | None = None, server: str | None = None) -> Metrics:
        self.now = begun or self.now
        self.made.append(Metrics(self.folder, lambda: self.now, server))
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


@contextmanager
def no_room_for_files() -> Iterator[None]:
    """Let this process write to no file within the ``with`` block, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_answer_counts_by_its_status_and_a_feed_by_its_address(place: Place) -> None:
    one = place.process()
    one.count(CountedResponse(200, ADDRESS))
    one.count(CountedResponse(404))
    one.count_cached([(Reply(200, FEED), 3), (Reply(304, FEED), 2)])
    counts = one.collect().counts
    assert counts.statuses == {200: 4, 404: 1, 304: 2}
    assert (counts.feeds, counts.kept, counts.unchanged, counts.total) == (6, 5, 2, 7)
    assert counts.addresses == {ADDRESS: 6}


def test_an_answer_counts_by_kind_and_its_body_by_coding(place: Place) -> None:
    one = place.process()
    one.count(CountedResponse(200, ADDRESS, RSS, "br", 70))
    coded = Reply(200, FEED, RSS, b"abc", [("Content-Type", "text/xml"), ("Content-Encoding", "gzip")])
    page = Reply(200, "", RequestKind("page", "html"), b"abcd")
    one.count_cached([(coded, 2), (Reply(304, FEED, RSS), 1), (page, 1)])
    counts = one.collect().counts
    assert [*counts.by_labels()] == [
        ((RSS, 200, False), 1), ((RSS, 200, True), 2), ((RSS, 304, True), 1),
        ((RequestKind("page", "html"), 200, True), 1),
    ]  # fmt: skip
    assert [*counts.by_coding()] == [("feed", "br", 70), ("feed", "gzip", 6), ("page", "identity", 4)]


def test_the_seconds_of_the_application_are_added_up(place: Place) -> None:
    one, two = place.process(), place.process()
    for seconds in 0.0001, 0.0002, 0.7, 30.0:
        one.count(CountedResponse(200), seconds)
    two.count(CountedResponse(200), 0.00005)
    two.end()
    seconds = one.collect().counts.seconds
    assert seconds.microseconds == 30_700_350
    assert seconds.cumulative(REQUEST_SECONDS)[:2] == [(0.0001, 2), (0.00025, 3)]
    assert seconds.cumulative(REQUEST_SECONDS)[-2:] == [(1.0, 4), (float("inf"), 5)]


def test_totals_of_ended_processes_are_added_to_those_of_live_ones(place: Place) -> None:
    one, two = place.process(), place.process()
    hits = [3]
    one.totals["hits"] = lambda: hits[-1]
    two.totals["hits"] = lambda: 10
    two.end()
    assert one.collect().counts.totals == {"hits": 13}
    hits.append(4)
    one.end()
    three = place.process()
    three.totals["hits"] = lambda: 100
    assert three.collect().counts.totals == {"hits": 114}


def test_a_process_reports_no_count_that_would_be_lost_if_it_were_killed(place: Place) -> None:
    """A counter that goes back looks like a restart of the server, and as many events as it has."""
    one, two = place.process(), place.process()
    ended = Event()

    def answer() -> None:
        while not ended.is_set():
            one.count(CountedResponse(200))

    answering, interval = Thread(target=answer), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that an answer comes between any two steps
    answering.start()
    try:
        for _ in range(50):
            reported = one.collect().counts.total
            assert two.collect().counts.total >= reported  # it reads the file of the other one
    finally:
        ended.set()
        answering.join()
        sys.setswitchinterval(interval)


def test_publishing_counts_the_answers_that_wait_first(place: Place) -> None:
    one = place.process()
    one.count(CountedResponse(200, ADDRESS))
    waiting = [(Reply(200, FEED), 3)]

    def count() -> int:
        one.count_cached(waiting)
        return sum(times for _, times in waiting)

    one.count_waiting = count
    assert one.publish(now=True) == 3
    waiting.clear()
    assert (one.publish(), one.collect().counts.statuses) == (0, {200: 4})


def test_every_process_reports_the_same_counts(place: Place) -> None:
    processes = [place.process(begun) for begun in (1, 2, 3)]
    for number, each in enumerate(processes, 1):
        for _ in range(number):
            each.count(CountedResponse(200, ADDRESS))
        each.publish(now=True)
    for each in processes:
        server = each.collect()
        assert server.counts.statuses == {200: 6}
        assert [process.counts.total for process in server.processes] == [1, 2, 3]


def test_no_answer_is_lost_among_threads(place: Place) -> None:
    one = place.process()
    reply = Reply(200, FEED)

    def answer() -> None:
        for number in range(2000):
            one.count_cached([(reply, 1)])
            if number % 10 == 0:
                one.count(CountedResponse(404))
                one.publish()

    threads = [Thread(target=answer) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert one.collect().counts.statuses == {200: 16_000, 404: 1600}


def test_the_counts_of_an_ended_process_stay(place: Place) -> None:
    one, two = place.process(500), place.process(600)
    one.count(CountedResponse(200, ADDRESS))
    two.count(CountedResponse(304, ADDRESS))
    one.end()
    for _ in range(2):  # before and after another process takes its counts over
        server = two.collect()
        assert server.counts.total == 2
        assert server.since == 500
        assert [each.begun for each in server.processes][:1] == [600]
        place.process(700)
    assert len(place.files()) == 3


def test_taking_over_again_and_again_leaves_neither_files_nor_doubles(place: Place) -> None:
    for _ in range(5):
        each = place.process()
        each.count(CountedResponse(200, ADDRESS))
        each.end()
    last = place.process()
    assert last.collect().counts.statuses == {200: 5}
    assert len(place.files()) == 1


def test_another_server_on_the_same_store_counts_for_itself(place: Place) -> None:
    one = place.process()
    one.count(CountedResponse(200, ADDRESS))
    one.set_refresh(Refresh(finished=900, files=3))
    one.publish(now=True)
    other = place.process(server="another")
    other.count(CountedResponse(404))
    assert other.collect().counts.statuses == {404: 1}
    assert len(other.collect().processes) == 1
    refresh = other.collect().refresh
    assert refresh
    assert refresh.files == 3  # there is one writer for both
    one.end()
    third = place.process(server="another")
    assert third.collect().counts.statuses == {404: 1}
    assert len(place.files()) == 2


def test_a_process_that_was_killed_is_not_taken_for_alive(place: Place) -> None:
    code = (
        "import sys, pathlib; from feeds.monitoring import metrics;"
        "one = metrics.Metrics(pathlib.Path(sys.argv[1]), lambda: 1.0, sys.argv[2]); one.begin();"
        "one.count(metrics.CountedResponse(200)); one.publish(now=True); print('there', flush=True);"
        "sys.stdin.read()"
    )
    mine = place.process()
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place.folder), server_id()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout
        other.stdout.readline()
        assert [each.pid for each in mine.collect().processes] == [other.pid, os.getpid()]
        other.send_signal(signal.SIGKILL)
        other.wait(10)
        server = mine.collect()
        assert [each.pid for each in server.processes] == [os.getpid()]
        assert server.counts.statuses == {200: 1}


def test_a_file_is_only_written_where_something_changed(place: Place) -> None:
    one = place.process()
    one.publish(now=True)
    before = place.files()[0].stat()
    one.publish(now=True)
    assert place.files()[0].stat().st_mtime_ns == before.st_mtime_ns
    one.count(CountedResponse(200))
    one.publish(now=True)
    assert place.files()[0].stat().st_mtime_ns != before.st_mtime_ns


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff"])
def test_a_damaged_file_of_ours_is_removed(place: Place, content: bytes) -> None:
    place.process().count(CountedResponse(200))
    place.made[0].end()
    (place.folder / "17-0123abcd.json").write_bytes(content)
    (place.folder / "17-0123abcd.new").write_bytes(content)
    one = place.process()
    assert one.collect().counts.statuses == {200: 1}
    assert len(place.files()) == 1


def test_files_that_are_not_ours_are_neither_read_nor_removed(place: Place) -> None:
    place.folder.mkdir()
    names = ["package.json", "notes.new", "17-0123abcd.json.json", "17-0123ABCD.json", "x17-0123abcd.new"]
    for name in names:
        (place.folder / name).write_text("{}")
    place.process().publish(now=True)
    place.process().collect()
    assert {file.name for file in place.files()} > {*names}
    assert [(place.folder / name).read_text() for name in names] == ["{}"] * len(names)


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "processes"
    file.write_text("somebody else's")
    alone = Metrics(file, lambda: 1.0)
    alone.begin()
    alone.publish(now=True)
    assert [each.pid for each in alone.collect().processes] == [os.getpid()]
    alone.end()
    assert file.read_text() == "somebody else's"
    assert [*tmp_path.iterdir()] == [file]


def test_a_process_trusts_its_memory_more_than_its_file(place: Place) -> None:
    one, other = place.process(), place.process()
    one.count(CountedResponse(200, ADDRESS))
    one.publish(now=True)
    one.count(CountedResponse(304, ADDRESS))
    one.troubles = lambda: {"follower": "stopped"}
    with no_room_for_files():
        assert one.collect().counts.statuses == {200: 1, 304: 1}
        assert sorted(len(each.troubles) for each in one.collect().processes) == [0, 1]
        assert other.collect().counts.statuses == {200: 1}


def test_trouble_is_that_of_the_writer_while_there_is_one(place: Place) -> None:
    one, two = place.process(), place.process()

    def trouble() -> str:
        for each in place.made:
            each.publish(now=True)
        for each in place.made:
            each.read_others(now=True)
        [said] = {each.collect().trouble for each in place.made} | {
            each.writer_trouble for each in place.made
        }
        return said

    one.set_refresh(Refresh(finished=5, trouble="store.db: cannot be locked"))
    assert trouble() == "store.db: cannot be locked"
    two.set_refresh(Refresh(finished=1))  # it became the writer earlier
    assert trouble() == ""
    two.set_refresh(Refresh(finished=1, trouble="corpus: no such folder"))
    assert trouble() == "corpus: no such folder"
    two.ended_writing()
    assert trouble() == ""
    assert not any(each.writes for each in one.collect().processes)


def test_every_process_knows_the_part_of_its_host_in_a_fleet(place: Place) -> None:
    one, two = place.process(server="1"), place.process(server="2")
    state = FleetState(at=5, host="a", role="follower", position=3, head=4, behind_since=2)

    def known() -> list[FleetState | None]:
        for each in place.made:
            each.publish(now=True)
        for each in place.made:
            each.read_others(now=True)
        return [each.fleet for each in place.made] + [each.collect().fleet for each in place.made]

    assert known() == [None] * 4
    one.set_fleet(state)
    assert one.fleet == state
    assert known() == [state] * 4
    one.set_fleet(None)
    assert known() == [None] * 4
    two.set_fleet(state)
    assert known() == [state] * 4
    two.end()
    one.read_others(now=True)
    assert one.fleet is None


def test_a_process_without_a_writable_folder_counts_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    alone = Metrics(tmp_path / "file" / "folder", lambda: 1.0)
    alone.begin()
    alone.count(CountedResponse(200))
    for _ in range(2):
        server = alone.collect()
        assert server.counts.statuses == {200: 1}
        assert [each.pid for each in server.processes] == [os.getpid()]
    assert caplog.messages == [
        f"{tmp_path / 'file' / 'folder'}: unusable: not a directory; /status covers only one process"
    ]
    alone.end()


def test_a_folder_that_was_deleted_comes_back(place: Place) -> None:
    one = place.process()
    for file in place.files():
        file.unlink()
    place.folder.rmdir()
    one.publish(now=True)
    assert len(place.files()) == 1


def test_counts_are_taken_over_later_if_it_fails_at_first(place: Place) -> None:
    one = place.process()
    one.count(CountedResponse(200, ADDRESS))
    one.end()
    aside = place.folder.with_name("aside")
    place.folder.rename(aside)
    place.folder.write_text("a file")
    two = place.process()
    two.troubles = lambda: {"follower": "gone"}
    assert two.collect().counts.statuses == {}
    assert two.collect().processes[0].troubles == {"follower": "gone"}
    place.folder.unlink()
    aside.rename(place.folder)
    assert two.collect().counts.statuses == {200: 1}
    assert len(place.files()) == 1


def test_counts_taken_over_while_the_disk_is_full_count_once(place: Place) -> None:
    one = place.process(500)
    one.count(CountedResponse(200, ADDRESS))
    one.end()

    with no_room_for_files():
        two = place.process(600)
        assert [two.collect().counts.statuses for _ in range(2)] == [{200: 1}] * 2
    assert [two.collect().counts.statuses for _ in range(2)] == [{200: 1}] * 2
    assert two.collect().since == 500
    assert len(place.files()) == 1


def test_the_folder_above_is_not_made(tmp_path: Path) -> None:
    """A folder of a missing disk must not be created, as it would hide the disk's own."""
    alone = Metrics(tmp_path / "gone" / "processes", lambda: 1.0)
    alone.begin()
    alone.publish(now=True)
    alone.end()
    assert [*tmp_path.iterdir()] == []


def test_gauges_are_what_is_now(place: Place) -> None:
    one = place.process()
    sizes = [7]
    one.gauges["answers"] = lambda: sizes[-1]
    for size in 7, 8:
        sizes.append(size)
        assert one.collect().processes[0].gauges == {"answers": size}


def test_the_last_refresh_of_the_writer_counts(place: Place) -> None:
    one, two = place.process(), place.process()
    one.set_refresh(Refresh(finished=5, files=1))
    one.publish(now=True)
    two.set_refresh(Refresh(finished=6, files=2))
    server = one.collect()
    refresh = two.collect().refresh
    assert refresh
    assert refresh.files == 2
    assert sum(each.writes for each in server.processes) == 1
