"""A subscriber to several topics, which holds answers back, fails and loses connections."""

import asyncio
import hmac
import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from html import unescape
from http.client import HTTPException
from random import Random
from threading import Thread
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from feeds.store.subscriptions import SubscriptionKey, Subscriptions
from tests.callbacks import FAILED, OK, Request, content, serve
from tests.drills.editor import Editor
from tests.drills.push.copy import Copy
from tests.server import Response, free_port, get

SECRET = b"s3cret"
LAG = 0.3  # seconds within which workers have what the deliverer has
ASKED_AGAIN = 10  # seconds without a confirmation after which a subscriber asks once more

# The answers of a subscriber that has a bad day, all of them without taking over what it was sent.
_BAD = {
    "says 500": FAILED,
    "asks for a pause": b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
    "answers half": b"HTTP/1.1 2",
    "closes the connection": b"",
}


class Callback:
    """One subscription: its *topic*, the *url* of its callback, and its copy."""

    def __init__(self, topic: str, url: str, copy: Copy) -> None:
        self.key = SubscriptionKey(topic, url)
        self.copy = copy
        self.asked = 0.0  # the monotonic time of the last request for it
        self.is_recorded = False
        self.has_failed = False  # the last time; no delivery waits for more than the first delay


class Publisher(NamedTuple):
    """A server, or a fleet, as its subscriber sees it.

    *url* returns the address to ask at now, and raises OSError if there is none. *subscriptions* are
    those recorded. *host* returns the host of a callback by its number.
    """

    url: Callable[[], str]
    subscriptions: Subscriptions
    host: Callable[[int], str]


def loopback(number: int) -> str:
    """An address of this machine for each *number*, so that each callback has a host of its own."""
    return f"127.0.{number // 250}.{number % 250 + 1}"


