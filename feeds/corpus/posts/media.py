"""Audio and video that the front matter of a post names: enclosures, and players on other sites."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Protocol

from feeds.article import Enclosure
from feeds.article.expressions import expression
from feeds.corpus.enclosures import is_player, read_enclosures
from feeds.corpus.posts.fields import PostFields, text_of
from feeds.corpus.site import SourceSite
from feeds.corpus.urls import SCHEME, absolute

_YOUTUBE_ID = expression(r"[\w-]{11}", re.ASCII)
# Fields of the whole file that describe its enclosure, by their field of an enclosure.
_ABOUT = {
    "duration": ("duration", "audioDuration", "podcastDuration", "itunesDuration"),
    "length": ("audioLength", "podcastBytes", "fileSize", "bytes"),
    "episode": ("episode", "episodeNumber", "itunesEpisode"),
    "season": ("season", "itunesSeason"),
    "explicit": ("explicit", "itunesExplicit"),
    "transcript": ("transcript", "transcriptUrl"),
    "chapters": ("chapters", "chaptersUrl"),
}  # fmt: skip


class Media(Protocol):
    """The audio and video files of a corpus."""

    def address(self, written: str, path: str) -> str | None:
        """The address of the file that is *written* in the post at *path*, or None without a file."""


class NoMedia:
    """The media of a corpus without media files."""

    def address(self, written: str, path: str) -> str | None:  # noqa: ARG002
        """Return None."""
        return None


def enclosures_of(path: str, fields: PostFields, site: SourceSite, media: Media) -> tuple[Enclosure, ...]:
    """The audio, video and other files that *fields* of the post at *path* name.

    A path from the root that is no file of the corpus is on the *site*.
    """

    def address(written: str) -> str:
        if SCHEME.match(written) or written.startswith("//"):
            return absolute(written, "")
        if found := media.address(written, path):
            return found
        if written.startswith("/") and site.url:
            return absolute(written, site.url)
        raise ValueError(written)

    values = {found.key: _without_players(found.value) for found in fields.values("enclosures")}
    if not any(values.values()):
        return ()
    keys = [key for key, value in values.items() if value]
    return read_enclosures(fields.header, address, [*keys, ""], {**values, "": _about(fields)})


def players_of(fields: PostFields, body: str) -> str:
    """HTML with a frame for each player, such as a video's, that *fields* name and *body* lacks."""
    addresses = (each for each in _players(fields) if re.split(r"[/=?&]", each)[-1] not in body)
    return "".join(f'<iframe src="{escape(each)}"></iframe>' for each in dict.fromkeys(addresses))


def _players(fields: PostFields) -> Iterator[str]:
    for _, text in fields.texts("youtube"):
        if _YOUTUBE_ID.fullmatch(text):
            yield f"https://www.youtube.com/watch?v={text}"
        elif _is_player(text):
            yield text
    for found in fields.values("enclosures"):
        if _is_player(text := text_of(found.value)):
            yield text


def _without_players(value: Any) -> Any:
    if isinstance(value, list):
        return [each for each in value if not _is_player(each)]
    return None if _is_player(value) else value


def _is_player(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(SCHEME.match(value)) and is_player(value)
    except ValueError:  # a bad address
        return False


def _about(fields: PostFields) -> dict[str, Any] | None:
    """The facts about an enclosure in fields of the whole file."""
    facts = {
        name: value.value
        for name, keys in _ABOUT.items()
        for key in reversed(keys)
        for value in fields.named(key)
        if isinstance(value.value, str)
    }
    return facts or None
