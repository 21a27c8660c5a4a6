"""How often a feed gets something new: one number behind all that readers are told of it."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from msgspec import Struct

from feeds.period import DAY

MIN_INTERVAL = 300  # seconds: asking more often is of no use to anybody
MAX_INTERVAL = 6 * 3600  # seconds: nobody shall wait longer for news
WEEKS = 26  # looked back on, of the newest article
LEAST_WEEKS = 4  # before a rate is said: one article in a first week is not one a week
MIN_ARTICLES = 100  # articles before an hour or a day without any means something

THURSDAY = 3  # the first day of 1970
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class UpdateFrequency(Struct, frozen=True):
    """*interval* is how long to wait between two looks, in seconds; it is whole minutes.

    *quiet_hours* (0-23, UTC) and *quiet_days* are those in which nothing ever came.
    """

    interval: int = MAX_INTERVAL
    quiet_hours: tuple[int, ...] = ()
    quiet_days: tuple[str, ...] = ()

    def within(self, least: int, most: int) -> "UpdateFrequency":
        """This frequency with an interval from *least* to *most* seconds."""
        interval = max(60, least, min(most, self.interval)) // 60 * 60
        if interval < 3600:
            return UpdateFrequency(interval)
        return UpdateFrequency(interval, self.quiet_hours, self.quiet_days)

    @property
    def period(self) -> tuple[str, int]:
        """The interval as the syndication module says it: so many times an hour or a day."""
        if self.interval < 3600:
            return "hourly", max(1, round(3600 / self.interval))
        return "daily", max(1, round(86_400 / self.interval))


class PublicationRate(Struct, frozen=True):
    """About *count* articles each *unit*: ``day``, ``week``, ``month`` or ``year``; 0 says nothing."""

    count: int
    unit: str


def weeks(newest: int) -> list[int]:
    """When each of the last WEEKS weeks begins, in seconds since 1970, and when the last of them ends.

    That is the end of the day of the *newest* article, not now: the same articles are the same weeks.
    """
    end = (newest // DAY + 1) * DAY
    return [end - 7 * DAY * week for week in range(WEEKS, -1, -1)]


def publication_rate(counts: Sequence[int], *, older: bool) -> PublicationRate:
    """How often something came in weeks with so many articles each, the oldest first.

    Those before the first article do not count, unless there is something *older* than all of them.
    One article has no rate.
    """
    if sum(counts) < 2:
        return PublicationRate(0, "")
    first = next((week for week, count in enumerate(counts) if count), len(counts))
    over = len(counts) if older else max(len(counts) - first, LEAST_WEEKS)
    a_week = sum(counts) / over
    for unit, length in (("day", 1 / 7), ("week", 1), ("month", 52 / 12)):
        if a_week * length >= 1:
            return PublicationRate(round(a_week * length), unit)
    return PublicationRate(round(a_week * 52), "year")


def update_frequency(published: Sequence[int]) -> UpdateFrequency:
    """The update frequency of articles *published* at these seconds since 1970, newest first.

    The interval is half of what usually lies between two of the newest twenty, so that on average
    an article is seen after a quarter of that.
    """
    gaps = [later - earlier for later, earlier in pairwise(published[:20])]
    usual = median(gaps) if gaps else 2 * MAX_INTERVAL
    if not usual:
        # Where articles have a day and no time, most of them are apart by nothing, often all twenty.
        apart = published[0] - published[-1]
        usual = apart / (len(published) - 1) or 2 * MAX_INTERVAL
    if len(published) < MIN_ARTICLES:
        return UpdateFrequency(int(usual / 2))
    hours = {second // 3600 % 24 for second in published}
    days = {(second // DAY + THURSDAY) % 7 for second in published}
    # An hour that is one of many without any articles says that times are not to be relied on.
    return UpdateFrequency(
        int(usual / 2),
        tuple(hour for hour in range(24) if hour not in hours) if len(hours) >= 12 else (),
        tuple(name for day, name in enumerate(DAYS) if day not in days) if len(days) >= 4 else (),
    )
