"""Contents of deliveries that subscribers share."""

import asyncio

import pytest

from feeds.push import bodies
from feeds.push.bodies import Bodies
from feeds.push.delivery import Delivery
from feeds.store.subscriptions import TopicState
from tests.waiting import eventually_in_loop

BASE = TopicState(1, b"base")


class Maker:
    """Makes contents of *size* bytes, or none if it *is_empty*, and counts them."""

    def __init__(self, size: int = 1, *, is_empty: bool = False) -> None:
        self.made: list[tuple[str, TopicState]] = []
        self.error: Exception | None = None
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._size = size
        self._is_empty = is_empty

    async def make(self, topic: str, base: TopicState) -> Delivery | None:
        self.made.append((topic, base))
        await self.may_end.wait()
        if self.error:
            raise self.error
        if self._is_empty:
            return None
        return Delivery(b"x" * self._size, {}, TopicState(2, b"new"))


def test_subscribers_with_one_base_share_a_content() -> None:
    async def run() -> None:
        maker = Maker()
        made = Bodies(maker.make)
        one, other = await asyncio.gather(made.get("topic", BASE), made.get("topic", BASE))
        assert one is other
        assert await made.get("topic", BASE) is one
        await made.get("topic", TopicState(0, b"older"))
        await made.get("other", BASE)
        assert len(maker.made) == 3

    asyncio.run(run())


def test_contents_are_made_anew_after_a_change() -> None:
    async def run() -> None:
        maker = Maker()
        made = Bodies(maker.make)
        await made.get("topic", BASE)
        made.clear()
        await made.get("topic", BASE)
        assert len(maker.made) == 2

    asyncio.run(run())


def test_a_failure_is_not_kept() -> None:
    async def run() -> None:
        maker = Maker()
        made = Bodies(maker.make)
        maker.error = ValueError("once")
        with pytest.raises(ValueError, match="once"):
            await made.get("topic", BASE)
        maker.error = None
        assert await made.get("topic", BASE)

    asyncio.run(run())


def test_a_subscriber_that_ends_does_not_take_the_content_from_others() -> None:
    async def run() -> None:
        maker = Maker()
        maker.may_end.clear()
        made = Bodies(maker.make)
        ending = asyncio.create_task(made.get("topic", BASE))
        staying = asyncio.create_task(made.get("topic", BASE))
        await eventually_in_loop(lambda: maker.made)
        ending.cancel()
        maker.may_end.set()
        assert await staying

    asyncio.run(run())


def test_contents_of_many_bases_do_not_fill_the_memory() -> None:
    async def run() -> None:
        maker = Maker(bodies.MAX_BODIES_BYTES // 2)
        made = Bodies(maker.make)
        for moment in range(3):
            await made.get("topic", TopicState(moment))
        await made.get("topic", TopicState(0))
        assert len(maker.made) == 4

    asyncio.run(run())


def test_a_content_that_was_being_made_during_a_change_is_not_sent_after_it() -> None:
    async def run() -> None:
        maker = Maker()
        maker.may_end.clear()
        made = Bodies(maker.make)
        early = asyncio.create_task(made.get("topic", BASE))
        await eventually_in_loop(lambda: maker.made)
        made.clear()
        maker.may_end.set()
        assert await early
        assert await made.get("topic", BASE) is not early.result()
        assert len(maker.made) == 2

    asyncio.run(run())


def test_subscribers_also_share_that_nothing_has_changed() -> None:
    async def run() -> None:
        maker = Maker(is_empty=True)
        made = Bodies(maker.make)
        assert [await made.get("topic", BASE) for _ in range(2)] == [None, None]
        assert len(maker.made) == 1

    asyncio.run(run())
