"""Code in Markdown: fences, indented blocks, spans, and elements of HTML that hold source."""

import re
from collections.abc import Callable, Iterator

from feeds.corpus.bodies.aside import Aside

# Possessive, so that no line is tried twice: the beginning of a line in quotes and lists.
_LEAD = r"(?:[ \t]*+(?:>|[-*+](?=[ \t])|[0-9]{1,9}[.)](?=[ \t])))*+[ \t]*+"
_FENCE = re.compile(rf"({_LEAD})(`{{3,}}(?=[^`]*$)|~{{3,}})")
_RAW = re.compile(r"(?i)<(pre|script|style|textarea)\b")
_ITEM = re.compile(r"([ ]*)(?:[-*+]|[0-9]{1,9}[.)])[ \t]+(?=\S)")
_INDENT = re.compile(r"[ \t]*")
_END_OF_PARAGRAPH = re.compile(r"\n[ \t]*(?=\n)")
_RUN = re.compile(r"`+")
_CODE_ELEMENT = re.compile(r"(?i)<(code|kbd|samp)\b[^<>]*>")

Lines = list[str]


def set_aside(markdown: str, aside: Aside, has_indented: bool = True) -> str:
    """Replace the code of Markdown in *markdown* by marks of *aside*.

    A mark stands for a whole fence or block, after the quotation marks and list markers of its first
    line. Without *has_indented*, as in MDX, indented lines are no code.
    """
    return _without_spans("\n".join(_blocks_as_marks(markdown, aside, has_indented)), aside)


def _blocks_as_marks(markdown: str, aside: Aside, has_indented: bool) -> Iterator[str]:
    """The lines of *markdown*, with one mark instead of the lines of each block of code."""
    lines = markdown.split("\n")
    raw_ends = _RawEnds(lines)
    indents = [0]  # of the content of the list items around the present line
    after_blank, number = True, 0
    while number < len(lines):
        line = lines[number]
        indent = _indent(line)
        if after_blank and line.strip():
            while indent < indents[-1]:
                indents.pop()
        end, lead = number, ""
        if fence := _FENCE.match(line):
            end, lead = _end_of_fence(lines, number, fence), fence[1]
        elif has_indented and after_blank and indent >= indents[-1] + 4 and line.strip():
            end = _end_of_indented(lines, number, indents[-1] + 4)
        elif raw := _RAW.search(line):
            end, lead = raw_ends.after(number, raw), line[: raw.start()]
        if end > number:
            yield lead + aside.put("\n".join(lines[number:end])[len(lead) :])
            number, after_blank = end, True
            continue
        if item := _ITEM.match(line):
            while len(item[1]) < indents[-1]:
                indents.pop()
            indents.append(item.end())
        after_blank = not line.strip() or line.startswith("#")
        yield line
        number += 1


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


class _RawEnds:
    """Finds the ends of elements that hold source, in time that grows with the *lines* only."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._unclosed: set[str] = set()

    def after(self, start: int, raw: re.Match[str]) -> int:
        """The number of the line after the element *raw* in line *start*; *start* if it has no end."""
        closing = f"</{raw[1].lower()}"
        if closing in self._lines[start][raw.end() :].lower():
            return start + 1
        if closing not in self._unclosed:
            for number in range(start + 1, len(self._lines)):
                if closing in self._lines[number].lower():
                    return number + 1
            self._unclosed.add(closing)
        return start


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


def elements_set_aside(text: str, aside: Aside) -> str:
    """Replace the content of ``<code>`` and the like in *text*, for Markdown the same as other text."""
    parts, done = list[str](), 0
    lower = text.lower()
    unclosed: set[str] = set()
    for found in _CODE_ELEMENT.finditer(text):
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
