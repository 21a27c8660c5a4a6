"""The header of a file: all scalars are text, and each accessor parses one type of value."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime, tzinfo
from typing import Any

from feeds.article.expressions import expression
from feeds.corpus import problems, yaml_as_written
from feeds.corpus.characters import with_line_feeds, without_controls, without_stray
from feeds.corpus.dates import parse_date
from feeds.corpus.field_syntaxes import YAML, Malformed, Syntax
from feeds.errors import ArticleError, Code

MAX_HEADER = 256 * 1024  # characters; the longest observed in a real file is 12,000
MAX_TEXT = 20_000  # characters of one field; a longer one is a mistake
MAX_NAME = 200  # characters of one name in a list
MAX_PROBLEMS_PER_FILE = 20  # that are reported
MAX_ITEMS = 200  # members of one list

_BEGINNING = expression(r"---[ \t]*\n")
_END = expression(r"\n(?:---|\.\.\.)[ \t]*(?=\n|\Z)")
_MISSING = ("", *yaml_as_written.NOTHING)
_NAMELESS = ("", "~", "null")  # Null without quotes is a name


class Header:
    """One file's fields, *text* in one *syntax*. Raises ArticleError if they cannot be parsed.

    An accessor reports an invalid value with its key and line, and returns the same as for a missing
    key; ``check`` raises the reported problems. Only the first problem of each key is reported.
    *warnings* are problems that do not make the file bad. *inherited* are the fields of another file, for
    those that are missing here.
    """

    def __init__(
        self,
        path: str,
        text: str,
        first_line: int = 2,
        syntax: Syntax = YAML,
        last_line: int | None = None,
    ) -> None:
        self.path = path
        self._text = without_stray(text)
        self._syntax = syntax
        self._first_line = first_line
        self._last_line = last_line
        self._body = path, self.last_line + 1
        self.inherited: Mapping[str, Any] = {}
        self._errors: dict[str, ArticleError] = {}
        self._warnings: dict[str, ArticleError] = {}
        self._fields = self._load()

    @property
    def last_line(self) -> int:
        """The number of the line that closes the header."""
        return self._first_line + self._text.count("\n") if self._last_line is None else self._last_line

    @property
    def body_path(self) -> str:
        """The path of the file with the body."""
        return self._body[0]

    @property
    def is_empty(self) -> bool:
        """True if the header has no field."""
        return not self._fields

    @property
    def fields(self) -> Mapping[str, Any]:
        """All fields as they are written, in order."""
        return self._fields

    @property
    def warnings(self) -> tuple[ArticleError, ...]:
        """The warnings, in the order of lines."""
        if not self._warnings:  # as for most files
            return ()
        return tuple(sorted(self._warnings.values(), key=lambda error: error.line))

    def _load(self) -> Mapping[str, Any]:
        if len(self._text) > MAX_HEADER:
            raise ArticleError(
                problems.FRONT_MATTER_TOO_LONG, self.path, 1, length=len(self._text), limit=MAX_HEADER
            )
        fields = self._parsed()
        if fields in (None, ""):
            return {}
        if not isinstance(fields, dict):
            raise ArticleError(problems.NOT_FIELDS, self.path, 1)
        if "<<" in fields:
            self._refuse_merge_key("")
        self.check()
        return fields

    def _parsed(self) -> Any:
        """The parsed document. Raises ArticleError with the line of the syntax error."""
        try:
            return self._syntax.load(self._text, lambda key: self.warn(key, problems.REPEATED_FIELD))
        except Malformed as error:
            line = 1 if error.line is None else self._first_line + error.line
            raise ArticleError(error.code, self.path, line, **error.values) from error

    def report(self, key: str, code: Code, **values: str | int) -> None:
        """Report a problem of *key*, such as ``images[1].width``, at its line."""
        if key not in self._errors:
            self._errors[key] = ArticleError(code, self.path, self._line(key), key, **values)

    def is_beside(self, path: str) -> None:
        """Take the whole file at *path* for the body; by default, it follows the header."""
        self._body = path, 1

    def report_body(self, code: Code, **values: str | int) -> None:
        """Report a problem of the body, at its first line."""
        self._errors["body"] = self._of_body(1, code, values)

    def warn_of_body(self, line: int, code: Code, **values: str | int) -> None:
        """Report a problem that does not make the file bad, at *line* of the body, counted from 1."""
        self._warnings["body"] = self._of_body(line, code, values)

    def _of_body(self, line: int, code: Code, values: Mapping[str, str | int]) -> ArticleError:
        path, first_line = self._body
        return ArticleError(code, path, first_line + line - 1, "body", **values)

    def warn(self, key: str, code: Code, **values: str | int) -> None:
        """Report a problem of *key* that does not make the file bad."""
        self._warnings[key] = ArticleError(code, self.path, self._line(key), key, **values)

    def is_bad(self, *keys: str) -> bool:
        """True if a problem of any of *keys* was reported; without *keys*, of any key."""
        return any(key in self._errors for key in keys) if keys else bool(self._errors)

    def check(self) -> None:
        """Raise an ArticleError with the reported problems and warnings, if there are problems."""
        if self._errors:
            first, *others = sorted(self._errors.values(), key=lambda error: error.line)
            raise first.joined([*others, *self.warnings][: MAX_PROBLEMS_PER_FILE - 1])

    def _line(self, key: str) -> int:
        top = re.escape(re.split(r"[.\[]", key)[0])
        found = re.search(self._syntax.key.format(top), self._text)
        return self._first_line + self._text.count("\n", 0, found.start()) if found else 1

    def text(self, key: str, within: Mapping[str, Any] | None = None, prefix: str = "") -> str:
        """The text of *key*, empty if it is missing."""
        return self._text_of(key, within, prefix, _MISSING)

    def name(self, key: str, within: Mapping[str, Any] | None = None, prefix: str = "") -> str:
        """The name or title of *key*, empty if it is missing; ``Null`` is a name even without quotes."""
        return self._text_of(key, within, prefix, _NAMELESS)

    def word(self, key: str, within: Mapping[str, Any] | None = None, prefix: str = "") -> str:
        """The address, number or other word of *key*; ``null`` counts as missing even in quotes."""
        if key not in (self._fields if within is None else within):
            return ""
        written = self._text_of(key, within, prefix, _MISSING)
        return "" if written in _MISSING else written

    def as_written(self, key: str) -> str:
        """The text of *key* without spaces around it, empty if it is missing or of another type."""
        value = self._fields.get(key, "")
        return value.strip() if isinstance(value, str) else ""

    def _text_of(
        self, key: str, within: Mapping[str, Any] | None, prefix: str, missing: Collection[str]
    ) -> str:
        value = (self._fields if within is None else within).get(key)
        if value is None or (type(value) is str and value in missing):
            return ""
        if not isinstance(value, str):
            self.report(prefix + key, problems.NOT_TEXT, found=_kind(value))
            return ""
        if len(value) > MAX_TEXT:
            self.report(prefix + key, problems.TEXT_TOO_LONG, length=len(value), limit=MAX_TEXT)
            return ""
        return str(value)

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names without repetitions; a single name is a list of one."""
        value = self._fields.get(key)
        if isinstance(value, str):
            value = [] if type(value) is str and value in _MISSING else [value]
        members = self._list(key, value)
        for member in members:
            if not isinstance(member, str):
                self.report(key, problems.NOT_NAMES, found=_kind(member))
                return ()
            if len(member) > MAX_NAME:
                self.report(key, problems.NAME_TOO_LONG, length=len(member), limit=MAX_NAME)
        return tuple(dict.fromkeys(" ".join(name.split()) for name in members if name.strip()))

    def mappings(
        self, key: str, within: Mapping[str, Any] | None = None, prefix: str = ""
    ) -> list[Mapping[str, Any]]:
        """A list of mappings, empty if *key* is missing."""
        value = (self._fields if within is None else within).get(key)
        members = self._list(prefix + key, None if value in _MISSING else value)
        for position, member in enumerate(members):
            if not isinstance(member, dict):
                self.report(prefix + key, problems.NOT_MAPPINGS, found=_kind(member))
                return []
            if "<<" in member:
                self._refuse_merge_key(f"{prefix}{key}[{position}].")
        return members

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A mapping, empty if *key* is missing."""
        value = self._fields.get(key)
        if value is None or value in _MISSING:
            return {}
        if not isinstance(value, dict):
            self.report(key, problems.NOT_A_MAPPING, found=_kind(value))
            return {}
        if "<<" in value:
            self._refuse_merge_key(f"{key}.")
        return value

    def number(self, key: str, within: Mapping[str, Any] | None = None, prefix: str = "") -> int:
        """A whole number, 0 if *key* is missing; fractions are rounded."""
        written = self.word(key, within, prefix)
        if not written:
            return 0
        try:
            value = round(float(written))
        except (ValueError, OverflowError):
            self.report(prefix + key, problems.NOT_A_NUMBER, written=written[:40])
            return 0
        if abs(value) >= 2**31:
            self.report(prefix + key, problems.NUMBER_TOO_LARGE, written=written[:40])
        return value

    def language(self, *keys: str) -> str:
        """The language tag (RFC 5646) of the first of *keys* that is present, else empty."""
        for key in keys:
            if written := self.word(key).strip():
                if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", written):
                    self.report(key, problems.NOT_A_LANGUAGE, written=written[:40])
                return written.replace("_", "-")
        return ""

    def flag(self, key: str, default: bool) -> bool:
        """A boolean in any of YAML's spellings, *default* if *key* is missing."""
        written = self.word(key)
        if not written:
            return default
        value = as_flag(written)
        if value is None:
            self.report(key, problems.NOT_A_FLAG, written=written[:40])
            return default
        return value

    def date(
        self, key: str, zone: tzinfo, within: Mapping[str, Any] | None = None, prefix: str = ""
    ) -> datetime | None:
        """An aware UTC time in whole seconds, or None; a time without a zone is in *zone*."""
        written = self.word(key, within, prefix)
        if not written:
            return None
        try:
            return parse_date(written, zone)
        except (ValueError, OverflowError):
            self.report(prefix + key, problems.NOT_A_DATE, written=written[:40])
            return None

    def _refuse_merge_key(self, prefix: str) -> None:
        self.report(prefix + "<<", problems.MERGE_KEY)

    def _list(self, key: str, value: Any) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.report(key, problems.NOT_A_LIST, found=_kind(value))
            return []
        if len(value) > MAX_ITEMS:
            self.report(key, problems.LIST_TOO_LONG, length=len(value), limit=MAX_ITEMS)
            return []
        return value


