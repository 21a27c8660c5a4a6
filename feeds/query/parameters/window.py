"""The parameters of a feed as a whole: the number, choice and order of articles, and their content."""

import re

from msgspec import Struct

from feeds.article import CONTENTS
from feeds.errors import QueryError
from feeds.query.parameters.field import CheckField, Field, SelectField, TextField
from feeds.query.wording import Wording

DEFAULT_LIMIT = 50
MAX_ENTRIES_PER_FEED = 200  # the highest *limit*, and the size at which an archive is split
SORTS = ("newest", "heat", "quality")


class WindowParameter(Struct, frozen=True, kw_only=True):
    """A query parameter of the feed as a whole, with its *default*; Query has a field of the same name.

    - *problem*, *example*, *meaning*, *field*, *synonyms*: see Parameter
    - *words*: describe a value other than the default in the description of a feed, empty to omit it;
      ``{count}`` is the number
    - *values*: the values of a choice; ``{choices}`` in *problem* stands for them
    """

    key: str
    default: str | int
    problem: str
    example: str
    meaning: str
    field: Field
    words: str = ""
    synonyms: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def read(self, written: str) -> str | int:
        """Parse *written*. Raises QueryError."""
        value = self.value(written)
        if value is None:
            raise QueryError(
                self.key, self.problem, "use {example}", written,
                example=self.example, choices=", ".join(self.values), most=str(MAX_ENTRIES_PER_FEED),
            )  # fmt: skip
        return value

    def value(self, written: str) -> str | int | None:
        """Parse *written*; return None if it is malformed."""
        raise NotImplementedError

    def describe(self, value: str | int, words: Wording) -> str:
        """The words for *value*, empty if it is the default."""
        return words(self.words, count=str(value)) if self.words and value != self.default else ""


class _Choice(WindowParameter, frozen=True, kw_only=True):
    def value(self, written: str) -> str | None:
        return written if written in self.values else None


class _Number(WindowParameter, frozen=True, kw_only=True):
    def value(self, written: str) -> int | None:
        number = int(written) if re.fullmatch("[0-9]{1,9}", written) else 0
        return number if 1 <= number <= MAX_ENTRIES_PER_FEED else None


_CHOICE = "not one of {choices}"
_NUMBER = "not a whole number from 1 to {most}"

COLLAPSE = _Choice(
    key="collapse",
    default="",
    problem="not story",
    example="collapse=story",
    meaning="one entry per story: its best article, with links to the others",
    field=CheckField("best", "build.story", "story"),
    words="one entry per story",
    values=("story",),
)

SORT = _Choice(
    key="sort",
    default=SORTS[0],
    problem=_CHOICE,
    example="sort=heat",
    meaning="hottest first, or with `sort=quality` best first; by default newest first",
    field=SelectField("order", "build.sort", SORTS, "build.sort_"),
    values=SORTS,
    synonyms=("order", "orderby", "order_by", "sortby", "sort_by"),
)

PER_PROVIDER = _Number(
    key="per_provider",
    default=0,
    problem=_NUMBER,
    example="per_provider=3",
    meaning="the maximum number of entries of one provider",
    field=TextField("best", "build.per_provider", "build.per_provider_hint", number=True, position=2),
    words="at most {count} per provider",
)

LIMIT = _Number(
    key="limit",
    default=DEFAULT_LIMIT,
    problem=_NUMBER,
    example="limit=20",
    meaning=f"the maximum number of entries: 1 to {MAX_ENTRIES_PER_FEED}, by default {DEFAULT_LIMIT}",
    field=TextField("order", "build.limit", "build.limit_hint", str(DEFAULT_LIMIT), number=True),
    synonyms=("per_page", "page_size", "pagesize", "size", "count", "max", "max_results", "num"),
)

CONTENT = _Choice(
    key="content",
    default="",
    problem=_CHOICE,
    example="content=summary",
    meaning="the part of each article to include: `full`, `summary` or `title`",
    field=SelectField("shape", "build.content", ("", *CONTENTS), "build.content_"),
    values=CONTENTS,
)
