"""Errors -> statuses: short plain text, never a page to click through."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from feeds.errors import FeedsError, NotReady, QueryError, UnknownFeed

STATUSES: dict[type[FeedsError], int] = {QueryError: 400, UnknownFeed: 404, NotReady: 503}
RETRY_AFTER = 5  # seconds


class NotAcceptable(FeedsError):
    """The client refuses every coding we have."""


def plain(text: str, status: int) -> Response:
    """*text* on one line, never stored."""
    response = Response(text + "\n", status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def register(app: Flask) -> None:
    """Let *app* answer every error in its own words."""

    @app.errorhandler(FeedsError)
    def refuse(error: FeedsError) -> Response:
        return plain(str(error), STATUSES.get(type(error), 500))

    @app.errorhandler(NotAcceptable)
    def refuse_coding(error: NotAcceptable) -> Response:
        return plain(str(error), 406)

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> Response:
        status = error.code or 500
        text = {
            404: f"nothing at {request.path[:200]}; all feeds are listed at /",
            405: f"{request.method} is not possible here; GET and HEAD are",
        }.get(status, (error.description or error.name).splitlines()[0])
        response = plain(text, status)
        if error.response is None:
            for name, value in error.get_headers():
                if name in ("Allow", "Location"):
                    response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def admit(error: Exception) -> Response:
        app.logger.error("%s %s", request.method, request.path, exc_info=error)
        return plain("something went wrong here; it is in the server's log", 500)
