"""The status of a server: the values in ``/status.json`` and on the status page."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from feeds.monitoring.fleet_status import FleetStatus
from feeds.monitoring.reader_status import ReadersStatus


class LoadingStatus(Struct, frozen=True, kw_only=True):
    """The number of files read by the first load, and of all *files*, 0 while that is unknown."""

    files_read: int
    files: int


class CorpusStatus(Struct, frozen=True, kw_only=True):
    """Numbers of visible objects and of *scheduled* articles, and the time when the next one appears.

    *changed* is the newest modification time of an article's file.
    """

    articles: int = 0
    topics: int = 0
    providers: int = 0
    scheduled: int = 0
    next_scheduled: datetime | None = None
    changed: datetime | None = None


class HeldBack(Struct, frozen=True):
    """A file that is not syndicated in its present version: *kind* is bad, withheld or scheduled.

    *line* is 0 if the reason is not in one line. *help* is the remedy.
    """

    path: str
    line: int
    kind: str
    reason: str
    help: str


class HeldBackStatus(Struct, frozen=True, kw_only=True):
    """The numbers of files that are held back, and the first *files* of each kind."""

    bad: int = 0
    withheld: int = 0
    scheduled: int = 0
    files: list[HeldBack] = []


class StoreStatus(Struct, frozen=True, kw_only=True):
    """The state of the store; *changed* is the time of the last change of a feed."""

    revision: int
    changed: datetime | None
    bytes: int
    schema: int


class RefreshStatus(Struct, frozen=True, kw_only=True):
    """The last refresh by the writer that read any files, or its first refresh.

    *recorded* is the end of the last refresh that recorded changes, null if there was none. It is the
    same as *finished*, unless a writer found no changes at its start.
    """

    finished: datetime
    seconds: float
    files: int
    recorded: datetime | None = None


class RequestStatus(Struct, frozen=True, kw_only=True):
    """Numbers of responses, in total and by class of HTTP status, such as ``2xx``.

    Responses of pages for operators, such as this status, do not count.
    """

    total: int
    by_status: dict[str, int]


class FeedRequests(Struct, frozen=True):
    """The number of requests for the feed at *address*."""

    address: str
    requests: int


class FeedStatus(Struct, frozen=True, kw_only=True):
    """Numbers of responses about feeds: all, those *kept* in the response cache, and those that are 304.

    Ratios are from 0 to 1, and null if there were no requests. *refused* has the numbers of full copies
    that fair polling refused, and *would_refuse* the numbers that a dry run would have refused, by the
    client's statement about its version.
    """

    requests: int
    kept: int
    kept_ratio: float | None
    not_modified: int
    not_modified_ratio: float | None
    top: list[FeedRequests]
    refused: dict[str, int] = {}
    would_refuse: dict[str, int] = {}


class CacheStatus(Struct, frozen=True, kw_only=True):
    """The caches of all workers added up; *hits* and *made* (misses) are null for responses.

    Hits and misses include those of workers that have ended.
    """

    bytes: int
    max_bytes: int
    hits: int | None = None
    made: int | None = None


class Caches(Struct, frozen=True):
    """The caches of rendered *documents*, and of *answers*, the whole responses that contain them."""

    documents: CacheStatus
    answers: CacheStatus


class WorkerStatus(Struct, frozen=True, kw_only=True):
    """One process. *own_bytes* is the part of its memory that it does not share with other processes.

    Memory is null if the system does not report it. *streams* is the number of open streams of events.
    *troubles* are the failures of parts that do not work, by ProcessPart.
    """

    pid: int
    started: datetime
    writes: bool
    revision: int
    requests: int
    memory_bytes: int | None
    own_bytes: int | None
    streams: int = 0
    troubles: dict[str, str] = {}


class StreamStatus(Struct, frozen=True, kw_only=True):
    """The *open* streams of events of all workers, and the most that they take, 0 if they take none."""

    open: int
    limit: int


class Subscribed(Struct, frozen=True):
    """The number of *subscriptions* to a topic, or with callbacks on a host, called *name*."""

    name: str
    subscriptions: int


class CanaryStatus(Struct, frozen=True, kw_only=True):
    """The server's own subscription: the time of its last delivery (*proved*), null before the first.

    *trouble* is the reason why it has failed since *failing_since*, empty if it works.
    """

    proved: datetime | None
    trouble: str
    failing_since: datetime | None


class ExternalHubStatus(Struct, frozen=True, kw_only=True):
    """The hub of somebody else at the address *hub*.

    *pinged* is the last time that it accepted a ping, *fetched* the last time that it requested a feed
    after one; it is *silent* if it accepts pings and requests none. The last *failures* pings failed, the
    last one for *reason*.
    """

    hub: str
    pinged: datetime | None
    fetched: datetime | None
    silent: bool
    failures: int
    reason: str


class PushNumbers(Struct, frozen=True, kw_only=True):
    """The numbers of push that everybody may see.

    - *announced*: feeds name the hub of this server
    - *pending*: the number of requests that are not verified yet
    - *undelivered*: the number of subscriptions that have not acknowledged the last change of their topic
    - *oldest_undelivered_seconds*: the age of the oldest of these changes
    - *delivery_p50_seconds*, *delivery_p99_seconds*: percentiles of the time from a change to its
      acknowledgement
    - *failing*: the number of subscriptions whose last delivery failed, by reason
    - *canary*: null without a hub
    - *reported*: the time of the deliverer's last report
    - *external_hubs*: the hubs of other sites that feeds announce
    """

    announced: bool
    subscriptions: int
    topics: int
    hosts: int
    pending: int
    undelivered: int
    oldest_undelivered_seconds: float | None
    delivery_p50_seconds: float | None
    delivery_p99_seconds: float | None
    failing: dict[str, int]
    canary: CanaryStatus | None
    reported: datetime | None
    external_hubs: tuple[ExternalHubStatus, ...]


WebhookState = Literal["current", "due", "failing", "no feed", "not begun"]
"""The state of a webhook: it has acknowledged the last change, the change is due, or deliveries fail.

