"""Sparklines: counts over time, as a line no larger than a word."""

from collections.abc import Sequence
from itertools import groupby, pairwise

HEIGHT = 9  # of the highest point, if a step to the right is 1


def sparkline(counts: Sequence[int]) -> str:
    """*counts* as the ``d`` of an SVG path: the largest count is at y = 0, a count of 0 at HEIGHT."""
    most = max(counts, default=0) or 1
    heights = [HEIGHT - round(HEIGHT * count / most) for count in counts]
    steps = [now - before for before, now in pairwise(heights)]
    path = f"M0 {heights[0] if heights else HEIGHT}"
    for flat, alike in groupby(steps, key=lambda step: step == 0):
        along = list(alike)
        path += f"h{len(along)}" if flat else "l" + " ".join(f"1 {step}" for step in along)
    return path.replace(" -", "-")
