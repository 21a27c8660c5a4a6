"""The network of a fleet, and its faults: real packets between namespaces, or connections of a proxy."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from tests.drills.fleet.proxy import Proxy
from tests.server import free_port

LOCAL = "127.0.0.1"
DELAY = 0.2  # seconds on a bad line
LOSS = 30  # percent of the packets on a bad line


class Place(Protocol):
    """An end of a line: programs that start in ``entered`` listen at ``address``."""

    address: str
    port: int

    def entered(self) -> AbstractContextManager[None]: ...

    def cut(self) -> None:
        """Pass nothing to or from this place."""

    def heal(self) -> None:
        """Pass everything again."""


class Link(Place, Protocol):
    """The place of a host, with the faults of its line to the database."""

    def dsn(self, database: str) -> str:
        """The address of *database* for programs at this place."""

    def lose(self, direction: str) -> None:
        """Lose what passes ``to`` the database, or ``from`` it; other clients reach the host."""

    def worsen(self) -> str:
        """Make the line slow, and lossy if the network has packets; return what was done."""

    def close(self) -> None:
        """End the line."""


class Network(Protocol):
    """The places of a fleet. ``databases`` are those of the primary and of the standby, in turn.

    Hosts reach programs of the drill at ``home``.
    """

    name: str
    home: str
    databases: Sequence[Place]

    def link(self) -> Link:
        """A line for one more host."""

    def lead_to(self, database: Place) -> None:
        """Note that the primary is at *database* from now on."""

    def close(self) -> None:
        """Remove everything that is left of the network."""


class ProxiedNetwork:
    """One machine, on which every host reaches the database through a proxy of its own."""

    name = "TCP proxies"
    home = "127.0.0.2"

    def __init__(self) -> None:
        self.links: list[ProxiedLink] = []
        self.databases = [_ProxiedDatabase(self), _ProxiedDatabase(self)]
        self.target = self.databases[0].port

    def link(self) -> "ProxiedLink":
        self.links.append(link := ProxiedLink(self.target))
        return link

    def lead_to(self, database: Place) -> None:
        self.target = database.port
        for link in self.links:
            link.proxy.target = database.port

    def close(self) -> None:
        for link in self.links:
            link.close()


class _ProxiedDatabase:
    """The place of a database, which all proxies lead to while it is the primary."""

    address = LOCAL

    def __init__(self, network: ProxiedNetwork) -> None:
        self.port = free_port()
        self._network = network

    def entered(self) -> AbstractContextManager[None]:
        return nullcontext()

    def cut(self) -> None:
        for link in self._network.links:
            link.proxy.cut()

    def heal(self) -> None:
        for link in self._network.links:
            link.proxy.heal()


class ProxiedLink:
    """A line through a proxy to port *target* of this machine."""

    address = LOCAL

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.proxy = Proxy(target)

    def entered(self) -> AbstractContextManager[None]:
        return nullcontext()

    def dsn(self, database: str) -> str:
        return f"postgresql://feeds@{LOCAL}:{self.proxy.port}/{database}"

    def cut(self) -> None:
        self.proxy.cut()

    def lose(self, direction: str) -> None:
        self.proxy.dropped = {direction}

    def worsen(self) -> str:
        self.proxy.delay = DELAY
        return f"{DELAY} s of delay"

    def heal(self) -> None:
        self.proxy.heal()

    def close(self) -> None:
        self.proxy.close()
