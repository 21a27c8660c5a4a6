"""Clusters of articles on one event: articles that link to each other, or have nearly equal titles.

Every article has keys, numbers that are the same in any process. Two articles that share a key belong to
one cluster if their dates are close enough; the limit depends on the kind of key.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from feeds.article import Article, Provider, Related
from feeds.article.expressions import expression
from feeds.period import DAY
from feeds.store import Record, StoredEntry
from feeds.store.tokenize import title_words

HOUR = 3600  # seconds

# A follow-up links to an earlier article within a week. Later links are retrospective, and would join a
# year of articles to one cluster.
MAX_ADDRESS_GAP = 7 * DAY
# Copies of one text are published within hours; the slowest one observed took just over two days.
MAX_TITLE_GAP = 3 * DAY
# A provider repeats a title for the issues of a column: they are a day apart, or an hour or two less.
MAX_COLUMN_GAP = 20 * HOUR
# Four words are often a common phrase ("what we know so"). With five words, two titles that differ in one
# may differ in their subject.
MIN_TITLE_WORDS = 5  # words
MAX_TITLE_WORDS = 40  # words; a longer title matches only an equal one

_PLAIN_URL = expression(r"https?://([\w.-]+)(/[\w.~!$&'()*+,;=:@%/-]*)", re.ASCII)
_TITLES = 1  # the last bit of a key that is made from a title
_TITLE_KEYS = 1 << 62  # so many others


class ClusterFields(Struct, gc=False):
    """The fields of an Article that determine its keys: faster to decode than the whole article."""

    title: str = ""
    url: str = ""
    provider: Provider | None = None
    related: tuple[Related, ...] = ()


class Occurrence(NamedTuple):
    """One *article* with a key, *published* at a second since 1970 by *provider*."""

    published: int
    article: int
    provider: int


KeyRow = tuple[int, int, int, int]
"""A key, and the fields of one Occurrence of it; only live articles have rows."""


class Member(Struct, frozen=True, gc=False):
    """The fields of a Record that determine joins; *cluster* is its cluster so far."""

    published: int
    id: str
    number: int
    cluster: str


class Join(Struct, frozen=True):
    """The articles *numbers* join *cluster*; so does every article of the clusters *merged*."""

    cluster: str
    numbers: list[int]
    merged: list[str]


_fields = msgspec.msgpack.Decoder(ClusterFields)


def keyed(content: bytes) -> tuple[set[int], int]:
    """The keys of the article with *content*, and its publisher."""
    fields = _fields.decode(content)
    return keys(fields), publisher(fields)


def key_rows(number: int, published: int, content: bytes) -> list[KeyRow]:
    """The rows of the live article *number*."""
    found, provider = keyed(content)
    return [(key, published, number, provider) for key in found]


def changed_rows(
    before: Mapping[str, StoredEntry], entries: Sequence[StoredEntry]
) -> tuple[set[KeyRow], set[KeyRow]]:
    """The rows to delete and the rows to insert when *entries* replace those in *before*."""
    gone, come = set[KeyRow](), set[KeyRow]()
    for entry in entries:
        former, latter = _rows_of(before.get(entry.record.id)), _rows_of(entry)
        gone |= former - latter
        come |= latter - former
    return gone, come


def _rows_of(entry: StoredEntry | None) -> set[KeyRow]:
    if entry is None or entry.removed:
        return set()
    return set(key_rows(entry.record.number, entry.record.published, entry.record.content))


def windows(rows: Iterable[KeyRow]) -> Iterator[tuple[int, int, int]]:
    """Yield each key in *rows*, with the earliest and latest date of articles that may join them."""
    times: dict[int, list[int]] = {}
    for key, published, *_ in rows:
        times.setdefault(key, []).append(published)
    for key, found in times.items():
        yield key, min(found) - reach(key), max(found) + reach(key)


def joins(
    rows: Iterable[KeyRow],
    member: Callable[[int], Member | Record],
    namesake: Callable[[str], Member | Record],
) -> Iterator[Join]:
    """Yield the joins that follow from *rows*, which are sorted by key.

    *member* returns the article with a number, *namesake* the article that gave a cluster its id.
    """
    found = [pair for key, same in groupby(rows, key=lambda row: row[0]) for pair in _pairs(key, same)]
    members = {number: member(number) for number in {each for pair in found for each in pair}}
    for together in _connected([*found, *_clustered_before(members.values())]):
        joined = sorted((members[number] for number in together), key=_age)
        clusters = sorted({each.cluster for each in joined if each.cluster})
        # An older cluster keeps its id, even if the article with that id is gone.
        cluster = min([namesake(each) for each in clusters] or joined, key=_age).id
        yield Join(
            cluster,
            [each.number for each in joined if not each.cluster],
            [each for each in clusters if each != cluster],
        )


def _age(member: Member | Record) -> tuple[int, str]:
    return member.published, member.id


def _pairs(key: int, rows: Iterable[KeyRow]) -> Iterator[tuple[int, int]]:
    return pairs(key, (Occurrence(*row[1:]) for row in rows))


def _clustered_before(members: Iterable[Member | Record]) -> Iterator[tuple[int, int]]:
    """Yield pairs of *members* that already belong to one cluster."""
    first: dict[str, int] = {}
    for each in members:
        if each.cluster:
            yield first.setdefault(each.cluster, each.number), each.number


def _connected(found: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The connected components of the graph with the pairs in *found* as edges."""
    sets: dict[int, set[int]] = {}
    for one, other in found:
        larger, smaller = sets.setdefault(one, {one}), sets.setdefault(other, {other})
        if larger is smaller:
            continue
        if len(larger) < len(smaller):
            larger, smaller = smaller, larger
        larger |= smaller
        sets.update(dict.fromkeys(smaller, larger))
    return list({id(each): each for each in sets.values()}.values())


