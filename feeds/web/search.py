"""The page of search results, suggestions while a person types, and the OpenSearch description."""

from collections.abc import Iterable
from typing import Any

import msgspec
from flask import Response, render_template, request
from markupsafe import Markup, escape
from msgspec import Struct

from feeds.article import Article
from feeds.article.teaser import teaser
from feeds.corpus.plain_text import excerpt
from feeds.errors import FeedsError, GoneFeed, QueryError, UnknownFeed
from feeds.feed import fill
from feeds.feed.directory import FeedSummary, overview
from feeds.feed.search import (
    RELEVANCE,
    SEARCH_SORTS,
    ArticleSearch,
    conditions,
    filters,
    found_items,
    last_page,
    read_search,
)
from feeds.feed.site import page_path
from feeds.feed.suggestions import MAX_CORRECTIONS, FeedNames, corrections
from feeds.formats import DEFAULT
from feeds.formats.text import clean
from feeds.index import Index
from feeds.pipeline import PreparedFeed
from feeds.query import Query, query_string
from feeds.query.marking import MAX_EXCERPT_LENGTH, MarkedPart, marked, marked_excerpt, sought
from feeds.query.matching import matching
from feeds.query.parameters.text import Q
from feeds.web.error_pages import prefers_page
from feeds.web.errors import STATUSES
from feeds.web.languages import page_wording
from feeds.web.pages import busiest, shown
from feeds.web.responses import OPENSEARCH_TYPE, Context

SUGGESTIONS_TYPE = "application/x-suggestions+json"
MAX_SHORT_NAME = 16  # characters (OpenSearch 1.1, ShortName)
BUSIEST_TOPICS = 24  # on the page without a search


class Correction(Struct, frozen=True):
    """Another search, and how many articles it finds."""

    text: str
    address: str
    count: int


class Shown(Struct, frozen=True):
    """The texts of a result with the matching words marked; *names* are those of topics and provider."""

    title: Markup
    excerpt: Markup
    names: dict[str, Markup]


