"""Conversion of the posts of any site generator to articles."""

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote, urlsplit

from feeds.article import MIN_FULL_BYTES, Article, Enclosure, Image, Provider, slugify
from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.article_reader import MAX_TITLE
from feeds.corpus.bodies.context import BodyContext, BodyReferences, NoReferences, Prepared
from feeds.corpus.bodies.preparation import prepare, removal_line
from feeds.corpus.front_matter import Header, as_flag
from feeds.corpus.markdown import body_html
from feeds.corpus.media_types import is_picture, media_type
from feeds.corpus.plain_text import excerpt, plain_excerpt
from feeds.corpus.posts import dates, status
from feeds.corpus.posts.credits import authors_of
from feeds.corpus.posts.fields import PostFields
from feeds.corpus.posts.heads import written_title
from feeds.corpus.posts.languages import full_tag, language_of
from feeds.corpus.posts.links import Links, host_of, links_of
from feeds.corpus.posts.media import Media, NoMedia, enclosures_of, players_of
from feeds.corpus.posts.names import id_name, name_in, section_of
from feeds.corpus.posts.pictures import NoPictures, Pictures, images_of
from feeds.corpus.posts.schema import PostSchema
from feeds.corpus.posts.survey import Survey
from feeds.corpus.posts.titles import first_heading, in_capitals, in_words, is_same, plain_title, without
from feeds.corpus.posts.topics import MEANINGLESS, topics_of
from feeds.corpus.reading import Withheld
from feeds.corpus.sanitize import BodyError
from feeds.corpus.urls import SCHEME
from feeds.errors import PassedOver

MAX_FIRST_WORDS = 70  # characters of a title that is made of them
MAX_TAG_NAMES = 80  # characters of the names of removed tags, in one warning

_URI = expression(r"[A-Za-z][A-Za-z0-9+.-]+:[!-~]+")
_NO_TYPES = frozenset({"", "post", "posts", "page", "text", "rest", "blog", "article"})
_TEMPLATE = expression(r"\{%|\{\{\s*[\w.]+\s*(?:\||\}\})")  # not filled in
_IMAGE = expression(r'<img src="([^"]*)"(?: alt="([^"]*)")?')


