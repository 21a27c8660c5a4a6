"""Query: a request for articles in canonical form, so that a feed has one address."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
from msgspec import Struct

from feeds.period import Period
from feeds.query.clause import Clause
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.parameters.window import DEFAULT_LIMIT, SORTS

DIGESTS = ("daily", "weekly")


class Query(Struct, frozen=True):
    """The first *limit* articles that match *topic*, *provider* and all of *clauses*, in order of *sort*.

    An empty *topic* or *provider* matches every article. *per_provider* limits the articles of each
    provider, unless it is 0. If *collapse* is ``story``, the articles of a story share one entry.
    *content* is the part of each article to show: ``full``, ``summary``, ``title``, or empty for the
    provider's default.

    *archive* names a period and requests all of its articles. *digest* requests one entry for each
    ``daily`` or ``weekly`` period. *name* is the name of the query in the settings, if it has one.
    """

    topic: str = ""
    provider: str = ""
    limit: int = DEFAULT_LIMIT
    content: str = ""
    archive: str = ""
    clauses: tuple[Clause, ...] = ()
    collapse: str = ""
    sort: str = SORTS[0]
    per_provider: int = 0
    digest: str = ""
    name: str = ""

    @classmethod
    def of(cls, clauses: Iterable[Clause], **others: Any) -> "Query":
        """The canonical query for *clauses*, in any order and with repetitions. *others* are more fields.

        One topic and one provider become fields: the first of each that is the only term of a clause.
        """
        rest = sorted(sorted(_merged(clauses)), key=_position)
        for key in ("topic", "provider"):
            if single := next((each for each in rest if each.key == key and each.single), None):
                others[key] = single.terms[0]
                rest.remove(single)
        return cls(clauses=tuple(rest), **others)

    @property
    def all_clauses(self) -> list[Clause]:
        """Every condition on an article, topic and provider included."""
        return [*self._fields, *self.clauses]

    @property
    def place(self) -> list[Clause]:
        """The clauses in the path of this query, if it has no *name*.

        These are the topic and the provider, else the first clause with a single value of another
        parameter that has feeds of its own.
        """
        return self._fields or [clause for clause in self.clauses if _has_path(clause)][:1]

    @property
    def _fields(self) -> list[Clause]:
        """The topic and the provider as clauses."""
        topic = [Clause("topic", False, (self.topic,))] if self.topic else []
        provider = [Clause("provider", False, (self.provider,))] if self.provider else []
        return topic + provider

    @property
    def path(self) -> str:
        """The path of its page, without arguments: ``/``, ``/topics/ai``, ``/f/best/daily``."""
        place = f"/f/{quote(self.name)}" if self.name else "".join(map(_segment, self.place))
        return f"{place or '/feed'}/{self.digest}" if self.digest else place or "/"

    @property
    def feed_path(self) -> str:
        """The path of its feed without the extension: ``/feed``, ``/topics/ai/2021-12``."""
        path = self.path
        path = "/feed" if path == "/" else path
        return f"{path}/{self.archive}" if self.archive else path

    @property
    def arguments(self) -> str:
        """The query string of its address: empty, or for example ``?lang=en&limit=10``."""
        return query_string(self._beside_path)

    @property
    def page(self) -> str:
        """The address of its page: the same for any *limit* and any *content*."""
        return self.path + query_string(self._beside_page)

    @property
    def feed_stem(self) -> str:
        """The address of its feed without extension, the same for any *limit* and any *content*."""
        return self.feed_path + query_string(self._beside_page)

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The whole query as parameters, without a path: ``[("topic", "ai"), ("limit", "10")]``."""
        clauses = [(clause.key, clause.value) for clause in sorted(self.all_clauses, key=_position)]
        return [*clauses, *self._chosen]

    @property
    def window(self) -> dict[str, Any]:
        """The values of all window parameters."""
        return {key: getattr(self, key) for key in WINDOW}

    @property
    def _chosen(self) -> list[tuple[str, str]]:
        """The window parameters that do not have their default value."""
        return [
            (key, str(value))
            for key, parameter in WINDOW.items()
            if (value := getattr(self, key)) != parameter.default
        ]

    @property
    def _beside_path(self) -> list[tuple[str, str]]:
        """The parameters that its path does not contain."""
        if self.name:
            return []
        place = self.place
        clauses = [(clause.key, clause.value) for clause in self.clauses if clause not in place]
        return [*clauses, *self._chosen]

    @property
    def _beside_page(self) -> list[tuple[str, str]]:
        """The parameters in the address of its page, path excluded."""
        return [each for each in self._beside_path if each[0] not in ("limit", "content")]

    def address(self, extension: str) -> str:
        """The address of its feed in one format: ``/topics/ai/2021-12.rss?content=full``."""
        return f"{self.feed_path}.{extension}{self.arguments}"

    def archive_of(self, period: Period) -> "Query":
        """The archive of *period* of this feed, which is complete and ordered by date."""
        return self.complete(archive=period.name)

    def complete(self, **changes: Any) -> "Query":
        """A copy with *changes*, newest first and without the bounds on its entries."""
        every = {key: WINDOW[key].default for key in ("limit", "sort", "per_provider")}
        return msgspec.structs.replace(self, **every, **changes)

    def hottest_of(self, first: str, last: str) -> "Query":
        """The query for the hottest articles of this query, from the day *first* to the day *last*."""
        days = [Clause("since", False, (first,)), Clause("until", False, (last,))]
        return Query.of([*self.all_clauses, *days], sort="heat")

    @property
    def current(self) -> "Query":
        """The current feed, if this is an archive or a digest; else this query."""
        return msgspec.structs.replace(self, archive="", digest="")

    @property
    def plain(self) -> bool:
        """True if nothing but the path, *limit* and *content* restricts the query."""
        return not (self.name or self.archive or self.digest or self._beside_page)

    @property
    def ranked(self) -> bool:
        """True if heat or quality affect the contents of the feed."""
        by_rank = any(PARAMETERS[clause.key].ranks for clause in self.clauses)
        return self.sort != SORTS[0] or bool(self.collapse or self.digest) or by_rank

    @property
    def drifts(self) -> bool:
        """True if unchanged articles may enter the feed, so that its new entries are unknown."""
        late = any(PARAMETERS[clause.key].admits_later(clause) for clause in self.clauses)
        return self.ranked or self.per_provider > 0 or late

    @property
    def relative(self) -> bool:
        """True if non-matching articles can change the result: the newest, or one that joins stories."""
        moves = any(PARAMETERS[clause.key].moves(clause) for clause in self.clauses)
        return moves or bool(self.digest or self.collapse)


