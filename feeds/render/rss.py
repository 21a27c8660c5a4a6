"""RSS 2.0 (rssboard.org/rss-specification) with the Best Practices Profile (rssboard.org/rss-profile)."""

from email.utils import format_datetime
from threading import Lock

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.article import Article, Image
from feeds.feed import Feed, Site, provider_path
from feeds.render.text import byline, clean, content_html, headline, source, summary_html
from feeds.render.xml import MEDIA, Element, Frame, add, add_media, join, put_last, use_hexadecimal

EXTENSION = "rss"
MEDIA_TYPE = "application/rss+xml; charset=utf-8"

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_NAMESPACES = {
    "atom": _ATOM,
    "content": _CONTENT,
    "dc": _DC,
    "media": MEDIA,
}
_PLAIN = ("title", "category", "source", f"{{{_DC}}}creator")
_frame = Frame(("rss", "channel"), _NAMESPACES)
_locale = Lock()  # feedgen formats dates under a process-wide setlocale


def render(feed: Feed) -> bytes:
    """*feed* as an RSS document, in UTF-8."""
    return join(
        _head(feed), [item(article, feed.site) for article in feed.articles], "    ", b"</channel>"
    )


def _head(feed: Feed) -> bytes:
    channel = FeedGenerator()
    channel.title(clean(feed.title))
    channel.description(clean(feed.description))
    channel.link(href=feed.addresses[EXTENSION], rel="self", type="application/rss+xml")
    channel.link(href=feed.page, rel="alternate")  # the last one becomes <link>
    channel.language(feed.language)
    channel.generator("Feeds")
    channel.updated(feed.updated)
    if feed.icon and _fits(feed.icon):
        width, height = feed.icon.width or None, feed.icon.height or None
        channel.image(
            feed.icon.url,
            clean(feed.title),
            feed.page,
            width and str(width),
            height and str(height),
        )
    channel.register_extension("channel", lambda: _Channel(feed))
    with _locale:
        return bytes(channel.rss_str(pretty=True))


def _fits(icon: Image) -> bool:
    return icon.width <= 144 and icon.height <= 400 and icon.type in _ICONS


_ICONS = ("image/gif", "image/jpeg", "image/png")


class _Channel:
    """What feedgen leaves out of a channel."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES

    def extend_rss(self, root: Element) -> None:
        for path in ("channel/title", "channel/description", "channel/image/title"):
            for element in root.findall(path):
                use_hexadecimal(element)
        root.find("channel/lastBuildDate").text = format_datetime(self._feed.updated, usegmt=True)


def item(article: Article, site: Site) -> bytes:
    """One ``<item>``, as it stands in any RSS feed of *site*."""
    entry = FeedEntry()
    entry.title(headline(article))
    entry.guid(article.id, permalink=False)
    entry.link(href=article.url, rel="alternate")
    # Without a description, feedgen would write the content as one.
    entry.description(summary_html(article) or " ", isSummary=True)
    entry.content(content_html(article))
    entry.category([{"term": clean(name)} for name in article.topics])
    if article.image:
        # Unknown sizes are 0, as the profile says.
        entry.enclosure(article.image.url, "0", article.image.type)
    if article.provider:
        address = f"{site.url}{provider_path(article.provider.domain)}.{EXTENSION}"
        entry.source(address, source(article.provider))
    entry.register_extension("item", lambda: _Item(article, site))
    return _frame.entry(entry.rss_entry())


class _Item:
    """What feedgen leaves out of an item, or cannot do from several threads at once."""

    def __init__(self, article: Article, site: Site) -> None:
        self._article = article
        self._site = site

    def extend_rss(self, element: Element) -> None:
        article = self._article
        add(element, "pubDate", format_datetime(article.published, usegmt=True))
        if article.updated > article.published:
            add(element, f"{{{_ATOM}}}updated", article.updated.isoformat())
        for name in byline(article, self._site):
            # <author> must hold an e-mail address, which articles do not have.
            add(element, f"{{{_DC}}}creator", name)
        if article.language:
            add(element, f"{{{_DC}}}language", article.language)
        put_last(element, "description", f"{{{_CONTENT}}}encoded")
        add_media(element, article)
        for name in _PLAIN:
            for child in element.findall(name):
                use_hexadecimal(child)
