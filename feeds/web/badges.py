"""Badges: the number of readers of one feed as a picture, for other sites."""

from flask import Response, request
from werkzeug.exceptions import NotFound

from feeds.formats import DEFAULT
from feeds.query.grammar import read
from feeds.web.files import STATIC
from feeds.web.responses import Context

MAX_AGE = 3600  # seconds
_LABEL = "readers"
_HEIGHT, _MARGIN, _CHARACTER = 20, 8, 6.6  # pixels
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Badges:
    """The view of badges, which are published if ``readership.badge`` is on."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def badge(self, place: str) -> Response:
        """Respond with the number of readers of a feed as a picture."""
        monitor = self._context.monitor
        if not monitor or not monitor.publishes_readers:
            raise NotFound
        query = read(f"{place}?{request.query_string.decode('latin-1')}", self._context.named)
        self._context.pipeline.prepare(query, DEFAULT.extension)  # there is such a feed
        number = monitor.readers_of(query.feed_stem)
        response = Response(_drawn(f"{number:,}"), content_type=STATIC[".svg"])
        response.headers |= {
            "Cache-Control": f"public, max-age={MAX_AGE}",
            "Content-Security-Policy": _POLICY,
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return response


def _drawn(number: str) -> str:
    left, right = (round(len(each) * _CHARACTER + 2 * _MARGIN) for each in (_LABEL, number))
    width = left + right
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" role="img" '
        f'aria-label="{_LABEL}: {number}"><title>{_LABEL}: {number}</title>'
        f'<rect width="{width}" height="{_HEIGHT}" rx="3" fill="#475569"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v{_HEIGHT - 6}a3 3 0 0 1-3 3H{left}z" '
        'fill="#b45309"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14">{_LABEL}</text>'
        f'<text x="{left + right / 2:g}" y="14">{number}</text></g></svg>'
    )
