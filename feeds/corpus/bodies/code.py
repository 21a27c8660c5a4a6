"""Code in Markdown: fences, indented blocks, spans, and elements of HTML that hold source."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus.bodies.aside import Aside

# Possessive, so that no line is tried twice: the beginning of a line in quotes and lists.
_LEAD = r"(?:[ \t]*+(?:>|[-*+](?=[ \t])|[0-9]{1,9}[.)](?=[ \t])))*+[ \t]*+"
_FENCE = expression(rf"({_LEAD})(`{{3,}}(?=[^`]*$)|~{{3,}})")
_RAW = expression(r"(?i)<(pre|script|style|textarea)\b")
_ITEM = expression(r"([ ]*)(?:[-*+]|[0-9]{1,9}[.)]|:)[ \t]+(?=\S)")
# Openers of blocks whose content is indented by four: footnotes, and boxes and tabs of Python-Markdown.
_BLOCK = expression(r'([ ]*)(?:\[\^[^\]\n]+\]:|(?:!!!|\?\?\?\+?)[ ]*[\w"-]|===[!+]?[ ]+")')
_INDENT = expression(r"[ \t]*")
_TAG_LINE = expression(r"[ \t]*</?[A-Za-z][^<>]*>[ \t]*$")
_END_OF_PARAGRAPH = expression(r"\n[ \t]*(?=\n)")
_RUN = expression(r"`+")

Lines = list[str]


class Block(Struct, frozen=True):
    """Code between two tags of a template. *made* returns the Markdown for the lead, opener and code."""

    opener: re.Pattern[str]
    closer: Callable[[re.Match[str]], re.Pattern[str]]
    made: Callable[[str, re.Match[str], str], str | None]


def set_aside(
    markdown: str, aside: Aside, blocks: tuple[Block, ...] = (), has_indented: bool = True
) -> str:
    """Replace the code of Markdown in *markdown* by marks of *aside*.

    A mark stands for a whole fence or block, after the quotation marks and list markers of its first
    line. Templates have other *blocks* of code, too. Without *has_indented*, as in MDX, no code but
    fences begins at an indent, and lines lose an indent that would make them code.
    """
    return _without_spans("\n".join(_Scan(markdown, aside, blocks, has_indented).lines()), aside)


class _Scan:
    """One pass over the lines of *markdown*, which puts blocks of code *aside*."""

    def __init__(
        self, markdown: str, aside: Aside, blocks: tuple[Block, ...], has_indented: bool
    ) -> None:
        self._lines = markdown.split("\n")
        self._aside = aside
        self._blocks = blocks
        self._has_indented = has_indented
        self._indents = [0]  # of the content of the list items around the present line
        self._unclosed: set[str] = set()  # closers that no later line has

    def lines(self) -> Iterator[str]:
        """The lines, with one mark instead of the lines of each block."""
        after_blank, number = True, 0
        while number < len(self._lines):
            line = self._lines[number]
            self._leave_items(line, after_blank)
            if found := self._code_at(number, after_blank):
                written, number = found
                after_blank = True
                yield written
                continue
            self._enter_item(line)
            if not self._has_indented and _TAG_LINE.match(line):  # lines of Markdown may follow
                yield from ("", line.strip(), "")
                after_blank = True
                number += 1
                continue
            if after_blank and not self._has_indented:
                line = self._less_indented(line)
            after_blank = not line.strip() or line.startswith("#")
            yield line
            number += 1

    def _leave_items(self, line: str, after_blank: bool) -> None:
        if after_blank and line.strip():
            indent = _indent(line)
            while indent < self._indents[-1]:
                self._indents.pop()

    def _enter_item(self, line: str) -> None:
        item = _ITEM.match(line)
        block = None if item else _BLOCK.match(line)
        if found := item or block:
            while len(found[1]) < self._indents[-1]:
                self._indents.pop()
            self._indents.append(found.end() if item else len(found[1]) + 4)

    def _code_at(self, number: int, after_blank: bool) -> tuple[str, int] | None:
        """A line with a mark for the code that begins at line *number*, and the next line's number."""
        line = self._lines[number]
        if fence := _FENCE.match(line):
            return self._put(fence[1], number, _end_of_fence(self._lines, number, fence))
        deep = self._indents[-1] + 4
        if self._has_indented and after_blank and _indent(line) >= deep and line.strip():
            return self._put("", number, _end_of_indented(self._lines, number, deep))
        raw = _RAW.search(line)
        if raw and line.count("`", 0, raw.start()) % 2 == 0:
            closer = re.compile(f"(?i)</{raw[1]}")
            if (last := self._line_with(closer, number, raw.end())) is not None:
                return self._put(line[: raw.start()], number, last + 1)
        return self._template_at(number) if self._blocks and "{" in line else None

    def _template_at(self, number: int) -> tuple[str, int] | None:
        line = self._lines[number]
        for block in self._blocks:
            if opener := block.opener.search(line):
                closer = block.closer(opener)
                last = self._line_with(closer, number, opener.end())
                if last is None:
                    continue
                text = "\n".join(self._lines[number : last + 1])
                end = closer.search(text, opener.end())
                assert end
                lead = line[: opener.start()]
                code = block.made(lead, opener, text[opener.end() : end.start()])
                if code is None:
                    continue
                # The rest of the last line is read as a line of its own.
                self._lines[last] = text[end.end() :]
                return lead + self._aside.put(code), last if text[end.end() :].strip() else last + 1
        return None

    def _put(self, lead: str, number: int, end: int) -> tuple[str, int]:
        lines = self._lines[number:end]
        deep = _indent(lines[0]) - self._indents[-1]
        if not self._has_indented and deep >= 4 and not lead.strip():
            lines = [_dedented(line, deep) for line in lines]
            lead = lead[deep:]
        return lead + self._aside.put("\n".join(lines)[len(lead) :]), end

    def _line_with(self, closer: re.Pattern[str], number: int, position: int) -> int | None:
        """The number of the first line with *closer*, after *position* in line *number*."""
        if closer.search(self._lines[number], position):
            return number
        if closer.pattern not in self._unclosed:
            for later in range(number + 1, len(self._lines)):
                if closer.search(self._lines[later]):
                    return later
            self._unclosed.add(closer.pattern)
        return None

    def _less_indented(self, line: str) -> str:
        deep = _indent(line) - self._indents[-1]
        return _dedented(line, deep) if deep >= 4 else line


