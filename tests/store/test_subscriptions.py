"""Subscriptions, requests for them, and progress of their deliverer: the contract of every backend."""

import multiprocessing
import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from msgspec.structs import replace

from feeds.errors import StoreError
from feeds.fleet.postgres.subscriptions import PostgresSubscriptions
from feeds.store.sqlite.subscriptions import SUBSCRIPTION_MIGRATIONS, SQLiteSubscriptions
from feeds.store.subscriptions import (
    Cursor,
    DelivererReplaced,
    Intent,
    IntentLimits,
    PushChanges,
    Subscription,
    SubscriptionKey,
    Subscriptions,
    TopicState,
)
from tests.store.opened import opened_by
from tests.table import for_each

NOW = 1_780_000_000.0
TOPIC = "https://feeds.example/feed.atom"
CALLBACK = "https://reader.example/push/0123456789?token=abc"
LIMITS = IntentLimits()
INTENT = Intent(
    TOPIC, CALLBACK, "subscribe", NOW, 864_000, b"\x01sealed", "sha1", "token", "192.0.2.0/24"
)
END = replace(INTENT, mode="unsubscribe")
SUBSCRIPTION = Subscription(
    TOPIC, CALLBACK, NOW + 864_000, NOW + 1, b"\x01sealed", "sha1", TopicState(1_779_999_000, b"digest"),
    NOW + 2, NOW + 3, 2, NOW + 4, "no answer within 10 seconds", NOW + 60,
)  # fmt: skip

Opened = Callable[[], Subscriptions]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db.subscriptions"


opened = opened_by(SQLiteSubscriptions, PostgresSubscriptions)


@pytest.fixture
def subscriptions(opened: Opened) -> Subscriptions:
    return opened()


def from_host(host: str, number: int = 0, **more: object) -> Intent:
    """A request with a callback at *host*, equal only to one with the same *number*."""
    return replace(INTENT, callback=f"https://{host}/{number}", **more)


def settle(
    subscriptions: Subscriptions, *others: Subscription, ended: tuple[Subscription, ...] = ()
) -> None:
    """Settle all intents; *others* are their subscriptions."""
    numbers = [each.number for each in subscriptions.intents()]
    keys = [each.key for each in ended]
    subscriptions.record(PushChanges(settled=numbers, subscriptions=[*others], ended=keys))


def test_there_is_nothing_at_first(subscriptions: Subscriptions) -> None:
    assert subscriptions.intents() == subscriptions.all() == []
    assert subscriptions.counts() == (0, 0)
    assert subscriptions.cursor() == Cursor()
    assert subscriptions.report() == b""
    assert not subscriptions.withdrawn()
    assert subscriptions.version() == subscriptions.version()


def test_an_intent_is_kept_whole_until_it_is_settled(
    subscriptions: Subscriptions, opened: Opened
) -> None:
    assert subscriptions.ask(INTENT, LIMITS) == "recorded"
    [found] = opened().intents()
    assert found.number
    assert replace(found, number=0) == INTENT
    assert subscriptions.counts() == (0, 1)
    subscriptions.record(PushChanges(settled=[found.number]))
    assert opened().intents() == []
    assert subscriptions.counts() == (0, 0)


def test_intents_are_in_order_of_arrival(subscriptions: Subscriptions) -> None:
    for host in "cab":
        subscriptions.ask(from_host(host), LIMITS)
    subscriptions.ask(from_host("a", mode="unsubscribe"), LIMITS)
    assert [each.key.host for each in subscriptions.intents()] == ["c", "b", "a"]


def test_the_version_tells_of_every_recorded_intent(subscriptions: Subscriptions, opened: Opened) -> None:
    other = opened()
    versions = [subscriptions.version()]
    for number, asking in enumerate((subscriptions, other, other, subscriptions)):
        asking.ask(from_host("a", number), LIMITS)
        versions.append(subscriptions.version())
        assert subscriptions.version() == versions[-1]
    assert len(set(versions)) == len(versions)


