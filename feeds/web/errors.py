"""Statuses of errors, and responses in plain text; ``error_pages`` makes pages or JSON of them."""

from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from feeds.errors import (
    FeedsError,
    GoneArticle,
    GoneFeed,
    NotReady,
    QueryError,
    UnknownFeed,
    message,
    one_line,
)
from feeds.feed.site import HUB_PATH
from feeds.fleet.errors import FileNotHere
from feeds.http.request_body import BodyIncomplete, BodyTooLarge, LengthRequired
from feeds.http.request_ids import REQUEST_ID
from feeds.logs.events import EventLog
from feeds.push.hub import HubBusy, TooManyRequests
from feeds.push.hub_form import UnsupportedForm

log = EventLog(__name__)


class NotAcceptable(FeedsError):
    """The client refuses every content coding on offer."""


class BadRequest(FeedsError):
    """A header of the request breaks HTTP."""


class AddressTooLong(FeedsError):
    """The path and the query string are longer than any address of this server."""


class NoStreams(FeedsError):
    """The web server cannot keep responses open."""


class ProblemType(NamedTuple):
    """A kind of problem for programs: its constant *name*, and a *title* (RFC 9457, 3.1)."""

    status: int
    name: str
    title: str


# All other errors are a 500 with a fixed text, and logged: their own text may name files and settings.
PROBLEMS: dict[type[FeedsError], ProblemType] = {
    QueryError: ProblemType(400, "invalid-parameter", "A parameter is unknown or malformed"),
    UnknownFeed: ProblemType(404, "unknown-feed", "No such feed, archive or article"),
    GoneFeed: ProblemType(410, "ended-feed", "The feed was ended for good"),
    GoneArticle: ProblemType(410, "removed-article", "The article was removed"),
    NotAcceptable: ProblemType(406, "not-acceptable", "Every content coding is refused"),
    BadRequest: ProblemType(400, "bad-request", "A header breaks HTTP"),
    AddressTooLong: ProblemType(414, "address-too-long", "The address is too long"),
    NoStreams: ProblemType(501, "no-streams", "The web server cannot keep streams open"),
    NotReady: ProblemType(503, "loading", "The first load is not complete"),
    FileNotHere: ProblemType(503, "file-not-here", "The file was not copied to this host yet"),
    BodyIncomplete: ProblemType(408, "body-incomplete", "The body did not arrive in time"),
    LengthRequired: ProblemType(411, "length-required", "The length of the body is unknown"),
    BodyTooLarge: ProblemType(413, "body-too-large", "The body is too large"),
    UnsupportedForm: ProblemType(415, "not-a-form", "The body is not a form in UTF-8"),
    TooManyRequests: ProblemType(429, "too-many-requests", "Too many requests for the hub"),
    HubBusy: ProblemType(503, "hub-busy", "The hub accepts no more requests now"),
}
STATUSES = {kind: problem.status for kind, problem in PROBLEMS.items()}
RETRY_AFTER = 5  # seconds


def plain(text: str, status: int) -> Response:
    """Return a response with *text* on one line, which no cache stores."""
    response = Response(one_line(text) + "\n", status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Encoding"
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def usable_methods() -> str:
    """The methods for the address of the request, except OPTIONS."""
    return "GET, HEAD or POST" if request.path == HUB_PATH else "GET or HEAD"


def register(
    app: Flask,
    respond: Callable[[Exception, str, int], Response],
    guess: Callable[[Exception], Response | FeedsError | None],
) -> None:
    """Make *app* respond to every error with *respond*, given the error, its text and its status.

    For an address that does not exist, *guess* returns another response or error, if there is one.
    """

    @app.errorhandler(FeedsError)
    def refuse(error: FeedsError) -> Response:
        other = guess(error) if isinstance(error, UnknownFeed) else None
        return other if isinstance(other, Response) else state(other or error)

    def state(error: FeedsError) -> Response:
        status = STATUSES.get(type(error))
        if not status:
            return admit(error)
        response = respond(error, str(error), status)
        if isinstance(error, HubBusy):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404 and (other := guess(error)):
            return other if isinstance(other, Response) else state(other)
        text = {
            404: message(request.path[:200], "not found", "see the feeds at /"),
            405: message(request.method[:20], "not allowed here", f"use {usable_methods()}"),
        }.get(status, message("request", error.name.lower(), "correct the request"))
        response = respond(error, text, status)
        if error.response is None:
            for name, value in error.get_headers():
                if name in ("Allow", "Location", "Content-Range"):
                    response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def admit(error: Exception) -> Response:
        failed = one_line(f"{request.method} {request.path}")
        id_ = request.environ.get(REQUEST_ID)
        said = f"{failed}: unexpected error; answered with 500"
        log.error("request.failed", said, error, method=request.method, path=request.path, request=id_)
        return respond(error, message("server", "internal error, see its log", "try again later"), 500)
