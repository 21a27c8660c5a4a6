"""Pages of articles, as HTML for people and as Markdown for programs and for copying."""

import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response

from feeds.article import Article, Enclosure, Image
from feeds.article.expressions import expression
from feeds.article.teaser import teaser
from feeds.corpus.plain_text import excerpt
from feeds.feed.article_page import ArticlePage, article_page
from feeds.formats import markdown
from feeds.formats.text import byline, clean, contains, headline, shows
from feeds.http.links import link
from feeds.web.languages import page_vary
from feeds.web.pages import RULES, rendered
from feeds.web.responses import HTML, Context

WORDS_PER_MINUTE = 230  # of an adult who reads silently
MAX_DESCRIPTION = 200  # characters
_WORD = expression(r"\w+")
_TAG = expression(r"<[^>]*>")


class ShownArticle(NamedTuple):
    """The parts of an article that its page shows; *minutes* is the time to read it, 0 if it is short.

    *lead* is the picture above the text, *pictures* are those below it.
    """

    summary: str
    html: str
    lead: Image | None
    pictures: tuple[Image, ...]
    players: tuple[Enclosure, ...]
    files: tuple[Enclosure, ...]
    minutes: int


class Articles:
    """The views of the pages of articles."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def page(self, slug: str) -> Response:
        """Respond with the page of an article."""
        context = self._context
        page, due = self._found(slug)
        content = content_of(page, is_full=self._is_full(page))
        body = rendered(
            context,
            "article.html",
            page=page,
            article=page.article,
            content=content,
            headline=headline(page.article),
            description=description(page),
            host=urlsplit(page.canonical).hostname or "",
            is_full=self._is_full(page),
            structured=structured(page),
            feed=context.everything,
        )
        return context.dated(body, HTML, page.modified, due, _headers(page))

    def markdown(self, slug: str) -> Response:
        """Respond with an article as Markdown."""
        page, due = self._found(slug)
        body = markdown.render(page, description(page), is_full=self._is_full(page))
        more = {"Link": link(page.canonical, "canonical", ""), "X-Robots-Tag": "noindex"}
        return self._context.dated(body, markdown.MEDIA_TYPE, page.modified, due, more)

    def _found(self, slug: str) -> tuple[ArticlePage, int | None]:
        """The page of the article with *slug*, and the date of the next article."""
        index = self._context.pipeline.current_index.index()
        return article_page(self._context.site, index, slug), index.due

    def _is_full(self, page: ArticlePage) -> bool:
        return self._context.article_pages == "full" or not page.is_elsewhere


def _headers(page: ArticlePage) -> dict[str, str]:
    """The headers of the page, with links for programs that do not read it."""
    links = [
        link(page.canonical, "canonical", ""),
        link(f"{page.address}.{markdown.EXTENSION}", "alternate", markdown.MEDIA_TYPE.partition(";")[0]),
    ]
    return RULES | {"Link": ", ".join(links), "Vary": page_vary()}


def content_of(page: ArticlePage, *, is_full: bool) -> ShownArticle:
    """The parts of the article to show: all of it if *is_full*, else an excerpt without its body."""
    article = page.article
    html = clean(article.html) if is_full else ""
    unseen = tuple(image for image in article.images if not shows(html, image))
    lead = unseen[0] if unseen and unseen[0] == article.image else None
    summary = clean(teaser(article)) if is_full else description(page)
    words = len(_WORD.findall(_TAG.sub(" ", html)))
    return ShownArticle(
        summary="" if html and contains(html, summary) else summary,
        html=html,
        lead=lead,
        pictures=unseen[bool(lead) :],
        players=tuple(each for each in article.enclosures if each.is_playable),
        files=tuple(each for each in article.enclosures if not each.is_playable),
        minutes=round(words / WORDS_PER_MINUTE),
    )


def description(page: ArticlePage) -> str:
    """The summary of the article, or the beginning of its text."""
    return clean(teaser(page.article)) or excerpt(page.article.html, MAX_DESCRIPTION, page.article.title)


def structured(page: ArticlePage) -> str:
    """The article in JSON-LD (schema.org), as it can stand in a script element."""
    article, site = page.article, page.site
    provider = article.provider
    publisher = {
        "@type": "Organization",
        "name": clean(provider.name) if provider else site.title,
        "url": (provider.url if provider else "") or site.url,
    }
    names = [name for name in byline(article, site) if name != publisher["name"]]
    authors = [{"@type": "Person", "name": name} for name in names]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": headline(article),
        "description": description(page),
        "datePublished": article.published.isoformat(),
        "dateModified": article.updated.isoformat(),
        "inLanguage": article.language or site.language,
        "author": authors if article.authors else [publisher],
        "publisher": publisher,
        "image": [image.url for image in article.images],
        "keywords": [clean(topic) for topic in article.topics],
        "url": page.canonical,
        "mainEntityOfPage": page.canonical,
        "associatedMedia": [_media(each, article) for each in article.enclosures if each.is_playable],
    }
    written = json.dumps({name: value for name, value in data.items() if value}, ensure_ascii=False)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _media(enclosure: Enclosure, article: Article) -> dict[str, str]:
    found = {
        "@type": "VideoObject" if enclosure.medium == "video" else "AudioObject",
        "name": clean(enclosure.title) or headline(article),
        "contentUrl": enclosure.url,
        "encodingFormat": enclosure.type,
        "contentSize": str(enclosure.length or ""),
        "duration": f"PT{enclosure.duration}S" if enclosure.duration else "",
        "uploadDate": article.published.isoformat(),
    }
    return {name: value for name, value in found.items() if value}
