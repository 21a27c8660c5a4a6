"""Entries as feedgen and its extensions write them: the definition of those of RSS and Atom.

The entries of `feeds.formats` are templates that are held to these byte for byte.
"""

from collections.abc import Mapping
from email.utils import format_datetime
from functools import partial
from typing import Any

from feedgen.entry import FeedEntry
from lxml import etree

from feeds.article import Article, Enclosure, Episode, Image
from feeds.feed.site import Site, feed_id, provider_path, topic_scheme
from feeds.formats.assembly import Extension
from feeds.formats.podcast import NAMESPACES as PODCAST
from feeds.formats.podcast import flag
from feeds.formats.text import (
    byline,
    clean,
    content_html,
    headline,
    portion,
    related,
    source,
    summary,
    summary_html,
)
from feeds.formats.xml import HISTORY, MEDIA, SYNDICATION, Element, add, use_hexadecimal

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_ITUNES, _PODCAST = PODCAST["itunes"], PODCAST["podcast"]
_SHARED = {"fh": HISTORY, "media": MEDIA, "sy": SYNDICATION}
_PLAIN = ("title", "category", "source", f"{{{_DC}}}creator", f".//{{{MEDIA}}}description")
_MEDIUMS = ("image", "audio", "video")


class Frame:
    """A serialiser of entries as they look inside a document, so that their bytes can be joined.

    *path* names the elements around an entry; the root declares *namespaces*.
    """

    def __init__(self, path: tuple[str, ...], namespaces: Mapping[Any, str]) -> None:
        self._path = path
        self._namespaces = namespaces
        self._before, self._after = self._inside(etree.Element("entry")).split(b"<entry/>")

    def _inside(self, entry: Element) -> bytes:
        root = parent = etree.Element(self._path[0], nsmap=self._namespaces)
        for name in self._path[1:]:
            parent = etree.SubElement(parent, name)
        parent.append(entry)
        return bytes(etree.tostring(root, encoding="UTF-8", pretty_print=True))

    def entry(self, element: Element) -> bytes:
        """Return the bytes of *element*, indented, without the namespaces that the root declares."""
        return self._inside(element)[len(self._before) : -len(self._after)]


ATOM_FRAME = Frame(("feed",), _SHARED)
RSS_FRAME = Frame(("rss", "channel"), {"atom": _ATOM, "content": _CONTENT, "dc": _DC} | _SHARED | PODCAST)


def _atom_entry(article: Article, site: Site, content: str) -> bytes:
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
    made.register_extension("entry", lambda: Extension(partial(_extend_atom, article, site)))
    return ATOM_FRAME.entry(made.atom_entry())


def _extend_atom(article: Article, site: Site, element: Element) -> None:
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
    _add_related(element, article, "link")
    if article.provider:
        path = provider_path(article.provider.domain)
        origin = add(element, "source")
        add(origin, "id", feed_id(site, path))
        add(origin, "title", source(article.provider))
        add(origin, "updated", article.updated.isoformat())
        # No alternate link: QuiteRSS and RSS Guard 4 would open it instead of the article.
        address = f"{site.url}{path}.atom"
        add(origin, "link", rel="self", type="application/atom+xml", href=address)
    _put_last(element, "summary", "content")
    _add_media(element, article)


def _rss_item(article: Article, site: Site, content: str) -> bytes:
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
        address = f"{site.url}{provider_path(article.provider.domain)}.rss"
        made.source(address, source(article.provider))
    made.register_extension("item", lambda: Extension(partial(_extend_rss, article, site)))
    return RSS_FRAME.entry(made.rss_entry())


