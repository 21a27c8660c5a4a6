"""Addresses as people copy them, from a browser or a feed reader -> a feed and a format."""

import re
from collections.abc import Container
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from feeds.article.expressions import expression
from feeds.errors import QueryError

_PORTS = {"http": 80, "https": 443}
_LOOPBACK = expression(r"localhost|.+\.localhost|127(\.\d+){3}|::1")


class FeedAddress(NamedTuple):
    """A feed as ``feeds.query.grammar.read`` takes it, and the *extension* of a format, or empty."""

    feed: str
    extension: str


def feed_address(written: str, site_url: str, extensions: Container[str]) -> FeedAddress:
    """Split *written*, the address of a feed or of its page, a path, or arguments.

    Only absolute addresses must be of the site at *site_url*; its path may be left out of others. A
    fragment is ignored. Raises QueryError for an address of another site.
    """
    site = urlsplit(site_url)
    text = _without_feed_scheme(written.strip())
    if re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE):
        return _split(_below(site, text, written), extensions)
    host = text.partition("/")[0].partition("?")[0].partition("#")[0]
    if host and host.lower() == site.netloc:
        return _split(_below(site, f"{site.scheme}://{text}", written), extensions)
    if text.startswith("/"):
        text = text.partition("#")[0]
        path = f"{site.path}/" if site.path else ""
        return _split(text.removeprefix(path) if path else text, extensions)
    return _split(text, extensions)


def path_below(address: str, site_url: str) -> str | None:
    """The path and the query of *address* below the site at *site_url*, None if it is of another site."""
    site = urlsplit(site_url)
    try:
        parts = urlsplit(address)
        is_same = _is_same(site, parts)
    except ValueError:
        return None
    if not is_same or not f"{parts.path}/".startswith(f"{site.path}/"):
        return None
    path = parts.path[len(site.path) :]
    return f"{path}?{parts.query}" if parts.query else path


def _without_feed_scheme(text: str) -> str:
    """*text* without the scheme of ``feed://host/path`` and ``feed:https://host/path``."""
    if not text.lower().startswith("feed:"):
        return text
    rest = text[len("feed:") :]
    return f"http:{rest}" if rest.startswith("//") else rest


def _below(site: SplitResult, address: str, written: str) -> str:
    found = path_below(address, site.geturl())
    if found is None:
        remedy = "use an address that begins with {url}, or set site.url"
        raise QueryError("feed", "not an address of this site", remedy, written, url=site.geturl())
    return found


def _is_same(site: SplitResult, other: SplitResult) -> bool:
    """Return whether two addresses are of one site; all addresses of this machine are."""
    if other.scheme not in _PORTS or not other.hostname or not site.hostname:
        return False
    if other.username is not None:
        return False
    if _LOOPBACK.fullmatch(site.hostname) and _LOOPBACK.fullmatch(other.hostname):
        return True
    return (site.hostname, _port(site)) == (other.hostname, _port(other))


def _port(address: SplitResult) -> int | None:
    """The port of *address*, None for that of its scheme."""
    return None if address.port == _PORTS.get(address.scheme) else address.port


def _split(text: str, extensions: Container[str]) -> FeedAddress:
    path, mark, arguments = text.partition("?")
    if "=" in path:
        return FeedAddress(text, "")
    path = path.removesuffix("/index.html")
    stem, dot, extension = path.rpartition(".")
    if dot and extension in extensions:
        return FeedAddress(f"{stem}{mark}{arguments}", extension)
    return FeedAddress(f"{path}{mark}{arguments}", "")
