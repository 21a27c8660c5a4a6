"""Fixtures of all tests."""

import gc
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask
import hypothesis
import pytest

from tests import compiled_templates
from tests.distribution import ScopeScheduling, sort_by_duration
from tests.entrypoints import IN_TURN
from tests.examples import examples
from tests.paths import ROOT
from tests.postgres import CLUSTER, PostgresServer, running_postgres
from tests.reporting import pytest_runtest_protocol

__all__ = ["pytest_runtest_protocol"]  # a hook

# No deadline: a test must not fail because the machine is busy. 15 examples in place of the usual 100.
hypothesis.settings.register_profile("feeds", deadline=None, max_examples=examples(15))
hypothesis.settings.load_profile("feeds")

MEMORY = Path("/dev/shm")


def pytest_configure(config: pytest.Config) -> None:
    """Put temporary files in memory if it has room for them: a store on disk waits for every commit.

    TMPDIR names another place.
    """
    config.args[:] = _rotated(config)
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def folder_of_all_processes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for temporary files that all processes of this run of the tests share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def _rotated(config: pytest.Config) -> list[str]:
    """The folders of all tests, in each process from another one on, if every test runs.

    Each process compiles the modules that no other has compiled, and all processes need all of them.
    """
    process: dict[str, Any] = getattr(config, "workerinput", {})
    if not process or {ROOT / each for each in config.args} != {ROOT / "tests"}:
        return config.args
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    first = files[len(files) * int(process["workerid"].removeprefix("gw")) // process["workercount"]]
    folders = sorted({ROOT / "tests" / each.relative_to(ROOT / "tests").parts[0] for each in files})
    start = sum(each <= first for each in folders) - 1
    return [str(each) for each in (*folders[start:], *folders[:start])]


def _has_room(folder: Path) -> bool:
    """True if *folder* has room for the files of all tests, programs included."""
    return (
        os.access(folder, os.W_OK)
        and shutil.disk_usage(folder).free > 2 << 30
        and not os.statvfs(folder).f_flag & os.ST_NOEXEC
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start more processes than there are cores with ``-n auto``: tests wait for servers."""
    return len(os.sched_getaffinity(0)) + 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ScopeScheduling | None:
    """Distribute the tests by `scope_of` with ``--dist loadfile``."""
    return ScopeScheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    sort_by_duration(items)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep 14,000 tests and all modules out of the reach of the garbage collector, which runs seldom."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files; review the diff")


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    """Let threads take turns as often as possible.

    A thread keeps the interpreter for 5 ms by default, and SQLite releases it for each row.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(scope="session", autouse=True)
def state_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Path]]:
    """Folders in place of the user's state folder, one for each test.

    One more is for fixtures of modules and for processes. Compile each template once, not once for every
    application that a test makes, and make the files of a new PostgreSQL once for all processes.
    """
    folder, shared = tmp_path_factory.mktemp("state"), folder_of_all_processes(tmp_path_factory)
    templates = shared / "templates"
    templates.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "modules"))
        patch.setenv(CLUSTER, str(shared / "postgres"))
        patch.setenv(compiled_templates.FOLDER, str(templates))
        patch.setattr(flask.Flask, "jinja_options", {})
        compiled_templates.share_templates()
        yield (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, state_folders: Iterator[Path]) -> None:
    for name in [name for name in os.environ if name.startswith("FEEDS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(next(state_folders)))


@pytest.fixture(scope="session")
def entrypoint() -> str:
    """The entry point under test: Flask, compared with the others in turn. Override it for another."""
    return IN_TURN


@pytest.fixture(scope="session")
def real_corpus() -> Path:
    """A corpus of third-party articles, which cannot be part of this project."""
    path = Path(os.environ.get("REAL_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (path / "_news").is_dir():
        pytest.skip("no real corpus beside the project; REAL_CORPUS=path names one")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for all tests of this process."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """The address of a new database."""
    return postgres.new_database()


@pytest.fixture
def fleet_database(postgres: PostgresServer) -> str:
    """The address of a new database that has the tables of a fleet."""
    return postgres.new_fleet_database()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """A function that compares bytes with a file in tests/golden; ``--update-golden`` writes the file."""

    def compare(name: str, made: bytes) -> None:
        file = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(made)
        assert file.exists(), f"no {name} yet: run pytest --update-golden and look at it"
        assert made.decode() == file.read_bytes().decode()

    return compare


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """An empty corpus with a name and an address."""
    root = tmp_path / "corpus"
    (root / "_news").mkdir(parents=True)
    (root / "_config.yml").write_text("title: Example\nurl: https://corpus.example\nlocale: en-us\n")
    return root
