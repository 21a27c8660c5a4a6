"""Embeds: feeds inside pages of other sites, the page that configures one, and oEmbed."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import msgspec
from flask import Response, render_template, request

from feeds.article import Article, Image
from feeds.article.teaser import teaser
from feeds.errors import GoneFeed, QueryError, UnknownFeed
from feeds.feed import Feed, fill
from feeds.formats import DEFAULT, FORMATS
from feeds.formats.text import clean, headline, source
from feeds.pipeline import PreparedFeed
from feeds.query import Query, query_string
from feeds.query.address import path_below
from feeds.query.grammar import as_typed, named_query, parse, read
from feeds.query.parameters.window import DEFAULT_LIMIT
from feeds.web.embed_policy import SANDBOX, embed_headers
from feeds.web.error_pages import prefers_page
from feeds.web.errors import STATUSES, plain
from feeds.web.files import static_files
from feeds.web.oembed import OEMBED_TYPES, Rich
from feeds.web.pages import shown
from feeds.web.presentation import (
    LOOKS,
    MAX_EMBEDDED_ENTRIES,
    READ,
    SWITCH,
    THEMES,
    Arguments,
    Presentation,
    divide,
    shortened,
    valid_part,
    within,
)
from feeds.web.responses import HTML, Context
from feeds.web.streams import followed
from feeds.web.texts import texts

SCRIPT_AGE = 3600  # seconds: pages of other sites refer to its address, which never changes
MAX_FEEDS_OFFERED = 200  # the largest feeds, offered for selection; others can be typed
MAX_PIXELS = 99_999
WIDTH = 640  # pixels, the greatest width of an embed in oEmbed
SECONDS_PER_CHARACTER = 0.13  # of a ticker


class EmbeddedEntry(NamedTuple):
    """The parts of an article that an embed shows."""

    article: Article
    title: str
    source: str
    summary: str
    image: Image | None


class Embedded(NamedTuple):
    """A feed, its presentation, and the canonical address of that embed."""

    prepared: PreparedFeed
    looks: Presentation
    address: str


class Embeds:
    """The views of embeds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._url = context.site.url

    def embed(self, name: str = "", archive: str = "", **place: str) -> Response:
        """Respond with a feed to be shown inside a page of another site."""
        looks, rest = divide(request.args.items(multi=True))
        named = named_query(name, self._context.named) if name else None
        query = parse(rest, place, archive, named)
        prepared, looks, address = self._embedded(query, looks)
        if moved := self._context.moved(_whole(query), prepared.selection.query, address):
            return moved
        first = prepared.selection.items[: looks.count]
        feed = fill(prepared.feed, msgspec.structs.replace(prepared.selection, items=first))
        entries = [_embedded_entry(article) for article in feed.articles]
        style = looks.colours + (_pace(entries) if looks.look == "ticker" else "")
        body = render_template(
            "embed.html", t=texts(feed.language), site=self._context.site, feed=feed, entries=entries,
            looks=looks, style=style, address=address, live=followed(prepared.selection),
        )  # fmt: skip
        response = self._context.whole(body.encode(), HTML, prepared.due)
        response.headers |= embed_headers(self._context, style)
        return response

    def configure(self) -> Response:
        """Respond with the page that configures an embed and shows the code to copy.

        The feed is named in ``src=``, such as ``topics/ai``, or selected by the arguments themselves. For
        a browser, an error is a part of the page, and the form keeps all values.
        """
        try:
            return self._configured()
        except (QueryError, UnknownFeed, GoneFeed) as error:
            if not prefers_page():
                raise
            return self._refused(error)

    def _refused(self, error: QueryError | UnknownFeed | GoneFeed) -> Response:
        typed = request.args
        field = error.parameter if isinstance(error, QueryError) else "src"
        return shown(
            self._context, "embed-configure.html", STATUSES[type(error)],
            feed=self._context.pipeline.feed(Query(limit=1)),
            looks=valid_part(typed.items(multi=True)),
            typed=typed, place=typed.get("src", ""), width=typed.get("width", ""),
            error=error, wrong=field if field in typed and field in (*READ, "width") else "src",
            **self._offered(),
        )  # fmt: skip

    def _offered(self) -> dict[str, Any]:
        """The feeds and the values that the form offers."""
        offers = self._context.pipeline.directory().offers
        largest = sorted(offers, key=lambda offer: -offer.articles)[:MAX_FEEDS_OFFERED]
        return {
            "most": MAX_EMBEDDED_ENTRIES,
            "offers": [(each.query.feed_stem[1:], each.name) for each in largest],
            "choices": {"look": LOOKS, "theme": THEMES, "images": SWITCH},
        }

    def _configured(self) -> Response:
        given = request.args.items(multi=True)
        looks, rest = divide([each for each in given if each[0] not in ("src", "width")])
        width = _pixels("width", most=4000)
        query = self._read(request.args.get("src", "").strip(), rest)
        prepared, looks, address = self._embedded(query, looks)
        feed = prepared.feed
        return shown(
            self._context, "embed-configure.html", feed=feed, looks=looks, typed={}, width=width,
            place=prepared.selection.query.feed_stem.removeprefix("/"),
            address=address.removeprefix(self._url),
            snippets={
                "element": self._element(feed, looks),
                "frame": _frame(address, feed, str(width or "100%"), looks.height),
                "oembed": self._described(address, next(iter(OEMBED_TYPES))),
                "link": _markup("a", {"href": feed.page}, escape(clean(feed.title), quote=False)),
            },
            **self._offered(),
        )  # fmt: skip

    def oembed(self) -> Response:
        """Respond with oEmbed for ``url=``, the address of a page, a feed or an embed of this server."""
        kind = request.args.get("format", "").strip() or next(iter(OEMBED_TYPES))
        if kind not in OEMBED_TYPES:
            problem = f"not one of {', '.join(OEMBED_TYPES)}"
            return plain(str(QueryError("format", problem, "use format=json", kind)), 501)
        widest, highest = _pixels("maxwidth"), _pixels("maxheight")
        prepared, looks, address = self._embedded(*self._at(request.args.get("url", "").strip()))
        width, height = min(widest or WIDTH, WIDTH), min(highest or looks.height, looks.height)
        rich = Rich(
            title=prepared.feed.title,
            provider_name=prepared.feed.site.title,
            provider_url=f"{self._url}/",
            cache_age=self._context.http.max_age,
            width=width,
            height=height,
            html=_frame(address, prepared.feed, str(width), height),
        )
        response = self._context.whole(rich.written(kind), OEMBED_TYPES[kind], prepared.due)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def script(self) -> Response:
        """Respond with the script of the custom element for pages of other sites."""
        script = static_files()["embed.js"]
        response = self._context.whole(script.content, script.media_type, is_fixed=True)
        response.headers |= self._context.cacheable(None, SCRIPT_AGE)
        return response

    def _embedded(self, query: Query, looks: Presentation) -> Embedded:
        """Prepare the feed of *query* for an embed. Raises UnknownFeed and GoneFeed."""
        looks = shortened(looks, query.limit)
        prepared = self._context.pipeline.prepare(_whole(query), DEFAULT.extension)
        path, _, written = prepared.selection.query.feed_stem.partition("?")
        arguments = query_string([*_pairs(written), *looks.arguments])
        return Embedded(prepared, looks, f"{self._url}/embed{path}{arguments}")

    def _at(self, url: str) -> tuple[Query, Presentation]:
        """Parse the address *url*. Raises UnknownFeed if it is not an address of this server."""
        if not url:
            raise QueryError(
                "url", "missing", "add url= with the address of a page or a feed of this server"
            )
        place = path_below(url, self._url)
        if place is None:
            raise UnknownFeed("feed", url)
        is_embed = place.startswith("/embed/")
        looks = divide(_pairs(place.partition("?")[2]))[0] if is_embed else Presentation()
        return self._read(place), looks

    def _read(self, place: str, arguments: Arguments = ()) -> Query:
        """Parse *place*, an address of this server or a relative one such as ``topics/ai?lang=en``.

        Raises QueryError and UnknownFeed.
        """
        below = path_below(place, self._url)
        path, _, written = (place if below is None else below).partition("?")
        path = re.sub(rf"^/embed(?=/.)|(?<=[^/])\.({'|'.join(FORMATS)})$", "", path)
        path = path.replace("=", "%3D")  # in a path, = would start an argument
        try:
            return read(f"{path}?{urlencode([*_pairs(written), *arguments])}", self._context.named)
        except QueryError as error:
            if error.parameter == "feed":  # no feed can have this path
                raise UnknownFeed("feed", place) from None
            raise

    def _described(self, address: str, kind: str) -> str:
        """The oEmbed address of the embed at *address*."""
        return f"{self._url}/oembed?{urlencode({'url': address, 'format': kind})}"

    def _element(self, feed: Feed, looks: Presentation) -> str:
        """The custom element, the script that defines it, and a link that it shows until then."""
        chosen = {key: f"#{value}" if key == "accent" else value for key, value in looks.arguments}
        link = _markup("a", {"href": feed.page}, escape(clean(feed.title), quote=False))
        element = _markup("feed-embed", {"src": feed.page} | chosen, link)
        return f"{_markup('script', {'type': 'module', 'src': f'{self._url}/embed.js'})}\n{element}"


