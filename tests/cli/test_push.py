"""feeds push: lists subscriptions, and ends them by denials."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from feeds.bootstrap import subscriptions_of
from feeds.push.report import PushReport, WebhookReport
from feeds.settings import load
from feeds.store.subscriptions import (
    Intent,
    IntentLimits,
    PushChanges,
    Subscription,
    SubscriptionKey,
    Subscriptions,
    TopicState,
)
from tests.builders import write_article
from tests.commands import invoke

FEED = "https://feeds.example/feed.atom"
OCEANS = "https://feeds.example/topics/oceans.json"
CALLBACK = "https://reader.example/push/0123456789?token=capability"
OTHER = "https://Other.Example:8443/push"
UNTIL = 1_780_000_000
LINE = "{}\t{}\t2026-05-28T20:26:40Z\t{}\t{}\t{}\t{}"

Push = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path, corpus: Path) -> dict[str, str]:
    return {
        "FEEDS_CORPUS_PATH": str(corpus),
        "FEEDS_STORE_PATH": str(tmp_path / "store.db"),
        "FEEDS_SITE_URL": "https://feeds.example",
    }


@pytest.fixture
def subscriptions(settings: dict[str, str]) -> Iterator[Subscriptions]:
    """Two callbacks with three subscriptions, and a request that is pending."""
    with closing(subscriptions_of(load(settings))) as made:
        failing = Subscription(
            FEED, OTHER, UNTIL, UNTIL - 9, b"sealed", "sha256", TopicState(), 0, UNTIL - 60, 3,
            UNTIL - 30, "no answer\nwithin 10 seconds", UNTIL + 5,
        )  # fmt: skip
        good = Subscription(FEED, CALLBACK, UNTIL, UNTIL - 9, acknowledged=UNTIL - 5)
        made.record(PushChanges(subscriptions=[good, failing, Subscription(OCEANS, OTHER, UNTIL, 1)]))
        made.ask(Intent(OCEANS, CALLBACK, "subscribe", UNTIL), IntentLimits())
        yield made


@pytest.fixture
def push(settings: dict[str, str]) -> Push:
    return lambda *words: invoke("push", *words, **settings)


def shown(callback: str) -> str:
    return SubscriptionKey(FEED, callback).subscriber


def denied(subscriptions: Subscriptions) -> set[SubscriptionKey]:
    return {each.key for each in subscriptions.intents() if each.mode == "denied"}


def test_without_subscriptions_the_list_is_empty_and_makes_no_file(push: Push, tmp_path: Path) -> None:
    done = push("list")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "0 subscriptions, 0 pending requests\n"
    assert [*tmp_path.glob("store.db*")] == []


def test_each_subscription_is_a_line(push: Push, subscriptions: Subscriptions) -> None:
    done = push("list")
    assert done.exit_code == 0
    assert sorted(done.stdout.splitlines()) == sorted([
        LINE.format(FEED, shown(CALLBACK), "2026-05-28T20:26:35Z", "-", 0, "-"),
        LINE.format(FEED, shown(OTHER), "-", "2026-05-28T20:25:40Z", 3, "no answer within 10 seconds"),
        LINE.format(OCEANS, shown(OTHER), "-", "-", 0, "-"),
    ])  # fmt: skip
    assert done.stderr == "3 subscriptions, 1 pending request\n"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_callbacks_are_secrets(push: Push, subscriptions: Subscriptions, options: tuple[str]) -> None:
    assert "reader.example" in push("list", *options).output
    assert "capability" not in push("list", *options).output
    assert "0123456789" not in push("drop", "--host", "reader.example").output


@pytest.mark.parametrize("topic", [OCEANS, "/topics/oceans.json"])
def test_the_subscriptions_to_one_topic_are_listed(
    push: Push, subscriptions: Subscriptions, topic: str
) -> None:
    done = push("list", topic)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [OCEANS]
    assert done.stderr == "1 subscription, 1 pending request\n"


def test_webhooks_without_a_feed_are_listed(push: Push, subscriptions: Subscriptions) -> None:
    waiting = WebhookReport(name="team", feed="authors/Grace Hopper", missing=UNTIL)
    other = WebhookReport(name="other", feed=FEED, is_subscribed=True)
    subscriptions.record(PushChanges(report=PushReport(webhooks=(waiting, other)).encoded()))
    line = "authors/Grace Hopper\twebhook team\t-\t-\t-\t0\tno such feed yet"
    assert push("list").stdout.splitlines()[-1] == line
    assert "webhook" not in push("list", OCEANS).stdout
    assert json.loads(push("list", "--json").stdout)["webhooks_without_feed"] == [
        {"webhook": "team", "query": "authors/Grace Hopper", "since": "2026-05-28T20:26:40Z"}
    ]


@pytest.mark.parametrize("options", [("--json",), ("--format", "json")])
def test_the_list_is_also_json(push: Push, subscriptions: Subscriptions, options: tuple[str]) -> None:
    subscriptions.record(PushChanges(withdrawn=True))
    found: dict[str, Any] = json.loads(push("list", *options).stdout)
    assert (found["pending"], found["withdrawn"], len(found["subscriptions"])) == (1, True, 3)
    [failing] = [each for each in found["subscriptions"] if each["failures"]]
    assert failing == {
        "topic": FEED,
        "host": "other.example",
        "callback": shown(OTHER).partition("#")[2],
        "webhook": "",
        "cache": "",
        "subscribed": "2026-05-28T20:26:31Z",
        "lease_ends": "2026-05-28T20:26:40Z",
        "has_secret": True,
        "acknowledged": None,
        "due_since": "2026-05-28T20:25:40Z",
        "failures": 3,
        "failing_since": "2026-05-28T20:26:10Z",
        "reason": "no answer\nwithin 10 seconds",
        "not_before": "2026-05-28T20:26:45Z",
    }


def test_the_list_says_that_the_hub_is_withdrawn(push: Push, subscriptions: Subscriptions) -> None:
    subscriptions.record(PushChanges(withdrawn=True))
    assert push("list").stderr.endswith("; feeds do not announce the hub\n")


@pytest.mark.parametrize("with_host", [True, False])
def test_one_subscription_is_ended(push: Push, subscriptions: Subscriptions, with_host: bool) -> None:
    callback = shown(OTHER) if with_host else shown(OTHER).partition("#")[2]
    done = push("drop", FEED, callback, "--reason", "too\nmany")
    assert done.exit_code == 0
    assert done.stderr == f"{FEED}: {shown(OTHER)} is to end\n"
    [denial] = [each for each in subscriptions.intents() if each.mode == "denied"]
    assert (denial.key, denial.reason) == (SubscriptionKey(FEED, OTHER), "too many")
    assert denial.at > UNTIL - 10**9


@pytest.mark.parametrize("host", ["other.example", "OTHER.example"])
def test_the_subscriptions_of_a_host_are_ended(
    push: Push, subscriptions: Subscriptions, host: str
) -> None:
    assert push("drop", "--host", host).exit_code == 0
    assert denied(subscriptions) == {SubscriptionKey(FEED, OTHER), SubscriptionKey(OCEANS, OTHER)}
    assert subscriptions.counts() == (3, 3)


def test_the_subscriptions_and_requests_of_a_topic_are_ended(
    push: Push, subscriptions: Subscriptions
) -> None:
    assert push("drop", "--topic", "/topics/oceans.json").exit_code == 0
    assert denied(subscriptions) == {SubscriptionKey(OCEANS, OTHER), SubscriptionKey(OCEANS, CALLBACK)}
    assert {each.mode for each in subscriptions.intents()} == {"denied"}


def test_subscribers_are_told_a_reason_without_the_option(
    push: Push, subscriptions: Subscriptions
) -> None:
    push("drop", "--host", "other.example")
    reasons = {each.reason for each in subscriptions.intents() if each.mode == "denied"}
    assert reasons == {"ended by the operator of this server"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--host", "unknown.example"], "no subscription and no pending request matches; see feeds push"),
        ([FEED, "00000000"], "no subscription and no pending request matches; see feeds push list"),
        ([OCEANS + "x", "--host", "other.example"], "needs exactly one choice of subscriptions"),
        ([FEED], "needs exactly one choice of subscriptions; use TOPIC CALLBACK, --host or --topic"),
        (["--host", "a", "--topic", FEED], "needs exactly one choice of subscriptions"),
        ([], "needs exactly one choice of subscriptions"),
    ],
)  # fmt: skip
def test_a_choice_without_subscriptions_ends_none(
    push: Push, subscriptions: Subscriptions, words: list[str], error: str
) -> None:
    done = push("drop", *words)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"feeds: push drop: {error}")
    assert denied(subscriptions) == set()


def test_a_webhook_that_cannot_be_reached_is_an_error_of_its_test(
    settings: dict[str, str], corpus: Path
) -> None:
    write_article(corpus)
    hooks = {"news": {"query": "feed", "url": "http://127.0.0.1:9/hook"}}
    done = invoke("push", "test", "news", **settings, FEEDS_PUSH_WEBHOOKS=json.dumps(hooks))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("feeds: webhook news: ")
    assert done.stderr.endswith("; see docs/push.md\n")


def test_push_alone_shows_its_commands(push: Push) -> None:
    done = push()
    assert done.exit_code == 2
    assert all(word in done.output for word in ("Usage: ", "drop", "list", "test"))
