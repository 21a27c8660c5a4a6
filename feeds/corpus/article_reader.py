"""Conversion of front matter and Markdown to an Article, with a new id for an article without one."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import quote, urlsplit

from feeds.article import Article, Provider, Related, Taxonomy, slugify
from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.dates import parse_date
from feeds.corpus.enclosures import read_enclosures
from feeds.corpus.fields import warn_of_misspelt
from feeds.corpus.front_matter import Header
from feeds.corpus.images import read_images, with_types, written_images
from feeds.corpus.markdown import to_html
from feeds.corpus.plain_text import excerpt, plain_excerpt, plain_name
from feeds.corpus.reading import Withheld
from feeds.corpus.sanitize import BodyError
from feeds.corpus.taxonomy import domain_of, smallest
from feeds.corpus.urls import absolute, written_address
from feeds.corpus.withholding import withheld

MAX_TITLE = 1000  # characters

_ID = expression(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_UNQUOTED = expression(r"[A-Za-z0-9/._~-]*")
_NO_DATE = datetime.min.replace(tzinfo=UTC)


class ArticleReader:
    """Reads the articles of one corpus, described by *taxonomy*.

    URLs are relative to *base*, and dates without a time zone are in *zone*. Articles without an id get a
    tag URI (RFC 4151) with the taxonomy's authority and the year *since*.
    """

    def __init__(self, taxonomy: Taxonomy, base: str, zone: tzinfo, since: int) -> None:
        self._base = base
        self._zone = zone
        self._tagging_entity = f"{taxonomy.authority},{since}"
        self._organizations = {provider.domain: provider for provider in taxonomy.organizations}

    def read(self, path: str, header: Header, markdown: str) -> Article | Withheld:
        """Make the Article, or Withheld if a field withholds it. Raises ArticleError."""
        if found := withheld(path, header):
            return found
        title = self._title(header)
        link = self._link(header)
        published = self._published(path, header)
        changed = header.date("modifiedDateTime", self._zone) or published
        provider, authors = self._provider(header, link)
        html = self._html(header, markdown, title, link)
        images = written_images(header, header.mappings("images"), self._base)
        article = Article(
            id=self._id(path, header.word("id").strip()),
            title=title,
            url=link,
            published=published,
            updated=max(published, changed),
            provider=provider,
            authors=authors,
            topics=_topics(header),
            summary=plain_excerpt(header.text("excerpt")) or excerpt(html, title=title),
            html=html,
            images=with_types(images),
            language=header.language("language", "lang", "locale"),
            type=slugify(header.word("type")),
            related=self._related(header),
            quality=header.number("quality"),
            heat=header.number("heat"),
            enclosures=read_enclosures(header, lambda written: written_address(written, self._base)),
            typed=tuple(image.url for image in images if image.type),
        )
        warn_of_misspelt(header)
        header.check()
        return article

    def id_of(self, path: str) -> str:
        """The id of a new article at *path* that has no id in its front matter."""
        return self._tag(path.removesuffix(".md").lstrip("_"))

    def _id(self, path: str, own: str) -> str:
        if not own:
            return self.id_of(path)
        return own if _ID.fullmatch(own) else self._tag(own)

    def _tag(self, name: str) -> str:
        quoted = name if _UNQUOTED.fullmatch(name) else quote(name, safe="/-._~")
        return f"tag:{self._tagging_entity}:{quoted}"

    def _title(self, header: Header) -> str:
        title = plain_name(header.name("title")) or plain_name(header.name("name"))
        if not title and not header.is_bad("name"):
            header.report("title", problems.NO_TITLE)
        if len(title) > MAX_TITLE:
            header.report("title", problems.TITLE_TOO_LONG, length=len(title), limit=MAX_TITLE)
        return title

    def _html(self, header: Header, markdown: str, title: str, link: str) -> str:
        try:
            return to_html(markdown, header.text("featuredContent"), title, link)
        except BodyError as error:
            header.report_body(error.code, **error.values)
            return ""

    def _link(self, header: Header) -> str:
        """The URL of the article; after reporting a problem with it, the base URL."""
        for key in ("webUrl", "originalUrl"):
            if written := header.word(key):
                try:
                    return written_address(written, self._base)
                except (ValueError, UnicodeError):
                    header.report(key, problems.NOT_AN_ADDRESS, written=written[:80])
                    return self._base
        if not header.is_bad("originalUrl"):
            header.report("webUrl", problems.NO_ADDRESS)
        return self._base

    def _published(self, path: str, header: Header) -> datetime:
        """The date of the article; after reporting a problem with it, the earliest possible date."""
        published = header.date("publishedDateTime", self._zone) or self._date_in_name(path)
        if not published:
            header.report("publishedDateTime", problems.NO_DATE)
        return published or _NO_DATE

    def _date_in_name(self, path: str) -> datetime | None:
        found = re.match(r"(\d{4}-\d{2}-\d{2})(?!\d)", path.rpartition("/")[2])
        try:
            return parse_date(found[1], self._zone) if found else None
        except (ValueError, OverflowError):
            return None

    def _provider(self, header: Header, link: str) -> tuple[Provider | None, tuple[str, ...]]:
        fields = header.mapping("provider")
        if not fields:
            return None, ()
        name = plain_name(header.name("name", fields, "provider."))
        domain = self._domain(header, fields, link)
        known = self._organizations.get(domain)
        images = header.mappings("images", fields, "provider.")
        pictures = read_images(header, images, self._base, "provider.images")
        authors = tuple(
            author
            for item in header.mappings("authors", fields, "provider.")
            if (author := plain_name(header.name("name", item, "provider.authors.")))
        )
        return (
            Provider(
                domain,
                name or (known.name if known else domain),
                known.url if known else absolute(f"https://{domain}/", "") if domain else "",
                (known.logo if known else None) or smallest(pictures),
                known.content if known else "",
            ),
            authors,
        )

    def _domain(self, header: Header, provider: Mapping[str, Any], link: str) -> str:
        """The domain of *provider*, by default the host of the article's *link*."""
        written = header.word("domain", provider, "provider.")
        domain = domain_of(written or urlsplit(link).hostname or "")
        if written and not domain:
            header.report("provider.domain", problems.NOT_A_DOMAIN, written=written[:80])
        elif not domain:  # the host is an address of IPv6
            header.report("provider.domain", problems.NO_DOMAIN)
        return domain

    def _related(self, header: Header) -> tuple[Related, ...]:
        """The related articles that have a title and an address; warns of others."""
        related = []
        for position, item in enumerate(header.mappings("related")):
            prefix = f"related[{position}]."
            title = plain_name(header.name("title", item, prefix))
            provider = item.get("provider")
            within = provider if isinstance(provider, dict) else {}
            name = plain_name(header.name("name", within, f"{prefix}provider."))
            url = self._related_url(header, item, prefix)
            if not title and not header.is_bad(f"{prefix}title"):
                header.warn(f"{prefix}title", problems.NO_TITLE)
            if title and url:
                published = header.date("publishedDateTime", self._zone, item, prefix)
                related.append(Related(title, url, name, published))
        return tuple(related)

    def _related_url(self, header: Header, item: Mapping[str, Any], prefix: str) -> str:
        written = header.word("webUrl", item, prefix) or header.word("originalUrl", item, prefix)
        if not written:
            if not header.is_bad(f"{prefix}webUrl", f"{prefix}originalUrl"):
                header.warn(f"{prefix}webUrl", problems.NO_ADDRESS)
            return ""
        try:
            return written_address(written, self._base)
        except (ValueError, UnicodeError):
            header.warn(f"{prefix}webUrl", problems.NOT_AN_ADDRESS, written=written[:80])
            return ""


def _topics(header: Header) -> tuple[str, ...]:
    names = (plain_name(name) for name in header.names("topics"))
    return tuple(dict.fromkeys(name for name in names if slugify(name)))
