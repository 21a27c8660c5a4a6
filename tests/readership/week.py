"""A synthetic week: clients of known behaviour poll a feed that changes at known times."""

from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from feeds.readership.request import SECONDS_PER_DAY, ClientRequest, client_hash

HOUR = 3600
MONDAY = 1_790_553_600  # 2026-09-28, 00:00 UTC
FEED = "/topics/oceans"
RSS, ATOM = f"{FEED}.rss", f"{FEED}.atom"
AGENTS: dict[str, list[list[Any]]] = yaml.load(
    Path(__file__).with_name("agents.yaml").read_text(), yaml.CSafeLoader
)


def agents_of(kind: str) -> list[str]:
    """The User-Agents of one *kind*."""
    return [agent for agent, *_ in AGENTS[kind]]


class Version(NamedTuple):
    """One state of the feed, from *moment* on."""

    moment: int

    @property
    def etag(self) -> str:
        return f'"{self.moment:08x}-{self.moment:028x}"'

    @property
    def modified(self) -> str:
        return formatdate(self.moment, usegmt=True)

    @property
    def size(self) -> int:
        return 20_000 + self.moment % 7919


VERSIONS = [Version(MONDAY - 5000 + number * 43_000) for number in range(15)]


def version_at(time: float) -> Version:
    return [each for each in VERSIONS if each.moment <= time][-1]


class Hit(NamedTuple):
    """A request and its answer, as a server sees them."""

    time: float
    address: str
    target: str
    agent: str
    status: int
    size: int
    method: str = "GET"
    none_match: str = ""
    modified_since: str = ""
    etag: str = ""
    modified: str = ""
    coding: str = ""


class Client(NamedTuple):
    """A client that polls *target* from *start*, *every* so many seconds, in *manner*; see ``asked``."""

    address: str
    agent: str
    every: float = 2 * HOUR
    start: float = 900
    end: float = 7 * SECONDS_PER_DAY
    manner: str = "good"
    target: str = RSS
    method: str = "GET"
    coding: str = "gzip"

    def hits(self, versions: Callable[[float], Version] = version_at) -> Iterator[Hit]:
        """Yield all requests of the week."""
        had: Version | None = None
        first: Version | None = None
        time = self.start
        while time < self.end:
            now = MONDAY + time
            version = versions(now)
            none_match, since = asked(self.manner, had, first, now)
            status = 304 if is_current(version, none_match, since) else 200
            size = version.size if status == 200 and self.method == "GET" else 0
            yield Hit(
                now, self.address, self.target, self.agent, status, size, self.method, none_match, since,
                version.etag, version.modified, self.coding if status == 200 else "",
            )  # fmt: skip
            had, first = version, first or version
            time += self.every


def asked(manner: str, had: Version | None, first: Version | None, now: float) -> tuple[str, str]:
    """The validators that a client sends: If-None-Match and If-Modified-Since."""
    if had is None or first is None:
        return "", ""
    match manner:
        case "good":
            return had.etag, ""
        case "dated":
            return "", had.modified
        case "latched":
            return first.etag, ""
        case "invented":
            return "", formatdate(now - 2 * SECONDS_PER_DAY, usegmt=True)
        case "unquoted":
            return had.etag.strip('"'), ""
        case "none":
            return "", ""
    raise ValueError(manner)


def is_current(version: Version, none_match: str, since: str) -> bool:
    """Return whether a server answers 304."""
    return version.etag in none_match if none_match else since == version.modified


def people(count: int, agent: str, network: str = "10.1", **behaviour: Any) -> list[Client]:
    """So many people with one program, each with an address and a time of his own."""
    return [
        Client(f"{network}.{number // 250}.{number % 250 + 1}", agent, start=37.0 + 611 * number % 7200,
               **behaviour)
        for number in range(count)
    ]  # fmt: skip


def merged(clients: Iterable[Client]) -> list[Hit]:
    """All requests in the order of time."""
    return sorted((hit for client in clients for hit in client.hits()), key=lambda hit: hit.time)


def requests(hits: Iterable[Hit], *, with_headers: bool = True) -> Iterator[ClientRequest]:
    """Yield requests as a log has them, with or without their headers."""
    hashed = client_hash(b"key")
    for hit in hits:
        headers = (
            (hit.none_match, hit.modified_since, hit.etag, hit.modified, hit.coding)
            if with_headers
            else (None,) * 5
        )
        yield ClientRequest(
            hit.time,
            hashed(hit.address),
            hit.target,
            hit.status,
            hit.size,
            hit.agent,
            hit.method,
            *headers,
        )
