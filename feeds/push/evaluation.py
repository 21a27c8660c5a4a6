"""Topics touched by changes, and their states: each touched topic is evaluated once per revision."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from feeds.article import fingerprint
from feeds.errors import GoneFeed, UnknownFeed
from feeds.index import Index
from feeds.index.changed_facets import EVERYTHING, ChangedFacets, changed_facets
from feeds.push.topics import FeedTopic, ListTopic, PushTopic
from feeds.query import Query
from feeds.query.selection import Selection, resolve, select, wanted_facets
from feeds.store.subscriptions import Cursor, TopicState

ListState = Callable[[ListTopic], TopicState]


class Evaluation(Struct, frozen=True):
    """The *states* of the touched topics in one index, by address; *gone* are topics that ended for good.

    *first* is that of ChangedFacets.
    """

    states: Mapping[str, TopicState] = {}
    gone: frozenset[str] = frozenset()
    first: int | None = None


def changes_since(index: Index, cursor: Cursor, now: Cursor) -> ChangedFacets:
    """Return what changed in *index* after *cursor*; *now* is that of the state in *index*.

    Everything changed if the store was replaced, or if its last change is earlier than it was.
    """
    if cursor.identity != now.identity or cursor.moment > now.moment:
        return EVERYTHING
    return changed_facets(index, cursor.moment)


def evaluate(
    index: Index,
    topics: Mapping[str, PushTopic],
    changes: ChangedFacets,
    now: float,
    list_state: ListState,
) -> Evaluation:
    """Return the states of those of *topics*, by address, that *changes* touch."""
    states: dict[str, TopicState] = {}
    gone: set[str] = set()
    of_queries: dict[Query, TopicState] = {}  # formats of one feed have one state
    for address, topic in topics.items():
        try:
            match topic:
                case ListTopic():
                    if changes.any:
                        states[address] = list_state(topic)
                case FeedTopic(query=query):
                    if query in of_queries or is_touched(index, query, changes):
                        if query not in of_queries:
                            of_queries[query] = state_of(select(index, query), now)
                        states[address] = of_queries[query]
        except GoneFeed:
            gone.add(address)
        except UnknownFeed:  # until an article with its facet appears again
            continue
    return Evaluation(states, frozenset(gone), changes.first)


def is_touched(index: Index, query: Query, changes: ChangedFacets) -> bool:
    """Return whether *changes*, those of *index*, may have changed the feed of *query*."""
    if query.relative or query.drifts:
        return changes.any
    return changes.meet(wanted_facets(resolve(index, query)))


def state_of(selection: Selection, now: float) -> TopicState:
    """Return the state of the feed with *selection*, which no rendering affects.

    Its moment, the base of the next delivery, is not ahead of *now*, unlike the stamp of one of several
    changes in a second: an article that is scheduled for that second would be missed.
    """
    entries = [
        (item.story, item.period and item.period.name, [(each.id, each.moment) for each in item.records])
        for item in selection.items
    ]
    digest = fingerprint([selection.moment, entries, selection.deleted])
    return TopicState(min(selection.moment, int(now)), digest)


def is_same(one: TopicState, other: TopicState) -> bool:
    """Return whether two states of one topic are the same, whatever base they have for a delivery."""
    return one.digest == other.digest


def rebased(state: TopicState, first: int | None) -> TopicState:
    """Return *state* as the base of a delivery of changes of which *first* is the first (ChangedFacets).

    A change may be recorded with an earlier time than the date of a scheduled article that appeared
    meanwhile. The moment 0 means that the whole feed has to be delivered.
    """
    if first is None:
        return state
    return TopicState(min(state.moment, max(0, first - 1)), state.digest)