def _whole(query: Query) -> Query:
    """*query* with the default content and, unless it is a named query, the default limit."""
    limit = query.limit if query.name else DEFAULT_LIMIT
    return msgspec.structs.replace(query, limit=limit, content="")


def _pairs(written: str) -> list[tuple[str, str]]:
    return parse_qsl(as_typed(written), keep_blank_values=True)


def _pixels(key: str, most: int = MAX_PIXELS) -> int:
    """The argument *key*, 0 if it is absent. Raises QueryError."""
    written = request.args.get(key, "").strip()
    number = within(written, most)
    if written and not number:
        raise QueryError(
            key, "not a number of pixels from 1 to {most}", "use {example}", written,
            most=str(most), example=f"{key}={WIDTH}",
        )  # fmt: skip
    return number or 0


def _embedded_entry(article: Article) -> EmbeddedEntry:
    made_by = source(article.provider) if article.provider else ""
    return EmbeddedEntry(article, headline(article), made_by, clean(teaser(article)), article.image)


def _pace(entries: Iterable[EmbeddedEntry]) -> str:
    """A stylesheet that makes a ticker run at the same speed for any amount of text."""
    characters = sum(min(len(entry.title), 80) + len(entry.source) + 6 for entry in entries)
    return f":root{{--pace:{ceil(characters * SECONDS_PER_CHARACTER)}s}}"


def _frame(address: str, feed: Feed, width: str, height: int) -> str:
    """The iframe of the embed at *address*, without style, which the policy of a page may forbid."""
    attributes = {
        "src": address, "title": clean(feed.title), "width": width, "height": str(height),
        "loading": "lazy", "frameborder": "0", "sandbox": SANDBOX,
    }  # fmt: skip
    return _markup("iframe", attributes)


def _markup(name: str, attributes: Mapping[str, str], inner: str = "") -> str:
    """An HTML element; *inner* is HTML."""
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{inner}</{name}>"
