"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from feeds.article import Article, Related
from feeds.feed import Feed, Site
from feeds.formats.format import Format
from feeds.formats.text import byline, clean, content_html, headline, portion, related, summary

_EXTENSION = "json"


def _join(feed: Feed, entries: list[bytes]) -> bytes:
    """*feed* as a JSON Feed, in UTF-8, with *entries* for its articles."""
    icon = feed.icon.url if feed.icon and feed.icon.square else ""
    document = _present(
        version="https://jsonfeed.org/version/1.1",
        title=clean(feed.title),
        home_page_url=feed.page,
        feed_url=feed.addresses[_EXTENSION],
        description=clean(feed.description),
        icon=icon,
        favicon=icon,
        language=feed.language,
        next_url=feed.older.get(_EXTENSION, ""),
        hubs=[{"type": "WebSub", "url": hub} for hub in feed.site.hubs],
        _deleted=_deleted(feed) if feed.deleted else None,
    )
    head = _written(document | {"items": []})
    if not entries:
        return head + b"\n"
    items = b",\n".join(b"    " + each.replace(b"\n", b"\n    ") for each in entries)
    return head.removesuffix(b"]\n}") + b"\n" + items + b"\n  ]\n}\n"


def _deleted(feed: Feed) -> dict[str, Any]:
    """What was taken back, as an extension: JSON Feed has no word for it."""
    return {
        "about": "https://www.rfc-editor.org/rfc/rfc6721",
        "items": [
            {"id": each.id, "date_deleted": datetime.fromtimestamp(each.at, UTC)} for each in feed.deleted
        ],
    }


def item(article: Article, site: Site, content: str = "") -> bytes:
    """One of ``items``, as it stands in any JSON Feed of *site* that is asked for as much *content*."""
    shown = portion(article, site, content)
    members = _present(
        id=article.id,
        url=article.url,
        title=headline(article),
        summary=summary(article) if shown != "title" else "",
        content_html=content_html(article, shown) if shown != "title" else "",
        content_text=headline(article) if shown == "title" else "",
        image=article.image.url if article.image else "",
        date_published=article.published,
        date_modified=article.updated,
        authors=[_author(article, name) for name in byline(article, site)],
        tags=[clean(name) for name in article.topics],
        language=clean(article.language),
        attachments=[{"url": image.url, "mime_type": image.type} for image in article.images],
        _related=_related(related(article)),
    )
    return _written(members)


def _related(others: list[Related]) -> dict[str, Any]:
    """What else there is to read, as an extension: JSON Feed has no word for it."""
    items = [
        _present(title=each.title, url=each.url, provider=each.provider, date_published=each.published)
        for each in others
    ]
    about = "https://www.rfc-editor.org/rfc/rfc4287#section-4.2.7.2"
    return {"about": about, "items": items} if items else {}


def _written(members: dict[str, Any]) -> bytes:
    return bytes(msgspec.json.format(msgspec.json.encode(members), indent=2))


def _author(article: Article, name: str) -> dict[str, str]:
    provider = article.provider
    url = provider.url if provider and clean(provider.name) == name else ""
    return _present(name=name, url=url)


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}


JSON_FEED = Format(
    extension=_EXTENSION,
    name="JSON Feed",
    media_type="application/feed+json; charset=utf-8",
    entry=item,
    join=_join,
    has_tombstones=True,
)
