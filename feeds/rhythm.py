"""How often a feed gets something new: one number behind all that readers are told of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from msgspec import Struct

LEAST = 300  # seconds: asking more often is of no use to anybody
MOST = 6 * 3600  # seconds: nobody shall wait longer for news
SAMPLE = 200  # articles looked at, the newest ones
ENOUGH = 100  # articles before an hour or a day without any means something

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Rhythm(Struct, frozen=True):
    """*interval* is how long to wait between two looks, in seconds.

    *quiet_hours* (0-23, UTC) and *quiet_days* are those in which nothing ever came.
    """

    interval: int = MOST
    quiet_hours: tuple[int, ...] = ()
    quiet_days: tuple[str, ...] = ()

    @property
    def period(self) -> tuple[str, int]:
        """The interval as the syndication module says it: so many times an hour or a day."""
        if self.interval < 3600:
            return "hourly", max(1, round(3600 / self.interval))
        return "daily", max(1, round(86_400 / self.interval))


def rhythm(published: Sequence[int], least: int = LEAST, most: int = MOST) -> Rhythm:
    """The rhythm of articles *published* at these seconds since 1970, newest first.

    The interval is half of what usually lies between two of the newest twenty, so that on average
    an article is seen after a quarter of that, within *least* and *most*.
    """
    newest = published[:20]
    gaps = [later - earlier for later, earlier in zip(newest, newest[1:], strict=False)]
    interval = int(median(gaps) / 2) if gaps else most
    interval = min(most, max(least, interval))
    if len(published) < ENOUGH or interval < 3600:
        return Rhythm(interval)
    moments = [datetime.fromtimestamp(second, UTC) for second in published[:SAMPLE]]
    hours = Counter(moment.hour for moment in moments)
    days = Counter(moment.weekday() for moment in moments)
    return Rhythm(
        interval,
        tuple(hour for hour in range(24) if not hours[hour]),
        tuple(name for day, name in enumerate(DAYS) if not days[day]),
    )
