"""Atom (RFC 4287)."""

from datetime import UTC, datetime
from functools import partial

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.article import Article, Enclosure
from feeds.feed import Feed, Site, feed_id, provider_path, topic_scheme
from feeds.formats.assembly import Extension, Frame, insert, styled
from feeds.formats.format import Format
from feeds.formats.text import byline, clean, content_html, headline, portion, source, summary
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
)

_EXTENSION = "atom"
_TYPE = "application/atom+xml"
_DELETED = "http://purl.org/atompub/tombstones/1.0"
_NAMESPACES = {"fh": HISTORY, "media": MEDIA, "sy": SYNDICATION}
_TOMBSTONE_NAMESPACES = {"at": _DELETED, **_NAMESPACES}  # validators warn of a namespace without use
_frame = Frame(("feed",), _NAMESPACES)


def _join(feed: Feed, entries: list[bytes]) -> bytes:
    """Return *feed* as an Atom document in UTF-8 with the rendered *entries*."""
    return insert(_head(feed), entries, "  ", b"</feed>")


def _head(feed: Feed) -> bytes:
    head = FeedGenerator()
    head.id(feed.id)
    head.title(clean(feed.title))
    head.subtitle(clean(feed.description))
    head.updated(feed.updated)
    head.link(href=feed.page, rel="alternate", type="text/html")
    head.link(href=feed.addresses[_EXTENSION], rel="self", type=_TYPE)
    head.author(name=clean(feed.site.title))
    head.generator("Feeds")
    head.language(feed.language)
    if feed.icon and feed.icon.square:
        head.icon(feed.icon.url)
    if logo := feed.artwork or (feed.icon.url if feed.icon and not feed.icon.square else ""):
        head.logo(logo)
    namespaces = _TOMBSTONE_NAMESPACES if feed.deleted else _NAMESPACES
    head.register_extension("feed", lambda: Extension(partial(_extend_head, feed), namespaces))
    return styled(bytes(head.atom_str(pretty=True)), feed.site)


def _extend_head(feed: Feed, root: Element) -> None:
    """Add the elements of *feed* that feedgen does not write."""
    add_update_frequency(root, feed)
    add_history(root, feed, "link", _EXTENSION, _TYPE)
    for each in feed.deleted:  # RFC 6721
        when = datetime.fromtimestamp(each.at, UTC).isoformat()
        add(root, f"{{{_DELETED}}}deleted-entry", ref=each.id, when=when)


def _entry(article: Article, site: Site, content: str = "") -> bytes:
    """Return the ``<entry>`` of *article* for all Atom feeds of *site* with the same ``content=``."""
    shown = portion(article, site, content)
    made = FeedEntry()
    made.id(article.id)
    made.title(headline(article))
    made.updated(article.updated)
    made.published(article.published)
    made.author([{"name": name} for name in byline(article, site)])
    made.link(href=article.url, rel="alternate")  # feedgen requires a link if there is no content
    if shown == "full":
        made.content(content_html(article), type="html")
    if shown == "full" and summary(article):
        made.summary(summary(article))
    elif shown == "summary":
        made.summary(content_html(article, shown), type="html")
    scheme = topic_scheme(site)
    names = [clean(name) for name in article.topics]
    made.category([{"term": name, "label": name, "scheme": scheme} for name in names])
    made.register_extension("entry", lambda: Extension(partial(_extend_entry, article, site)))
    return _frame.entry(made.atom_entry())


def _extend_entry(article: Article, site: Site, element: Element) -> None:
    """Add the elements of an entry that feedgen does not write."""
    if article.language:
        element.set("{http://www.w3.org/XML/1998/namespace}lang", clean(article.language))
    # feedgen writes only the address of its links. Some readers use the first link as the page.
    element.remove(element.find("link"))
    add(element, "link", rel="alternate", type="text/html", href=article.url)
    for file in article.files:
        title = file.title if isinstance(file, Enclosure) else ""
        length = str(file.length or "")
        add(element, "link", rel="enclosure", type=file.type, href=file.url, length=length, title=title)
    add_related(element, article, "link")
    if article.provider:
        path = provider_path(article.provider.domain)
        origin = add(element, "source")
        add(origin, "id", feed_id(site, path))
        add(origin, "title", source(article.provider))
        add(origin, "updated", article.updated.isoformat())
        # No alternate link: QuiteRSS and RSS Guard 4 would open it instead of the article.
        address = f"{site.url}{path}.{_EXTENSION}"
        add(origin, "link", rel="self", type=_TYPE, href=address)
    put_last(element, "summary", "content")
    add_media(element, article)


ATOM = Format(
    extension=_EXTENSION,
    name="Atom",
    media_type=f"{_TYPE}; charset=utf-8",
    rendering="0ca5a32a",
    entry=_entry,
    join=_join,
    opened_as=XML,
    has_tombstones=True,
)
