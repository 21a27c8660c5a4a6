"""A network of namespaces: every host and every database has its own, on a bridge in that of the drill.

All of it is in namespaces of this process and its children: the network of the machine never changes,
and nothing is left once they have ended.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.drills.fleet.network import DELAY, LOSS
from tests.networks import enter_network, enter_new_network, present_network
from tests.server import free_port

_MARK = "DRILLS_NAMESPACE"  # the environment variable of a process in a namespace of its own
_PROGRAMS = ("unshare", "ip", "nft")
_numbers = count(1)
_SLOW = "256kbit"  # per second, where the kernel cannot delay packets

_FAULTS = """
table inet faults {
    chain input { type filter hook input priority 0; }
    chain output { type filter hook output priority 0; }
}
"""


def enter(module: str, *words: str) -> None:
    """Run *module* again in a namespace of its own, in place of this process; return if that is done.

    Return also if namespaces cannot be made here.
    """
    os.environ["PATH"] += ":/usr/sbin:/sbin"  # Debian's folders of such programs
    if is_entered():
        _run("ip", "link", "set", "lo", "up")
    elif all(map(shutil.which, _PROGRAMS)):
        # Root stays root. Others keep their account, because PostgreSQL refuses root, and get its rights.
        user = ["--user", "--map-current-user", "--keep-caps"] if os.geteuid() else []
        inside = ["unshare", *user, "--net", "--mount"]
        test = "ip link add drill type bridge && nft add table inet drill"
        if not subprocess.run([*inside, "sh", "-c", test], capture_output=True, check=False).returncode:
            os.environ[_MARK] = "own"
            os.execvp("unshare", [*inside, sys.executable, "-m", module, *words])


def is_entered() -> bool:
    """True in a process that may make and change networks."""
    return os.environ.get(_MARK) == "own"


def _run(*command: str) -> None:
    subprocess.run(command, capture_output=True, check=True)


class Namespace:
    """A network of its own, until no program runs in it and it is closed."""

    def __init__(self) -> None:
        with _back_home():
            enter_new_network()
            self._file = present_network()
            _run("ip", "link", "set", "lo", "up")
        self.path = f"/proc/{os.getpid()}/fd/{self._file}"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """A context in which this thread, and the programs that it starts, are in the namespace."""
        with _back_home():
            enter_network(self._file)
            yield

    def run(self, *command: str) -> None:
        with self.entered():
            _run(*command)

    def close(self) -> None:
        os.close(self._file)


@contextmanager
def _back_home() -> Iterator[None]:
    home = present_network()
    try:
        yield
    finally:
        enter_network(home)
        os.close(home)


class NamespaceNetwork:
    """Hosts and databases, each at an address of its own."""

    name = "network namespaces"

    def __init__(self) -> None:
        self.bridge = f"drill{next(_numbers)}"
        _run("ip", "link", "add", self.bridge, "type", "bridge")
        _run("ip", "link", "set", self.bridge, "up")
        self.prefix = f"10.77.{self.bridge.removeprefix('drill')}"
        self.home = f"{self.prefix}.1"
        _run("ip", "address", "add", f"{self.home}/24", "dev", self.bridge)
        self.places: list[NamespaceLink] = []
        self.databases = [self.link(), self.link()]

    def link(self) -> "NamespaceLink":
        self.places.append(link := NamespaceLink(self, len(self.places) + 2))
        return link

    def lead_to(self, _database: object) -> None:
        """Nothing to do: the hosts know both addresses, and look for the one that can be written."""

    def close(self) -> None:
        for place in self.places:
            place.close()
        _run("ip", "link", "delete", self.bridge)


class NamespaceLink:
    """A namespace with a line to the bridge of *network*, at its address *number*."""

    def __init__(self, network: NamespaceNetwork, number: int) -> None:
        self.address = f"{network.prefix}.{number}"
        self.port = free_port()
        self._network = network
        self._namespace = Namespace()
        self._end = f"{network.bridge}-{number}"
        run = self._namespace.run
        peer = ["peer", "name", "eth0", "netns", self._namespace.path]
        _run("ip", "link", "add", self._end, "type", "veth", *peer)
        run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        run("ip", "link", "set", "eth0", "up")
        _run("ip", "link", "set", self._end, "master", network.bridge, "up")
        run("nft", _FAULTS)
        self.entered = self._namespace.entered

    def dsn(self, database: str) -> str:
        hosts = ",".join(f"{each.address}:{each.port}" for each in self._network.databases)
        return f"postgresql://feeds@{hosts}/{database}?target_session_attrs=read-write"

    def cut(self) -> None:
        _run("ip", "link", "set", self._end, "down")

    def lose(self, direction: str) -> None:
        chain, which = ("output", "daddr") if direction == "to" else ("input", "saddr")
        for each in self._network.databases:
            self._namespace.run("nft", f"add rule inet faults {chain} ip {which} {each.address} drop")

    def worsen(self) -> str:
        delay = ["tc", "qdisc", "replace", "dev", "eth0", "root", "netem"]
        try:
            self._namespace.run(*delay, "delay", f"{DELAY * 1000:.0f}ms", "loss", f"{LOSS}%")
        except subprocess.CalledProcessError:  # a kernel without netem
            self._namespace.run("nft", f"add rule inet faults output numgen random mod 100 < {LOSS} drop")
            slow = ["tbf", "rate", _SLOW, "burst", "8kb", "latency", "400ms"]
            self._namespace.run("tc", "qdisc", "replace", "dev", "eth0", "root", *slow)
            return f"{LOSS} % of loss and {_SLOW}/s"
        return f"{LOSS} % of loss and {DELAY} s of delay"

    def heal(self) -> None:
        self._namespace.run("nft", "flush table inet faults")
        with self._namespace.entered():  # fails if nothing is delayed
            subprocess.run(
                ["tc", "qdisc", "delete", "dev", "eth0", "root"], capture_output=True, check=False
            )
        _run("ip", "link", "set", self._end, "up")

    def close(self) -> None:
        self._namespace.close()
