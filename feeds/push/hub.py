"""The hub of WebSub (https://www.w3.org/TR/websub/): checks requests, records them, and accepts them.

A request is answered before its callback is asked, which the deliverer does. PubSubHubbub 0.3 and 0.4,
which WebSub came from, are understood too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from ipaddress import ip_address, ip_network
from threading import BoundedSemaphore, Lock
from typing import TypeVar

from msgspec import Struct

from feeds.errors import FeedsError, QueryError, StoreError
from feeds.feed.site import Site
from feeds.logs.events import EventLog
from feeds.pipeline import Pipeline
from feeds.push.callbacks import HUB_CALLBACK, Callbacks
from feeds.push.canary_callback import CanaryCallback
from feeds.push.hub_form import HubForm, missing, read_form
from feeds.push.report import PushReport, decoded
from feeds.push.sealing import Sealer
from feeds.push.topics import HUB_TOPIC, topic_of
from feeds.query.address import path_below
from feeds.store.subscriptions import (
    Intent,
    IntentLimits,
    IntentMode,
    SubscriptionKey,
    Subscriptions,
    Verdict,
)

log = EventLog(__name__)

T = TypeVar("T")

MAX_SECRET = 199  # bytes (WebSub, 5.1)
MAX_TOKEN = 500  # characters
MAX_TOPIC_LENGTH = 2_000  # characters
CLIENT_NETWORKS = {4: 24, 6: 48}  # bits of the networks whose requests are counted together

MAX_HUB_THREADS = 6  # threads in a process; the server has more
_FOR_A_SEAT = 0.05  # seconds
_FOR_A_TURN = 1.0  # seconds; a write takes milliseconds

# Seconds after which a refused request may succeed.
_BUSY = 1
_LIMITED_MINUTE = 60
_WITHOUT_STORE = 10
_FULL = 3600
_MODES = ("subscribe", "unsubscribe", "publish")


class HubBusy(FeedsError):
    """A limit of the hub is reached, or it cannot write: try again after *retry_after* seconds."""

    def __init__(self, problem: str, retry_after: int, subject: str = "hub") -> None:
        super().__init__(subject, problem, f"try again in {retry_after} seconds")
        self.retry_after = retry_after


class TooManyRequests(HubBusy):
    """A client, or the host of a callback, is the *subject* of more requests than others may be."""

    def __init__(self, subject: str, retry_after: int) -> None:
        super().__init__("too many requests", retry_after, subject)


class HubResponse(Struct, frozen=True):
    """The response to a request that is not refused: a *status* of success, and a *text* of one line."""

    status: int
    text: str


class Hub:
    """The hub of this server. Thread-safe.

    *open_subscriptions* is called once they are used. *clock* returns seconds since 1970.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        site: Site,
        callbacks: Callbacks,
        open_subscriptions: Callable[[], Subscriptions],
        *,
        sealer: Sealer,
        clock: Callable[[], float],
        limits: IntentLimits = IntentLimits(),  # noqa: B008
    ) -> None:
        self._pipeline = pipeline
        self._site = site
        self._named = {each.query.name: each.query for each in site.named}
        self._callbacks = callbacks
        self._open_subscriptions = open_subscriptions
        self._sealer = sealer
        self.canary = CanaryCallback(site, sealer)
        self._clock = clock
        self._limits = limits
        self._failing = False
        self._lock = Lock()  # one thread at a time uses the subscriptions
        self._seats = BoundedSemaphore(MAX_HUB_THREADS)

    def receive(self, body: bytes, content_type: str, client: str) -> HubResponse:
        """Answer the request with *body* from the *client*, an address, or an empty string.

        Raises UnsupportedForm, QueryError, UnknownFeed, GoneFeed, NotReady, TooManyRequests and HubBusy.
        """
        form = read_form(body, content_type)
        mode = form.single("hub.mode")
        match mode:
            case "subscribe" | "unsubscribe":
                return self._ask(self._intent(form, mode, client))
            case "publish":
                return self._published(form)
        if not mode:
            raise missing("hub.mode")
        raise QueryError("hub.mode", f"not one of {', '.join(_MODES)}", f"use {_MODES[0]}", mode)

    def topic(self, address: str) -> None:
        """Raise an error as ``receive`` does if nobody can subscribe to *address*."""
        if len(address) > MAX_TOPIC_LENGTH:
            raise QueryError(
                HUB_TOPIC,
                "longer than {most} characters",
                "shorten the query",
                most=str(MAX_TOPIC_LENGTH),
            )
        topic_of(address, self._pipeline, self._site.url, self._named)

    def report(self) -> PushReport:
        """The last report of the deliverer. Raises HubBusy."""
        return decoded(self._use(lambda subscriptions: subscriptions.report()))

    def counts(self) -> tuple[int, int]:
        """The numbers of subscriptions and of pending requests. Raises HubBusy."""
        return self._use(lambda subscriptions: subscriptions.counts())

    def close(self) -> None:
        """Release the subscriptions."""
        with self._lock:
            if "_subscriptions" in vars(self):
                self._subscriptions.close()

    @cached_property
    def _subscriptions(self) -> Subscriptions:
        return self._open_subscriptions()

    def _use(self, what: Callable[[Subscriptions], T]) -> T:
        """Call *what* with the subscriptions. Raises HubBusy, and lets the next call open them anew."""
        with self._turn():
            try:
                found = what(self._subscriptions)
            except StoreError as error:
                self._subscriptions.close()
                raise self._not_kept(error) from error
        if self._failing:
            self._failing = False
            log.info("hub.recovered", "hub: accepts requests again")
        return found

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this thread's turn, while other threads of the server are left for other requests."""
        if not self._seats.acquire(timeout=_FOR_A_SEAT):
            raise HubBusy("busy", _BUSY)
        try:
            if not self._lock.acquire(timeout=_FOR_A_TURN):
                raise HubBusy("its requests cannot be kept now", _WITHOUT_STORE)
            try:
                yield
            finally:
                self._lock.release()
        finally:
            self._seats.release()

    def _intent(self, form: HubForm, mode: IntentMode, client: str) -> Intent:
        """The intent of a request to begin, renew or end a subscription."""
        key = SubscriptionKey(form.required(HUB_TOPIC), form.required(HUB_CALLBACK))
        self._callbacks.check(key.callback)
        token, secret = form.single("hub.verify_token"), form.single("hub.secret").encode()
        if len(token) > MAX_TOKEN or not token.isprintable():
            problem = f"longer than {MAX_TOKEN} characters, or not printable"
            raise QueryError("hub.verify_token", problem, "use a short one of letters and digits")
        if len(secret) > MAX_SECRET:
            raise QueryError("hub.secret", f"longer than {MAX_SECRET} bytes", "use a shorter one")
        if mode == "unsubscribe":
            self._refuse_foreign(key.topic)  # it may have ended, or have another address by now
        else:
            self.topic(key.topic)
        subscribes = mode == "subscribe"
        return Intent(
            topic=key.topic,
            callback=key.callback,
            mode=mode,
            at=self._clock(),
            lease=form.lease() if subscribes else 0,
            secret=self._sealed(secret, key) if subscribes else b"",
            algorithm=form.algorithm,
            token=token,
            client=network_of(client),
        )

    def _sealed(self, secret: bytes, key: SubscriptionKey) -> bytes:
        """Seal *secret*. Raises HubBusy."""
        try:
            return self._sealer.seal(secret, key)
        except StoreError as error:
            raise self._not_kept(error) from error

    def _refuse_foreign(self, topic: str) -> None:
        """Raise QueryError if *topic* can never have been one."""
        is_address = topic.isascii() and topic.isprintable() and len(topic) <= MAX_TOPIC_LENGTH
        if not is_address or path_below(topic, self._site.url) is None:
            remedy = "use one that begins with {url}/"
            raise QueryError(HUB_TOPIC, "not an address of this server", remedy, url=self._site.url)

    def _ask(self, intent: Intent) -> HubResponse:
        """Record *intent*. Raises TooManyRequests and HubBusy."""
        verdict = self._use(lambda subscriptions: subscriptions.ask(intent, self._limits))
        if refusal := _refusal(verdict):
            raise refusal
        return HubResponse(202, f"accepted: {intent.mode}; the callback will be asked to confirm")

    def _published(self, form: HubForm) -> HubResponse:
        """Accept the news of changes of our own feeds, which this server knows before anybody else."""
        addresses = [*form.all("hub.url"), *form.all(HUB_TOPIC)]
        if not addresses:
            raise QueryError("hub.url", "missing", "add the address of a feed of this server")
        for address in addresses:
            if path_below(address, self._site.url) is None:
                remedy = "use one that begins with {url}/; its changes are sent without being published"
                raise QueryError("hub.url", "not an address of this server", remedy, url=self._site.url)
        return HubResponse(204, "nothing to do: this hub hears of changes itself")

    def _not_kept(self, error: StoreError) -> HubBusy:
        """The refusal of a request that cannot be kept because of *error*, logged once until one can."""
        if not self._failing:
            self._failing = True
            log.warning("hub.failed", f"{error}; the hub refuses requests")
        return HubBusy("its requests cannot be kept now", _WITHOUT_STORE)


def network_of(client: str) -> str:
    """The network of the *client* with this address, empty if it is unknown or not a public one."""
    try:
        address = ip_address(client)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global:
        return ""
    bits = CLIENT_NETWORKS[address.version]
    return str(ip_network((address, bits), strict=False))


def _refusal(verdict: Verdict) -> FeedsError | None:
    """The refusal of an intent with *verdict*, None if it is accepted."""
    match verdict:
        case "recorded" | "known":
            return None
        case "client":
            return TooManyRequests("client", _LIMITED_MINUTE)
        case "host":
            return TooManyRequests("host of hub.callback", _LIMITED_MINUTE)
        case "pending":
            return HubBusy("too many requests wait for verification", _LIMITED_MINUTE)
        case "full":
            return HubBusy("no room for another subscription", _FULL)
