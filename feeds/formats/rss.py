"""RSS 2.0 (rssboard.org/rss-specification) with the Best Practices Profile (rssboard.org/rss-profile)."""

from datetime import datetime
from functools import partial
from threading import Lock

from feedgen.feed import FeedGenerator

from feeds.article import Article, Enclosure, Image
from feeds.feed import Feed
from feeds.feed.site import Site, provider_path
from feeds.formats.assembly import Extension, insert, styled, used
from feeds.formats.escaping import attribute, cdata, plain, text
from feeds.formats.format import Format
from feeds.formats.media import links_to_related, media
from feeds.formats.podcast import NAMESPACES as PODCAST
from feeds.formats.podcast import add_show, episode
from feeds.formats.text import byline, clean, content_html, headline, portion, source, summary_html
from feeds.formats.xml import (
    HISTORY,
    MEDIA,
    SYNDICATION,
    XML,
    Element,
    add,
    add_history,
    add_update_frequency,
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
_LINE = "\n      "  # before an element of an item
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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
    channel.find("lastBuildDate").text = _date(feed.updated)
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
    files = article.files
    return (
        "<item>"
        f"\n      <title>{plain(headline(article))}</title>"
        f"\n      <link>{text(article.url)}</link>"
        f'\n      <guid isPermaLink="false">{text(article.id)}</guid>'
        f"{_categories(article)}"
        f"{_enclosure(files)}"
        f"{_source(article, site)}"
        f"\n      <pubDate>{_date(article.published)}</pubDate>"
        f"{_updated(article)}"
        f"{_creators(article, site)}"
        f"{_language(article)}"
        f"{links_to_related(article, 'atom:link', _LINE)}"
        # Pictures are last: scripts that look for "content" or "description" in any namespace must find
        # these elements first.
        f"{_bodies(article, portion(article, site, content))}"
        f"{media(article, files, plain, _LINE)}"
        f"{episode(files, _LINE)}"
        "\n    </item>"
    ).encode()


def _categories(article: Article) -> str:
    """The topics, without the attribute domain: with it, rss-parser returns objects instead of names."""
    topics = [f"\n      <category>{plain(clean(name))}</category>" for name in article.topics]
    return "".join(topics)


def _enclosure(files: tuple[Enclosure | Image, ...]) -> str:
    """The first of *files*: the RSS profile allows one enclosure, with a length of 0 if it is unknown."""
    if not files:
        return ""
    first = files[0]
    url, kind = attribute(first.url), attribute(first.type)
    return f'\n      <enclosure url="{url}" length="{first.length}" type="{kind}"/>'


def _source(article: Article, site: Site) -> str:
    if not article.provider:
        return ""
    path = provider_path(article.provider.domain)
    url = f"{attribute(site.url)}{text(path)}.{_EXTENSION}"
    return f'\n      <source url="{url}">{plain(source(article.provider))}</source>'


def _date(moment: datetime) -> str:
    """*moment*, in UTC, as ``Fri, 02 Jan 2026 12:00:00 GMT`` in any locale."""
    written = moment.isoformat()
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {written[8:10]} {month} {written[:4]} {written[11:19]} GMT"


def _updated(article: Article) -> str:
    if article.updated <= article.published:
        return ""
    return f"\n      <atom:updated>{article.updated.isoformat()}</atom:updated>"


def _creators(article: Article, site: Site) -> str:
    """The authors, not as ``<author>``, which must hold an e-mail address that articles do not have."""
    names = [f"\n      <dc:creator>{plain(name)}</dc:creator>" for name in byline(article, site)]
    return "".join(names)


def _language(article: Article) -> str:
    if not article.language:
        return ""
    return f"\n      <dc:language>{text(clean(article.language))}</dc:language>"


def _bodies(article: Article, shown: str) -> str:
    if shown == "full":
        return (
            f"\n      <description>{text(summary_html(article)) or ' '}</description>"
            f"\n      <content:encoded>{cdata(content_html(article))}</content:encoded>"
        )
    if shown == "summary":
        return f"\n      <description>{text(content_html(article, shown))}</description>"
    return ""


RSS = Format(
    extension=_EXTENSION,
    name="RSS",
    media_type=f"{_TYPE}; charset=utf-8",
    rendering="f6ebbb40",
    entry=_entry,
    join=_join,
    opened_as=XML,
)
