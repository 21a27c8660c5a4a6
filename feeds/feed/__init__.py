"""The format-neutral feed every renderer is given; ids and addresses."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from feeds.article import Article, Image, Related, Taxonomy, fingerprint
from feeds.feed.update_frequency import MAX_INTERVAL, MIN_INTERVAL, UpdateFrequency, update_frequency
from feeds.index import Index
from feeds.index.articles import articles
from feeds.index.tombstones import DeletedEntry
from feeds.period import MONTHS
from feeds.query import Query
from feeds.query.describe import describe, feed_name
from feeds.query.selection import Item, Selection


class NamedQuery(Struct, frozen=True):
    """A question with an address of its own; where *description* is empty, its words stand in."""

    query: Query
    title: str
    description: str = ""


class Site(Struct, frozen=True):
    """Who publishes: *url* is where this server is reached, without a slash at its end.

    *authority* and *since* make ids (RFC 4151), but the authority in the taxonomy goes before this one.
    Empty values are taken from the corpus. *content* is
    how much of an article a feed holds where neither subscriber nor provider say, *hubs* are told of
    changes (WebSub), *least* and *most* bound how often readers are to ask, in seconds, and
    *deletions* is how long a feed tells what left it, likewise. *named* are feeds beside those of topics
    and providers.
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


class Addresses(Struct, frozen=True):
    """The addresses of one feed, by the extension of a format: *stem* and *arguments* are around it.

    Whoever holds them needs no list of formats, so that a new format changes no ETag.
    """

    stem: str
    arguments: str = ""

    def __getitem__(self, extension: str) -> str:
        return f"{self.stem}.{extension}{self.arguments}"


class Feed(Struct, frozen=True):
    """Complete: a renderer needs nothing else. *articles* are newest first.

    *name* is the title without what the site is called. *page* is the address for people, *addresses*
    those of the feed itself, by extension. What was empty in *site* has been taken from the corpus.
    *current* are the addresses of the feed of which this is an archive, *older* those of the newest
    archive with what is not here, both by extension (RFC 5005); *complete* says that nothing is missing
    here. *deleted* left for good, the last first. *content* is how much of each article is shown, empty
    where its provider decides.
    """

    id: str
    name: str
    title: str
    description: str
    language: str
    page: str
    addresses: Addresses
    icon: Image | None
    updated: datetime
    site: Site
    current: Addresses | None = None
    older: Addresses | None = None
    complete: bool = False
    deleted: tuple[DeletedEntry, ...] = ()
    update_frequency: UpdateFrequency | None = msgspec.field(default=None, name="rhythm")  # in ETags
    content: str = ""
    articles: tuple[Article, ...] = ()


def compose(site: Site, index: Index, selection: Selection) -> Feed:
    """The feed for *selection*, with the articles decoded."""
    return fill(head(site, index, selection), selection)


def head(site: Site, index: Index, selection: Selection) -> Feed:
    """The feed for *selection* without its articles: what it is called and where it is."""
    query = selection.query
    named = next((each for each in site.named if query.name and each.query.name == query.name), None)
    site = _complete(site, index.taxonomy)
    name = feed_name(index, query)
    if named:
        name = named.title.strip() + (f" · {query.digest} digest" if query.digest else "")
    logo = index.provider(query.provider).logo if query.provider else None
    icon = Image(site.icon) if site.icon else None

    def addresses(of: Query) -> Addresses:
        return Addresses(site.url + of.feed_path, of.arguments)

    return Feed(
        id=feed_id(site, query.page),
        name=name,
        title=f"{name} · {site.title}" if name else site.title,
        description=(named and named.description) or describe(index, query) or site.description,
        language=site.language,
        page=site.url + query.page,
        addresses=addresses(query),
        icon=logo or icon,
        updated=datetime(site.since, 1, 1, tzinfo=UTC),
        site=site,
        current=addresses(query.current) if query.archive else None,
        older=addresses(query.archive_of(selection.older)) if selection.older else None,
        complete=selection.complete,
        # Seen from the last change, not from now: the same articles are the same bytes on any day.
        deleted=tuple(d for d in selection.deleted if d.at > selection.modified - site.deletions),
        update_frequency=None
        if query.archive
        else update_frequency(selection.dates).within(site.least, site.most),
        content=query.content,
    )


def fill(feed: Feed, selection: Selection) -> Feed:
    """*feed*, so far its head alone, with what *selection* holds."""
    shown = tuple(entries(feed, selection.query, selection.items))
    return msgspec.structs.replace(dated(feed, selection), articles=shown)


