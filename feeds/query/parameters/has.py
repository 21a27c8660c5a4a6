"""The parameter ``has``."""

from pyroaring import BitMap

from feeds.index import Index
from feeds.query.clause import Clause
from feeds.query.parameters.field import ListField, Option
from feeds.query.parameters.parameter import Parameter
from feeds.query.wording import ENGLISH, Wording
from feeds.store import Record

HOLDINGS = {"image": "pictures", "audio": "audio", "video": "videos", "full": "full text"}


class _Has(Parameter, frozen=True, kw_only=True):
    def canonical(self, written: str) -> str:
        return written if written in HOLDINGS else ""

    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:  # noqa: ARG002
        return index.postings("has", term) or BitMap()

    def describe(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        having = "without" if clause.excluded else "with"
        contents = words.either(words(HOLDINGS[each]) for each in clause.terms)
        return words(f"{having} {{contents}}", contents=contents)

    def fact(self, index: Index, record: Record, clause: Clause) -> str:  # noqa: ARG002
        position = index.position(record)
        found = [words for it, words in HOLDINGS.items() if position in (index.postings("has", it) or ())]
        return f"it has {' and '.join(found) or f'none of {ENGLISH.every(HOLDINGS.values())}'}"

    def options(self, index: Index) -> list[Option]:
        return [Option(it, HOLDINGS[it], len(index.postings("has", it) or ())) for it in HOLDINGS]


HAS = _Has(
    key="has",
    problem="not one of {choices}",
    choices=tuple(HOLDINGS),
    example="has=image,audio,video,full",
    meaning="a picture, audio, a video, or a body longer than an excerpt",
    field=ListField("kinds", "build.has", combines=True, prefix="build.has_"),
)
