"""Names of feeds that match a search, and other searches if nothing matches."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from string import ascii_lowercase

from msgspec import Struct

from feeds.index import Index
from feeds.index.listings import Listing
from feeds.query import Query, feed_of
from feeds.query.marking import words_of
from feeds.query.parameters import SEGMENTS
from feeds.query.parameters.parameter import split_items
from feeds.query.parameters.text import included
from feeds.store.tokenize import tokenize

MAX_NAMED_FEEDS = 6  # feeds in one response
MAX_CORRECTIONS = 3  # other searches in one response
MAX_CORRECTED_WORDS = 3  # of one search
MAX_CORRECTED_LENGTH = 20  # characters of a word
_SHORTEST = 3  # characters of a word that may be the beginning of a name's word, or misspelt
_CLOSE = 0.75  # the least similarity of a word of a name (difflib)


class NamedFeed(Struct, frozen=True):
    """A feed of the parameter *key*, such as a topic, by its *name*, with *count* articles."""

    key: str
    name: str
    query: Query
    count: int


class FeedNames:
    """The names of all feeds of topics, providers and authors with articles, by their words."""

    def __init__(self, index: Index) -> None:
        self._feeds: list[NamedFeed] = []
        self._words: list[frozenset[str]] = []
        self._by_word: dict[str, set[int]] = {}
        for parameter in SEGMENTS.values():
            for listing in parameter.offered(index):
                if listing.count:
                    self._add(parameter.key, listing)

    def _add(self, key: str, listing: Listing) -> None:
        words = frozenset([*tokenize(listing.name), *tokenize(listing.slug.partition(".")[0])])
        for word in words:
            self._by_word.setdefault(word, set()).add(len(self._feeds))
        self._feeds.append(NamedFeed(key, listing.name, feed_of(key, listing.slug), listing.count))
        self._words.append(words)

    def matching(self, text: str) -> list[NamedFeed]:
        """The feeds with a name that has all words of *text*, or words that begin so, the best first.

        Commas separate alternatives.
        """
        wanted: set[str] = set()
        places: set[int] = set()
        for item in split_items(text):
            if words := {word for phrase in included(item) for word in phrase}:
                wanted |= words
                places |= set.intersection(*map(self._with, words))

        def order(place: int) -> tuple[bool, int, str]:
            feed = self._feeds[place]
            return not self._words[place] <= wanted, -feed.count, feed.name

        return [self._feeds[place] for place in sorted(places, key=order)[:MAX_NAMED_FEEDS]]

    def _with(self, word: str) -> set[int]:
        if len(word) < _SHORTEST:
            return self._by_word.get(word, set())
        alike = (each for each in self._by_word if each.startswith(word) or _is_plural(word, each))
        return set().union(*(self._by_word[each] for each in alike))

    def near(self, word: str) -> list[str]:
        """The words of names that are most similar to *word*."""
        return get_close_matches(word, sorted(self._by_word), n=MAX_CORRECTIONS, cutoff=_CLOSE)


def corrections(index: Index, names: FeedNames, text: str) -> Iterator[str]:
    """Yield searches that may have been meant by *text*, which finds nothing; not all find articles.

    Words that no article has are replaced by similar ones of articles and names. If all words are known,
    the search is for any of them.
    """
    known = _counter(index)
    phrases = [words for item in split_items(text) for words in included(item)]
    single = dict.fromkeys(words[0] for words in phrases if len(words) == 1)
    unknown = [word for word in single if not known(word)][:MAX_CORRECTED_WORDS]
    if not unknown:
        if len(phrases) > 1:
            yield ", ".join(f'"{" ".join(each)}"' if len(each) > 1 else each[0] for each in phrases)
        return
    choices = {word: _alternatives(word, names, known) for word in unknown}
    best = {word: several[0] for word, several in choices.items() if several}
    if best:
        yield _replaced(text, best)
        for word in best:
            for other in choices[word][1:]:
                yield _replaced(text, best | {word: other})


def _counter(index: Index) -> Callable[[str], int]:
    search = index.search
    return lambda word: len(search(((word,),), False)) if search else 0


def _alternatives(word: str, names: FeedNames, known: Callable[[str], int]) -> list[str]:
    """The words of articles and names that differ little from *word*, the most frequent first."""
    if not _SHORTEST <= len(word) <= MAX_CORRECTED_LENGTH:
        return []
    counted = ((known(each), each) for each in {*_edited(word), *names.near(word)})
    most = sorted((each for each in counted if each[0]), key=lambda each: (-each[0], each[1]))
    return [each for _, each in most[:MAX_CORRECTIONS]]


def _edited(word: str) -> Iterator[str]:
    """Yield every word with one letter more, less or different than *word*, or with two exchanged."""
    letters = ascii_lowercase if word.isascii() else sorted(set(word))
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (f"{before}{letter}{after}" for letter in letters)
        if after:
            yield before + after[1:]
            yield from (f"{before}{letter}{after[1:]}" for letter in letters)
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"


def _replaced(text: str, words: dict[str, str]) -> str:
    """*text* with other *words*."""
    return "".join(
        words.get(found[0], piece) if len(found) == 1 else piece for piece, found in words_of(text)
    )


def _is_plural(word: str, name: str) -> bool:
    """Return whether *name* is *word* without a short ending."""
    return len(name) > _SHORTEST and word.startswith(name) and len(word) - len(name) <= 2
