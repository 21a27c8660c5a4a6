"""Numbers of subscribers that services report for one feed, and which of them are believed."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from feeds.readership.agents import Agent
from feeds.readership.request import ClientRequest
from feeds.readership.visitors import DAYS_KEPT

MAX_SERVICES_PER_FEED = 256
MAX_IDS_OF_SERVICE = 8  # ids of a feed that one service may have, for its formats and addresses
MAX_UNKNOWN_SERVICES = 16  # that are believed for one feed
MAX_CRAWLERS = 8  # whose numbers of a day are compared
GROWTH = 10  # times within a day
ALWAYS_BELIEVED = 1000  # subscribers
MAX_AT_FIRST = 1_000_000  # subscribers of a known service without an earlier number
MAX_BELIEVED = 10_000_000
_NO_NUMBER = -1


class ServiceKey(Struct, frozen=True):
    """A feed as a service knows it."""

    family: str
    feed_id: str


class Service(Struct, array_like=True):
    """The numbers of one service by day, and on a day by crawler and format."""

    name: str
    is_known: bool
    feed_id: str
    last_seen: float = 0
    gives_number: bool = False
    days: dict[int, dict[tuple[int, str], int]] = {}

    def add(self, day: int, request: ClientRequest, format_: str, number: int | None) -> None:
        """Add the *number* in a request, None if it has none."""
        self.last_seen = max(self.last_seen, request.time)
        self.gives_number |= number is not None
        numbers = self.days.get(day)
        if numbers is None:
            numbers = self.days[day] = {}
            for old in [each for each in self.days if each <= day - DAYS_KEPT]:
                del self.days[old]
        crawler = (request.client, format_)
        if crawler not in numbers and len(numbers) >= MAX_CRAWLERS:
            del numbers[next(iter(numbers))]
        numbers[crawler] = _NO_NUMBER if number is None else number

    def believed(self, last_day: int) -> "Belief":
        """The latest number that is believed, and the highest claim, in the week until *last_day*."""
        belief = Belief()
        base = 0
        for day in sorted(each for each in self.days if each <= last_day):
            if not (numbers := self._numbers(day)):
                continue
            limit = self._limit(base)
            good = {crawler: each for crawler, each in numbers.items() if each <= limit}
            base = max(good.values()) if good else base * GROWTH
            if day > last_day - 7:
                claimed = max([belief.claimed, *(each for each in numbers.values() if each > limit)])
                number, formats = (base, _by_format(good)) if good else (belief.number, belief.formats)
                belief = Belief(number, claimed, formats)
        return belief

    def _numbers(self, day: int) -> dict[tuple[int, str], int]:
        """The numbers of a *day*; a service that never gives one has one reader."""
        if not self.gives_number:
            return dict.fromkeys(self.days[day], 1)
        return {crawler: each for crawler, each in self.days[day].items() if each != _NO_NUMBER}

    def _limit(self, base: int) -> int:
        """The highest number that is believed after *base*, the last one, 0 if there is none."""
        if not self.is_known:
            return ALWAYS_BELIEVED
        if not base:
            return MAX_AT_FIRST
        return min(max(ALWAYS_BELIEVED, base * GROWTH), MAX_BELIEVED)


class Belief(Struct, frozen=True):
    """The *number* that is believed, the highest number *claimed* beyond, and both per format."""

    number: int = 0
    claimed: int = 0
    formats: dict[str, int] = {}


class ServiceCount(Struct, frozen=True):
    """The *readers* of one service; *claimed* is a higher number that is not believed, or 0.

    *gives_number* is False for a service that reports none, which counts as one reader. *last_seen* is in
    seconds since 1970.
    """

    name: str
    feed_id: str
    readers: int
    claimed: int
    gives_number: bool
    last_seen: int
    formats: dict[str, int]


class Services(Struct):
    """The services that request one feed, with the numbers of each."""

    known: dict[ServiceKey, Service] = {}

    def add(self, agent: Agent, day: int, request: ClientRequest, format_: str) -> None:
        """Add a request of a service."""
        key = ServiceKey(agent.family, agent.feed_id)
        service = self.known.get(key)
        if service is None:
            if len(self.known) >= MAX_SERVICES_PER_FEED:
                self._drop_oldest()
            service = Service(agent.name, agent.is_known_service, agent.feed_id)
            self.known[key] = service
        service.add(day, request, format_, agent.subscribers)

    def counts(self, last_day: int) -> list[ServiceCount]:
        """The services of the week until *last_day*, the largest first.

        Ids beyond MAX_IDS_OF_SERVICE, and unknown services beyond MAX_UNKNOWN_SERVICES, are claims alone.
        """
        found = [
            (service, belief)
            for service in self.known.values()
            if (belief := service.believed(last_day)).number or belief.claimed
        ]
        counts = [_count(*each) for each in _with_numbers(found)]
        return sorted(_limited(counts, self._unknown()), key=lambda each: (-each.readers, each.name))

    def _unknown(self) -> frozenset[tuple[str, str]]:
        """The unknown services that are not believed, which came after others."""
        unknown = [(each.name, each.feed_id) for each in self.known.values() if not each.is_known]
        return frozenset(unknown[MAX_UNKNOWN_SERVICES:])

    def _drop_oldest(self) -> None:
        oldest = min(self.known, key=lambda each: self.known[each].last_seen)
        del self.known[oldest]


def _by_format(numbers: dict[tuple[int, str], int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for (_, format_), number in numbers.items():
        found[format_] = max(number, found.get(format_, 0))
    return found


def _with_numbers(found: list[tuple[Service, Belief]]) -> list[tuple[Service, Belief]]:
    """Leave out the requests without a number of services that give one in others."""
    giving = {service.name for service, _ in found if service.gives_number}
    return [each for each in found if each[0].gives_number or each[0].name not in giving]


def _count(service: Service, belief: Belief) -> ServiceCount:
    return ServiceCount(
        service.name,
        service.feed_id,
        belief.number,
        belief.claimed,
        service.gives_number,
        int(service.last_seen),
        belief.formats,
    )


def _limited(
    counts: Iterable[ServiceCount], refused: frozenset[tuple[str, str]]
) -> Iterator[ServiceCount]:
    ids: dict[str, int] = {}
    for each in counts:
        ids[each.name] = ids.get(each.name, 0) + 1
        if ids[each.name] > MAX_IDS_OF_SERVICE or (each.name, each.feed_id) in refused:
            yield msgspec.structs.replace(
                each, readers=0, claimed=max(each.readers, each.claimed), formats={}
            )
        else:
            yield each
