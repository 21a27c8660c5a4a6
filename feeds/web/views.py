"""Thin views: each reads the request, makes one call and returns."""

from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound

from feeds.corpus.images import TYPES
from feeds.document import CODINGS
from feeds.errors import QueryError, UnknownFeed
from feeds.explain import explain
from feeds.feed import Site, fill
from feeds.period import period
from feeds.pipeline import Answer, Pipeline, coded
from feeds.query import Query, known_as, parse, read, several
from feeds.render import FORMATS, catalogue, opml
from feeds.settings import HttpSettings
from feeds.web.conditional import (
    NotModified,
    asks_for_changes,
    choose_coding,
    instant,
    is_current,
    link,
    tags,
    validators,
)
from feeds.web.errors import NotAcceptable, plain

HTML = "text/html; charset=utf-8"
ASSET_AGE = 86_400  # seconds
ARCHIVE_AGE = 86_400  # seconds: what is taken back must not be shown for longer
CLOSED = 86_400  # seconds after its end until a period is taken for complete


class Views:
    """Every view. *assets* is the folder of pictures served for corpora without an address."""

    def __init__(self, pipeline: Pipeline, site: Site, http: HttpSettings, assets: Path, clock: Any):
        self._pipeline = pipeline
        self._site = site
        self._named = {each.query.name: each.query for each in site.named}
        self._http = http
        self._assets = assets.resolve()  # Flask takes a relative one from where its own code is
        self._clock = clock

    def feed(self, extension: str, **place: str) -> Response:
        """A feed, or an archive of one, in one format."""
        query = self._query(**place)
        answer = self._pipeline.answer(query, extension)
        if moved := self._moved(query, answer.selection.query, answer.feed.addresses[extension]):
            return moved
        now = self._clock()
        coding = _coding()
        headers = validators(answer.key, coding, answer.modified, now) | self._described(answer)
        if _is_current(answer.key, answer.modified):
            return NotModified(headers | _widened(answer.key))
        base = None if query.archive else _base(answer)
        if base and base.tag and self._takes_changes():
            changes = self._pipeline.changes(answer, base.moment)
            if changes:
                headers |= {"IM": "feed", "Delta-Base": base.tag, "Cache-Control": "no-store, im"}
                document = self._pipeline.fulfil(changes, coding)
                return _sent(document.body, coding, document.media_type, headers, 226)
        if base:
            answer = self._pipeline.widened(answer, base.moment)
            headers |= validators(answer.key, coding, answer.modified, now)
        document = self._pipeline.fulfil(answer, coding)
        return _sent(document.body, coding, document.media_type, headers)

    def _query(self, name: str = "", **place: str) -> Query:
        """What is asked for at a place, with the arguments of the request."""
        named = known_as(name, self._named) if name else None
        return parse(request.args.items(multi=True), named=named, **place)

    def _moved(self, asked: Query, found: Query, address: str) -> Response | None:
        """The way to *found*, where *asked* is another name of it."""
        if asked.address("") == found.address("") or "noredirect" in request.args:
            return None
        # An archive that grew too large is in parts now, of which the newest leads to the others.
        response = plain(f"this is at {address}", 301 if asked.archive == found.archive else 302)
        response.headers |= {
            "Location": address,
            "Cache-Control": f"public, max-age={self._http.max_age}",
        }
        return response

    def _takes_changes(self) -> bool:
        """Whether the client asks for changes alone (RFC 3229), and is not known to choke on them."""
        agent = request.headers.get("User-Agent", "").casefold()
        return asks_for_changes(request.headers.get("A-IM")) and not any(
            name.casefold() in agent for name in self._http.no_changes_for
        )

    def _described(self, answer: Answer) -> dict[str, str]:
        """How long *answer* is good for, and what belongs to it."""
        feed, query = answer.feed, answer.selection.query
        ended = None if query.drifts else period(query.archive)
        if ended and ended.end < self._clock() - CLOSED:
            headers = self._cacheable(None, ARCHIVE_AGE)
            headers["Cache-Control"] += ", immutable"
        else:
            headers = self._cacheable(answer.index.due, feed.rhythm.interval if feed.rhythm else None)
        here = answer.format.extension
        others = [each for each in FORMATS.values() if each.extension != here]
        links = [
            (feed.addresses[here], "self", answer.format.media_type),
            (feed.page, "alternate", HTML),
            *((feed.addresses[other.extension], "alternate", other.media_type) for other in others),
            *((hub, "hub", "") for hub in feed.site.hubs),
            *((older[here], "prev-archive", "") for older in (feed.older,) if older),
        ]
        headers["Link"] = ", ".join(link(*each) for each in links)
        headers["X-Robots-Tag"] = "noindex"
        headers["Vary"] = "Accept-Encoding, A-IM"
        return headers

    def page(self, **place: str) -> Response:
        """What a feed is, for people."""
        return self._page(self._query(**place))

    def _page(self, query: Query) -> Response:
        answer = self._pipeline.answer(query, next(iter(FORMATS)))
        if moved := self._moved(query, answer.selection.query, answer.feed.page):
            return moved
        feed = fill(answer.feed, answer.selection)
        return self._shown("feed.html", feed=feed, formats=FORMATS)

    def explain(self) -> Response:
        """Why ``article=``, an id or address, is in the feed that is asked for, or why not.

        The feed is that of the other arguments, asked of everything or of the one named in ``feed=``,
        such as ``topics/ai``. Of what is held back, nothing is said to anybody.
        """
        given = request.args.items(multi=True)
        asked = urlencode([(key, value) for key, value in given if key not in ("feed", "article")])
        feed, named = request.args.get("feed", "").strip(), request.args.get("article", "").strip()
        if not named:
            raise QueryError("article", named, "the id or the address of one")
        # Who does not quote the ? and & of that feed means the same.
        mark = "&" if "=" in feed else "?"
        query = read(f"{feed}{mark}{asked}" if asked else feed, self._named)
        index = self._pipeline.catalog.index()
        found = explain(index, query, named)
        if not found:
            raise UnknownFeed("article", named)
        response = self._whole(f"{found}\n".encode(), "text/plain; charset=utf-8", index.due)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def opml(self, kind: str = "") -> Response:
        """The feeds on offer, or those asked for, one for each topic and provider, to subscribe to."""
        extension = request.args.get("format", next(iter(FORMATS)))
        if extension not in FORMATS:
            raise QueryError("format", extension, f"one of {', '.join(FORMATS)}")
        listed = self._pipeline.directory(kind, several(request.args.items(multi=True)))
        return self._whole(opml.render(listed, extension), opml.MEDIA_TYPE)

    def catalogue(self) -> Response:
        """The feeds on offer, for programs."""
        return self._whole(catalogue.render(self._pipeline.directory()), catalogue.MEDIA_TYPE)

    def robots(self) -> Response:
        """Everything may be read; feeds say themselves that they are no search results."""
        return self._whole(b"User-agent: *\nAllow: /\n", "text/plain; charset=utf-8")

    def home(self) -> Response:
        """Every feed on offer; with arguments, the page of what they ask for."""
        query = self._query()
        if query.asked or not query.plain:
            return self._page(query)
        index = self._pipeline.catalog.index()
        return self._shown(
            "home.html",
            feed=self._pipeline.feed(Query()),
            formats=FORMATS,
            named=self._pipeline.directory("named").offers,
            topics=index.topics(),
            providers=index.providers(),
            count=len(index),
        )

    def _shown(self, template: str, **values: Any) -> Response:
        body = render_template(template, site=self._site, **values).encode()
        return self._whole(body, HTML, self._pipeline.catalog.index().due)

    def _whole(self, body: bytes, media_type: str, due: int | None = None) -> Response:
        """*body*, of which nobody knows when it changed, such as a list of feeds."""
        key = blake2b(body, digest_size=16).hexdigest()
        coding = _coding()
        headers = validators(key, coding, 0, self._clock()) | self._cacheable(due)
        del headers["Last-Modified"]
        if request.headers.get("If-None-Match") and _is_current(key, 0):
            return NotModified(headers)
        return _sent(coded(body, coding), coding, media_type, headers)

    def asset(self, path: str) -> Response:
        """A picture of the corpus."""
        media_type = TYPES.get(Path(path).suffix[1:].lower())
        inside = "\0" not in path and (self._assets / path).resolve().is_relative_to(self._assets)
        if not media_type or not inside:  # a link may lead out of the folder
            raise NotFound
        response = send_from_directory(self._assets, path, mimetype=media_type, max_age=ASSET_AGE)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def health(self) -> Response:
        """This process answers."""
        return plain("ok", 200)

    def ready(self) -> Response:
        """The corpus is loaded."""
        index = self._pipeline.catalog.index()
        return plain(f"ready: {len(index)} articles at revision {index.revision}", 200)

    def _cacheable(self, due: int | None, age: int | None = None) -> dict[str, str]:
        """How long an answer is good for: never beyond the instant the next article appears."""
        age = self._http.max_age if age is None else age
        if due is not None:
            age = max(0, min(age, int(due - self._clock())))
        return {
            "Cache-Control": f"public, max-age={age}, "
            f"stale-while-revalidate={self._http.stale_while_revalidate}, "
            f"stale-if-error={self._http.stale_if_error}",
            "Vary": "Accept-Encoding",
        }