class PostReader:
    """Reads the posts of one site by its *schema* and the *survey* of its files.

    Ids are tag URIs (RFC 4151) with *authority* and the year *since*. *now* returns the time by which
    posts expire, in seconds since 1970.
    """

    def __init__(
        self,
        schema: PostSchema,
        survey: Survey,
        *,
        authority: str,
        since: int,
        pictures: Pictures | None = None,
        media: Media | None = None,
        references: BodyReferences | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._schema = schema
        self._survey = survey
        self._tagging_entity = f"{authority},{since}"
        self._pictures = pictures or NoPictures()
        self._media = media or NoMedia()
        self._references = references or NoReferences()
        self._now = now
        self._site_values = {**schema.site.values, "url": schema.site.url, "baseurl": ""}
        self._host = host_of(schema.site.url)
        self._has_no_logo = bool(SCHEME.match(schema.site.logo))

    def read(self, path: str, header: Header, body: str) -> Article | Withheld:
        """Make the Article, or Withheld if a field withholds it.

        Raises ArticleError, and PassedOver for a page.
        """
        kind = self._survey.kind(path)
        if kind == "page":
            raise PassedOver(problems.A_PAGE, path, 1)
        fields = self._schema.fields_of(path, header)
        now = datetime.fromtimestamp(self._now(), UTC)
        if held := status.withheld(path, fields, self._schema, now):
            return held
        if kind == "draft":
            return Withheld(path, problems.IN_DRAFTS)
        links = links_of(fields, self._schema.site)
        zone = self._schema.zone
        dated = dates.published(path, fields, zone, links.permalink, uses_name=self._schema.uses_name)
        if not dated:
            return _undated(path, header)
        article = self._article(path, fields, links, dated.date, body)
        header.check()
        return article

    def id_of(self, path: str) -> str:
        """The id of a new article at *path* that has no id in its front matter."""
        name = id_name(path, self._schema.site)
        return f"tag:{self._tagging_entity}:{quote(name, safe='/-._~')}"

    def _article(self, path: str, fields: PostFields, links: Links, date: datetime, body: str) -> Article:
        header = fields.header
        url = links.canonical or self._survey.address(path)
        whole, (title, body) = body, _title_and_body(fields, body)
        lead = _link(links.external) + players_of(fields, body)
        summary, base = _summary(fields), url or self._schema.site.url
        context, prepared = self._prepared(header, body, whole)
        html = self._html(header, context, lead, prepared.markdown, title=title, base=base)
        opening = prepared.summary if prepared.summary and not summary else ""
        start = self._html(header, context, "", opening, title=title, base=base) if opening else html
        title = self._limited(header, title or self._made_title(path, html))
        published = _in_seconds(
            max(date, dates.first_date(fields, "publication", self._schema.zone) or date)
        )
        updated = dates.first_date(fields, "updated", self._schema.zone)
        enclosures = enclosures_of(path, fields, self._schema.site, self._media)
        return Article(
            id=self._id(path, fields),
            title=title,
            url=url,
            published=published,
            updated=max(published, _in_seconds(updated)) if updated else published,
            provider=self._provider(path, url if links.canonical else ""),
            authors=self._authors(fields),
            topics=self._topics(path, fields),
            summary=summary or excerpt(start or html, title=title),
            html=html,
            images=images_of(path, fields, self._pictures) or _first_image(html),
            language=full_tag(language_of(path, fields, self._schema.site), self._schema.site),
            type=_type(fields, enclosures),
            enclosures=enclosures,
        )

    def _id(self, path: str, fields: PostFields) -> str:
        return next((text for _, text in fields.texts("id") if _URI.fullmatch(text)), self.id_of(path))

    def _prepared(self, header: Header, body: str, whole: str) -> tuple[BodyContext, Prepared]:
        """The *body* in plain Markdown, and its context.

        Warns of removed tags at their line in *whole*, the body with its title.
        """
        context = BodyContext(
            path=header.body_path,
            syntax=self._schema.dialect.syntax,
            references=self._references,
            values={"site": self._site_values, "page": header.fields},
            separator=self._schema.site.separator,
        )
        prepared = prepare(body, context)
        if prepared.removed:
            names = ", ".join(prepared.removed)
            line = removal_line(whole, prepared.removed, context)
            header.warn_of_body(line, problems.TAGS_REMOVED, names=names[:MAX_TAG_NAMES])
        return context, prepared

    def _html(
        self, header: Header, context: BodyContext, lead: str, text: str, *, title: str, base: str
    ) -> str:
        try:
            return body_html(text, context, lead, title, base)
        except BodyError as error:
            header.report_body(error.code, **error.values)
            return ""

    def _made_title(self, path: str, html: str) -> str:
        """The first words where most posts have no title or the file no name, else that name."""
        name = in_words(name_in(path, self._schema.site))
        if self._survey.is_untitled or not re.search(r"[^\W\d_]", name):
            return excerpt(html, MAX_FIRST_WORDS) or name
        return name

    def _limited(self, header: Header, title: str) -> str:
        if len(title) > MAX_TITLE:
            header.report("title", problems.TITLE_TOO_LONG, length=len(title), limit=MAX_TITLE)
        return title

    def _provider(self, path: str, foreign: str) -> Provider | None:
        """The provider of the article at *path*: the site of the address *foreign*, or else this site.

        None if its host is unknown.
        """
        site = self._schema.site
        if foreign and (host := host_of(foreign)) != self._host:
            parts = urlsplit(foreign)
            return Provider(host, host, f"{parts.scheme}://{parts.netloc}/") if host else None
        if not self._host:
            return None
        return Provider(self._host, site.title or self._host, f"{site.url}/", self._logo(path))

    def _logo(self, path: str) -> Image | None:
        """The logo of this site: its file, which the article at *path* then names, or an address."""
        written = self._schema.site.logo
        if not written or self._has_no_logo:
            return self._schema.logo
        found = self._pictures.find(f"/{written.removeprefix('./').lstrip('/')}", path)
        self._has_no_logo = not found  # it is not sought for every article
        return found or self._schema.logo

    def _authors(self, fields: PostFields) -> tuple[str, ...]:
        people = self._schema.people
        for found in fields.values("authors"):
            if names := authors_of(found.value, people):
                return names
        return authors_of(list(self._schema.site.authors) or people.get("default"), people)

    def _topics(self, path: str, fields: PostFields) -> tuple[str, ...]:
        names = topics_of(path, fields, self._schema)
        useful = self._useful(names)
        if not useful and len(self._survey.sections) > 1:
            useful = self._useful((in_capitals(section_of(path, self._schema.site)),))
        return useful

    def _useful(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The topics called *names* in their commonest spelling, without those that say nothing."""
        dropped = MEANINGLESS | self._survey.dropped_topics | {*self._schema.dialect.collections}
        slugs = {slugify(name): name for name in names if name}
        spelling = self._survey.topic_names
        return tuple(
            spelling.get(slug, name) for slug, name in slugs.items() if slug and slug not in dropped
        )


def _title_and_body(fields: PostFields, body: str) -> tuple[str, str]:
    """The title in front matter or in the first heading, and *body* without that heading."""
    title = written_title(fields)
    heading = first_heading(body)
    if heading and (not title or is_same(title, heading.text)):
        return title or heading.text, without(body, heading)
    return title, body


def _undated(path: str, header: Header) -> Withheld:
    """The post at *path* as Withheld because it has no date, or none that is understood."""
    bad = next((each for each in header.warnings if each.code == problems.NOT_A_DATE), None)
    if not bad:
        return Withheld(path, problems.UNDATED)
    return Withheld(path, problems.NOT_A_DATE, {"written": str(bad.values["written"])})


def _summary(fields: PostFields) -> str:
    """The summary in front matter as plain text; a text that names a picture is none."""
    for _, text in fields.texts("summary"):
        if is_picture(text) or as_flag(text) is not None or _TEMPLATE.search(text):
            continue
        if summary := plain_excerpt(plain_title(text)):
            return summary
    return ""


def _type(fields: PostFields, enclosures: Sequence[Enclosure]) -> str:
    written = slugify(fields.text("type"))
    if written not in _NO_TYPES:
        return written
    return next((each.medium for each in enclosures if each.is_playable), "")


def _first_image(html: str) -> tuple[Image, ...]:
    found = _IMAGE.search(html)
    if not found or len(html.encode()) < MIN_FULL_BYTES:
        return ()
    return (
        Image(
            found[1].replace("&amp;", "&"), type=media_type(found[1]), alt=plain_excerpt(found[2] or "")
        ),
    )


def _in_seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _link(url: str) -> str:
    """A paragraph with a link to *url*, whose text is the address as people read it."""
    shown = url.partition("://")[2].removeprefix("www.").removesuffix("/")
    return f'<p><a href="{escape(url)}">{escape(shown)}</a></p>' if url else ""
