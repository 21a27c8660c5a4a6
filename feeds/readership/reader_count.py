"""ReaderCount: counts the batches that wait in the state, and records the result."""

from collections.abc import Callable, Mapping
from itertools import chain

import msgspec

from feeds.readership.agents import Classifier
from feeds.readership.batches import RequestBatch, decoded_batch, first_day_of, week_of
from feeds.readership.live_report import LiveReport, decoded_report, encoded_report, totals_of
from feeds.readership.pollers import MAX_REPORTED
from feeds.readership.reader_days import ALL_FEEDS, row_of_all, rows_of_day, weeks_before
from feeds.readership.readership import ReadershipReport, date_of, sentence
from feeds.readership.request import SECONDS_PER_DAY
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.readership.week_count import WeekCount
from feeds.store.readership import Counted, ReaderDay, ReadershipState

BATCHES_AT_ONCE = 100
MAX_DAYS_WITHOUT_ROWS = 14  # for which rows are made later: longer than a key lives

PushReaderCounts = Callable[[ReadershipReport], Mapping[str, int]]
"""Returns the subscribers by push that do not poll, by feed; the report has the services that do."""


class ReaderCount:
    """Counts with the keys of two weeks. The elder count reports: it has at least seven days.

    Rows of days are kept for *keep* days. Every method may raise StoreError; after that, this object
    cannot be used.
    """

    def __init__(
        self,
        state: ReadershipState,
        names: RequestedFeeds,
        classifier: Classifier,
        now: float,
        *,
        keep: int,
        push: PushReaderCounts = lambda _report: {},
    ) -> None:
        self._state = state
        self._names = names
        self._classifier = classifier
        self._keep = keep
        self._push = push
        self._last = 0  # the number of the last batch that was counted
        self._numbers: list[int] = []  # of batches that were counted since the last record
        self._first_changed = self._day = _day(now)
        self._rows_until = self._day  # the day of the last row
        self._weeks: Mapping[str, list[int]] = {}
        self._lost = 0
        self._week = week_of(now)
        states = state.states()
        self._counts = {week: self._new(week) for week in (self._week - 1, self._week)}
        for each in self._counts.values():
            each.restore(states)
        former = decoded_report(state.report())
        self._until = former.until if former else 0
        self._begin_day(self._day, self._last_row(self._day))

    @property
    def has_counted(self) -> bool:
        """True if batches were counted since the last record, or a day has ended."""
        return bool(self._numbers) or self._rows_until < self._day

    def count(self, now: float) -> int:
        """Count waiting batches, at most BATCHES_AT_ONCE; return their number."""
        self._advance(week_of(now))
        found = self._state.pending(self._last, BATCHES_AT_ONCE)
        for each in found:
            self._last = each.number
            self._numbers.append(each.number)
            try:
                batch = decoded_batch(each.content)
            except msgspec.DecodeError:
                self._lost += 1  # of a newer version
                continue
            self._add(batch)
        if _day(now) > self._day:
            self._begin_day(_day(now), self._rows_until)
        return len(found)

    def record(self, now: float) -> None:
        """Record the new counts, and delete the old ones. Raises CounterReplaced."""
        report = self.report()
        days = self._rows(report)
        states = [*chain.from_iterable(each.unsaved() for each in self._counts.values())]
        dropped = [*chain.from_iterable(each.dropped() for each in self._counts.values())]
        self._state.record(
            Counted(
                batches=self._numbers,
                states=states,
                dropped=dropped,
                first_week=self._week - 1,
                days=days,
                first_day=self._day - self._keep,
                report=encoded_report(report),
                at=now,
            )
        )
        self._numbers = []
        self._first_changed = self._rows_until = self._day

    def report(self, feed: str = "") -> LiveReport:
        """The report of all feeds, or of one *feed*."""
        elder = self._elder
        push = self._push(elder.readership.report(last_day=self._day))
        for each in self._counts.values():
            each.share(push, self._weeks)
        readers = elder.readership.report(feed, self._day)
        first = elder.readership.totals.first_day
        return LiveReport(
            until=self._until,
            since=date_of(first),
            sentence=sentence(readers.feeds),
            total=totals_of(readers.feeds),
            readers=readers,
            polling=elder.pollers.report(MAX_REPORTED, feed),
            left_out=elder.left_out,
            lost=self._state.lost() + self._lost + elder.lost,
        )

    @property
    def _elder(self) -> WeekCount:
        return self._counts[self._week - 1]

    def _new(self, week: int) -> WeekCount:
        return WeekCount(week, self._names, self._classifier)

    def _add(self, batch: RequestBatch) -> None:
        for count in self._counts.values():
            count.add(batch)
        for row in batch.rows:
            self._until = max(self._until, int(row.time))
            self._first_changed = min(self._first_changed, _day(row.time))

    def _advance(self, week: int) -> None:
        """Drop the counts that began before the week before *week*."""
        if week <= self._week:
            return
        self._week = week
        self._counts = {each: self._counts.get(each) or self._new(each) for each in (week - 1, week)}

    def _begin_day(self, day: int, rows_until: int) -> None:
        self._day, self._rows_until = day, rows_until
        self._weeks = weeks_before(self._state, day)

    def _last_row(self, today: int) -> int:
        """The last day that has a row, at most MAX_DAYS_WITHOUT_ROWS ago; *today* if there is none."""
        rows = self._state.days(today - MAX_DAYS_WITHOUT_ROWS, today, ALL_FEEDS)
        return rows[-1].day if rows else today

    def _rows(self, report: LiveReport) -> list[ReaderDay]:
        """The rows of feeds that have changed, and all rows of days that have ended."""
        readership = self._elder.readership
        changed = [name for name, each in readership.feeds.items() if not each.is_saved]
        first = max(min(self._first_changed, self._rows_until), first_day_of(self._week - 1))
        rows: list[ReaderDay] = []
        for day in range(first, self._day + 1):
            has_ended = self._rows_until <= day < self._day
            names = {*(readership.feeds if has_ended else changed), *readership.push}
            rows += rows_of_day(readership, day, sorted(names))
            found = readership.report(last_day=day) if day < self._day else report.readers
            rows.append(row_of_all(readership, day, found.feeds))
        return rows


def _day(time: float) -> int:
    return int(time // SECONDS_PER_DAY)