def test_a_version_stays_while_nothing_is_recorded(subscriptions: Subscriptions, opened: Opened) -> None:
    subscriptions.ask(END, LIMITS)
    version = subscriptions.version()
    assert opened().ask(END, LIMITS) == "known"
    assert subscriptions.version() == version


def test_a_subscription_is_kept_whole_until_it_ends(subscriptions: Subscriptions, opened: Opened) -> None:
    other = replace(SUBSCRIPTION, callback="https://other.example/", secret=b"", state=TopicState())
    subscriptions.record(PushChanges(subscriptions=[SUBSCRIPTION, other]))
    assert opened().all() == [other, SUBSCRIPTION]
    changed = replace(SUBSCRIPTION, state=TopicState(5, b"x"), failures=0, reason="", until=NOW)
    subscriptions.record(PushChanges(subscriptions=[changed], ended=[other.key]))
    assert opened().all() == [changed]
    assert subscriptions.counts() == (1, 0)


def test_addresses_of_any_length_are_kept(subscriptions: Subscriptions) -> None:
    long = replace(INTENT, topic=TOPIC + "?" + "t" * 9_000, callback=CALLBACK + "c" * 9_000)
    subscriptions.ask(long, LIMITS)
    kept = replace(SUBSCRIPTION, topic=long.topic, callback=long.callback)
    subscriptions.record(PushChanges(subscriptions=[kept]))
    assert [each.key for each in subscriptions.intents()] == [kept.key]
    assert subscriptions.all() == [kept]


def test_progress_is_recorded_in_parts(subscriptions: Subscriptions, opened: Opened) -> None:
    cursor = Cursor("0123-4567", 1_780_000_000)
    subscriptions.record(PushChanges(cursor=cursor, report=b"report", withdrawn=True))
    subscriptions.record(PushChanges())
    other = opened()
    assert (other.cursor(), other.report(), other.withdrawn()) == (cursor, b"report", True)
    subscriptions.record(PushChanges(withdrawn=False))
    subscriptions.record(PushChanges(report=b""))
    assert (other.cursor(), other.report(), other.withdrawn()) == (cursor, b"", False)


def test_changes_that_cannot_all_be_recorded_leave_nothing(subscriptions: Subscriptions) -> None:
    subscriptions.ask(INTENT, LIMITS)
    [pending] = subscriptions.intents()
    broken = replace(SUBSCRIPTION, since=None)
    changes = PushChanges(settled=[pending.number], subscriptions=[SUBSCRIPTION, broken])
    with pytest.raises(StoreError):
        subscriptions.record(changes)
    assert subscriptions.intents() == [pending]
    assert subscriptions.all() == []


def test_a_subscription_that_ended_twice_is_counted_once(subscriptions: Subscriptions) -> None:
    subscriptions.record(PushChanges(subscriptions=[SUBSCRIPTION, SUBSCRIPTION]))
    subscriptions.record(PushChanges(ended=[SUBSCRIPTION.key, SUBSCRIPTION.key]))
    subscriptions.record(PushChanges(ended=[SUBSCRIPTION.key]))
    assert subscriptions.counts() == (0, 0)


# Requests of which one is the same as, or replaces, another


def test_a_request_replaces_a_pending_one_with_its_key(subscriptions: Subscriptions) -> None:
    subscriptions.ask(INTENT, LIMITS)
    [former] = subscriptions.intents()
    later = replace(INTENT, mode="unsubscribe", at=NOW + 1)
    assert subscriptions.ask(later, LIMITS) == "recorded"
    [found] = subscriptions.intents()
    assert replace(found, number=0) == later
    assert found.number > former.number
    subscriptions.record(PushChanges(settled=[former.number]))
    assert subscriptions.intents() == [found]
    assert subscriptions.counts() == (0, 1)


