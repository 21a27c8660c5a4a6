"""The readers of one feed: people with programs of their own, and services with their subscribers."""

from typing import NamedTuple

from msgspec import Struct, field

from feeds.readership.agents import Agent, AgentKind
from feeds.readership.request import ClientRequest
from feeds.readership.services import ServiceCount, Services
from feeds.readership.visitors import DAYS_KEPT, Visitors

MAX_FORMATS = 8
OTHER_FORMATS = "other"


class AppCount(NamedTuple):
    """People with programs of their own: their number, the *error* in percent, 0 if all were counted."""

    number: int
    error: float
    formats: dict[str, int]


class Audience(Struct):
    """The clients that received one feed, or a response that it is gone."""

    formats: list[str] = []
    visitors: Visitors = field(default_factory=Visitors)
    services: Services = field(default_factory=Services)
    requests: dict[AgentKind, dict[int, int]] = {}
    last_seen: float = 0.0

    def add(self, request: ClientRequest, day: int, agent: Agent, visitor: int, format_: str) -> int:
        """Add a request of that *day*; return the number of visitors that it added to the memory."""
        self.last_seen = max(self.last_seen, request.time)
        self._count_request(agent.kind, day, request.times)
        if agent.kind == "hosted":
            self.services.add(agent, day, request, format_)
            return 0
        if not agent.is_person:
            return 0
        return self.visitors.add(visitor, day, request.time, 1 << self._place(format_))

    def apps(self, last_day: int) -> AppCount:
        """The people with programs of their own in the week that ends with *last_day*."""
        level, kept = self.visitors.level, self.visitors.kept
        readers = self.visitors.readers(last_day)
        formats = {
            name: sum(bool(kept[each].formats & 1 << place) for each in readers) << level
            for place, name in enumerate(self.formats)
        }
        error = 100 / len(readers) ** 0.5 if level and readers else 0.0
        return AppCount(len(readers) << level, error, formats)

    def requests_of(self, kind: AgentKind, last_day: int) -> int:
        """The number of requests of one *kind* of clients in the week that ends with *last_day*."""
        days = self.requests.get(kind, {})
        return sum(days.get(day, 0) for day in range(last_day - 6, last_day + 1))

    def requests_on(self, kind: AgentKind, day: int) -> int:
        """The number of requests of one *kind* of clients on *day*."""
        return self.requests.get(kind, {}).get(day, 0)

    def _count_request(self, kind: AgentKind, day: int, times: int) -> None:
        days = self.requests.get(kind)
        if days is None:
            days = self.requests[kind] = {}
        if day in days:
            days[day] += times
            return
        days[day] = times
        for old in [each for each in days if each <= day - DAYS_KEPT]:
            del days[old]

    def _place(self, format_: str) -> int:
        """The bit of a format; all beyond the first MAX_FORMATS share one."""
        if format_ not in self.formats:
            if len(self.formats) >= MAX_FORMATS - 1:
                format_ = OTHER_FORMATS
            if format_ not in self.formats:
                self.formats.append(format_)
        return self.formats.index(format_)


class WeekReaders(Struct, frozen=True):
    """The readers of a feed in one week: those *reported* by services, and those with *apps*."""

    services: list[ServiceCount]
    apps: AppCount

    @property
    def reported(self) -> int:
        """The readers that services report."""
        return sum(each.readers for each in self.services)

    @property
    def total(self) -> int:
        """All readers."""
        return self.reported + self.apps.number


def readers_of(audience: Audience, last_day: int) -> WeekReaders:
    """Count the readers of one feed in the week that ends with *last_day*."""
    return WeekReaders(audience.services.counts(last_day), audience.apps(last_day))
