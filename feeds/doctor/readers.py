"""Ten programs and services that read feeds, with the headers that they send.

The names are those that logs of servers show. Accept and Accept-Encoding are those of public source code,
where there is any, else usual ones. Each User-Agent is followed by MARK, so that the operator of a server
knows whose request it is.
"""

from typing import Literal

from msgspec import Struct

from feeds import __version__

MARK = f"feeds-doctor/{__version__}"

SentValidators = Literal["both", "date"]


class ReaderProfile(Struct, frozen=True):
    """The headers of a reader, and the *validators* that it returns with its next request."""

    name: str
    agent: str
    accept: str
    codings: str
    validators: SentValidators = "both"
    wants_changes: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers of its first request for a feed."""
        sent = {"User-Agent": f"{self.agent} {MARK}", "Accept": self.accept}
        return sent | ({"Accept-Encoding": self.codings} if self.codings else {})

    def next_headers(self, etag: str, modified: str) -> dict[str, str]:
        """The headers of its next request, after a response with these validators."""
        known = {"If-None-Match": etag} if etag and self.validators == "both" else {}
        known |= {"If-Modified-Since": modified} if modified else {}
        return self.headers | known | ({"A-IM": "feed"} if self.wants_changes and known else {})


_FEEDS_FIRST = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, application/xml;q=0.8, "
    "text/xml;q=0.8, text/html;q=0.7, unknown/unknown;q=0.1, application/unknown;q=0.1, */*;q=0.1"
)

READER_PROFILES = (
    ReaderProfile(
        "Feedly",
        "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 1 subscribers; like FeedFetcher-Google)",
        "*/*",
        "gzip",
    ),
    ReaderProfile("Inoreader", "Mozilla/5.0 (compatible; inoreader.com; 1 subscribers)", "*/*", "gzip"),
    ReaderProfile("Feedbin", "Feedbin feed-id:1 - 1 subscribers", "*/*", "gzip, deflate"),
    ReaderProfile(
        "NetNewsWire", "NetNewsWire (RSS Reader; https://netnewswire.com/)", "*/*", "gzip, deflate, br"
    ),
    ReaderProfile(
        "FreshRSS", "FreshRSS/1.24.1 (Linux; https://freshrss.org)", _FEEDS_FIRST, "gzip, deflate, br"
    ),
    ReaderProfile(
        "Miniflux",
        "Mozilla/5.0 (compatible; Miniflux/2.2.0; +https://miniflux.app)",
        "application/xml, application/atom+xml, application/rss+xml, application/rdf+xml, "
        "application/feed+json, text/html, */*;q=0.9",
        "br, gzip",
    ),
    ReaderProfile(
        "Newsboat", "newsboat/2.21.0 (Linux x86_64)", "*/*", "gzip, deflate", wants_changes=True
    ),
    ReaderProfile(
        "Thunderbird",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "gzip, deflate, br, zstd",
        validators="date",
    ),
    ReaderProfile(
        "feedparser",
        "feedparser/6.0.14 +https://github.com/kurtmckee/feedparser/",
        "application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,"
        "application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1",
        "gzip, deflate",
        wants_changes=True,
    ),
    ReaderProfile(
        "Overcast",
        "Overcast/1.0 Podcast Sync (1 subscribers; feed-id=1; +http://overcast.fm/)",
        "*/*",
        "",
    ),
)
# The readers that check the other feeds of a server, once all readers have checked its first one.
FEW_PROFILES = READER_PROFILES[:1] + READER_PROFILES[5:6]
