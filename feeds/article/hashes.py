"""Hashes of articles: of the content that a subscriber can see, and of the rendered form."""

import re
from operator import attrgetter
from typing import Any

import msgspec

from feeds.article import Article, fingerprint
from feeds.article.probed import filled

# The fields that a subscriber can see in any format. Only they may change an ETag or a date.
SYNDICATED = (
    "title", "url", "published", "provider", "authors", "topics", "summary", "html", "images",
    "language", "related", "enclosures",
)  # fmt: skip

_syndicated_fields = attrgetter(*SYNDICATED)


def content_hash(article: Article) -> bytes:
    """A 16-byte hash of the syndicated fields; equal content has an equal hash in any process.

    A file in *local* counts by its name: another picture in the same place is no edit of the article.
    Facts in *probed* do not count.
    """
    return fingerprint(_syndicated(_with_names(article) if article.local else article))


def rendered_hash(article: Article, own: bytes = b"") -> bytes:
    """A 16-byte hash of everything in *article* that affects its rendered form.

    *own* is the content hash of the article as it was read, by default the present one.
    """
    files = [_syndicated(filled(article))] if article.local or article.probed else []
    return fingerprint([own or content_hash(article), article.updated, *files])


def _syndicated(article: Article) -> list[Any]:
    *values, related, enclosures = _syndicated_fields(article)
    # The hashes in older stores are without these two: they stay valid for articles that have none.
    return [*values, *filter(None, (related, enclosures))]


def _with_names(article: Article) -> Article:
    """Replace the addresses of local files in *article* by their names, and remove facts about them."""
    names = {each.digest: each.path.rpartition("/")[2] for each in article.local if each.digest}
    address = re.compile(rf"\b({'|'.join(names) or '(?!)'})/[A-Za-z0-9%._~-]+")
    html = address.sub(lambda found: names[found[1]], article.html)
    facts = {"width": 0, "height": 0, "type": "", "length": 0, "duration": 0}

    def named(item: Any) -> Any:
        if not (item and (found := address.search(item.url))):
            return item
        own = {name: value for name, value in facts.items() if name in item.__struct_fields__}
        return msgspec.structs.replace(item, url=names[found[1]], **own)

    images, enclosures = tuple(map(named, article.images)), tuple(map(named, article.enclosures))
    return msgspec.structs.replace(article, html=html, images=images, enclosures=enclosures)
