"""The subscriptions in memory, and their changes that are not recorded yet."""

from collections.abc import Iterable, Iterator

from feeds.store.subscriptions import Cursor, PushChanges, Subscription, SubscriptionKey


class Ledger:
    """All *subscriptions*, by key and by topic; ``take`` returns what has to be recorded."""

    def __init__(self, subscriptions: Iterable[Subscription] = ()) -> None:
        self._subscriptions: dict[SubscriptionKey, Subscription] = {}
        self._of_topics: dict[str, dict[SubscriptionKey, None]] = {}
        self._changed: dict[SubscriptionKey, Subscription | None] = {}  # None if it ended
        self._settled: list[int] = []
        self._cursor: Cursor | None = None
        self._report: bytes | None = None
        self.version = 0  # grows with every change of a subscription
        self._withdrawn: bool | None = None
        for each in subscriptions:
            self._add(each)

    def __len__(self) -> int:
        return len(self._subscriptions)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(self._subscriptions.values())

    @property
    def topics(self) -> Iterable[str]:
        """The addresses of the topics that are subscribed to."""
        return self._of_topics.keys()

    def get(self, key: SubscriptionKey) -> Subscription | None:
        """The subscription with *key*, or None."""
        return self._subscriptions.get(key)

    def of_topic(self, address: str) -> list[SubscriptionKey]:
        """The keys of the subscriptions to the topic at *address*."""
        return [*self._of_topics.get(address, ())]

    def subscribed_to(self, address: str) -> list[Subscription]:
        """The subscriptions to the topic at *address*."""
        return [self._subscriptions[key] for key in self._of_topics.get(address, ())]

    def put(self, subscription: Subscription) -> None:
        """Add *subscription*, or replace the one with its key."""
        self._add(subscription)
        self._changed[subscription.key] = subscription
        self.version += 1

    def end(self, key: SubscriptionKey) -> None:
        """Remove the subscription with *key*, if there is one."""
        if self._subscriptions.pop(key, None):
            self._changed[key] = None
            self.version += 1
            of_topic = self._of_topics[key.topic]
            del of_topic[key]
            if not of_topic:
                del self._of_topics[key.topic]

    def settle(self, number: int) -> None:
        """Note that the intent with *number* needs nothing more."""
        self._settled.append(number)

    def evaluated(self, cursor: Cursor) -> None:
        """Note that the changes until *cursor* are in all subscriptions."""
        self._cursor = cursor

    def reported(self, report: bytes) -> None:
        """Note a new *report*."""
        self._report = report

    def withdraw(self, withdrawn: bool) -> None:
        """Note whether feeds are to withdraw the announcement of the hub."""
        self._withdrawn = withdrawn

    def take(self) -> PushChanges | None:
        """Return the changes since the last call, None if there are none."""
        changes = PushChanges(
            settled=self._settled,
            subscriptions=[each for each in self._changed.values() if each],
            ended=[key for key, each in self._changed.items() if each is None],
            cursor=self._cursor,
            report=self._report,
            withdrawn=self._withdrawn,
        )
        self._settled, self._changed, self._cursor = [], {}, None
        self._report = self._withdrawn = None
        return None if changes == PushChanges() else changes

    def give_back(self, changes: PushChanges) -> None:
        """Take back *changes* that could not be recorded; later ones replace them."""
        former: dict[SubscriptionKey, Subscription | None] = {
            **{each.key: each for each in changes.subscriptions},
            **dict.fromkeys(changes.ended),
        }
        self._changed = former | self._changed
        self._settled = changes.settled + self._settled
        self._cursor = self._cursor or changes.cursor
        self._report = self._report or changes.report
        self._withdrawn = changes.withdrawn if self._withdrawn is None else self._withdrawn

    def _add(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.key] = subscription
        self._of_topics.setdefault(subscription.topic, {})[subscription.key] = None
