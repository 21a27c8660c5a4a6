"""Signs within a line: ``**words**``, ``==marked==``, ``++ctrl++``, ``^[note]``, ``%[address]``."""

import re

from feeds.article.expressions import expression

_MARKED = expression(r"(?<![=\w])==(?=[^\s=])((?:(?!==)[^\n])++)(?<=[^\s=])==(?![=\w])")
_KEYS = expression(r"(?<![\w+])\+\+(?=[^\s+])([\w\"'+ -]{1,60})\+\+(?![\w+])")
_INSERTED = expression(r"(?<!\^)\^\^(?=[^\s^])((?:(?!\^\^)[^\n])++)(?<=[^\s^])\^\^(?!\^)")
_NOTE = expression(r"(?<![\\\]])\^\[((?:[^\[\]\n]|\[[^\[\]\n]*+\])++)\]")
_EMBEDDED = expression(r"(?m)^[ \t]*%\[(https?://[^\s\]]+)\][ \t]*$")
_ALIGNED = expression(r"(!\[[^\]\n]*\]\([^()\s]+)[ \t]+align=[\"'][a-z]*[\"']\)")
# Letters of languages that have no spaces around words.
_WIDE = r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_STRONG = expression(r"(?<![*\\])\*\*(?=[^\s*])([^*\n]*+)(?<=\S)\*\*(?!\*)")
# Punctuation of these languages, which has no space after it.
_WIDE_SIGN = expression(
    r"[\u2018-\u201d\u2026\u3001-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
)
_WORD = expression(r"\w")
_WORD_BEFORE = expression(r"\w\Z")
_AFTER = expression(_WIDE)
_BEFORE = expression(rf"{_WIDE}\Z")
_SIGN = expression(r"[^\w\s]")


def with_emphasis(text: str) -> str:
    """Replace ``**(words)**`` in *text* by an element if a Chinese, Japanese or Korean letter follows it.

    CommonMark requires a space there, and these languages have none. The same applies to a letter before
    it, and to any letter beside punctuation of these languages: ``**words：**x``.
    """
    return _STRONG.sub(_strong, text) if "**" in text and not text.isascii() else text


def _strong(found: re.Match[str]) -> str:
    words, text = found[1], found.string
    after = _WORD if _WIDE_SIGN.match(words[-1]) else _AFTER
    before = _WORD_BEFORE if _WIDE_SIGN.match(words[0]) else _BEFORE
    is_hidden = (_SIGN.match(words[-1]) and after.match(text, found.end())) or (
        _SIGN.match(words[0]) and before.search(text, max(0, found.start() - 1), found.start())
    )
    return f"<strong>{words}</strong>" if is_hidden else found[0]


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
