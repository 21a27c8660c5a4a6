"""Verification of intent, and denials."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from feeds.http.outgoing import RequestFailed, RequestRefused
from feeds.push.client import Reply
from feeds.push.verification import (
    denial_url,
    subscribed,
    unconfirmed,
    verification_url,
)
from feeds.store.subscriptions import Intent, IntentMode, Subscription, SubscriptionKey, TopicState

TOPIC = "https://feeds.example/feed.atom?q=a+b"
NOW = 1_790_000_000.0


def intent(mode: IntentMode = "subscribe", callback: str = "https://a.example/", **fields: Any) -> Intent:
    return Intent(TOPIC, callback, mode, NOW, **fields)


def arguments(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query)


def test_a_callback_is_asked_with_all_parameters() -> None:
    url = verification_url(intent(token="t&1"), "abc", 60)
    assert arguments(url) == [
        ("hub.mode", "subscribe"),
        ("hub.topic", TOPIC),
        ("hub.challenge", "abc"),
        ("hub.lease_seconds", "60"),
        ("hub.verify_token", "t&1"),
    ]


def test_an_end_has_no_lease() -> None:
    assert "hub.lease_seconds" not in verification_url(intent("unsubscribe"), "abc", 60)


@pytest.mark.parametrize(
    ("callback", "begins"),
    [
        ("https://a.example/", "https://a.example/?hub.mode="),
        ("https://a.example/?x=%2f&y", "https://a.example/?x=%2f&y&hub.mode="),
        ("https://a.example/?", "https://a.example/?hub.mode="),
        ("https://a.example/?x&", "https://a.example/?x&hub.mode="),
    ],
)
def test_the_query_of_a_callback_stays_as_it_is(callback: str, begins: str) -> None:
    assert verification_url(intent(callback=callback), "abc", 60).startswith(begins)


def test_a_denial_tells_the_reason_if_there_is_one() -> None:
    key = SubscriptionKey(TOPIC, "https://a.example/?x=1")
    assert arguments(denial_url(key, "it ended"))[1:] == [
        ("hub.mode", "denied"),
        ("hub.topic", TOPIC),
        ("hub.reason", "it ended"),
    ]
    assert "hub.reason" not in denial_url(key, "")


class Callback:
    """A callback that gives *answers* in turn, the last one again and again."""

    def __init__(self, *answers: Reply | Exception) -> None:
        self.answers = [*answers]
        self.requests: list[str] = []

    async def get(self, url: str) -> Reply:
        self.requests.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def reason(callback: Callback) -> str:
    async def pause(_seconds: float) -> None:
        return

    return asyncio.run(unconfirmed(intent(), callback, "abc", 60, pause))


@pytest.mark.parametrize("status", [200, 204, 299])
def test_the_challenge_with_any_success_confirms(status: int) -> None:
    assert reason(Callback(Reply(status, {}, b"abc"))) == ""


@pytest.mark.parametrize("body", [b"", b"abc\n", b" abc", b"ABC", b"abcabc"])
def test_another_body_does_not_confirm(body: bytes) -> None:
    assert reason(Callback(Reply(200, {}, body))) == "not the challenge"


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_another_status_does_not_confirm_and_is_final(status: int) -> None:
    callback = Callback(Reply(status, {}, b"abc"))
    assert reason(callback) == f"status {status}"
    assert len(callback.requests) == 1


def test_a_request_without_an_answer_is_repeated_twice() -> None:
    callback = Callback(RequestFailed("no answer"))
    assert reason(callback) == "no answer"
    assert len(callback.requests) == 3
    again = Callback(RequestFailed("no answer"), Reply(200, {}, b"abc"))
    assert reason(again) == ""
    assert len(again.requests) == 2


def test_an_address_that_must_not_be_asked_is_not_asked_again() -> None:
    callback = Callback(RequestRefused("not a public address"))
    assert reason(callback) == "not a public address"
    assert len(callback.requests) == 1


@pytest.mark.parametrize("moment", [5, int(NOW), int(NOW) + 1])
def test_a_new_subscription_has_the_present_state_if_its_time_is_at_most_a_second_ahead(
    moment: int,
) -> None:
    state = TopicState(moment, b"now")
    asked = intent(secret=b"sealed", algorithm="sha1")
    found = subscribed(asked, None, state, state, lease=60, now=NOW)
    assert found == Subscription(
        TOPIC, "https://a.example/", NOW + 60, NOW, b"sealed", "sha1", state=state
    )


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (TopicState(5, b"before"), TopicState(5, b"now")),
        (TopicState(int(NOW) + 2, b"now"), TopicState(int(NOW) + 2, b"now")),
    ],
)
def test_the_whole_feed_is_due_if_it_has_changed_since_the_request(
    before: TopicState, now: TopicState
) -> None:
    found = subscribed(intent(), None, before, now, lease=60, now=NOW)
    assert (found.state, found.due) == (TopicState(), NOW)


def test_a_renewal_replaces_secret_and_lease_and_keeps_what_is_due() -> None:
    former = Subscription(
        TOPIC, "https://a.example/", NOW, NOW - 60, b"old", "sha1",
        state=TopicState(1, b"old"), acknowledged=NOW - 9, due=NOW - 5, failures=3, failing=NOW - 5,
        reason="status 500", not_before=NOW + 100,
    )  # fmt: skip
    now = TopicState(5, b"now")
    found = subscribed(intent(secret=b"new"), former, now, now, lease=60, now=NOW)
    assert found == Subscription(
        TOPIC, "https://a.example/", NOW + 60, NOW, b"new", "sha256",
        state=TopicState(1, b"old"), acknowledged=NOW - 9, due=NOW - 5,
    )  # fmt: skip
