"""The checks of a host: each limit has its line, and a healthy host has none."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from feeds.doctor.clocks import against_header, against_store
from feeds.doctor.finding import Finding, FindingGroup, worst
from feeds.doctor.folders import Room, enough_room, readable, room, writable
from feeds.doctor.host import corpus_findings, host_findings
from feeds.doctor.hosts import judged
from feeds.doctor.limits import WatchLimits, open_files, watch_limits, watches
from feeds.fleet import FleetHost, JournalHead
from feeds.settings import load
from feeds.store.replication import Position
from tests.error_form import assert_form

FILES = FindingGroup("files")
FOLDER = Path("/srv/feeds")
DATE = "Sun, 29 Nov 2026 12:00:00 GMT"
NOON = 1_795_953_600.0
LIMITS = WatchLimits(100, 128)


def lines(findings: Iterable[Finding]) -> list[str]:
    """The findings in short: their level and message."""
    found = [*findings]
    for each in found:
        if each.level != "ok":
            assert_form(each.message)
    return [f"{each.level}: {each.message}" for each in found]


def test_a_folder_that_can_be_written_is_ok_and_keeps_no_file(tmp_path: Path) -> None:
    assert lines(writable(FILES, tmp_path)) == [f"ok: {tmp_path}: can be written"]
    assert [*tmp_path.iterdir()] == []


def test_a_folder_in_which_no_file_can_be_made_is_a_failure(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert lines(writable(FILES, missing)) == [
        f"failure: {missing}: no file can be written: no such file or directory; "
        "create it, or name another"
    ]
    assert [each.level for each in writable(FILES, Path("/proc"))] == ["failure"]


def test_a_file_of_another_user_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, who can write everything."""
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    (file := tmp_path / "store.db").touch()
    assert lines(writable(FILES, tmp_path, file, tmp_path / "none")) == [
        f"failure: {file}: cannot be written; give the server's user access to it"
    ]


def test_lists_of_crawlers_that_are_not_installed_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    settings = load({"FEEDS_STORE_PATH": str(tmp_path / "store.db"), "FEEDS_CORPUS_PATH": str(tmp_path)})
    assert (
        "warning: extra readers: ua_parser not installed, so that only common bots are known; "
        "install the extra readers" in lines(host_findings(settings, lambda: NOON))
    )


def test_a_corpus_that_cannot_be_listed_is_a_failure(tmp_path: Path) -> None:
    assert lines(readable(FILES, tmp_path)) == [f"ok: {tmp_path}: can be read"]
    file = tmp_path / "file"
    file.touch()
    assert lines(readable(FILES, file)) == [
        f"failure: {file}: cannot be read: not a directory; put a folder in its place, or name another"
    ]


@pytest.mark.parametrize(
    ("left", "found"),
    [
        (Room(10**10, 10**6), ["ok: disk of /srv/feeds: 10,000 MB free"]),
        (Room(10**10, None), ["ok: disk of /srv/feeds: 10,000 MB free"]),
        (Room(40_000_000, None), ["failure: disk of /srv/feeds: 40 MB free; free some space"]),
        (
            Room(400_000_000, None),
            [
                "warning: disk of /srv/feeds: 400 MB free, less than 500 MB; "
                "free some space; a repair or an upgrade copies the store"
            ],
        ),
        (
            Room(10**10, 5_000),
            ["warning: disk of /srv/feeds: room for 5,000 more files (inodes); delete files"],
        ),
        (
            Room(10**10, 9),
            ["failure: disk of /srv/feeds: room for 9 more files (inodes); delete files"],
        ),
    ],
)
def test_room_on_a_disk(left: Room, found: list[str]) -> None:
    assert lines(enough_room(FILES, FOLDER, left)) == found


def test_a_disk_needs_room_for_a_copy_of_the_store() -> None:
    found = lines(enough_room(FILES, FOLDER, Room(10**9, None), store_bytes=600_000_000))
    assert found[0].startswith("warning: disk of /srv/feeds: 1,000 MB free, less than 1,200 MB")


def test_the_room_of_a_real_folder_is_known(tmp_path: Path) -> None:
    assert room(tmp_path).bytes > 0


@pytest.mark.parametrize(
    ("mode", "folders", "limits", "found"),
    [
        ("auto", 9, LIMITS, ["ok: inotify: 9 folders of 100 that can be watched"]),
        ("poll", 900, LIMITS, ["ok: watch.mode is poll: no notifications are needed"]),
        (
            "auto", 900, LIMITS,
            [
                "warning: fs.inotify.max_user_watches: 100, fewer than the 900 folders of the corpus; "
                "raise it with sysctl; until then, the corpus is polled"
            ],
        ),
        (
            "notify", 900, LIMITS,
            [
                "failure: fs.inotify.max_user_watches: 100, fewer than the 900 folders of the corpus; "
                "raise it with sysctl; or set watch.mode to poll"
            ],
        ),
        (
            "auto", 90, LIMITS,
            [
                "warning: fs.inotify.max_user_watches: 100, of which the 90 folders of the corpus are "
                "most; raise it with sysctl"
            ],
        ),
        (
            "auto", 9, WatchLimits(100, 1),
            [
                "warning: fs.inotify.max_user_instances: 1, so that no process can be notified; "
                "raise it with sysctl; until then, the corpus is polled"
            ],
        ),
    ],
)  # fmt: skip
def test_notifications(mode: str, folders: int, limits: WatchLimits, found: list[str]) -> None:
    assert lines(watches(mode, folders, limits)) == found


