"""Signs within a line: ``==marked==``, ``++ctrl++``, ``^[note]``, ``%[address]``."""

import re

_MARKED = re.compile(r"(?<![=\w])==(?=[^\s=])((?:(?!==)[^\n])++)(?<=[^\s=])==(?![=\w])")
_KEYS = re.compile(r"(?<![\w+])\+\+(?=[^\s+])([\w\"'+ -]{1,60})\+\+(?![\w+])")
_INSERTED = re.compile(r"(?<!\^)\^\^(?=[^\s^])((?:(?!\^\^)[^\n])++)(?<=[^\s^])\^\^(?!\^)")
_NOTE = re.compile(r"(?<![\\\]])\^\[((?:[^\[\]\n]|\[[^\[\]\n]*+\])++)\]")
_EMBEDDED = re.compile(r"(?m)^[ \t]*%\[(https?://[^\s\]]+)\][ \t]*$")
_ALIGNED = re.compile(r"(!\[[^\]\n]*\]\([^()\s]+)[ \t]+align=[\"'][a-z]*[\"']\)")


def with_marks(text: str) -> str:
    """Replace ``==marked==`` in *text* by an element of HTML."""
    return _MARKED.sub(r"<mark>\1</mark>", text) if "==" in text else text


def with_keys(text: str) -> str:
    """Replace ``++ctrl+c++`` and ``^^inserted^^`` of Python-Markdown in *text* by elements of HTML."""
    text = _KEYS.sub(lambda found: "+".join(f"<kbd>{key}</kbd>" for key in found[1].split("+")), text)
    return _INSERTED.sub(r"<ins>\1</ins>", text)


def with_notes(text: str) -> str:
    """Replace notes within the text, ``^[a note]``, by footnotes at its end."""
    notes = list[str]()

    def number(found: re.Match[str]) -> str:
        notes.append(found[1])
        return f"[^inline-{len(notes)}]"

    text = _NOTE.sub(number, text) if "^[" in text else text
    if not notes:
        return text
    return text + "\n\n" + "\n".join(f"[^inline-{n}]: {note}" for n, note in enumerate(notes, 1)) + "\n"


def with_usual_links(text: str) -> str:
    """Rewrite the links and pictures of Hashnode in *text* as those of Markdown."""
    if "%[" in text:
        text = _EMBEDDED.sub(r"<\1>", text)
    return _ALIGNED.sub(r"\1)", text) if "align=" in text else text
