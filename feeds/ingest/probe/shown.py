"""The pictures on other sites that the articles of a store show."""

from collections import defaultdict

import msgspec
from msgspec import Struct

from feeds.article import Image
from feeds.ingest.probes import pictured
from feeds.store import Store
from feeds.store.records import each_content


class ShownPicture(Struct, frozen=True):
    """A picture at *url*, and the *ids* of the articles that show it.

    *is_described* is true if the authors of all of them wrote its type, width and height.
    """

    url: str
    ids: tuple[str, ...]
    is_described: bool


def shown_pictures(store: Store, own: str) -> list[ShownPicture]:
    """The pictures of all live articles in *store*, by URL, without those below *own*, this server."""
    by_url: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for article in map(_decoder.decode, each_content(pictured(store))):
        for image in article.images:
            if not image.url.startswith(f"{own}/"):
                is_described = bool(image.width and image.height and image.url in article.typed)
                by_url[image.url].append((article.id, is_described))
    return [
        ShownPicture(url, tuple(id_ for id_, _ in shown), all(described for _, described in shown))
        for url, shown in sorted(by_url.items())
    ]


class _Pictured(Struct, frozen=True, gc=False):
    """The fields of an Article that matter here."""

    id: str
    images: tuple[Image, ...] = ()
    typed: tuple[str, ...] = ()


_decoder = msgspec.msgpack.Decoder(_Pictured)
