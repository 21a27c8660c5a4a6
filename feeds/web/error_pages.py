"""Error responses: a page or problem details if the client prefers HTML or JSON, else the plain text."""

from typing import NamedTuple
from urllib.parse import quote, urlencode

from flask import Response, render_template, request

from feeds.errors import FeedsError, GoneArticle, GoneFeed, NotReady, QueryError, UnknownFeed, one_line
from feeds.feed.site import Site
from feeds.http.links import link
from feeds.http.request_body import takes_body
from feeds.query import Query, feed_of
from feeds.query.parameters import SEGMENTS
from feeds.web.embed_errors import error_panel, is_embed
from feeds.web.error_texts import error_text
from feeds.web.errors import RETRY_AFTER, plain
from feeds.web.languages import ACCEPT_LANGUAGE, language_values, with_language_kept
from feeds.web.pages import RULES
from feeds.web.problem_details import API, ASKING_TYPES, PROBLEM_TYPE, problem_details
from feeds.web.programs import is_page
from feeds.web.responses import HTML, Context
from feeds.web.texts import Texts, texts

_TITLED = (400, 404, 405, 406, 410, 500, 503)

_BY_KEY = {each.key: each for each in SEGMENTS.values()}


class Near(NamedTuple):
    """A feed that may have been meant: its name, and the path of its page."""

    name: str
    page: str


class ErrorPages:
    """The responses to errors."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def respond(self, error: Exception, text: str, status: int) -> Response:
        """Respond with *text*, which describes *error*, or with a page that describes it in detail."""
        response = plain(text, status)
        response.headers["Vary"] = "Accept-Encoding, Accept"
        response.headers["Link"] = link(f"{self._context.site.url}{API}", "help", HTML)
        is_of_hub = takes_body(request.method, request.path)  # WebSub wants plain text
        if is_page(request.path) and prefers_page() and not is_of_hub:
            response.set_data(self._page(error, text, status))
            response.content_type = HTML
            response.headers["Vary"] += f", {ACCEPT_LANGUAGE}"
            response.headers |= RULES
        elif is_embed(request.path) and prefers_page():
            site = self._site(status)
            t = texts(site.language)  # embeds follow the corpus
            panel, headers = error_panel(self._context, site, t, _said(t, error, status) or text, status)
            response.set_data(panel)
            response.content_type = HTML
            response.headers |= headers
        elif _prefers_json():
            response.set_data(problem_details(error, text, status, self._context.site.url))
            response.content_type = PROBLEM_TYPE
        return response

    def _page(self, error: Exception, text: str, status: int) -> str:
        loading = error if isinstance(error, NotReady) else None
        site = self._site(status)
        has_arguments = isinstance(error, QueryError | UnknownFeed | GoneFeed)
        words = language_values(site.language, arguments=has_arguments)
        sentence = _said(words["t"], error, status)
        html = render_template(
            "error.html",
            **words,
            site=site,
            status=status,
            title=_title(words["t"], error, status),
            said=sentence or text,
            said_in="" if sentence else "en",
            near=self._near(error),
            without=_without(error.parameter) if isinstance(error, QueryError) else "",
            loading=loading,
            again=RETRY_AFTER if loading else 0,
        )
        return with_language_kept(html, self._context.base)

    def _site(self, status: int) -> Site:
        """The site; after a server error, nothing is read that may be its cause."""
        return self._context.described_site if status < 500 else self._context.site

    def _near(self, error: Exception) -> list[Near]:
        if not isinstance(error, UnknownFeed) or not error.nearest:
            return []
        if error.kind == "feed":
            titles = {each.query.name: each.title for each in self._context.site.named}
            return [Near(titles[name], Query(name=name).path) for name in error.nearest]
        if error.kind not in _BY_KEY:
            return []
        index, parameter = self._context.pipeline.current_index.index(), _BY_KEY[error.kind]
        return [
            Near(parameter.display_name(index, term), feed_of(parameter.key, term).path)
            for term in error.nearest
        ]


def _title(t: Texts, error: Exception, status: int) -> str:
    if isinstance(error, GoneArticle):
        return t("error.title_gone_article")
    return t(f"error.title_{status}" if status in _TITLED else "error.title")


def _said(t: Texts, error: Exception, status: int) -> str:
    """Describe *error* in the language of *t*; empty if the plain text is good enough."""
    if isinstance(error, FeedsError):
        return error_text(t, error)
    if status == 404:
        return t("error.nothing", path=one_line(request.path[:200]))
    return t("error.ours") if status == 500 else ""


def prefers_page() -> bool:
    """Return whether the client prefers a page to text and JSON."""
    return _prefers("text/html", "text/plain", *ASKING_TYPES)


def _prefers(media_type: str, *others: str) -> bool:
    """Return whether the client prefers *media_type*: browsers do for HTML, curl has no preference."""
    quality = request.accept_mimetypes.quality
    return bool(quality(media_type) > max(map(quality, others)))


def _prefers_json() -> bool:
    """Return whether the client prefers JSON, or requests it by the address and does not prefer text."""
    if request.path.rstrip("/").endswith(".json"):
        return not _prefers("text/plain", *ASKING_TYPES)
    return any(_prefers(each, "text/plain", "text/html") for each in ASKING_TYPES)


def _without(parameter: str) -> str:
    """The address of this request without *parameter*."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != parameter]
    return quote(request.path) + (f"?{urlencode(kept)}" if kept else "")
