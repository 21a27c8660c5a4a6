"""The format-neutral feed, the input of all formats."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from feeds.article import Article, Image, Related, fingerprint
from feeds.article.podcast import Podcast, guid_of
from feeds.feed.digest_lines import DigestLine, DigestLines, article_list
from feeds.feed.digest_texts import days, hottest_pages
from feeds.feed.podcasts import declared
from feeds.feed.site import NamedQuery, Site, completed, feed_id, page_address
from feeds.feed.update_frequency import UpdateFrequency, update_frequency
from feeds.index import Index
from feeds.index.articles import articles
from feeds.index.tombstones import DeletedEntry
from feeds.query import Query
from feeds.query.describe import describe, feed_name
from feeds.query.selection import Item, Selection
from feeds.query.wording import ENGLISH, Wording
from feeds.store import Record

DIGEST_RENDERING = 2  # changes whenever the same articles make another entry of a digest


class Addresses(Struct, frozen=True):
    """The addresses of one feed by extension of a format: *stem*, the extension, *arguments*.

    An ETag made from this does not depend on the list of formats, so that a new format changes no ETag.
    """

    stem: str
    arguments: str = ""

    def __getitem__(self, extension: str) -> str:
        return f"{self.stem}.{extension}{self.arguments}"


class Feed(Struct, frozen=True):
    """A complete feed: a renderer needs nothing else.

    - *name*: the title without the site's title
    - *page*, *addresses*: the address of the page, and those of the feed itself, by extension
    - *site*: empty values have been filled in from the corpus
    - *current*: if this is an archive, the addresses of its current feed, by extension
    - *older*: the addresses of the newest archive with entries that are not here (RFC 5005)
    - *complete*: no entry is missing here
    - *deleted*: the tombstones, the latest first
    - *content*: the part of each article to show, empty if its provider decides
    - *articles*: the newest first
    - *podcast*: without an empty title, description, author or guid; unset if the feed is no podcast
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
    podcast: Podcast | UnsetType = UNSET  # left out of the ETags of all other feeds

    @property
    def artwork(self) -> str:
        """The address of the artwork of the podcast, empty without one."""
        return self.podcast.image if self.podcast else ""


def compose(site: Site, index: Index, selection: Selection) -> Feed:
    """The feed for *selection*, with the articles decoded."""
    return fill(head(site, index, selection), selection)


def head(site: Site, index: Index, selection: Selection) -> Feed:
    """The feed for *selection* without its articles: names, addresses, tombstones, update frequency."""
    query = selection.query
    named = _named(site, query)
    site = completed(site, index.taxonomy)
    if query.archive:  # nobody can subscribe to an archive, and it must not change if a hub does
        site = msgspec.structs.replace(site, hubs=())
    name = _name(index, query, named, ENGLISH)
    logo = index.listings.provider(query.provider).logo if query.provider else None
    icon = Image(site.icon) if site.icon else None

    def addresses(of: Query) -> Addresses:
        return Addresses(site.url + of.feed_path, of.arguments)

    made = Feed(
        id=feed_id(site, query.page),
        name=name,
        title=_title(site, name),
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
        # Counted from the last change, not from now: the same articles give the same bytes on any day.
        deleted=tuple(d for d in selection.deleted if d.at > selection.modified - site.deletions),
        update_frequency=None
        if query.archive
        else update_frequency(selection.dates).within(site.least, site.most),
        content=query.content,
    )
    podcast = declared(index, query, named.podcast if named else None)
    return _as_podcast(made, podcast) if podcast else made


def in_words(feed: Feed, site: Site, index: Index, query: Query, words: Wording) -> Feed:
    """*feed* as a page shows it: with the texts that are made from *query* in *words*."""
    if words is ENGLISH:
        return feed
    named = _named(site, query)
    name = _name(index, query, named, words)
    shown = msgspec.structs.replace(feed, name=name)
    if feed.title == _title(feed.site, feed.name):  # no podcast with a title of its own
        shown = msgspec.structs.replace(shown, title=_title(feed.site, name))
    if feed.description == describe(index, query):
        shown = msgspec.structs.replace(shown, description=describe(index, query, words))
    return shown


