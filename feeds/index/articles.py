"""Decoding of the articles in records, wholly or in part."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from feeds.article import Article
from feeds.article.listed import ListedArticle
from feeds.article.probed import filled
from feeds.store import Record, address, contents


class _Titled(Struct, gc=False):
    """The fields of an Article in a headline."""

    title: str
    language: str = ""


class _Addressed(Struct, gc=False):
    """The URL field of an Article."""

    url: str


_titled = msgspec.msgpack.Decoder(_Titled)
_addressed = msgspec.msgpack.Decoder(_Addressed)
_article = msgspec.msgpack.Decoder(Article)
_listed = msgspec.msgpack.Decoder(ListedArticle)


def article(record: Record) -> Article:
    """The article in *record*, as it is shown."""
    return filled(_article.decode(record.content))


def articles(records: Sequence[Record]) -> Iterator[Article]:
    """The articles in *records*, as they are shown."""
    return map(filled, map(_article.decode, contents(records)))


def listed(records: Sequence[Record]) -> Iterator[ListedArticle]:
    """The articles in *records*, as a list shows them."""
    return map(filled, map(_listed.decode, contents(records)))


def headlines(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Yield the title of each article in *records*, and its language, empty if it has none."""
    for each in map(_titled.decode, contents(records)):
        yield each.title, each.language


def at_address(url: str, records: Iterable[Record]) -> Iterator[Record]:
    """The *records* of articles with the URL *url*."""
    wanted = address(url)
    likely = (record for record in records if record.address == wanted)
    return (record for record in likely if _addressed.decode(record.content).url == url)
