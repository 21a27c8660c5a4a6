"""The states of the topics that are subscribed to, as the store changes."""

import time
from collections.abc import Callable, Iterable, Mapping

import msgspec

from feeds.errors import GoneFeed, NotReady, QueryError, UnknownFeed
from feeds.index import Index
from feeds.index.changed_facets import EVERYTHING, ChangedFacets
from feeds.index.current import CurrentIndex
from feeds.logs.events import EventLog
from feeds.push.evaluation import Evaluation, ListState, changes_since, evaluate, topic_state
from feeds.push.topics import ListTopic, PushTopic
from feeds.store.subscriptions import Cursor, TopicState

MAX_ATTEMPTS = 5  # to read the store between two batches
LISTS_SHARE = 20  # at most one in so many seconds goes into lists, which any change may affect
LONGEST_BATCH = 3_600  # seconds from the stamp of a change until it is recorded

log = EventLog(__name__)


class TopicStates:
    """Follows the store, and evaluates the topics that changes touch. It is used by one thread.

    *identity* returns the identity of the store, or of the journal that the store is a copy of. *read*
    makes a topic of an address; *list_state* returns the state of a list. *cursor* is that of an earlier
    process, with subscriptions to topics at *addresses*. *monotonic* returns seconds.
    """

    def __init__(
        self,
        current_index: CurrentIndex,
        *,
        identity: Callable[[], str],
        read: Callable[[str], PushTopic],
        list_state: ListState,
        clock: Callable[[], float],
        cursor: Cursor,
        addresses: Iterable[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cursor = cursor
        self._current_index = current_index
        self._identity = identity
        self._read = read
        self._list_state = list_state
        self._clock = clock
        self._index: Index | None = None
        self._topics: dict[str, PushTopic] = {}
        self._unread = [*addresses]
        self._monotonic = monotonic
        self._lists_changed = True  # perhaps before this process began
        self._lists_at = float("-inf")

    def add(self, address: str) -> PushTopic:
        """Evaluate the topic at *address* from now on, and return it. Raises QueryError."""
        if address not in self._topics:
            self._topics[address] = self._read(address)
        return self._topics[address]

    def known(self, address: str) -> PushTopic | None:
        """The topic at *address* if it is evaluated. Any thread may call this."""
        return self._topics.get(address)

    @property
    def topics(self) -> list[PushTopic]:
        """The topics that are evaluated. Any thread may ask for them."""
        return [*self._topics.copy().values()]

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of all topics, also of those that cannot be read. Any thread may ask for them."""
        return frozenset([*self._topics.copy(), *self._unread])

    def remove(self, addresses: Iterable[str]) -> None:
        """Do not evaluate the topics at *addresses* any more."""
        addresses = {*addresses}
        self._unread = [each for each in self._unread if each not in addresses]
        for address in addresses:
            self._topics.pop(address, None)

    def state(self, address: str) -> TopicState:
        """Return the state, at the last step, of the topic at *address*, which is evaluated from now on.

        Raises QueryError, UnknownFeed, GoneFeed, NotReady and StoreError.
        """
        if self._index is None:
            raise NotReady(0, 0)
        return topic_state(self._index, self.add(address), self._clock(), self._list_state)

    def step(self) -> Evaluation | None:
        """Follow the store, move *cursor* on, and return the changes between; None if there are none.

        Raises NotReady, and StoreError if the store cannot be read; the next step evaluates the same
        changes then.
        """
        self._current_index.open()
        self._current_index.follow()
        if self._current_index.index() is self._index:
            lists = self._lists()  # after all else, which an error of theirs must not affect
            return Evaluation(lists, cursor=self.cursor) if lists else None
        is_first = self._index is None
        read = self._read_rest()
        index, cursor = self._settled()
        changes = changes_since(index, self.cursor, cursor)
        found = self._evaluated(index, _feeds(self._topics), changes)
        # Topics that could not be read may have changed meanwhile.
        known_again = {} if is_first else self._evaluated(index, _feeds(read), EVERYTHING).states
        self._index, self.cursor = index, cursor
        self._lists_changed |= changes.any or bool(read)
        states = {**found.states, **known_again}
        return msgspec.structs.replace(found, states=states, cursor=cursor)

    def _evaluated(
        self, index: Index, topics: Mapping[str, PushTopic], changes: ChangedFacets
    ) -> Evaluation:
        return evaluate(index, topics, changes, self._clock(), self._list_state)

    def _lists(self) -> Mapping[str, TopicState]:
        """The states of all lists if they may have changed, and were not evaluated just before."""
        begun = self._monotonic()
        if self._index is None or not self._lists_changed or begun < self._lists_at:
            return {}
        lists = {key: topic for key, topic in self._topics.items() if isinstance(topic, ListTopic)}
        found = self._evaluated(self._index, lists, EVERYTHING).states
        self._lists_changed = False
        self._lists_at = begun + LISTS_SHARE * (self._monotonic() - begun)
        return found

    def _settled(self) -> tuple[Index, Cursor]:
        """The index, and the last second up to which it has all changes.

        Dates of articles count later than other changes: a batch may be recorded after dates that come
        while it is made.
        """
        store, identity = self._current_index.open(), self._identity()
        for _ in range(MAX_ATTEMPTS):
            index = self._current_index.index()
            stamp = store.latest(self._clock() - LONGEST_BATCH)
            if store.revision() == index.revision and self._identity() == identity:
                return index, Cursor(identity, stamp)
            self._current_index.follow()
            identity = self._identity()
        return index, msgspec.structs.replace(self.cursor, identity=identity)

    def _read_rest(self) -> dict[str, PushTopic]:
        """Read the topics that could not be read yet, and return those that can be read now."""
        missing, self._unread = self._unread, []
        for address in missing:
            try:
                self.add(address)
            except (QueryError, UnknownFeed, GoneFeed) as error:
                self._unread.append(address)
                if self._index is None:
                    log.warning("topic.unreadable", f"{address}: not delivered: {error}", topic=address)
        return {each: self._topics[each] for each in missing if each in self._topics}


def _feeds(topics: Mapping[str, PushTopic]) -> dict[str, PushTopic]:
    return {address: topic for address, topic in topics.items() if not isinstance(topic, ListTopic)}
