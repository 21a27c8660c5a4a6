"""The builder: a page with a form that composes a feed, and a preview of that feed."""

from operator import itemgetter
from typing import NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from flask import Response, request

from feeds.article import Article, slugify
from feeds.errors import GoneFeed, QueryError, UnknownFeed
from feeds.feed import Feed, entries
from feeds.formats import DEFAULT
from feeds.index import Index
from feeds.pipeline import PreparedFeed
from feeds.query import DIGESTS, Query, query_string
from feeds.query.describe import describe, describe_clause
from feeds.query.grammar import parse
from feeds.query.parameters import PARAMETERS
from feeds.query.parameters.field import Option
from feeds.query.parameters.window import MAX_ENTRIES_PER_FEED
from feeds.query.selection import resolve
from feeds.query.wording import Wording
from feeds.web.errors import plain
from feeds.web.form import ANY, FORM_FIELDS, LISTED, Argument, Form, as_written, form_of, key_of, read
from feeds.web.languages import UI, page_wording, with_language
from feeds.web.pages import shown
from feeds.web.responses import Context

MAX_PREVIEWED_ENTRIES = 5
MAX_OPTIONS = 600  # shown in one list; other values can be typed
MAX_PROPOSED_NAME_LENGTH = 40  # characters of the name proposed for the settings


class Group(NamedTuple):
    """A group of fields in the form, under the text ``build.`` *name*.

    If *pair*, the fields stand side by side where there is room; if *rare*, the group is collapsed.
    """

    name: str
    pair: bool = False
    rare: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The parameters of its fields, ordered by position."""
        fields = ((field.position, key) for key, field in FORM_FIELDS.items() if field.group == self.name)
        return tuple(key for _, key in sorted(fields, key=itemgetter(0)))


GROUPS = (
    Group("topics"),
    Group("words"),
    Group("providers"),
    Group("time", pair=True),
    Group("order", pair=True),
    Group("kinds", pair=True, rare=True),
    Group("best", pair=True, rare=True),
    Group("shape", rare=True),
)


class Preview(NamedTuple):
    """The result of a query; *words* describe the query, and are empty if it selects everything."""

    feed: Feed
    query: Query
    words: str
    total: int
    held: int
    articles: tuple[Article, ...]
    digests: dict[str, str]
    opml: str
    embed: str
    setting: str


class Builder:
    """The view of the builder."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._listed: tuple[object, dict[str, list[Option]]] = None, {}

    def build(self) -> Response:
        """Respond with the form, filled in from the arguments, and a preview of their feed."""
        given = [each for each in request.args.items(multi=True) if each[0] != UI]
        reading, written = read(given), as_written(given)
        index = self._context.pipeline.current_index.index()
        words = page_wording(self._context.described_site.language)
        form, wrong, result = reading.form, dict(reading.wrong), None
        query = resolve(index, reading.query)
        if not wrong:
            form = form_of(query)
            asked = [(key, written.get(key, value)) for key, value in query.parameters]
            if given != asked:
                return self._moved(asked)
        try:
            prepared = self._context.pipeline.prepare(query, DEFAULT.extension)
        except (UnknownFeed, GoneFeed) as error:
            wrong[error.kind] = error  # reported together with all other mistakes
        else:
            result = None if wrong else self._result(prepared, words)
        response = shown(
            self._context,
            "build.html",
            400 if wrong else 200,
            feed=result.feed if result else self._context.pipeline.feed(Query(limit=1)),
            result=result,
            form=form._replace(texts={key: written.get(key, text) for key, text in form.texts.items()}),
            wrong=wrong,
            lists={key: self._list(index, form, key) for key in LISTED},
            beyond={key: max(0, len(found) - MAX_OPTIONS) for key, found in self._known(index).items()},
            kept=[(field, value, _words_of(index, field, value, words)) for field, value in form.kept],
            fields=FORM_FIELDS,
            groups=GROUPS,
            any_=ANY,
            most=MAX_ENTRIES_PER_FEED,
            readers=self._context.http.readers,
        )
        if given:
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _moved(self, asked: list[Argument]) -> Response:
        """Redirect to the address with *asked*, the canonical arguments, which a form cannot produce."""
        address = "/build" + query_string(asked)
        response = plain(f"this is at {address}", 302)
        response.headers |= self._context.cacheable(None)
        response.headers["Location"] = self._context.base + with_language(address)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _result(self, prepared: PreparedFeed, words: Wording) -> Preview:
        query, feed = prepared.selection.query, prepared.feed
        items = prepared.selection.items
        return Preview(
            feed,
            query,
            describe(prepared.index, query, words, on_page=True),
            prepared.selection.total,
            len(items),
            tuple(entries(feed, query, items[:MAX_PREVIEWED_ENTRIES])),
            {digest: parse(query.parameters, archive=digest).page for digest in DIGESTS},
            f"/opml?feed={quote(_written(query), safe='/,')}",
            f"/embed?src={quote(_written(query), safe='/,')}",
            _setting(feed, query),
        )

    def _known(self, index: Index) -> dict[str, list[Option]]:
        """Return the options by parameter, cached, because they take as long as the rest of the page."""
        same = (index.revision, index.renewed, index.due)  # not the index: it would stay in memory
        if self._listed[0] != same:
            self._listed = same, {key: PARAMETERS[key].options(index) for key in LISTED}
        return self._listed[1]

    def _list(self, index: Index, form: Form, key: str) -> list[Option]:
        """Return the options of a list in their usual order, after chosen ones that it lacks."""
        known = self._known(index)[key]
        listed = known[:MAX_OPTIONS]
        more = {choice.value: choice for choice in known[MAX_OPTIONS:]}
        chosen = {value.removeprefix("-") for field, value in form.ticked if key_of(field) == key}
        chosen -= {choice.value for choice in listed}
        first = [more.get(value) or Option(value, value, None) for value in chosen]
        first.sort(key=lambda choice: (choice.name.casefold(), choice.value))
        return [msgspec.structs.replace(choice, depth=0) for choice in first] + listed


def _written(query: Query) -> str:
    """*query* as a path and arguments without a leading slash, such as ``topics/ai?lang=en``."""
    return query.feed_path.removeprefix("/") + query.arguments


def _setting(feed: Feed, query: Query) -> str:
    """The YAML that adds *query* to the settings as a named feed."""
    title = feed.name or feed.title
    name = slugify(title)[:MAX_PROPOSED_NAME_LENGTH].rstrip("-") or "mine"
    # A JSON string is valid YAML, with everything quoted that needs it.
    quoted_title = msgspec.json.encode(title).decode()
    quoted_query = msgspec.json.encode(urlencode(query.parameters, safe=",")).decode()
    return f"site:\n  feeds:\n    {name}:\n      title: {quoted_title}\n      query: {quoted_query}\n"


def _words_of(index: Index, field: str, value: str, words: Wording) -> str:
    """Describe the argument *value* of *field* in words, or repeat it if it cannot be parsed."""
    try:
        clauses = parse([(key_of(field), value)]).all_clauses
    except QueryError:
        clauses = []
    return (
        ", ".join(describe_clause(index, clause, words) for clause in clauses)
        or f"{key_of(field)} {value[:80]}"
    )
