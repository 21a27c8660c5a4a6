"""The exceptions of the project. The text of each is ``subject: problem; remedy``, in lower case.

FeedsError
├── SettingsError       a setting is unknown or has a value that cannot be used
├── CommandLineError    a command line cannot be understood
├── AddressError        a server cannot listen on its address
├── CorpusError         the corpus as a whole cannot be read
├── ArticleError        one file of the corpus cannot be syndicated (collected, rarely raised)
│   ├── PassedOver      a file in the root that is no article, such as CHANGELOG.md
│   └── UnreadableFile  the operating system refused to read it; the reason may be temporary
├── StoreError          the store cannot be read or written now
│   ├── StoreRefused    the store must not be used as configured; waiting does not help
│   ├── StoreDamaged    part of the store is damaged; the writer repairs it
│   ├── DelivererReplaced  another process delivers changes now; in feeds.store.subscriptions
│   ├── CounterReplaced    another process counts readers now; in feeds.store.readership
│   ├── JournalError    the journal cannot be reached or used now; in feeds.fleet
│   └── LeaseLost       another host leads the fleet; in feeds.fleet
├── Killed              a signal has ended a process; in feeds.bootstrap
├── ExportError         the target folder of an export cannot be used
├── QueryError          a query is malformed                                    (400)
├── UnknownFeed         no such topic, provider or archive                      (404)
├── GoneFeed            a topic that was ended for good                         (410)
├── GoneArticle         the page of an article that was removed                 (410)
├── NotReady            the first load is not complete                          (503)
├── FileNotHere         a file was not copied to this host yet; in feeds.fleet  (503)
├── NotAcceptable       a client refuses every content coding; in feeds.web     (406)
├── BadRequest          a header breaks HTTP; in feeds.web                      (400)
├── AddressTooLong      no address is as long; in feeds.web                     (414)
├── NoStreams           the web server cannot keep a stream open; in feeds.web  (501)
├── BodyIncomplete      a body did not arrive in time; in feeds.http            (408)
├── LengthRequired      a body is of unknown length; in feeds.http              (411)
├── BodyTooLarge        a body is larger than any form for the hub; in feeds.http  (413)
├── UnsupportedForm     a body is not a form; in feeds.push                     (415)
└── HubBusy             a limit of the hub is reached; in feeds.push            (503)
    └── TooManyRequests there are too many from a client, or for a host         (429)
"""

import errno
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from msgspec import Struct

MAX_QUOTED_VALUE = 80  # characters of a value or a name in an error


class FeedsError(Exception):
    """The base class: the *problem* with *subject*, and its *remedy*, an imperative."""

    def __init__(self, subject: Path | str, problem: str, remedy: str) -> None:
        super().__init__(subject, problem, remedy)
        self.subject = subject
        self.problem = problem
        self.remedy = remedy

    @property
    def where(self) -> str:
        """The beginning of the text, which names the object with the problem."""
        return str(self.subject)

    def __str__(self) -> str:
        return message(self.where, self.problem, self.remedy)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle all attributes, independent of the parameters of ``__init__``."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[FeedsError], args: tuple[object, ...], fields: dict[str, object]) -> FeedsError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class SettingsError(FeedsError):
    """A bad setting; *subject* is its path, such as ``site.url``, or its environment variable."""


class CommandLineError(FeedsError):
    """A command line cannot be understood; *subject* is the option, the argument or the command."""


class AddressError(FeedsError):
    """A server cannot listen on *subject*, a host with a port or the path of a socket."""


class CorpusError(FeedsError):
    """The corpus cannot be read because of the folder or file *subject*."""


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

    subject: str

    def __init__(
        self, code: Code, path: str, line: int = 0, subject: str = "", /, **values: str | int
    ) -> None:
        super().__init__(subject, code.text.format_map(values), code.remedy)
        self.code = code
        self.path = path
        self.line = line
        self.values = values
        self.note = ""
        self.others: tuple[ArticleError, ...] = ()

    @property
    def where(self) -> str:
        """The path, the line and the field."""
        return ": ".join(filter(None, [place(self.path, self.line), self.subject]))

    @property
    def reason(self) -> str:
        """The message without path, line and remedy: the field and the problem."""
        return ": ".join(filter(None, [self.subject, self.problem]))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash((self.code, self.path, self.line, self.subject))

    def noted(self, note: str) -> Self:
        """A copy of this error with *note* in its problem."""
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
        error.problem += f" ({note})" if note else ""
        return error


class PassedOver(ArticleError):
    """A file in the root of the corpus without any field of an article; bad only if it was one before."""


class UnreadableFile(ArticleError):
    """The operating system refused to open, read or list *path*, a file or a folder.

    The cause, such as permissions or a network disk, may disappear without a change to the file's stamp.
    """


class StoreError(FeedsError):
    """The store, the file *subject*, cannot be read or written now."""


class StoreRefused(StoreError):
    """The store must not be used as configured; waiting does not help."""


class StoreDamaged(StoreError):
    """Part of the store does not match its checksum, or SQLite cannot read it."""

    def __init__(self, subject: Path | str, problem: str) -> None:
        super().__init__(subject, problem, "run feeds refresh to repair it")


class ExportError(FeedsError):
    """An export failed; *subject* is the folder, a file in it, or the URL that could not be exported."""