class SearchPages:
    """The views of search."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._named: tuple[object, FeedNames | None] = None, None

    def page(self) -> Response:
        """Respond with a page of search results, or with the busiest topics if nothing is searched."""
        try:
            response = self._found(read_search(request.args.items(multi=True)))
        except (QueryError, UnknownFeed, GoneFeed) as error:
            if not prefers_page():
                raise
            response = self._refused(error)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def suggestions(self) -> Response:
        """Respond with names of topics, providers and authors that match the words typed so far."""
        text = request.args.get(Q.key, "")
        found = self._names().matching(text) if text.strip() and Q.clauses(text) else []
        url = self._context.site.url
        several = [
            [each.name for each in found],
            [each.key for each in found],
            [url + each.query.page for each in found],
        ]
        return self._context.whole(msgspec.json.encode([text, *several]), SUGGESTIONS_TYPE)

    def description(self) -> Response:
        """Respond with the OpenSearch description, by which browsers add this search to theirs."""
        site = self._context.described_site
        title = clean(site.title).strip() or "Feeds"
        body = render_template(
            "opensearch.xml",
            site=site,
            short_name=title[:MAX_SHORT_NAME],
            long_name=title[:48],
            description=clean(site.description or title)[:1024],
            suggestions_type=SUGGESTIONS_TYPE,
        )
        return self._context.whole(body.encode(), f"{OPENSEARCH_TYPE}; charset=utf-8")

    def _names(self) -> FeedNames:
        """The names of the index, made once for each."""
        index = self._context.pipeline.current_index.index()
        same = (index.revision, index.renewed, index.due)  # not the index: it would stay in memory
        if self._named[0] != same or self._named[1] is None:
            self._named = same, FeedNames(index)
        return self._named[1]  # type: ignore[return-value]

    def _refused(self, error: FeedsError) -> Response:
        """Respond with *error* on the page, and keep the text in the field."""
        text = request.args.get(Q.key, "").strip()
        is_other = text and not (isinstance(error, QueryError) and error.parameter == Q.key)
        return self._shown(
            STATUSES[type(error)],
            searched=text,
            wrong=error,
            words_alone=ArticleSearch(text).address if is_other else "",
        )

    def _shown(self, status: int = 200, **values: Any) -> Response:
        values.setdefault("feed", self._context.everything)
        return shown(self._context, "search.html", status, **values)

    def _found(self, search: ArticleSearch) -> Response:
        query = search.query
        prepared = self._context.pipeline.prepare(query, DEFAULT.extension)
        index = prepared.index
        if not query.all_clauses:
            return self._shown(busiest=self._busiest(index), searches=True)
        return self._shown(
            feed=prepared.feed,
            searched=search.text,
            search=search,
            named=self._names().matching(search.text),
            conditions=conditions(index, search, page_wording(self._context.described_site.language)),
            filters=filters(index, search),
            sorts=[(sort, search.with_(sort=sort).address) for sort in SEARCH_SORTS[:2]],
            builder="/build" + query_string(query.parameters),
            query=query,
            readers=self._context.http.readers,
            **self._results(prepared, search),
        )

    def _results(self, prepared: PreparedFeed, search: ArticleSearch) -> dict[str, Any]:
        index, selection = prepared.index, prepared.selection
        positions = matching(index, selection.query)
        items = found_items(index, search, positions)
        feed = fill(prepared.feed, msgspec.structs.replace(selection, items=items))
        wanted = sought(selection.query.all_clauses)
        last = last_page(len(positions))
        return {
            "total": len(positions),
            "results": [
                (article, page_path(item.records[0].slug), _marked(article, wanted))
                for article, item in zip(feed.articles, items, strict=True)
            ],
            "last_page": last,
            "before": search.with_(page=search.page - 1).address if search.page > 1 else "",
            "after": search.with_(page=search.page + 1).address if search.page < last else "",
            "by_date": search.sort != RELEVANCE,
            "corrections": [] if positions else self._corrections(index, search),
            "elsewhere": self._elsewhere(index, search) if not positions else None,
        }

    def _corrections(self, index: Index, search: ArticleSearch) -> list[Correction]:
        """Other searches that find articles, instead of one that finds none."""
        found = (
            self._correction(index, search.with_(text=text))
            for text in corrections(index, self._names(), search.text)
        )
        return [each for each in found if each.count][:MAX_CORRECTIONS]

    def _elsewhere(self, index: Index, search: ArticleSearch) -> Correction | None:
        """The same words without other conditions, if these find articles."""
        if not search.others.all_clauses or not search.text:
            return None
        other = self._correction(index, search.with_(others=Query()))
        return other if other.count else None

    def _correction(self, index: Index, search: ArticleSearch) -> Correction:
        return Correction(search.text, search.address, len(matching(index, search.query)))

    def _busiest(self, index: Index) -> tuple[FeedSummary, ...]:
        topics = tuple(overview(self._context.site, index).all_topics())
        found = busiest([each for each in topics if each.articles], BUSIEST_TOPICS)
        return tuple(sorted(found, key=lambda each: (-each.articles, each.name)))


def _marked(article: Article, wanted: Iterable[tuple[str, ...]]) -> Shown:
    text = teaser(article) or excerpt(article.html, MAX_EXCERPT_LENGTH, article.title)
    names = (*article.topics, *([article.provider.name] if article.provider else []))
    return Shown(
        _html(marked(article.title, wanted)),
        _html(marked_excerpt(text, wanted)) if text != article.title else Markup(),
        {name: _html(marked(name, wanted)) for name in names},
    )


def _html(parts: Iterable[MarkedPart]) -> Markup:
    return Markup().join(
        Markup("<mark>{}</mark>").format(part.text) if part.matches else escape(part.text)
        for part in parts
    )
