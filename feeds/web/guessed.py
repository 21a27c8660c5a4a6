"""Guessed addresses: redirects from where people and readers look for a feed to where it is."""

from collections.abc import Iterator
from typing import cast
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from feeds.errors import FeedsError, UnknownFeed
from feeds.formats import DEFAULT, FORMATS
from feeds.web.problem_details import API
from feeds.web.programs import is_program
from feeds.web.responses import Context

MAX_GUESSED_PARTS = 3  # at the end of a path, such as feed/atom.xml

_PAGE = "page"
_LIST = "list"

# The words in names that people guess: rss.xml, index.html, feed/atom. The last one with a kind decides.
_WORDS = {
    **{each: each for each in FORMATS},
    "rss2": "rss",
    "jsonfeed": "json",
    "html": _PAGE,
    "htm": _PAGE,
    "opml": _LIST,
    **dict.fromkeys(("feed", "feeds", "index", "xml"), ""),
}
# Whole paths, in lower case.
_PATHS = {
    "/about": API,
    "/api": API,
    "/api/docs": API,
    "/openapi": "/openapi.json",
    "/swagger.json": "/openapi.json",
    "/manifest.json": "/manifest.webmanifest",
    "/site.webmanifest": "/manifest.webmanifest",
    "/favicon.png": "/static/icon-64.png",
    "/favicon.svg": "/static/icon.svg",
}
_SAFE = "/:@!$&'()*+,;=~"  # in a path, beside letters and digits


class Guessed:
    """The response to an address that does not exist, but may stand for one that does."""

    def __init__(self, app: Flask, context: Context) -> None:
        self._app = app
        self._urls = app.url_map.bind("")
        self._context = context

    def response(self, error: Exception) -> Response | FeedsError | None:
        """Respond with a redirect, or return the error of the address that was meant, if there is one.

        *error* is the one of the address as it is.
        """
        if request.method not in ("GET", "HEAD"):
            return None
        found = None
        for path in meant(request.path):
            try:
                return self._redirect(path)
            except UnknownFeed as unknown:
                found = found or unknown  # it names the feed without a slash at its end
            except FeedsError as other:
                return other
            except HTTPException:
                continue
        return found if found and not isinstance(error, FeedsError) else None

    def _redirect(self, path: str) -> Response:
        """Redirect to *path*, or respond as it does if that is another redirect or a refusal.

        Raises the errors of its view, and NotFound.
        """
        endpoint, values = self._urls.match(path, "GET")
        response = cast(Response, self._app.view_functions[endpoint](**values))
        if response.status_code not in (200, 226, 304):
            return response
        response.close()
        arguments = quote(request.query_string, safe=f"{_SAFE}?%")
        mark = "?" if arguments else ""
        return self._context.redirect(f"{self._context.base}{quote(path, safe=_SAFE)}{mark}{arguments}")


def meant(path: str) -> Iterator[str]:
    """Yield the paths that *path* may stand for, the nearest first; most of them do not exist.

    These are the path without a slash at its end, the feed at a name such as ``rss.xml`` or
    ``feed/atom``, and the feed or page before an extension such as ``.xml``.
    """
    tidy = path.rstrip("/")
    if not tidy or tidy.startswith("//"):
        return  # a browser would read the second part as a host
    known = _PATHS.get(tidy.lower())
    every = [tidy, *([known] if known else []), *(() if is_program(tidy) else _feeds(tidy))]
    yield from (each for each in dict.fromkeys(every) if each != path)


def _feeds(path: str) -> Iterator[str]:
    """Yield the addresses of feeds, pages and lists that *path* names in another way."""
    parts = path[1:].split("/")
    names = parts[-1].split(".")
    for start in range(len(names) - 1, max(0, len(names) - 1 - MAX_GUESSED_PARTS), -1):
        if _WORDS.get(names[start], _PAGE) == _PAGE:
            break
        yield _address([*parts[:-1], ".".join(names[:start])], names[start:])
    for start in range(len(parts) - 1, max(-1, len(parts) - 1 - MAX_GUESSED_PARTS), -1):
        words = ".".join(parts[start:]).split(".")
        if not _WORDS.keys() >= set(words):
            break
        yield _address(parts[:start], words)


def _address(place: list[str], words: list[str]) -> str:
    """The path of the feed, page or list at *place* of the kind in *words*."""
    path = "".join(f"/{part}" for part in place)
    kind = next((kind for word in reversed(words) if (kind := _WORDS[word])), DEFAULT.extension)
    if kind == _PAGE or words == ["index"]:
        return path or "/"
    return f"/opml{path}" if kind == _LIST else f"{path or '/feed'}.{kind}"
