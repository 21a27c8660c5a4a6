"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from typing import Any

import msgspec

from feeds.article import Article
from feeds.feed import Feed, Site
from feeds.render.text import byline, clean, content_html, headline, summary

EXTENSION = "json"
MEDIA_TYPE = "application/feed+json; charset=utf-8"


def render(feed: Feed) -> bytes:
    """*feed* as a JSON Feed, in UTF-8."""
    document = _present(
        version="https://jsonfeed.org/version/1.1",
        title=clean(feed.title),
        home_page_url=feed.page,
        feed_url=feed.addresses[EXTENSION],
        description=clean(feed.description),
        icon=feed.icon.url if feed.icon else "",
        favicon=feed.icon.url if feed.icon else "",
        language=feed.language,
    )
    document["items"] = [item(article, feed.site) for article in feed.articles]
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def item(article: Article, site: Site) -> dict[str, Any]:
    """One member of ``items``, as it stands in any JSON Feed of *site*."""
    return _present(
        id=article.id,
        url=article.url,
        title=headline(article),
        summary=summary(article),
        content_html=content_html(article),
        image=article.image.url if article.image else "",
        date_published=article.published,
        date_modified=article.updated,
        authors=[_author(article, name) for name in byline(article, site)],
        tags=[clean(name) for name in article.topics],
        language=clean(article.language),
        attachments=[{"url": image.url, "mime_type": image.type} for image in article.images],
    )


def _author(article: Article, name: str) -> dict[str, str]:
    provider = article.provider
    url = provider.url if provider and clean(provider.name) == name else ""
    return _present(name=name, url=url)


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
