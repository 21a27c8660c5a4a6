"""Responses to clients that have a later state than this host: a 304 instead of an older state.

Hosts of a fleet are not always at the same state, and a restored store is at an earlier one than its
clients. The ETag of everything that depends on articles has the last change of its state.
"""

from collections.abc import Callable

from flask import Flask, Response, g, request

from feeds.errors import NotReady
from feeds.http.conditional import is_later_date, later_tag, without_validators
from feeds.http.freshness import SAME_UNTIL
from feeds.pipeline import Pipeline
from feeds.web.responses import NotModified

_NEVER = float("-inf")

_OF_CONTENT = (200, 226, 304)
_OF_STATE = (*_OF_CONTENT, 301, 302, 404, 410)  # of a feed that is new, or has another name


def register(app: Flask, pipeline: Pipeline, clock: Callable[[], float], *, in_fleet: bool) -> None:
    """Let *app* answer 304 instead of a state that is older than the client's.

    Dates count only *in_fleet*: many clients send dates of their own clock.
    """

    @app.before_request
    def note_later_state() -> None:
        """Compare the client's validators with the state now; the response may have a later state."""
        g.tag, g.has_later_date = "", False
        none_match, date = map(request.headers.get, ("If-None-Match", "If-Modified-Since"))
        if not none_match and not (in_fleet and date):
            return
        try:
            latest, now = pipeline.latest(), clock()
        except NotReady:
            return
        g.tag = later_tag(none_match, latest, now)
        g.has_later_date = in_fleet and none_match is None and is_later_date(date, latest, now)

    @app.after_request
    def answer_nothing_older(response: Response) -> Response:
        tag, status = g.get("tag", ""), response.status_code
        if request.method not in ("GET", "HEAD"):
            return response
        if tag and status in _OF_STATE:
            return _kept(response, tag)
        has_date = "Last-Modified" in response.headers and status in _OF_CONTENT
        return _kept(response) if has_date and g.get("has_later_date") else response


def _kept(response: Response, tag: str = "") -> Response:
    """Return a 304 in place of *response*: the client keeps what it has, under its own *tag*."""
    headers = response.headers.items() if response.status_code in _OF_CONTENT else ()
    request.environ[SAME_UNTIL] = _NEVER  # it is no response for other clients
    kept = NotModified(dict(without_validators(headers, tag)))
    response.close()
    return kept
