"""Thin views: each reads the request, makes one call and returns."""

from hashlib import blake2b
from pathlib import Path
from typing import Any

from flask import Response, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound

from feeds.corpus.images import TYPES
from feeds.document import CODINGS
from feeds.feed import Site
from feeds.pipeline import Pipeline, coded
from feeds.query import parse
from feeds.render import FORMATS
from feeds.settings import HttpSettings
from feeds.web.conditional import choose_coding, is_current, validators
from feeds.web.errors import NotAcceptable, plain

HTML = "text/html; charset=utf-8"
ASSET_AGE = 86_400  # seconds


class Views:
    """Every view. *assets* is the folder of pictures served for corpora without an address."""

    def __init__(self, pipeline: Pipeline, site: Site, http: HttpSettings, assets: Path, clock: Any):
        self._pipeline = pipeline
        self._site = site
        self._http = http
        self._assets = assets
        self._clock = clock

    def feed(self, extension: str, topic: str = "", provider: str = "") -> Response:
        """A feed in one format."""
        answer = self._pipeline.answer(parse(topic, provider, request.args), extension)
        coding = _coding()
        headers = validators(answer.key, coding, answer.modified, self._clock())
        headers |= self._cacheable(answer.index.due)
        if _is_current(answer.key, answer.modified):
            return _not_modified(headers)
        document = self._pipeline.fulfil(answer, coding)
        return _sent(document.body, coding, document.media_type, headers)

    def page(self, topic: str = "", provider: str = "") -> Response:
        """What a feed is, for people."""
        feed = self._pipeline.feed(parse(topic, provider, request.args))
        return self._shown("feed.html", feed=feed, formats=FORMATS)

    def home(self) -> Response:
        """Every feed on offer."""
        index = self._pipeline.catalog.index()
        feed = self._pipeline.feed(parse("", "", {}))
        return self._shown(
            "home.html",
            feed=feed,
            formats=FORMATS,
            topics=index.topics(),
            providers=index.providers(),
            count=len(index),
        )

    def _shown(self, template: str, **values: Any) -> Response:
        body = render_template(template, site=self._site, **values).encode()
        key = blake2b(body, digest_size=16).hexdigest()
        coding = _coding()
        due = self._pipeline.catalog.index().due
        headers = validators(key, coding, 0, self._clock()) | self._cacheable(due)
        del headers["Last-Modified"]  # a page shows what has no date, such as the list of feeds
        if request.headers.get("If-None-Match") and _is_current(key, 0):
            return _not_modified(headers)
        return _sent(coded(body, coding), coding, HTML, headers)

    def asset(self, path: str) -> Response:
        """A picture of the corpus."""
        if path.rpartition(".")[2].lower() not in TYPES:
            raise NotFound
        response = send_from_directory(self._assets, path, max_age=ASSET_AGE)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def health(self) -> Response:
        """This process answers."""
        return plain("ok", 200)

    def ready(self) -> Response:
        """The corpus is loaded."""
        index = self._pipeline.catalog.index()
        return plain(f"ready: {len(index)} articles at revision {index.revision}", 200)

    def _cacheable(self, due: int | None) -> dict[str, str]:
        """How long an answer is good for: never beyond the instant the next article appears."""
        age = self._http.max_age
        if due is not None:
            age = max(0, min(age, due - int(self._clock())))
        return {
            "Cache-Control": f"public, max-age={age}, "
            f"stale-while-revalidate={self._http.stale_while_revalidate}, "
            f"stale-if-error={self._http.stale_if_error}",
            "Vary": "Accept-Encoding",
        }


def _coding() -> str:
    coding = choose_coding(request.headers.get("Accept-Encoding"))
    if coding is None:
        raise NotAcceptable(f"no acceptable content coding; offered: {', '.join(CODINGS)}")
    return coding


def _is_current(key: str, modified: int) -> bool:
    headers = request.headers
    return is_current(key, modified, headers.get("If-None-Match"), headers.get("If-Modified-Since"))


def _not_modified(headers: dict[str, str]) -> Response:
    response = Response(status=304, headers=headers)
    del response.headers["Content-Type"]
    return response


def _sent(body: bytes, coding: str, media_type: str, headers: dict[str, str]) -> Response:
    response = Response(body, headers=headers, content_type=media_type)
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    return response
