"""Topics touched by changes, and their states: each touched topic is evaluated once per revision."""

from collections.abc import Callable, Mapping
from typing import assert_never

from msgspec import Struct

from feeds.article import fingerprint
from feeds.errors import GoneFeed, UnknownFeed
from feeds.index import Index
from feeds.index.changed_facets import EVERYTHING, ChangedFacets, changed_facets
from feeds.push.topics import FeedTopic, ListTopic, PushTopic, SiteTopic
from feeds.query import Query
from feeds.query.selection import Selection, resolve, select, wanted_facets
from feeds.store.subscriptions import Cursor, TopicState

ListState = Callable[[ListTopic], TopicState]


class Evaluation(Struct, frozen=True):
    """The *states* of the touched topics in one index, by address; *gone* are topics that ended for good.

    *first* is that of ChangedFacets. *cursor* is the last second that was evaluated.
    """

    states: Mapping[str, TopicState] = {}
    gone: frozenset[str] = frozenset()
    first: int | None = None
    cursor: Cursor = Cursor()


def changes_since(index: Index, cursor: Cursor, now: Cursor) -> ChangedFacets:
    """Return the changes in *index* after *cursor*; *now* is that of the state in *index*.

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
    """Return the states of the *topics* that *changes* touch, by address."""
    states: dict[str, TopicState] = {}
    gone: set[str] = set()
    of_queries: dict[Query, TopicState] = {}  # formats of one feed have one state
    for address, topic in topics.items():
        if isinstance(topic, FeedTopic) and topic.query in of_queries:
            states[address] = of_queries[topic.query]
            continue
        try:
            if not is_touched(index, topic, changes):
                continue
            states[address] = topic_state(index, topic, now, list_state)
        except GoneFeed:
            gone.add(address)
        except UnknownFeed:  # until an article with its facet appears again
            continue
        else:
            if isinstance(topic, FeedTopic):
                of_queries[topic.query] = states[address]
    return Evaluation(states, frozenset(gone), changes.first)


def topic_state(index: Index, topic: PushTopic, now: float, list_state: ListState) -> TopicState:
    """Return the state of *topic* in *index*. Raises UnknownFeed and GoneFeed."""
    match topic:
        case FeedTopic():
            return state_of(select(index, topic.query), now)
        case ListTopic():
            return list_state(topic)
        case SiteTopic():
            return site_state(index, now)
        case _ as never:
            assert_never(never)


def is_touched(index: Index, topic: PushTopic, changes: ChangedFacets) -> bool:
    """Return whether *changes*, those of *index*, may have changed *topic*."""
    if not isinstance(topic, FeedTopic) or topic.query.relative or topic.query.drifts:
        return changes.any
    return changes.meet(wanted_facets(resolve(index, topic.query)))


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


def site_state(index: Index, now: float) -> TopicState:
    """Return the state of all feeds, which every change of an article alters; see ``state_of``."""
    digest = fingerprint([index.last_change, index.recorded, len(index)])
    return TopicState(min(index.last_change, int(now)), digest)


def site_changes(index: Index, base: TopicState) -> ChangedFacets:
    """Return the changes in *index* after the state *base* of all feeds, which is not the present one.

    Everything changed if no change explains the difference, as after a backup of the store was restored.
    """
    found = changed_facets(index, base.moment)
    return found if found.any else EVERYTHING


def is_same(one: TopicState, other: TopicState) -> bool:
    """Return whether two states of one topic are equal; the bases of their deliveries may differ."""
    return one.digest == other.digest


def rebased(state: TopicState, first: int | None) -> TopicState:
    """Return *state* as the base of a delivery of changes of which *first* is the first (ChangedFacets).

    A change may be recorded with an earlier time than the date of a scheduled article that appeared
    meanwhile. The moment 0 means that the whole feed has to be delivered.
    """
    if first is None:
        return state
    return TopicState(min(state.moment, max(0, first - 1)), state.digest)
