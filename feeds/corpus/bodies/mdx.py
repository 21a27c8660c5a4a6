"""MDX: imports, exports, comments, expressions and components."""

import re
from collections import Counter
from collections.abc import Iterator

from feeds.article.expressions import expression
from feeds.corpus.bodies.arguments import arguments_of
from feeds.corpus.bodies.context import BodyContext
from feeds.corpus.bodies.expansion import Expansion, Tag

_IMPORT = expression(
    r"import\s+(?:[\w*{$][^\"']*\bfrom\s*)?(?P<q>[\"'])(?P<path>[^\"'\n]+)(?P=q)\s*;?\s*"
)
_BEGINS_IMPORT = expression(r"import(?:\s*[\"'{*]|\s+[\w$]+\s*(?:,|\bfrom\b))")
_BEGINS_EXPORT = expression(r"export\s+(?:const|let|var|default|function|async|class|\{|\*)")
_NAME = expression(r"import\s+([\w$]+)\s*(?:,|\bfrom)")
_COMMENT = expression(r"(?s)\{\s*+/\*(?:(?!\*/\}|\{\s*/\*).)*?\*/\s*\}")
# An element of HTML counts if it has an expression, or if its tag has several lines.
_OPENING = expression(
    r"<(?P<end>/?)(?P<name>[A-Z][\w.]*+|[a-z]+\.[\w.]++|[a-z][a-z0-9-]*+(?=[^<>\n]*[{\n])|(?=>))"
)
# Lines that are in no other Markdown, if they are no code.
_LIKELY = expression(
    r"""(?m)^import\s[^\n;]{1,300}\sfrom\s*["'][^"'\n]+["'];?[ \t]*$"""
    r"|<[A-Za-z][\w.]*+(?:[ \t][^<>\n]{0,300})?[ \t](?:style=\{\{|className=)"
    r"|^[ \t]*<[A-Z]\w*+(?:[ \t][^<>\n]*)?/>[ \t]*$"
)
# A line with an element around text, which MDX reads as Markdown and CommonMark does not.
_AROUND_TEXT = expression(
    r"(?m)^([ \t]*)(<(div|p|summary|figcaption|center|aside|section|blockquote|td|th|li)\b[^<>\n]*>)"
    r"([^\n]+)$"
)
_MARKDOWN = expression(r"\*\*|\]\(|`|\x02")
_SPACE = expression(r"(?<!=)\{\s*([\"'`])(\s*|[^\"'`{}\n]*)\1\s*\}")
_EXPRESSION = expression(
    r"(?<![\\$\w{])\{[ ]*(?:[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*|\([^(){}\n]*\))*)[ ]*\}"
)
_REQUIRED = expression(r"=\{\s*require\(\s*[\"']([^\"']+)[\"']\s*\)(?:\.default)?\s*\}")
_LITERAL = expression(r"=\{\s*(?:\"([^\"{}]*)\"|'([^'{}]*)'|`([^`{}$]*)`|(-?[\d.]+))\s*\}")
_LINE_ENDS = expression(r"[ \t]*\n[ \t]*")
_LONGEST = 50  # lines of one import or export
_MOST_FAILURES = 50  # lines that only seem to begin one


def is_likely(text: str) -> bool:
    """True if *text* has lines that only MDX has; the extension of its file does not matter.

    Code must have been set aside.
    """
    return ("<" in text or "import" in text) and bool(_LIKELY.search(text))


def with_text_in_elements(text: str) -> str:
    """Put empty lines around the Markdown between two tags on a line."""
    return _AROUND_TEXT.sub(_parted, text) if "</" in text else text


def _parted(found: re.Match[str]) -> str:
    indent, tag, name, rest = found.groups()
    inside, closing = rest.rstrip().removesuffix(f"</{name}>"), f"</{name}>"
    if not rest.rstrip().endswith(closing) or not _MARKDOWN.search(inside):
        return found[0]
    if name == "p":  # the text is a paragraph itself
        return f"\n{indent}{inside}\n"
    return f"{indent}{tag}\n\n{indent}{inside}\n\n{indent}{closing}"


class Modules:
    """Removes imports and exports; *pictures* are the paths of imported files by name."""

    def __init__(self) -> None:
        self.pictures = dict[str, str]()
        self._failures = 0

    def removed_from(self, text: str) -> str:
        """Return *text* without imports and exports."""
        lines, kept, number = text.split("\n"), list[str](), 0
        while number < len(lines):
            end = self._end(lines, number) if lines[number].startswith(("import", "export")) else number
            if end == number:
                kept.append(lines[number])
                number += 1
                continue
            module = "\n".join(lines[number:end])
            if (name := _NAME.match(module)) and (found := _IMPORT.match(module)):
                self.pictures[name[1]] = found["path"]
            number = end
        return "\n".join(kept)

    def _end(self, lines: list[str], start: int) -> int:
        """The number of the line after the import or export in line *start*; *start* if there is none."""
        end = start
        if self._failures < _MOST_FAILURES:
            if _BEGINS_IMPORT.match(lines[start]):
                end = _end_of_import(lines, start)
            elif _BEGINS_EXPORT.match(lines[start]):
                end = _end_of_export(lines, start)
            self._failures += end == start
        return end