def dated(feed: Feed, selection: Selection) -> Feed:
    """*feed*, so far its head alone, updated when the last entry of *selection* was."""
    latest = max((_updated(item) for item in selection.items), default=feed.updated)
    return msgspec.structs.replace(feed, updated=latest)


def entries(feed: Feed, query: Query, items: Sequence[Item]) -> Iterator[Article]:
    """What *feed*, which may be its head alone, shows for each of *items*."""
    decoded = articles([record for item in items for record in item.records])
    for item in items:
        yield _entry(feed, query, item, list(islice(decoded, len(item.records))))


def _entry(feed: Feed, query: Query, item: Item, articles: list[Article]) -> Article:
    if item.period:
        return _digest(feed, query, item, articles)
    if not item.story:
        return articles[0]
    return msgspec.structs.replace(
        articles[0],
        id=item.story,
        published=min(each.published for each in articles),
        updated=_updated(item),
        also=tuple(_related(each) for each in articles[1:]),
    )


def _updated(item: Item) -> datetime:
    """When a subscriber last saw *item* change: never because of heat or quality."""
    latest = max(record.updated for record in item.records)
    return datetime.fromtimestamp(max(latest, item.period.end) if item.period else latest, UTC)


def _related(article: Article) -> Related:
    source = article.provider.name if article.provider else ""
    return Related(article.title, article.url, source, article.published)


def _digest(feed: Feed, query: Query, item: Item, articles: list[Article]) -> Article:
    """The entry for one period: the hottest articles of it in a list."""
    assert item.period
    begin = datetime.fromtimestamp(item.period.begin, UTC)
    last = datetime.fromtimestamp(item.period.end - 1, UTC)
    return Article(
        id=f"{feed.id}/{item.period.name}",
        title=f"{feed.name}: {_days(begin, last)}",
        url=feed.site.url + query.hottest_of(f"{begin:%Y-%m-%d}", f"{last:%Y-%m-%d}").page,
        published=datetime.fromtimestamp(item.period.end, UTC),
        updated=_updated(item),
        summary=" · ".join(each.title for each in articles),
        html="<ol>\n" + "\n".join(map(_line, articles)) + "\n</ol>",
        images=next((each.images[:1] for each in articles if each.images), ()),
    )


def _days(first: datetime, last: datetime) -> str:
    """``5 March 2026``, ``2–8 March 2026``, ``30 March – 5 April 2026``."""
    month, last_month = MONTHS[first.month - 1], MONTHS[last.month - 1]
    end = f"{last.day} {last_month} {last.year}"
    if first.date() == last.date():
        return end
    if first.year != last.year:
        return f"{first.day} {month} {first.year} – {end}"
    if first.month != last.month:
        return f"{first.day} {month} – {end}"
    return f"{first.day}–{end}"


def _line(article: Article) -> str:
    source = f" ({escape(article.provider.name)})" if article.provider else ""
    summary = f"<br>{escape(article.summary)}" if article.summary else ""
    return f'<li><a href="{escape(article.url)}">{escape(article.title)}</a>{source}{summary}</li>'


def _complete(site: Site, taxonomy: Taxonomy) -> Site:
    title = site.title or taxonomy.title or "Feeds"
    return msgspec.structs.replace(
        site,
        named=(),  # no feed looks different because of others
        # From the index, so that every process makes the same ids at the same revision.
        authority=taxonomy.authority or site.authority or urlsplit(taxonomy.url).hostname or "localhost",
        title=title,
        description=site.description or taxonomy.description or f"The newest articles of {title}",
        language=_language(site.language or taxonomy.language or "en"),
    )


def content_key(feed: Feed, selection: Selection) -> bytes:
    """Sixteen bytes that change whenever *feed*, rendered with what *selection* holds, would.

    *feed* may be its head alone: the articles are taken by their versions, unread.
    """
    return fingerprint([feed, [entry_key(feed, item) for item in selection.items]])


def entry_key(feed: Feed, item: Item) -> tuple[Any, ...]:
    """What changes whenever *item*, as *feed* of one site shows it, would."""
    versions = tuple((record.id, record.version) for record in item.records)
    period = (feed.id, feed.name, feed.page, item.period.name) if item.period else ()
    return (item.story, versions, period)


def feed_id(site: Site, path: str) -> str:
    """The id of the feed whose page is at *path*, wherever the server is (RFC 4151)."""
    return f"tag:{site.authority},{site.since}:feeds{quote(path, safe='/%?=&,+')}".rstrip("/")


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
