"""Rows of days: the readers of each feed on a day, and those of complete weeks before."""

from collections.abc import Iterable, Iterator

from msgspec.structs import asdict

from feeds.readership.counted_feed import CountedFeed
from feeds.readership.live_report import totals_of
from feeds.readership.readership import WEEKS_OF_MONTH, FeedReaders, Readership
from feeds.store.readership import ReaderDay, ReadershipState

ALL_FEEDS = ""
ALL_FORMATS = "*"


def rows_of_day(readership: Readership, day: int, names: Iterable[str]) -> Iterator[ReaderDay]:
    """Yield the rows of the feeds called *names* that have readers."""
    for name in names:
        readers, feed = readership.readers(name, day), readership.feeds.get(name) or CountedFeed()
        if readers.readers:
            yield _row(name, ALL_FORMATS, day, feed, readers)
            yield from _rows_of_formats(name, day, feed, readers)


def row_of_all(readership: Readership, day: int, found: Iterable[FeedReaders]) -> ReaderDay:
    """The row of all feeds together; *found* are the readers of each."""
    feeds = readership.feeds.values()
    return ReaderDay(
        ALL_FEEDS,
        ALL_FORMATS,
        day,
        **asdict(totals_of(found)),
        bots=sum(each.audience.requests_on("bot", day) for each in feeds),
        browsers=sum(each.audience.requests_on("browser", day) for each in feeds),
        requests=sum(part.requests for each in feeds for part in each.days.get(day, {}).values()),
        bytes=sum(part.bytes for each in feeds for part in each.days.get(day, {}).values()),
    )


def weeks_before(state: ReadershipState, today: int) -> dict[str, list[int]]:
    """Return the readers of each feed in up to four complete weeks until yesterday, the last one first.

    Raises StoreError.
    """
    found: dict[str, list[int]] = {}
    for number in range(WEEKS_OF_MONTH):
        last = today - 1 - 7 * number
        if not state.days(last - 6, last - 6, ALL_FEEDS):
            break
        rows = [each for each in state.days(last, last) if each.format == ALL_FORMATS]
        for row in rows:
            weeks = found.setdefault(row.feed, [])
            weeks += [0] * (number - len(weeks)) + [row.readers]
    return found


def _rows_of_formats(name: str, day: int, feed: CountedFeed, readers: FeedReaders) -> Iterator[ReaderDay]:
    counts = {each.format: each.readers for each in readers.formats}
    days = feed.days.get(day, {})
    for format_ in sorted(counts.keys() | days.keys()):
        part = days.get(format_)
        yield ReaderDay(
            name,
            format_,
            day,
            counts.get(format_, 0),
            requests=part.requests if part else 0,
            bytes=part.bytes if part else 0,
        )


def _row(name: str, format_: str, day: int, feed: CountedFeed, readers: FeedReaders) -> ReaderDay:
    parts = feed.days.get(day, {}).values()
    return ReaderDay(
        name,
        format_,
        day,
        readers.readers,
        readers.reported,
        readers.apps,
        readers.push,
        feed.audience.requests_on("bot", day),
        feed.audience.requests_on("browser", day),
        sum(each.requests for each in parts),
        sum(each.bytes for each in parts),
    )
