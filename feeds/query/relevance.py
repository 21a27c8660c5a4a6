"""The order of search results by relevance, made of posting lists alone."""

from collections.abc import Iterator, Sequence

from pyroaring import BitMap

from feeds.index import Index
from feeds.query.parameters.parameter import split_items
from feeds.query.parameters.text import included

Words = tuple[str, ...]


def by_relevance(index: Index, text: str, positions: BitMap) -> Iterator[BitMap]:
    """Yield *positions*, which match the search *text*, in groups of equal relevance, the best first.

    The groups are articles with: the whole search in the title, all its words there, the whole search
    anywhere, one of its words in the title, and all others. It depends on articles and search alone.
    """
    alternatives = [words for item in split_items(text) if (words := included(item))]
    rest = positions
    for tier in _TIERS:
        found = BitMap.union(BitMap(), *(tier(index, words) for words in alternatives)) & rest
        if found:
            rest = rest - found
            yield found
    if rest:
        yield rest


def _whole_in_title(index: Index, phrases: Sequence[Words]) -> BitMap:
    return index.matching((sum(phrases, ()),), titles=True)


def _all_in_title(index: Index, phrases: Sequence[Words]) -> BitMap:
    return index.matching(tuple(phrases), titles=True)


def _whole_anywhere(index: Index, phrases: Sequence[Words]) -> BitMap:
    return index.matching((sum(phrases, ()),), titles=False) if len(phrases) > 1 else BitMap()


def _one_in_title(index: Index, phrases: Sequence[Words]) -> BitMap:
    return BitMap.union(*(index.matching((words,), titles=True) for words in phrases))


_TIERS = (_whole_in_title, _all_in_title, _whole_anywhere, _one_in_title)
