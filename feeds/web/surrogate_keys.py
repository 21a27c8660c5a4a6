"""The headers with the surrogate keys of responses."""

from flask import Flask, Response, request

from feeds.http.surrogate_keys import ALL_ARTICLES, EVERY_RESPONSE, KEY_HEADERS, SURROGATE_KEYS


def register(app: Flask, files: frozenset[str]) -> None:
    """Add surrogate keys to each response: ALL_ARTICLES, unless its view has set others.

    The responses of the routes *files*, and responses that no cache stores, have none.
    """

    @app.after_request
    def name_keys(response: Response) -> Response:
        control = response.headers.get("Cache-Control", "")
        if "public" in control and request.endpoint not in files:
            keys = request.environ.get(SURROGATE_KEYS, [EVERY_RESPONSE, ALL_ARTICLES])
            response.headers |= dict.fromkeys(KEY_HEADERS, " ".join(keys))
        return response
