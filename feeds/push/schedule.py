"""The order of deliveries: those to send now, so that no host delays the deliveries to other hosts."""

from collections import deque
from heapq import heappop, heappush
from itertools import count

from msgspec import Struct

from feeds.push.circuit import Circuit
from feeds.push.retries import Random
from feeds.store.subscriptions import SubscriptionKey


class ScheduleLimits(Struct, frozen=True, kw_only=True):
    """The most requests at a time: *overall*, *per_host*, and to *suspects*, hosts that did not answer.

    Half of the requests to a host are for subscriptions whose last delivery did not fail. A delivery
    waits *debounce* seconds after the last change of its topic, at most *longest_debounce* after the
    first.
    """

    overall: int = 768  # the sender gives turns to 256 of them, and places to 512 slow ones
    per_host: int = 4
    suspects: int = 64
    debounce: float = 0.25
    longest_debounce: float = 2.0


SCHEDULE_LIMITS = ScheduleLimits()

SAME_TIME = 1.0  # seconds within which two times of a retry count as one


class _Entry:
    """A subscription that is due *at* a time; its topic has changed since the time *since*."""

    __slots__ = ("at", "host", "is_dropped", "is_failing", "is_ready", "key", "since", "was_suspect")

    def __init__(self, key: SubscriptionKey, host: "_Host", since: float, *, is_failing: bool) -> None:
        self.key = key
        self.host = host
        self.since = self.at = since
        self.is_failing = is_failing  # its last delivery failed
        self.is_ready = self.is_dropped = self.was_suspect = False


