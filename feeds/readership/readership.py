"""Readership: the readers of every feed, counted from requests in the order of time."""

from datetime import UTC, datetime

from msgspec import Struct

from feeds.errors import counted
from feeds.readership.agents import Classifier
from feeds.readership.audience import Audience, WeekReaders, readers_of
from feeds.readership.request import SECONDS_PER_DAY, ClientRequest
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.readership.services import ServiceCount
from feeds.readership.visitors import DAYS_KEPT

MAX_FEEDS = 4096
MAX_VISITORS_PER_FEED = 4096  # are counted exactly; of more, a fair share is
MAX_VISITORS = 65_536  # of all feeds
WEEKS_OF_MONTH = 4

_RECEIVED = frozenset((200, 206, 226, 304))
_LOST = frozenset((301, 308, 404, 410))


class FormatCount(Struct, frozen=True):
    """The readers of a feed in one format."""

    format: str
    readers: int


class FeedReaders(Struct, frozen=True):
    """The readers of one *feed* in the week that ends with the last day.

    *error* is the standard error of *apps* in percent, 0 if all were counted. *month* is the mean of up
    to four complete weeks, and *trend* the change since the week before in percent; both are None if
    there are too few days. *bots* and *browsers* are numbers of requests. *last_seen* is in seconds
    since 1970.
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
    """An address that clients still request, although its last answers were *status*."""

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


class _Feed:
    """The audience of one feed, and the clients that do not find it any more."""

    __slots__ = ("audience", "good_day", "lost", "lost_day", "requests", "status")

    def __init__(self) -> None:
        self.audience = Audience()
        self.lost: Audience | None = None
        self.status = 0
        self.good_day = self.lost_day = -1
        self.requests = 0

    def audience_of(self, status: int, day: int) -> Audience:
        """The audience to which an answer with *status* counts."""
        self.requests += 1
        if status in _RECEIVED:
            self.good_day = max(self.good_day, day)
            return self.audience
        self.lost_day, self.status = max(self.lost_day, day), status
        self.lost = self.lost or Audience()
        return self.lost

    @property
    def audiences(self) -> list[Audience]:
        return [self.audience, self.lost] if self.lost else [self.audience]


class Readership:
    """Counts readers. *push* has the number of subscribers by push that do not poll, by feed."""

    def __init__(
        self, names: RequestedFeeds, classifier: Classifier, push: dict[str, int] | None = None
    ) -> None:
        self._names = names
        self._classifier = classifier
        self._push = push or {}
        self._feeds: dict[str, _Feed] = {}
        self._visitors = 0
        self._requests = 0
        self._first_day = self._last_day = -1

    def add(self, request: ClientRequest) -> None:
        """Count a request. HEAD and errors make no readers."""
        status = request.status
        if request.method != "GET" or (status not in _RECEIVED and status not in _LOST):
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
        audience = feed.audience_of(status, day)
        self._requests += 1
        added = audience.add(request, day, agent, request.client ^ agent.mark, name.format)
        if added:
            self._visitors += 1
            if len(audience.visitors.kept) > MAX_VISITORS_PER_FEED:
                self._visitors -= audience.visitors.thin_out()
            if self._visitors > MAX_VISITORS:
                self._make_room()

    def report(self, feed: str = "") -> ReadershipReport:
        """The readers of the last week, of all feeds or of one *feed*."""
        chosen = {name: each for name, each in self._feeds.items() if feed in ("", name)}
        found = [self._feed_readers(name, each) for name, each in chosen.items()]
        lost = [self._lost_feed(name, each) for name, each in chosen.items() if _is_lost(each)]
        return ReadershipReport(
            _date(self._first_day),
            _date(self._last_day),
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

    def _new_feed(self, name: str) -> _Feed:
        if len(self._feeds) >= MAX_FEEDS:
            self._drop_feeds()
        feed = self._feeds[name] = _Feed()
        return feed

    def _drop_feeds(self) -> None:
        """Keep the half of the feeds with the most requests."""
        busiest = sorted(self._feeds, key=lambda each: -self._feeds[each].requests)
        self._feeds = {each: self._feeds[each] for each in busiest[: MAX_FEEDS // 2]}
        self._visitors = sum(len(each.visitors.kept) for each in self._audiences())

    def _make_room(self) -> None:
        """Thin out the largest samples."""
        for audience in sorted(self._audiences(), key=lambda each: -len(each.visitors.kept)):
            if self._visitors <= MAX_VISITORS * 3 // 4:
                return
            self._visitors -= audience.visitors.thin_out()

    def _audiences(self) -> list[Audience]:
        return [audience for feed in self._feeds.values() for audience in feed.audiences]

    def _feed_readers(self, name: str, feed: _Feed) -> FeedReaders:
        weeks = [self._week(feed.audience, number) for number in range(self._complete_weeks())]
        week = weeks[0] if weeks else self._week(feed.audience, 0)
        push = self._push.get(name, 0)
        return FeedReaders(
            feed=name,
            readers=week.total + push,
            reported=week.reported,
            apps=week.apps.number,
            push=push,
            error=round(week.apps.error, 1),
            month=round(sum(each.total for each in weeks) / len(weeks)) + push if weeks else None,
            trend=_trend(weeks),
            formats=_formats(week),
            services=week.services,
            bots=feed.audience.requests_of("bot", self._last_day),
            browsers=feed.audience.requests_of("browser", self._last_day),
            last_seen=int(feed.audience.last_seen),
        )

    def _week(self, audience: Audience, number: int) -> WeekReaders:
        return readers_of(audience, self._last_day - 7 * number)

    def _complete_weeks(self) -> int:
        return min((self._last_day - self._first_day + 1) // 7, WEEKS_OF_MONTH)

    def _lost_feed(self, name: str, feed: _Feed) -> LostFeed:
        lost = feed.lost or feed.audience
        readers = readers_of(lost, self._last_day).total
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


def _is_lost(feed: _Feed) -> bool:
    """Return whether nobody has received the feed since the day of its last loss."""
    return feed.lost is not None and feed.lost_day > feed.good_day


def _trend(weeks: list[WeekReaders]) -> float | None:
    """The change of the last of *weeks*, which come first, in percent."""
    if len(weeks) < 2 or not weeks[1].total:
        return None
    return round(100 * (weeks[0].total / weeks[1].total - 1), 1)


def _formats(week: WeekReaders) -> list[FormatCount]:
    found = dict(week.apps.formats)
    for service in week.services:
        for name, number in service.formats.items():
            found[name] = found.get(name, 0) + number
    counts = [FormatCount(name, number) for name, number in found.items() if number]
    return sorted(counts, key=lambda each: (-each.readers, each.format))


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * SECONDS_PER_DAY, UTC).date().isoformat() if day >= 0 else ""
