"""Changes of real files that a watcher reports."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PosixPath
from threading import Event
from typing import Self

import pytest
import watchfiles

from feeds.ingest import watch
from feeds.ingest.watch import Watcher, file_system, sweep_interval, watched_folders
from tests.commands import output_of
from tests.ingest.watching import Watching
from tests.table import for_each
from tests.waiting import eventually


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "_news").mkdir(parents=True)
    return folder


@pytest.fixture
def start() -> Iterator[Callable[..., Watching]]:
    made: list[Watching] = []

    def another(watcher: Watcher, rescan_requested: Callable[[], bool] = lambda: False) -> Watching:
        made.append(Watching(watcher, rescan_requested))
        return made[-1]

    yield another
    for each in made:
        each.end()


def test_files_are_reported_when_they_are_created_changed_moved_and_deleted(
    root: Path, start: Callable[..., Watching]
) -> None:
    watching = start(Watcher(root, mode="notify")).ready()
    file = root / "_news/größer one.md"
    file.write_text("one")
    watching.wait_for("_news/größer one.md")
    watching.changes.clear()
    file.write_text("two")
    watching.wait_for("_news/größer one.md")
    watching.changes.clear()
    file.rename(root / "_news/two.md")
    watching.wait_for("_news/größer one.md", "_news/two.md")
    watching.changes.clear()
    (root / "_news/two.md").unlink()
    watching.wait_for("_news/two.md")


def test_an_empty_set_follows_once_nothing_more_changes(
    root: Path, start: Callable[..., Watching]
) -> None:
    watching = start(Watcher(root, mode="notify")).ready()
    (root / "_news/one.md").write_text("one")
    eventually(lambda: set() in watching.changes)
    assert watching.changes[-1] == set()
    assert {"_news/one.md"} in watching.changes


@for_each(
    ("wanted", "took", "interval"), [(30, 0.2, 30), (30, 25, 500), (30, 100, 600), (3600, 100, 3600)]
)
def test_a_sweep_that_takes_long_runs_less_often(wanted: float, took: float, interval: float) -> None:
    assert sweep_interval(wanted, took) == interval


def without_modules(folder: str) -> bool:
    return "node_modules" not in folder


def test_a_folder_that_cannot_matter_is_not_watched(root: Path, start: Callable[..., Watching]) -> None:
    (root / "node_modules/a/b").mkdir(parents=True)
    assert watched_folders(root, without_modules) == {root, root / "_news"}
    watching = start(Watcher(root, without_modules, mode="notify", sweep=1000)).ready()
    (root / "node_modules/a/one.md").write_text("one")
    (root / "_news/one.md").write_text("one")
    watching.wait_for("_news/one.md")
    assert not [each for each in watching.changes if each and "node_modules/a/one.md" in each]


def test_beside_a_folder_that_is_not_watched_a_new_one_is(
    root: Path, start: Callable[..., Watching]
) -> None:
    (root / "node_modules").mkdir()
    watching = start(Watcher(root, without_modules, mode="notify", sweep=1000)).ready()
    (root / "_news/2026").mkdir()
    eventually(lambda: None in watching.changes)
    (root / "_news/2026/one.md").write_text("one")
    watching.wait_for("_news/2026/one.md")


def test_beside_a_folder_that_is_not_watched_one_that_replaces_another_is(
    root: Path, start: Callable[..., Watching]
) -> None:
    (root / "node_modules").mkdir()
    watching = start(Watcher(root, without_modules, mode="notify", sweep=1000)).ready()
    (root / "_news").rename(root / "former")
    (root / "_news").mkdir()
    eventually(lambda: None in watching.changes)
    (root / "_news/one.md").write_text("one")
    watching.wait_for("_news/one.md")


def test_all_folders_are_watched_at_once_unless_one_cannot_matter(root: Path) -> None:
    (root / "_news/circle").symlink_to(root)
    assert watched_folders(root, without_modules) == set()
    (root / "node_modules").mkdir()
    assert watched_folders(root, without_modules) == {root, root / "_news"}


def test_a_renamed_folder_is_reported_and_then_changes_inside_it(
    root: Path, start: Callable[..., Watching]
) -> None:
    (root / "_news/one.md").write_text("one")
    watching = start(Watcher(root, mode="notify")).ready()
    (root / "_news").rename(root / "_old")
    watching.wait_for("_news", "_old")
    watching.changes.clear()
    (root / "_old/one.md").write_text("two")
    watching.wait_for("_old/one.md")


def test_a_new_folder_is_reported(root: Path, start: Callable[..., Watching]) -> None:
    watching = start(Watcher(root, mode="notify")).ready()
    (root / "deep/er").mkdir(parents=True)
    watching.wait_for("deep")
    (root / "deep/er/one.md").write_text("one")
    watching.wait_for("deep/er/one.md")


def test_all_files_are_swept_when_the_watch_begins(root: Path, start: Callable[..., Watching]) -> None:
    """Files may have changed between the last scan and the beginning of the watch."""
    watching = start(Watcher(root, mode="notify", sweep=1000))
    eventually(lambda: watching.changes == [None])
    (root / "_news/one.md").write_text("one")
    watching.wait_for("_news/one.md")


def test_no_notification_precedes_the_first_sweep(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file may have changed earlier, before the watch began."""
    batches = [{(watchfiles.Change.modified, str(root / f"_news/{name}.md"))} for name in ("a", "b")]
    monkeypatch.setattr(watchfiles, "watch", lambda *_, **__: iter(batches))
    changes = Watcher(root, mode="notify").changes(Event(), lambda: False)
    assert [next(changes), next(changes)] == [None, {"_news/b.md"}]