def test_numbers_of_intents_are_never_used_again(subscriptions: Subscriptions) -> None:
    numbers = []
    for second in range(3):
        subscriptions.ask(replace(INTENT, at=NOW + 1000 * second), LIMITS)
        numbers += [each.number for each in subscriptions.intents()]
        settle(subscriptions)
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 3


def test_every_request_to_subscribe_is_recorded_since_its_subscriber_waits_for_the_verification(
    subscriptions: Subscriptions,
) -> None:
    subscriptions.ask(INTENT, LIMITS)
    assert subscriptions.ask(replace(INTENT, at=NOW + 1), LIMITS) == "recorded"
    assert [each.at for each in subscriptions.intents()] == [NOW + 1]
    settle(subscriptions, SUBSCRIPTION)
    assert subscriptions.ask(replace(INTENT, at=NOW + 2), LIMITS) == "recorded"


def test_the_same_pending_request_to_end_a_subscription_is_recorded_once(
    subscriptions: Subscriptions,
) -> None:
    subscriptions.ask(END, LIMITS)
    [former] = subscriptions.intents()
    again = replace(END, at=NOW + 300, client="198.51.100.0/24")
    assert subscriptions.ask(again, LIMITS) == "known"
    assert subscriptions.intents() == [former]


@pytest.mark.parametrize(
    "change",
    [{"mode": "subscribe"}, {"token": ""}, {"topic": TOPIC + "?"}, {"callback": CALLBACK + "&"}],
    ids=lambda change: next(iter(change)),
)
def test_a_request_for_something_else_is_recorded(
    subscriptions: Subscriptions, change: dict[str, object]
) -> None:
    subscriptions.ask(END, LIMITS)
    settle(subscriptions)
    assert subscriptions.ask(END, LIMITS) == "known"
    assert subscriptions.ask(replace(END, **change), LIMITS) == "recorded"


def test_the_end_of_a_subscription_is_not_asked_for_again_within_a_minute(
    subscriptions: Subscriptions,
) -> None:
    subscriptions.record(PushChanges(subscriptions=[SUBSCRIPTION]))
    subscriptions.ask(END, LIMITS)
    settle(subscriptions, ended=(SUBSCRIPTION,))
    assert subscriptions.ask(replace(END, at=NOW + 59), LIMITS) == "known"
    assert subscriptions.intents() == []
    assert subscriptions.ask(replace(END, at=NOW + 61), LIMITS) == "recorded"


@pytest.mark.parametrize("mode", ["subscribe", "unsubscribe"])
def test_a_request_that_failed_is_recorded_again(subscriptions: Subscriptions, mode: str) -> None:
    subscriptions.record(PushChanges(subscriptions=[replace(SUBSCRIPTION, since=NOW - 5)]))
    request = replace(INTENT, mode=mode)
    subscriptions.ask(request, LIMITS)
    settle(subscriptions)
    assert subscriptions.ask(replace(request, at=NOW + 5), LIMITS) == "recorded"


def test_a_subscription_that_ended_is_asked_for_anew(subscriptions: Subscriptions) -> None:
    subscriptions.ask(INTENT, LIMITS)
    settle(subscriptions, SUBSCRIPTION)
    subscriptions.record(PushChanges(ended=[SUBSCRIPTION.key]))
    assert subscriptions.ask(replace(INTENT, at=NOW + 5), LIMITS) == "recorded"


DENIAL = Intent(TOPIC, CALLBACK, "denied", NOW, reason="ended by the operator")


def test_a_denial_is_not_lost_to_a_later_request(subscriptions: Subscriptions) -> None:
    subscriptions.ask(DENIAL, LIMITS)
    assert subscriptions.ask(INTENT, LIMITS) == "recorded"
    assert subscriptions.ask(replace(INTENT, mode="unsubscribe"), LIMITS) == "recorded"
    denial, request = subscriptions.intents()
    assert replace(denial, number=0) == DENIAL
    assert request.mode == "unsubscribe"
    settle(subscriptions)
    assert subscriptions.counts() == (0, 0)


