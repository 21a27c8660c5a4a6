"""The sections of the settings, with their types and defaults."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from feeds.corpus import ARTICLES
from feeds.feed.update_frequency import MAX_INTERVAL, MIN_INTERVAL
from feeds.settings.kinds import (
    YEAR,
    Authority,
    Category,
    DialectName,
    Dsn,
    Email,
    FeedName,
    FeedQuery,
    FieldKeys,
    FileBytes,
    FilePath,
    FolderPath,
    Guid,
    HostName,
    MemoryBytes,
    Networks,
    OptionalUrl,
    Patterns,
    Permalink,
    PostField,
    ReaderUrl,
    Seconds,
    SiteUrl,
    Sources,
    Title,
    Token,
    Url,
    WebhookSecret,
    WebhookUrl,
    Word,
    Zone,
)

ArticlePages = Literal["excerpt", "full"]
"""The part that the page of an article shows if the article has an address on another site."""


class PodcastSettings(Struct, frozen=True, omit_defaults=True):
    """The declaration that a feed is a podcast; *image* is the address of its artwork."""

    image: OptionalUrl = ""
    category: Category = ""
    explicit: bool | None = None
    author: str = ""
    owner: str = ""
    email: Email = ""
    type: Literal["episodic", "serial"] = "episodic"
    guid: Guid = ""


class NamedSettings(Struct, frozen=True, omit_defaults=True):
    """A query with an address of its own, and the texts of its feed."""

    title: Title
    query: FeedQuery
    description: str = ""
    podcast: PodcastSettings | None = None


class SiteSettings(Struct, frozen=True):
    """The publisher, and the feeds with names and addresses of their own."""

    url: SiteUrl = "http://127.0.0.1:8000"
    title: str = ""
    description: str = ""
    language: str = ""
    authority: Authority = ""
    since: Annotated[int, Meta(ge=1990, le=9999, examples=[2020])] = 2020
    icon: OptionalUrl = ""
    content: Literal["full", "summary", "title"] = "full"
    article_pages: ArticlePages = "excerpt"
    hubs: tuple[Url, ...] = ()
    feeds: dict[FeedName, NamedSettings] = {}


class CorpusSettings(Struct, frozen=True):
    """The location of the articles, and defaults for their addresses and dates.

    *fields* are additional keys of front matter, by the field that they stand for.
    """

    path: FolderPath = "var/sample"
    dialect: DialectName = "auto"
    articles: Patterns = ARTICLES
    permalink: Permalink = ""
    fields: dict[PostField, FieldKeys] = {}
    url: OptionalUrl = ""
    timezone: Zone = "UTC"
    max_bytes: FileBytes = 4 * 1024 * 1024


class StoreSettings(Struct, frozen=True):
    """The file of the store, the durable record of publication."""

    path: FilePath = ""


class WatchSettings(Struct, frozen=True):
    """The detection of changed files; *interval* is in seconds."""

    mode: Literal["auto", "notify", "poll"] = "auto"
    interval: Annotated[float, Meta(ge=0.05, le=86_400, examples=[0.5])] = 0.5


class CacheSettings(Struct, frozen=True):
    """The maximum bytes of rendered feeds, and of their rendered *entries*, to keep in memory."""

    max_bytes: MemoryBytes = 64 * 1024 * 1024
    entries: MemoryBytes = 32 * 1024 * 1024


# {url} stands for the encoded address of a feed.
READERS = {
    "Feedly": "https://feedly.com/i/subscription/feed/{url}",
    "Inoreader": "https://www.inoreader.com/?add_feed={url}",
    "NewsBlur": "https://www.newsblur.com/?url={url}",
    "The Old Reader": "https://theoldreader.com/feeds/subscribe?url={url}",
    "Feedbin": "https://feedbin.com/?subscribe={url}",
    "BazQux Reader": "https://bazqux.com/add?url={url}",
}


class HttpSettings(Struct, frozen=True):
    """The behaviour towards readers, browsers and caches; all times are in seconds.

    - *no_changes_for*: clients with one of these words in their User-Agent get whole feeds
    - *readers*: the subscription addresses that pages link to, by the name of the reader
    - *frame_ancestors*: the sites that may embed pages of this server
    - *status_token*: gives access to ``/status`` and ``/metrics``
    - *xml_for_browsers*: browsers that open a feed get it as plain XML
    - *surrogate_keys*: responses have surrogate keys
    - *trusted_proxies*: networks of proxies whose X-Forwarded-For is believed
    - *fair*: limits the full copies of a feed that a client gets; a dry run only counts them
    - *reader_check*: authors of feed readers can test them here
    """

    max_age: Seconds = MIN_INTERVAL
    most_age: Annotated[int, Meta(ge=60, le=YEAR, examples=[86_400])] = MAX_INTERVAL
    deletions: Annotated[int, Meta(ge=0, le=10 * YEAR, examples=[30 * 86_400])] = 30 * 86_400
    no_changes_for: tuple[Word, ...] = ("rss2email",)
    readers: dict[str, ReaderUrl] = msgspec.field(default_factory=READERS.copy)
    frame_ancestors: Sources = ("*",)
    stale_while_revalidate: Seconds = 600
    stale_if_error: Seconds = 604_800
    status_token: Token = ""
    xml_for_browsers: bool = True
    surrogate_keys: bool = False
    trusted_proxies: Networks = ("127.0.0.0/8", "::1/128")
    fair: Literal["off", "dry-run", "on"] = "off"
    reader_check: bool = True


class ExportSettings(Struct, frozen=True):
    """The parts of an export that its options do not choose.

    *grace* is in seconds: an export to a bucket keeps an object for so long after its response is gone.
    """

    min_articles: Annotated[int, Meta(ge=1, le=1_000_000_000, examples=[100])] = 100
    grace: Seconds = 86_400


class ImagesSettings(Struct, frozen=True):
    """The probes of pictures on other sites; *networks* may be asked although they are not public."""

    networks: Networks = ()


class FleetSettings(Struct, frozen=True):
    """The part of this host in a fleet; an empty *dsn* means that the host is alone.

    *host* is its name, by default that of the machine. With *lead*, it may record the changes of its
    corpus for all hosts. *max_lag* and *drain* are in seconds. *assets* is the address below which
    pictures of the corpus are found, empty if hosts copy them from the journal.
    """

    dsn: Dsn = ""
    host: HostName = ""
    lead: bool = True
    max_lag: Annotated[int, Meta(ge=1, le=YEAR, examples=[30])] = 30
    drain: Annotated[int, Meta(ge=0, le=600, examples=[3])] = 3
    assets: OptionalUrl = ""


class ReadershipSettings(Struct, frozen=True):
    """The count of readers; rows of days are kept for *keep* days, and *badge* publishes numbers."""

    count: bool = True
    keep: Annotated[int, Meta(ge=8, le=10_000, examples=[400])] = 400
    badge: bool = False


class WebhookSettings(Struct, frozen=True, omit_defaults=True):
    """An address that is sent the changes of the feed of *query*.

    *template* is json, slack, discord, teams or the path of a file. *secret* signs the requests.
    """

    query: FeedQuery
    url: WebhookUrl
    template: FilePath = "json"
    secret: WebhookSecret = ""


class PurgeSettings(Struct, frozen=True, omit_defaults=True):
    """A cache in front of the server, which obeys requests with *secret*."""

    url: WebhookUrl
    kind: Literal["varnish", "nginx", "webhook"]
    secret: Token = ""


class LogSettings(Struct, frozen=True):
    """The log: the *format* of its lines, and the requests in it, the *access* log."""

    format: Literal["text", "json"] = "text"
    access: Literal["off", "sampled", "all"] = "off"


class PushSettings(Struct, frozen=True):
    """The delivery of changes.

    - *hub*: ``auto`` is on if the host of ``site.url`` is no loopback address
    - *allow*: networks that callbacks may be in although they are not public
    - *key*: seals the secrets of subscribers; if it is empty, a key beside the store does
    - *withdraw_after*: the seconds without a delivery through the public address after which feeds do not
      announce the hub
    - *streams*, *streams_per_client*: the most open streams of events of a worker, and of one client in
      it
    - *webhooks*, *purge*: webhooks and purged caches by name
    """

    hub: Literal["auto", "on", "off"] = "auto"
    allow: Networks = ()
    key: Token = ""
    withdraw_after: Annotated[int, Meta(ge=60, le=YEAR, examples=[900])] = 900
    streams: Annotated[int, Meta(ge=0, le=1_000_000, examples=[10_000])] = 10_000
    streams_per_client: Annotated[int, Meta(ge=1, le=1_000_000, examples=[100])] = 100
    webhooks: dict[FeedName, WebhookSettings] = {}
    purge: dict[FeedName, PurgeSettings] = {}
