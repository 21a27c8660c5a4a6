"""Distinct visitors of one feed, with the days on which each of them asked.

A HyperLogLog counts distinct visitors, but cannot say which of them asked twice. This sample can: it
has all visitors until there are too many, and then a fair share of them, chosen by their hash (Wegman's
adaptive sampling). An estimate from n visitors in it has a standard error of about 1/√n.
"""

from msgspec import Struct

DAYS_KEPT = 35
REPEATED = 1800  # seconds between the first and the last request of a day by which a visitor is a reader
_WEEK = (1 << 7) - 1
_KEPT = (1 << DAYS_KEPT) - 1


class Visits(Struct, array_like=True, gc=False):
    """The days on which a visitor asked: bit 0 is *day*, bit 1 the day before.

    *repeated* has the days on which he asked twice with REPEATED seconds between. *first* is the time of
    the first request on *day*. *formats* has a bit for each format.
    """

    day: int
    first: float
    asked: int = 1
    repeated: int = 0
    formats: int = 0

    def add(self, day: int, time: float) -> None:
        """Add a request; one of an earlier day may follow one of a later day."""
        passed = day - self.day
        if passed > 0:
            self.asked = (self.asked << passed | 1) & _KEPT if passed < DAYS_KEPT else 1
            self.repeated = self.repeated << passed & _KEPT if passed < DAYS_KEPT else 0
            self.day, self.first = day, time
        elif passed == 0:
            if time - self.first >= REPEATED or self.first - time >= REPEATED:
                self.repeated |= 1
        elif passed > -DAYS_KEPT:
            self.asked |= 1 << -passed

    def reads(self, last_day: int) -> bool:
        """Return whether he asked on two days of the week that ends with *last_day*, or twice on one."""
        passed = last_day - self.day
        if passed >= 0:
            asked, repeated = self.asked << passed, self.repeated << passed
        else:
            asked, repeated = self.asked >> -passed, self.repeated >> -passed
        asked &= _WEEK
        return bool(repeated & _WEEK) or asked & (asked - 1) != 0


class Visitors(Struct):
    """All visitors of a feed, or those whose hash ends in *level* zeros."""

    level: int = 0
    kept: dict[int, Visits] = {}

    def add(self, visitor: int, day: int, time: float, formats: int) -> int:
        """Add a request of the *visitor* with this hash; return the number of visitors that it added."""
        found = self.kept.get(visitor)
        if found is not None:
            found.formats |= formats
            found.add(day, time)
            return 0
        if visitor & ((1 << self.level) - 1):
            return 0
        self.kept[visitor] = Visits(day, time, formats=formats)
        return 1

    def thin_out(self) -> int:
        """Keep a half of the visitors; return the number of those that were dropped."""
        before = len(self.kept)
        self.level += 1
        mask = (1 << self.level) - 1
        self.kept = {each: visits for each, visits in self.kept.items() if not each & mask}
        return before - len(self.kept)

    def forget(self, first_day: int) -> int:
        """Drop visitors that have not asked since *first_day*; return their number."""
        before = len(self.kept)
        self.kept = {each: visits for each, visits in self.kept.items() if visits.day >= first_day}
        return before - len(self.kept)

    def readers(self, last_day: int) -> frozenset[int]:
        """The visitors in the sample that read in the week that ends with *last_day*."""
        return frozenset(each for each, visits in self.kept.items() if visits.reads(last_day))