def test_a_denial_replaces_all_intents_with_its_key(subscriptions: Subscriptions) -> None:
    subscriptions.ask(DENIAL, LIMITS)
    subscriptions.ask(INTENT, LIMITS)
    other = from_host("other.example")
    subscriptions.ask(other, LIMITS)
    later = replace(DENIAL, reason="another reason")
    assert subscriptions.ask(later, LIMITS) == "recorded"
    assert [replace(each, number=0) for each in subscriptions.intents()] == [other, later]


def test_a_request_after_a_denial_is_recorded_within_a_minute(subscriptions: Subscriptions) -> None:
    subscriptions.ask(INTENT, LIMITS)
    settle(subscriptions, SUBSCRIPTION)
    subscriptions.ask(DENIAL, LIMITS)
    assert subscriptions.ask(INTENT, LIMITS) == "recorded"


# Limits


def test_the_pending_intents_are_limited(subscriptions: Subscriptions) -> None:
    limits = IntentLimits(pending=2)
    verdicts = [subscriptions.ask(from_host(host), limits) for host in "abc"]
    assert verdicts == ["recorded", "recorded", "pending"]
    assert subscriptions.ask(from_host("a", mode="unsubscribe"), limits) == "recorded"
    assert subscriptions.ask(from_host("b"), limits) == "recorded"
    assert subscriptions.ask(replace(DENIAL, callback="https://c/0"), limits) == "recorded"
    settle(subscriptions)
    assert subscriptions.ask(from_host("c"), limits) == "recorded"


def test_a_request_that_waits_behind_a_denial_is_one_more(subscriptions: Subscriptions) -> None:
    subscriptions.ask(DENIAL, LIMITS)
    assert subscriptions.ask(INTENT, IntentLimits(pending=1)) == "pending"


def test_the_pending_intents_of_a_host_are_limited(subscriptions: Subscriptions) -> None:
    limits = IntentLimits(pending_per_host=2)
    verdicts = [subscriptions.ask(from_host("a", number), limits) for number in range(3)]
    assert verdicts == ["recorded", "recorded", "host"]
    assert subscriptions.ask(from_host("A:8443", 3), limits) == "host"
    assert subscriptions.ask(from_host("b"), limits) == "recorded"
    settle(subscriptions)
    assert subscriptions.ask(from_host("a", 3), limits) == "recorded"


def test_the_intents_of_a_client_are_limited_by_the_minute(subscriptions: Subscriptions) -> None:
    limits = IntentLimits(client=2)

    def ask(second: float, client: str = INTENT.client, mode: str = "subscribe") -> str:
        request = from_host("a", int(second), at=NOW + second, client=client, mode=mode)
        return subscriptions.ask(request, limits)

    assert [ask(0), ask(30), ask(59)] == ["recorded", "recorded", "client"]
    settle(subscriptions)
    assert ask(59) == "client"
    assert ask(59, client="198.51.100.0/24") == "recorded"
    assert ask(61) == "recorded"


def test_a_client_is_limited_even_if_it_replaces_its_own_request(subscriptions: Subscriptions) -> None:
    modes = ["subscribe", "unsubscribe", "subscribe"]
    limits = IntentLimits(client=2)
    verdicts = [subscriptions.ask(replace(INTENT, mode=mode), limits) for mode in modes]
    assert verdicts == ["recorded", "recorded", "client"]


def test_a_request_without_a_client_has_no_limit_of_a_client(subscriptions: Subscriptions) -> None:
    limits = IntentLimits(client=1)
    verdicts = [subscriptions.ask(from_host("a", n, client=""), limits) for n in range(2)]
    assert verdicts == ["recorded", "recorded"]


def subscribed(*callbacks: str) -> PushChanges:
    return PushChanges(subscriptions=[replace(SUBSCRIPTION, callback=each) for each in callbacks])


