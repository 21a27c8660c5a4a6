"""The settings of the site, and the addresses and ids that are made from them."""

from functools import lru_cache
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from feeds.article import Taxonomy
from feeds.article.podcast import Podcast
from feeds.feed.update_frequency import MAX_INTERVAL, MIN_INTERVAL
from feeds.query import Query
from feeds.store import Record

ARTICLES_SEGMENT = "articles"  # the first part of the paths of pages of articles
HUB_PATH = "/hub"  # of the hub of this server
CANARY_PATH = f"{HUB_PATH}/canary"  # of the callback of this server's own subscription


class NamedQuery(Struct, frozen=True):
    """A query with its own address. An empty *description* is generated from the query."""

    query: Query
    title: str
    description: str = ""
    podcast: Podcast | None = None


class Site(Struct, frozen=True):
    """The settings of the site. Empty values come from the corpus.

    - *url*: the address of this server, without a trailing slash
    - *authority*, *since*: parts of ids (RFC 4151), but an authority in the taxonomy has precedence
    - *content*: the part of each article to show if neither subscriber nor provider choose
    - *hubs*: the hubs that feeds announce (WebSub)
    - *least*, *most*: bounds of the polling interval in seconds
    - *deletions*: the number of seconds for which a feed lists a tombstone
    - *named*: feeds of queries in the settings
    """

    url: str = "http://127.0.0.1:8000"
    title: str = ""
    description: str = ""
    language: str = ""
    authority: str = "localhost"
    since: int = 2020
    icon: str = ""
    content: str = "full"
    hubs: tuple[str, ...] = ()
    least: int = MIN_INTERVAL
    most: int = MAX_INTERVAL
    deletions: int = 30 * 86_400
    named: tuple[NamedQuery, ...] = ()

    @property
    def own_hub(self) -> str:
        """The address of the hub of this server, which feeds announce if it is one of *hubs*."""
        return self.url + HUB_PATH

    @property
    def canary(self) -> str:
        """The address of the callback of this server's own subscription."""
        return self.url + CANARY_PATH

    @property
    def other_hubs(self) -> tuple[str, ...]:
        """The announced hubs that are not of this server."""
        return tuple(hub for hub in self.hubs if hub != self.own_hub)


def completed(site: Site, taxonomy: Taxonomy) -> Site:
    """Return *site* with empty values filled in from *taxonomy*, without the named feeds."""
    title = site.title or taxonomy.title or "Feeds"
    return msgspec.structs.replace(
        site,
        named=(),  # other named feeds must not change this feed's ETag
        hubs=site.other_hubs if taxonomy.hub_withdrawn else site.hubs,
        # From the index, so that every process makes the same ids at the same revision.
        authority=taxonomy.authority or site.authority or urlsplit(taxonomy.url).hostname or "localhost",
        title=title,
        description=site.description or taxonomy.description or f"The newest articles of {title}",
        language=_language(site.language or taxonomy.language or "en"),
    )


def page_address(site: Site, record: Record) -> str:
    """The address of the page of the article of *record*."""
    return site.url + page_path(record.slug)


def page_path(slug: str) -> str:
    """The path of the page of the article with *slug*."""
    return f"/{ARTICLES_SEGMENT}/{quote(slug)}"


def feed_id(site: Site, path: str) -> str:
    """The id of the feed with the page *path*, independent of the server's address (RFC 4151)."""
    return f"tag:{site.authority},{site.since}:feeds{_in_id(path)}".rstrip("/")


@lru_cache(1 << 8)  # entries repeat the same providers
def _in_id(path: str) -> str:
    return quote(path, safe="/%?=&,+")


@lru_cache(1 << 8)  # entries repeat the same providers
def provider_path(domain: str) -> str:
    """The path of a provider's page."""
    return Query(provider=domain).path


def topic_scheme(site: Site) -> str:
    """The categorization scheme of topics (RFC 4287, 4.2.2.2)."""
    return f"{site.url}/topics"


def _language(written: str) -> str:
    """Write a language tag as BCP 47 recommends: ``en_us`` becomes ``en-US``."""
    primary, *rest = written.replace("_", "-").split("-")
    return "-".join([primary.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
