"""The unit of systemd runs with the limits of its own lines that need no systemd.

Its filters of system calls and of address families need systemd; ``systemd-analyze verify`` checks them.
"""

import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from feeds.gunicorn_conf import graceful_timeout
from feeds.settings.sections import FleetSettings
from tests.builders import write_article
from tests.deployment.container import Box, Container, Mount, installed, private_network, volume
from tests.paths import ROOT
from tests.server import first_response
from tests.waiting import eventually

UNIT = (ROOT / "config" / "systemd" / "feeds.service").read_text()
LINES = dict(re.findall(r"^(\w+)=(.*)$", UNIT, re.MULTILINE))
STATE = f"/var/lib/{LINES['StateDirectory']}"
USER = "61184:61184"  # the first that systemd gives to a dynamic user
URL = "http://127.0.0.1:8000"
SETTINGS = "corpus: {path: /srv/articles}\nsite: {url: https://feeds.example.org}\n"


class Service(NamedTuple):
    """The running service, and the *notices* that systemd would get."""

    running: Container
    notices: socket.socket

    def notice(self) -> str:
        return self.notices.recv(4096).decode()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("systemd")
    write_article(folder / "articles", title="As a service", topics=["Oceans"])
    with private_network(), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
        (folder / "notify").mkdir()
        notices.bind(str(folder / "notify" / "socket"))
        (folder / "notify" / "socket").chmod(0o777)
        notices.settimeout(30)
        with container(folder) as running:
            yield Service(running, notices)


def container(folder: Path) -> Container:
    """The main process of the unit; a container has the namespaces that systemd makes."""
    assert (LINES["DynamicUser"], LINES["CapabilityBoundingSet"], LINES["NoNewPrivileges"]) == (
        "yes",
        "",
        "yes",
    )
    assert (LINES["ProtectSystem"], LINES["PrivateTmp"], LINES["PrivateDevices"]) == (
        "strict",
        "yes",
        "yes",
    )
    (folder / "etc").mkdir()
    (folder / "etc" / "feeds.yaml").write_text(SETTINGS)
    store = volume(folder / "state", USER)
    store.source.chmod(int(LINES["StateDirectoryMode"], 8))
    mounts = {
        **installed(folder / "opt"),
        "/etc/feeds": Mount(folder / "etc"),
        "/srv/articles": Mount(folder / "articles"),
        "/run/systemd/notify": Mount(folder / "notify"),
        STATE: store,
    }
    hidden = {"/home": "mode=000", "/root": "mode=000", "/tmp": ""}
    box = Box(USER, mounts, hidden, umask=LINES["UMask"])
    name, _, value = LINES["Environment"].partition("=")
    environment = {
        name: value.replace("%S", "/var/lib"),
        "NOTIFY_SOCKET": "/run/systemd/notify/socket",
        "LANG": "C.UTF-8",
    }
    return Container(shlex.split(LINES["ExecStart"]), box, environment, folder / "run", f"{URL}/ready")


pytestmark = pytest.mark.slow


def test_the_service_starts_reloads_and_ends_as_the_unit_says(service: Service) -> None:
    assert LINES["Type"] == "notify"
    assert "READY=1" in service.notice()
    feed = first_response(f"{URL}/topics/oceans.rss")
    assert (feed.status, b"As a service" in feed.body) == (200, True)

    before = {*service.running.processes()}
    reload = LINES["ExecReload"].replace("$MAINPID", str(service.running.process.pid))
    assert subprocess.run(shlex.split(reload), check=False).returncode == 0
    eventually(lambda: len({*service.running.processes()} - before) >= 2)
    eventually(lambda: first_response(f"{URL}/topics/oceans.rss").status == 200)


def test_the_store_is_in_the_folder_of_the_state_which_nobody_else_can_enter(service: Service) -> None:
    shown = service.running.run("sh", "-c", f"ls {STATE}/*.db >&2 && stat -c %a {STATE}")
    assert (shown.returncode, shown.stdout.strip()) == (0, "700")


def test_the_service_can_write_its_state_and_temporary_files_alone(service: Service) -> None:
    own = {f"{STATE}/new", "/tmp/new"}
    others = ("/srv/articles/new.md", "/etc/feeds/new", "/opt/feeds/bin/new", "/var/new")
    assert service.running.writable(*own, *others) == own
    assert service.running.run("ls", "/root").returncode


def test_what_systemd_must_not_restart_ends_with_the_statuses_of_the_unit(service: Service) -> None:
    refused = {int(status) for status in LINES["RestartPreventExitStatus"].split()}
    settings = service.running.run(*shlex.split(LINES["ExecStart"])[:1], "--config", "/missing", "serve")
    taken = service.running.run(*shlex.split(LINES["ExecStart"]))
    assert {settings.returncode, taken.returncode} <= refused, taken.stderr


def test_the_service_ends_in_the_time_that_the_unit_gives_it(service: Service) -> None:
    assert LINES["KillMode"] == "mixed"
    assert int(LINES["TimeoutStopSec"]) > FleetSettings().drain + graceful_timeout
    service.running.send(signal.SIGTERM)
    assert service.running.wait_until_ended(int(LINES["TimeoutStopSec"])) == 0
