"""Pages for people: the home page, and a page for each feed."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec
from flask import Response, render_template, request

from feeds.feed import fill, in_words
from feeds.feed.context import feed_context
from feeds.feed.directory import FeedSummary, overview
from feeds.feed.paging import FROM, MAX_ON_PAGE, entries_page
from feeds.feed.search import ArticleSearch
from feeds.feed.site import page_path
from feeds.formats import DEFAULT
from feeds.index import Index
from feeds.pipeline import coded
from feeds.query import Query, query_string
from feeds.query.describe import describe
from feeds.query.grammar import NO_REDIRECT, parse
from feeds.query.parameters.text import Q
from feeds.query.selection import Item
from feeds.web.languages import (
    language_key,
    language_values,
    page_vary,
    page_wording,
    with_language,
    with_language_kept,
)
from feeds.web.responses import HTML, Context, accepted_coding, sent
from feeds.web.streams import followed

# Resources come from this server, except pictures, audio and video: a corpus may refer to these anywhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src * data:; "
    "media-src *; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)

# The headers of every page.
RULES = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "strict-origin-when-cross-origin",
}

MAX_QR_ADDRESS_LENGTH = 500  # characters; phones read no denser code from a screen

NEWEST = 10  # articles on the home page
ON_HOME = 48  # feeds of each kind on the home page, the busiest if there are more
AT_LENGTH = 150  # the most feeds that a list of feeds shows in detail
BUSIEST = 24  # feeds shown in detail, if there are more


class ListedGroup(NamedTuple):
    """The feeds of one *kind* on the home page, of *total*."""

    kind: str
    feeds: tuple[FeedSummary, ...]
    total: int


class Pages:
    """The home page and the page of every feed."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def home(self) -> Response:
        """Respond with all feeds on offer; with arguments, with the page of the feed they select.

        Words alone lead to the page of search results.
        """
        query = self._context.query()
        if (text := _words_alone(query)) and NO_REDIRECT not in request.args:
            return self._context.redirect(self._context.base + ArticleSearch(text).address)
        if query.all_clauses or not query.plain:
            return self._page(query)
        return named_page(self._context, "home", self._home)

    def _home(self, index: Index) -> bytes:
        context = self._context
        seen = overview(context.site, index)
        newest = context.pipeline.prepare(Query(limit=NEWEST), DEFAULT.extension)
        articles = fill(newest.feed, newest.selection).articles
        return rendered(
            context,
            "home.html",
            feed=msgspec.structs.replace(context.everything, articles=articles),
            pages=[_page_of(item) for item in newest.selection.items],
            readers=context.http.readers,
            about=context.site.description or index.taxonomy.description,
            seen=seen,
            groups=[
                ListedGroup(group.kind, busiest(group.feeds), len(group.feeds)) for group in seen.groups
            ],
        )

    def feeds(self, kind: str) -> Response:
        """Respond with all feeds of one *kind*, such as topics."""
        return named_page(self._context, kind, partial(self._feeds, kind))

    def _feeds(self, kind: str, index: Index) -> bytes:
        seen = overview(self._context.site, index)
        tree = seen.topics if kind == "topics" else ()
        feeds = next((group.feeds for group in seen.groups if group.kind == kind), ())
        every = tuple(seen.all_topics()) if tree else feeds
        return rendered(
            self._context,
            "directory.html",
            feed=self._context.everything,
            kind=kind,
            topics=tree,
            feeds=feeds,
            count=len(every),
            at_length=at_length(every),
        )

    def needs_server(self) -> Response:
        """Respond with the page that links of an export lead to if they need the server."""
        return shown(self._context, "needs-server.html", site=self._context.described_site)

    def page(self, **place: str) -> Response:
        """Respond with the page of a feed."""
        return self._page(self._context.query(**place))

    def _page(self, requested: Query) -> Response:
        prepared = self._context.pipeline.prepare(requested, DEFAULT.extension)
        query, address = prepared.selection.query, prepared.feed.page
        if query.archive:  # it has a page of its own, but the canonical address of the current feed
            address = f"{self._context.site.url}{query.feed_path}{query.arguments}"
        if moved := self._context.moved(requested, query, with_language(address)):
            return moved
        current = self._context.pipeline.prepare(query.current, DEFAULT.extension)
        selection, exported = prepared.selection, self._context.exported
        words = page_wording(prepared.feed.site.language)
        # The file of an archive has all of its entries: its address has no arguments.
        most = None if exported else MAX_ON_PAGE
        on_page = entries_page(
            prepared.index, selection, current.selection, request.args.get(FROM, ""), most
        )
        filled = fill(prepared.feed, msgspec.structs.replace(selection, items=on_page.items))
        feed = in_words(filled, self._context.site, prepared.index, query, words)
        named = in_words(current.feed, self._context.site, prepared.index, query.current, words)
        name = named.name or named.title
        context = feed_context(prepared.index, query.current, name)
        if exported:
            context = exported.months(context, current.selection.older)
        return shown(
            self._context,
            "feed.html",
            feed=feed,
            query=query,
            is_name=_is_name(query),
            is_made=feed.description == describe(prepared.index, query, words),
            feed_context=context,
            readers=self._context.http.readers,
            has_qr_code=len(current.feed.addresses[self._context.default_extension])
            <= MAX_QR_ADDRESS_LENGTH,
            arguments=query_string(query.parameters),
            pages=[_page_of(item) for item in on_page.items],
            total=selection.total,
            newer=on_page.newer,
            older="" if exported and not exported.archives else on_page.older,
            live=None if exported else followed(selection),
        )


