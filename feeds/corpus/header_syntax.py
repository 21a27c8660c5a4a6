"""Detection of the syntax of a header: YAML, TOML, JSON, lines, comments, or none at all."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.characters import without_controls
from feeds.corpus.field_lines import (
    COMMENTS,
    FENCED,
    LINES,
    NIKOLA_FIELD,
    are_fields,
    begins_with_fields,
    block,
    has_known_key,
)
from feeds.corpus.field_syntaxes import (
    EXPORTS,
    JSON,
    JSON_MEMBERS,
    LITERALS,
    TOML,
    Malformed,
    Syntax,
    refused,
)
from feeds.corpus.front_matter import MAX_HEADER, Header, decode, end_of_json, refuse_nul
from feeds.corpus.other_markup import other_markup
from feeds.corpus.script_tokens import end_of_object
from feeds.errors import ArticleError

# The languages after an opening ---, such as ---json.
_LANGUAGES = {
    "": FENCED, "yaml": FENCED, "yml": FENCED, "toml": TOML, "json": JSON,
    "js": LITERALS, "javascript": LITERALS, "node": LITERALS,
    "ts": refused("TypeScript"), "typescript": refused("TypeScript"),
    "coffee": refused("CoffeeScript"), "coffeescript": refused("CoffeeScript"),
    "cson": refused("CoffeeScript"),
}  # fmt: skip

_BLANK_LINES = expression(r"(?:[ \t]*\n)*")
_FENCE = expression(r"(?P<fence>-{3,})[ \t]*(?P<language>\w*)[ \t]*(?:\n|\Z)")
_CLOSING = expression(r"(?m)^(?:-{3,}|\.\.\.)[ \t]*$")
_PLUS = expression(r"\+\+\+[ \t]*\n")
_CLOSING_PLUS = expression(r"(?m)^\+\+\+[ \t]*$")
_BRACE = expression(r"\{\s*[\"}]")
_MEMBERS = expression(r"(?:;;;+[ \t]*\n)?\s*\"")
_SEMICOLONS = expression(r"(?m)^;;;+[ \t]*$")
_REST_OF_LINE = expression(r"[ \t]*(?:\n(?:;;;+[ \t]*(?:\n|\Z))?|\Z)")
_DOTS = expression(r"(?P<comment><!--\s*)?\.\. [\w-]+:(?!:)")
_DOTTED_LINES = expression(r"(?:[ \t]*\.\.[ \t][^\n]*(?:\n|\Z))*")
_COMMENT = expression(r"<!--\s*[^\W\d_][\w-]*[ \t]*:")
# An import, or an empty line; the body keeps all of them.
_MODULE_LINE = expression(
    r"""[ \t;]*(?:\n|import\s[^\n;"']{0,500}["'][^\n"']{1,300}["'];?[ \t]*(?:\n|\Z))"""
)
_EXPORTED = expression(
    r"export[ ]+const[ ]+(?:metadata|meta|front_?[mM]atter|article|post|blogPost)\b"
    r"[^=\n]{0,100}=\s{0,9}\{"
)


class _Part(Struct, frozen=True):
    """A header in a text: its fields from *start* to *end* in *syntax*, and the start of the body."""

    syntax: Syntax
    start: int
    end: int
    body: int


def split_any(path: str, content: bytes, sidecar: bytes | None = None) -> tuple[Header, str]:
    """Split *content* into header and body, with a header in any syntax, or an empty one.

    *sidecar* is the content of the file ``x.meta`` beside ``x.md``, which then has the fields, and
    *content* is the body alone. Raises ArticleError.
    """
    if markup := other_markup(path):
        raise ArticleError(problems.NOT_MARKDOWN, path, 0, language=markup)
    text = _decoded(path, content)
    if sidecar is not None:
        header = _of_sidecar(f"{path.rpartition('.')[0]}.meta", sidecar)
        header.is_beside(path)
        return header, without_controls(text, content)
    header, body = _split(path, text)
    return header, without_controls(text[body:], content)


def _of_sidecar(path: str, content: bytes) -> Header:
    """The header in a file of its own."""
    text = _decoded(path, content)
    header, body = _split(path, text)
    if text.strip() and not body:
        raise ArticleError(problems.NOT_FIELDS, path, 1)
    return header


def _decoded(path: str, content: bytes) -> str:
    """The text of *content* in UTF-8, or in UTF-16 with a byte order mark."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        content = _from_utf16(path, content)
    text = decode(path, content)
    refuse_nul(path, text)
    return text


def _from_utf16(path: str, content: bytes) -> bytes:
    try:
        return content.decode("utf-16").encode()
    except UnicodeError as error:
        line = content[: getattr(error, "start", 0)].count(b"\n") + 1
        raise ArticleError(problems.NOT_UTF8, path, line, byte=f"0x{content[0]:02x}") from error


def _split(path: str, text: str) -> tuple[Header, int]:
    """The header and the start of the body."""
    blank = _BLANK_LINES.match(text)
    start = blank.end() if blank else 0
    try:
        for find in _FINDERS:
            if part := find(text, start):
                break
        else:
            return Header(path, "", first_line=0), 0
    except Malformed as error:
        raise ArticleError(error.code, path, text.count("\n", 0, start) + 1, **error.values) from error
    body = min(part.body, len(text))
    first_line = text.count("\n", 0, part.start) + 1
    last_line = text.count("\n", 0, body) + (body == len(text))
    return Header(path, text[part.start : part.end], first_line, part.syntax, last_line), body


def _fenced(text: str, start: int) -> _Part | None:
    """Fields between lines of ``---``, after which a language may stand; else it is a rule."""
    opening = _FENCE.match(text, start)
    if not opening or not (syntax := _LANGUAGES.get(opening["language"].lower())):
        return None
    closing = _CLOSING.search(text, opening.end())
    inside = text[opening.end() : closing.start() if closing else opening.end() + MAX_HEADER]
    if syntax is FENCED and not (are_fields(inside) if closing else begins_with_fields(inside)):
        return None
    if not closing:
        raise Malformed(problems.NOT_CLOSED)
    return _Part(syntax, opening.end(), closing.start(), closing.end() + 1)


def _between_pluses(text: str, start: int) -> _Part | None:
    """TOML between lines of ``+++``."""
    if not (opening := _PLUS.match(text, start)):
        return None
    if not (closing := _CLOSING_PLUS.search(text, opening.end())):
        raise Malformed(problems.TOML_NOT_CLOSED)
    return _Part(TOML, opening.end(), closing.start(), closing.end() + 1)


def _in_braces(text: str, start: int) -> _Part | None:
    """JSON in braces."""
    if not _BRACE.match(text, start):
        return None
    end = end_of_json(text, start)
    rest = _REST_OF_LINE.match(text, end)
    return _Part(JSON, start, end, rest.end() if rest else end)


def _members(text: str, start: int) -> _Part | None:
    """JSON without braces, before a line of ``;;;``."""
    if not (opening := _MEMBERS.match(text, start)):
        return None
    first = text.index("\n", start) + 1 if opening[0].startswith(";") else start
    closing = _SEMICOLONS.search(text, first, first + MAX_HEADER)
    return closing and _Part(JSON_MEMBERS, first, closing.start(), closing.end() + 1)


def _dotted(text: str, start: int) -> _Part | None:
    """Lines of ``.. key: value``, also in a comment."""
    if not (opening := _DOTS.match(text, start)):
        return None
    if opening["comment"]:
        first = start + len(opening["comment"])
        end = text.find("-->", first, first + MAX_HEADER)
        if end >= 0:
            return _Part(NIKOLA_FIELD, first, end, _after_line(text, end + 3))
    else:
        first = start
    lines = _DOTTED_LINES.match(text, first)
    end = lines.end() if lines else first
    return _Part(NIKOLA_FIELD, first, end, end)


def _in_comments(text: str, start: int) -> _Part | None:
    """Lines of ``key: value`` in comments of HTML."""
    end = start
    while _COMMENT.match(text, end):
        closing = text.find("-->", end, start + MAX_HEADER)
        if closing < 0:
            break
        inside = text[end + 4 : closing].strip()
        if not has_known_key("\n".join(line.strip() for line in inside.split("\n"))) and end == start:
            break
        end = _after_line(text, closing + 3)
    return _Part(COMMENTS, start, end, end) if end > start else None


def _after_line(text: str, position: int) -> int:
    """The start of the next line if the rest of this one is empty, else *position*."""
    rest = _REST_OF_LINE.match(text, position)
    return rest.end() if rest else position


def _lines(text: str, start: int) -> _Part | None:
    """Lines of ``Key: value``, before a line of ``---`` or before the first empty line."""
    end = block(text, start)
    if end == start:
        return None
    closing = _FENCE.match(text, end)
    if closing and not closing["language"]:
        return _Part(FENCED, start, end, closing.end())
    return _Part(LINES, start, end, end + 1 if text.startswith("\n", end) else end)


def _exported(text: str, start: int) -> _Part | None:
    """Objects that MDX exports, such as ``export const metadata = {title: "x"}``, after its imports."""
    position = first = start
    end = 0
    while found := _MODULE_LINE.match(text, position):
        position = found.end()
    while opening := _EXPORTED.match(text, position):
        first = first if end else position
        if not (end := end_of_object(text, opening.end() - 1, opening.end() + MAX_HEADER)):
            return None
        position = end
        while found := _MODULE_LINE.match(text, position):
            position = found.end()
    return _Part(EXPORTS, first, end, start) if end else None


_FINDERS: tuple[Callable[[str, int], _Part | None], ...] = (
    _fenced, _between_pluses, _in_braces, _members, _dotted, _in_comments, _exported, _lines,
)  # fmt: skip
