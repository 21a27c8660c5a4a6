"""Names of authors, in the many forms in which posts credit them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feeds.article.expressions import expression
from feeds.corpus.field_names import folded
from feeds.corpus.plain_text import plain_name
from feeds.corpus.posts.fields import is_missing

MAX_AUTHORS = 50
MAX_CREDIT = 500  # characters of one text that may name several people
MAX_NAME_WORDS = 5

_LINKED = "\u2060"  # WORD JOINER; ends the text of a link, while a credit is split
_LINK = expression(r"\[([^\[\]]*)\]\([^()\s]*\)")
_PARENTHESES = expression(r"\s*\([^()]*\)")
_BY = expression(r"(?i)\Aby:?\s+")
_COMMA = expression(r",\s+(?:and\s+|&\s+)?|,(?=\S)|\u3001")
_AND = expression(r"\s+(?:and|&)\s+")
_NO_NAME = expression(r"[!-/:-@\[-`{-~\d]")  # a sign or digit
_KEY = expression(r"@?[\w.-]+")
_SUFFIX = expression(r"(?i)(?:jr|sr|ii|iii|iv|ph\.?\s?d|m\.?d|esq|inc|ltd|llc|gmbh)\.?")
_PARTICLES = frozenset({
    "al", "ap", "bin", "binti", "da", "dal", "das", "de", "del", "della", "den", "der", "di", "do",
    "dos", "du", "el", "en", "i", "ibn", "la", "le", "los", "ten", "ter", "van", "vom", "von", "y",
    "zu", "zum", "zur",
})  # fmt: skip
# The beginnings of names after which a second capital follows: McCabe, DeVries, O'Neill.
_BEFORE_CAPITAL = frozenset({
    "al", "d", "da", "de", "di", "du", "el", "fitz", "jo", "la", "le", "mac", "mc", "o", "r", "st", "van",
})  # fmt: skip
# Words of titles and professions: such a text describes the person before it.
_ROLES = frozenset({
    "advocate", "analyst", "architect", "assistant", "author", "ceo", "cfo", "chair", "ciso",
    "co-founder", "cofounder", "consultant", "contributor", "coo", "coordinator", "counsel", "cto",
    "designer", "developer", "director", "editor", "engineer", "evangelist", "executive", "fellow",
    "founder", "head", "intern", "janitor", "juggler", "lead", "leader", "maintainer", "manager",
    "mechanic", "officer", "owner", "partner", "phd", "president", "principal", "producer", "professor",
    "programmer", "researcher", "scientist", "secretary", "senior", "software", "specialist", "staff",
    "strategist", "student", "technologist", "trustee", "vice", "vp", "writer",
})  # fmt: skip
_NAME_KEYS = ("name", "displayname", "fullname", "label")
_NAME_PARTS = (
    ("first", "last"),
    ("firstname", "lastname"),
    ("given", "family"),
    ("givenname", "familyname"),
)
_REFERENCES = ("key", "id", "slug", "login", "username", "handle", "nick", "github")


def authors_of(value: Any, people: Mapping[str, str]) -> tuple[str, ...]:
    """The names in *value*, a text, list or mapping; *people* are names by key in lower case."""
    names = (plain_name(name) for name in _names(value, people))
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_AUTHORS]


def _names(value: Any, people: Mapping[str, str]) -> Iterator[str]:
    match value:
        case str() if not is_missing(value):
            yield from _credited(value.strip(), people)
        case list():
            for member in value:
                yield from _names(member, people)
        case dict():
            yield from _of_mapping({folded(str(key)): each for key, each in value.items()}, people)


def _of_mapping(fields: Mapping[str, Any], people: Mapping[str, str]) -> Iterator[str]:
    for key in _NAME_KEYS:
        if isinstance(name := fields.get(key), str) and not is_missing(name):
            yield name.strip()
            return
    for keys in _NAME_PARTS:
        parts = [each.strip() for key in keys if isinstance(each := fields.get(key), str)]
        if any(parts):
            yield " ".join(filter(None, parts))
            return
    for key in _REFERENCES:
        if isinstance(name := fields.get(key), str) and not is_missing(name):
            yield people.get(name.strip().lower(), name.strip())
            return


def _credited(text: str, people: Mapping[str, str]) -> Iterator[str]:
    """The people in *text*, which is a key, a name, or a sequence of them."""
    if known := _known(text, people):
        yield known
        return
    if len(text) > MAX_CREDIT:
        yield text
        return
    text = _PARENTHESES.sub("", _LINK.sub(_linked, _BY.sub("", text)))
    parts = text.split(";") if ";" in text and "&" not in text else None
    for name in [part.strip() for part in parts] if parts else _split(text):
        if name:
            yield _known(name, people) or _person(name)


def _known(text: str, people: Mapping[str, str]) -> str:
    key = text.lower()
    return people.get(key) or people.get(key.removeprefix("@"), "")


def _linked(link: re.Match[str]) -> str:
    """The text of *link*; none if it is the handle of the person before it."""
    return "" if link[1].startswith("@") and link.start() else f"{link[1]}{_LINKED}"


def _person(text: str) -> str:
    """The name in *text*: the text of a link, without a company after it, or else all of *text*."""
    return text.partition(_LINKED)[0].strip()


def _split(text: str) -> Iterable[str]:
    """The people in *text* separated by commas, "and" or "&".

    A description stays with the one name before it, except in lower case: "Josh Aas, ISRG Executive
    Director" is one author, "Andreas Haas, handler of traps" is Andreas Haas. It goes if it may describe
    several people.
    """
    names: list[str] = []
    people = 0  # since the last description
    pieces = [piece.strip(" ,") for piece in _COMMA.split(text)]
    pieces = [piece for piece in pieces if piece]
    if len(pieces) == 2 and _LINKED in pieces[0] and _LINKED not in pieces[1]:
        pieces.pop()  # the company
    for piece in pieces:
        several = _AND.split(piece)
        if all(_LINKED in each or _is_name(each) for each in several):
            names += several
            people += len(several)
            continue
        if not names:
            names.append(piece)
        elif _SUFFIX.fullmatch(piece) or (people < 2 and not _is_description(piece)):
            names[-1] += f", {piece}"
        people = 0
    return names


def _is_description(piece: str) -> bool:
    return piece[:1].islower() and " " in piece


def _is_name(text: str) -> bool:
    words = text.split()
    if len(words) == 1:
        return bool(_KEY.fullmatch(text)) and not _SUFFIX.fullmatch(text)
    if len(words) > MAX_NAME_WORDS or any(word.lower().strip(".") in _ROLES for word in words):
        return False
    is_shouted = text.isupper()
    return not words[0][:1].islower() and all(_is_part_of_name(word, is_shouted) for word in words)


def _is_part_of_name(word: str, is_shouted: bool) -> bool:
    if word.lower() in _PARTICLES or word[0] in "\"'“‘«(":
        return True
    parts = [part.strip('"”') for part in re.split(r"[-.'’]", word)]
    return not word.islower() and all(_is_capitalized(part, is_shouted) for part in parts if part)


def _is_capitalized(part: str, is_shouted: bool) -> bool:
    """True if *part* of a name has no second capital, except initials and names like McCabe."""
    if _NO_NAME.search(part):
        return False
    if part.isupper():
        return len(part) <= 3 or is_shouted
    inner = next((n for n, letter in enumerate(part[1:], 1) if letter.isupper()), 0)
    return not inner or part[:inner].lower() in _BEFORE_CAPITAL
