"""The subscriptions in memory, and what has to be recorded."""

from feeds.push.ledger import Ledger
from feeds.store.subscriptions import Cursor, PushChanges, Subscription

ONE, TWO, OTHER = (
    Subscription(f"https://feeds.example/{topic}.atom", f"https://{host}.example/", 100, 50)
    for topic, host in (("feed", "a"), ("feed", "b"), ("other", "a"))
)


def test_subscriptions_are_found_by_key_and_by_topic() -> None:
    ledger = Ledger([ONE, TWO, OTHER])
    assert ledger.get(TWO.key) == TWO
    assert ledger.of_topic(ONE.topic) == [ONE.key, TWO.key]
    assert [*ledger] == [ONE, TWO, OTHER]
    assert [*ledger.topics] == [ONE.topic, OTHER.topic]


def test_the_version_grows_with_every_change() -> None:
    ledger = Ledger([ONE])
    ledger.end(TWO.key)
    versions = [ledger.version]
    ledger.put(ONE)
    versions.append(ledger.version)
    ledger.end(ONE.key)
    versions.append(ledger.version)
    assert versions == sorted({*versions})


def test_nothing_has_to_be_recorded_at_first() -> None:
    assert Ledger([ONE]).take() is None


def test_changes_are_taken_once() -> None:
    ledger = Ledger([ONE])
    ledger.put(TWO)
    ledger.settle(7)
    ledger.evaluated(Cursor("store", 5))
    ledger.reported(b"report")
    assert ledger.take() == PushChanges(
        settled=[7], subscriptions=[TWO], cursor=Cursor("store", 5), report=b"report"
    )
    assert ledger.take() is None


def test_a_subscription_that_ended_is_in_no_topic() -> None:
    ledger = Ledger([ONE])
    ledger.end(ONE.key)
    assert ledger.get(ONE.key) is None
    assert not [*ledger.topics]
    assert ledger.take() == PushChanges(ended=[ONE.key])


def test_the_end_of_an_unknown_subscription_is_no_change() -> None:
    ledger = Ledger()
    ledger.end(ONE.key)
    assert ledger.take() is None


def test_the_last_change_of_a_subscription_counts() -> None:
    ledger = Ledger([ONE])
    ledger.end(ONE.key)
    ledger.put(ONE)
    ledger.put(TWO)
    ledger.end(TWO.key)
    assert ledger.take() == PushChanges(subscriptions=[ONE], ended=[TWO.key])


def test_changes_that_could_not_be_recorded_are_taken_again_below_later_ones() -> None:
    ledger = Ledger([ONE, TWO])
    ledger.put(ONE)
    ledger.end(TWO.key)
    ledger.settle(1)
    ledger.evaluated(Cursor("store", 5))
    ledger.reported(b"old")
    failed = ledger.take()
    assert failed
    ledger.end(ONE.key)
    ledger.settle(2)
    ledger.reported(b"new")
    ledger.give_back(failed)
    assert ledger.take() == PushChanges(
        settled=[1, 2], ended=[ONE.key, TWO.key], cursor=Cursor("store", 5), report=b"new"
    )
