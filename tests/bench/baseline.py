"""The usual server of a feed: the bytes in memory, a plain Flask view, make_conditional."""

import os
from pathlib import Path

from flask import Flask, Response, request

app = Flask(__name__)
body = Path(os.environ["BASELINE_BODY"]).read_bytes()


@app.get("/feed.rss")
def feed() -> Response:
    response = Response(body, content_type="application/rss+xml; charset=utf-8")
    response.headers["Content-Encoding"] = "gzip"
    response.add_etag()
    return response.make_conditional(request)
