"""Splitting of text into words for search."""

import unicodedata
from functools import lru_cache

from feeds.article.expressions import expression, unicode_expression

# Letters with a stroke and ligatures, which NFKD leaves; readers of other languages search without them.
_LETTERS = {
    "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe",
    "‘": "'", "’": "'", "ʼ": "'",
    "\u00ad": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip
_LETTER = expression(
    "[øđðħıłŧþæœʼ\u00ad\u2000-\u206f\ufeff]"
)  # and general punctuation; most texts have no other non-ASCII characters
_SIGN = expression("[™℠´]")  # NFKD would turn them into letters or a space
_ACCENTS = expression(
    "[\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef"  # combining accents and variation selectors
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # vowels of Hebrew
    "\u0610-\u061a\u0640\u064b-\u065f\u0670]"  # and of Arabic
)
# A character of a script that is written without spaces; each is a word.
ALONE = (
    r"[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    r"\p{Tai_Le}\p{New_Tai_Lue}\p{Tai_Tham}\p{Javanese}\p{Balinese}]&&[\p{L}\p{N}\p{M}]]"
)
_WORD = unicode_expression(
    rf"(?V1){ALONE}|[[\p{{L}}\p{{N}}]--{ALONE}][[\p{{L}}\p{{N}}\p{{M}}]--{ALONE}]*"
)
_ASCII_WORD = expression("[a-z0-9]+")

# Each pattern begins with the sign itself, for which the regex engine can search quickly.
_ELIDED = expression(
    r"'(?=[^\W\d_])(?:(?<=(?<![\w'])[cdjlmnst]')|(?<=qu')"
    r"|(?<=\bun')|(?<=\ball')|(?<=\b(?:da|de|ne|su)ll'))"
)
_OWNED = expression(
    r"'s\b(?<=[^\W\d_]'s)(?<!\b(?:he|it)'s)(?<!\b(?:how|let|she|who)'s)"
    r"(?<!\b(?:here|that|what)'s)(?<!\b(?:there|where)'s)"
)
_PLUS = expression(r"(?<=[^\W_])\++")
_SHARP = expression(r"(?<=[^\W_])#(?![^\W_])")
_DOT = expression(r"\.(?<![^\W_]\.)(?<!\.\.)(?=[^\W\d_])")


def tokenize(text: str) -> list[str]:
    """Split *text* into normalised words, in order.

    Words are runs of letters and digits, without case and accents: ``Straße`` is ``strasse``, ``Ørsted``
    is ``orsted``, ``Ü`` is ``u`` and not ``ue``. Every character of a script that is written without
    spaces, such as Chinese or Thai, is a word. ``C++`` is ``c plus plus``, ``C#`` is ``c sharp``,
    ``.NET`` is ``dot net`` and ``&`` is ``and``. Apostrophes are removed: ``it's`` is ``its`` and
    ``don't`` is ``dont``; but a possessive ``'s`` is removed too, ``Ada's`` is ``ada``, and an elided
    article is a word, ``l'école`` is ``l ecole``. The words joined with spaces give the same words again.
    """
    text = text.lower() if text.isascii() else _folded(text)
    if "'" in text:
        text = _OWNED.sub("", _ELIDED.sub(" ", text)).replace("'", "")
    if "&" in text:
        text = text.replace("&", " and ")
    if "+" in text:
        text = _PLUS.sub(lambda signs: " plus" * len(signs[0]) + " ", text)
    if "#" in text:
        text = _SHARP.sub(" sharp ", text)
    if "." in text:
        text = _DOT.sub(" dot ", text)
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


@lru_cache(1 << 11)  # more than a batch: the full-text index and the clusters need the same words
def title_words(title: str) -> tuple[str, ...]:
    """The words of *title*, as ``tokenize`` returns them."""
    return tuple(tokenize(title))


def _folded(text: str) -> str:
    text = _SIGN.sub(lambda sign: "'" if sign[0] == "´" else " ", text)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = _LETTER.sub(lambda letter: _LETTERS.get(letter[0], " "), _ACCENTS.sub("", text))
    return unicodedata.normalize("NFKC", text)
