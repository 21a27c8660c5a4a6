"""The wheel: it contains every file of the package, and works where nothing else is."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from email import message_from_string
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement

from feeds import __version__
from feeds.formats import FORMATS
from feeds.sample import write_sample
from feeds.settings.packaged import EXAMPLES
from tests.paths import ROOT
from tests.server import Program, first_response, free_port
from tests.skipping import skip

pytestmark = pytest.mark.slow

PROJECT = ("pyproject.toml", "README.md", "LICENSE")
DEADLINE = 600  # seconds until pip must have ended
NO_INDEX = (
    "No matching distribution found",
    "Could not find a version",
    "Connection",
    "Temporary failure",
)


def pip(*words: object, folder: Path) -> None:
    """Run pip in *folder*. Skip the test if no index can be reached."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", *(str(word) for word in words)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=DEADLINE,
    )  # fmt: skip
    if done.returncode and any(reason in done.stderr for reason in NO_INDEX):
        skip(f"no package index can be reached: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files of the package in the repository."""
    listed = subprocess.run(["git", "ls-files", "feeds"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("no git repository here")
    return [name for name in listed.stdout.decode().splitlines() if (ROOT / name).is_file()]


class Built(NamedTuple):
    """The *names* of the files of a wheel, and the *programs* of an environment that has it."""

    names: list[str]
    programs: Path


@pytest.fixture(scope="module")
def built(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build and install the wheel, once for all processes that run tests."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    project, environment, complete = (folder / f"wheel-{name}" for name in ("source", "env", "complete"))
    with (folder / "wheel-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            install(tracked, project, environment)
            complete.touch()
    names = (metadata_of(environment) / "RECORD").read_text().splitlines()
    return Built([line.split(",")[0] for line in names], environment / "bin")


def install(tracked: list[str], project: Path, environment: Path) -> None:
    """Make *environment*, with the wheel and its dependencies, which are those of the tests.

    The wheel is built in *project*, a new folder with the files of the package alone.
    """
    for name in (*PROJECT, *tracked):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    pip("--python", python, "install", "--quiet", "--no-compile", "--no-deps", ".", folder=project)
    metadata = metadata_of(environment)
    for file in {file for each in dependencies(metadata) for file in top_level(each)}:
        (metadata.parent / file.name).symlink_to(file)


def metadata_of(environment: Path) -> Path:
    """The folder with what pip noted of the wheel."""
    [found] = environment.glob(f"lib/python*/site-packages/feeds-{__version__}.dist-info")
    return found


def dependencies(metadata: Path) -> list[Distribution]:
    """The distributions that the wheel with *metadata* requires, with those that they require."""
    found: dict[str, Distribution] = {}
    wanted = [
        (Requirement(each), "")
        for each in message_from_string((metadata / "METADATA").read_text()).get_all("Requires-Dist", [])
    ]
    while wanted:
        requirement, extra = wanted.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        installed = distribution(requirement.name)
        assert requirement.specifier.contains(installed.version), requirement
        if found.setdefault(f"{requirement}", installed) is installed:
            parts = [Requirement(each) for each in installed.requires or ()]
            wanted += [(part, each) for part in parts for each in ("", *requirement.extras)]
    return [*found.values()]


def top_level(installed: Distribution) -> set[Path]:
    """The files and folders of a distribution among the packages of this environment."""
    names = {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}
    return {Path(str(installed.locate_file(name))) for name in names}


class Installed(NamedTuple):
    """An installed wheel: the *program* feeds, an empty *folder* to run it in, and an empty *home*."""

    program: Path
    folder: Path
    home: Path

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a user who has set nothing; an empty variable counts as unset."""
        return {"HOME": str(self.home), "XDG_STATE_HOME": "", "PYTHONPATH": "", "PATH": "/usr/bin:/bin"}

    def run(self, *words: object, **settings: str) -> subprocess.CompletedProcess[bytes]:
        """Run a program of the environment."""
        return subprocess.run(
            [str(word) for word in words],
            env=os.environ | self.settings | settings,
            cwd=self.folder, capture_output=True, check=False, timeout=60,
        )  # fmt: skip

    def printed(self, *words: object, **settings: str) -> bytes:
        """The output of a command that succeeds."""
        done = self.run(self.program, *words, **settings)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@pytest.fixture
def installed(built: Built, tmp_path: Path) -> Installed:
    for name in ("folder", "home"):
        (tmp_path / name).mkdir()
    return Installed(built.programs / "feeds", tmp_path / "folder", tmp_path / "home")


def test_the_wheel_contains_every_file_of_the_package_and_nothing_else(
    built: Built, tracked: list[str]
) -> None:
    others = (f"feeds-{__version__}.dist-info/", "../../../bin/feeds")
    assert sorted(name for name in built.names if not name.startswith(others)) == sorted(tracked)


def test_an_installed_wheel_makes_checks_and_exports_a_corpus(installed: Installed) -> None:
    installed.printed("sample", "articles", "--articles", "5")
    installed.printed("--corpus", "articles", "check")
    installed.printed("--corpus", "articles", "export", "public", "--codings", "none", "--no-archives")
    assert (installed.folder / "public" / "feed.rss").read_bytes().startswith(b"<?xml")
    assert (installed.folder / "public" / "index.html").is_file()
    assert sorted(path.name for path in installed.folder.iterdir()) == ["articles", "public"]
    [store] = (installed.home / ".local" / "state" / "feeds").glob("*.db")
    assert str(store).encode() in installed.printed("--corpus", "articles", "store", "info")


def test_an_installed_wheel_serves_feeds_pages_and_status(installed: Installed) -> None:
    write_sample(installed.folder / "articles", 30, 1, lambda _done: None)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [installed.program, "--corpus", "articles", "serve", "--port", port]
    log = installed.home / "log"
    with Program([*map(str, command)], log, f"{url}/ready", installed.folder, **installed.settings):
        for name, made in FORMATS.items():
            answer = first_response(f"{url}/feed.{name}")
            assert (answer.status, answer.headers["Content-Type"]) == (200, made.media_type), name
            assert answer.body
        assert len(json.loads(first_response(f"{url}/feed.json").body)["items"]) == 30
        for path in ("/", "/build", "/embed", "/embed.js", "/status", "/opml", "/robots.txt"):
            assert first_response(url + path).status == 200, path
    assert f"serving articles at {url}; store: {installed.home}/.local/state/feeds/" in log.read_text()
    assert "Traceback" not in log.read_text()
    assert [path.name for path in installed.folder.iterdir()] == ["articles"]


PRINT = """
import json, sys
from pathlib import Path
from click.testing import CliRunner
from feeds.cli import main
def printed(*words, **settings):
    return CliRunner(env=settings).invoke(main, words).stdout
examples = {name: printed("config", name) for name in sys.argv[1:]}
Path("feeds.yaml").write_text(printed("config", "--default"))
print(json.dumps([printed("--version"), examples, printed("config", FEEDS_CONFIG="feeds.yaml")]))
"""


def test_an_installed_wheel_prints_its_version_every_example_and_its_defaults_as_settings(
    installed: Installed,
) -> None:
    python = installed.program.with_name("python")
    version, examples, settings = json.loads(installed.run(python, "-c", PRINT, *EXAMPLES).stdout)
    assert version.strip().endswith(__version__)
    for name, file in EXAMPLES.items():
        whole = (ROOT / "config" / file).read_text()
        assert examples[name].endswith("}\n") if name == "nginx-cache" else examples[name] == whole
    assert re.search(r"^  title: ''  # feeds\.yaml:\d+$", settings, re.MULTILINE)
    assert "# default" not in settings
