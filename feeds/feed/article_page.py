"""An article with its neighbours: everything that its page shows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import log
from urllib.parse import unquote

from msgspec import Struct
from pyroaring import BitMap

from feeds.article import Article, slugify
from feeds.errors import GoneArticle, UnknownFeed
from feeds.feed import linked
from feeds.feed.site import ARTICLES_SEGMENT, Site, completed, page_address, page_path
from feeds.index import Index
from feeds.index.articles import articles
from feeds.store import Record

MAX_RELATED = 6  # articles of related topics
MAX_OF_STORY = 12  # other articles of the same story
NEAREST = 8  # articles of each topic, before and after, that are considered as related


class ArticleLink(Struct, frozen=True):
    """A link to another article; *page* is the path of its page here, empty if it has none."""

    title: str
    url: str
    page: str = ""
    provider: str = ""
    published: datetime | None = None
    language: str = ""


class ArticlePage(Struct, frozen=True):
    """The page of *article*, at *address*.

    *canonical* is the address of the article elsewhere, or *address* if there is none. *before* and
    *after* are its neighbours in time, *same_story* other articles of the same story, *related* others.
    *modified* is the last change of the page in seconds since 1970.
    """

    article: Article
    slug: str
    address: str
    canonical: str
    site: Site
    before: ArticleLink | None
    after: ArticleLink | None
    same_story: tuple[ArticleLink, ...]
    related: tuple[ArticleLink, ...]
    modified: int

    @property
    def is_elsewhere(self) -> bool:
        """True if the article has an address on another site."""
        return self.canonical != self.address


def article_page(site: Site, index: Index, slug: str) -> ArticlePage:
    """The page of the article with *slug*. Raises UnknownFeed and GoneArticle."""
    record = index.at_slug(slug)
    if record is None:
        raise GoneArticle(slug) if slug in index.retired else UnknownFeed("article", slug)
    site = completed(site, index.taxonomy)
    [article] = articles([record])
    article = linked(site, record, article)
    before, after = index.around(record)
    same_story = _same_story(index, record)
    pages = {page_path(each.slug) for each in same_story}
    named = [each for each in _named(index, article) if each.page not in pages]
    shown = [each for each in (before, after, *same_story) if each]
    known = {each.page for each in named} | {page_path(each.slug) for each in (record, *shown)}
    alike = [each for each in _alike(index, record, article) if page_path(each.slug) not in known]
    shown += alike[: max(0, MAX_RELATED - len(named))]
    links = {each.page: each for each in _links(site, shown)}

    def link(other: Record) -> ArticleLink | None:
        return links.get(page_path(other.slug))

    return ArticlePage(
        article=article,
        slug=slug,
        address=page_address(site, record),
        canonical=article.url,
        site=site,
        before=link(before) if before else None,
        after=link(after) if after else None,
        same_story=tuple(filter(None, map(link, same_story))),
        related=(*named, *filter(None, map(link, alike))),
        modified=max([index.last_removal([]), *(each.moment for each in (record, *shown))]),
    )


def id_of_page(site: Site, index: Index, named: str) -> str:
    """The id of the article whose page has the address *named*, else *named* itself."""
    prefix = f"{site.url}/{ARTICLES_SEGMENT}/"
    record = index.at_slug(unquote(named.removeprefix(prefix))) if named.startswith(prefix) else None
    return record.id if record else named


def _same_story(index: Index, record: Record) -> list[Record]:
    """The newest other articles of the same story."""
    if not record.cluster:
        return []
    newest = index.newest(index.in_cluster(record.cluster), MAX_OF_STORY + 1)
    return [each for each in newest if each != record][:MAX_OF_STORY]


def _named(index: Index, article: Article) -> Iterator[ArticleLink]:
    """Yield the related articles that *article* itself names, each address once."""
    for url, each in {each.url: each for each in article.related if each.url}.items():
        if url != article.url:
            known = index.find(url)
            page = page_path(known.slug) if known else ""
            yield ArticleLink(each.title or url, url, page, each.provider, each.published)


def _alike(index: Index, record: Record, article: Article) -> list[Record]:
    """The articles near *record* in time that share most of its topics; rare topics count more.

    They are near, not the newest, so that a new article changes few pages of others.
    """
    position, scores = index.position(record), dict[int, float]()
    for slug in dict.fromkeys(index.canonical("topic", slugify(name)) for name in article.topics):
        positions = index.postings("topic", slug) or BitMap()
        for each in _nearest(positions, position):
            scores[each] = scores.get(each, 0) + 1 / log(2 + len(positions))
    found = [(index.record(each), score) for each, score in scores.items() if each != position]
    found.sort(key=lambda each: (-each[1], abs(each[0].published - record.published), each[0].id))
    return [each for each, _ in found]


def _nearest(positions: BitMap, position: int) -> Iterator[int]:
    rank = positions.rank(position)
    yield from positions[max(0, rank - 1 - NEAREST) : rank + NEAREST]


def _links(site: Site, records: list[Record]) -> Iterator[ArticleLink]:
    """Yield a link to the page of each of *records*."""
    for record, each in zip(records, articles(records), strict=True):
        yield ArticleLink(
            each.title,
            linked(site, record, each).url,
            page_path(record.slug),
            each.provider.name if each.provider else "",
            datetime.fromtimestamp(record.published, UTC),
            each.language,
        )