def _extend_rss(article: Article, site: Site, element: Element) -> None:
    """Add the elements of an item that feedgen does not write, or not thread-safely."""
    add(element, "pubDate", format_datetime(article.published, usegmt=True))
    if article.updated > article.published:
        add(element, f"{{{_ATOM}}}updated", article.updated.isoformat())
    for name in byline(article, site):
        # <author> must hold an e-mail address, which articles do not have.
        add(element, f"{{{_DC}}}creator", name)
    if article.language:
        add(element, f"{{{_DC}}}language", article.language)
    _add_related(element, article, f"{{{_ATOM}}}link")
    _put_last(element, "description", f"{{{_CONTENT}}}encoded")
    _add_media(element, article)
    _add_episode(element, article)
    for name in _PLAIN:
        for child in element.findall(name):
            use_hexadecimal(child)


def _add_related(parent: Element, article: Article, link: str) -> None:
    """Add links to related articles (RFC 4287, 4.2.7.2); *link* is Atom's link element."""
    for each in related(article):
        add(parent, link, rel="related", type="text/html", href=each.url, title=each.title)


def _add_media(parent: Element, article: Article) -> None:
    """Add each enclosure and picture as ``media:content``, the first enclosure of RSS first.

    The thumbnail is inside ``media:content``: if it were beside it, Miniflux would use the thumbnail as
    the enclosure and lose the enclosure's type and size.
    """
    for file in article.files:
        if isinstance(file, Image):
            _add_picture(parent, file, is_lead=file == article.image)
            continue
        content = _add_content(
            parent, file, file.medium if file.medium in _MEDIUMS else "document", duration=file.duration
        )
        if file.title:
            add(content, f"{{{MEDIA}}}title", file.title, type="plain")


def _add_picture(parent: Element, image: Image, *, is_lead: bool) -> None:
    content = _add_content(parent, image, "image", width=image.width, height=image.height)
    if image.alt:
        add(content, f"{{{MEDIA}}}description", image.alt, type="plain")
    if is_lead:
        size = {"width": str(image.width or ""), "height": str(image.height or "")}
        add(content, f"{{{MEDIA}}}thumbnail", url=image.url, **size)


def _add_content(parent: Element, file: Enclosure | Image, medium: str, **numbers: int) -> Element:
    return add(
        parent,
        f"{{{MEDIA}}}content",
        url=file.url,
        fileSize=str(file.length or ""),
        type=file.type,
        medium=medium,
        **{name: str(number or "") for name, number in numbers.items()},
    )


def _put_last(parent: Element, summary: str, content: str) -> None:
    """Move the elements *summary* and *content* to the end of *parent*, the content as CDATA.

    Pictures must be added later: scripts that look for ``content`` or ``description`` in any namespace
    must find these elements first.
    """
    bodies = parent.findall(content)
    for body in bodies:
        body.text = etree.CDATA(body.text)
    parent.extend([*parent.findall(summary), *bodies])


def _add_episode(parent: Element, article: Article) -> None:
    """Add the facts of the episode, if *article* has audio or video."""
    first = article.files[0] if article.files else None
    if not isinstance(first, Enclosure) or not first.is_playable:
        return
    if first.duration:
        add(parent, f"{{{_ITUNES}}}duration", str(first.duration))
    if first.episode:
        _add_facts(parent, first.episode)


def _add_facts(parent: Element, episode: Episode) -> None:
    for name, number in (("season", episode.season), ("episode", episode.number)):
        if number:
            add(parent, f"{{{_ITUNES}}}{name}", str(number))
            add(parent, f"{{{_PODCAST}}}{name}", str(number))
    if episode.type:
        add(parent, f"{{{_ITUNES}}}episodeType", episode.type)
    if episode.explicit is not None:
        add(parent, f"{{{_ITUNES}}}explicit", flag(episode.explicit))
    if episode.image:
        add(parent, f"{{{_ITUNES}}}image", href=episode.image)
    for each in episode.transcripts:
        add(parent, f"{{{_PODCAST}}}transcript", url=each.url, type=each.type, language=each.language)
    if episode.chapters:
        # The only type in use.
        add(parent, f"{{{_PODCAST}}}chapters", url=episode.chapters, type="application/json+chapters")


DEFINITION = {"rss": _rss_item, "atom": _atom_entry}
"""The function that defines an entry, by the extension of its format."""