def as_flag(written: str) -> bool | None:
    """The boolean of *written* in any of YAML's spellings, or None if it is none."""
    match written.strip().casefold():
        case "true" | "yes" | "on" | "y" | "1":
            return True
        case "false" | "no" | "off" | "n" | "0":
            return False
    return None


def end_of_json(text: str, start: int = 0) -> int:
    """The end of the JSON object at *start*, or of the lines before an empty one if it has an error."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text[start : start + MAX_HEADER])[1] + start
    except (ValueError, RecursionError):
        empty = text.find("\n\n", start)  # the error is in what is loaded
        return empty if empty >= 0 else min(len(text), start + MAX_HEADER)


def decode(path: str, content: bytes) -> str:
    """Decode *content* and normalise its line ends. Raises ArticleError if it is not UTF-8."""
    content = with_line_feeds(content)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ArticleError(problems.NOT_UTF8, path, line, byte=f"0x{content[error.start]:02x}") from error


def refuse_nul(path: str, text: str) -> None:
    """Raise ArticleError for a file in UTF-16 without a mark, or one that was damaged by a crash."""
    if "\0" in text and text.strip("\0"):
        raise ArticleError(problems.NUL_BYTE, path, text.count("\n", 0, text.index("\0")) + 1)


def split(path: str, content: bytes) -> tuple[Header, str]:
    """Split *content* into header and body. Raises ArticleError without a closed header.

    Control characters in the body become spaces: formats would drop them, and join two words.
    """
    text = decode(path, content)
    refuse_nul(path, text)
    beginning = _BEGINNING.match(text)
    if not beginning:
        raise ArticleError(problems.NO_FRONT_MATTER, path, 1)
    start = beginning.end()
    end = _END.search(text, start - 1)
    if not end:
        raise ArticleError(problems.NOT_CLOSED, path, 1)
    header, body = text[start : end.start() + 1], text[end.end() + 1 :]
    return Header(path, header), without_controls(body, content)


def _kind(value: Any) -> str:
    match value:
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case str():
            return f"{value[:40]!r}"
        case None:
            return "nothing"
    return f"a {type(value).__name__}"
