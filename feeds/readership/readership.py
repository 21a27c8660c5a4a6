"""Readership: the readers of every feed, counted from requests in the order of time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from feeds.errors import counted
from feeds.readership.agents import Classifier
from feeds.readership.audience import Audience, WeekReaders, readers_of
from feeds.readership.counted_feed import RECEIVED, CountedFeed
from feeds.readership.request import SECONDS_PER_DAY, ClientRequest
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.readership.services import ServiceCount
from feeds.readership.visitors import DAYS_KEPT

MAX_FEEDS = 4096
MAX_VISITORS_PER_FEED = 4096  # are counted exactly; of more, a fair share is
MAX_VISITORS = 65_536  # of all feeds
WEEKS_OF_MONTH = 4

_LOST = frozenset((301, 308, 404, 410))


class FormatCount(Struct, frozen=True):
    """The readers of a feed in one format."""

    format: str
    readers: int


class FeedReaders(Struct, frozen=True):
    """The readers of one *feed* in the week that ends with the last day.

    - *error*: the standard error of *apps* in percent, 0 if all were counted
    - *month*: the mean of up to four complete weeks, None if there are too few days
    - *trend*: the change since the week before in percent, None if there are too few days
    - *bots*, *browsers*: numbers of requests
    - *last_seen*: in seconds since 1970
    """

    feed: str
    readers: int
    reported: int
    apps: int
    push: int
    error: float
    month: int | None
    trend: float | None
    formats: list[FormatCount]
    services: list[ServiceCount]
    bots: int
    browsers: int
    last_seen: int

    @property
    def claims(self) -> list[ServiceCount]:
        """The services with a number that is not believed."""
        return [each for each in self.services if each.claimed]


class LostFeed(Struct, frozen=True):
    """An address that clients still request, although its last responses were *status*."""

    feed: str
    status: int
    readers: int
    last_seen: int


class ReadershipReport(Struct, frozen=True):
    """The readers of each feed, the largest first, and feeds that are lost; the days are dates."""

    first_day: str
    last_day: str
    requests: int
    feeds: list[FeedReaders]
    lost: list[LostFeed]


class ReadershipTotals(Struct, frozen=True):
    """The days of the first and the last request, -1 if there is none, and the number of requests."""

    first_day: int = -1
    last_day: int = -1
    requests: int = 0
    level: int = 0


class Readership:
    """Counts readers. *push* has the number of subscribers by push that do not poll, by feed.

    *weeks* has the readers of each feed in complete weeks, the last one first; without it, they are
    counted from the visitors of the last DAYS_KEPT days.
    """

    def __init__(
        self,
        names: RequestedFeeds,
        classifier: Classifier,
        push: Mapping[str, int] | None = None,
        weeks: Mapping[str, list[int]] | None = None,
    ) -> None:
        self._names = names
        self._classifier = classifier
        self.push = push or {}
        self.weeks = weeks
        self._level = 0
        self._feeds: dict[str, CountedFeed] = {}
        self._visitors = 0
        self._requests = 0
        self._first_day = self._last_day = -1

    def add(self, request: ClientRequest) -> None:
        """Count a request. HEAD and errors make no readers."""
        status = request.status
        if request.method != "GET" or (status not in RECEIVED and status not in _LOST):
            return
        name = self._names.find(request.target)
        if name is None:
            return
        agent = self._classifier.classify(request.agent)
        if agent.kind == "internal":
            return
        day = request.day
        if day > self._last_day:
            self._begin(day)
        feed = self._feeds.get(name.feed) or self._new_feed(name.feed)
        audience = feed.audience_of(status, day, request.times)
        self._requests += request.times
        feed.note(request, day, name.format)
        added = audience.add(request, day, agent, request.client ^ agent.mark, name.format)
        if added:
            self._visitors += 1
            if len(audience.visitors.kept) > MAX_VISITORS_PER_FEED:
                self._visitors -= audience.visitors.thin_out()
            if self._visitors > MAX_VISITORS:
                self._make_room()

    @property
    def totals(self) -> ReadershipTotals:
        """The state beside that of each feed."""
        return ReadershipTotals(self._first_day, self._last_day, self._requests, self._level)

    def restore_totals(self, totals: ReadershipTotals) -> None:
        """Begin with *totals*."""
        self._first_day, self._last_day = totals.first_day, totals.last_day
        self._requests, self._level = totals.requests, totals.level

    def restore(self, name: str, feed: CountedFeed) -> None:
        """Begin with the counts of the *feed* called *name*."""
        self._feeds[name] = feed
        self._visitors += sum(len(each.visitors.kept) for each in feed.audiences)

    @property
    def feeds(self) -> Mapping[str, CountedFeed]:
        """All feeds by name."""
        return self._feeds

    def sample(self, level: int) -> None:
        """Count from now on only visitors in the sample of *level*: of others, some requests lack."""
        if level <= self._level:
            return
        self._level = level
        for feed in self._feeds.values():
            for audience in feed.audiences:
                while audience.visitors.level < level:
                    self._visitors -= audience.visitors.thin_out()
                    feed.is_saved = False

    def readers(self, name: str, last_day: int) -> FeedReaders:
        """The readers of the feed called *name* in the week that ends with *last_day*."""
        return self._feed_readers(name, self._feeds.get(name) or CountedFeed(), last_day)

    def report(self, feed: str = "", last_day: int = -1) -> ReadershipReport:
        """The readers of the week that ends with *last_day*, of all feeds or of one *feed*.

        By default, that is the day of the last request.
        """
        last_day = self._last_day if last_day < 0 else last_day
        chosen = {name: each for name, each in self._feeds.items() if feed in ("", name)}
        silent = {name: CountedFeed() for name in self.push if name not in self._feeds}
        found = [
            self._feed_readers(name, each, last_day)
            for name, each in (chosen | silent).items()
            if feed in ("", name)
        ]
        lost = [self._lost_feed(name, each, last_day) for name, each in chosen.items() if each.is_lost]
        return ReadershipReport(
            date_of(self._first_day),
            date_of(last_day),
            self._requests,
            sorted(
                (each for each in found if each.readers or each.bots or each.browsers or each.claims),
                key=lambda each: (-each.readers, each.feed),
            ),
            sorted((each for each in lost if each.readers), key=lambda each: (-each.readers, each.feed)),
        )

    def _begin(self, day: int) -> None:
        """Begin a *day*, and forget visitors that were not seen for DAYS_KEPT."""
        self._first_day = day if self._first_day < 0 else self._first_day
        self._last_day = day
        for feed in self._feeds.values():
            for audience in feed.audiences:
                self._visitors -= audience.visitors.forget(day - DAYS_KEPT)

    def _new_feed(self, name: str) -> CountedFeed:
        if len(self._feeds) >= MAX_FEEDS:
            self._drop_feeds()
        feed = self._feeds[name] = CountedFeed()
        feed.audience.visitors.level = self._level
        return feed

    def _drop_feeds(self) -> None:
        """Keep the half of the feeds with the most requests."""
        busiest = sorted(self._feeds, key=lambda each: -self._feeds[each].requests)
        self._feeds = {each: self._feeds[each] for each in busiest[: MAX_FEEDS // 2]}
        self._visitors = sum(
            len(each.visitors.kept) for feed in self._feeds.values() for each in feed.audiences
        )

    def _make_room(self) -> None:
        """Thin out the largest samples."""
        pairs = [(audience, feed) for feed in self._feeds.values() for audience in feed.audiences]
        for audience, feed in sorted(pairs, key=lambda each: -len(each[0].visitors.kept)):
            if self._visitors <= MAX_VISITORS * 3 // 4:
                return
            self._visitors -= audience.visitors.thin_out()
            feed.is_saved = False

    def _feed_readers(self, name: str, feed: CountedFeed, last_day: int) -> FeedReaders:
        week = readers_of(feed.audience, last_day)
        push = self.push.get(name, 0)
        weeks = self._weeks(name, feed.audience, last_day, push)
        return FeedReaders(
            feed=name,
            readers=week.total + push,
            reported=week.reported,
            apps=week.apps.number,
            push=push,
            error=round(week.apps.error, 1),
            month=round(sum(weeks) / len(weeks)) if weeks else None,
            trend=_trend(weeks),
            formats=_formats(week),
            services=week.services,
            bots=feed.audience.requests_of("bot", last_day),
            browsers=feed.audience.requests_of("browser", last_day),
            last_seen=int(feed.audience.last_seen),
        )

    def _weeks(self, name: str, audience: Audience, last_day: int, push: int) -> Sequence[int]:
        """The readers of a feed in the last complete weeks, the last one first."""
        if self.weeks is not None:
            return self.weeks.get(name, [])
        complete = min((last_day - self._first_day + 1) // 7, WEEKS_OF_MONTH)
        return [readers_of(audience, last_day - 7 * week).total + push for week in range(complete)]

    def _lost_feed(self, name: str, feed: CountedFeed, last_day: int) -> LostFeed:
        lost = feed.lost or feed.audience
        readers = readers_of(lost, last_day).total
        return LostFeed(name, feed.status, readers, int(lost.last_seen))


def sentence(feeds: list[FeedReaders]) -> str:
    """Return a sentence: ``readers: 1,240 (1,100 reported by 6 services, 120 apps, 20 by push)``."""
    services = {each.name for feed in feeds for each in feed.services if each.readers}
    reported, apps, push = (
        sum(getattr(each, name) for each in feeds) for name in ("reported", "apps", "push")
    )
    parts = [f"{reported:,} reported by {counted(len(services), 'service')}", counted(apps, "app")]
    parts += [f"{push:,} by push"] if push else []
    return f"readers: {reported + apps + push:,} ({', '.join(parts)})"


def _trend(weeks: Sequence[int]) -> float | None:
    """The change of the readers in the last of *weeks*, which come first, in percent."""
    if len(weeks) < 2 or not weeks[1]:
        return None
    return round(100 * (weeks[0] / weeks[1] - 1), 1)


def _formats(week: WeekReaders) -> list[FormatCount]:
    found = dict(week.apps.formats)
    for service in week.services:
        for name, number in service.formats.items():
            found[name] = found.get(name, 0) + number
    counts = [FormatCount(name, number) for name, number in found.items() if number]
    return sorted(counts, key=lambda each: (-each.readers, each.format))


def date_of(day: int) -> str:
    """Return the date of a *day* that is counted from 1970, empty if it is negative."""
    return datetime.fromtimestamp(day * SECONDS_PER_DAY, UTC).date().isoformat() if day >= 0 else ""
