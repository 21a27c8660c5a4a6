"""The format-neutral feed every renderer is given; ids and addresses."""

from datetime import UTC, datetime
from urllib.parse import quote

from msgspec import Struct

from feeds.article import Article, Image, fingerprint
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

    *page* is the address for people, *addresses* those of the feed itself, by extension.
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
    articles = tuple(article(record) for record in selection.records)
    feed = head(site, index, selection.query, extensions)
    if not articles:
        return feed
    return Feed(
        **{field: getattr(feed, field) for field in feed.__struct_fields__}
        | {"articles": articles, "updated": max(article.updated for article in articles)}
    )


def head(site: Site, index: Index, query: Query, extensions: tuple[str, ...]) -> Feed:
    """The feed for *query* without its articles: what it is called and where it is."""
    title, description = _named(site, index, query)
    provider = index.provider(query.provider) if query.provider else None
    icon = Image(site.icon) if site.icon else None
    return Feed(
        id=feed_id(site, query.path),
        title=title,
        description=description,
        language=_language(site.language or index.taxonomy.language or "en"),
        page=site.url + query.path,
        addresses={extension: site.url + query.address(extension) for extension in extensions},
        icon=(provider.logo if provider else None) or icon,
        updated=datetime(site.since, 1, 1, tzinfo=UTC),
        site=site,
    )


def _named(site: Site, index: Index, query: Query) -> tuple[str, str]:
    name = site.title or index.taxonomy.title or "Feeds"
    topic = index.topic(query.topic).name if query.topic else ""
    provider = index.provider(query.provider).name if query.provider else ""
    title = " · ".join(part for part in (topic, provider, name) if part)
    if not topic and not provider:
        own = site.description or index.taxonomy.description
        return title, own or f"The newest articles of {name}"
    on = f" on {topic}" if topic else ""
    source = f" from {provider}" if provider else ""
    return title, f"The newest articles{on}{source}"


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
