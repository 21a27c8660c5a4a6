"""Fair polling: the limit to full copies of a feed that a client was sent before.

Only full copies count: a client that sends the ETag of its last copy gets 304 as often as it asks.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from math import ceil
from threading import Lock
from typing import NamedTuple
from zlib import crc32

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.errors import message
from feeds.formats.document import content_of, latest_of
from feeds.http.cache_entry import CachedResponse, Headers, Request, cached_response
from feeds.http.client_address import ClientAddresses, client_network
from feeds.http.conditional import instant, keys
from feeds.http.links import link
from feeds.http.polling_budgets import GENEROUS, HashKey, PollingBudgets, Sent, hash_of
from feeds.http.reasons import status_line
from feeds.monitoring.refusals import refusal_total
from feeds.period import DAY

POLLING = "/about/polling"  # the page with the rules
RETRY_SPREAD = 0.1  # of Retry-After, to both sides
MAX_VISITORS_KEPT = 2048
MAX_FEEDS_KEPT = 256
MAX_HEADER_LENGTH = 512  # characters that are read
MAX_LIMITED_ADDRESS_LENGTH = 1000  # characters; feeds with a longer address have no limit

_SELF = expression(r'<([^>]*)>; rel="self"')
_MAX_AGE = expression(r"\bmax-age=(\d+)")
_NEXT_LINK = expression(r", (?=<)")
_HERE = expression(r'>; rel="(?:self|hub)"')
_KEPT = ("etag", "access-control-allow-origin", "access-control-expose-headers", "x-content-type-options")
_REMEDIES = {
    Sent.NOTHING: "send its ETag as If-None-Match",
    Sent.EARLIER: "send the ETag of the last response, not an earlier one",
    Sent.UNKNOWN: "send its ETag as If-None-Match, as it was received",
}


class Program(NamedTuple):
    """A client by its User-Agent.

    *family* is the same for all versions of a program. A service asks for many people.
    """

    family: str
    is_service: bool


class RefusedCopy(NamedTuple):
    """The refusal of a full copy, made in the second *now*; there is another one after *wait* seconds."""

    now: int
    etag: str
    sent: Sent
    wait: int


class Visitor(Struct):
    """A client and the feed that it requests: hashes for its budget and its network.

    *refused* is the last refusal, which is repeated until the end of its second.
    """

    budget: int
    network: int
    is_service: bool
    refused: RefusedCopy | None = None


class FairPolling:
    """Decides which full copies are refused. Thread-safe.

    *describe* returns the program of a User-Agent. With *dry_run*, refusals are only counted. *chance*
    returns a number from 0 to 1, which spreads Retry-After. *site_url* is the address of this server.
    ``totals`` are the numbers of refusals, by the names of feeds.monitoring.refusals.
    """

    def __init__(
        self,
        budgets: PollingBudgets,
        clients: ClientAddresses,
        describe: Callable[[str], Program],
        *,
        chance: Callable[[], float],
        site_url: str,
        dry_run: bool,
    ) -> None:
        self._budgets = budgets
        self._clients = clients
        self._describe = describe
        self._chance = chance
        self._site_url = site_url
        self._dry_run = dry_run
        self._counts = dict.fromkeys(Sent, 0)
        self._lock = Lock()
        self.totals = {
            refusal_total(sent.value, dry_run=dry_run): partial(self._counts.__getitem__, sent)
            for sent in Sent
        }
        self._visitor = lru_cache(MAX_VISITORS_KEPT)(self._found)

    def response(
        self, request: Request, headers: Headers, links: str, etag: str, now: float
    ) -> CachedResponse | None:
        """Return the response that replaces a full response to *request*, or None.

        *headers* are those of the full response, *links* its Link header, and *etag* its ETag.
        """
        refusal = self._refusal(request, links, etag, int(now))
        if not refusal:
            return None
        with self._lock:
            self._counts[refusal.sent] += 1
        return None if self._dry_run else self._refused(refusal, headers, links)

    def _refusal(self, request: Request, links: str, etag: str, now: int) -> RefusedCopy | None:
        if request.fetch_dest == "document" or request.surrogate:
            return None  # a person, or a cache, which fetches for others
        feed = _feed(links)
        if not feed:
            return None
        visitor = self._visitor(
            self._budgets.key(now),
            request.peer,
            request.forwarded_for[-MAX_HEADER_LENGTH:],
            request.agent[:MAX_HEADER_LENGTH],
            feed,
        )
        if visitor is None:
            return None
        sent, refused = sent_by(request), visitor.refused
        if refused and refused[:3] == (now, etag, sent):
            return refused
        budget, version = visitor.budget, _version(etag)
        wait = self._budgets.take(budget, version, now, sent, GENEROUS if visitor.is_service else 1)
        if wait and self._budgets.has_many_programs(visitor.network):
            wait = self._budgets.take(budget, version, now, sent, GENEROUS)
        visitor.refused = RefusedCopy(now, etag, sent, wait) if wait else None
        return visitor.refused

    def _found(
        self, key: HashKey, peer: str, forwarded_for: str, agent: str, feed: str
    ) -> Visitor | None:
        """The visitor; None if the address is unknown, or private: many clients may share it."""
        address = self._clients.public(peer, forwarded_for)
        if not address:
            return None
        network, program = client_network(address), self._describe(agent)
        hashed = hash_of(key, network)
        self._budgets.add_program(hashed, hash_of(key, agent))
        budget = hash_of(key, network, program.family, feed)
        return Visitor(budget, hashed, program.is_service)

    def _refused(self, refusal: RefusedCopy, headers: Headers, links: str) -> CachedResponse:
        """The response with status 429, which repeats those *headers* that help the client."""
        control = next((value for name, value in headers if name.lower() == "cache-control"), "")
        age = _MAX_AGE.search(control)
        seconds = retry_after(max(refusal.wait, int(age[1]) if age else 0), self._chance())
        rules = f"{self._site_url}{POLLING}"
        remedy = f"{_REMEDIES[refusal.sent]}, or wait {seconds} s"
        body = f"{message('feed', 'this version was sent to you before', remedy)}\n{rules}\n".encode()
        here = [each for each in _NEXT_LINK.split(links) if _HERE.search(each)]
        kept = [(name, value) for name, value in headers if name.lower() in _KEPT]
        sent = [
            *kept,
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(seconds)),
            ("Cache-Control", "no-store"),
            ("Vary", "Accept-Encoding"),
            ("Link", ", ".join([*here, link(rules, "help", "text/html")])),
        ]
        return cached_response(status_line(429), sent, body, links)


def sent_by(request: Request) -> Sent:
    """Return the client's statement about its version, if that is not the present one."""
    if request.if_none_match is not None:
        known = any(latest_of(key) for key in keys(request.if_none_match))
    elif request.if_modified_since is not None:
        known = instant(request.if_modified_since) is not None
    else:
        return Sent.NOTHING
    return Sent.EARLIER if known else Sent.UNKNOWN


def retry_after(wait: int, chance: float) -> int:
    """Return the value of Retry-After in seconds: *wait*, and up to 22 % more by *chance*, from 0 to 1.

    Clients therefore do not return together. The result is at most a day.
    """
    middle = wait / (1 - RETRY_SPREAD)
    return min(DAY, ceil(middle * (1 - RETRY_SPREAD + 2 * RETRY_SPREAD * chance)))


@lru_cache(MAX_FEEDS_KEPT)
def _feed(links: str) -> str:
    """The address of the feed with this Link header, empty if it is none, or a very long one."""
    found = _SELF.match(links)
    return found[1] if found and len(found[1]) <= MAX_LIMITED_ADDRESS_LENGTH else ""


@lru_cache(MAX_FEEDS_KEPT)
def _version(etag: str) -> int:
    """A hash of the content that *etag* stands for, in any coding."""
    return crc32(content_of(keys(etag)[0]).encode()) if etag else 0
