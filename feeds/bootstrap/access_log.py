"""The access log of one process, with the thread that writes it."""

import atexit
from collections.abc import Callable
from threading import Event, Thread

from feeds.http.access_log import AccessLog
from feeds.http.client_address import ClientAddresses
from feeds.settings import Settings


def access_log_of(
    settings: Settings, clients: ClientAddresses, clock: Callable[[], float]
) -> AccessLog | None:
    """Return the access log, written by a thread until the process ends; None if it is off."""
    if settings.log.access == "off":
        return None
    made, stop = AccessLog(clients, clock, sampled=settings.log.access == "sampled"), Event()
    thread = Thread(target=made.run, args=(stop,), name="feeds-access", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(timeout=5)
        made.write()

    atexit.register(end)
    return made