def keys(article: Article | ClusterFields) -> set[int]:
    """The keys of *article*, 63 bits each."""
    found = set(_title_keys(article.title))
    for url in (article.url, *(related.url for related in article.related)):
        if address := _address(url):
            found.add(_hash(address) << 1)
    return found


def publisher(article: Article | ClusterFields) -> int:
    """A 32-bit hash of the publisher of *article*: the provider's domain, else the URL's host."""
    host = article.provider.domain if article.provider else _address(article.url).partition("/")[0]
    return _publisher(host)


@lru_cache(1 << 12)
def _publisher(host: str) -> int:
    return _hash(host) >> 30


def reach(key: int) -> int:
    """The maximum number of seconds between two articles that *key* may join."""
    return MAX_TITLE_GAP if key & _TITLES else MAX_ADDRESS_GAP


def pairs(key: int, occurrences: Iterable[Occurrence]) -> Iterator[tuple[int, int]]:
    """Yield pairs of *occurrences* of *key*, sorted by date, that connect all articles it joins."""
    if key & _TITLES:
        yield from _titled(occurrences)
        return
    before: Occurrence | None = None
    for occurrence in occurrences:
        if before and occurrence.published - before.published <= MAX_ADDRESS_GAP:
            yield before.article, occurrence.article
        before = occurrence


def _titled(occurrences: Iterable[Occurrence]) -> Iterator[tuple[int, int]]:
    """Join articles of one provider within MAX_COLUMN_GAP, others within MAX_TITLE_GAP, in one pass."""
    # The occurrences that a later one may join. Once those of two providers are near each other, all of
    # these are joined. Then the last ones of two providers are enough: an occurrence that is close enough
    # to an earlier one is close enough to them.
    last: list[Occurrence] = []
    for occurrence in occurrences:
        last = [each for each in last if occurrence.published - each.published <= MAX_TITLE_GAP]
        if others := [each for each in last if each.provider != occurrence.provider]:
            yield from ((each.article, occurrence.article) for each in others)
            last = [others[-1], occurrence]
            continue
        if last and occurrence.published - last[-1].published <= MAX_COLUMN_GAP:
            yield last.pop().article, occurrence.article
        last.append(occurrence)


def _title_keys(title: str) -> list[int]:
    """One key of all words, and for each word one key of all other words.

    Titles therefore share a key if one word was added, left out or replaced. Words with digits are never
    left out, because they distinguish the editions of a column. Neither are single characters that are
    words (Chinese): one of them may be the subject of the title.
    """
    words = {word: _word(word) for word in title_words(title)}
    if len(words) < MIN_TITLE_WORDS:
        return []
    whole = sum([hashed for hashed, _ in words.values()])
    sums = [whole]
    if MIN_TITLE_WORDS < len(words) <= MAX_TITLE_WORDS:
        sums += [whole - hashed for hashed, is_optional in words.values() if is_optional]
    return [each % _TITLE_KEYS << 1 | _TITLES for each in sums]


@lru_cache(1 << 12)
def _word(word: str) -> tuple[int, bool]:
    """The hash of *word*, and whether it may be left out."""
    return _hash(word), _may_be_left_out(word)


def _may_be_left_out(word: str) -> bool:
    has_digit = not word.isalpha() and any(map(str.isdigit, word))  # isalpha alone is quicker
    return not has_digit and (len(word) > 1 or word.isascii())


def _address(url: str) -> str:
    """The parts of *url* that identify a page; empty if it is the address of a whole site."""
    if plain := _PLAIN_URL.fullmatch(url):  # as most are: quicker than urlsplit
        host, path, query = plain[1], plain[2], ""
    else:
        try:
            parts = urlsplit(url)
        except ValueError:
            return url
        host, path, query = parts.netloc, parts.path, parts.query
    arguments = [each for each in query.split("&") if each and not each.startswith("utm_")]
    path = path.rstrip("/")
    if not path and not arguments:
        return ""
    query = "?" + "&".join(arguments) if arguments else ""
    return host.casefold().removeprefix("www.") + path + query


def _hash(text: str) -> int:
    """A 62-bit hash of *text*, the same in every process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 2