def test_subscriptions_are_limited_and_can_be_renewed_and_ended(subscriptions: Subscriptions) -> None:
    limits = IntentLimits(subscriptions=2)
    subscriptions.record(subscribed("https://a/0", "https://a/1"))
    assert subscriptions.ask(from_host("b"), limits) == "full"
    assert subscriptions.ask(from_host("a"), limits) == "recorded"
    assert subscriptions.ask(from_host("b", mode="unsubscribe"), limits) == "recorded"
    subscriptions.record(PushChanges(ended=[SubscriptionKey(TOPIC, "https://a/1")]))
    assert subscriptions.ask(from_host("b"), limits) == "recorded"


def test_subscriptions_of_a_host_are_limited(subscriptions: Subscriptions) -> None:
    limits = IntentLimits(subscriptions_per_host=2)
    subscriptions.record(subscribed("https://a/0", "https://a:8443/1"))
    assert subscriptions.ask(from_host("a", 2), limits) == "host"
    assert subscriptions.ask(from_host("b", 2), limits) == "recorded"


@pytest.mark.parametrize("callback", ["https:///path", "https://[/", "https://*/", ""])
def test_a_callback_without_a_host_disturbs_no_count(subscriptions: Subscriptions, callback: str) -> None:
    subscriptions.ask(replace(INTENT, callback=callback), LIMITS)
    settle(subscriptions, replace(SUBSCRIPTION, callback=callback))
    assert subscriptions.counts() == (1, 0)
    subscriptions.record(PushChanges(ended=[SubscriptionKey(TOPIC, callback)]))
    assert subscriptions.counts() == (0, 0)
    assert subscriptions.ask(INTENT, LIMITS) == "recorded"
    assert subscriptions.counts() == (0, 1)


# The deliverer


def test_a_deliverer_that_was_replaced_changes_nothing(
    subscriptions: Subscriptions, opened: Opened
) -> None:
    former, present = subscriptions, opened()
    former.ask(INTENT, LIMITS)
    former.take_over()
    former.record(PushChanges(subscriptions=[SUBSCRIPTION]))
    present.take_over()
    stale = PushChanges(
        settled=[each.number for each in former.intents()],
        subscriptions=[replace(SUBSCRIPTION, state=TopicState(), due=0)],
        cursor=Cursor("stale", 1), report=b"stale", withdrawn=True,
    )  # fmt: skip
    with pytest.raises(DelivererReplaced):
        former.record(stale)
    with pytest.raises(DelivererReplaced):
        former.version()
    assert len(former.intents()) == 1
    assert former.all() == [SUBSCRIPTION]
    assert (former.cursor(), former.report(), former.withdrawn()) == (Cursor(), b"", False)
    present.record(PushChanges(ended=[SUBSCRIPTION.key]))
    former.take_over()
    with pytest.raises(DelivererReplaced, match="another process delivers now"):
        present.record(PushChanges(report=b"stale"))


def test_the_first_record_takes_over(subscriptions: Subscriptions, opened: Opened) -> None:
    subscriptions.take_over()
    opened().record(PushChanges(report=b"other"))
    with pytest.raises(DelivererReplaced):
        subscriptions.record(PushChanges(report=b"former"))


def test_an_intent_that_arrives_while_another_is_settled_stays(
    subscriptions: Subscriptions, opened: Opened
) -> None:
    subscriptions.ask(INTENT, LIMITS)
    [known] = subscriptions.intents()
    opened().ask(replace(INTENT, mode="unsubscribe"), LIMITS)
    subscriptions.record(PushChanges(settled=[known.number], subscriptions=[SUBSCRIPTION]))
    assert [each.mode for each in subscriptions.intents()] == ["unsubscribe"]


