"""The exceptions of the project.

FeedsError
├── SettingsError       a setting is unknown or has a value that cannot be used
├── CorpusError         the corpus as a whole cannot be read
├── ArticleError        one file of the corpus cannot be syndicated (collected, rarely raised)
│   └── UnreadableFile  the operating system refused to read it; the reason may be temporary
├── StoreError          the store cannot be read or written now
│   ├── StoreRefused    the store must not be used as configured; waiting does not help
│   └── StoreDamaged    part of the store is damaged; the writer repairs it
├── ExportError         the target folder of an export cannot be used
├── QueryError          a query is malformed                                    (400)
├── UnknownFeed         no such topic, provider or archive                      (404)
├── GoneFeed            a topic that was ended for good                         (410)
├── NotReady            the first load is not complete                          (503)
└── NotAcceptable       a client refuses every content coding; in feeds.web     (406)
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from msgspec import Struct


class FeedsError(Exception):
    """The base class; its text is one line in lower case for people, with the subject and the remedy."""

    def __str__(self) -> str:
        return one_line(super().__str__())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle all attributes, independent of the parameters of ``__init__``."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[FeedsError], args: tuple[object, ...], fields: dict[str, object]) -> FeedsError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class SettingsError(FeedsError):
    """A bad setting; *key* is its path, such as ``site.url``, or the environment variable that set it."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


class CorpusError(FeedsError):
    """The corpus cannot be read because of the folder or file *path*."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Code(Struct, frozen=True):
    """A kind of problem: its *name*, the *text* to be formatted with values, and its *remedy*."""

    name: str
    text: str
    remedy: str


class ArticleError(FeedsError):
    """A problem of the kind *code* with the file at *path*, which is relative to the corpus.

    *line* counts from 1, or is 0 if the problem has no line. *subject* is the field or part of the file,
    or empty; *note* is the consequence of the problem. *values* fill the code's text. *others* are more
    problems of the same file, which the text leaves out.
    """

    def __init__(
        self,
        code: Code,
        path: str,
        line: int = 0,
        subject: str = "",
        /,
        **values: str | int,
    ) -> None:
        super().__init__(code.name, path, line, subject, values)
        self.code = code
        self.path = path
        self.line = line
        self.subject = subject
        self.values = values
        self.note = ""
        self.others: tuple[ArticleError, ...] = ()

    @property
    def reason(self) -> str:
        """The message without path and line: the subject, the code's text with the values, the note."""
        text = self.code.text.format_map(self.values)
        return "; ".join(filter(None, [f"{self.subject}: {text}" if self.subject else text, self.note]))

    def __str__(self) -> str:
        return one_line(f"{place(self.path, self.line)}: {self.reason}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash((self.code, self.path, self.line, self.subject))

    def noted(self, note: str) -> Self:
        """A copy of this error with *note*."""
        return self._copy(note, self.others)

    def joined(self, others: "Sequence[ArticleError]") -> Self:
        """A copy of this error with *others* of the same file."""
        return self._copy(self.note, tuple(others))

    def detached(self) -> Self:
        """A copy to be kept, without the traceback and the cause: their frames would stay in memory."""
        return self._copy(self.note, self.others)

    def each(self) -> "tuple[ArticleError, ...]":
        """This error, then the others of the same file."""
        return self, *self.others

    def _copy(self, note: str, others: "tuple[ArticleError, ...]") -> Self:
        error = type(self)(self.code, self.path, self.line, self.subject, **self.values)
        error.note, error.others = note, others
        return error


class UnreadableFile(ArticleError):
    """The operating system refused to open, read or list *path*, a file or a folder.

    The content of the file, or the files below the folder, may be fine: the cause (permissions, too many
    open files, a network disk) may disappear without a change to the file's stamp.
    """


class StoreError(FeedsError):
    """The store, the file *path*, cannot be read or written now."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class StoreRefused(StoreError):
    """The store must not be used as configured; waiting does not help."""


class StoreDamaged(StoreError):
    """Part of the store does not match its checksum, or SQLite cannot read it."""


class ExportError(FeedsError):
    """An export failed; *path* is the folder, a file in it, or the URL that could not be exported."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class QueryError(FeedsError):
    """The query parameter *parameter* has the invalid *value*; *expected* describes a valid one."""

    def __init__(self, parameter: str, value: str, expected: str) -> None:
        super().__init__(f"{parameter}: {value[:80]!r} is not {expected}")
        self.parameter = parameter
        self.value = value
        self.expected = expected


class UnknownFeed(FeedsError):
    """No feed is called *name*; *nearest* are the most similar known names, best first."""

    def __init__(self, kind: str, name: str, nearest: tuple[str, ...] = ()) -> None:
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"no such {kind}: {name[:80]}{hint}")
        self.kind = kind
        self.name = name
        self.nearest = nearest


class GoneFeed(FeedsError):
    """The feed called *name* was ended for good."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"this {kind} was ended for good: {name[:80]}")
        self.kind = kind
        self.name = name


class NotReady(FeedsError):
    """The first load has read *done* of *total* files; *total* is 0 while it is unknown."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"reading the corpus for the first time: {done} of {total or '?'} files")
        self.done = done
        self.total = total


def place(path: str, line: int) -> str:
    """*path*, followed by *line* unless it is 0."""
    return f"{path}:{line}" if line else path


def one_line(text: str) -> str:
    """*text* without line breaks, with unprintable characters as escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in " ".join(line.strip() for line in text.splitlines())
    )
