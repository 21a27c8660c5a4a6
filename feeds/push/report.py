"""The numbers of push that people are shown; the deliverer records them with the subscriptions."""

import msgspec
from msgspec import Struct

from feeds.monitoring.histogram import Histogram
from feeds.monitoring.status import Subscribed

MAX_LISTED = 20  # topics, and hosts

DELIVERY_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0)
"""The bounds of the histogram of the seconds from a change to its acknowledgement."""


class Delay(Struct, frozen=True):
    """Seconds from a change to its acknowledgement: the median and the 99th percentile of *count*."""

    p50: float
    p99: float
    count: int


class DeliveryCounts(Struct, frozen=True):
    """Numbers of deliveries by outcome; a *failed* one is repeated, and after *gone* there are no more.

    *seconds* are those from a change to its acknowledgement, within DELIVERY_SECONDS.
    """

    acknowledged: int = 0
    failed: int = 0
    gone: int = 0
    seconds: Histogram = msgspec.field(default_factory=Histogram)


class Canary(Struct, frozen=True):
    """The server's own subscription, which shows that the public address works.

    *proved* is the time of its last delivery, 0 before the first. *trouble* is the reason why it has
    failed since *failing*, empty if it works.
    """

    proved: float = 0
    trouble: str = ""
    failing: float = 0


class WebhookReport(Struct, frozen=True, kw_only=True):
    """The webhook called *name*, whose *feed* is an address, or a query while it is not subscribed.

    The feed has been *missing* since that time, 0 if it exists. The other fields are fields of
    Subscription.
    """

    name: str
    feed: str
    missing: float = 0
    is_subscribed: bool = False
    acknowledged: float = 0
    due: float = 0
    failures: int = 0
    failing: float = 0
    reason: str = ""


class HubReport(Struct, frozen=True):
    """The external hub at the address *hub*.

    *pinged* is the last time that it accepted a ping, *fetched* the last time that it requested a feed
    within five minutes of one. *unanswered* are the first pings after which it did not, at most three;
    *silent* is true an hour after the third. *failures* pings in a row failed, the last one for *reason*.
    """

    hub: str
    pinged: float = 0
    fetched: float = 0
    unanswered: tuple[float, ...] = ()
    silent: bool = False
    failures: int = 0
    reason: str = ""


class CacheReport(Struct, frozen=True):
    """The cache called *name*, last *purged* then, *purges* times since the deliverer began.

    The last *failures* purges failed, the first of them at *failing*, the last one for *reason*.
    """

    name: str
    purged: float = 0
    purges: int = 0
    failures: int = 0
    failing: float = 0
    reason: str = ""


class PushReport(Struct, frozen=True, kw_only=True):
    """The state of push at *at*. Times are in seconds since 1970, 0 if there is none.

    - *topics*, *hosts*: their numbers
    - *top_topics*, *top_hosts*: those with the most subscriptions, the largest first, at most MAX_LISTED
    - *pending*: the number of requests that are not verified yet
    - *due*: the number of subscriptions that have not acknowledged the last change of their topic
    - *oldest_due*: the time of the oldest of these changes
    - *oldest_unsent*: the time of the oldest of these changes whose delivery has not failed yet
    - *failing*: the number of subscriptions whose last delivery failed, by reason
    - *delay*: the delays of the latest deliveries, None before the first
    - *deliveries*: the numbers of all deliveries, also before the last start
    - *withdrawn*: feeds do not announce the hub
    - *hubs*, *caches*: external hubs, and caches that are purged; neither count as subscriptions
    - *webhooks*: the webhooks of the settings
    """

    at: float = 0
    subscriptions: int = 0
    pending: int = 0
    topics: int = 0
    hosts: int = 0
    top_topics: tuple[Subscribed, ...] = ()
    top_hosts: tuple[Subscribed, ...] = ()
    due: int = 0
    oldest_due: float = 0
    oldest_unsent: float = 0
    failing: dict[str, int] = {}
    delay: Delay | None = None
    deliveries: DeliveryCounts = msgspec.field(default_factory=DeliveryCounts)
    canary: Canary = Canary()
    withdrawn: bool = False
    hubs: tuple[HubReport, ...] = ()
    webhooks: tuple[WebhookReport, ...] = ()
    caches: tuple[CacheReport, ...] = ()

    def encoded(self) -> bytes:
        """This report as it is recorded."""
        return msgspec.msgpack.encode(self)


def decoded(report: bytes) -> PushReport:
    """The report that was recorded as *report*, which is empty before the first.

    Members of another version are ignored, and missing ones have their defaults.
    """
    return msgspec.msgpack.decode(report, type=PushReport) if report else PushReport()