def test_a_system_without_inotify_has_no_limits(tmp_path: Path) -> None:
    assert watch_limits(tmp_path) is None


@pytest.mark.parametrize(
    ("permitted", "found"),
    [
        (-1, "ok: open files: a process may have 16,384 connections"),
        (1_024, "warning: open files: 1,024, so that a process has at most 768 connections; raise "),
        (4_096, "warning: open files: 4,096, fewer than push.streams (10,000); raise "),
    ],
)
def test_open_files(permitted: int, found: str) -> None:
    (line,) = lines(open_files(permitted, 10_000))
    assert line.startswith(found)


@pytest.mark.parametrize(
    ("age", "off", "found"),
    [
        ("", 0.9, "ok: clock: agrees with that of feeds.example"),
        ("", 9, "ok: clock: agrees with that of feeds.example"),
        ("300", 300, "ok: clock: agrees with that of feeds.example"),
        ("", 61, "warning: clock: 60 s ahead of that of feeds.example; synchronize"),
        ("", -61, "warning: clock: 61 s behind that of feeds.example; synchronize"),
    ],
)
def test_the_clock_of_another_host(age: str, off: float, found: str) -> None:
    sent, received = NOON + off, NOON + off + 0.2
    (line,) = lines(against_header(DATE, age, "feeds.example", sent, received))
    assert line.startswith(found)


def test_a_slow_answer_is_no_wrong_clock() -> None:
    (line,) = lines(against_header(DATE, "", "feeds.example", NOON - 20, NOON + 0.5))
    assert line.startswith("ok")


def test_an_answer_without_a_date_tells_nothing_about_the_clock() -> None:
    assert lines(against_header("soon", "", "feeds.example", NOON, NOON)) == []


def test_a_clock_behind_the_store_is_a_failure() -> None:
    assert lines(against_store(NOON + 3_600, NOON)) == [
        "failure: clock: 3,600 s behind the newest change in the store, 2026-11-29T13:00:00Z; "
        "synchronize this host, for instance with chrony or systemd-timesyncd"
    ]
    assert lines(against_store(NOON - 5, NOON)) == [
        "ok: clock: later than the newest change in the store"
    ]
    assert lines(against_store(0, NOON)) == []  # of a store without changes


def test_bad_files_are_counted() -> None:
    assert lines(corpus_findings(12, 0, 0)) == ["ok: articles: 12, and no bad file"]
    assert lines(corpus_findings(12, 3, 1)) == [
        "warning: files: 3 bad, beside 12 articles; see feeds check --explain",
        "warning: articles: 1 warning; see feeds check --explain",
    ]
    assert worst(corpus_findings(0, 0, 0)) == "failure"


def host(name: str, **fields: object) -> FleetHost:
    given = {"role": "follower", "position": 40, "version": "1", "edition": "e", "seen": NOON}
    return FleetHost(host=name, revision=1, format=1, **given | fields)  # type: ignore[arg-type]


def head(leader: str = "a", position: int = 40) -> JournalHead:
    place = Position(position, b"")
    return JournalHead("id", NOON, place, place, None, 1, leader)  # type: ignore[arg-type]


def test_a_healthy_fleet_has_no_line() -> None:
    assert lines(judged("a", head(), [host("a"), host("b")], NOON)) == []


def test_each_defect_of_a_fleet_has_its_line() -> None:
    hosts = [
        host("a"),
        host("b", version="2"),
        host("c", seen=NOON - 7_200),
        host("d", trouble="the disk is full"),
        host("e", position=7),
        host("f", edition="other"),
        host("g", offset=-5.0),
    ]
    assert lines(judged("a", head(leader=""), hosts, NOON)) == [
        "failure: fleet: no host leads; start a host that has the corpus",
        "warning: c: no report for 7200 s; start it, or run feeds fleet forget c",
        "warning: d: the disk is full; see its log",
        "warning: e: 33 batches behind the journal; see its log",
        "warning: versions: not the same: 1, 2; upgrade every host",
        "warning: clock of g: 5.0 s behind the journal's; synchronize it",
        "warning: settings: not the same on all hosts (a, b, d, e, g / f); "
        "give all hosts the same settings and version",
    ]


def test_a_host_that_is_not_in_its_fleet_is_told() -> None:
    assert lines(judged("z", head(), [host("a")], NOON)) == [
        "warning: z: this host does not report to the journal; start its server"
    ]
