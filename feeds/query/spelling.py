"""Suggestions for misspelt names."""

from bisect import bisect
from collections.abc import Iterable
from difflib import get_close_matches

from feeds.errors import QueryError

MAX_COMPARED = 500  # names; to compare one takes 10 to 30 µs


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names in *known* that are most similar to *name*, the most similar first, three at most.

    Of many names, those next to *name* in the alphabet are compared, which begin alike.
    """
    ordered = sorted(known)
    first = max(0, bisect(ordered, name) - MAX_COMPARED // 2)
    close = get_close_matches(name, ordered[first : first + MAX_COMPARED], n=3, cutoff=0.5)
    within = [each for each in ordered if name in each or each in name]
    return tuple(dict.fromkeys([*close, *within]))[:3]


def refuse_misspelt(key: str, known: Iterable[str]) -> None:
    """Raise QueryError if *key* looks like a misspelling of one of the parameters *known*.

    A client that misspells a filter must not get the feed of everything. Other keys are ignored.
    """
    meant = get_close_matches(key, list(known), n=1, cutoff=0.8) if len(key) > 3 else []
    for each in meant:
        raise QueryError(key, "unknown parameter", "did you mean {name}?", nearest=(each,), name=each)
