"""Atom (RFC 4287)."""

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.article import Article
from feeds.feed import Feed, Site, feed_id, provider_path
from feeds.render.text import byline, clean, content_html, headline, source, summary
from feeds.render.xml import MEDIA, Element, Frame, add, add_media, join, put_last

EXTENSION = "atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"

_NAMESPACES = {"media": MEDIA}
_frame = Frame(("feed",), _NAMESPACES)


def render(feed: Feed) -> bytes:
    """*feed* as an Atom document, in UTF-8."""
    return join(_head(feed), [entry(article, feed.site) for article in feed.articles], "  ", b"</feed>")


def _head(feed: Feed) -> bytes:
    head = FeedGenerator()
    head.id(feed.id)
    head.title(clean(feed.title))
    head.subtitle(clean(feed.description))
    head.updated(feed.updated)
    head.link(href=feed.page, rel="alternate", type="text/html")
    head.link(href=feed.addresses[EXTENSION], rel="self", type="application/atom+xml")
    head.author(name=clean(feed.site.title))
    head.generator("Feeds")
    head.language(feed.language)
    if feed.icon:
        head.icon(feed.icon.url)
    head.register_extension("feed", _Head)
    return bytes(head.atom_str(pretty=True))


class _Head:
    """The namespaces entries need."""

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES

    def extend_atom(self, root: Element) -> None:
        """Nothing to add."""


def entry(article: Article, site: Site) -> bytes:
    """One ``<entry>``, as it stands in any Atom feed of *site*."""
    made = FeedEntry()
    made.id(article.id)
    made.title(headline(article))
    made.updated(article.updated)
    made.published(article.published)
    made.author([{"name": name} for name in byline(article, site)])
    made.content(content_html(article), type="html")
    if summary(article):
        made.summary(summary(article))
    made.category([{"term": clean(name), "label": clean(name)} for name in article.topics])
    made.register_extension("entry", lambda: _Entry(article, site))
    return _frame.entry(made.atom_entry())


class _Entry:
    """What feedgen leaves out of an entry."""

    def __init__(self, article: Article, site: Site) -> None:
        self._article = article
        self._site = site

    def extend_atom(self, element: Element) -> None:
        article, site = self._article, self._site
        if article.language:
            element.set("{http://www.w3.org/XML/1998/namespace}lang", clean(article.language))
        # feedgen's own links lose all but their address. Some readers take the first for the page.
        add(element, "link", rel="alternate", type="text/html", href=article.url)
        for image in article.images:
            add(element, "link", rel="enclosure", type=image.type, href=image.url)
        if article.provider:
            path = provider_path(article.provider.domain)
            origin = add(element, "source")
            add(origin, "id", feed_id(site, path))
            add(origin, "title", source(article.provider))
            add(origin, "updated", article.updated.isoformat())
            address = f"{site.url}{path}.{EXTENSION}"
            add(origin, "link", rel="self", type="application/atom+xml", href=address)
        put_last(element, "summary", "content")
        add_media(element, article)
