"""JSON Feed items (jsonfeed.org/version/1.1), shared by all formats that contain them."""

from typing import Any

from feeds.article import Article, Enclosure, Image, Related
from feeds.feed.site import Site
from feeds.formats.text import byline, clean, content_html, headline, portion, related, summary


def item(article: Article, site: Site, content: str) -> dict[str, Any]:
    """Return the members of *article*'s item for all feeds of *site* with the same ``content=``."""
    shown = portion(article, site, content)
    return present(
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
        attachments=[_attachment(file) for file in article.files],
        _related=_related(related(article)),
    )


def present(**members: Any) -> dict[str, Any]:
    """Return *members* without empty values."""
    return {name: value for name, value in members.items() if value}


def _attachment(file: Enclosure | Image) -> dict[str, Any]:
    facts = present(url=file.url, mime_type=file.type)
    if isinstance(file, Enclosure):
        facts |= present(title=clean(file.title), duration_in_seconds=file.duration)
    return facts | present(size_in_bytes=file.length)


def _related(others: list[Related]) -> dict[str, Any]:
    """Return the related articles as an extension: JSON Feed has no member for them."""
    items = [
        present(title=each.title, url=each.url, provider=each.provider, date_published=each.published)
        for each in others
    ]
    about = "https://www.rfc-editor.org/rfc/rfc4287#section-4.2.7.2"
    return {"about": about, "items": items} if items else {}


def _author(article: Article, name: str) -> dict[str, str]:
    provider = article.provider
    url = provider.url if provider and clean(provider.name) == name else ""
    return present(name=name, url=url)
