"""The part of an article that a list of articles shows, such as an entry of a digest."""

from msgspec import Struct

from feeds.article import Image


class Named(Struct, frozen=True, gc=False):
    """The name of a Provider."""

    name: str


class ListedArticle(Struct, frozen=True, gc=False):
    """The fields of an Article in a list. Reading them takes a third of the time of a whole Article."""

    title: str
    url: str
    provider: Named | None = None
    summary: str = ""
    images: tuple[Image, ...] = ()
    probed: tuple[Image, ...] = ()
    typed: tuple[str, ...] = ()
