"""The operation of every view: media types, parameters and statuses beside those of all views."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from feeds.feed.directory import FEED_KINDS
from feeds.feed.search import SEARCH_SORTS
from feeds.formats import DEFAULT, FOR_READERS, FORMATS, feed_list, markdown, opml, sitemap
from feeds.formats.xml import XML
from feeds.http.content_language import LANGUAGES
from feeds.period import MONTHS
from feeds.push.callbacks import HUB_CALLBACK
from feeds.push.hub import MAX_SECRET
from feeds.push.topics import HUB_TOPIC
from feeds.query.grammar import NO_REDIRECT
from feeds.query.parameters import EVERY, PARAMETERS, SEGMENTS
from feeds.query.parameters.text import Q
from feeds.query.parameters.window import SORT
from feeds.web.articles import Articles
from feeds.web.badges import Badges
from feeds.web.builder import Builder
from feeds.web.embeds import MAX_PIXELS, Embeds
from feeds.web.files import STATIC, Files
from feeds.web.form import ANY, LISTED
from feeds.web.hub import JSON_TYPE, HubPages
from feeds.web.languages import UI
from feeds.web.metrics import OPENMETRICS, MetricsPage
from feeds.web.oembed import OEMBED_TYPES
from feeds.web.pages import Pages
from feeds.web.polling import PollingPages
from feeds.web.presentation import CHOICES, MAX_EMBEDDED_ENTRIES, Presentation
from feeds.web.reader_check import ReaderCheckPages
from feeds.web.responses import HTML, OPENSEARCH_TYPE
from feeds.web.search import SUGGESTIONS_TYPE, SearchPages
from feeds.web.site_files import MANIFEST_TYPE, BrowserFiles
from feeds.web.sitemaps import Sitemaps
from feeds.web.status import StatusPages
from feeds.web.streams import EVENT_STREAM, LAST_EVENT_ID, StreamViews
from feeds.web.views import STRICT, WRITER, Views

TEXT = "text/plain; charset=utf-8"


class ArgumentSchema(Struct, frozen=True):
    """A parameter in the query string that is not one of queries."""

    name: str
    description: str
    schema: dict[str, Any] = msgspec.field(default_factory=lambda: {"type": "string"})
    example: str | int | None = None


class FormOperation(Struct, frozen=True, kw_only=True):
    """The operation of a view that takes a form with *fields*, and answers with a line of text.

    *statuses* are those of responses, and of errors.
    """

    summary: str
    description: str
    fields: tuple[ArgumentSchema, ...]
    required: tuple[str, ...]
    statuses: tuple[int, ...]
    errors: tuple[int, ...]


class Operation(Struct, frozen=True, kw_only=True):
    """The description of a view beside its docstring.

    - *types*: the media types of its documents
    - *schema*: the name of the schema of its JSON documents
    - *query*: it takes the parameters of queries
    - *arguments*: its own parameters
    - *statuses*, *errors*: the statuses beside 200, and the statuses of errors
    - *cached*, *dated*: its documents have an ETag, and a date
    - *form*: the action of a view for a form
    """

    types: tuple[str, ...] = (HTML,)
    schema: str = ""
    query: bool = False
    arguments: tuple[ArgumentSchema, ...] = ()
    statuses: tuple[int, ...] = ()
    errors: tuple[int, ...] = (400, 404, 406, 414, 500, 503)
    cached: bool = True
    dated: bool = False
    private: bool = False
    form: FormOperation | None = None


def _choice(name: str, description: str, values: tuple[str, ...]) -> ArgumentSchema:
    return ArgumentSchema(name, description, {"type": "string", "enum": list(values)}, values[0])


def _number(name: str, description: str, most: int, example: int) -> ArgumentSchema:
    return ArgumentSchema(name, description, {"type": "integer", "minimum": 1, "maximum": most}, example)


_LOOKS = (
    *(_choice(name, f"the {name} of the embed", values) for name, values in CHOICES.items()),
    ArgumentSchema("accent", "a colour of 3 or 6 hexadecimal digits", example=Presentation().accent),
    _number("count", "the maximum number of entries", MAX_EMBEDDED_ENTRIES, Presentation().count),
)
_NO_REDIRECT = ArgumentSchema(
    NO_REDIRECT, "answer at this address, even if the feed has another", example=""
)
PAGE_LANGUAGE = _choice(UI, "the language of the page, instead of that in Accept-Language", LANGUAGES)
_FEED = ArgumentSchema("feed", "the feed by its path or address, with its arguments", example="feed")
_TICKED = tuple(
    ArgumentSchema(ANY + key, f"one of the values of `{key}=`, as a form sends it") for key in LISTED
)
_WITH_MOVES = (301, 302)
_FOR_QUERIES = (400, 404, 406, 410, 414, 500, 503)

_PAGE = Operation(query=True, arguments=(_NO_REDIRECT,), statuses=_WITH_MOVES, errors=_FOR_QUERIES)
_ICON = Operation(types=(STATIC[".png"],), errors=(400, 406, 414, 500))
_CHECK = Operation(errors=(400, 404, 406, 414, 500), cached=False)
_OPML = Operation(
    types=(opml.MEDIA_TYPE, XML),
    query=True,
    arguments=(
        ArgumentSchema("feed", "a further feed of the list, by its path", example="feed"),
        _choice("format", "the format of the feeds", tuple(each.extension for each in FOR_READERS)),
    ),
    errors=_FOR_QUERIES,
)

_HUB_FORM = FormOperation(
    summary="subscribe, renew or unsubscribe",
    description="A request of WebSub. Before it has an effect, the callback is asked to confirm it.",
    fields=(
        _choice("hub.mode", "the request", ("subscribe", "unsubscribe", "publish")),
        ArgumentSchema(HUB_TOPIC, "the address that a feed gives as its own, with rel=self"),
        ArgumentSchema(HUB_CALLBACK, "the address that changes are sent to"),
        ArgumentSchema("hub.lease_seconds", "the wanted duration of the subscription in seconds"),
        ArgumentSchema("hub.secret", f"a key of at most {MAX_SECRET} bytes, to sign what is sent"),
        ArgumentSchema("hub.verify_token", "a text to be sent back (PubSubHubbub 0.3)"),
        ArgumentSchema("hub.url", "with hub.mode=publish, the address of a changed feed"),
    ),
    required=("hub.mode",),
    statuses=(202, 204),
    errors=(400, 404, 408, 410, 411, 413, 415, 429, 500, 503),
)
_LAST_EVENT_ID = ArgumentSchema(
    LAST_EVENT_ID, "the id of an event, or the ETag of a feed: events begin after it", example="0"
)
_STREAM = Operation(
    types=(EVENT_STREAM,),
    query=True,
    arguments=(_LAST_EVENT_ID,),
    errors=(400, 404, 410, 414, 500, 501, 503),
    cached=False,
)

# The operation of each view.
OPERATIONS: dict[Callable[..., Any], Operation] = {
    Pages.home: _PAGE,
    Pages.page: _PAGE,
    Pages.feeds: Operation(),
    Views.feed: Operation(
        types=(*(each.media_type for each in FORMATS.values()), XML),
        schema="JsonFeed",
        query=True,
        arguments=(_NO_REDIRECT,),
        statuses=(226, *_WITH_MOVES),
        errors=(*_FOR_QUERIES, 429),
        dated=True,
    ),
    Views.explain: Operation(
        types=(TEXT,),
        query=True,
        arguments=(
            ArgumentSchema(
                "article", "the id or the address of an article", example="tag:example.org,2020:1"
            ),
            _FEED,
        ),
        errors=_FOR_QUERIES,
    ),
    Views.opml: _OPML,
    Views.feed_list: Operation(types=(feed_list.MEDIA_TYPE,), schema="FeedList"),
    Views.qr: Operation(types=(STATIC[".svg"],), query=True, errors=_FOR_QUERIES),
    StreamViews.stream: _STREAM,
    StreamViews.several: msgspec.structs.replace(_STREAM, arguments=(_FEED, _LAST_EVENT_ID)),
    Views.health: Operation(types=(TEXT,), errors=(400, 414, 500), cached=False),
    Views.ready: Operation(
        types=(TEXT,),
        arguments=(_choice(STRICT, "also fail on a host that records no changes", (WRITER,)),),
        errors=(400, 414, 500, 503),
        cached=False,
    ),
    PollingPages.rules: Operation(errors=(400, 406, 414, 500, 503)),
    Badges.badge: Operation(types=(STATIC[".svg"],), query=True, errors=_FOR_QUERIES, cached=False),
    StatusPages.page: Operation(errors=(400, 404, 414, 500), cached=False, private=True),
    StatusPages.json: Operation(
        types=("application/json",),
        schema="Status",
        errors=(400, 404, 414, 500),
        cached=False,
        private=True,
    ),
    MetricsPage.metrics: Operation(
        types=(TEXT, OPENMETRICS), errors=(400, 404, 414, 500), cached=False, private=True
    ),
    SearchPages.page: Operation(
        query=True,
        arguments=(
            _choice(SORT.key, "the order of the results", SEARCH_SORTS),
            ArgumentSchema("page", "the page of results", {"type": "integer", "minimum": 1}, 1),
        ),
        errors=_FOR_QUERIES,
    ),
    SearchPages.suggestions: Operation(
        types=(SUGGESTIONS_TYPE,),
        schema="Suggestions",
        arguments=(ArgumentSchema(Q.key, "the words typed so far", example="tide"),),
        errors=(400, 406, 414, 500, 503),
    ),
    SearchPages.description: Operation(types=(OPENSEARCH_TYPE,), errors=(400, 406, 414, 500)),
    Builder.build: Operation(
        query=True, arguments=_TICKED, statuses=(302,), errors=(400, 406, 414, 500, 503)
    ),
    Articles.page: Operation(errors=_FOR_QUERIES, statuses=_WITH_MOVES, dated=True),
    Articles.markdown: Operation(
        types=(markdown.MEDIA_TYPE,), errors=_FOR_QUERIES, statuses=_WITH_MOVES, dated=True
    ),
    Sitemaps.robots: Operation(types=(TEXT,), errors=(400, 406, 414, 500)),
    Sitemaps.sitemap: Operation(types=(sitemap.MEDIA_TYPE,)),
    Sitemaps.part: Operation(types=(sitemap.MEDIA_TYPE,)),
    Embeds.configure: Operation(
        query=True,
        arguments=(
            ArgumentSchema("src", "the feed by its path or address", example="feed"),
            _number("width", "the width of the frame in pixels", 4000, 640),
            *_LOOKS,
        ),
        errors=_FOR_QUERIES,
    ),
    Embeds.embed: Operation(query=True, arguments=_LOOKS, statuses=_WITH_MOVES, errors=_FOR_QUERIES),
    Embeds.script: Operation(types=(STATIC[".js"],), errors=(400, 406, 414, 500)),
    Embeds.oembed: Operation(
        types=tuple(OEMBED_TYPES.values()),
        schema="OEmbed",
        arguments=(
            ArgumentSchema("url", "the address of a page, a feed or an embed of this server"),
            _choice("format", "the format of the code", tuple(OEMBED_TYPES)),
            _number("maxwidth", "the maximum width in pixels", MAX_PIXELS, 640),
            _number("maxheight", "the maximum height in pixels", MAX_PIXELS, 480),
        ),
        errors=(*_FOR_QUERIES, 501),
    ),
    Files.asset: Operation(
        types=("image/*",), statuses=(206,), errors=(400, 404, 414, 416, 500), dated=True
    ),
    Files.media: Operation(types=("*/*",), statuses=(206,), errors=(400, 404, 414, 416, 500, 503)),
    Files.static: Operation(
        types=tuple(STATIC.values()),
        arguments=(ArgumentSchema("v", "the version of the file, which makes it immutable"),),
        errors=(400, 404, 406, 414, 500),
    ),
    Files.icon: _ICON,
    HubPages.hub: Operation(
        arguments=(ArgumentSchema(HUB_TOPIC, "an address to be tested"),),
        errors=_FOR_QUERIES,
        cached=False,
        form=_HUB_FORM,
    ),
    HubPages.health: Operation(
        types=(JSON_TYPE,), schema="HubHealth", errors=(400, 404, 414, 500, 503), cached=False
    ),
    HubPages.canary: Operation(types=(TEXT,), errors=(400, 404, 414, 500, 503), cached=False),
    ReaderCheckPages.about: _CHECK,
    ReaderCheckPages.begin: Operation(
        types=(TEXT,), statuses=(302,), errors=(400, 404, 414, 500), cached=False
    ),
    ReaderCheckPages.page: _CHECK,
    ReaderCheckPages.report: Operation(
        types=(JSON_TYPE,), schema="CheckReport", errors=(400, 404, 414, 500), cached=False
    ),
    ReaderCheckPages.feed: Operation(
        types=tuple(each.media_type for each in FORMATS.values()),
        statuses=_WITH_MOVES,
        errors=(400, 404, 406, 410, 414, 429, 500),
        dated=True,
    ),
    BrowserFiles.touch_icon: _ICON,
    BrowserFiles.manifest: Operation(types=(MANIFEST_TYPE,), errors=(400, 406, 414, 500)),
    BrowserFiles.humans: Operation(types=(TEXT,), errors=(400, 406, 414, 500)),
}


def _example(key: str) -> str:
    return PARAMETERS[key].example.partition("=")[2].partition(",")[0]


# The description and an example of each parameter in a path.
PLACE_EXAMPLES: dict[str, tuple[str, str]] = {
    **{each.key: (each.meaning.partition(";")[0], _example(each.key)) for each in SEGMENTS.values()},
    "name": ("the name of a feed in the settings, or of a file", "best"),
    "archive": (f"a month such as 2026-01 ({MONTHS[0]} 2026), a day, `daily` or `weekly`", "daily"),
    "slug": ("the slug of an article", "a-wave"),
    "number": ("the number of a part of the sitemap", "1"),
    "kind": (f"the kind of feeds: one of {', '.join(FEED_KINDS)}", FEED_KINDS[1]),
    "check": (
        "the name of a check of a reader, from /reader-check/new",
        "0123456789abcdef0123456789abcdef01234567",
    ),
    "step": ("the feed of the check, or where its redirects lead", "feed"),
    "place": ("the path of a feed, which may have slashes", "feed"),
    "path": ("the path of a picture, which may have slashes", "picture.png"),
    "digest": ("the digest of the content of a file", "0123456789abcdef0123"),
    "extension": ("the format of the feed", DEFAULT.extension),
}
CHOICES_BY_NAME = {"extension": tuple(FORMATS), "kind": FEED_KINDS}  # the parameters with few values

QUERY_KEYS = tuple(each.key for each in EVERY)