Otherwise its feed does not exist yet, or the deliverer has not begun with it.
"""


class WebhookStatus(Struct, frozen=True, kw_only=True):
    """The webhook called *name*.

    - *feed*: the address of its feed, or the query of a feed that does not exist
    - *delivered*: the time of the last acknowledgement
    - *due_since*: the time of the oldest change that is not acknowledged
    - *failures*: the number of deliveries that failed one after the other
    - *failing_since*, *reason*: the time of the first of these failures, and the reason of the last one
    """

    name: str
    state: WebhookState
    feed: str
    delivered: datetime | None
    due_since: datetime | None
    failures: int
    failing_since: datetime | None
    reason: str


class PurgedCacheStatus(Struct, frozen=True, kw_only=True):
    """The cache called *name* in front of the server.

    It was last *purged* then, and *purges* times since the deliverer began. The last *failures* purges
    failed, since *failing_since*, the last one for *reason*.
    """

    name: str
    purged: datetime | None
    purges: int
    failures: int
    failing_since: datetime | None
    reason: str


class DeliveryStatus(Struct, frozen=True, kw_only=True):
    """Numbers of deliveries by outcome, those before the last start included.

    A *failed* delivery is repeated, and after *gone* there are no more to that subscription. *seconds* is
    the sum of the times from a change to its acknowledgement, and *within* has the number of deliveries
    that took up to so many seconds.
    """

    acknowledged: int
    failed: int
    gone: int
    seconds: float
    within: dict[float, int]


class PushStatus(PushNumbers, frozen=True, kw_only=True):
    """The state of push: the hub of this server, its webhooks, and the caches that it purges.

    - *delivering*: the deliverer has reported within a minute
    - *withdrawn*: the canary has failed for so long that feeds are not to name the hub
    - *oldest_unsent_seconds*: the age of the oldest change that a working subscriber was not sent yet
    - *by_topic*, *by_host*: the topics, and the hosts of callbacks, with the most subscriptions
    - *warnings*: texts about parts that do not work
    """

    has_hub: bool
    delivering: bool
    withdrawn: bool
    oldest_unsent_seconds: float | None
    deliveries: DeliveryStatus
    by_topic: tuple[Subscribed, ...]
    by_host: tuple[Subscribed, ...]
    webhooks: list[WebhookStatus]
    caches: tuple[PurgedCacheStatus, ...]
    warnings: list[str]


class Status(Struct, frozen=True, kw_only=True):
    """The content of ``/status.json``; its names are part of the interface.

    Times are RFC 3339, in UTC. The name of a quantity ends in its unit. *trouble* has the failures that
    prevent the server from working, in any of its processes, empty if there are none. *loading* is the
    progress of the first load, null once it is done. *fleet* is null on a single host, and until a
    process of this host follows the journal. *push* is null without a hub and webhooks, and while its
    numbers cannot be read. *readers* is null if they are not counted, before the first count, and while
    they cannot be read.
    """

    version: str
    now: datetime
    started: datetime
    uptime_seconds: int
    trouble: str
    loading: LoadingStatus | None
    corpus: CorpusStatus
    held_back: HeldBackStatus
    store: StoreStatus | None
    refresh: RefreshStatus | None
    requests: RequestStatus
    feeds: FeedStatus
    caches: Caches
    workers: list[WorkerStatus]
    streams: StreamStatus
    fleet: FleetStatus | None = None
    push: PushStatus | None = None
    readers: ReadersStatus | None = None