def test_it_can_be_used_after_it_was_closed(subscriptions: Subscriptions, opened: Opened) -> None:
    subscriptions.ask(INTENT, LIMITS)
    version = subscriptions.version()
    subscriptions.close()
    subscriptions.close()
    opened().ask(from_host("b"), LIMITS)
    assert subscriptions.version() != version
    assert len(subscriptions.intents()) == 2


# Several processes


@pytest.mark.slow
def test_limits_hold_while_several_ask_at_once(opened: Opened) -> None:
    def ask(subscriptions: Subscriptions) -> int:
        requests = [from_host("a", number, mode="unsubscribe") for number in range(20)]
        return sum(
            subscriptions.ask(each, IntentLimits(pending_per_host=15)) == "recorded" for each in requests
        )

    several = [opened() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        recorded = sum(pool.map(ask, several))
    assert recorded == several[0].counts()[1] == len(several[0].intents()) == 15


@pytest.mark.slow
def test_intents_arrive_while_others_are_settled(subscriptions: Subscriptions, opened: Opened) -> None:
    def ask(asking: Subscriptions) -> None:
        for round_ in range(10):
            for number in range(3):
                mode = "denied" if round_ % 2 else "subscribe"
                asking.ask(from_host("a", number, mode=mode, lease=round_), IntentLimits(client=10_000))

    def deliver() -> None:
        for _ in range(30):
            begun = [
                replace(SUBSCRIPTION, callback=each.callback)
                for each in subscriptions.intents()
                if each.mode == "subscribe"
            ]
            settle(subscriptions, *begun)

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, opened()) for _ in range(3)]
        delivering = pool.submit(deliver)
    for each in (*asking, delivering):
        each.result()
    found = subscriptions.all()
    assert {each.callback for each in found} <= {f"https://a/{number}" for number in range(3)}
    assert subscriptions.counts() == (len(found), len(subscriptions.intents()))
    settle(subscriptions, ended=tuple(found))
    assert subscriptions.counts() == (0, 0)


def write_until_killed(opened: Opened, said: Connection) -> None:
    """Make one subscription after the other, and send a word and its number after each step."""
    subscriptions = opened()
    limits = IntentLimits(10**9, 10**9, 10**9)
    for number in count(1):
        callback = f"https://a.example/{number}"
        intent = Intent("topic", callback, "subscribe", 1_780_000_000)
        assert subscriptions.ask(intent, limits) == "recorded"
        said.send(("asked", number))
        [found] = subscriptions.intents()
        begun = Subscription("topic", callback, 1_790_000_000, 1_780_000_000)
        subscriptions.record(PushChanges(settled=[found.number], subscriptions=[begun]))
        said.send(("began", number))
        subscriptions.record(PushChanges(subscriptions=[replace(begun, state=TopicState(number))]))
        said.send(("acknowledged", number))


def killed_after(messages: int, opened: Opened) -> dict[str, int]:
    """Kill a process that writes, after so many *messages*; return the last number after each word."""
    context = multiprocessing.get_context("fork")
    heard, said = context.Pipe(duplex=False)
    process = context.Process(target=write_until_killed, args=(opened, said))
    process.start()
    said.close()
    found: dict[str, int] = {}
    with heard, suppress(EOFError):  # a message that the kill cut off
        for number in count(1):
            word, last = heard.recv()
            found[word] = last
            if number == messages:
                process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(
    ("messages", "opened"),
    [
        *((messages, ("path", SQLiteSubscriptions)) for messages in (1, 2, 102)),
        *((messages, ("fleet_database", PostgresSubscriptions)) for messages in (3, 100, 101)),
    ],
    indirect=["opened"],
)
def test_nothing_is_lost_with_a_killed_process(opened: Opened, messages: int) -> None:
    said = killed_after(messages, opened)
    subscriptions = opened()
    found = subscriptions.all()
    known = [*found, *subscriptions.intents()]
    assert len({each.callback for each in known}) >= said["asked"]
    assert len(found) >= said.get("began", 0)
    assert sum(each.state.moment > 0 for each in found) >= said.get("acknowledged", 0)
    assert subscriptions.counts() == (len(found), len(known) - len(found))
    assert subscriptions.ask(from_host("b"), LIMITS) == "recorded"


