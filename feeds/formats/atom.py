"""Atom (RFC 4287)."""

from datetime import UTC, datetime
from functools import partial

from feedgen.feed import FeedGenerator

from feeds.article import Article, Enclosure, Image, Provider
from feeds.feed import Feed
from feeds.feed.site import Site, feed_id, provider_path, topic_scheme
from feeds.formats.assembly import Extension, insert, styled
from feeds.formats.escaping import attribute, cdata, number, optional, text
from feeds.formats.format import Format
from feeds.formats.media import links_to_related, media
from feeds.formats.text import byline, clean, content_html, headline, portion, source, summary
from feeds.formats.xml import (
    HISTORY,
    MEDIA,
    SYNDICATION,
    XML,
    Element,
    add,
    add_history,
    add_update_frequency,
)

_EXTENSION = "atom"
_TYPE = "application/atom+xml"
_LINE = "\n    "  # before an element of an entry
_DELETED = "http://purl.org/atompub/tombstones/1.0"
_NAMESPACES = {"fh": HISTORY, "media": MEDIA, "sy": SYNDICATION}
_TOMBSTONE_NAMESPACES = {"at": _DELETED, **_NAMESPACES}  # validators warn of a namespace without use


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
    files = article.files
    updated = article.updated.isoformat()
    return (
        f"<entry{optional('xml:lang', article.language)}>"
        f"\n    <id>{text(article.id)}</id>"
        f"\n    <title>{text(headline(article))}</title>"
        f"\n    <updated>{updated}</updated>"
        f"{_authors(article, site)}"
        f"{_categories(article, site)}"
        f"\n    <published>{article.published.isoformat()}</published>"
        # The first link, which some readers use as the page.
        f'\n    <link rel="alternate" type="text/html" href="{attribute(article.url)}"/>'
        f"{_enclosures(files)}"
        f"{links_to_related(article, 'link', _LINE)}"
        f"{_source(article.provider, site, updated)}"
        # Pictures are last: scripts that look for "content" or "summary" in any namespace must find
        # these elements first.
        f"{_bodies(article, portion(article, site, content))}"
        f"{media(article, files, text, _LINE)}"
        "\n  </entry>"
    ).encode()


def _authors(article: Article, site: Site) -> str:
    authors = [
        f"\n    <author>\n      <name>{text(name)}</name>\n    </author>"
        for name in byline(article, site)
    ]
    return "".join(authors)


def _categories(article: Article, site: Site) -> str:
    scheme = attribute(topic_scheme(site))
    topics = [
        f'\n    <category term="{name}" scheme="{scheme}" label="{name}"/>'
        for name in map(attribute, article.topics)
    ]
    return "".join(topics)


def _enclosures(files: tuple[Enclosure | Image, ...]) -> str:
    links = [
        f'\n    <link rel="enclosure"{optional("type", file.type)} href="{attribute(file.url)}"'
        f"{number('length', file.length)}"
        f"{optional('title', file.title) if isinstance(file, Enclosure) else ''}/>"
        for file in files
    ]
    return "".join(links)


def _source(provider: Provider | None, site: Site, updated: str) -> str:
    """The source, without an alternate link: QuiteRSS and RSS Guard 4 would open that one."""
    if not provider:
        return ""
    path = provider_path(provider.domain)
    url = f"{attribute(site.url)}{text(path)}.{_EXTENSION}"
    return (
        "\n    <source>"
        f"\n      <id>{text(feed_id(site, path))}</id>"
        f"\n      <title>{text(source(provider))}</title>"
        f"\n      <updated>{updated}</updated>"
        f'\n      <link rel="self" type="{_TYPE}" href="{url}"/>'
        "\n    </source>"
    )


def _bodies(article: Article, shown: str) -> str:
    if shown == "full":
        short = text(summary(article))
        content = f'\n    <content type="html">{cdata(content_html(article))}</content>'
        return f"\n    <summary>{short}</summary>{content}" if short else content
    if shown == "summary":
        html = text(content_html(article, shown))
        return f'\n    <summary type="html">{html}</summary>'
    return ""


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
