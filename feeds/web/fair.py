"""Full copies of feeds that are refused: see feeds.http.fair."""

from collections.abc import Callable

from flask import Flask, Response, request

from feeds.http.cache_entry import request_of
from feeds.http.fair import FairPolling


def register(app: Flask, fair: FairPolling, clock: Callable[[], float]) -> None:
    """Let *app* refuse the full copies that *fair* refuses."""

    @app.after_request
    def refuse_repeated_copy(response: Response) -> Response:
        if response.status_code != 200 or request.method != "GET":
            return response
        headers = [*response.headers.items()]
        links, etag = (response.headers.get(name, "") for name in ("Link", "ETag"))
        refused = fair.response(request_of(request.environ), headers, links, etag, clock())
        if not refused:
            return response
        response.close()
        return Response(refused.body, refused.status, refused.headers)
