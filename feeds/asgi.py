"""The application for an ASGI server; the first access to ``app`` starts the server process."""

from functools import cache

from feeds import wsgi
from feeds.http.asgi_adapter import AsgiAdapter

app: AsgiAdapter


def __getattr__(name: str) -> object:
    """Start the server when an ASGI server looks up the application: an import alone has no effect."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _adapted()


@cache
def _adapted() -> AsgiAdapter:
    return AsgiAdapter(wsgi.app)
