"""The feeds at an address, requested like readers do, and what breaks them on the way."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from feeds.doctor.altered import OwnResponse, altered_findings
from feeds.doctor.clocks import against_header
from feeds.doctor.conditions import condition_findings
from feeds.doctor.finding import Finding, FindingGroup
from feeds.doctor.headers import certificate_findings, header_findings
from feeds.doctor.kinds import FORMAT_NAMES, is_challenge, kind_of, linked_feeds
from feeds.doctor.reach import reach_findings
from feeds.doctor.readers import FEW_PROFILES, READER_PROFILES, ReaderProfile
from feeds.doctor.requests import CertificateRefused, NoNetwork, PoliteRequests, RedirectLoop
from feeds.doctor.response import FeedResponse
from feeds.doctor.validity import entry_count, validity_findings
from feeds.doctor.visits import FeedVisits, visit_feed
from feeds.errors import counted
from feeds.http.outgoing import RequestFailed, RequestRefused

FIRST_ADDRESSES = ("/feed.rss", "/feed.atom", "/feed.json")  # of a server of this project


class AddressCheck:
    """Checks the feeds at addresses at the time *now*; *own_response* returns what this server sends."""

    def __init__(
        self, requests: PoliteRequests, now: float, own_response: OwnResponse | None = None
    ) -> None:
        self._requests = requests
        self._now = now
        self._own_response = own_response

    def server(self, url: str) -> Iterator[Finding]:
        """Check the main feed of a server of this project at *url*, in each format for readers."""
        yield from self._feeds([f"{url}{each}" for each in FIRST_ADDRESSES])

    def address(self, url: str) -> Iterator[Finding]:
        """Check the feed at *url*, or those to which the page there links."""
        group = FindingGroup(url)
        try:
            found = self._requests.fetch(url, READER_PROFILES[0].headers)
        except RequestFailed as error:
            yield _unreachable(group, url, error)
            return
        is_page = found.status == 200 and kind_of(found.content) == "html" and not is_challenge(found)
        if not is_page:
            yield from self._feeds([url], found)
        elif feeds := linked_feeds(found):
            yield from self._feeds(feeds)
        else:
            problem = "an HTML page that links to no feed"
            yield group.failure(url, problem, 'give the address of a feed, or add <link rel="alternate">')

    def _feeds(self, urls: Sequence[str], known: FeedResponse | None = None) -> Iterator[Finding]:
        """Check the first of *urls* like all readers, the others like few of them.

        *known* is a response for the first one, if there is one already.
        """
        for number, url in enumerate(urls):
            group = FindingGroup(url)
            readers = FEW_PROFILES if number else READER_PROFILES
            try:
                first = known or self._requests.fetch(url, readers[0].headers)
            except RequestFailed as error:
                yield _unreachable(group, url, error)
                if isinstance(error, RedirectLoop):
                    continue
                return  # the other feeds are on the same server
            known = None
            if not number:
                yield from self._connection(group, first)
            yield from self._feed(group, url, readers)

    def _connection(self, group: FindingGroup, response: FeedResponse) -> Iterator[Finding]:
        yield from certificate_findings(group, response, self._now)
        host = urlsplit(response.url).netloc
        date, age = response.header("Date"), response.header("Age")
        yield from against_header(date, age, host, response.sent, response.received)

    def _feed(self, group: FindingGroup, url: str, readers: Sequence[ReaderProfile]) -> Iterator[Finding]:
        visited = visit_feed(url, readers, self._requests)
        found = [*reach_findings(group, visited), *condition_findings(group, visited)]
        found += header_findings(group, visited)
        if visited.base:
            found += validity_findings(group, visited.base.content, self._now)
        if self._own_response:
            found += altered_findings(group, visited, self._own_response, self._now)
        yield from found or [_healthy(group, visited)]


def _healthy(group: FindingGroup, visited: FeedVisits) -> Finding:
    count = counted(len(visited.visits), "reader")
    if (base := visited.base) is None:
        return group.ok(f"{count}: nothing found")
    coding = ", ".join(base.codings) or "no coding"
    size = f"{len(base.body):,} bytes in {coding}"
    entries = f"{entry_count(base.content):,} entries"
    return group.ok(f"{count} can read it: {FORMAT_NAMES[kind_of(base.content)]}, {entries}, {size}")


def _unreachable(group: FindingGroup, url: str, error: RequestFailed) -> Finding:
    """The finding for an address from which there is no response."""
    if isinstance(error, RequestRefused):
        return group.failure(url, str(error), "write https://, the host and the path")
    host = urlsplit(url).netloc
    match error:
        case NoNetwork():
            return group.failure(
                host, f"cannot be reached: {error}", "see the network and DNS of this host"
            )
        case CertificateRefused():
            return group.failure("certificate", str(error), f"renew or correct that of {host}")
        case RedirectLoop():
            return group.failure("redirect", str(error), "correct the redirects")
    return group.failure(host, f"cannot be reached: {error}", "see that the server runs and is reachable")
