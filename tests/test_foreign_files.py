"""No command changes a file that is not its own store, lock, output folder or state folder."""

import os
import shutil
import sqlite3
import stat
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.builders import write_article
from tests.commands import invoke, run_feeds
from tests.server import Server, StartError

STORE = "store.db"
COMMANDS: dict[str, tuple[str, ...]] = {
    "list topics": ("list", "topics"),
    "list providers": ("list", "providers"),
    "render": ("render", "topics/tests"),
    "check": ("check",),
    "check --explain": ("check", "--explain"),
    "explain": ("explain", "feed", "_news/one.md"),
    "refresh": ("refresh",),
    "sample": ("sample", "OUT", "--articles", "3"),
    "export": ("export", "OUT", "--workers", "1", "--no-pages", "--codings", "none"),
    "store check": ("store", "check"),
    "store info": ("store", "info"),
    "store backup": ("store", "backup", "OUT"),
    "store restore": ("store", "restore", "BACKUP"),
}
STORELESS = ("sample",)  # commands that use no store

Tree = dict[str, tuple[object, ...]]  # the state of each path


class Outcome(NamedTuple):
    """The output of a command, and its exit status."""

    status: int
    out: str
    err: str


class Place:
    """A folder in which commands run: a corpus, another person's files, and a path for the store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.corpus = root / "corpus"
        self.somebody = root / "somebody"
        self.store = root / "work" / STORE
        self.out = root / "out"
        self.backup = root / "backup.db"
        write_article(self.corpus, "_news/one.md", "Some text.")
        write_article(self.corpus, "_news/two.md", "Other text.")
        (self.corpus / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
        self.somebody.mkdir()
        self.store.parent.mkdir()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "FEEDS_CORPUS_PATH": str(self.corpus),
            "FEEDS_STORE_PATH": str(self.store),
            "FEEDS_SITE_URL": "https://feeds.example",
        }

    def words(self, command: str) -> list[str]:
        places = {"OUT": str(self.out), "BACKUP": str(self.backup)}
        return [places.get(word, word) for word in COMMANDS.get(command, (command,))]

    def snapshot(self) -> Tree:
        """Everything below the folder, by path; a folder's date is left out."""
        found = {}
        for folder, folders, files in os.walk(self.root):
            for name in (*folders, *files):
                path = Path(folder, name)
                found[str(path.relative_to(self.root))] = _state(path)
        return found


def _state(path: Path) -> tuple[object, ...]:
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        return "link", os.readlink(path)
    if stat.S_ISREG(info.st_mode):
        return "file", info.st_mode, info.st_mtime_ns, path.read_bytes()
    return stat.S_IFMT(info.st_mode), info.st_mode


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    monkeypatch.chdir(made.root)
    before = dict(os.environ)
    yield made
    os.environ.clear()
    os.environ.update(before)


def in_process(place: Place, command: str) -> Outcome:
    """Run *command* in this process, which is quicker than ``in_a_process``."""
    result = invoke(*place.words(command), **place.environment)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def in_a_process(place: Place, *words: str) -> Outcome:
    """Run a command in its own process."""
    done = run_feeds(*words, folder=place.root, **place.environment)
    return Outcome(done.returncode, done.stdout, done.stderr)


def assert_unchanged(place: Place, before: Tree) -> Tree:
    """Assert that all paths in *before* are unchanged; return the new paths."""
    after = place.snapshot()
    changed = {path for path, state in before.items() if path in after and after[path] != state}
    assert {"gone": before.keys() - after.keys(), "changed": changed} == {"gone": set(), "changed": set()}
    return {path: state for path, state in after.items() if path not in before}


def assert_refused(outcome: Outcome, *named: Path) -> None:
    """Assert that *outcome* is a refusal: one line that names one of *named*."""
    assert outcome.status in (1, 2), outcome
    assert "Traceback" not in outcome.err
    assert outcome.err.startswith("feeds: "), outcome.err
    assert outcome.err.count("\n") == 1, outcome.err
    assert any(str(path) in outcome.err for path in named), outcome.err


