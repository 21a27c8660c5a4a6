"""The delays after failed requests."""

from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime

DELAYS = (10, 60, 300, 1_800, 7_200, 21_600, 43_200)
"""The longest delay in seconds after each failure in a row; the last one repeats."""

MIN_DELAY = 1.0  # seconds
MAX_ASKED_DELAY = 86_400  # seconds that a host may ask for

Random = Callable[[], float]
"""Returns numbers from 0 up to, but without, 1."""


def retry_delay(failures: int, random: Random, delays: Sequence[float] = DELAYS) -> float:
    """Return the seconds to wait after a number of *failures* in a row, with full jitter."""
    longest = delays[min(failures, len(delays)) - 1]
    return max(MIN_DELAY, longest * random())


def retry_after(header: str, now: float) -> float:
    """Return the seconds in a header Retry-After (RFC 9110, 10.2.3), 0 if it is malformed or past."""
    written = header.strip()
    if written.isascii() and written.isdecimal():
        seconds = float(written[:12])
    else:
        try:
            seconds = parsedate_to_datetime(written).timestamp() - now
        except (ValueError, OverflowError):
            return 0
    return min(max(0, seconds), MAX_ASKED_DELAY)
