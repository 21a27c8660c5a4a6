"""The freshness of responses: their max-age, and the instant until which it stays the same."""

from collections.abc import Mapping
from math import inf, nextafter

from msgspec import Struct

from feeds.article.expressions import expression

SAME_UNTIL = "feeds.until"
"""The WSGI environment key of the last instant at which a response has the same Cache-Control."""

SURROGATE = "Surrogate-Control"
"""The header with the freshness for caches of the operator (w3.org/TR/edge-arch), if it is another."""

_PART = expression(r"(max-age|stale-if-error)=(\d+)")


class Freshness(Struct, frozen=True):
    """A max-age of *age* seconds, which is the same at any time up to *until*."""

    age: int
    until: float

    def before(self, due: int, now: float) -> "Freshness":
        """This freshness at *now*, ended at *due*: max-age shrinks each second toward it."""
        age = max(0, min(self.age, int(due - now)))
        return Freshness(age, min(self.until, due - age))


def since_change(most: int, least: int, changed: float, now: float) -> Freshness:
    """The freshness at *now* of a feed that last *changed* then: the time for which it was quiet.

    Changes come together: an edit soon after an article, a second article after the first in weeks. A
    reader that is sent *most* at once would miss them for hours. The age grows from *least* to *most* in
    steps that double, so that a cached response stays valid for as long as possible.
    """
    steps = [most]
    while steps[-1] > least:
        steps.append(max(least, steps[-1] // 2))
    quiet = now - changed
    age = next((step for step in steps if step <= quiet), steps[-1])
    longer = [step for step in steps if step > age]
    return Freshness(age, nextafter(changed + longer[-1], 0) if longer else inf)


def for_people(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the caching *headers* of a document that a browser shows.

    A browser asks each time if the document has changed, so that a click and a reload show an edit.
    The operator's caches keep the age in *headers*, by headers that only they read: nginx by
    X-Accel-Expires, which it must see before Cache-Control, and others by Surrogate-Control.
    """
    control = headers["Cache-Control"]
    parts = dict(_PART.findall(control))
    return {
        "X-Accel-Expires": parts["max-age"],
        SURROGATE: control.removeprefix("public, "),
        **headers,
        "Cache-Control": f"public, max-age=0, stale-if-error={parts['stale-if-error']}",
    }
