"""Silent feeds: those without a new article for several times their usual gap."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, get_args

from pyroaring import BitMap

from feeds.feed.update_frequency import WEEKS, update_frequency
from feeds.index import Index
from feeds.period import DAY

FeedKind = Literal["all", "topics", "providers"]
"""The feeds that are watched for silence: the feed of everything, and feeds of topics and providers."""

SILENT_GAPS = 5  # without an article, after which a feed is silent
MIN_SILENCE = 3 * DAY  # seconds: a weekend is no silence
MIN_ARTICLES_OF_GAP = 5  # with fewer, a feed has no usual gap
LATEST = 20  # articles that the usual gap is made of
ENDED_AFTER = WEEKS * 7 * DAY  # seconds after which a feed has ended, and is not silent


class Silence(NamedTuple):
    """The times from which feeds of a kind are silent, and at which they count as ended, in order."""

    begins: list[int]
    ends: list[int]

    def count(self, now: float) -> int:
        """The number of feeds that are silent at *now*."""
        return bisect_right(self.begins, now) - bisect_right(self.ends, now)


class SilentFeeds:
    """The numbers of silent feeds, worked out once for each index. Thread-safe."""

    def __init__(self) -> None:
        self._known: tuple[Index, dict[FeedKind, Silence]] | None = None

    def count(self, index: Index, now: float) -> dict[FeedKind, int]:
        """The number of feeds in *index* that are silent at *now*, by kind."""
        known = self._known
        if known is None or known[0] is not index:
            known = self._known = index, {kind: silence(index, kind) for kind in get_args(FeedKind)}
        return {kind: each.count(now) for kind, each in known[1].items()}


def silence(index: Index, kind: FeedKind) -> Silence:
    """The silence of the feeds of a *kind* in *index*, if no article is added."""
    found = [*_silences(index, _feeds(index, kind))]
    return Silence(sorted(begin for begin, _ in found), sorted(end for _, end in found))


def _feeds(index: Index, kind: FeedKind) -> Iterable[BitMap]:
    """The positions of the articles of each feed of a *kind*."""
    match kind:
        case "all":
            return [index.everything]
        case "topics":
            topics = index.by_facet.lists["topic"].items()
            return [positions for slug, positions in topics if not index.listings.is_gone(str(slug))]
        case "providers":
            return index.by_facet.lists["provider"].values()


def _silences(index: Index, feeds: Iterable[BitMap]) -> Iterator[tuple[int, int]]:
    """Yield two times for each of *feeds*: from when it is silent, and from when it counts as ended."""
    for positions in feeds:
        if len(positions) < MIN_ARTICLES_OF_GAP:
            continue
        published = [record.published for record in index.newest(positions, LATEST)]
        usual = 2 * update_frequency(published).interval
        begin = published[0] + max(MIN_SILENCE, SILENT_GAPS * usual)
        end = published[0] + ENDED_AFTER
        if begin < end:
            yield begin, end
