"""gunicorn with the packaged configuration, and the parts of gunicorn that lack documentation."""

import json
import os
import runpy
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.pidfile import Pidfile
from gunicorn.workers import SUPPORTED_WORKERS
from gunicorn.workers.gthread import ThreadWorker as GunicornThreads

from feeds import wsgi
from feeds.bootstrap.inherited import inherited
from tests.builders import write_article
from tests.paths import ROOT
from tests.server import Program, free_port, get
from tests.waiting import eventually


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


def refusal(
    hooks: dict[str, Any], arbiter: Arbiter, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The lines that a master logs when it refuses to start with *corpus*."""
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(corpus))
    monkeypatch.setenv("FEEDS_STORE_PATH", str(corpus.with_name("store.db")))
    monkeypatch.setattr(inherited, "accepted", None)
    lines: list[str] = []
    for level in "info", "critical":
        monkeypatch.setattr(arbiter.log, level, lambda form, *of, **_more: lines.append(form % of))
    with pytest.raises(SystemExit):
        hooks["on_starting"](arbiter)
    return lines


def test_a_port_in_use_is_one_line_before_gunicorn_tries_to_listen(
    hooks: dict[str, Any], arbiter: Arbiter, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        arbiter.cfg.set("bind", f"127.0.0.1:{port}")
        [line] = refusal(hooks, arbiter, corpus, monkeypatch)
    assert line.startswith(f"127.0.0.1:{port}: in use by another program; ")
    arbiter.cfg.set("bind", "unix:/nowhere/socket")
    [line] = refusal(hooks, arbiter, corpus, monkeypatch)
    assert line.startswith("/nowhere/socket: no such folder: /nowhere; ")


def test_sockets_that_are_inherited_are_not_tried(
    hooks: dict[str, Any], arbiter: Arbiter, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arbiter.cfg.set("bind", "203.0.113.9:80")
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    hooks["_check_listening"](arbiter)
    monkeypatch.delenv("LISTEN_PID")
    arbiter.master_pid = 1
    hooks["_check_listening"](arbiter)
    arbiter.master_pid = 0
    [line] = refusal(hooks, arbiter, corpus, monkeypatch)
    assert line.startswith("203.0.113.9:80: not an address of this machine; ")


def test_a_server_without_workers_is_refused(
    hooks: dict[str, Any], arbiter: Arbiter, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arbiter.cfg.set("workers", 0)
    assert refusal(hooks, arbiter, corpus, monkeypatch) == ["workers: no workers; use 1 or more"]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("PORT", "http", "not a whole number from 1 to 65535: 'http'; use 8000"),
        ("PORT", "70000", "not a whole number from 1 to 65535: '70000'; use 8000"),
        ("WEB_CONCURRENCY", "0", "not a whole number from 1 to 1024: '0'; use 2"),
        ("WORKER_CLASS", "gthreads", "not one of CLASSES: 'gthreads'; did you mean gthread?"),
        ("WORKER_CLASS", "granian", "not one of CLASSES: 'granian'; use asgi or gthread"),
    ],
)
def test_a_bad_variable_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    problem: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "feeds" / "gunicorn_conf.py"))
    assert ended.value.code == wsgi.APP_LOAD_ERROR
    known = ", ".join(sorted(SUPPORTED_WORKERS))
    assert capsys.readouterr().err == f"{name}: {problem.replace('CLASSES', known)}\n"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("::1", "[::1]:8000"),
        ("2001:db8:1:2:3:4:5:6", "[2001:db8:1:2:3:4:5:6]:8000"),
        ("[::1]", "[::1]:8000"),
        ("localhost", "localhost:8000"),
    ],
)
def test_every_ip_address_can_be_the_host(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.delenv("PORT", raising=False)
    assert runpy.run_path(str(ROOT / "feeds" / "gunicorn_conf.py"))["bind"] == address


def test_a_class_of_another_package_can_be_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_CLASS", "package.module.Worker")
    assert runpy.run_path(str(ROOT / "feeds" / "gunicorn_conf.py"))["wsgi_app"] == "feeds.wsgi:app"


@pytest.mark.slow
@pytest.mark.parametrize("server", [["gunicorn", "--workers", "2", "--bind"], ["granian", "--interface"]])
def test_a_server_without_our_configuration_ends_if_the_store_cannot_be_made(
    corpus: Path, tmp_path: Path, server: list[str]
) -> None:
    (tmp_path / "file").touch()
    store = tmp_path / "file" / "store.db"
    settings = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(store), "PYTHONPATH": str(ROOT)}
    port = free_port()
    if server[0] == "granian":
        pytest.importorskip("granian")
        place = ["wsgi", "--port", str(port)]
    else:
        place = [f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", *server, *place, "feeds.wsgi:app"]
    url = f"http://127.0.0.1:{port}/ready"
    ended = Program(command, tmp_path / "log", url, tmp_path, **settings).refusal()
    assert f"[CRITICAL] {store}: cannot be read: not a directory; " in ended.output
    assert ended.output.count("[CRITICAL]") == 1
    assert "serving" not in ended.output
    assert "Traceback" not in ended.output


def test_a_master_knows_whose_files_its_workers_write(arbiter: Arbiter) -> None:
    assert arbiter.cfg.uid == os.geteuid()


def test_every_setting_in_the_file_is_one_of_gunicorn(hooks: dict[str, Any], arbiter: Arbiter) -> None:
    """gunicorn ignores unknown settings silently."""
    imported = {name for name, value in hooks.items() if isinstance(value, ModuleType | type)}
    functions = {"host", "import_module", "SUPPORTED_WORKERS", "NoReturn"}
    named = {name for name in hooks if not name.startswith("_")} - imported - functions
    assert named <= set(arbiter.cfg.settings)


def test_workers_end_silent_connections_after_a_reload_too(
    hooks: dict[str, Any], arbiter: Arbiter
) -> None:
    arbiter.worker_class = GunicornThreads  # as gunicorn sets it before the hook
    arbiter.cfg.set("worker_connections", 100_000)
    hooks["on_reload"](arbiter)
    assert arbiter.worker_class.__module__ == "feeds.http.gunicorn_workers"
    assert arbiter.cfg.worker_connections <= 16_384


def test_every_file_in_the_folder_config_is_the_packaged_one() -> None:
    packaged = ROOT / "feeds" / "settings" / "config"
    files = {file.relative_to(packaged): file for file in packaged.rglob("*") if file.is_file()}
    files[Path("gunicorn.py")] = ROOT / "feeds" / "gunicorn_conf.py"
    there = [
        file
        for file in (ROOT / "config").rglob("*")
        if file.is_file() and file.parent.name != "__pycache__"
    ]
    assert {file.relative_to(ROOT / "config") for file in there} == {*files}
    for name, file in files.items():
        assert (ROOT / "config" / name).read_bytes() == file.read_bytes()


@pytest.mark.slow
def test_the_module_is_a_configuration_in_any_folder_and_reloads_settings(
    corpus: Path, tmp_path: Path
) -> None:
    write_article(corpus)
    settings, port = tmp_path / "feeds.yaml", free_port()
    settings.write_text("site: {title: One}\n")
    environment = {
        "FEEDS_CONFIG": str(settings), "FEEDS_CORPUS_PATH": str(corpus), "HOST": "127.0.0.1",
        "FEEDS_STORE_PATH": str(tmp_path / "store.db"), "PORT": str(port), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "--config", "python:feeds.gunicorn_conf"]
    feed = f"http://127.0.0.1:{port}/feed.json"

    def titles() -> set[str]:
        return {json.loads(get(feed).body)["title"] for _ in range(8)}

    with Program(command, tmp_path / "log", feed, tmp_path, **environment) as gunicorn:
        assert titles() == {"One"}
        settings.write_text("site: {title: Two}\n")
        gunicorn.send(signal.SIGHUP)
        eventually(lambda: titles() == {"Two"}, within=30)
        gunicorn.stop()
        assert "Traceback" not in gunicorn.output()


def test_the_module_is_imported_again_at_each_reload(
    arbiter: Arbiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "feeds.gunicorn_conf", ModuleType("former"))
    with pytest.raises(SystemExit):
        runpy.run_path(str(ROOT / "feeds" / "gunicorn_conf.py"))["on_starting"](arbiter)
    assert "feeds.gunicorn_conf" not in sys.modules


@pytest.mark.parametrize(
    ("host", "bind"),
    [("::1", "[::1]:80"), ("[::]", "[::]:80"), ("127.0.0.1", "127.0.0.1:80")],
)
def test_it_listens_at_the_address_in_the_environment_ipv6_included(
    monkeypatch: pytest.MonkeyPatch, host: str, bind: str
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", "80")
    assert runpy.run_path(str(ROOT / "feeds" / "gunicorn_conf.py"))["bind"] == bind