# The file of the backend of one host


def test_reading_makes_no_file(path: Path) -> None:
    subscriptions = SQLiteSubscriptions(path)
    assert subscriptions.all() == subscriptions.intents() == []
    assert subscriptions.version() is None
    assert [*path.parent.iterdir()] == []


def test_only_its_user_may_read_the_file(path: Path) -> None:
    with closing(SQLiteSubscriptions(path)) as subscriptions:
        subscriptions.ask(INTENT, LIMITS)
        modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.glob(f"{path.name}*")}
    assert modes.pop(f"{path.name}.opening") == 0o644  # it is empty
    assert set(modes.values()) == {0o600}
    assert f"{path.name}-wal" in modes


def test_a_file_that_was_deleted_is_made_again_without_its_former_log(path: Path) -> None:
    with closing(SQLiteSubscriptions(path)) as subscriptions, closing(SQLiteSubscriptions(path)) as other:
        subscriptions.ask(INTENT, LIMITS)
        other.record(subscribed("https://a/0"))
        path.unlink()
        assert other.all() == []
        later = from_host("b")
        assert subscriptions.ask(later, LIMITS) == "recorded"
        assert [each.key for each in other.intents()] == [later.key]
        subscriptions.take_over()
        with pytest.raises(DelivererReplaced):
            other.record(subscribed("https://a/1"))


def test_a_damaged_file_is_refused_with_a_remedy_that_works(path: Path) -> None:
    with closing(SQLiteSubscriptions(path)) as subscriptions:
        path.write_bytes(b"no database" * 500)
        for use in (subscriptions.all, subscriptions.version, lambda: subscriptions.ask(INTENT, LIMITS)):
            with pytest.raises(StoreError, match="move it away, and subscribers subscribe again"):
                use()
        path.rename(path.with_name("damaged"))
        assert subscriptions.ask(INTENT, LIMITS) == "recorded"


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {len(SUBSCRIPTION_MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="written by a newer version; use that version"):
        SQLiteSubscriptions(path).ask(INTENT, LIMITS)


def test_a_missing_folder_is_an_error_of_the_store(tmp_path: Path) -> None:
    subscriptions = SQLiteSubscriptions(tmp_path / "gone" / "store.db.subscriptions")
    assert subscriptions.all() == []
    with pytest.raises(StoreError, match="no such file or directory"):
        subscriptions.ask(INTENT, LIMITS)


@pytest.mark.slow
def test_processes_that_start_together_make_one_file(path: Path) -> None:
    def ask(number: int) -> str:
        with closing(SQLiteSubscriptions(path)) as subscriptions:
            return subscriptions.ask(from_host("a", number), LIMITS)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(16))) == {"recorded"}
    with closing(SQLiteSubscriptions(path)) as subscriptions:
        assert len(subscriptions.intents()) == 16


# The address of a callback in logs and lists


@for_each(
    ("callback", "host"),
    [
        (CALLBACK, "reader.example"),
        ("https://user:secret@Reader.EXAMPLE:8443/x", "reader.example"),
        ("https://[2001:db8::1]:8443/x", "2001:db8::1"),
        ("https://[2001:db8::1/x", ""),
    ],
)
def test_a_callback_is_shown_by_its_host_and_a_digest(callback: str, host: str) -> None:
    key = SubscriptionKey(TOPIC, callback)
    assert key.host == host
    shown, digest = key.subscriber.split("#")
    assert shown == host
    assert len(digest) == 8
    assert SubscriptionKey("another topic", callback).subscriber == key.subscriber
    assert SubscriptionKey(TOPIC, callback + "x").subscriber != key.subscriber
