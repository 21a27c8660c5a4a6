"""Pages for people: what is on offer, and what each feed is."""

from typing import Any

from flask import Response, render_template

from feeds.feed import fill
from feeds.query import Query
from feeds.render import FORMATS
from feeds.web.replies import HTML, Context

# Everything comes from here, but for pictures: those of a corpus may be anywhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src * data:; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


class Pages:
    """The home page and the page of every feed."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def home(self) -> Response:
        """Every feed on offer; with arguments, the page of what they ask for."""
        query = self._context.query()
        if query.asked or not query.plain:
            return self._page(query)
        pipeline = self._context.pipeline
        index = pipeline.catalog.index()
        return shown(
            self._context,
            "home.html",
            feed=pipeline.feed(Query()),
            named=pipeline.directory("named").offers,
            topics=index.topics(),
            providers=index.providers(),
            count=len(index),
        )

    def page(self, **place: str) -> Response:
        """What a feed is, for people."""
        return self._page(self._context.query(**place))

    def _page(self, query: Query) -> Response:
        answer = self._context.pipeline.answer(query, next(iter(FORMATS)))
        if moved := self._context.moved(query, answer.selection.query, answer.feed.page):
            return moved
        return shown(self._context, "feed.html", feed=fill(answer.feed, answer.selection))


def shown(context: Context, template: str, **values: Any) -> Response:
    """The page that *template* makes of *values*."""
    body = render_template(template, site=context.site, formats=FORMATS, **values).encode()
    response = context.whole(body, HTML, context.pipeline.catalog.index().due)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response
