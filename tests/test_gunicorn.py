"""The parts of gunicorn that config/gunicorn.py and feeds.wsgi use beyond its documentation."""

import os
import runpy
from pathlib import Path
from typing import Any

import pytest
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.pidfile import Pidfile

from feeds import wsgi
from tests.paths import ROOT


class Application(BaseApplication):  # type: ignore[misc]
    """An application with settings only."""

    def load_config(self) -> None:
        self.cfg.set("control_socket_disable", True)

    def load(self) -> None:
        raise AssertionError


@pytest.fixture
def arbiter(monkeypatch: pytest.MonkeyPatch) -> Arbiter:
    """A master process as hooks receive it; the corpus in its settings does not exist."""
    monkeypatch.setenv("FEEDS_CORPUS_PATH", "/nowhere")
    return Arbiter(Application())


@pytest.fixture
def hooks() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "config" / "gunicorn.py"))


def test_the_exit_status_of_an_application_that_cannot_be_loaded_is_known(arbiter: Arbiter) -> None:
    assert wsgi.APP_LOAD_ERROR == arbiter.APP_LOAD_ERROR


def test_a_start_that_is_refused_removes_the_file_with_the_id_of_the_process(
    hooks: dict[str, Any], arbiter: Arbiter, tmp_path: Path
) -> None:
    assert arbiter.pidfile is None
    arbiter.pidfile = Pidfile(str(tmp_path / "pid"))
    arbiter.pidfile.create(os.getpid())
    with pytest.raises(SystemExit) as ended:
        hooks["on_starting"](arbiter)
    assert ended.value.code == arbiter.APP_LOAD_ERROR
    assert not (tmp_path / "pid").exists()


def test_a_master_knows_whose_files_its_workers_write(arbiter: Arbiter) -> None:
    assert arbiter.cfg.uid == os.geteuid()


def test_every_setting_in_the_file_is_one_of_gunicorn(hooks: dict[str, Any], arbiter: Arbiter) -> None:
    """gunicorn ignores unknown settings silently."""
    named = {name for name in hooks if not name.startswith("_")} - {"os", "sys", "resource", "host"}
    assert named <= set(arbiter.cfg.settings)