def _dedented(line: str, columns: int) -> str:
    """*line* without *columns* of its indent."""
    indent = _indent(line)
    return " " * max(0, indent - columns) + line.lstrip(" \t")


def _indent(line: str) -> int:
    if not line.startswith((" ", "\t")):
        return 0
    return len(_INDENT.match(line)[0].expandtabs(4))  # type: ignore[index]


def _end_of_fence(lines: Lines, start: int, fence: re.Match[str]) -> int:
    """The number of the line after the fence that begins at *start*; it may lack its end."""
    is_end = _closing(fence[2])
    is_quoted = ">" in fence[1]
    for number in range(start + 1, len(lines)):
        text = lines[number].lstrip(" \t")
        if is_quoted:
            if not text.startswith(">"):
                return number
            text = text.lstrip("> \t")
        if is_end(text):
            return number + 1
    return len(lines)


def _closing(fence: str) -> Callable[[str], bool]:
    def is_end(text: str) -> bool:
        rest = text.rstrip()
        return rest.startswith(fence) and not rest.strip(fence[0])

    return is_end


def _end_of_indented(lines: Lines, start: int, indent: int) -> int:
    end = start
    for number in range(start, len(lines)):
        if lines[number].strip():
            if _indent(lines[number]) < indent:
                break
            end = number + 1
    return end


def _without_spans(text: str, aside: Aside) -> str:
    if "`" not in text:
        return text
    parts, start = list[str](), 0
    for found in _END_OF_PARAGRAPH.finditer(text):
        parts.append(_without_spans_of_paragraph(text[start : found.start()], aside))
        start = found.start()
    parts.append(_without_spans_of_paragraph(text[start:], aside))
    return "".join(parts)


def _without_spans_of_paragraph(text: str, aside: Aside) -> str:
    runs = [(found.start(), found.end()) for found in _RUN.finditer(text)]
    following: dict[int, list[tuple[int, int]]] = {}  # runs of one length, the first at the end
    for run in reversed(runs):
        following.setdefault(run[1] - run[0], []).append(run)
    parts, done = list[str](), 0
    for start, end in runs:
        if start < done:
            continue
        opening = start + _is_escaped(text, start)
        closings = following.get(end - opening, [])
        while closings and closings[-1][0] < end:
            closings.pop()
        if closings:
            closing = closings.pop()[1]
            parts += [text[done:opening], aside.put(text[opening:closing])]
            done = closing
    return "".join([*parts, text[done:]])


def _is_escaped(text: str, position: int) -> bool:
    before = text[max(0, position - 20) : position]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def comments_set_aside(text: str, aside: Aside) -> str:
    """Replace the comments of HTML in *text* by marks of *aside*."""
    parts, done = list[str](), 0
    start = text.find("<!--")
    while start >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts += [text[done:start], aside.put(text[start : end + 3])]
        done = end + 3
        start = text.find("<!--", done)
    return "".join([*parts, text[done:]]) if parts else text


def elements_set_aside(text: str, aside: Aside, names: str = "code|kbd|samp") -> str:
    """Replace the content of elements with *names* in *text*, for Markdown the same as other text."""
    parts, done = list[str](), 0
    lower = text.lower()
    unclosed: set[str] = set()
    for found in re.finditer(rf"(?i)<({names})\b[^<>]*>", text):
        name = found[1].lower()
        if found.start() < done or name in unclosed:
            continue
        end = lower.find(f"</{name}", found.end())
        if end < 0:
            unclosed.add(name)
            continue
        parts += [text[done : found.end()], aside.put(text[found.end() : end])]
        done = end
    return "".join([*parts, text[done:]])
