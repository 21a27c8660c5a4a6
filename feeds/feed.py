"""The format-neutral feed every renderer is given; ids and addresses."""

from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
from msgspec import Struct

from feeds.article import Article, Image, Taxonomy, fingerprint
from feeds.index import Deletion, Index, article, updated
from feeds.query import Query, Selection
from feeds.rhythm import LEAST, MOST, Rhythm


class Site(Struct, frozen=True):
    """Who publishes: *url* is where this server is reached, without a slash at its end.

    *authority* and *since* make ids (RFC 4151); what is empty is taken from the corpus. *content* is
    how much of an article a feed holds where neither subscriber nor provider say, *hubs* are told of
    changes (WebSub), *least* and *most* bound how often readers are to ask, in seconds, and
    *deletions* is how long a feed tells what left it, likewise.
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
    least: int = LEAST
    most: int = MOST
    deletions: int = 30 * 86_400


class Feed(Struct, frozen=True):
    """Complete: a renderer needs nothing else. *articles* are newest first.

    *page* is the address for people, *addresses* those of the feed itself, by extension. What was
    empty in *site* has been taken from the corpus. *current* are the addresses of the feed of which
    this is an archive, *older* those of the newest archive with what is not here, both by extension
    (RFC 5005); *complete* says that nothing is missing here. *deleted* left for good, the last first.
    *content* is how much of each article is shown, empty where its provider decides.
    """

    id: str
    title: str
    description: str
    language: str
    page: str
    addresses: dict[str, str]
    icon: Image | None
    updated: datetime
    site: Site
    current: dict[str, str] = {}
    older: dict[str, str] = {}
    complete: bool = False
    deleted: tuple[Deletion, ...] = ()
    rhythm: Rhythm | None = None
    content: str = ""
    articles: tuple[Article, ...] = ()


def compose(site: Site, index: Index, selection: Selection, extensions: tuple[str, ...]) -> Feed:
    """The feed for *selection*, with the articles decoded."""
    return fill(head(site, index, selection, extensions), selection)


def head(site: Site, index: Index, selection: Selection, extensions: tuple[str, ...]) -> Feed:
    """The feed for *selection* without its articles: what it is called and where it is."""
    query = selection.query
    site = _complete(site, index.taxonomy)
    provider = index.provider(query.provider) if query.provider else None
    topic = index.topic(query.topic).name if query.topic else ""
    source = provider.name if provider else ""
    subject = (f" on {topic}" if topic else "") + (f" from {source}" if source else "")
    icon = Image(site.icon) if site.icon else None

    def addresses(of: Query) -> dict[str, str]:
        return {extension: site.url + of.address(extension) for extension in extensions}

    return Feed(
        id=feed_id(site, query.path),
        title=" · ".join(part for part in (topic, source, site.title) if part),
        description=f"The newest articles{subject}" if subject else site.description,
        language=site.language,
        page=site.url + query.path,
        addresses=addresses(query),
        icon=(provider.logo if provider else None) or icon,
        updated=datetime(site.since, 1, 1, tzinfo=UTC),
        site=site,
        current=addresses(query.current) if query.archive else {},
        older=addresses(query.of(selection.older)) if selection.older else {},
        complete=selection.complete,
        # Seen from the last change, not from now: the same articles are the same bytes on any day.
        deleted=tuple(d for d in selection.deleted if d.at > selection.modified - site.deletions),
        rhythm=None if query.archive else selection.rhythm.within(site.least, site.most),
        content=query.content,
    )


def fill(feed: Feed, selection: Selection) -> Feed:
    """*feed*, so far its head alone, with what *selection* holds."""
    articles = tuple(article(record) for record in selection.records)
    return msgspec.structs.replace(dated(feed, selection), articles=articles)


def dated(feed: Feed, selection: Selection) -> Feed:
    """*feed*, so far its head alone, updated when the last article of *selection* was."""
    latest = max((updated(record) for record in selection.records), default=feed.updated)
    return msgspec.structs.replace(feed, updated=latest)


def _complete(site: Site, taxonomy: Taxonomy) -> Site:
    title = site.title or taxonomy.title or "Feeds"
    return msgspec.structs.replace(
        site,
        title=title,
        description=site.description or taxonomy.description or f"The newest articles of {title}",
        language=_language(site.language or taxonomy.language or "en"),
    )


def content_key(feed: Feed, selection: Selection) -> bytes:
    """Sixteen bytes that change whenever *feed*, rendered with what *selection* holds, would.

    *feed* may be its head alone: the articles are taken by their versions, unread.
    """
    return fingerprint([feed, [(record.id, record.version) for record in selection.records]])


def feed_id(site: Site, path: str) -> str:
    """The id of the feed whose page is at *path*, wherever the server is (RFC 4151)."""
    return f"tag:{site.authority},{site.since}:feeds{quote(path, safe='/%')}".rstrip("/")


def provider_path(domain: str) -> str:
    """Where the page of a provider is."""
    return Query(provider=domain).path


def topic_scheme(site: Site) -> str:
    """What a topic is a category of (RFC 4287, 4.2.2.2)."""
    return f"{site.url}/topics"


def _language(written: str) -> str:
    """``en_us`` -> ``en-US``, as BCP 47 recommends to write it."""
    primary, *rest = written.replace("_", "-").split("-")
    return "-".join([primary.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
