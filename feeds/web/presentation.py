"""The presentation of an embed: its arguments in canonical form, and its colours."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from feeds.errors import QueryError
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.spelling import nearest, refuse_misspelt

LOOKS = ("list", "cards", "ticker", "headlines")
THEMES = ("auto", "light", "dark")
SWITCH = ("on", "off")
MAX_EMBEDDED_ENTRIES = 50
ACCENT = "c2510f"  # the colour of our icon

PAPERS = {"light": "ffffff", "dark": "1c1f25"}  # the backgrounds in embed.css
LEGIBLE = 4.5  # the least contrast ratio of text (WCAG 2.2, 1.4.3)

Arguments = Iterable[tuple[str, str]]


class Presentation(Struct, frozen=True):
    """The presentation of an embed; *accent* is a colour in six hexadecimal digits."""

    look: str = LOOKS[0]
    theme: str = THEMES[0]
    accent: str = ACCENT
    count: int = 5
    images: str = SWITCH[0]

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """The arguments that select this presentation, without default values."""
        chosen = ((key, getattr(self, key)) for key in READ)
        return [(key, str(value)) for key, value in chosen if value != getattr(Presentation(), key)]

    @property
    def height(self) -> int:
        """The likely height in pixels in a frame 640 pixels wide."""
        columns, row, rest = _MEASURES[self.look, self.images]
        leads = self.look == "cards" and self.count >= 5  # the first entry takes a row of its own
        taller = 165 if leads and self.images == "on" else 0
        return rest + -(-(self.count + leads) // columns) * row + taller

    @property
    def colours(self) -> str:
        """A stylesheet with the accent as a background, a text colour for it, and the accent for text."""
        shades = {theme: legible(self.accent, paper) for theme, paper in PAPERS.items()}
        first = "light" if self.theme == "auto" else self.theme
        sheet = f":root{{--fill:#{self.accent};--on-fill:#{ink(self.accent)};--accent:#{shades[first]}}}"
        if self.theme == "auto":  # the script of the frame may change the class
            dark = f"{{--accent:#{shades['dark']}}}"
            sheet += f":root.dark{dark}@media(prefers-color-scheme:dark){{:root.auto{dark}}}"
        return sheet


# Columns, height of a row of entries, and height of everything around them; a test measures.
_MEASURES = {
    ("list", "on"): (1, 150, 135),
    ("list", "off"): (1, 122, 160),
    ("cards", "on"): (2, 335, 115),
    ("cards", "off"): (2, 215, 130),
    ("headlines", "on"): (2, 90, 155),
    ("headlines", "off"): (2, 90, 155),
    ("ticker", "on"): (MAX_EMBEDDED_ENTRIES, 96, 0),
    ("ticker", "off"): (MAX_EMBEDDED_ENTRIES, 96, 0),
}


def divide(arguments: Arguments) -> tuple[Presentation, list[tuple[str, str]]]:
    """Split *arguments* into the presentation and all other arguments.

    Raises QueryError if one is malformed, has two values, or looks like a misspelling.
    """
    chosen: dict[str, Any] = {}
    rest: list[tuple[str, str]] = []
    for key, written in arguments:
        if key not in READ:
            if key not in PARAMETERS and key not in WINDOW:
                refuse_misspelt(key, READ)
            rest.append((key, written))
        elif written.strip():
            value = _value(key, written)
            if chosen.setdefault(key, value) != value:
                one, other = str(chosen[key]), str(value)
                raise QueryError(
                    key, "two values, {one} and {other}", "use one of them", one=one, other=other
                )
    return Presentation(**chosen), rest


def valid_part(arguments: Arguments) -> Presentation:
    """The presentation of the well-formed ones of *arguments*."""
    kept: list[tuple[str, str]] = []
    for each in arguments:
        try:
            divide([*kept, each])
        except QueryError:
            continue
        kept.append(each)
    return divide(kept)[0]


def shortened(presentation: Presentation, limit: int) -> Presentation:
    """*presentation* for a feed with at most *limit* entries."""
    return msgspec.structs.replace(presentation, count=min(presentation.count, limit))


def within(written: str, most: int) -> int | None:
    """The whole number *written*, or None if it is not from 1 to *most*."""
    value = int(written) if re.fullmatch("[0-9]{1,9}", written) else 0
    return value if 1 <= value <= most else None


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink(ground: str) -> str:
    """The colour with more contrast to *ground*, black or white: it is always legible."""
    return max(("ffffff", "000000"), key=lambda colour: contrast(colour, ground))


def legible(colour: str, paper: str) -> str:
    """*colour*, or the nearest mixture of it with black or white that is legible on *paper*."""
    target = ink(paper)
    for share in range(101):
        mixed = _mixed(colour, target, share)
        if contrast(mixed, paper) >= LEGIBLE:
            return mixed
    return target


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in bytes.fromhex(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _mixed(one: str, other: str, share: int) -> str:
    """A mixture of *one* with *share* percent of *other*."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return bytes(round(a + (b - a) * share / 100) for a, b in pairs).hex()


def _choice(*known: str) -> tuple[Callable[[str], Any], str]:
    return lambda written: written if written in known else None, "not one of {choices}"


def _colour(written: str) -> str | None:
    digits = written.removeprefix("#").lower()
    if re.fullmatch("[0-9a-f]{3}", digits):
        return "".join(digit * 2 for digit in digits)
    return digits if re.fullmatch("[0-9a-f]{6}", digits) else None


def _value(key: str, written: str) -> Any:
    read, problem = READ[key]
    value = read(written.strip())
    if value is None:
        choices = CHOICES.get(key, ())
        near = nearest(written.strip().lower(), choices)
        raise QueryError(
            key, problem, "did you mean {name}?" if near else "use {example}", written,
            name="".join(near[:1]), example=f"{key}={getattr(Presentation(), key)}",
            choices=", ".join(choices), most=str(MAX_EMBEDDED_ENTRIES),
        )  # fmt: skip
    return value


CHOICES = {"look": LOOKS, "theme": THEMES, "images": SWITCH}

# The parameters of a presentation in canonical order, each with its parser and its problem.
READ: dict[str, tuple[Callable[[str], Any], str]] = {
    "look": _choice(*LOOKS),
    "theme": _choice(*THEMES),
    "accent": (_colour, "not a colour of 3 or 6 hexadecimal digits"),
    "count": (
        lambda written: within(written, MAX_EMBEDDED_ENTRIES),
        "not a whole number from 1 to {most}",
    ),
    "images": _choice(*SWITCH),
}
