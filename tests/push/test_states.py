"""The states of topics while the store changes under them."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from feeds.errors import NotReady, QueryError, UnknownFeed
from feeds.push.delivery import list_state
from feeds.push.evaluation import is_same
from feeds.push.states import LISTS_SHARE, LONGEST_BATCH, TopicStates
from feeds.push.topics import subscribed_topic
from feeds.store.subscriptions import Cursor
from tests.builders import article
from tests.harness import Harness

FEED, TESTS, OTHER = (
    f"https://feeds.example/{path}.atom" for path in ("feed", "topics/tests", "topics/go")
)

LIST = "https://feeds.example/opml"
NOWHERE = Cursor()


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    yield made
    made.close()


@pytest.fixture
def states_since(harness: Harness) -> Callable[..., TopicStates]:
    def made(cursor: Cursor = NOWHERE, *addresses: str, **parts: Any) -> TopicStates:
        server = harness.process().server
        return TopicStates(
            server.current_index,
            identity=parts.get("identity", lambda: server.current_index.identity),
            read=lambda address: subscribed_topic(address, server.pipeline, server.site.url, {}),
            list_state=lambda topic: list_state(topic, server.pipeline, harness.now),
            clock=lambda: harness.now,
            cursor=cursor,
            addresses=addresses,
            monotonic=parts.get("monotonic", time.monotonic),
        )

    return made


def touched(states: TopicStates, steps: int = 1) -> list[str]:
    """The topics that were touched in a number of steps."""
    found = [states.step() for _ in range(steps)]
    return [address for each in found if each for address in each.states]


def at(second: float) -> dict[str, Any]:
    """The dates of an article of that second."""
    date = datetime.fromtimestamp(second, UTC)
    return {"published": date, "updated": date}


def test_only_touched_topics_are_evaluated(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1), article(2, topics=("Go",)))
    states = states_since()
    states.step()
    for address in (FEED, TESTS, OTHER):
        states.state(address)
    harness.edit(article(1, title="Edited"))
    assert touched(states) == [FEED, TESTS]
    assert touched(states) == []


def test_the_state_of_a_topic_is_that_of_the_last_step(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1))
    states = states_since()
    states.step()
    before = states.state(FEED)
    harness.edit(article(1, title="Edited"))
    assert states.state(FEED) == before
    found = states.step()
    assert found
    assert not is_same(found.states[FEED], before)
    assert states.state(FEED) == found.states[FEED]


def test_a_restart_goes_on_at_the_cursor(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1), article(2, topics=("Go",)))
    harness.edit(article(3))
    former = states_since()
    former.step()
    cursor = former.cursor
    assert touched(states_since(cursor, FEED, TESTS, OTHER)) == []
    harness.edit(article(4, topics=("Go",)))
    assert touched(states_since(cursor, FEED, TESTS, OTHER)) == [FEED, OTHER]
    assert touched(states_since(Cursor("another store", cursor.moment), TESTS)) == [TESTS]


def test_a_scheduled_article_is_found_at_its_instant(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1))
    harness.edit(article(2, **at(harness.now + 100)))
    states = states_since(NOWHERE, TESTS)
    states.step()
    assert touched(states) == []
    harness.now += 100
    assert touched(states) == [TESTS]
    cursor = states.cursor
    harness.edit(article(3, **at(harness.now + 100)))
    states.step()
    harness.now += 200  # while no process ran
    assert touched(states_since(cursor, TESTS)) == [TESTS]


def test_a_batch_that_is_recorded_late_is_found(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    """A batch gets its time, then a scheduled article appears, then the batch is recorded."""
    harness.put(article(1))
    harness.edit(article(2, **at(harness.now + 10)))
    states = states_since(NOWHERE, TESTS)
    states.step()
    stamp = int(harness.now) + 5
    harness.now += 20
    assert touched(states) == [TESTS]
    harness.put(article(3), at=stamp)
    found = states.step()
    assert found
    assert [*found.states] == [TESTS]
    assert found.first == stamp


def test_the_dates_of_articles_count_once_no_batch_can_be_older(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    newest = int(article(1).published.timestamp())
    harness.put(article(1))
    harness.now = newest + LONGEST_BATCH - 1.0
    states = states_since()
    states.step()
    assert states.cursor.moment < newest
    harness.now += 1
    harness.put(article(0))
    states.step()
    assert states.cursor.moment == newest


def test_a_store_that_is_replaced_touches_every_topic(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1), article(2, topics=("Go",)))
    states = states_since(NOWHERE, TESTS, OTHER)
    states.step()
    copy = harness.folder / "copy"
    harness.store.back_up(copy)  # type: ignore[attr-defined]
    copy.replace(harness.folder / "store.db")
    assert touched(states) == [TESTS, OTHER]
    assert touched(states) == []


def test_the_stores_of_a_fleet_have_one_identity(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1))
    harness.edit(article(2))
    former = states_since(identity=lambda: "journal")
    former.step()
    assert former.cursor.identity == "journal"
    assert touched(states_since(former.cursor, TESTS, identity=lambda: "journal")) == []


def test_a_topic_is_refused_that_nobody_can_subscribe_to(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1))
    states = states_since(NOWHERE, "https://feeds.example/topics/unknown.atom", TESTS)
    assert touched(states) == [TESTS]
    with pytest.raises(QueryError):
        states.state("https://other.example/feed.atom")
    with pytest.raises(UnknownFeed):
        states.state("https://feeds.example/topics/unknown.atom")
    assert states.known("https://feeds.example/topics/unknown.atom") is None


def test_a_topic_that_is_known_again_is_evaluated(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1))
    states = states_since(NOWHERE, OTHER)
    assert touched(states) == []
    assert states.addresses == {OTHER}
    harness.edit(article(2))
    assert touched(states) == []
    harness.edit(article(3, topics=("Go",)))
    assert touched(states) == [OTHER]


def test_a_list_is_evaluated_when_it_may_have_changed_and_rests_for_longer_than_that_takes(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1))
    now = [0.0]

    def monotonic() -> float:
        now[0] += 1  # so that an evaluation takes a second
        return now[0]

    states = states_since(NOWHERE, LIST, monotonic=monotonic)
    assert touched(states, 2) == [LIST]
    now[0] += LISTS_SHARE
    assert touched(states, 2) == []
    harness.edit(article(2))
    assert touched(states, 2) == [LIST]
    harness.edit(article(3))
    assert touched(states, 2) == []
    now[0] += LISTS_SHARE
    assert touched(states) == [LIST]


def test_a_restart_evaluates_lists(harness: Harness, states_since: Callable[..., TopicStates]) -> None:
    harness.put(article(1))
    former = states_since()
    former.step()
    assert touched(states_since(former.cursor, LIST), 2) == [LIST]


def test_forgotten_topics_are_not_evaluated(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1))
    states = states_since(NOWHERE, FEED, TESTS)
    states.step()
    states.remove([FEED])
    harness.edit(article(2))
    assert touched(states) == [TESTS]
    assert states.known(FEED) is None


def test_nothing_is_known_before_the_first_load(states_since: Callable[..., TopicStates]) -> None:
    states = states_since()
    with pytest.raises(NotReady):
        states.step()
    with pytest.raises(NotReady):
        states.state(FEED)


def test_changes_are_evaluated_again_if_the_store_changed_during_every_attempt(
    harness: Harness, states_since: Callable[..., TopicStates]
) -> None:
    harness.put(article(1))
    harness.edit(article(2))
    looks = count()
    states = states_since(NOWHERE, TESTS, identity=lambda: f"store {next(looks)}")
    assert touched(states) == [TESTS]
    assert states.cursor.moment == NOWHERE.moment
    assert states.cursor.identity.startswith("store ")
