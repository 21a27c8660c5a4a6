"""Three hosts of a fleet, each with a store of its own, and their database behind a proxy for each."""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.drills.editor import Editor
from tests.drills.fleet.proxy import Proxy
from tests.drills.reader import PATHS
from tests.drills.server import wait
from tests.postgres import PostgresServer, execute
from tests.server import Server, children, kill

HOSTS = ("one", "two", "three")
DATABASE = "feeds"


class Host(Server):
    """A host called *name*; it reaches the database through *proxy*."""

    def __init__(self, name: str, corpus: Path, folder: Path, proxy: Proxy, **settings: str) -> None:
        self.name = name
        self.proxy = proxy
        self.folder = folder
        folder.mkdir()
        fleet = {
            "FEEDS_FLEET_DSN": f"postgresql://feeds@127.0.0.1:{proxy.port}/{DATABASE}",
            "FEEDS_FLEET_HOST": name,
            "FEEDS_FLEET_DRAIN": "0",
            "FEEDS_SITE_AUTHORITY": "drill.example",
        }
        super().__init__(corpus, folder, "asgi", 1, **fleet | settings)

    def pause(self) -> None:
        """Stop every process without ending it."""
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)

    def resume(self) -> None:
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)

    def use(self, root: Path) -> None:
        """Start the program at *root* from now on."""
        self.settings["PYTHONPATH"] = str(root)
        self.command[-1] = str(root / "config" / "gunicorn.py")
        self._cwd = root

    def kill_worker(self) -> None:
        """Kill the workers, which the first process replaces."""
        for process in children(self.process.pid):
            kill(process)


class World:
    """The hosts, the primary and the standby of the database, and the editor of the shared corpus."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder = folder
        self.editor = Editor(folder / "corpus", random)
        for each in (folder, folder.parent):
            each.chmod(0o711)  # PostgreSQL runs as another account
        self.primary = PostgresServer(folder / "primary", synchronous_commit="on")
        self.standby: PostgresServer | None = None
        self.hosts: dict[str, Host] = {}

    def start(self) -> None:
        """Start the database and all hosts."""
        self.primary.create()
        self.primary.start()
        self.primary.execute(f"CREATE DATABASE {DATABASE}")
        for name in HOSTS:
            proxy = Proxy(self.primary.port)
            self.hosts[name] = Host(name, self.editor.root, self.folder / name, proxy)
        for host in self.hosts.values():
            host.start()

    def stop(self) -> None:
        for host in self.hosts.values():
            host.resume()
            host.kill()
            host.proxy.close()
        for server in (self.standby, self.primary):
            if server:
                server.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def urls(self) -> dict[str, str]:
        """The address of each host."""
        return {name: host.url for name, host in self.hosts.items()}

    def leader(self) -> Host | None:
        """The host that holds the lease, as the database says; None if nobody does, or it is down."""
        with suppress(Exception):
            rows = execute(
                self.primary.url(DATABASE),
                "SELECT leader FROM feeds.journal WHERE until > clock_timestamp()",
            )
            return self.hosts.get(rows[0][0]) if rows else None
        return None

    def wait_for_leader(self, seconds: float = 30) -> Host:
        """The host that leads, once there is one."""
        assert wait(lambda: self.leader() is not None, seconds), "no host leads"
        leader = self.leader()
        assert leader
        return leader

    def followers(self) -> list[Host]:
        """The hosts that do not lead."""
        leader = self.leader()
        return [host for host in self.hosts.values() if host is not leader]

    def start_standby(self) -> PostgresServer:
        """Start a standby of the primary."""
        self.standby = PostgresServer(
            self.folder / f"standby-{time.monotonic_ns()}", synchronous_commit="on"
        )
        self.standby.copy(self.primary)
        self.standby.start()
        return self.standby

    def fail_over(self) -> None:
        """Make the standby the primary, and lead all hosts there."""
        assert self.standby
        self.standby.promote()
        self.primary, self.standby = self.standby, None
        for host in self.hosts.values():
            host.proxy.target = self.primary.port

    def unequal(self) -> list[str]:
        """The feeds that differ between hosts."""
        wrong = []
        for path in (*PATHS, "/feed.rss?limit=200"):
            answers = {name: host.get(path) for name, host in self.hosts.items()}
            found = {(each.status, each.headers.get("ETag"), each.body) for each in answers.values()}
            if len(found) > 1:
                tags = {name: each.headers.get("ETag") for name, each in answers.items()}
                wrong.append(f"unequal: {path}: {tags}")
        return wrong

    def heal(self) -> None:
        """End all faults: every host runs, and reaches the database."""
        if self.primary.process is None:
            self.primary.start()
        for host in self.hosts.values():
            host.proxy.heal()
            host.resume()
            if not host.is_running():
                host.start()