def assert_nothing_but_locks(new: Tree, *beside: Path) -> None:
    """Assert that *new* consists of empty files named after one of *beside*."""
    for path, state in new.items():
        assert any(Path(path).name.startswith(f"{each.name}.") for each in beside), path
        assert state[0] == "file", path
        assert state[-1] == b"", path


# Other files at the path of the store.


def text(path: Path) -> None:
    path.write_text("Dear diary,\n")


def empty(path: Path) -> None:
    path.touch()


def folder(path: Path) -> None:
    path.mkdir()
    (path / "letter.txt").write_text("Dear Ada,\n")


def picture(path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    lines = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(lines))


def database(path: Path) -> None:
    _database(path, 0)


def named_database(path: Path) -> None:
    _database(path, 0x47504B47)  # GeoPackage


def database_in_use(path: Path) -> None:
    """A database with a log that its own program has not written back yet."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        _fill(connection, 0x47504B47)
        log = Path(f"{path}-wal").read_bytes()
        main_file = path.read_bytes()
    path.write_bytes(main_file)
    Path(f"{path}-wal").write_bytes(log)


def _database(path: Path, application: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _fill(connection, application)


def _fill(connection: sqlite3.Connection, application: int) -> None:
    connection.execute(f"PRAGMA application_id = {application}")
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value)")
    connection.execute("INSERT INTO meta VALUES ('mine', 'all mine')")


def fifo(path: Path) -> None:
    os.mkfifo(path)


FOREIGN: dict[str, Callable[[Path], None]] = {
    "text": text,
    "empty": empty,
    "folder": folder,
    "picture": picture,
    "database": database,
    "named database": named_database,
    "database in use": database_in_use,
    "fifo": fifo,
}
HOSTILE = (*FOREIGN, *(f"link to {kind}" for kind in FOREIGN))


def put(kind: str, path: Path, somebody: Path) -> tuple[Path, ...]:
    """Make a file of *kind* at *path*; return the paths that an error may name."""
    if not kind.startswith("link to "):
        FOREIGN[kind](path)
        return (path,)
    target = somebody / "thing"
    FOREIGN[kind.removeprefix("link to ")](target)
    path.symlink_to(target)
    return path, target


def every(step: int, kinds: Iterable[str], commands: Iterable[str]) -> list[tuple[str, str]]:
    """One of *step* pairs: each kind with some commands, and each command with some kinds."""
    commands = [*commands]
    return [
        (kind, command)
        for row, kind in enumerate(kinds)
        for column, command in enumerate(commands)
        if (row + column) % step == 0
    ]


@pytest.mark.parametrize(("kind", "command"), every(7, HOSTILE, COMMANDS))
def test_what_is_where_the_store_should_be_is_left_alone(place: Place, kind: str, command: str) -> None:
    named = put(kind, place.store, place.somebody)
    if command == "store restore":
        shutil.copy(_good_backup(place), place.backup)
    before = place.snapshot()
    # Opening a pipe may wait forever.
    outcome = in_a_process(place, *place.words(command)) if "fifo" in kind else in_process(place, command)
    new = assert_unchanged(place, before)
    if command in STORELESS:
        assert outcome.status == 0
        assert all(path.split("/")[0] == "out" for path in new)
        return
    assert_refused(outcome, *named)
    assert_nothing_but_locks(new, *named)


def _good_backup(place: Place) -> Path:
    """Make a store of the corpus elsewhere; return its path."""
    made = place.root.parent / "elsewhere.db"
    environment = place.environment | {"FEEDS_STORE_PATH": str(made)}
    assert invoke("refresh", **environment).exit_code == 0
    return made


@pytest.mark.parametrize(("kind", "command"), [*zip(HOSTILE, 2 * (*COMMANDS,), strict=False)])
def test_a_real_process_leaves_it_alone_too(place: Place, kind: str, command: str) -> None:
    if command in STORELESS:
        command = "refresh"
    named = put(kind, place.store, place.somebody)
    if command == "store restore":
        shutil.copy(_good_backup(place), place.backup)
    before = place.snapshot()
    outcome = in_a_process(place, *place.words(command))
    assert_nothing_but_locks(assert_unchanged(place, before), *named)
    assert_refused(outcome, *named)
    assert outcome.out == ""


@pytest.mark.parametrize("kind", [kind for kind in HOSTILE if "fifo" not in kind])
def test_the_command_serve_refuses_to_start_a_server_on_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(os, "execve", lambda *_arguments: pytest.fail("the server started"))
    named = put(kind, place.store, place.somebody)
    before = place.snapshot()
    outcome = in_process(place, "serve")
    assert_nothing_but_locks(assert_unchanged(place, before), *named)
    assert_refused(outcome, *named)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["fifo", *HOSTILE[::3]])
def test_a_server_refuses_to_start_on_it(place: Place, kind: str) -> None:
    named = put(kind, place.store, place.somebody)
    before = place.snapshot()
    with serving(place) as outcome:
        pass
    new = assert_unchanged(place, before)
    assert outcome, "the server started"
    assert_refused(outcome, *named)
    assert_nothing_but_locks(new, *named)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_that_leads_nowhere_stays_a_link(place: Place, command: str) -> None:
    target = place.somebody / "later.db"
    place.store.symlink_to(target)
    before = place.snapshot()
    outcome = in_process(place, command)
    new = assert_unchanged(place, before)
    if outcome.status:
        assert_refused(outcome, place.store, target, place.backup)
        assert_nothing_but_locks(new, place.store, target)
    else:
        owned = (f"work/{STORE}", "somebody/later.db", "out")
        assert all(path.startswith(owned) for path in new), new


# Other files beside a store.

BESIDE = (
    ".lock", ".wake", ".opening", ".new", ".aside-1", ".processes", ".schema-3", ".backup", ".tmp",
    "-wal", "-shm", "-journal", ".requests",
)  # fmt: skip
CREATING = ("list topics", "refresh", "export", "render")


@pytest.mark.parametrize(("suffix", "command"), every(3, BESIDE, CREATING))
def test_what_somebody_keeps_beside_a_new_store_is_left_alone(
    place: Place, suffix: str, command: str
) -> None:
    neighbour = Path(f"{place.store}{suffix}")
    text(neighbour)
    before = place.snapshot()
    outcome = in_process(place, command)
    new = assert_unchanged(place, before)
    if outcome.status:
        assert_refused(outcome, place.store, neighbour)
        assert_nothing_but_locks(new, place.store)
    else:
        assert all(path.startswith((f"work/{STORE}", "out")) for path in new), new


@pytest.mark.slow
def test_what_somebody_keeps_beside_a_store_in_use_is_left_alone(place: Place) -> None:
    """Another process writes the store, so that ``feeds refresh`` requests a scan from it in a file."""
    neighbours = [Path(f"{place.store}{suffix}") for suffix in BESIDE if suffix[0] == "."]
    with serving(place) as outcome:
        if outcome:
            assert_refused(outcome, place.store, *neighbours)
            return
        somebodys = [path for path in neighbours if not path.exists()]
        assert Path(f"{place.store}.requests") in somebodys
        for path in somebodys:
            text(path)
        names = {str(path.relative_to(place.root)) for path in somebodys}
        before = {name: state for name, state in place.snapshot().items() if name in names}
        assert_refused(in_a_process(place, "refresh"), Path(f"{place.store}.requests"))
        assert_unchanged(place, before)


@contextmanager
def serving(place: Place) -> Iterator[Outcome | None]:
    """Run a real server at *place*; the context is its Outcome if it ended at its start, else None."""
    server = Server(place.corpus, place.root.parent / "run", "serve", cwd=place.root, **place.environment)
    try:
        server.start()
    except StartError as refused:
        yield Outcome(refused.status, "", refused.output)
    else:
        with server:
            yield None


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".processes", ".new", "-wal", "-journal", ".requests"])
def test_a_server_leaves_alone_what_somebody_keeps_beside_a_new_store(place: Place, suffix: str) -> None:
    neighbour = Path(f"{place.store}{suffix}")
    (folder if suffix == ".processes" else text)(neighbour)
    before = place.snapshot()
    with serving(place) as outcome:
        pass
    new = assert_unchanged(place, before)
    if outcome:
        assert_refused(outcome, place.store, neighbour)
        assert_nothing_but_locks(new, place.store)
    else:
        assert all(path.startswith(f"work/{STORE}") for path in new), new


# Paths of a store.


@pytest.mark.parametrize("command", CREATING)
def test_a_store_may_be_in_a_folder_that_is_new(place: Place, command: str) -> None:
    place.store = place.root / "work" / "a" / "b" / STORE
    before = place.snapshot()
    outcome = in_process(place, command)
    new = assert_unchanged(place, before)
    assert outcome.status == 0
    assert all(path.startswith(("work/a", "out")) for path in new), new


@pytest.mark.parametrize("command", CREATING)
def test_a_store_cannot_be_below_a_file(place: Place, command: str) -> None:
    text(place.somebody / "diary")
    place.store = place.somebody / "diary" / STORE
    before = place.snapshot()
    outcome = in_process(place, command)
    assert assert_unchanged(place, before) == {}
    assert_refused(outcome, place.store, place.store.parent)


@pytest.mark.parametrize("command", CREATING)
def test_a_store_inside_the_corpus_changes_no_file_of_it(place: Place, command: str) -> None:
    place.store = place.corpus / "var" / STORE
    before = place.snapshot()
    outcome = in_process(place, command)
    new = assert_unchanged(place, before)
    if outcome.status:
        assert_refused(outcome, place.store)
    else:
        assert all(path.startswith(("corpus/var", "out")) for path in new), new


@pytest.mark.parametrize("command", CREATING)
def test_an_article_is_no_store(place: Place, command: str) -> None:
    place.store = place.corpus / "_news" / "one.md"
    before = place.snapshot()
    outcome = in_process(place, command)
    assert_nothing_but_locks(assert_unchanged(place, before), place.store)
    assert_refused(outcome, place.store)


# Output.

WRITING = ("sample", "export", "store backup")
# Only a backup may look into what is there; the others take turns.
PLAIN = [kind for kind in HOSTILE if kind.endswith(("text", "empty", "folder", "fifo"))]
OVER = [*((kind, "store backup") for kind in HOSTILE), *every(2, PLAIN, ("sample", "export"))]


@pytest.mark.parametrize(("kind", "command"), OVER)
def test_output_replaces_nothing_of_somebody_else(place: Place, kind: str, command: str) -> None:
    named = put(kind, place.out, place.somebody)
    assert in_process(place, "refresh").status == 0
    before = {name: state for name, state in place.snapshot().items() if not name.startswith("work/")}
    outcome = in_a_process(place, *place.words(command)) if "fifo" in kind else in_process(place, command)
    new = assert_unchanged(place, before)
    assert all(path.startswith(f"work/{STORE}") for path in new), new
    assert_refused(outcome, *named)


@pytest.mark.parametrize("command", WRITING)
def test_output_through_a_link_that_leads_nowhere_keeps_the_link(place: Place, command: str) -> None:
    target = place.somebody / "later"
    place.out.symlink_to(target)
    assert in_process(place, "refresh").status == 0
    before = {name: state for name, state in place.snapshot().items() if not name.startswith("work/")}
    outcome = in_process(place, command)
    new = assert_unchanged(place, before)
    if outcome.status:
        assert_refused(outcome, place.out, target)
    assert all(path.startswith((f"work/{STORE}", "somebody/later")) for path in new), new


@pytest.mark.parametrize("command", WRITING)
def test_output_cannot_be_below_a_file(place: Place, command: str) -> None:
    text(place.somebody / "diary")
    place.out = place.somebody / "diary" / "out"
    before = {name: state for name, state in place.snapshot().items() if not name.startswith("work/")}
    outcome = in_process(place, command)
    assert_unchanged(place, before)
    assert_refused(outcome, place.out, place.out.parent)


@pytest.mark.parametrize("command", WRITING)
def test_output_is_not_written_over_the_corpus(place: Place, command: str) -> None:
    place.out = place.corpus
    before = {name: state for name, state in place.snapshot().items() if not name.startswith("work/")}
    outcome = in_process(place, command)
    assert_unchanged(place, before)
    assert_refused(outcome, place.out)


def test_a_second_sample_keeps_what_somebody_put_beside_its_articles(place: Place) -> None:
    assert in_process(place, "sample").status == 0
    text(place.out / "diary.txt")
    folder(place.out / "letters")
    kept = ("out/diary.txt", "out/letters", "out/letters/letter.txt")
    before = {name: state for name, state in place.snapshot().items() if name in kept}
    outcome = in_process(place, "sample")
    assert_unchanged(place, before)
    if outcome.status:
        assert_refused(outcome, place.out)


def test_a_sample_through_a_link_in_its_folder_touches_nothing_beyond(place: Place) -> None:
    assert in_process(place, "sample").status == 0
    folder(place.somebody / "letters")
    shutil.rmtree(place.out / "_data")
    (place.out / "_data").symlink_to(place.somebody / "letters")
    before = {name: state for name, state in place.snapshot().items() if name.startswith("somebody")}
    outcome = in_process(place, "sample")
    assert_unchanged(place, before)
    if outcome.status:
        assert_refused(outcome, place.out, place.out / "_data")
        assert "None" not in outcome.err


@pytest.mark.parametrize("taken", ["feed.json", "topics", "feed.json.new"])
def test_an_export_writes_through_no_link_that_somebody_put_into_its_folder(
    place: Place, taken: str
) -> None:
    assert in_process(place, "export").status == 0
    path = place.out / taken
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    text(place.somebody / "tests.rss")
    path.symlink_to(place.somebody if taken == "topics" else place.somebody / "tests.rss")
    write_article(place.corpus, "_news/three.md", "New text.")
    before = {name: state for name, state in place.snapshot().items() if name.startswith("somebody")}
    outcome = in_process(place, "export")
    new = assert_unchanged(place, before)
    assert not [each for each in new if each.startswith("somebody")]
    if outcome.status:
        assert_refused(outcome, place.out, path)


# Sources of a restore.


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_is_restored_from_what_is_no_store(place: Place, kind: str) -> None:
    named = put(kind, place.backup, place.somebody)
    assert in_process(place, "refresh").status == 0
    before = place.snapshot()
    words = place.words("store restore")
    outcome = in_a_process(place, *words) if "fifo" in kind else in_process(place, "store restore")
    new = assert_unchanged(place, before)
    assert_refused(outcome, *named)
    assert_nothing_but_locks(new, place.store, *named)


# The corpus.


@pytest.mark.parametrize("command", COMMANDS)
def test_the_corpus_is_never_changed(place: Place, command: str) -> None:
    text(place.corpus / "_news" / "notes.txt")
    (place.corpus / "_news" / "bad.md").write_text("---\ntitle: never closed\n")
    (place.corpus / "_news" / "nowhere.md").symlink_to("missing.md")
    if command == "store restore":
        shutil.copy(_good_backup(place), place.backup)
    before = place.snapshot()
    in_process(place, command)
    new = assert_unchanged(place, before)
    assert all(path.startswith((f"work/{STORE}", "out")) for path in new), new


@pytest.mark.slow
def test_a_server_never_changes_the_corpus(place: Place) -> None:
    before = place.snapshot()
    with serving(place) as outcome:
        assert outcome is None
    new = assert_unchanged(place, before)
    assert all(path.startswith(f"work/{STORE}") for path in new), new
