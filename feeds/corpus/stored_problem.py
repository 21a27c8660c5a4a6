"""The encoding of a file's problems in one text for the store."""

from msgspec import Struct

from feeds.corpus.problems import CODES
from feeds.corpus.reading import Withheld
from feeds.errors import ArticleError, Code, one_line


class StoredProblem(Struct, frozen=True):
    """A problem in the form of ``feeds.store.File``: its *text*, for people, and its *codes*.

    A problem that another version recorded may have no codes, or unknown ones, which are dropped.
    """

    text: str
    codes: tuple[Code, ...] = ()

    @classmethod
    def of(cls, held: ArticleError | Withheld) -> "StoredProblem":
        """Make a StoredProblem of all problems in *held*, without the path and the first line number."""
        if isinstance(held, Withheld):
            return cls(held.reason, (held.code,))
        others = [f"line {each.line}: {each.reason}" for each in held.others]
        codes = dict.fromkeys(each.code for each in held.each())
        return cls(one_line("; ".join([held.reason, *others])), tuple(codes))

    @property
    def remedy(self) -> str:
        """The remedies of all codes, each once."""
        return " / ".join(dict.fromkeys(code.remedy for code in self.codes))

    def encoded(self) -> str:
        """The text on one line, and the names of the codes on the next."""
        return f"{self.text}\n{' '.join(code.name for code in self.codes)}"

    @classmethod
    def decoded(cls, problem: str) -> "StoredProblem":
        """Decode the result of ``encoded``."""
        text, _, names = problem.partition("\n")
        return cls(text, tuple(CODES[name] for name in names.split() if name in CODES))
