"""The canary: rounds of a real server prove its address, and a broken address is noticed."""

import asyncio
from collections.abc import Mapping

import pytest

from feeds.feed.site import Site
from feeds.http.outgoing import RequestFailed
from feeds.push.canary import CanaryLimits, CanaryRecord, CanarySubscriber
from feeds.push.canary_callback import CanaryCallback
from feeds.push.client import Reply
from feeds.push.delivery import signature
from feeds.push.report import Canary, decoded
from feeds.push.sealing import Sealer
from tests.push.desk import HUB, Desk
from tests.table import for_each
from tests.waiting import eventually_in_loop


def callback(
    url: str = "https://feeds.example", key: str = "a key that nobody can guess"
) -> CanaryCallback:
    return CanaryCallback(Site(url=url), Sealer(lambda: key))


def test_the_callback_confirms_only_what_the_canary_asked_for() -> None:
    ours = callback()
    asked = {"hub.topic": ours.key.topic, "hub.verify_token": ours.token}
    assert ours.confirms(asked)
    assert not ours.confirms(asked | {"hub.topic": "https://feeds.example/feed.json"})
    assert not ours.confirms(asked | {"hub.verify_token": callback(key="another").token})
    assert not ours.confirms({"hub.topic": ours.key.topic})


def test_the_callback_receives_only_what_is_signed() -> None:
    ours = callback()
    assert ours.receives(b"body", signature(b"body", ours.secret.encode(), "sha1"))
    assert not ours.receives(b"other", signature(b"body", ours.secret.encode(), "sha1"))
    assert not ours.receives(b"body", "sha1=é")
    assert not ours.receives(b"body", "")


def test_a_hub_is_withdrawn_after_a_time_of_failures_alone() -> None:
    record = CanaryRecord(900)
    record.note("hub: status 403", 0, 10)
    record.note("hub: status 403", 600, 610)
    assert not record.withdrawn
    record.note("", 800, 810)  # the time begins anew
    record.note("feed: no such host", 1000, 1010)
    record.note("feed: no such host", 1800, 1899)
    assert not record.withdrawn
    record.note("feed: no such host", 1890, 1900)
    assert record.withdrawn
    assert (record.state.proved, record.state.trouble) == (810, "feed: no such host")


def test_two_successes_in_a_row_bring_the_hub_back() -> None:
    record = CanaryRecord(900, withdrawn=True)
    for trouble in ("", "hub: status 403", ""):
        record.note(trouble, 0, 1)
        assert record.withdrawn
    record.note("", 0, 2)
    assert not record.withdrawn


def test_a_canary_fails_since_its_first_failure_also_in_an_earlier_process() -> None:
    record = CanaryRecord(900)
    record.note("", 100, 110)
    for begun in (200, 300):
        record.note("feed: timeout", begun, begun + 10)
    assert record.state == Canary(110, "feed: timeout", 200)
    later = CanaryRecord(900, record.state)
    assert later.state == record.state
    later.note("hub: status 403", 5000, 5010)
    assert (later.state, later.withdrawn) == (Canary(110, "hub: status 403", 200), False)
    later.note("", 6000, 6010)
    assert later.state == Canary(6010)


class Unreachable:
    """A sender whose requests fail with *error*, or for ever wait for an answer."""

    def __init__(self, error: RequestFailed | None) -> None:
        self._error = error

    async def get(self, url: str) -> Reply:
        if self._error:
            raise self._error
        await asyncio.Event().wait()
        return Reply(200, {})

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        return await self.get(url)


@for_each(
    ("error", "trouble"),
    [
        (RequestFailed("connection refused"), "feed: connection refused"),
        (None, "feed: none within 0.01 s"),
    ],
)
def test_a_hub_that_cannot_be_reached_is_withdrawn_and_the_log_says_why(
    desk: Desk, caplog: pytest.LogCaptureFixture, error: RequestFailed | None, trouble: str
) -> None:
    limits = CanaryLimits(first=0, interval=9, failing=9, within=0.01, poll=0.01)
    canary = CanarySubscriber(
        hub=HUB, callback=callback(), sender=Unreachable(error), withdraw_after=0, limits=limits
    )

    async def run() -> None:
        async with desk.delivering(canary=canary):
            await eventually_in_loop(lambda: f"canary: {trouble}" in caplog.text)
            await eventually_in_loop(lambda: (it := reported()) and it.trouble == trouble)

    def reported() -> Canary | None:
        return decoded(desk.subscriptions.report()).canary

    asyncio.run(run())
    assert desk.subscriptions.withdrawn()
