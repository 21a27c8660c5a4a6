"""The application for an ASGI server; the first access to ``app`` starts the server process."""

from functools import cache
from threading import Lock

from feeds import wsgi
from feeds.bootstrap import stream_limits
from feeds.http.asgi_adapter import AsgiAdapter

app: AsgiAdapter

_starting = Lock()  # see wsgi


def __getattr__(name: str) -> object:
    """Start the server when an ASGI server looks up the application: an import alone has no effect."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with _starting:
        return _adapted()


@cache
def _adapted() -> AsgiAdapter:
    server = wsgi.server
    limit = stream_limits(server.settings).streams
    server.metrics.gauges["max_streams"] = lambda: limit
    return AsgiAdapter(wsgi.app, wsgi.streams, wsgi.clients)