def _end_of_import(lines: list[str], start: int) -> int:
    for number in range(start, min(len(lines), start + _LONGEST)):
        if '"' in lines[number] or "'" in lines[number]:
            is_import = _IMPORT.fullmatch("\n".join(lines[start : number + 1]))
            return number + 1 if is_import else start
    return start


def _end_of_export(lines: list[str], start: int) -> int:
    depth = 0
    for number in range(start, min(len(lines), start + _LONGEST)):
        line = lines[number].rstrip()
        depth += sum(map(line.count, "{[(")) - sum(map(line.count, "}])"))
        if depth <= 0 and not line.endswith(("=", ",", "=>", "\\")):
            return number + 1
    return start


def expanded(text: str, context: BodyContext, pictures: dict[str, str], removed: Counter[str]) -> str:
    """Replace components in *text* by their meaning, and remove comments and expressions.

    *pictures* are the paths of imported files by name.
    """
    text = _COMMENT.sub("", text) if "/*" in text else text
    text = _SPACE.sub(r"\2", text)
    if "<" in text:
        text = Expansion(context, removed).expand(text, _Tags(text, pictures).found())
    return _EXPRESSION.sub("", text) if "{" in text else text


class _Tags:
    """Finds the tags in *text*, in time that grows with its length only."""

    def __init__(self, text: str, pictures: dict[str, str]) -> None:
        self._text = text
        self._pictures = pictures
        self._budget = 4 * len(text)  # characters to read

    def found(self) -> Iterator[Tag]:
        """The tags of components, and those of HTML with expressions."""
        done = 0
        for opening in _OPENING.finditer(self._text):
            if opening.start() < done:
                continue
            end = self._end(opening.end())
            if end is None:
                continue
            done = end
            yield self._tag(opening, end)

    def _end(self, start: int) -> int | None:
        """The end of the tag whose name ends at *start*, None if it has none.

        The text of elements within an expression may have a single apostrophe.
        """
        end = self._end_with_quotes(start, "\"'`")
        return end if end is not None else self._end_with_quotes(start, '"`')

    def _end_with_quotes(self, start: int, quotes: str) -> int | None:
        depth, quote = 0, ""
        for position in range(start, min(len(self._text), start + self._budget)):
            self._budget -= 1
            character = self._text[position]
            if quote:
                quote = "" if character == quote else quote
            elif character in quotes:
                quote = character
            elif character == "{":
                depth += 1
            elif character == "}":
                depth -= 1
            elif depth > 0:
                continue
            elif character == ">":
                return position + 1
            elif character == "<":
                return None
        return None

    def _tag(self, opening: re.Match[str], end: int) -> Tag:
        start, name = opening.start(), opening["name"]
        if not name:  # a fragment
            return Tag(start, end, role="html")
        if opening["end"]:
            return Tag(start, end, name.lower(), role="end")
        written = self._text[opening.end() : end - 1]
        is_whole = written.endswith("/")
        attributes = self._literal(written.removesuffix("/"))
        if name[:1].islower() and "." not in name:  # an element of HTML
            kept = f"<{name}{_without_expressions(attributes).rstrip()}{' /' if is_whole else ''}>"
            kept = _LINE_ENDS.sub(" ", kept)
            return Tag(start, end, "", kept, role="html")
        arguments = arguments_of(attributes)
        short = name.rpartition(".")[2].lower()
        return Tag(
            start, end, short, f"<{name}>", arguments, attributes, "whole" if is_whole else "begin"
        )

    def _literal(self, attributes: str) -> str:
        """*attributes* with text instead of expressions that are text."""
        if "{" not in attributes:
            return attributes
        text = _LITERAL.sub(_quoted, _REQUIRED.sub(r'="\1"', attributes))
        return re.sub(r"=\{\s*([\w$]+)\s*\}", self._imported, text)

    def _imported(self, found: re.Match[str]) -> str:
        path = self._pictures.get(found[1])
        return f'="{path}"' if path else found[0]


def _quoted(found: re.Match[str]) -> str:
    value = next((each for each in found.groups() if each is not None), "")
    return '="' + value.replace('"', "&quot;") + '"'


def _without_expressions(attributes: str) -> str:
    """*attributes* without those whose value is an expression."""
    parts, depth = list[str](), 0
    for character in attributes:
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif depth <= 0:
            parts.append(character)
    return re.sub(r"\s[\w:-]+=(?=\s|$)", "", "".join(parts))