class Subscriber:
    """Subscribes to topics of *publisher*, and answers in a thread of its own.

    *wrong* are the errors in what it was sent. It holds its answers to deliveries while
    *holds_deliveries*, those to verifications while *holds_verifications*, and answers a share of *bad*
    of the deliveries in a wrong way.
    """

    def __init__(self, publisher: Publisher, editor: Editor, random: Random) -> None:
        self.wrong: list[str] = []
        self.callbacks: dict[str, Callback] = {}  # by the path of their URL
        self.holds_deliveries = self.holds_verifications = False
        self.held = 0
        self.bad = 0.0
        self.answers: Counter[str] = Counter()
        self._publisher = publisher
        self._editor = editor
        self._random = random
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._listening = self._loop.run_until_complete(serve(self._answer, ["0.0.0.0"], self.port))
        self._thread = Thread(target=self._loop.run_forever, name="subscriber", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.release()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listening.close()
        for each in asyncio.all_tasks(self._loop):
            each.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()
        self._publisher.subscriptions.close()

    def release(self) -> None:
        """Give all answers that are held back."""
        self.holds_deliveries = self.holds_verifications = False

    def subscribe(self, path: str) -> Callback:
        """Ask for a subscription to the feed at *path*, with a callback on a host of its own."""
        number = len(self.callbacks) + 1
        url = f"http://{self._publisher.host(number)}:{self.port}/{number}"
        made = Callback(topic_in(self._get(path).body), url, Copy(path, self._editor))
        self.callbacks[f"/{number}"] = made
        self.ask(made)
        return made

    def ask(self, callback: Callback) -> None:
        """Ask for a subscription, or renew it."""
        callback.asked = time.monotonic()
        form = {
            "hub.mode": "subscribe",
            "hub.topic": callback.key.topic,
            "hub.callback": callback.key.callback,
            "hub.secret": SECRET.decode(),
        }
        with suppress(OSError, HTTPException):  # it is asked again
            asked = urlopen(f"{self._publisher.url()}/hub", urlencode(form).encode(), timeout=5)
            with asked as answer:
                if answer.status != 202:
                    self.wrong.append(f"hub: {answer.status}")

    def pending(self) -> list[str]:
        """The topics with a subscription that does not stand yet; ask again for those that take long."""
        recorded = {each.key for each in self._publisher.subscriptions.all()}
        for each in self.callbacks.values():
            each.is_recorded = each.key in recorded
            if not each.is_recorded and time.monotonic() > each.asked + ASKED_AGAIN:
                self.ask(each)
        return [f"pending: {each.copy.path}" for each in self.callbacks.values() if not each.is_recorded]

    def differences(self) -> list[str]:
        """The differences of all copies from the feeds, once everything has been delivered."""
        return self.pending() or [
            difference
            for each in self.callbacks.values()
            for difference in each.copy.differences(self._get(each.key.topic).body)
        ]

    def described(self) -> str:
        """The numbers of deliveries and answers."""
        copies = [each.copy for each in self.callbacks.values()]
        total, again = sum(each.deliveries for each in copies), sum(each.duplicates for each in copies)
        answers = ", ".join(f"{count} {how}" for how, count in self.answers.most_common())
        return f"{total} deliveries to {len(copies)} subscriptions, {again} of them repeated; {answers}"

    def _get(self, address: str) -> Response:
        """Request the path of *address*, whose host may be another one. Raises OSError if it fails."""
        parts = urlsplit(address)
        answer = get(f"{self._publisher.url()}{parts.path}?{parts.query}", timeout=5)
        if answer.status != 200:
            raise OSError(f"status {answer.status}")
        return answer

    async def _answer(self, request: Request) -> bytes:
        target = urlsplit(request.target)
        callback = self.callbacks[target.path]
        if request.method == "GET":
            asked = {key: values[0] for key, values in parse_qs(target.query).items()}
            return await self._confirmation(callback, asked)
        signed = hmac.new(SECRET, request.body, "sha256").hexdigest()
        if signed.encode() not in request.head:
            self.wrong.append(f"signature: not that of what was delivered: {callback.copy.path}")
        try:
            self.wrong += callback.copy.receive(request.body)
        except Exception as error:
            self.wrong.append(f"wrong text: {callback.copy.path}: {type(error).__name__}: {error}")
            return FAILED
        await self._held("holds_deliveries")
        if request.is_lost:  # the deliverer was killed
            self.answers["nobody waits for it"] += 1
            return b""
        if not callback.has_failed and self._random.random() < self.bad:
            callback.has_failed = True
            how = self._random.choice([*_BAD])
            self.answers[how] += 1
            return _BAD[how]
        callback.has_failed = False
        callback.copy.apply(request.body)
        self.answers["acknowledges"] += 1
        return OK

    async def _confirmation(self, callback: Callback, asked: dict[str, str]) -> bytes:
        if (asked["hub.mode"], asked["hub.topic"]) != ("subscribe", callback.key.topic):
            self.wrong.append(f"verification: {asked}")
        await self._held("holds_verifications")
        if not callback.is_recorded:
            await asyncio.sleep(LAG)
            with suppress(OSError):
                whole = await self._loop.run_in_executor(None, self._get, callback.key.topic)
                callback.copy.begin(whole.body)
                return content(asked["hub.challenge"].encode())
            return FAILED  # without the feed; it asks again
        return content(asked["hub.challenge"].encode())

    async def _held(self, gate: str) -> None:
        self.held += 1
        try:
            while getattr(self, gate):
                await asyncio.sleep(0.01)
        finally:
            self.held -= 1


def topic_in(body: bytes) -> str:
    """The address that the feed in *body* gives as its own."""
    if body.startswith(b"{"):
        pattern = r'"feed_url":\s*"([^"]+)"'
    else:
        pattern = r'<(?:atom:)?link (?=[^>]*rel="self")[^>]*href="([^"]+)"'
    found = re.search(pattern, body.decode())
    assert found, body[:500]
    return unescape(found[1])
