"""RSS 2.0 (rssboard.org/rss-specification) with the Best Practices Profile (rssboard.org/rss-profile)."""

from email.utils import format_datetime
from functools import partial
from threading import Lock

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.article import Article, Image
from feeds.feed import Feed, Site, provider_path
from feeds.formats.assembly import Extension, Frame, insert, styled, used
from feeds.formats.format import Format
from feeds.formats.podcast import NAMESPACES as PODCAST
from feeds.formats.podcast import add_episode, add_show
from feeds.formats.text import byline, clean, content_html, headline, portion, source, summary_html
from feeds.formats.xml import (
    HISTORY,
    MEDIA,
    SYNDICATION,
    XML,
    Element,
    add,
    add_history,
    add_media,
    add_related,
    add_update_frequency,
    put_last,
    use_hexadecimal,
)

_EXTENSION = "rss"
_TYPE = "application/rss+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_NAMESPACES = {
    "atom": _ATOM,
    "content": _CONTENT,
    "dc": _DC,
    "fh": HISTORY,
    "media": MEDIA,
    "sy": SYNDICATION,
}
_PLAIN = ("title", "category", "source", f"{{{_DC}}}creator", f".//{{{MEDIA}}}description")
_frame = Frame(("rss", "channel"), _NAMESPACES | PODCAST)
_locale = Lock()  # feedgen formats dates under a process-wide setlocale


def _join(feed: Feed, entries: list[bytes]) -> bytes:
    """Return *feed* as an RSS document in UTF-8 with the rendered *entries*."""
    namespaces = PODCAST if feed.podcast else used(entries, PODCAST)
    return insert(_head(feed, namespaces), entries, "    ", b"</channel>")


def _head(feed: Feed, more: dict[str, str]) -> bytes:
    channel = FeedGenerator()
    channel.title(clean(feed.title))
    channel.description(clean(feed.description))
    channel.link(href=feed.addresses[_EXTENSION], rel="self", type=_TYPE)
    channel.link(href=feed.page, rel="alternate")  # feedgen writes the last link as <link>
    channel.language(feed.language)
    channel.generator("Feeds")
    channel.updated(feed.updated)
    icon = Image(feed.artwork) if feed.artwork else feed.icon
    if icon and _fits(icon):
        width, height = icon.width or None, icon.height or None
        channel.image(
            icon.url,
            clean(feed.title),
            feed.page,
            width and str(width),
            height and str(height),
        )
    namespaces = _NAMESPACES | more
    channel.register_extension("channel", lambda: Extension(partial(_extend_channel, feed), namespaces))
    with _locale:
        return styled(bytes(channel.rss_str(pretty=True)), feed.site)


def _fits(icon: Image) -> bool:
    return icon.width <= 144 and icon.height <= 400 and icon.type in _ICONS


_ICONS = ("image/gif", "image/jpeg", "image/png")


def _extend_channel(feed: Feed, root: Element) -> None:
    """Add the elements of *feed* that feedgen does not write."""
    for path in ("channel/title", "channel/description", "channel/image/title"):
        for element in root.findall(path):
            use_hexadecimal(element)
    channel = root.find("channel")
    channel.find("lastBuildDate").text = format_datetime(feed.updated, usegmt=True)
    if feed.update_frequency:
        add(channel, "ttl", str(feed.update_frequency.interval // 60))
        for place, unit, quiet in (
            ("skipHours", "hour", feed.update_frequency.quiet_hours),
            ("skipDays", "day", feed.update_frequency.quiet_days),
        ):
            if quiet:
                skipped = add(channel, place)
                for each in quiet:
                    add(skipped, unit, str(each))
    add_update_frequency(channel, feed)
    add_history(channel, feed, f"{{{_ATOM}}}link", _EXTENSION, _TYPE)
    if feed.podcast:
        add_show(channel, feed.podcast)


def _entry(article: Article, site: Site, content: str = "") -> bytes:
    """Return the ``<item>`` of *article* for all RSS feeds of *site* with the same ``content=``."""
    shown = portion(article, site, content)
    made = FeedEntry()
    made.title(headline(article))
    made.guid(article.id, permalink=False)
    made.link(href=article.url, rel="alternate")
    if shown == "full":
        # Without a description, feedgen would write the content as the description.
        made.description(summary_html(article) or " ", isSummary=True)
        made.content(content_html(article))
    elif shown == "summary":
        made.description(content_html(article, shown), isSummary=True)
    # No domain attribute: with it, rss-parser returns objects instead of names.
    made.category([{"term": clean(name)} for name in article.topics])
    if article.files:
        # The profile allows one enclosure, and requires a length of 0 if the size is unknown.
        first = article.files[0]
        made.enclosure(first.url, str(first.length), first.type)
    if article.provider:
        address = f"{site.url}{provider_path(article.provider.domain)}.{_EXTENSION}"
        made.source(address, source(article.provider))
    made.register_extension("item", lambda: Extension(partial(_extend_item, article, site)))
    return _frame.entry(made.rss_entry())


def _extend_item(article: Article, site: Site, element: Element) -> None:
    """Add the elements of an item that feedgen does not write, or not thread-safely."""
    add(element, "pubDate", format_datetime(article.published, usegmt=True))
    if article.updated > article.published:
        add(element, f"{{{_ATOM}}}updated", article.updated.isoformat())
    for name in byline(article, site):
        # <author> must hold an e-mail address, which articles do not have.
        add(element, f"{{{_DC}}}creator", name)
    if article.language:
        add(element, f"{{{_DC}}}language", article.language)
    add_related(element, article, f"{{{_ATOM}}}link")
    put_last(element, "description", f"{{{_CONTENT}}}encoded")
    add_media(element, article)
    add_episode(element, article)
    for name in _PLAIN:
        for child in element.findall(name):
            use_hexadecimal(child)


RSS = Format(
    extension=_EXTENSION,
    name="RSS",
    media_type=f"{_TYPE}; charset=utf-8",
    rendering="f6ebbb40",
    entry=_entry,
    join=_join,
    opened_as=XML,
)
