"""Checks of feed readers: the requests that a reader sent for the one-time feed of its check.

Any worker of a server may get the next request of a reader, so that all share this state. It lives for
an hour and is worth nothing afterwards.
"""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

CHECK_SECONDS = 3600  # the life of a check
MAX_CHECKS = 200  # at a time; the least recently used one is dropped for another
MAX_CHECKED_REQUESTS = 100  # of one check


class CheckedRequest(Struct, frozen=True):
    """A request of a reader at *time*, in seconds since 1970, and the answer to it.

    - *place*: the last part of the path without its extension
    - *arguments*: the query of the address
    - *agent* to *manipulations*: headers of the request, None if not sent
    - *has_cookie*, *has_referrer*: a header was sent that no feed needs
    - *status* to *coding*: of the answer
    - *version*: the version of the feed
    """

    time: float
    place: str
    method: str = "GET"
    arguments: str = ""
    agent: str = ""
    accept: str | None = None
    accept_encoding: str | None = None
    none_match: str | None = None
    modified_since: str | None = None
    manipulations: str | None = None
    has_cookie: bool = False
    has_referrer: bool = False
    protocol: str = ""
    status: int = 0
    version: int = 0
    etag: str = ""
    modified: str = ""
    coding: str = ""


CompletesRequest = Callable[[list[CheckedRequest]], CheckedRequest]
"""Completes a request with its answer, given the earlier requests of the same check."""


class ReaderChecks(Protocol):
    """The protocol of every backend. Any method may raise StoreError. Thread-safe."""

    def requests(self, check: str) -> list[CheckedRequest]:
        """The requests of the check with this name so far, in order."""

    def record(self, check: str, now: float, answer: CompletesRequest) -> CheckedRequest:
        """Append what *answer* returns for the requests so far, and return it.

        Two requests for one check follow each other. Requests after MAX_CHECKED_REQUESTS are answered
        and not kept. Checks whose first request is older than CHECK_SECONDS are deleted.
        """