def test_all_files_are_swept_regularly_despite_notifications(
    root: Path, start: Callable[..., Watching]
) -> None:
    watching = start(Watcher(root, sweep=0.3))
    eventually(lambda: watching.changes.count(None) >= 3)
    assert not watching.watcher.polls


def test_a_requested_rescan_means_every_path(root: Path, start: Callable[..., Watching]) -> None:
    awake = Event()

    def rescan_requested() -> bool:
        was = awake.is_set()
        awake.clear()
        return was

    watching = start(Watcher(root, sweep=1000), rescan_requested).ready()
    awake.set()
    eventually(lambda: watching.changes == [None])


def test_a_watcher_polls_at_its_interval_if_polling_is_set(
    root: Path, start: Callable[..., Watching], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watcher = Watcher(root, mode="poll", interval=0.02)
    assert watcher.polls
    watching = start(watcher)
    eventually(lambda: len(watching.changes) > 5)
    assert caplog.messages == [f"{root}: watch.mode is poll; polling every 0.02 s"]
    assert set(map(str, watching.changes)) == {"None"}


def test_a_watcher_polls_after_a_sweep_found_changes_without_notification(
    root: Path, start: Callable[..., Watching], caplog: pytest.LogCaptureFixture
) -> None:
    watching = start(Watcher(root, interval=0.02, sweep=0.3, patience=0.1)).ready()
    watching.on_sweep = lambda: watching.watcher.note_sweep(7)
    eventually(
        lambda: caplog.messages == [f"{root}: 7 changes without notification; polling every 0.02 s"]
    )
    assert watching.watcher.polls
    eventually(lambda: watching.changes.count(None) > 20)


def test_a_sweep_that_is_quicker_than_the_notification_proves_nothing(
    root: Path, start: Callable[..., Watching]
) -> None:
    watching = start(Watcher(root, interval=0.02, sweep=0.3)).ready()
    rounds = 0

    def sweep() -> None:
        nonlocal rounds
        rounds += 1
        (root / "_news/one.md").write_text(str(rounds))  # the notification of it is still to come
        watching.watcher.note_sweep(1)

    watching.on_sweep = sweep
    eventually(lambda: rounds > 4)
    assert not watching.watcher.polls


def test_changes_before_the_watch_prove_nothing(root: Path, start: Callable[..., Watching]) -> None:
    watcher = Watcher(root, sweep=1000, patience=0)
    watching = start(watcher)
    watching.on_sweep = lambda: watcher.note_sweep(5)
    watching.ready()
    (root / "_news/one.md").write_text("one")
    watching.wait_for("_news/one.md")
    assert not watcher.polls


def test_a_watcher_set_to_notifications_never_polls(root: Path, start: Callable[..., Watching]) -> None:
    watching = start(Watcher(root, mode="notify", sweep=0.1, patience=0)).ready()
    watching.on_sweep = lambda: watching.watcher.note_sweep(1)
    eventually(lambda: watching.changes.count(None) > 3)
    assert not watching.watcher.polls


NO_ROOM = """
import logging, os, resource, sys
from pathlib import Path
from feeds.ingest.watch import Watcher
from tests.waiting import eventually
from tests.ingest.watching import Watching
logging.basicConfig(stream=sys.stdout)
watcher = Watcher(Path(sys.argv[1]), mode=sys.argv[2], interval=0.02)
used = len(os.listdir("/proc/self/fd"))
resource.setrlimit(resource.RLIMIT_NOFILE, (used, used))
watching = Watching(watcher)
eventually(lambda: len(watching.changes) > 2 or watching.failure)
print(watcher.polls, watching.failure)
watching.end()
"""


@pytest.mark.parametrize("mode", ["auto", "notify"])
def test_a_watcher_without_room_for_notifications_polls_or_fails(root: Path, mode: str) -> None:
    output = output_of(NO_ROOM, root, mode)
    if mode == "auto":
        assert f"{root}: no notifications: " in output
        assert "; polling every 0.02 s\n" in output
        assert output.endswith("True None\n")
    else:
        assert output.startswith(f"False {root}: no notifications: ")


ROOM_AGAIN = """
import logging, os, resource, sys
from pathlib import Path
from feeds.ingest.watch import Watcher
from tests.waiting import eventually
from tests.ingest.watching import Watching
logging.basicConfig(stream=sys.stdout, level=logging.INFO)
root = Path(sys.argv[1])
watcher = Watcher(root, interval=0.02, sweep=1000, retry=0.1)
used = len(os.listdir("/proc/self/fd"))
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (used, hard))
watching = Watching(watcher)
eventually(lambda: len(watching.changes) > 20 or watching.failure)
assert watcher.polls
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
eventually(lambda: not watcher.polls)
(root / "_news/one.md").write_text("one")
watching.wait_for("_news/one.md")
watching.end()
"""


def test_notifications_are_taken_up_again_once_there_is_room(root: Path) -> None:
    output = output_of(ROOM_AGAIN, root)
    assert output.count(f"{root}: no notifications: ") == 1
    assert output.count("; polling every 0.02 s\n") == 1
    assert output.count("notifications work again") == 1


def test_another_folder_in_its_place_is_watched(tmp_path: Path, start: Callable[..., Watching]) -> None:
    """A link that is changed to the next release causes no notification."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    link = tmp_path / "current"
    link.symlink_to("old")
    watching = start(Watcher(link, sweep=1000)).ready()
    (tmp_path / "next").symlink_to("new")
    (tmp_path / "next").replace(link)
    watching.ready()
    eventually(lambda: None in watching.changes)
    (tmp_path / "new/one.md").write_text("one")
    watching.wait_for("one.md")
    assert not watching.watcher.polls


class _LinkThatChanges(PosixPath):
    """The path of a link that leads to *new* as soon as it has been resolved once."""

    new: Path

    def resolve(self, strict: bool = False) -> Self:
        found = super().resolve(strict)
        with suppress(FileExistsError):
            (self.parent / "next").symlink_to(self.new)
            (self.parent / "next").replace(self)
        return found


def test_a_link_that_changes_while_the_watch_begins_is_followed(
    tmp_path: Path, start: Callable[..., Watching]
) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "current").symlink_to("old")
    link = _LinkThatChanges(tmp_path / "current")
    link.new = Path("new")
    watching = start(Watcher(link, mode="notify", sweep=1000)).ready()

    def is_reported() -> bool:
        (tmp_path / "new/one.md").write_text("one")
        return {"one.md"} in watching.changes

    eventually(is_reported, every=0.5)


def test_a_folder_that_is_not_there_is_waited_for(root: Path, start: Callable[..., Watching]) -> None:
    elsewhere = root.with_name("elsewhere")
    root.rename(elsewhere)
    watching = start(Watcher(root, mode="notify", interval=0.02, sweep=1000)).ready()
    elsewhere.rename(root)

    def is_reported() -> bool:
        (root / "_news/one.md").write_text("one")
        return {"_news/one.md"} in watching.changes

    eventually(is_reported, every=0.5)
    assert watching.failure is None


@pytest.mark.parametrize("mode", ["notify", "poll"])
def test_a_watcher_ends_soon_after_it_is_stopped(root: Path, mode: str) -> None:
    watching = Watching(Watcher(root, mode=mode, interval=1000))  # type: ignore[arg-type]
    if mode == "notify":
        watching.ready()
    watching.end(within=2)


MOUNTS = r"""proc /proc proc rw 0 0
/dev/vda / ext4 rw 0 0
systemd-1 /srv/articles autofs rw 0 0
server:/articles /srv/articles nfs4 rw 0 0
tmpfs /srv/articles/local tmpfs rw 0 0
//server/share /mnt/with\040space cifs rw 0 0
me@host: /home/me/remote fuse.sshfs rw 0 0
/dev/sdb1 /media/stick fuseblk rw 0 0
server:/old /srv/hidden nfs rw 0 0
/dev/sdc /srv/hidden xfs rw 0 0

nonsense
"""


@for_each(
    ("path", "kind"),
    [
        ("/home/me/articles", "ext4"),
        ("/srv/articles", "nfs4"),
        ("/srv/articles/deep/er", "nfs4"),
        ("/srv/articles/local/one", "tmpfs"),
        ("/srv/articles-of-another", "ext4"),
        ("/mnt/with space/articles", "cifs"),
        ("/home/me/remote", "fuse.sshfs"),
        ("/media/stick/articles", "fuseblk"),
        ("/srv/hidden", "xfs"),
    ],
)
def test_the_file_system_is_that_of_the_deepest_mount_that_hides_the_others(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_without_a_table_of_mounts_nothing_is_known() -> None:
    assert file_system(Path("/srv"), "") == ""


@pytest.mark.parametrize(("kind", "polls"), [("ext4", False), ("nfs", True), ("fuse.rclone", True)])
def test_a_remote_file_system_is_polled(
    root: Path, start: Callable[..., Watching], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, kind: str, polls: bool,
) -> None:  # fmt: skip
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(watch, "file_system", lambda path, mounts: kind)
    watching = start(Watcher(root))
    assert watching.watcher.polls is polls
    eventually(lambda: watching.changes)
    assert (f"{root}: remote file system; polling every 0.5 s" in caplog.messages) is polls
    assert not Watcher(root, mode="notify").polls


def test_this_machine_has_a_table_of_mounts() -> None:
    table = Path("/proc/self/mounts")
    if not table.exists():
        pytest.skip("not Linux")
    assert file_system(Path("/proc/self"), os.fsdecode(table.read_bytes())) == "proc"
