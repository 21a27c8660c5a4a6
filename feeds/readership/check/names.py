"""Names of checks: unguessable, with the time at which the check began."""

import secrets

from feeds.article.expressions import expression
from feeds.store.reader_checks import CHECK_SECONDS

READER_CHECK = "/reader-check"  # the path below which checks are
MAX_SECONDS_AHEAD = 60  # seconds by which the clock of the host that made a name may be ahead
_RANDOM_BYTES = 16

_NAME = expression(r"([0-9a-f]{8})[0-9a-f]{32}")
_IN_PATH = expression(rf"{READER_CHECK}/[0-9a-f]{{40}}/")


def new_name(now: float) -> str:
    """Return the name of a check that begins *now*, which nobody can guess."""
    return f"{int(now):08x}{secrets.token_hex(_RANDOM_BYTES)}"


def is_of_check(path: str) -> bool:
    """Return whether *path* is the path of a check's feed, which nobody reads."""
    return _IN_PATH.search(path) is not None


def begun(name: str) -> int | None:
    """Return the second at which the check called *name* began, None if it is no name of a check."""
    found = _NAME.fullmatch(name)
    return int(found[1], 16) if found else None


def seconds_left(name: str, now: float) -> float | None:
    """Return the seconds until the check ends, none of them left if negative; None for another name."""
    second = begun(name)
    return None if second is None or second > now + MAX_SECONDS_AHEAD else second + CHECK_SECONDS - now
