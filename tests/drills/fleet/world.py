"""Four hosts of a fleet, each with a store of its own, their database, and a load balancer."""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from random import Random

from feeds.fleet.postgres.subscriptions import PostgresSubscriptions
from tests.drills.editor import Editor
from tests.drills.fleet.balancer import Balancer, haproxy
from tests.drills.fleet.namespaces import NamespaceNetwork, is_entered
from tests.drills.fleet.network import Link, Network, Place, ProxiedNetwork
from tests.drills.fleet.pictures import Gallery
from tests.drills.push.subscriber import Publisher, Subscriber
from tests.drills.reader import PATHS
from tests.drills.server import wait
from tests.postgres import USER, PostgresServer, execute
from tests.server import Server, children, kill

HOSTS = {"one": True, "two": True, "three": True, "four": False}  # with the corpus, or without
DATABASE = "feeds"
TOPICS = ("/feed.atom?limit=200", "/feed.json?limit=200", "/topics/boats.rss?limit=200")
PUSH = {
    "FEEDS_PUSH_HUB": "on",
    "FEEDS_PUSH_KEY": "a-key-of-all-hosts",
    "FEEDS_PUSH_ALLOW": "10.77.0.0/16,127.0.0.0/8",
    "FEEDS_PUSH_WITHDRAW_AFTER": "86400",  # the address of the site leads nowhere
}


class Host(Server):
    """A host called *name* at its *link* to the database."""

    def __init__(self, name: str, corpus: Path, folder: Path, link: Link, **settings: str) -> None:
        self.name = name
        self.has_corpus = corpus.exists()
        self.link = link
        self.folder = folder
        folder.mkdir()
        fleet = {
            "FEEDS_FLEET_DSN": link.dsn(DATABASE),
            "FEEDS_FLEET_HOST": name,
            "FEEDS_FLEET_DRAIN": "0",
            "FEEDS_SITE_AUTHORITY": "drill.example",
            **PUSH,
        }
        super().__init__(
            corpus, folder, "asgi", 1, address=link.address, port=link.port, **fleet | settings
        )

    def start(self) -> None:
        with self.link.entered():
            super().start()

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


class Database(PostgresServer):
    """A server of the database at *place*."""

    def __init__(self, folder: Path, place: Place) -> None:
        self.place = place
        super().__init__(folder, address=place.address, port=place.port, synchronous_commit="on")

    def copy(self, other: PostgresServer) -> None:
        with self.place.entered():
            super().copy(other)

    def start(self) -> None:
        with self.place.entered():
            super().start()


class World:
    """The hosts, the primary and the standby of the database, and the editor of the shared corpus."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder = folder
        self.editor = Editor(folder / "corpus", random, paints=True)
        self.gallery = Gallery(self.editor, random)
        for each in (folder, folder.parent):
            each.chmod(0o711)  # PostgreSQL runs as another account
        self.network: Network = NamespaceNetwork() if is_entered() else ProxiedNetwork()
        self.primary = Database(folder / "primary", self.network.databases[0])
        self.standby: Database | None = None
        self.hosts: dict[str, Host] = {}
        self.balancer: Balancer | None = None
        self.subscriber: Subscriber | None = None

    def start(self) -> None:
        """Start the database and all hosts."""
        self.primary.create()
        self.primary.start()
        self.primary.execute(f"CREATE DATABASE {DATABASE}")
        for name, has_corpus in HOSTS.items():
            corpus = self.editor.root if has_corpus else self.folder / "none"
            self.hosts[name] = Host(name, corpus, self.folder / name, self.network.link())
        for host in self.hosts.values():
            host.start()
        if haproxy():
            hosts = {name: host.url for name, host in self.hosts.items()}
            self.balancer = Balancer(self.folder / "balancer", hosts)
            self.balancer.start()

    def subscribe(self, random: Random) -> Subscriber:
        """Let a subscriber begin with all topics."""
        databases = ",".join(f"{each.address}:{each.port}" for each in self.network.databases)
        dsn = f"postgresql://{USER}@{databases}/{DATABASE}"
        publisher = Publisher(
            self.leader_url, PostgresSubscriptions(dsn), lambda _number: self.network.home
        )
        self.subscriber = Subscriber(publisher, self.editor, random)
        for path in TOPICS:
            self.subscriber.subscribe(path)
        return self.subscriber

    def leader_url(self) -> str:
        """The address of the host that leads. Raises OSError if none does."""
        if not (leader := self.leader()):
            raise OSError("no host leads")
        return leader.url

    def stop(self) -> None:
        if self.subscriber:
            self.subscriber.stop()
        if self.balancer:
            self.balancer.kill()
        for host in self.hosts.values():
            host.resume()
            host.kill()
        for server in (self.standby, self.primary):
            if server:
                server.stop(signal.SIGQUIT)
        self.network.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def urls(self) -> dict[str, str]:
        """The address of each host, and of the load balancer."""
        found = {name: host.url for name, host in self.hosts.items()}
        return found | {"balancer": self.balancer.url} if self.balancer else found

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
        """The hosts that do not lead, although they have the corpus."""
        leader = self.leader()
        return [host for host in self.hosts.values() if host.has_corpus and host is not leader]

    def start_standby(self) -> Database:
        """Start a standby of the primary, at the other place of a database."""
        [place] = [each for each in self.network.databases if each is not self.primary.place]
        self.standby = Database(self.folder / f"standby-{time.monotonic_ns()}", place)
        self.standby.copy(self.primary)
        self.standby.start()
        return self.standby

    def fail_over(self) -> None:
        """Make the standby the primary, and lead all hosts there."""
        assert self.standby
        self.standby.promote()
        self.primary, self.standby = self.standby, None
        self.network.lead_to(self.primary.place)

    def unequal(self) -> list[str]:
        """The feeds that differ between hosts, and the pictures that are not as they are painted."""
        wrong = self.gallery.differences({name: host.url for name, host in self.hosts.items()})
        for path in (*PATHS, "/feed.rss?limit=200"):
            answers = {name: host.get(path) for name, host in self.hosts.items()}
            found = {(each.status, each.headers.get("ETag"), each.body) for each in answers.values()}
            if len(found) > 1:
                tags = {name: each.headers.get("ETag") for name, each in answers.items()}
                wrong.append(f"unequal: {path}: {tags}")
        return wrong

    def heal(self) -> None:
        """End all faults: every host runs, and reaches the database."""
        self.primary.place.heal()
        if self.primary.process is None:
            self.primary.start()
        for host in self.hosts.values():
            host.link.heal()
            host.resume()
            if not host.is_running():
                host.start()
