"""Which articles tell one story: those that name each other, and those with nearly the same title.

Every article has keys, numbers that are the same in any process. Two articles that share one tell the
same story if they were published near enough to each other: how near, depends on what the key is of.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from feeds.article import Provider, Related
from feeds.period import DAY
from feeds.store.tokenize import words as words_of

HOUR = 3600  # seconds

# What names an address was written about it: a follow-up within a week. Later ones look back, and
# would make one story of a year.
ADDRESS = 7 * DAY
# Copies of one text come out within hours; the slowest we have seen took two days and a bit.
TITLE = 3 * DAY
# What one provider repeats under the same title is a column, and its next edition a day away, an hour
# or two sooner at the most.
EDITION = 20 * HOUR
# Four words are a phrase ("what we know so"), and where one of five differs, that is what it is about.
SHARED = 5  # words
LONGEST = 40  # words: a longer title is a text, and only the same one is like it

_TITLES = 1  # the last bit of a key that is of a title


class Told(Protocol):
    """The part of an Article that says which story it tells."""

    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def provider(self) -> Provider | None: ...
    @property
    def related(self) -> tuple[Related, ...]: ...


class Telling(NamedTuple):
    """One *article* with a key, *published* at a second since 1970 by *provider*."""

    published: int
    article: int
    provider: int


def keys(article: Told) -> set[int]:
    """What an article tells the same story by, as another with one of them: 63 bits each."""
    found = set(_title_keys(article.title))
    for url in (article.url, *(related.url for related in article.related)):
        if address := _address(url):
            found.add(_hash(address) << 1)
    return found


def publisher(article: Told) -> int:
    """Thirty-two bits that stand for who published *article*."""
    host = article.provider.domain if article.provider else _address(article.url).partition("/")[0]
    return _hash(host) >> 30


def reach(key: int) -> int:
    """How many seconds may lie between two articles with *key* for it to say anything."""
    return TITLE if key & _TITLES else ADDRESS


def pairs(key: int, tellings: Iterable[Telling]) -> Iterator[tuple[int, int]]:
    """Pairs of those with *key*, in order, by which all that belong together hang together."""
    if key & _TITLES:
        yield from _titled(tellings)
        return
    before: Telling | None = None
    for telling in tellings:
        if before and telling.published - before.published <= ADDRESS:
            yield before.article, telling.article
        before = telling


def _titled(tellings: Iterable[Telling]) -> Iterator[tuple[int, int]]:
    """Those of one provider within EDITION, others within TITLE: in one pass, however many."""
    # By provider, of those joined with each other only the last: any later article that is near
    # enough to an earlier one is near enough to it.
    last: dict[int, list[Telling]] = {}
    for telling in tellings:
        for provider, others in last.items():
            if provider != telling.provider:
                near = [each for each in others if telling.published - each.published <= TITLE]
                yield from ((each.article, telling.article) for each in near)
                last[provider] = near[-1:]
        own = last.setdefault(telling.provider, [])
        if own and telling.published - own[-1].published <= EDITION:
            yield own.pop().article, telling.article
        own.append(telling)


def _title_keys(title: str) -> Iterator[int]:
    """One of all words, and one for each word without it.

    So titles that differ by one word have one in common, whether it was added, left out or replaced.
    Words with digits must stay: they tell the editions of a column apart. And so must signs that are
    words by themselves: where one of eight differs, that is what it is about.
    """
    words = set(words_of(title))
    if len(words) < SHARED:
        return
    whole = sum(map(_hash, words))
    yield _title_key(whole)
    if SHARED < len(words) <= LONGEST:
        for word in words:
            if not any(map(str.isdigit, word)) and (len(word) > 1 or word.isascii()):
                yield _title_key(whole - _hash(word))


def _title_key(words: int) -> int:
    return (words % (1 << 62)) << 1 | _TITLES


def _address(url: str) -> str:
    """*url* as far as it tells one page from another; empty where it names a whole site."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    arguments = [each for each in parts.query.split("&") if each and not each.startswith("utm_")]
    path = parts.path.rstrip("/")
    if not path and not arguments:
        return ""
    query = "?" + "&".join(arguments) if arguments else ""
    return parts.netloc.casefold().removeprefix("www.") + path + query


@lru_cache(1 << 12)
def _hash(text: str) -> int:
    """Sixty-two bits that stand for *text* in any process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 2
