"""The access log of one process, with the thread that writes it."""

import atexit
from threading import Event, Thread

from feeds.http.access_log import AccessLog
from feeds.http.client_address import ClientAddresses
from feeds.http.exchanges import ExchangeQueue
from feeds.settings import Settings


def log_access(settings: Settings, clients: ClientAddresses, exchanges: ExchangeQueue) -> None:
    """Log *exchanges*, by a thread, until the process ends, unless the access log is off."""
    if settings.log.access == "off":
        return
    made, stop = AccessLog(clients, sampled=settings.log.access == "sampled"), Event()
    exchanges.observers.append(made.add)
    thread = Thread(target=made.run, args=(stop,), name="feeds-access", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(timeout=5)
        exchanges.pass_on()
        made.write()

    atexit.register(end)