class _Host:
    """The ready subscriptions with callbacks on one host, *fresh* ones and *failing* ones."""

    __slots__ = ("circuit", "failing", "failing_in_progress", "fresh", "in_progress", "is_queued", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.fresh: deque[_Entry] = deque()
        self.failing: deque[_Entry] = deque()
        self.in_progress = self.failing_in_progress = 0
        self.is_queued = False
        self.circuit = Circuit()

    def add(self, entry: _Entry) -> None:
        (self.failing if entry.is_failing else self.fresh).append(entry)

    def next(self, now: float, per_host: int) -> _Entry | None:
        """Remove and return the entry to send to, None if the host has none or must wait."""
        if self.circuit.opens_at > now or self.in_progress >= (per_host if self.circuit.is_closed else 1):
            return None
        for queue in (self.fresh, self.failing):
            while queue and queue[0].is_dropped:
                queue.popleft()
        has_room = self.failing_in_progress < max(1, per_host // 2)
        if self.failing and has_room and not (self.fresh and self.failing_in_progress):
            return self.failing.popleft()
        return self.fresh.popleft() if self.fresh else None

    @property
    def is_idle(self) -> bool:
        return not (self.fresh or self.failing or self.in_progress or self.circuit.is_suspect)


class Schedule:
    """The subscriptions that are due; at most one request of each is in progress.

    All times are seconds of one clock that never goes back. *random* returns numbers below 1.
    """

    def __init__(self, limits: ScheduleLimits, random: Random) -> None:
        self._limits = limits
        self._random = random
        self._due: dict[SubscriptionKey, _Entry] = {}
        self._in_progress: dict[SubscriptionKey, _Entry] = {}
        self._suspects_in_progress = 0
        self._hosts: dict[str, _Host] = {}
        self._waiting: list[tuple[float, int, _Entry]] = []
        self._opening: list[tuple[float, int, _Host]] = []
        self._turns: deque[_Host] = deque()
        self._suspects: deque[_Host] = deque()
        self._numbers = count()

    def is_in_progress(self, key: SubscriptionKey) -> bool:
        """Return whether a request of *key* is in progress."""
        return key in self._in_progress

    def changed(self, key: SubscriptionKey, now: float, *, at_once: bool = False) -> None:
        """Note that the topic of *key* changed: it is due after the debounce, or as its failure said.

        It is due now if it is to be sent *at_once*.

        Nothing is noted while a request is in progress; after ``done``, the caller knows what follows.
        """
        if key in self._in_progress:
            return
        entry = self._due.get(key)
        if entry is None:
            entry = self._due[key] = _Entry(key, self._host(key.host), now, is_failing=False)
        elif entry.is_ready or entry.is_failing:
            return
        debounced = min(now + self._limits.debounce, entry.since + self._limits.longest_debounce)
        self._wait(entry, now if at_once else debounced)

    def retry(self, key: SubscriptionKey, at: float) -> None:
        """Make *key*, whose last delivery failed, due at the time *at*, not at the next change.

        An entry that is due by then keeps its place in the queue of its host. Each change of the topic
        calls this again for the same retry.
        """
        former = self._due.get(key)
        if key in self._in_progress or (former and former.is_failing and former.at < at + SAME_TIME):
            return
        self.drop(key)
        entry = self._due[key] = _Entry(key, self._host(key.host), at, is_failing=True)
        self._wait(entry, at)

    def drop(self, key: SubscriptionKey) -> None:
        """Forget that *key* is due. A request in progress still has to be noted as done."""
        if entry := self._due.pop(key, None):
            entry.is_dropped = True

    def start(self, now: float) -> list[SubscriptionKey]:
        """Return the subscriptions to send to now. Their requests are in progress until ``done``."""
        while self._waiting and self._waiting[0][0] <= now:
            at, _, entry = heappop(self._waiting)
            if entry.at == at and not (entry.is_dropped or entry.is_ready):
                entry.is_ready = True
                entry.host = self._host(entry.key.host)  # the former one may be deleted meanwhile
                entry.host.add(entry)
                self._take_turn(entry.host)
        while self._opening and self._opening[0][0] <= now:
            self._take_turn(heappop(self._opening)[2])
        return [*self._started(self._turns, now), *self._started(self._suspects, now)]

    def done(self, key: SubscriptionKey, now: float, *, is_answered: bool | None) -> None:
        """Note the end of the request of *key*, which is not due any more.

        *is_answered* is True if its host works, even if it refused the request; None if no request was
        sent.
        """
        entry = self._in_progress.pop(key)
        host = entry.host
        host.in_progress -= 1
        host.failing_in_progress -= entry.is_failing
        self._suspects_in_progress -= entry.was_suspect
        if is_answered:
            host.circuit.answered()
        elif is_answered is False:
            host.circuit.failed(now, self._random)
            if host.circuit.opens_at > now:
                heappush(self._opening, (host.circuit.opens_at, next(self._numbers), host))
        self._take_turn(host)
        if host.is_idle and self._hosts.get(host.name) is host:
            del self._hosts[host.name]

    def next_at(self) -> float | None:
        """The next time at which ``start`` may return something that it does not return now."""
        return min((heap[0][0] for heap in (self._waiting, self._opening) if heap), default=None)

    def _host(self, name: str) -> _Host:
        return self._hosts.setdefault(name, _Host(name))

    def _wait(self, entry: _Entry, at: float) -> None:
        entry.at = at
        heappush(self._waiting, (at, next(self._numbers), entry))

    def _take_turn(self, host: _Host) -> None:
        if not host.is_queued and (host.fresh or host.failing):
            host.is_queued = True
            (self._suspects if host.circuit.is_suspect else self._turns).append(host)

    def _started(self, turns: deque[_Host], now: float) -> list[SubscriptionKey]:
        """Start one request of each host in turn, until no host may have more."""
        found = []
        while turns and self._has_room(turns):
            host = turns.popleft()
            host.is_queued = False
            if host.circuit.is_suspect and turns is self._turns:
                self._take_turn(host)
            elif entry := host.next(now, self._limits.per_host):
                self._begin(entry)
                found.append(entry.key)
                self._take_turn(host)
        return found

    def _has_room(self, turns: deque[_Host]) -> bool:
        if turns is self._suspects and self._suspects_in_progress >= self._limits.suspects:
            return False
        return len(self._in_progress) < self._limits.overall

    def _begin(self, entry: _Entry) -> None:
        del self._due[entry.key]
        self._in_progress[entry.key] = entry
        entry.was_suspect = entry.host.circuit.is_suspect
        entry.host.in_progress += 1
        entry.host.failing_in_progress += entry.is_failing
        self._suspects_in_progress += entry.was_suspect
