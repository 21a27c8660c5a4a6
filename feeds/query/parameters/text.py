"""The parameters ``q`` and ``title``: words and phrases."""

from collections.abc import Sequence
from typing import NamedTuple

from pyroaring import BitMap

from feeds.article.expressions import expression
from feeds.index import Index
from feeds.query.clause import Clause
from feeds.query.parameters.field import TextField
from feeds.query.parameters.parameter import Parameter, joined, split_items
from feeds.query.wording import Wording
from feeds.store.tokenize import tokenize

_TOKEN = expression(r'(-?)("[^"]*"?|[^\s",]+)')


class Phrase(NamedTuple):
    """One word, or several that must occur in this order without a gap."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        text = " ".join(self.words)
        return f'"{text}"' if len(self.words) > 1 else text


def phrases(text: str) -> tuple[Phrase, ...]:
    """The phrases of the term *text*; an article must contain all of them."""
    return tuple(sorted(map(Phrase, included(text))))


def included(item: str) -> tuple[tuple[str, ...], ...]:
    """The words of each phrase of *item* that an article must contain, in the order of *item*."""
    found = (tuple(tokenize(written)) for excludes, written in _TOKEN.findall(item) if not excludes)
    return tuple(dict.fromkeys(words for words in found if words))


class TextParameter(Parameter, frozen=True, kw_only=True):
    """Words and phrases; if *titles*, only in titles.

    In descriptions, *verb* precedes them and *place* follows them.
    """

    titles: bool = False
    verb: str = "mentioning"
    place: str = ""

    def canonical(self, written: str) -> str:
        return " ".join(str(phrase) for phrase in phrases(written))

    def terms(self, value: str) -> tuple[list[str], list[str]]:
        items = split_items(value)
        excluded = [self.canonical(it) for item in items for no, it in _TOKEN.findall(item) if no]
        wanted = [self.canonical(item) for item in items]
        # An item with only excluded words has an empty included term: this is not an error.
        return [term for term in wanted if term] if any(excluded) else wanted, excluded

    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:  # noqa: ARG002
        return index.matching(tuple(phrase.words for phrase in phrases(term)), self.titles)

    def describe(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        verb = "without" if clause.excluded else self.verb
        return words(f"{verb} {{words}}{self.place}", words=_quoted(clause, words))

    def describe_all(self, index: Index, clauses: Sequence[Clause], words: Wording) -> str:
        if not all(clause.single for clause in clauses):
            return super().describe_all(index, clauses, words)
        quoted = words.every(_quoted(clause, words) for clause in clauses)
        return words(f"{self.verb} {{words}}{self.place}", words=quoted)

    def name(self, index: Index, clause: Clause, words: Wording) -> str:
        if self.names_feed and not clause.excluded:
            return _quoted(clause, words)
        return self.describe(index, clause, words)


def _quoted(clause: Clause, words: Wording) -> str:
    """Each word or phrase of *clause* in quotation marks."""

    def term(written: str) -> str:
        quoted = (words("“{words}”", words=" ".join(phrase.words)) for phrase in phrases(written))
        return joined(quoted, words)

    return words.either(map(term, clause.terms))


Q = TextParameter(
    key="q",
    problem="no words",
    example='q=tide "oyster reefs" -storm',
    meaning="words and phrases in title, summary, topics and provider; case and accents do not matter",
    field=TextField("words", "build.q", "build.q_hint", "build.q_example"),
    names_feed=True,
    synonyms=("query", "search", "s", "keyword", "keywords", "term", "terms", "searchterm"),
)

TITLE = TextParameter(
    key="title",
    problem="no words",
    example="title=harbour",
    meaning="words and phrases in titles only",
    field=TextField("words", "build.title_words"),
    titles=True,
    verb="with",
    place=" in the title",
)