class QueryError(FeedsError):
    """A *problem* with the query parameter *parameter*, or with its *value* if that is given.

    *nearest* are the names of parameters that may have been meant, best first. *values* fill *problem*
    and *remedy*, the *phrases* that a page can translate.
    """

    def __init__(
        self,
        parameter: str,
        problem: str,
        remedy: str,
        value: str | None = None,
        *,
        nearest: tuple[str, ...] = (),
        **values: str,
    ) -> None:
        said = problem.format_map(values) + ("" if value is None else f": {quoted(value)}")
        super().__init__(parameter[:MAX_QUOTED_VALUE], said, remedy.format_map(values))
        self.parameter = parameter
        self.value = value
        self.nearest = nearest
        self.phrases, self.values = (problem, remedy), values


class UnknownFeed(FeedsError):
    """No feed is called *name*; *nearest* are the most similar known names, best first."""

    def __init__(self, kind: str, name: str, nearest: tuple[str, ...] = ()) -> None:
        remedy = did_you_mean(nearest) if nearest else _WHERE_NAMES_ARE.get(kind, _WHERE_FEEDS_ARE)
        super().__init__(f"{kind} {quoted(name)}", "not found", remedy)
        self.kind, self.name, self.nearest = kind, name, nearest


_WHERE_FEEDS_ARE = "see the feeds at / or with feeds list"
_WHERE_NAMES_ARE = {
    "archive": "use a month with articles, such as 2026-01, or daily or weekly",
    "article": "use the id or the address of a published article",
}


class GoneFeed(FeedsError):
    """The feed called *name* was ended for good."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind} {quoted(name)}", "ended for good", "unsubscribe from its feed")
        self.kind = kind
        self.name = name


class GoneArticle(FeedsError):
    """The article with the page called *name* was removed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"article {quoted(name)}", "removed", "see the newest articles at /feed")
        self.name = name


class NotReady(FeedsError):
    """The first load has read *done* of *total* files; *total* is 0 while it is unknown."""

    def __init__(self, done: int, total: int) -> None:
        problem = f"first load not complete, {done} of {total or '?'} files read"
        super().__init__("corpus", problem, "try again in a few seconds")
        self.done, self.total = done, total


# The remedy of each error of the operating system.
_REMEDIES = {
    errno.EACCES: "give the server's user access to it",
    errno.EPERM: "give the server's user access to it",
    errno.EROFS: "mount its file system for writing",
    errno.ENOSPC: "free some space on the disk",
    errno.EDQUOT: "free some space, or raise the quota of the server's user",
    errno.EFBIG: "raise the limit of the file size (ulimit -f, LimitFSIZE=)",
    errno.EMFILE: "raise the limit of open files (ulimit -n, LimitNOFILE=)",
    errno.ENFILE: "raise the system's limit of open files (fs.file-max)",
    errno.ENOMEM: "free some memory",
    errno.ENOENT: "create it, or name another",
    errno.ENOTDIR: "put a folder in its place, or name another",
    errno.EISDIR: "put a file in its place, or name another",
    errno.EEXIST: "delete it, or name another",
    errno.ELOOP: "correct or delete the link",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ENOLCK: "move it to a file system with locks",
}


def failure(action: str, error: OSError) -> tuple[str, str]:
    """The problem and the remedy if *error* prevented an *action*, such as ``cannot be read``."""
    return f"{action}: {reason_of(error)}", remedy_of(error.errno)


def reason_of(error: OSError) -> str:
    """The text of the operating system for *error*, in lower case."""
    return lower_first(error.strerror or str(error) or "unknown error")


def remedy_of(number: int | None) -> str:
    """The remedy of the operating system's error with this *number*, such as ``errno.ENOSPC``."""
    return _REMEDIES.get(number or 0, "check the disk and its file system")


def text_of(error: FeedsError | OSError) -> str:
    """The text of an expected error, with the file as the subject of an error of the system."""
    if isinstance(error, FeedsError):
        return str(error)
    return message(str(error.filename or "system"), reason_of(error), remedy_of(error.errno))


def message(subject: str, problem: str, remedy: str) -> str:
    """The text of every error."""
    return one_line(f"{subject}: {problem}; {remedy}")


def lower_first(text: str) -> str:
    """*text* with its first letter in lower case."""
    return text[:1].lower() + text[1:]


def did_you_mean(names: Sequence[str]) -> str:
    """The remedy for a name that looks like a misspelling of one of *names*."""
    *others, last = names
    return f"did you mean {', '.join(others)} or {last}?" if others else f"did you mean {last}?"


def not_one_of(
    value: object, choices: Sequence[str], remedy: str = "", written: str = ""
) -> tuple[str, str]:
    """The problem and the remedy of *value*, which is none of *choices*.

    The remedy is the most similar choice; if none is similar, *remedy*, or else the first choice. *value*
    is shown as *written*, or else as Python writes it.
    """
    near = get_close_matches(value, choices, n=1) if isinstance(value, str) else []
    problem = f"not one of {', '.join(choices)}: {written or quoted(value)}"
    return problem, did_you_mean(near) if near else remedy or f"use {choices[0]}"


def quoted(value: object) -> str:
    """The beginning of *value* as Python writes it."""
    return repr(value[:MAX_QUOTED_VALUE] if isinstance(value, str) else value)


def place(path: str, line: int) -> str:
    """*path*, followed by *line* unless it is 0."""
    return f"{path}:{line}" if line else path


def one_line(text: str) -> str:
    """*text* without line breaks, with unprintable characters as escapes."""
    joined = " ".join(line.strip() for line in text.splitlines())
    shown = (each if each.isprintable() else each.encode("unicode_escape").decode() for each in joined)
    return joined if joined.isprintable() else "".join(shown)


def counted(number: int, noun: str) -> str:
    """Format *number* with its *noun*: ``1 file``, ``12,000 files``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