def _has_path(clause: Clause) -> bool:
    return clause.single and bool(PARAMETERS[clause.key].segment)


def _segment(clause: Clause) -> str:
    """The part of a path for *clause*: ``/topics/ai``."""
    return f"/{PARAMETERS[clause.key].segment}/{quote(clause.terms[0])}"


def query_string(arguments: Iterable[tuple[str, str]]) -> str:
    """The query string with its question mark, such as ``?topic=ai,go``, or the empty string.

    Keys are names of parameters, so only values are quoted.
    """
    written = [f"{key}={quote_plus(value, safe=',')}" for key, value in arguments]
    return f"?{'&'.join(written)}" if written else ""


def _merged(clauses: Iterable[Clause]) -> set[Clause]:
    """*clauses*, with the excluded terms of each parameter in one clause."""
    excluded: dict[str, set[str]] = {}
    taken: set[Clause] = set()
    for clause in clauses:
        if clause.excluded:
            excluded.setdefault(clause.key, set()).update(clause.terms)
        else:
            taken.add(clause)
    return taken | {Clause.of(key, terms, excluded=True) for key, terms in excluded.items()}


def _position(clause: Clause) -> int:
    return _POSITIONS[clause.key]


_POSITIONS = {key: position for position, key in enumerate(PARAMETERS)}


def feed_of(key: str, term: str) -> Query:
    """The query for all articles with one *term* of the parameter *key*, such as one topic."""
    return Query.of([Clause(key, False, (term,))])
