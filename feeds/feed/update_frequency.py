"""The update frequency of a feed, the only source of polling hints for readers."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from statistics import median

from msgspec import Struct

from feeds.period import DAY, DAYS

MIN_INTERVAL = 300  # seconds: polling more often is of no use
MAX_INTERVAL = 6 * 3600  # seconds: the longest wait for new articles
WEEKS = 26  # weeks up to the newest article, for the publication rate
MIN_WEEKS = 4  # weeks to average over, at least: one article in the first week is not one a week
MIN_ARTICLES = 100  # with fewer articles, no hour or day counts as quiet

THURSDAY = 3  # the weekday of 1 January 1970


class UpdateFrequency(Struct, frozen=True):
    """The polling *interval* in seconds, and the quiet times of a feed.

    *quiet_hours* (0-23, UTC) and *quiet_days* are hours and weekdays without any article so far.
    """

    interval: int = MAX_INTERVAL
    quiet_hours: tuple[int, ...] = ()
    quiet_days: tuple[str, ...] = ()

    def within(self, least: int, most: int) -> "UpdateFrequency":
        """This frequency with an interval from *least* to *most* seconds, in whole minutes.

        A *least* that is no whole minute is rounded up. Quiet times are left out if the interval is below
        an hour.
        """
        interval = max(60, ceil(least / 60) * 60, min(most, self.interval) // 60 * 60)
        if interval < 3600:
            return UpdateFrequency(interval)
        return UpdateFrequency(interval, self.quiet_hours, self.quiet_days)

    @property
    def period(self) -> tuple[str, int]:
        """The updatePeriod and updateFrequency of the syndication module: times an hour or a day."""
        if self.interval < 3600:
            return "hourly", max(1, round(3600 / self.interval))
        return "daily", max(1, round(86_400 / self.interval))


class PublicationRate(Struct, frozen=True):
    """About *count* articles each *unit*: ``day``, ``week``, ``month`` or ``year``; 0 if unknown."""

    count: int
    unit: str


def weeks(newest: int) -> list[int]:
    """The beginnings of the last WEEKS weeks, and the end of the last one, in seconds since 1970.

    The last week ends with the day of the *newest* article, not now, so that the same articles give the
    same weeks.
    """
    end = (newest // DAY + 1) * DAY
    return [end - 7 * DAY * week for week in range(WEEKS, -1, -1)]


def publication_rate(counts: Sequence[int], *, older: bool) -> PublicationRate:
    """The publication rate for *counts* of articles in successive weeks, the oldest first.

    Weeks before the first article do not count, unless there is an article *older* than all weeks. One
    article has no rate.
    """
    if sum(counts) < 2:
        return PublicationRate(0, "")
    first = next((week for week, count in enumerate(counts) if count), len(counts))
    over = len(counts) if older else max(len(counts) - first, MIN_WEEKS)
    a_week = sum(counts) / over
    for unit, length in (("day", 1 / 7), ("week", 1), ("month", 52 / 12)):
        if a_week * length >= 1:
            return PublicationRate(round(a_week * length), unit)
    return PublicationRate(round(a_week * 52), "year")


def update_frequency(published: Sequence[int]) -> UpdateFrequency:
    """The update frequency of articles *published* at these seconds since 1970, newest first.

    The interval is half the median gap between the newest twenty: on average, a reader then receives an
    article after a quarter of that gap.
    """
    gaps = [later - earlier for later, earlier in pairwise(published[:20])]
    usual = median(gaps) if gaps else 2 * MAX_INTERVAL
    if not usual:
        # Articles with a date but no time have gaps of 0, often all of the newest twenty.
        apart = published[0] - published[-1]
        usual = apart / (len(published) - 1) or 2 * MAX_INTERVAL
    if len(published) < MIN_ARTICLES:
        return UpdateFrequency(int(usual / 2))
    hours = {second // 3600 % 24 for second in published}
    days = {(second // DAY + THURSDAY) % 7 for second in published}
    # Many hours or days without articles mean that times are unreliable, not that the feed is quiet.
    return UpdateFrequency(
        int(usual / 2),
        tuple(hour for hour in range(24) if hour not in hours) if len(hours) >= 12 else (),
        tuple(name for day, name in enumerate(DAYS) if day not in days) if len(days) >= 4 else (),
    )
