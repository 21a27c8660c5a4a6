"""Ids of requests in the responses of errors, so that a reader can name the line of the log."""

from flask import Flask, Response, request

from feeds.http.request_ids import HEADER, RequestIds


def register(app: Flask, ids: RequestIds) -> None:
    """Give every request that the application gets an id, which errors send back."""

    @app.before_request
    def identify() -> None:
        ids.of(request.environ)

    @app.after_request
    def name(response: Response) -> Response:
        if response.status_code >= 400:
            response.headers[HEADER] = ids.of(request.environ)
        return response
