"""The words of a text that match a search: by the words of the search index, without case and accents."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from msgspec import Struct

from feeds.article.expressions import unicode_expression
from feeds.query.clause import Clause
from feeds.query.parameters.text import TITLE, Q, phrases
from feeds.store.tokenize import ALONE, tokenize

MAX_EXCERPT_LENGTH = 280  # characters
MAX_MARKED_LENGTH = 20_000  # characters of a text in which matches are looked for
_LEAD = 80  # characters before the first match of an excerpt that begins inside of a text

_CHUNK = unicode_expression(r"\s+|\S+")
_SIGNS = r"'’ʼ´\u00ad\u200c\u200d\u2060"  # inside of words
_PIECE = unicode_expression(
    rf"(?V1){ALONE}\p{{M}}*|(?:[[\p{{L}}\p{{N}}\p{{M}}{_SIGNS}]--{ALONE}])+|[^\p{{L}}\p{{N}}\p{{M}}{_SIGNS}]+"
)
_OUTSIDE = ' "“”‘’«»()[]{},;:!?…'  # around words with signs of their own, such as C++


class MarkedPart(Struct, frozen=True):
    """A part of a text, and whether it matches."""

    text: str
    matches: bool


def sought(clauses: Iterable[Clause]) -> frozenset[tuple[str, ...]]:
    """The phrases that *clauses* require, each as its words."""
    of_text = (each for each in clauses if each.key in (Q.key, TITLE.key) and not each.excluded)
    return frozenset(phrase.words for each in of_text for term in each.terms for phrase in phrases(term))


def marked(text: str, wanted: Iterable[tuple[str, ...]]) -> list[MarkedPart]:
    """*text* in parts, in which the phrases *wanted* match."""
    return _joined(_parts(text, wanted))


def marked_excerpt(text: str, wanted: Iterable[tuple[str, ...]]) -> list[MarkedPart]:
    """At most MAX_EXCERPT_LENGTH characters of *text*, with its first match, in parts as ``marked``."""
    parts = _parts(" ".join(text[:MAX_MARKED_LENGTH].split()), wanted)
    begin = _begin(parts)
    kept: list[MarkedPart] = []
    left = MAX_EXCERPT_LENGTH
    for part in parts[begin:]:
        left -= len(part.text)
        if left < 0:
            break
        kept.append(part)
    is_cut = begin + len(kept) < len(parts) or len(text) > MAX_MARKED_LENGTH
    before = [MarkedPart("…", False)] if begin else []
    return _joined([*before, *kept, *([MarkedPart("…", False)] if is_cut else [])])


def words_of(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield *text* in pieces, each with its words as the search index has them."""
    for chunk in _CHUNK.findall(text):
        pieces = [(piece, tokenize(piece)) for piece in _PIECE.findall(chunk)]
        if [word for _, words in pieces for word in words] == (whole := tokenize(chunk)):
            yield from pieces
            continue
        begin = len(chunk) - len(chunk.lstrip(_OUTSIDE))
        end = max(begin, len(chunk.rstrip(_OUTSIDE)))
        yield from ((chunk[:begin], []), (chunk[begin:end], whole), (chunk[end:], []))


def _parts(text: str, wanted: Iterable[tuple[str, ...]]) -> list[MarkedPart]:
    pieces = list(words_of(text[:MAX_MARKED_LENGTH]))
    words = [(word, place) for place, (_, several) in enumerate(pieces) for word in several]
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in wanted:
        by_first.setdefault(phrase[0], []).append(phrase)
    matching: set[int] = set()
    for start, (word, _) in enumerate(words):
        for phrase in by_first.get(word, ()):
            here = words[start : start + len(phrase)]
            if tuple(each for each, _ in here) == phrase:
                matching.update(range(here[0][1], here[-1][1] + 1))
    parts = [MarkedPart(piece, place in matching) for place, (piece, _) in enumerate(pieces)]
    return [*parts, MarkedPart(text[MAX_MARKED_LENGTH:], False)]


def _begin(parts: list[MarkedPart]) -> int:
    """The first part of an excerpt: 0 if the first match is near the beginning."""
    first = next((place for place, part in enumerate(parts) if part.matches), 0)
    if sum(len(part.text) for part in parts[: first + 1]) <= MAX_EXCERPT_LENGTH - _LEAD:
        return 0
    before = 0
    while first and before < _LEAD:
        first -= 1
        before += len(parts[first].text)
    while parts[first].text.isspace():
        first += 1
    return first


def _joined(parts: Iterable[MarkedPart]) -> list[MarkedPart]:
    joined = groupby((part for part in parts if part.text), attrgetter("matches"))
    return [MarkedPart("".join(part.text for part in several), matches) for matches, several in joined]
