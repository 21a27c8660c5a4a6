"""Conversion of audio, video and other files in front matter to Enclosures."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from feeds.article import Enclosure, Episode, Transcript
from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.front_matter import Header, as_flag
from feeds.corpus.media_types import FILE_TYPES, IMAGE_TYPES, TEXT_TYPES, extension_of
from feeds.corpus.plain_text import plain_name
from feeds.errors import Code

ENCLOSURE_KEYS = ("enclosure", "audio", "podcast", "video", "media")

# Other names of the fields of an enclosure, by their field.
ALIASES = {
    "src": "url", "href": "url", "file": "url", "path": "url",
    "size": "length", "bytes": "length",
    "mimeType": "type", "contentType": "type",
    "name": "title",
    "number": "episode",
    "transcripts": "transcript",
    "cover": "image", "artwork": "image",
}  # fmt: skip

# The type of a file without an extension, by the key that names it.
_ASSUMED = {"audio": "audio/mpeg", "podcast": "audio/mpeg", "video": "video/mp4"}
_PLAYERS = {
    "dailymotion.com", "facebook.com", "open.spotify.com", "podcasts.apple.com", "soundcloud.com",
    "ted.com", "tiktok.com", "twitch.tv", "vimeo.com", "youtu.be", "youtube.com", "youtube-nocookie.com",
}  # fmt: skip
_EPISODE_TYPES = ("full", "trailer", "bonus")
_CLOCK = expression(r"(?:(\d{1,4}):)?(\d{1,4}):(\d\d)(?:\.\d+)?", re.ASCII)
_UNITS = expression(
    r"(?ai)(?:PT)?(?:(\d{1,4})\s?h(?:ours?|rs?)?)?\s?(?:(\d{1,5})\s?m(?:inutes?|ins?)?)?\s?"
    r"(?:(\d{1,7})(?:\.\d+)?\s?(?:s(?:econds?|ecs?)?)?)?"
)
MAX_DURATION = 30 * 86_400  # seconds
MAX_LENGTH = 1 << 53  # bytes; a larger number is inexact in JavaScript

Address = Callable[[str], str]
"""The absolute URL of a written address. Raises ValueError if it is none."""


def read_enclosures(
    header: Header,
    address: Address,
    keys: Sequence[str] = ENCLOSURE_KEYS,
    fields: Mapping[str, Any] | None = None,
) -> tuple[Enclosure, ...]:
    """The enclosures in the values of *keys* in *fields*, by default all fields of *header*.

    A value is an address, a mapping, or a list of these. A mapping without an address completes the
    first enclosure. Anything that cannot be used is left out with a warning.
    """
    found: dict[str, Enclosure] = {}
    others: list[_Item] = []
    for item in _items(header, address, keys, header.fields if fields is None else fields):
        if not item.is_named:
            others.append(item)
        elif enclosure := item.enclosure():
            found.setdefault(enclosure.url, enclosure)
    for item in others:
        first = next(iter(found), None)
        if first is None:
            header.warn(item.key, problems.NO_MEDIA_ADDRESS)
        else:
            found[first] = item.completed(found[first])
    return tuple(found.values())


def seconds_of(written: str) -> int:
    """The seconds in a duration: ``3723``, ``1:02:03``, ``62 min``, ``PT1H2M3S``. Raises ValueError."""
    found = _CLOCK.fullmatch(written.strip()) or _UNITS.fullmatch(written.strip())
    if not found or not any(found.groups()):
        raise ValueError(written)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = 3600 * hours + 60 * minutes + seconds
    if total > MAX_DURATION:
        raise ValueError(written)
    return total


def as_explicit(written: str) -> bool | None:
    """The flag of explicit content: ``explicit``, ``clean``, or a boolean; None if it is none of them."""
    return {"explicit": True, "clean": False}.get(written.strip().lower(), as_flag(written))


def _items(
    header: Header, address: Address, keys: Sequence[str], fields: Mapping[str, Any]
) -> Iterator["_Item"]:
    for key in keys:
        if (value := fields.get(key)) is None:
            continue
        for position, member in enumerate(value if isinstance(value, list) else [value]):
            place = f"{key}[{position}]" if isinstance(value, list) else key
            match member:
                case dict():
                    yield _Item(header, address, place, member)
                case str() if member.strip(" ~") and as_flag(member) is None and member != "null":
                    yield _Item(header, address, place, _lines(member))


def _lines(written: str) -> dict[str, str]:
    """The fields in a text: an address, or its lines of address, length and type (WordPress)."""
    lines = [line.strip() for line in written.strip().splitlines()]
    if len(lines) >= 3 and "/" in lines[2]:
        return {"url": lines[0], "length": lines[1], "type": lines[2]}
    return {"url": written}


class _Item:
    """One mapping in front matter at *key*, read as an enclosure."""

    def __init__(self, header: Header, address: Address, key: str, fields: Mapping[str, Any]) -> None:
        self.key = key
        self._header = header
        self._address = address
        self._fields = {ALIASES.get(name, name): value for name, value in reversed(list(fields.items()))}

    @property
    def is_named(self) -> bool:
        """True if there is an address."""
        return "url" in self._fields

    def enclosure(self) -> Enclosure | None:
        """The enclosure, or None after a warning."""
        url = self._url("url")
        type_ = self._type(url) if url else ""
        if not type_:
            return None
        return Enclosure(
            url,
            type_,
            self._number("length", MAX_LENGTH),
            self._duration(),
            plain_name(self._text("title")),
            self._episode(),
        )

    def completed(self, enclosure: Enclosure) -> Enclosure:
        """Return *enclosure* with the facts of this item that it lacks."""
        return replace(
            enclosure,
            length=enclosure.length or self._number("length", MAX_LENGTH),
            duration=enclosure.duration or self._duration(),
            title=enclosure.title or plain_name(self._text("title")),
            episode=enclosure.episode or self._episode(),
        )

    def _warn(self, name: str, code: Code, **values: str) -> None:
        self._header.warn(f"{self.key}.{name}" if name in self._fields else self.key, code, **values)

    def _text(self, name: str, fields: Mapping[str, Any] | None = None) -> str:
        value = (self._fields if fields is None else fields).get(name)
        if value is None or value in ("", "~", "null"):
            return ""
        if not isinstance(value, str):
            self._warn(
                name, problems.NOT_TEXT, found="a list" if isinstance(value, list) else "a mapping"
            )
            return ""
        return value.strip()

    def _url(self, name: str, fields: Mapping[str, Any] | None = None) -> str:
        written = self._text(name, fields)
        try:
            return self._address(written) if written else ""
        except ValueError:
            self._warn(name, problems.NOT_A_MEDIA_ADDRESS, written=written[:80])
            return ""

    def _type(self, url: str) -> str:
        written = self._text("type").lower().partition(";")[0].strip()
        written = FILE_TYPES.get(written, written)
        if re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", written):
            return written
        if written and written not in ("audio", "video"):
            self._warn("type", problems.NOT_A_MEDIA_TYPE, written=written[:80])
        extension = extension_of(url)
        if known := FILE_TYPES.get(extension) or IMAGE_TYPES.get(extension):
            return known
        if is_player(url):
            self._warn("url", problems.PLAYER_PAGE, written=url[:80])
            return ""
        key = self.key.partition("[")[0].lower()
        kinds = (each for each in _ASSUMED if each == written or key.startswith(each))
        assumed = _ASSUMED.get(next(kinds, ""), "")
        if not assumed:
            self._warn("url", problems.NO_MEDIA_TYPE, written=url[:80])
        return assumed

    def _number(self, name: str, limit: int) -> int:
        written = self._text(name).replace(",", "").replace("_", "")
        if written and not re.fullmatch(r"[0-9]{1,16}", written):
            self._warn(name, problems.NOT_A_NUMBER, written=written[:40])
            return 0
        number = int(written or 0)
        return number if number <= limit else 0

    def _duration(self) -> int:
        written = self._text("duration")
        try:
            return seconds_of(written) if written else 0
        except ValueError:
            self._warn("duration", problems.NOT_A_DURATION, written=written[:40])
            return 0

    def _episode(self) -> Episode | None:
        episode = Episode(
            number=self._number("episode", 1 << 31),
            season=self._number("season", 1 << 31),
            type=self._episode_type(),
            explicit=self._explicit(),
            transcripts=tuple(self._transcripts()),
            chapters=self._linked("chapters"),
            image=self._linked("image"),
        )
        return episode if episode != Episode() else None

    def _episode_type(self) -> str:
        written = self._text("episodeType").lower()
        if written and written not in _EPISODE_TYPES:
            choices = ", ".join(_EPISODE_TYPES)
            self._warn("episodeType", problems.NOT_A_CHOICE, written=written[:40], choices=choices)
            return ""
        return written

    def _explicit(self) -> bool | None:
        written = self._text("explicit")
        value = as_explicit(written)
        if written and value is None:
            self._warn("explicit", problems.NOT_A_FLAG, written=written[:40])
        return value

    def _transcripts(self) -> Iterator[Transcript]:
        value = self._fields.get("transcript")
        for member in value if isinstance(value, list) else [value]:
            fields = member if isinstance(member, dict) else {"url": member}
            if url := self._url("url", fields):
                known = TEXT_TYPES.get(extension_of(url), "text/html")
                type_ = self._text("type", fields)
                yield Transcript(url, type_ if "/" in type_ else known, self._text("language", fields))

    def _linked(self, name: str) -> str:
        """The address of the file in *name*, which may be a mapping."""
        value = self._fields.get(name)
        return self._url("url", value) if isinstance(value, dict) else self._url(name)


def is_player(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return any(host == player or host.endswith(f".{player}") for player in _PLAYERS)