def _is_name(query: Query) -> bool:
    """Return whether the name of the feed is one of the corpus or the settings, without more words."""
    current = query.current
    is_place = current.plain and len(current.all_clauses) == len(current.place)
    return not query.digest and (bool(query.name) or is_place)


def _page_of(item: Item) -> str:
    """The path of the page of the article in *item*, empty for a digest of several."""
    return "" if item.period else page_path(item.records[0].slug)


def _words_alone(query: Query) -> str:
    """The words that the request searches for, empty if *query* has other conditions."""
    texts = [text for text in request.args.getlist(Q.key) if text.strip()]
    is_alone = len(texts) == 1 and query == parse([(Q.key, texts[0])])
    return texts[0].strip() if is_alone else ""


def busiest(feeds: Sequence[FeedSummary], most: int = ON_HOME) -> tuple[FeedSummary, ...]:
    """The *most* feeds with the most articles in the last weeks, in the order of *feeds*."""
    chosen = sorted(feeds, key=lambda each: (-each.lately, -each.articles))[:most]
    queries = {each.query for each in chosen}
    return tuple(each for each in feeds if each.query in queries)


def at_length(feeds: Sequence[FeedSummary]) -> frozenset[Query]:
    """The feeds shown with a picture and a headline: all, or only the busiest of very many.

    This limits the size of a page of hundreds of feeds.
    """
    shown = feeds if len(feeds) <= AT_LENGTH else busiest(feeds, BUSIEST)
    return frozenset(each.query for each in shown)


def shown(context: Context, template: str, status: int = 200, **values: Any) -> Response:
    """Respond with *template* rendered with *values*; no cache stores a page with an error status."""
    return page(context, rendered(context, template, arguments_kept=True, **values), status)


def rendered(context: Context, template: str, *, arguments_kept: bool = False, **values: Any) -> bytes:
    """Render *template* with *values* in the language of the request.

    The links to other languages keep the arguments of the request if *arguments_kept*: a page that other
    requests share must not have them.
    """
    language = context.described_site.language
    words = language_values(language, arguments=arguments_kept)
    html = render_template(template, **{"site": context.site} | words | values)
    return with_language_kept(html, context.base).encode()


def named_page(context: Context, name: str, make: Callable[[Index], bytes]) -> Response:
    """Respond with the page *name*, made once for each index and language."""
    return page(context, context.pipeline.page(f"{name} {language_key()}", make))


def page(context: Context, body: bytes, status: int = 200) -> Response:
    """Respond with *body* as a page."""
    if status == 200:
        due = context.pipeline.current_index.index().due
        response = context.whole(body, HTML, due, is_page=True)
    else:
        coding = accepted_coding()
        response = sent(coded(body, coding), coding, HTML, {"Cache-Control": "no-store"}, status)
    response.headers |= RULES | {"Vary": page_vary()}
    return response
