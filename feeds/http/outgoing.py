"""Requests to other hosts: their destinations, and the errors of requests without a response."""

from urllib.parse import urlsplit

from msgspec import Struct

MAX_REQUESTED_ADDRESS = 8_192  # characters

PORTS = {"http": 80, "https": 443}


class RequestFailed(Exception):
    """A request without a response; the text is the reason."""


class RequestRefused(RequestFailed):
    """A request that must not be sent; the text is the reason."""


class Destination(Struct, frozen=True):
    """The host and the port that a request connects to; the host has no trailing dot."""

    scheme: str
    host: str
    port: int

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"


def host_of(url: str) -> str:
    """The host of *url*, in lower case and without a trailing dot; empty if it has none."""
    return (urlsplit(url).hostname or "").rstrip(".")


def destination(url: str) -> Destination:
    """Return the destination of *url*. Raises ValueError unless *url* may be requested."""
    parts = urlsplit(url)
    if len(url) > MAX_REQUESTED_ADDRESS or parts.scheme not in PORTS or "@" in parts.netloc:
        raise ValueError(url[:80])
    if not (host := host_of(url)):
        raise ValueError(url)
    return Destination(parts.scheme, host, parts.port or PORTS[parts.scheme])
