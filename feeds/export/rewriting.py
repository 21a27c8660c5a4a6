"""Own addresses in documents, as a static file server has them: short names, no queries."""

import re
from html import escape
from urllib.parse import urlsplit

from feeds.article.expressions import expression
from feeds.export.names import FileNames
from feeds.formats import FORMATS
from feeds.period import period, week_of
from feeds.query import DIGESTS, Query

_PATH = rb"[^\s\"'<>&?#\\)\]]*"
_DIGEST = expression(rf"(.+/({'|'.join(DIGESTS)}))\.(?:{'|'.join(FORMATS)})")

# The arguments of an entry of a digest, which select its articles, in XML and in JSON.
_ANY = "2000-01-01", "2000-01-02"
_ARGUMENTS = re.escape(Query().hottest_of(*_ANY).page.partition("?")[2])
for _date in map(re.escape, _ANY):
    _ARGUMENTS = _ARGUMENTS.replace(_date, r"([0-9]{4}-[0-9]{2}-[0-9]{2})")
_ARGUMENTS = _ARGUMENTS.replace("&", "&(?:amp;)?")


class Rewriting:
    """The addresses below *url* in documents of an export with the files *names*."""

    def __init__(self, url: str, names: FileNames) -> None:
        self.url = url
        self.names = names
        self._url = url.encode()
        base = urlsplit(url).path.rstrip("/").encode()
        # In pages, addresses are without the host. Ids of feeds contain paths, but not below the URL.
        self._own = re.compile(
            rb"(" + re.escape(self._url) + rb'|(?<=")' + re.escape(base) + rb")(/" + _PATH + rb")"
        )

    def __call__(self, address: str, body: bytes) -> bytes:
        """Return *body*, the document at *address*, with the addresses of the export."""
        if digest := _DIGEST.fullmatch(address):
            body = self._linked(body, *digest.groups())
        return self._own.sub(self._renamed, body) if self.names else body

    def _linked(self, body: bytes, place: str, digest: str) -> bytes:
        """Let each entry of a digest lead to its place in the page of the digest, not to a query."""
        query = rb"(?:/" + _PATH + rb")\?" + _ARGUMENTS.encode()

        def linked(found: re.Match[bytes]) -> bytes:
            return self._url + f"{place}#{_period(digest, found[1].decode())}".encode()

        return re.sub(re.escape(self._url) + query, linked, body)

    def _renamed(self, found: re.Match[bytes]) -> bytes:
        address = found[2].decode(errors="surrogateescape")
        return found[1] + self.names.address(address).encode(errors="surrogateescape")


def is_digest(address: str) -> bool:
    """Return whether *address* is that of a digest in some format."""
    return bool(_DIGEST.fullmatch(address))


def _period(digest: str, date: str) -> str:
    """The name of the period of a *digest* that begins with *date*, the id of its entry in a page."""
    day = period(date)
    return week_of(day.begin).name if day and digest == "weekly" else date


def redirect_page(address: str) -> bytes:
    """A page that leads to *address*, for file servers that cannot redirect."""
    target = escape(address)
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>{target}</title>\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n<link rel="canonical" href="{target}">\n'
        f'<p><a href="{target}">{target}</a></p>\n'
    ).encode()
