"""The articles that records hold, decoded as a whole or in part."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from feeds.article import Article
from feeds.store import Record, address, contents


class _Titled(Struct, gc=False):
    """The fields of an Article that announce it."""

    title: str
    language: str = ""


class _Addressed(Struct, gc=False):
    """The field of an Article by which it is found."""

    url: str


_titled = msgspec.msgpack.Decoder(_Titled)
_addressed = msgspec.msgpack.Decoder(_Addressed)
_article = msgspec.msgpack.Decoder(Article)


def article(record: Record) -> Article:
    """The article in *record*."""
    return _article.decode(record.content)


def articles(records: Sequence[Record]) -> Iterator[Article]:
    """The articles in *records*."""
    return map(_article.decode, contents(records))


def headlines(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """The title of each article in *records*, and its language, empty if it names none."""
    for each in map(_titled.decode, contents(records)):
        yield each.title, each.language


def at_address(url: str, records: Iterable[Record]) -> Iterator[Record]:
    """The *records* whose article is at *url*."""
    wanted = address(url)
    likely = (record for record in records if record.address == wanted)
    return (record for record in likely if _addressed.decode(record.content).url == url)
