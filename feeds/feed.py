"""The format-neutral feed every renderer is given; ids and addresses."""

from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
from msgspec import Struct

from feeds.article import Article, Image, Taxonomy, fingerprint
from feeds.index import Index, article
from feeds.query import Query, Selection


class Site(Struct, frozen=True):
    """Who publishes: *url* is where this server is reached, without a slash at its end.

    *authority* and *since* make ids (RFC 4151); what is empty is taken from the corpus.
    """

    url: str = "http://127.0.0.1:8000"
    title: str = ""
    description: str = ""
    language: str = ""
    authority: str = "localhost"
    since: int = 2020
    icon: str = ""


class Feed(Struct, frozen=True):
    """Complete: a renderer needs nothing else. *articles* are newest first.

    *page* is the address for people, *addresses* those of the feed itself, by extension. What was
    empty in *site* has been taken from the corpus.
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
    articles: tuple[Article, ...] = ()


def compose(site: Site, index: Index, selection: Selection, extensions: tuple[str, ...]) -> Feed:
    """The feed for *selection*, with the articles decoded."""
    return fill(head(site, index, selection.query, extensions), selection)


def head(site: Site, index: Index, query: Query, extensions: tuple[str, ...]) -> Feed:
    """The feed for *query* without its articles: what it is called and where it is."""
    site = _complete(site, index.taxonomy)
    provider = index.provider(query.provider) if query.provider else None
    topic = index.topic(query.topic).name if query.topic else ""
    source = provider.name if provider else ""
    subject = (f" on {topic}" if topic else "") + (f" from {source}" if source else "")
    icon = Image(site.icon) if site.icon else None
    return Feed(
        id=feed_id(site, query.path),
        title=" · ".join(part for part in (topic, source, site.title) if part),
        description=f"The newest articles{subject}" if subject else site.description,
        language=site.language,
        page=site.url + query.path,
        addresses={extension: site.url + query.address(extension) for extension in extensions},
        icon=(provider.logo if provider else None) or icon,
        updated=datetime(site.since, 1, 1, tzinfo=UTC),
        site=site,
    )


def fill(feed: Feed, selection: Selection) -> Feed:
    """*feed*, so far its head alone, with what *selection* holds."""
    articles = tuple(article(record) for record in selection.records)
    updated = max((article.updated for article in articles), default=feed.updated)
    return msgspec.structs.replace(feed, articles=articles, updated=updated)


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


def _language(written: str) -> str:
    """``en_us`` -> ``en-US``, as BCP 47 recommends to write it."""
    primary, *rest = written.replace("_", "-").split("-")
    return "-".join([primary.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
