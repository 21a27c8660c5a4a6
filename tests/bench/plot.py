"""A plot of small panels with logarithmic axes, as SVG for light and dark pages."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from msgspec import Struct

WIDTH, HEIGHT = 300, 210  # of a panel, in pixels
LEFT, RIGHT, TOP, BOTTOM = 52, 22, 44, 36  # margins within a panel
COLUMNS = 3
FOOT = 8  # below the last row

STYLE = """
  svg { --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --one: #0b62c4; --two: #b3480f; --page: #fff }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e6edf3; --soft: #9aa5b1; --line: #343b44; --one: #6cb2ff; --two: #ffa366 }
    svg { --page: #0d1117 }
  }
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--soft) }
  .page { fill: var(--page) }
  .title { font-size: 14px; font-weight: 600; fill: var(--ink) }
  .value { font-size: 12px; fill: var(--ink) }
  .grid { stroke: var(--line) }
  .one { stroke: var(--one); fill: var(--one) }
  .two { stroke: var(--two); fill: var(--two) }
  polyline { fill: none !important; stroke-width: 2; stroke-linejoin: round }
  circle { stroke: var(--page); stroke-width: 1.5 }
"""


class Panel(Struct):
    """One measure in a *unit*: for each name, points of a number and a value, all above 0."""

    title: str
    unit: str
    lines: Mapping[str, Sequence[tuple[float, float]]]


def drawn(panels: Sequence[Panel], alt: str, numbers: str) -> str:
    """The SVG of *panels*, whose horizontal axes have the same *numbers*."""
    width, height = COLUMNS * WIDTH, -(-len(panels) // COLUMNS) * HEIGHT + FOOT
    every = [number for panel in panels for line in panel.lines.values() for number, _ in line]
    across = _decades(every)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="scale-title">',
        f'<title id="scale-title">{escape(alt)}</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="6"/>',
    ]
    for place, panel in enumerate(panels):
        row, column = divmod(place, COLUMNS)
        parts += [f'<g transform="translate({column * WIDTH} {row * HEIGHT})">']
        parts += _panel(panel, across, numbers)
        parts += ["</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, across: range, numbers: str) -> Iterator[str]:
    values = [value for line in panel.lines.values() for _, value in line]
    up = _decades(values)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(number: float) -> float:
        return LEFT + (log10(number) - across[0]) / (len(across) - 1) * (right - LEFT)

    def y(value: float) -> float:
        return bottom - (log10(value) - up[0]) / (len(up) - 1) * (bottom - TOP)

    yield f'<text class="title" x="{LEFT}" y="22">{escape(panel.title)}, {escape(panel.unit)}</text>'
    for power in up:
        level = y(10**power)
        yield f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{level:.1f}" y2="{level:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{level + 4:.1f}" text-anchor="end">{_written(10**power)}</text>'
    for power in across:
        place = x(10**power)
        yield f'<line class="grid" x1="{place:.1f}" x2="{place:.1f}" y1="{TOP}" y2="{bottom}"/>'
        label = _short(10**power)
        yield f'<text x="{place:.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
    yield f'<text x="{right}" y="{bottom + 32}" text-anchor="end">{escape(numbers)}</text>'
    for (name, line), kind in zip(panel.lines.items(), ("one", "two"), strict=False):
        points = [(x(number), y(value)) for number, value in line]
        path = " ".join(f"{left:.1f},{level:.1f}" for left, level in points)
        yield f'<polyline class="{kind}" points="{path}"/>'
        for left, level in points:
            yield f'<circle class="{kind}" cx="{left:.1f}" cy="{level:.1f}" r="4"/>'
        above = kind == "one"
        for (left, level), (_, value) in [*zip(points, line, strict=True)][-1:]:
            said = f"{name} {_written(value)}".strip()
            shift = -9 if above else 28
            yield (
                f'<text class="value" x="{left + 4:.1f}" y="{level + shift:.1f}" text-anchor="end">'
                f"{escape(said)}</text>"
            )


def _decades(values: Sequence[float]) -> range:
    """The powers of ten from the one below all *values* to the one above, at least two."""
    least, most = floor(log10(min(values)) + 1e-9), ceil(log10(max(values)) - 1e-9)
    return range(least, max(most, least + 1) + 1)


def _written(value: float) -> str:
    """*value* with about two digits: ``0.04``, ``3.1``, ``1,200``."""
    if value >= 10:
        digits = max(0, floor(log10(value)) - 1)
        return f"{round(value, -digits):,.0f}"
    return f"{value:.2g}" if value >= 1e-4 else f"{value:.0e}"


def _short(number: float) -> str:
    """A power of ten: ``100``, ``10K``, ``1M``."""
    for unit, name in ((1e6, "M"), (1e3, "K")):
        if number >= unit:
            return f"{number / unit:.0f}{name}"
    return f"{number:.0f}"
