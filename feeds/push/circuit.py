"""A circuit breaker: a host that does not answer gets single requests until it does."""

from feeds.push.retries import Random, retry_delay

OPENS_AFTER = 5  # failures in a row
HOST_DELAYS = (
    10,
    60,
    300,
    1_800,
)  # the longest seconds between two requests to a host that does not answer


class Circuit:
    """The circuit of one host; times are seconds of any clock."""

    __slots__ = ("_failures", "_openings", "opens_at")

    def __init__(self) -> None:
        self._failures = 0
        self._openings = 0
        self.opens_at = 0.0  # no request before this time

    @property
    def is_suspect(self) -> bool:
        """True if the last request failed."""
        return self._failures > 0

    @property
    def is_closed(self) -> bool:
        """True if the host may get several requests at a time."""
        return self._failures < OPENS_AFTER

    def answered(self) -> None:
        """Note a response of a working host, even one that refuses the request."""
        self._failures = self._openings = 0
        self.opens_at = 0.0

    def failed(self, now: float, random: Random) -> None:
        """Note a request without a response, or with the response that the host is overloaded."""
        self._failures += 1
        if not self.is_closed and self.opens_at <= now:
            self._openings += 1
            self.opens_at = now + retry_delay(self._openings, random, HOST_DELAYS)
