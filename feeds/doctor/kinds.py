"""The kind of a response: a feed of some format, an HTML page, or the challenge of a bot protection."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from feeds.article.expressions import expression
from feeds.doctor.response import FeedResponse

FORMAT_NAMES = {"rss": "RSS", "rdf": "RSS 1.0", "atom": "Atom", "json": "JSON Feed"}

_READ = 4_096  # bytes of a body in which its kind is looked for
_READ_OF_PAGE = 1_000_000  # bytes in which links, and words of a challenge, are looked for
_TAG = expression(rb"<([A-Za-z][\w:.-]*)")
# Parts of a document that may stand before its first element, by their beginning.
_BEFORE = {b"<?": b"?>", b"<!--": b"-->", b"<!": b">"}
_ROOTS = {b"rss": "rss", b"feed": "atom", b"rdf:rdf": "rdf", b"html": "html"}
_JSON_VERSION = b"jsonfeed.org/version/"
_CHALLENGE = expression(
    rb"just a moment|captcha|challenge-platform|_cf_chl|checking (?:if|your browser)|unusual traffic"
    rb"|verify(?:ing)? you are|are you (?:a )?(?:human|robot)|ddos protection|attention required"
    rb"|request unsuccessful|proof.of.work|anubis",
    2,  # IGNORECASE
)
_CHALLENGE_STATUSES = (200, 202, 401, 403, 405, 406, 429, 503)
# Headers that a protection adds to the page that it sends instead.
_CHALLENGE_HEADERS = {"cf-mitigated": "challenge", "x-amzn-waf-action": "", "x-datadome": ""}
_FEED_TYPES = (
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/json",
)  # fmt: skip


def kind_of(content: bytes) -> str:
    """Return ``rss``, ``rdf``, ``atom``, ``json`` or ``html``, empty if *content* is none of these."""
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:_READ]
    if start.startswith(b"{"):
        return "json" if _JSON_VERSION in start.replace(b"\\/", b"/") else ""
    found = _TAG.match(_without_prolog(start))
    return _ROOTS.get(found[1].lower(), "") if found else ""


def _without_prolog(start: bytes) -> bytes:
    """*start* of a document from its first element on."""
    while opened := next((each for each in _BEFORE if start.startswith(each)), None):
        start = start.partition(_BEFORE[opened])[2].lstrip()
    return start


def is_feed(response: FeedResponse) -> bool:
    """Return whether *response* has a feed."""
    return response.status == 200 and kind_of(response.content) in FORMAT_NAMES


def is_challenge(response: FeedResponse) -> bool:
    """Return whether a bot protection sent *response*, to see if the client is a browser."""
    for name, value in _CHALLENGE_HEADERS.items():
        if (sent := response.header(name)) and value in sent.lower():
            return True
    if response.status not in _CHALLENGE_STATUSES or kind_of(response.content) != "html":
        return False
    return bool(_CHALLENGE.search(response.content[:_READ_OF_PAGE]))


def linked_feeds(page: FeedResponse) -> list[str]:
    """The feeds that an HTML page links to, the first of each type."""
    parser = _Links()
    parser.feed(page.content[:_READ_OF_PAGE].decode("utf-8", "replace"))
    base = urljoin(page.url, parser.base)
    addresses = {kind: urljoin(base, href) for kind, href in parser.found.items()}
    return [each for each in addresses.values() if urlsplit(each).scheme in ("http", "https")]


class _Links(HTMLParser):
    """Collects the feeds in ``<link rel="alternate">``, by media type."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "base" and not self.base:
            self.base = given.get("href", "")
        kind = given.get("type", "").partition(";")[0].strip().lower()
        is_alternate = "alternate" in given.get("rel", "").lower().split()
        if tag == "link" and is_alternate and kind in _FEED_TYPES and given.get("href"):
            self.found.setdefault(kind, given["href"].strip())
