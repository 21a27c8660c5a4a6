"""Exchanges: the requests that this process answered, in a queue, for those that count and log them."""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from threading import Lock

from msgspec import Struct

from feeds.http.cache_entry import CachedResponse, Request

MAX_WAITING = 65_536  # exchanges; of more, the oldest are lost

Exchange = tuple[Request, CachedResponse, int, float | None]
"""A request, its response, the time in whole seconds since 1970, and the duration in seconds.

The duration is that of the application, and None if the cache had the response. A response of the
application has no body here; its Content-Length is in the headers.
"""


class ExchangeGroup(Struct, frozen=True, gc=False):
    """Equal requests in the same second, with one response: *times* of them; see Exchange."""

    request: Request
    response: CachedResponse
    time: int
    seconds: float | None
    times: int = 1


Observer = Callable[[list[ExchangeGroup]], object]


class ExchangeQueue:
    """The exchanges that wait for the *observers*. ``add`` takes one by a single append. Thread-safe.

    Observers are called by one thread at a time. They must not wait for a disk, nor call ``pass_on``.
    """

    def __init__(self) -> None:
        self._waiting: deque[Exchange] = deque(maxlen=MAX_WAITING)
        self._lock = Lock()
        self.add: Callable[[Exchange], object] = self._waiting.append
        self.observers: list[Observer] = []

    def pass_on(self) -> int:
        """Pass all exchanges that wait to the observers, in groups; return the number of exchanges.

        Called often, it keeps few of them in memory, which would slow down the making of responses.
        """
        waiting = self._waiting
        if not waiting:
            return 0
        with self._lock:  # only as many as there are now, as other threads go on adding
            exchanges = [waiting.popleft() for _ in range(len(waiting))]
            groups = [ExchangeGroup(*each, times) for each, times in Counter(exchanges).items()]
            for observe in self.observers:
                observe(groups)
        return len(exchanges)


def times_by_response(groups: Iterable[ExchangeGroup]) -> list[tuple[CachedResponse, int]]:
    """Return each response that the cache had, and how many times it was sent."""
    found: Counter[CachedResponse] = Counter()
    for group in groups:
        if group.seconds is None:
            found[group.response] += group.times
    return [*found.items()]