class _Base(NamedTuple):
    """The moment of which a client has a feed, and the tag that says so, empty where a date does."""

    moment: int
    tag: str


def _base(answer: Answer) -> _Base | None:
    """What of *answer*'s feed the client has, None where it does not say or cannot be believed."""
    if (none_match := request.headers.get("If-None-Match")) is not None:
        known = [(answer.since(key), tag) for tag, key in tags(none_match)]
        return max((_Base(moment, tag) for moment, tag in known if moment is not None), default=None)
    date = instant(request.headers.get("If-Modified-Since"))
    return None if date is None else _Base(int(date), "")


def _widened(key: str) -> dict[str, str]:
    """The ETag under which the client has the content *key*, where that is one of a widened feed."""
    for tag, known in tags(request.headers.get("If-None-Match", "")):
        if known.startswith(f"{key}."):
            return {"ETag": tag.lstrip("Ww/")}
    return {}


def _coding() -> str:
    coding = choose_coding(request.headers.get("Accept-Encoding"))
    if coding is None:
        raise NotAcceptable(f"no acceptable content coding; offered: {', '.join(CODINGS)}")
    return coding


def _is_current(key: str, modified: int) -> bool:
    headers = request.headers
    return is_current(key, modified, headers.get("If-None-Match"), headers.get("If-Modified-Since"))


def _sent(
    body: bytes, coding: str, media_type: str, headers: dict[str, str], status: int = 200
) -> Response:
    response = Response(body, status, headers, content_type=media_type)
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    return response
