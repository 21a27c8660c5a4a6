"""The only code that knows Flask: routes, thin views, errors -> statuses."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, request

from feeds.feed import Site
from feeds.pipeline import Pipeline
from feeds.render import FORMATS
from feeds.settings import HttpSettings
from feeds.web import errors
from feeds.web.views import Views

# Every address of this server; where it ends in *, once for each format.
ROUTES = {
    "/": Views.home,
    "/feed.*": Views.feed,
    "/topics/<topic>": Views.page,
    "/topics/<topic>.*": Views.feed,
    "/providers/<provider>": Views.page,
    "/providers/<provider>.*": Views.feed,
    "/topics/<topic>/providers/<provider>": Views.page,
    "/topics/<topic>/providers/<provider>.*": Views.feed,
    "/assets/<path:path>": Views.asset,
    "/health": Views.health,
    "/ready": Views.ready,
}

EXPOSED = "ETag, Last-Modified, Link, Retry-After"


def create_app(
    pipeline: Pipeline, site: Site, http: HttpSettings, assets: Path, clock: Callable[[], float]
) -> Flask:
    """A complete server, for any WSGI server."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    views = Views(pipeline, site, http, assets, clock)
    for path, view in ROUTES.items():
        bound = view.__get__(views)
        if path.endswith("*"):
            for extension in FORMATS:
                app.add_url_rule(
                    path[:-1] + extension,
                    endpoint=path[:-1] + extension,
                    view_func=bound,
                    defaults={"extension": extension},
                )
        else:
            app.add_url_rule(path, endpoint=path, view_func=bound)
    errors.register(app)

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS":
            return None
        allowed = {"Allow": "GET, HEAD, OPTIONS", "Access-Control-Allow-Methods": "GET, HEAD"}
        asked = request.headers.get("Access-Control-Request-Headers", "")
        allowed |= {"Access-Control-Allow-Headers": asked, "Access-Control-Max-Age": "86400"}
        return Response(status=204, headers={name: value for name, value in allowed.items() if value})

    @app.after_request
    def allow(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app