def _named(site: Site, query: Query) -> NamedQuery | None:
    return next((each for each in site.named if query.name and each.query.name == query.name), None)


def _name(index: Index, query: Query, named: NamedQuery | None, words: Wording) -> str:
    if not named:
        return feed_name(index, query, words)
    return named.title.strip() + (f" · {words(f'{query.digest} digest')}" if query.digest else "")


def _title(site: Site, name: str) -> str:
    return f"{name} · {site.title}" if name else site.title


def _as_podcast(feed: Feed, podcast: Podcast) -> Feed:
    """Return *feed* as *podcast*, in which the values of *feed* stand for empty ones."""
    shown = msgspec.structs.replace(
        podcast,
        title=podcast.title or feed.name or feed.title,
        description=podcast.description or feed.description,
        author=podcast.author or feed.site.title,
        # The same for any limit= and content=.
        guid=podcast.guid or guid_of(Addresses(feed.addresses.stem)["rss"]),
    )
    return msgspec.structs.replace(feed, title=shown.title, description=shown.description, podcast=shown)


def fill(feed: Feed, selection: Selection) -> Feed:
    """Return *feed*, so far without articles, with the articles of *selection*."""
    shown = tuple(entries(feed, selection.query, selection.items))
    return msgspec.structs.replace(dated(feed, selection), articles=shown)


def dated(feed: Feed, selection: Selection) -> Feed:
    """Return *feed* with the time of the latest update of an entry of *selection*."""
    latest = max([item.updated for item in selection.items], default=int(feed.updated.timestamp()))
    return msgspec.structs.replace(feed, updated=_date(latest))


def entries(
    feed: Feed, query: Query, items: Sequence[Item], lines: DigestLines | None = None
) -> Iterator[Article]:
    """Yield the entry that *feed*, perhaps without articles, shows for each of *items*."""
    if query.digest:
        listed = (lines or DigestLines()).of(items, partial(page_address, feed.site))
        pages = hottest_pages(query, [item.period for item in items if item.period])
        yield from map(partial(_digest, feed), items, listed, pages)
        return
    records = [record for item in items for record in item.records]
    decoded = map(partial(linked, feed.site), records, articles(records))
    for item in items:
        yield _entry(item, list(islice(decoded, len(item.records))))


def linked(site: Site, record: Record, article: Article) -> Article:
    """Return *article*, of *record*, with the address of its page if it has no address of its own."""
    return article if article.url else msgspec.structs.replace(article, url=page_address(site, record))


def _entry(item: Item, articles: list[Article]) -> Article:
    if not item.story:
        return articles[0]
    return msgspec.structs.replace(
        articles[0],
        id=item.story,
        published=min(each.published for each in articles),
        updated=_date(item.updated),
        also=tuple(_related(each) for each in articles[1:]),
    )


def _date(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _related(article: Article) -> Related:
    source = article.provider.name if article.provider else ""
    return Related(article.title, article.url, source, article.published)


def _digest(feed: Feed, item: Item, lines: list[DigestLine], page: str) -> Article:
    """The entry for one period of a digest: a list of its hottest articles, which are on *page*."""
    assert item.period
    return Article(
        id=f"{feed.id}/{item.period.name}",
        title=f"{feed.name}: {days(item.period)}",
        url=feed.site.url + page,
        published=_date(item.period.end),
        updated=_date(item.updated),
        summary=" · ".join([line.title for line in lines]),
        html=article_list(lines),
        images=tuple(line.image for line in lines if line.image)[:1],
    )


def content_key(feed: Feed, selection: Selection) -> bytes:
    """Sixteen bytes that change whenever *feed*, rendered with the items of *selection*, would change.

    *feed* may be without articles: the versions in *selection* identify them, without reading them.
    """
    return fingerprint([feed, [entry_key(feed, item) for item in selection.items]])


def entry_key(feed: Feed, item: Item) -> tuple[Any, ...]:
    """A key that changes whenever the entry for *item* in *feed* would change, within one site."""
    versions = tuple([(record.id, record.version) for record in item.records])
    period = (feed.id, feed.name, feed.page, item.period.name, DIGEST_RENDERING) if item.period else ()
    return (item.story, versions, period)
