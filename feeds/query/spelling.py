"""Suggestions for misspelt names."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from feeds.errors import QueryError

MAX_COMPARED = 500  # names; comparing one takes 10 to 30 µs
MAX_DIFFERENCE = 2  # of two lengths, and letters that one of many names may lack


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names in *known* that are most similar to *name*, the most similar first, three at most.

    If there are more than MAX_COMPARED names, only those with nearly the same letters are compared.
    """
    ordered = sorted(known)
    close = get_close_matches(name, _likely(name, ordered), n=3, cutoff=0.5)
    within = [each for each in ordered if name in each or each in name]
    return tuple(dict.fromkeys([*close, *within]))[:3]


def _likely(name: str, ordered: Sequence[str]) -> Sequence[str]:
    """At most MAX_COMPARED names in *ordered*, which have nearly the letters of *name*."""
    if len(ordered) <= MAX_COMPARED:
        return ordered
    letters = set(name)
    alike = [
        each
        for each in ordered
        if abs(len(each) - len(name)) <= MAX_DIFFERENCE
        and len(letters) - len(letters.intersection(each)) <= MAX_DIFFERENCE
    ]
    first = max(0, min(bisect(alike, name) - MAX_COMPARED // 2, len(alike) - MAX_COMPARED))
    return alike[first : first + MAX_COMPARED]


def refuse_misspelt(key: str, known: Iterable[str]) -> None:
    """Raise QueryError if *key* looks like a misspelling of one of the parameters *known*.

    A client that misspells a filter must not get the feed of everything. Other keys are ignored.
    """
    meant = get_close_matches(key, list(known), n=1, cutoff=0.8) if len(key) > 3 else []
    for each in meant:
        raise QueryError(key, "unknown parameter", "did you mean {name}?", nearest=(each,), name=each)
