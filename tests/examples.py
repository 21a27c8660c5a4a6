"""The number of examples that Hypothesis makes for a property."""

import os

# EXAMPLES=20 makes twenty times as many, for a search that takes hours.
_TIMES = int(os.environ.get("EXAMPLES", "1"))


def examples(number: int) -> int:
    """Return how many examples to make for a test that has *number* of them by default."""
    return number * _TIMES
