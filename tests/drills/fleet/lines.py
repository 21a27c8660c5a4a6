"""Try each fault of a line, and print what is reached: ``python -m tests.drills.fleet.lines``.

The output is in JSON: for each fault, true for the end that is reached.
"""

import json
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from tests.drills.fleet.namespaces import NamespaceNetwork, enter, is_entered
from tests.drills.fleet.network import Link, Place

PATIENCE = 0.3  # seconds until a connection counts as lost


def listener(place: Place) -> socket.socket:
    """A socket at *place* that connections reach."""
    with place.entered():
        return socket.create_server((place.address, place.port))


def passes(place: Place) -> bool:
    """True if a connection reaches *place*: the kernel alone answers it."""
    with suppress(OSError), socket.create_connection((place.address, place.port), PATIENCE):
        return True
    return False


def main() -> None:
    enter("tests.drills.fleet.lines")
    if not is_entered():
        print("null")
        return
    network = NamespaceNetwork()
    host, database = network.link(), network.databases[0]
    opened = [listener(host), listener(database)]
    faults: dict[str, Callable[[Link], object]] = {
        "none": lambda _: None,
        "cut": lambda link: link.cut(),
        "lose to": lambda link: link.lose("to"),
        "lose from": lambda link: link.lose("from"),
        "cut database": lambda _: database.cut(),
    }
    found = {}
    for name, fault in faults.items():
        fault(host)
        with host.entered():
            from_host = passes(database)
        found[name] = {"readers": passes(host), "database": from_host}
        host.heal()
        database.heal()
    for each in opened:
        each.close()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
