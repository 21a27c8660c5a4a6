"""All routes, and the Flask application that serves them: the only package that imports Flask."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, request
from werkzeug.routing import Map

from feeds.errors import QueryError
from feeds.feed.search import SEARCH_PATH
from feeds.feed.site import ARTICLES_SEGMENT, CANARY_PATH, HUB_PATH, Site
from feeds.feed.sitemap import SITEMAP
from feeds.fleet.files import SharedFiles
from feeds.http.client_address import client_addresses
from feeds.http.fair import POLLING, FairPolling
from feeds.http.hosts import problem_of
from feeds.http.kind import KIND
from feeds.http.links import LINKS
from feeds.http.reasons import status_line
from feeds.http.request_ids import RequestIds
from feeds.monitoring.monitor import Monitor
from feeds.pipeline import Pipeline
from feeds.push.hub import Hub
from feeds.query.parameters import PARAMETERS, PLACES, SEGMENTS
from feeds.readership.check.names import READER_CHECK
from feeds.settings.sections import ArticlePages, HttpSettings
from feeds.store.reader_checks import ReaderChecks
from feeds.web import errors, never_older, request_ids, surrogate_keys, templating
from feeds.web import fair as fair_polling
from feeds.web.api import Api
from feeds.web.articles import Articles
from feeds.web.badges import Badges
from feeds.web.builder import Builder
from feeds.web.embeds import Embeds
from feeds.web.error_pages import ErrorPages
from feeds.web.exported import NEEDS_SERVER, Exported
from feeds.web.files import Files, static_files
from feeds.web.guessed import Guessed
from feeds.web.hub import HubPages
from feeds.web.metrics import MetricsPage
from feeds.web.pages import Pages
from feeds.web.polling import PollingPages
from feeds.web.problem_details import API
from feeds.web.reader_check import ANY_PLACE, NEW_CHECK, ReaderCheckPages
from feeds.web.request_kinds import RequestKinds, count
from feeds.web.requests import FeedRequest
from feeds.web.responses import Context
from feeds.web.search import SearchPages
from feeds.web.site_files import BrowserFiles
from feeds.web.sitemaps import Sitemaps
from feeds.web.status import StatusPages
from feeds.web.streams import STREAMS, StreamViews
from feeds.web.texts import languages
from feeds.web.url_map import url_map
from feeds.web.views import Views


def _of_places(
    prefix: str, view: Callable[..., Response], *, suffix: str = ""
) -> dict[str, Callable[..., Response]]:
    """Return the routes of *view* for every path of a feed and of an archive."""
    places = ["".join(f"/{PARAMETERS[key].segment}/<{key}>" for key in place) for place in PLACES]
    return {
        f"{prefix}{place}{archive}{suffix}": view
        for place in [*places, "/f/<name>"]
        for archive in ("", "/<archive>")
    }


# The routes of this server; one that ends in * exists for the extension of each format.
ROUTES: dict[type, dict[str, Callable[..., Response]]] = {
    Pages: {
        "/": Pages.home,
        f"/<any({', '.join(SEGMENTS)}):kind>": Pages.feeds,
        "/feed": Pages.page,
        "/feed/<archive>": Pages.page,
        **_of_places("", Pages.page),
    },
    Views: {
        "/feed.*": Views.feed,
        "/feed/<archive>.*": Views.feed,
        **_of_places("", Views.feed, suffix=".*"),
        "/explain": Views.explain,
        "/opml": Views.opml,
        "/opml/<kind>": Views.opml,
        "/catalog.json": Views.feed_list,
        "/qr/<path:place>": Views.qr,
        "/health": Views.health,
        "/ready": Views.ready,
    },
    StreamViews: {
        STREAMS: StreamViews.several,
        f"{STREAMS}/<path:place>": StreamViews.stream,
    },
    Api: {
        "/openapi.json": Api.document,
        API: Api.about,
    },
    PollingPages: {
        POLLING: PollingPages.rules,
    },
    Badges: {
        "/readers/<path:place>.svg": Badges.badge,
    },
    StatusPages: {
        "/status": StatusPages.page,
        "/status.json": StatusPages.json,
    },
    MetricsPage: {
        "/metrics": MetricsPage.metrics,
    },
    SearchPages: {
        SEARCH_PATH: SearchPages.page,
        "/suggestions.json": SearchPages.suggestions,
        "/opensearch.xml": SearchPages.description,
    },
    Builder: {
        "/build": Builder.build,
    },
    Articles: {
        f"/{ARTICLES_SEGMENT}/<slug>": Articles.page,
        f"/{ARTICLES_SEGMENT}/<slug>.md": Articles.markdown,
    },
    Sitemaps: {
        "/robots.txt": Sitemaps.robots,
        SITEMAP: Sitemaps.sitemap,
        "/sitemap-<number>.xml": Sitemaps.part,
    },
    Embeds: {
        "/embed": Embeds.configure,
        "/embed/feed": Embeds.embed,
        "/embed/feed/<archive>": Embeds.embed,
        **_of_places("/embed", Embeds.embed),
        "/embed.js": Embeds.script,
        "/oembed": Embeds.oembed,
    },
    Files: {
        "/assets/<path:path>": Files.asset,
        "/media/<digest>/<name>": Files.media,
        "/static/<name>": Files.static,
        "/favicon.ico": Files.icon,
    },
    HubPages: {
        HUB_PATH: HubPages.hub,
        f"{HUB_PATH}/health": HubPages.health,
        CANARY_PATH: HubPages.canary,
    },
    ReaderCheckPages: {
        READER_CHECK: ReaderCheckPages.about,
        NEW_CHECK: ReaderCheckPages.begin,
        f"{READER_CHECK}/<check>": ReaderCheckPages.page,
        f"{READER_CHECK}/<check>/findings.json": ReaderCheckPages.report,
        f"{READER_CHECK}/<check>/{ANY_PLACE}.*": ReaderCheckPages.feed,
    },
    BrowserFiles: {
        "/apple-touch-icon.png": BrowserFiles.touch_icon,
        "/apple-touch-icon-precomposed.png": BrowserFiles.touch_icon,
        "/manifest.webmanifest": BrowserFiles.manifest,
        "/humans.txt": BrowserFiles.humans,
    },
}


FOR_OPERATORS = frozenset([*ROUTES[StatusPages], *ROUTES[MetricsPage]])

MAX_ADDRESS_LENGTH = 65_536  # bytes of path and query string
MAX_ARGUMENTS = 200  # of one address

# The route that only the application of an export has.
EXPORTED_ROUTES = {NEEDS_SERVER: Pages.needs_server}

EXPOSED = "ETag, Last-Modified, Link, Retry-After, IM, Delta-Base"


def _refuse_malformed() -> None:
    """Raise an error for a request that no view must see."""
    get = request.environ.get
    if problem := problem_of(get("HTTP_HOST"), get("SERVER_PROTOCOL", "")):
        raise errors.BadRequest("Host", problem, "send one Host header, with the host of the address")
    written = request.query_string
    if len(request.environ["PATH_INFO"]) + len(written) > MAX_ADDRESS_LENGTH:
        raise errors.AddressTooLong(
            "address", f"longer than {MAX_ADDRESS_LENGTH} bytes", "shorten the query"
        )
    if written.count(b"&") >= MAX_ARGUMENTS:
        most = str(MAX_ARGUMENTS)
        raise QueryError("address", "more than {most} arguments", "leave some out", most=most)


def read_files() -> None:
    """Read static files and texts, and make the URL map, for all processes forked from this one."""
    static_files()
    languages()
    _url_map(ROUTES)


def _url_map(routes: Mapping[type, Mapping[str, Any]]) -> Map:
    return url_map(tuple(path for views in routes.values() for path in views))


def create_app(
    pipeline: Pipeline,
    site: Site,
    http: HttpSettings,
    assets: Path,
    clock: Callable[[], float],
    *,
    article_pages: ArticlePages = "excerpt",
    monitor: Monitor | None = None,
    exported: Exported | None = None,
    shared_files: SharedFiles | None = None,
    hub: Hub | None = None,
    reader_checks: ReaderChecks | None = None,
    in_fleet: bool = False,
    has_surrogate_keys: bool = False,
    fair: FairPolling | None = None,
) -> Flask:
    """Return the whole application, for any WSGI server, or for an export with the pages *exported*.

    *article_pages* is the part that pages show of articles with an address on another site.
    *shared_files* are the files of the corpus in a fleet. *hub*, *reader_checks* and *fair* are None if
    they are off.
    """
    app = Flask(__name__, static_folder=None)
    app.request_class = FeedRequest
    every = ROUTES | {Pages: ROUTES[Pages] | EXPORTED_ROUTES} if exported else ROUTES
    app.url_map = _url_map(every)
    templating.register_template_globals(app, site, exported)
    context = Context(
        pipeline,
        site,
        http,
        assets,
        clock,
        article_pages,
        monitor,
        exported,
        shared_files,
        hub,
        reader_checks,
    )
    for kind, routes in every.items():
        views = kind(context)
        app.view_functions |= {path: view.__get__(views) for path, view in routes.items()}
    errors.register(app, ErrorPages(context).respond, Guessed(app, context).response)

    kinds = RequestKinds({path: view for routes in every.values() for path, view in routes.items()})
    request_ids.register(app, RequestIds(client_addresses(http.trusted_proxies)))
    app.before_request(_refuse_malformed)

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS":
            return None
        methods = errors.usable_methods().replace(" or", ",")
        allowed = {"Allow": f"{methods}, OPTIONS", "Access-Control-Allow-Methods": methods}
        requested = request.headers.get("Access-Control-Request-Headers", "")
        allowed |= {"Access-Control-Allow-Headers": requested, "Access-Control-Max-Age": "86400"}
        response = Response(status=204, headers={name: value for name, value in allowed.items() if value})
        del response.headers["Content-Type"]
        return response

    @app.after_request
    def allow(response: Response) -> Response:
        response.status = status_line(response.status_code)  # Werkzeug writes phrases in upper case
        response.headers["X-Content-Type-Options"] = "nosniff"
        is_status = request.endpoint in FOR_OPERATORS
        private = is_status or response.headers.get("Cross-Origin-Resource-Policy") == "same-origin"
        if not private:  # else any site that an operator visits could read the status
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
        request.environ[LINKS] = links = response.headers.get("Link", "")
        request.environ[KIND] = kind = kinds.of(request)
        if monitor and not (
            is_status and response.status_code == 200
        ):  # requests of operators are not counted
            count(monitor.metrics, cast(FeedRequest, request), response, links, kind)
        return response

    if has_surrogate_keys:
        surrogate_keys.register(app, frozenset([*ROUTES[Files], *ROUTES[BrowserFiles]]))
    if fair:
        fair_polling.register(app, fair, clock)
    # After the above, so that it comes first: its responses are completed like all others.
    never_older.register(app, pipeline, monitor.time if monitor else clock, in_fleet=in_fleet)
    return app
