"""The query parameters: one object for each, with everything specific to it."""

from feeds.query.parameters.author import AUTHOR
from feeds.query.parameters.dates import SINCE, UNTIL
from feeds.query.parameters.facet import FacetParameter
from feeds.query.parameters.has import HAS
from feeds.query.parameters.lang import LANG
from feeds.query.parameters.parameter import Parameter
from feeds.query.parameters.provider import PROVIDER
from feeds.query.parameters.ranks import MIN_HEAT, MIN_QUALITY
from feeds.query.parameters.text import TITLE, Q
from feeds.query.parameters.topic import TOPIC
from feeds.query.parameters.type import TYPE
from feeds.query.parameters.window import (
    COLLAPSE,
    CONTENT,
    LIMIT,
    PER_PROVIDER,
    SORT,
    WindowParameter,
)

# The parameters that select articles, in their order in addresses and descriptions.
PARAMETERS: dict[str, Parameter] = {
    each.key: each
    for each in (
        TOPIC, PROVIDER, AUTHOR, Q, TITLE, TYPE, LANG, SINCE, UNTIL, MIN_QUALITY, MIN_HEAT, HAS,
    )
}  # fmt: skip

# The parameters of a feed as a whole, in the same order.
WINDOW: dict[str, WindowParameter] = {
    each.key: each for each in (COLLAPSE, SORT, PER_PROVIDER, LIMIT, CONTENT)
}

# Both kinds, in the same order.
EVERY: tuple[Parameter | WindowParameter, ...] = (*PARAMETERS.values(), *WINDOW.values())

# The parameters by their names on other servers.
SYNONYMS = {name: each for each in EVERY for name in each.synonyms}

# The parameters that have feeds of their own, by the first part of the path.
SEGMENTS: dict[str, FacetParameter] = {
    each.segment: each
    for each in PARAMETERS.values()
    if isinstance(each, FacetParameter) and each.segment
}

# The parameters in each path that names a feed: one, or one below another.
PLACES: tuple[tuple[str, ...], ...] = tuple(
    place
    for each in SEGMENTS.values()
    for place in ((each.key,), *((outer, each.key) for outer in each.inside))
)
