"""The contents of deliveries, each made once for all subscribers with the same base."""

import asyncio
from collections.abc import Awaitable, Callable

from feeds.push.delivery import Delivery
from feeds.store.subscriptions import TopicState

MAX_BODIES_BYTES = 64 << 20  # of the contents that are kept for further subscribers

MakeDelivery = Callable[[str, TopicState], Awaitable[Delivery | None]]


class Bodies:
    """The deliveries of the present state of topics, made by *make*. It belongs to an event loop."""

    def __init__(self, make: MakeDelivery) -> None:
        self._make = make
        self._made: dict[tuple[str, TopicState], asyncio.Future[Delivery | None]] = {}
        self._bytes = 0

    async def get(self, topic: str, base: TopicState) -> Delivery | None:
        """Return the delivery of *topic* to a subscriber with *base*, None if it has the present state.

        Raises what *make* raises.
        """
        key = topic, base
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = asyncio.ensure_future(self._make(topic, base))
            found.add_done_callback(lambda made: self._note(key, made))
        return await asyncio.shield(found)

    def clear(self) -> None:
        """Forget all deliveries, because the state of topics has changed."""
        self._made = {}
        self._bytes = 0

    def _note(self, key: tuple[str, TopicState], made: "asyncio.Future[Delivery | None]") -> None:
        """Keep *made* for others, unless it failed or there are too many."""
        if self._made.get(key) is not made:
            return
        if made.cancelled() or made.exception():
            del self._made[key]
        elif delivery := made.result():
            self._bytes += len(delivery.body) + sum(map(len, delivery.more))
            if self._bytes > MAX_BODIES_BYTES:
                self.clear()
