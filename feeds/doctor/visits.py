"""The requests for one feed: by each reader, and to test one header alone."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from feeds.doctor.kinds import is_feed
from feeds.doctor.readers import ReaderProfile
from feeds.doctor.requests import PoliteRequests
from feeds.doctor.response import FeedResponse
from feeds.http.outgoing import RequestFailed

LIMITED = 429


class ReaderVisit(Struct, frozen=True):
    """The responses to a reader: the first, and the next with the validators of the first.

    *problem* is the reason if there is no first response.
    """

    reader: ReaderProfile
    first: FeedResponse | None = None
    again: FeedResponse | None = None
    problem: str = ""

    @property
    def feed(self) -> FeedResponse | None:
        """The first response, if it is a feed."""
        return self.first if self.first and is_feed(self.first) else None


class FeedVisits(Struct, frozen=True):
    """The responses for one feed at *url*.

    - *reader*: a reader that got the feed, None if none did
    - *base*: its first response
    - *same*, *head*, *by_etag*, *by_date*: responses to the same request once more, by HEAD, and with one
      validator; None if there was no reason to send it, or no response
    - *is_stable*: false if the content differs each time
    - *limited*: the number of requests before status 429
    """

    url: str
    visits: tuple[ReaderVisit, ...]
    reader: ReaderProfile | None = None
    base: FeedResponse | None = None
    same: FeedResponse | None = None
    by_etag: FeedResponse | None = None
    by_date: FeedResponse | None = None
    head: FeedResponse | None = None
    is_stable: bool = True
    limited: int = 0


def visit_feed(url: str, readers: Sequence[ReaderProfile], requests: PoliteRequests) -> FeedVisits:
    """Request the feed at *url* like each of *readers*, until the server answers with 429."""
    visits: list[ReaderVisit] = []
    for reader in readers:
        visits.append(visit := _visit(url, reader, requests))
        if any(each and each.status == LIMITED for each in (visit.first, visit.again)):
            return FeedVisits(url, tuple(visits), limited=requests.count - 1)
    found = FeedVisits(url, tuple(visits))
    chosen = next((each for each in visits if each.feed), None)
    return _tested(found, chosen, requests) if chosen else found


def _visit(url: str, reader: ReaderProfile, requests: PoliteRequests) -> ReaderVisit:
    try:
        first = requests.fetch(url, reader.headers)
    except RequestFailed as error:
        return ReaderVisit(reader, problem=str(error))
    headers = reader.next_headers(first.header("ETag"), first.header("Last-Modified"))
    if not is_feed(first) or headers == reader.headers:
        return ReaderVisit(reader, first)
    return ReaderVisit(reader, first, _fetch(url, headers, requests))


def _tested(found: FeedVisits, visit: ReaderVisit, requests: PoliteRequests) -> FeedVisits:
    """Add the requests that test one header alone, each as the reader of *visit* sends it."""
    url, headers = found.url, visit.reader.headers
    base, same, stable = visit.feed, _fetch(url, headers, requests), True
    if base and same and same.content != base.content:  # it changed now, or it changes each time
        base, same = same, _fetch(url, headers, requests)
        stable = same is None or same.content == base.content
    if base is None:
        return found
    head = _fetch(url, headers, requests, "HEAD")
    etag, modified = base.header("ETag"), base.header("Last-Modified")
    return msgspec.structs.replace(
        found, reader=visit.reader, base=base, same=same, is_stable=stable,
        by_etag=_fetch(url, headers | {"If-None-Match": etag}, requests) if etag else None,
        by_date=_fetch(url, headers | {"If-Modified-Since": modified}, requests) if modified else None,
        head=head,
    )  # fmt: skip


def _fetch(
    url: str, headers: dict[str, str], requests: PoliteRequests, method: str = "GET"
) -> FeedResponse | None:
    try:
        return requests.fetch(url, headers, method)
    except RequestFailed:
        return None
