"""Footnotes as feed readers can show them: numbers in brackets, and a list at the end."""

from feeds.article.expressions import expression

# These match output of pyromark. Links between a number and its note would be dead in a feed.
_NUMBER = expression(r'<sup class="footnote-reference"><a href="#[^"]*">([0-9]+)</a></sup>')
_PART = expression(
    r'(?P<note><div class="footnote-definition" id="[^"]*"><sup class="footnote-definition-label">'
    r"(?P<number>[0-9]+)</sup>)|<div\b|(?P<end></div>)"
)


def with_notes_at_end(markup: str) -> str:
    """Move the footnotes in *markup*, which pyromark has rendered, to its end."""
    if '"footnote-' not in markup:
        return markup
    text, notes = _parted(_NUMBER.sub(r"<sup>[\1]</sup>", markup))
    if not notes:
        return text
    items = (f'<li value="{number}">{note.strip()}</li>\n' for number, note in sorted(notes))
    return f"{text}<hr>\n<ol>\n{''.join(items)}</ol>\n"


class _Text:
    """The text of a note, or that around all notes with the *number* 0."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.depth = 1  # of div elements
        self.parts = list[str]()


def _parted(markup: str) -> tuple[str, list[tuple[int, str]]]:
    """The text of *markup* without its notes, and the notes with their numbers."""
    opened, notes = [_Text(0)], list[tuple[int, str]]()
    done = 0
    for part in _PART.finditer(markup):
        text = opened[-1]
        if part["note"]:
            text.parts.append(markup[done : part.start()])
            opened.append(_Text(int(part["number"])))
            done = part.end()
        elif text.number:
            text.depth += -1 if part["end"] else 1
            if not text.depth:
                notes.append((text.number, "".join([*text.parts, markup[done : part.start()]])))
                opened.pop()
                done = part.end() + markup.startswith("\n", part.end())
    opened[-1].parts.append(markup[done:])
    notes += ((text.number, "".join(text.parts)) for text in opened[1:])  # never closed
    return "".join(opened[0].parts), notes
