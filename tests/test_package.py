"""The wheel: it contains every file of the package, and works where nothing else is."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from email import message_from_string
from importlib.metadata import Distribution, distribution
from importlib.metadata import metadata as metadata_named
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from feeds import __version__
from feeds.formats import FORMATS
from feeds.sample import write_sample
from feeds.settings.packaged import EXAMPLES
from tests.conftest import folder_of_all_processes
from tests.once import made_once
from tests.paths import ROOT
from tests.server import Program, first_response, free_port

pytestmark = pytest.mark.slow

PROJECT = ("pyproject.toml", "README.md", "LICENSE")
BUILD = """
import sys
from setuptools.build_meta import build_wheel
build_wheel(sys.argv[1], {"--global-option": "--quiet", "--build-option": "--compression=stored"})
"""


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files of the package in the repository."""
    listed = subprocess.run(["git", "ls-files", "feeds"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("no git repository here")
    return [name for name in listed.stdout.decode().splitlines() if (ROOT / name).is_file()]


def test_every_version_that_passed_the_tests_works_with_the_oldest_python() -> None:
    """Else pip tries other versions of all packages there, for more than ten minutes."""
    names = [line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()]
    needed = {name: metadata_named(name).get("Requires-Python") or "" for name in names}
    [oldest] = SpecifierSet(str(metadata_named("feeds")["Requires-Python"]))
    newer = [name for name, versions in needed.items() if oldest.version not in SpecifierSet(versions)]
    assert newer == []


class Built(NamedTuple):
    """The *names* of the files of a wheel, and the *programs* of an environment that has it."""

    names: list[str]
    programs: Path


@pytest.fixture(scope="module")
def built(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build and install the wheel, once for all processes that run tests."""
    folder = folder_of_all_processes(tmp_path_factory)
    environment = made_once(folder / "wheel", lambda made: install(tracked, folder / "source", made))
    names = (metadata_of(environment) / "RECORD").read_text().splitlines()
    return Built([line.split(",")[0] for line in names], environment / "bin")


def install(tracked: list[str], project: Path, environment: Path) -> None:
    """Make *environment*, with the wheel and its dependencies, which are those of the tests.

    The wheel is built in *project*, a new folder with links to the files of the package
    alone, by the setuptools of the tests: pip would install them again. The pip of the tests runs in
    *environment*.
    """
    for name in (*PROJECT, *tracked):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).symlink_to(ROOT / name)
    venv.create(environment, symlinks=True)
    for each in tomllib.loads((project / "pyproject.toml").read_text())["build-system"]["requires"]:
        needed = Requirement(each)
        assert needed.specifier.contains(distribution(needed.name).version), each
    run(sys.executable, "-I", "-c", BUILD, project, folder=project)
    [wheel] = project.glob("*.whl")
    pip = (environment / "bin" / "python", distribution("pip").locate_file("pip"), "install")
    run(*pip, "--quiet", "--no-compile", "--no-deps", "--no-index", wheel, folder=project)
    metadata = metadata_of(environment)
    for file in {file for each in dependencies(metadata) for file in top_level(each)}:
        (metadata.parent / file.name).symlink_to(file)


def run(*words: object, folder: Path) -> None:
    """Run a program in *folder*, which has to succeed."""
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


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


COMMANDS = """
import json, sys
from click.testing import CliRunner
from feeds.cli import main
done = [CliRunner(catch_exceptions=False).invoke(main, line) for line in sys.argv[1:]]
assert not any(each.exit_code for each in done), [each.output for each in done]
print(json.dumps([each.stdout for each in done]))
"""


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

    def commands(self, *lines: str) -> list[str]:
        """The outputs of commands that succeed, one after the other."""
        done = self.run(self.program.with_name("python"), "-c", COMMANDS, *lines)
        assert done.returncode == 0, done.stderr.decode()
        return list(json.loads(done.stdout))


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


def test_an_installed_wheel_makes_checks_and_exports_a_corpus_and_prints_its_files(
    installed: Installed,
) -> None:
    """One process runs the commands; the next test starts the program itself."""
    defaults = (ROOT / "config" / "feeds.yaml").read_text()
    (installed.home / "feeds.yaml").write_text(defaults)
    version, printed, settings, *examples, _, _, _, stored = installed.commands(
        "--version",
        "config --default",
        f"config --config {installed.home}/feeds.yaml",
        *(f"config {name}" for name in EXAMPLES),
        "sample articles --articles 1",
        "--corpus articles check",
        "--corpus articles export public --codings none --no-archives --no-digests --workers 1",
        "--corpus articles store info",
    )
    assert (installed.folder / "public" / "feed.rss").read_bytes().startswith(b"<?xml")
    assert (installed.folder / "public" / "index.html").is_file()
    assert sorted(path.name for path in installed.folder.iterdir()) == ["articles", "public"]
    [store] = (installed.home / ".local" / "state" / "feeds").glob("*.db")
    assert str(store) in stored

    assert version.strip().endswith(__version__)
    assert printed == defaults
    assert re.search(r"^  title: ''  # .*feeds\.yaml:\d+$", settings, re.MULTILINE)
    assert "# default" not in settings
    for (name, file), example in zip(EXAMPLES.items(), examples, strict=True):
        whole = (ROOT / "config" / file).read_text()
        assert example.endswith("}\n") if name == "nginx-cache" else example == whole


def test_an_installed_wheel_serves_feeds_pages_and_status(installed: Installed) -> None:
    write_sample(installed.folder / "articles", 3, 1, lambda _done: None)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [installed.program, "--corpus", "articles", "serve", "--workers", 1, "--port", port]
    log = installed.home / "log"
    settings = installed.settings | {"SSL_CERT_FILE": os.devnull}
    with Program([*map(str, command)], log, f"{url}/ready", installed.folder, **settings):
        for name, made in FORMATS.items():
            answer = first_response(f"{url}/feed.{name}")
            assert (answer.status, answer.headers["Content-Type"]) == (200, made.media_type), name
            assert answer.body
        assert len(json.loads(first_response(f"{url}/feed.json").body)["items"]) == 3
        for path in ("/", "/build", "/embed", "/embed.js", "/status", "/opml", "/robots.txt"):
            assert first_response(url + path).status == 200, path
    assert f"serving articles at {url}; store: {installed.home}/.local/state/feeds/" in log.read_text()
    assert "Traceback" not in log.read_text()
    assert [path.name for path in installed.folder.iterdir()] == ["articles"]
