"""Fields as lines of ``Key: value``, as Pelican, MultiMarkdown, Blot and Nikola have them."""

import re
from collections.abc import Iterator
from typing import Any

from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.field_names import folded
from feeds.corpus.field_syntaxes import Malformed, Repeated, Syntax, load_yaml

# A name of up to four words. The value may follow without a space, but no address: https://example.org.
_FIELD = expression(r"[ ]{0,3}(?P<key>[^\W\d_][\w-]*(?: [\w-]+){0,3})[ \t]*:(?!//|:)(?P<value>.*)")
_YAML_KEY = expression(r"""[ ]*(?:\{[ \t]*(?:["\w}]|$)|["']?[\w./@$<][^:\n]{0,200}:(?=\s|["'{\[]|$))""")
_NIKOLA = expression(r"[ \t]*\.\.[ \t]+(?P<key>[\w-]+):(?!:)(?P<value>.*)")
_ITEM = expression(r"[ \t]*[-*][ \t]+(?P<value>.*)")
_CONTINUED = expression(r"[ \t]+\S")
# Values that have another meaning in YAML than as text.
_STRUCTURED = tuple("\"'[{|>&*!%@`")

# Names that a paragraph hardly begins with, so that one of them identifies a header.
KNOWN = frozenset((
    "title", "date", "tags", "tag", "category", "categories", "author", "authors", "slug", "permalink",
    "layout", "published", "draft", "modified", "lang", "pubdate", "publishdate", "created", "updated",
    "lastmod", "newstitle",
))  # fmt: skip
# Names that a paragraph may begin with: they identify a header if a single word follows.
POSSIBLE = frozenset((
    "link", "url", "status", "type", "page", "image", "thumbnail", "cover", "template", "comments",
    "aliases", "id", "guid", "language", "locale", "public", "private", "hidden", "canonical", "menu",
    "weight", "saveas", "series", "subtitle", "summary", "description", "excerpt",
))  # fmt: skip


def block(text: str, start: int) -> int:
    """The end of the lines of fields in *text* at *start*, or *start* if there is no header.

    The lines end before the first empty line, and before the first line of another kind.
    """
    end = start
    for line in _lines(text, start):
        if not (_FIELD.match(line) or (end > start and (_CONTINUED.match(line) or _ITEM.match(line)))):
            break
        end += len(line) + 1
    return min(end, len(text)) if has_known_key(text[start:end]) else start


def _lines(text: str, start: int) -> Iterator[str]:
    """The lines from *start* on, without a copy of the rest of *text*."""
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def has_known_key(lines: str) -> bool:
    """True if a line of fields has a name that front matter usually has."""
    return any(_is_known(found) for line in lines.split("\n") if (found := _FIELD.match(line)))


def _is_known(found: re.Match[str]) -> bool:
    name = folded(found["key"])
    return name in KNOWN or (name in POSSIBLE and len(found["value"].split()) == 1)


def are_fields(text: str) -> bool:
    """True if *text*, below a line of ``---``, looks like fields and not like words below a rule."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    if not lines:
        return not text.strip("\n") or text.startswith("#")
    if has_known_key(text.strip().partition("\n\n")[0]):
        return True
    return bool(_YAML_KEY.match(lines[0])) and all(
        line[0] in " \t-[]{}'\"" or _YAML_KEY.match(line) for line in lines
    )


def begins_with_fields(text: str) -> bool:
    """True if *text* begins with several lines of fields, or with one that has a known name."""
    first = text.strip("\n").partition("\n\n")[0]
    return are_fields(first) and ("\n" in first or has_known_key(first))


def are_plain(text: str) -> bool:
    """True if *text* is lines of fields alone whose values have no meaning in YAML but as text."""
    found = False
    for line in text.split("\n"):
        if field := _FIELD.match(line):
            if field["value"].lstrip().startswith(_STRUCTURED):
                return False
            found = True
        elif line.strip() and not (found and (_CONTINUED.match(line) or _ITEM.match(line))):
            return False
    return found


def load_lines(text: str, repeated: Repeated) -> dict[str, Any]:
    """The fields in lines of ``Key: value``; indented lines continue a value, ``- `` begins a member."""
    return _loaded(text.split("\n"), _FIELD, repeated)


def load_nikola(text: str, repeated: Repeated) -> dict[str, Any]:
    """The fields in lines of ``.. key: value``."""
    return _loaded(text.split("\n"), _NIKOLA, repeated)


def load_comments(text: str, repeated: Repeated) -> dict[str, Any]:
    """The fields in lines of ``key: value`` in comments of HTML."""
    lines = text.replace("<!--", "   ").replace("-->", "   ").split("\n")
    return _loaded([line.strip() for line in lines], _FIELD, repeated)


def _loaded(lines: list[str], pattern: re.Pattern[str], repeated: Repeated) -> dict[str, Any]:
    values: dict[str, list[str]] = {}
    key = ""
    for line in lines:
        if found := pattern.match(line):
            key = found["key"]
            if key in values:
                repeated(key)
            values[key] = [found["value"].strip()]
        elif key and line.strip():
            values[key].append(line.strip())
    return {key: _value(lines) for key, lines in values.items()}


def _value(lines: list[str]) -> str | list[str]:
    """One text, or a list if the key's line is empty and all others are members."""
    members = [found["value"].strip() for line in lines[1:] if (found := _ITEM.match(line))]
    if members and not lines[0] and len(members) == len(lines) - 1:
        return members
    return " ".join(filter(None, lines))


def _load_fenced(text: str, repeated: Repeated) -> Any:
    """The fields in YAML, or else in plain lines, in which Pelican allows ``Title: Rust: a language``."""
    try:
        fields = load_yaml(text, repeated)
        if fields in (None, "") or isinstance(fields, dict):
            return fields
        failure = Malformed(problems.NOT_FIELDS)
    except Malformed as error:
        failure = error
    if are_plain(text):
        return load_lines(text, repeated)
    raise failure


LINES = Syntax(load_lines, r"(?m)^ {{0,3}}{}[ \t]*:")
NIKOLA_FIELD = Syntax(load_nikola, r"(?m)^[ \t]*\.\.[ \t]+{}:")
COMMENTS = Syntax(load_comments, r"(?m)^[ \t]*(?:<!--[ \t]*)?{}[ \t]*:")
FENCED = Syntax(_load_fenced, r"(?m)^(?:\{{(?:.*[,{{])?[ \t]*)?[\"']?{}[\"']?\s*:")
