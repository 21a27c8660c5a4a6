"""Outcomes of deliveries, and the subscriptions after them."""

from typing import Any

import pytest

from feeds.http.outgoing import RequestFailed
from feeds.period import DAY
from feeds.push.client import Reply
from feeds.push.outcomes import (
    ACKNOWLEDGED,
    acknowledged,
    failed,
    failure_of,
    is_missing,
    outcome_of,
)
from feeds.store.subscriptions import Subscription, TopicState

NOW = 1_790_000_000.0


def subscription(**fields: Any) -> Subscription:
    return Subscription("https://feeds.example/feed.atom", "https://a.example/", NOW + DAY, NOW, **fields)


def reply(status: int, **headers: str) -> Reply:
    return Reply(status, headers)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_success_acknowledges(status: int) -> None:
    assert outcome_of(reply(status), NOW) == ACKNOWLEDGED


def test_410_ends_the_subscription() -> None:
    assert outcome_of(reply(410), NOW).kind == "gone"


@pytest.mark.parametrize("status", [100, 301, 307, 400, 401, 403, 404, 429, 500, 503, 999])
def test_everything_else_is_a_failure(status: int) -> None:
    found = outcome_of(reply(status), NOW)
    assert (found.kind, found.reason) == ("failed", f"status {status}")


@pytest.mark.parametrize(
    ("status", "works"), [(302, True), (404, True), (408, False), (429, False), (502, False)]
)
def test_an_answer_shows_that_its_host_works_unless_it_says_otherwise(status: int, works: bool) -> None:
    assert outcome_of(reply(status), NOW).is_answered is works


def test_no_answer_is_a_failure_of_the_host() -> None:
    found = failure_of(RequestFailed("connection refused"))
    assert (found.kind, found.reason, found.is_answered) == ("failed", "connection refused", False)


def test_a_failure_puts_the_next_attempt_off() -> None:
    after = failed(subscription(due=NOW - 5), failure_of(RequestFailed("timeout")), NOW, lambda: 0.5)
    assert (after.failures, after.failing, after.reason) == (1, NOW, "timeout")
    assert (after.due, after.not_before) == (NOW - 5, NOW + 5)
    again = failed(after, outcome_of(reply(500), NOW + 5), NOW + 5, lambda: 0.5)
    assert (again.failures, again.failing, again.not_before) == (2, NOW, NOW + 35)


def test_a_host_is_not_asked_before_the_time_it_names() -> None:
    outcome = outcome_of(Reply(503, {"retry-after": "3600"}), NOW)
    assert failed(subscription(), outcome, NOW, lambda: 0.5).not_before == NOW + 3600


def test_a_success_forgets_failures() -> None:
    before = subscription(due=NOW, failures=3, failing=NOW, reason="timeout", not_before=NOW + 9)
    state = TopicState(5, b"new")
    assert acknowledged(before, state, NOW + 10) == subscription(state=state, acknowledged=NOW + 10)


def test_a_callback_that_is_not_found_for_three_days_ends() -> None:
    not_found = outcome_of(reply(404), NOW)
    before = subscription(failures=1, failing=NOW, reason="status 404")
    assert not is_missing(before, not_found, NOW + 3 * DAY - 1)
    assert is_missing(before, not_found, NOW + 3 * DAY)
    assert not is_missing(before, outcome_of(reply(500), NOW), NOW + 3 * DAY)
    other = subscription(failures=1, failing=NOW, reason="status 500")
    assert not is_missing(other, not_found, NOW + 3 * DAY)
    assert not is_missing(subscription(), not_found, NOW + 3 * DAY)
