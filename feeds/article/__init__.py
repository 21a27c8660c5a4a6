"""The values read from the corpus, independent of any feed format: articles, topics, providers."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from feeds.article.expressions import expression
from feeds.article.podcast import Podcast


class Image(Struct, frozen=True, gc=False, omit_defaults=True):
    """A picture at an absolute URL; width and height in pixels and *length* in bytes are 0 if unknown."""

    url: str
    width: int = 0
    height: int = 0
    type: str = "image/jpeg"
    alt: str = ""
    length: int = 0

    @property
    def square(self) -> bool:
        """True if width and height are equal, or both unknown."""
        return self.width == self.height


class Transcript(Struct, frozen=True, gc=False, omit_defaults=True):
    """The text of an audio or video at an absolute URL."""

    url: str
    type: str
    language: str = ""


class Episode(Struct, frozen=True, gc=False, omit_defaults=True):
    """The facts of a podcast's episode; numbers are 0 and texts empty if they are unknown.

    *type* is ``full``, ``trailer`` or ``bonus``. *chapters* and *image* are absolute URLs.
    """

    number: int = 0
    season: int = 0
    type: str = ""
    explicit: bool | None = None
    transcripts: tuple[Transcript, ...] = ()
    chapters: str = ""
    image: str = ""


class Enclosure(Struct, frozen=True, gc=False, omit_defaults=True):
    """A file of an article that is not a picture, mostly audio or video, at an absolute URL.

    *length* in bytes and *duration* in seconds are 0 if unknown.
    """

    url: str
    type: str
    length: int = 0
    duration: int = 0
    title: str = ""
    episode: Episode | None = None

    @property
    def medium(self) -> str:
        """``audio``, ``video``, or the first part of another type."""
        return self.type.partition("/")[0]

    @property
    def is_playable(self) -> bool:
        """True for audio and video."""
        return self.medium in PLAYED


PLAYED = ("audio", "video")

# The parts of an article that a feed may contain, largest first.
CONTENTS = ("full", "summary", "title")


class Provider(Struct, frozen=True, gc=False, omit_defaults=True):
    """The first publisher of an article; *domain* names its feed.

    *content* is the default part of its articles in a feed, one of CONTENTS. *podcast* is set if its feed
    is a podcast, in the taxonomy alone.
    """

    domain: str
    name: str
    url: str = ""
    logo: Image | None = None
    content: str = ""
    podcast: Podcast | None = None


class Related(Struct, frozen=True, gc=False, omit_defaults=True):
    """Another article on the same story."""

    title: str
    url: str
    provider: str = ""
    published: datetime | None = None


class NamedFile(Struct, frozen=True, gc=False, omit_defaults=True):
    """A file in the corpus that an article names.

    *written* is its name in the file *article*; *path* is its place, empty if there was no such file.
    *digest* and *type* are those of its content, *stamp* is its modification time, size and inode.
    """

    written: str
    article: str
    path: str = ""
    digest: str = ""
    type: str = ""
    stamp: tuple[int, int, int] = (0, 0, 0)


class Article(Struct, frozen=True, gc=False, omit_defaults=True):
    """An entry of a feed.

    Dates are aware, in UTC and in whole seconds; URLs are absolute; *summary* and *title* are plain text,
    *html* is sanitised.

    - *updated*: the date of the last change that a subscriber can see
    - *also*: the other articles of a collapsed cluster, never read from the corpus
    - *local*: the files of the corpus that it names; their addresses contain digests of their content
    - *probed*: facts that probes found of its pictures on other sites; ``feeds.article.probed`` fills
      them in where an article is shown
    - *typed*: the URLs of the pictures whose media types the author wrote
    """

    id: str
    title: str
    url: str
    published: datetime
    updated: datetime
    provider: Provider | None = None
    authors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    summary: str = ""
    html: str = ""
    images: tuple[Image, ...] = ()
    language: str = ""
    type: str = ""
    related: tuple[Related, ...] = ()
    quality: int = 0
    heat: int = 0
    also: tuple[Related, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    local: tuple[NamedFile, ...] = ()
    probed: tuple[Image, ...] = ()
    typed: tuple[str, ...] = ()

    @property
    def image(self) -> Image | None:
        """The lead image."""
        return self.images[0] if self.images else None

    @property
    def files(self) -> "tuple[Enclosure | Image, ...]":
        """All enclosures and pictures, each once: audio and video, then pictures, then other files."""
        if not self.enclosures:
            return self.images
        pictures = {image.url for image in self.images}
        files = [each for each in self.enclosures if each.url not in pictures]
        played = [each for each in files if each.is_playable]
        return (*played, *self.images, *(each for each in files if not each.is_playable))

    @property
    def byline(self) -> tuple[str, ...]:
        """The names to credit: the authors, then the provider."""
        names = [*self.authors, *([self.provider.name] if self.provider else ())]
        return tuple(dict.fromkeys(names))


MIN_FULL_BYTES = 297  # bytes of HTML; a shorter body is an excerpt


class FacetFields(Struct, frozen=True, gc=False, array_like=True):
    """The fields of an article that determine its facets in an Index; many articles share equal values.

    *full* means that the body is more than an excerpt; *media* are the members of PLAYED among its
    enclosures; *local* that it names files of the corpus. New fields come last, with a default: the
    encoded form is an array.
    """

    topics: tuple[str, ...] = ()
    provider: Provider | None = None
    type: str = ""
    language: str = ""
    pictured: bool = False
    full: bool = False
    authors: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    local: bool = False


def facet_fields(article: Article) -> FacetFields:
    """The facet fields of *article*."""
    return FacetFields(
        article.topics,
        article.provider,
        article.type,
        article.language,
        bool(article.images),
        len(article.html) >= MIN_FULL_BYTES or len(article.html.encode()) >= MIN_FULL_BYTES,
        author_names(article.authors),
        tuple(medium for medium in PLAYED if any(each.medium == medium for each in article.enclosures)),
        bool(article.local),
    )


def author_names(authors: Iterable[str]) -> tuple[str, ...]:
    """The names among *authors*, each once, without e-mail addresses."""
    names = (_without_addresses(author) if "@" in author else author for author in authors)
    return tuple(dict.fromkeys(name for name in names if slugify(name)))


def _without_addresses(author: str) -> str:
    """``Ada <ada@example.org>`` -> ``Ada``; brackets around a name after an address are removed too."""
    parts = (part for part in re.split(r"[\s<>()\[\],;]+", author) if part)
    return " ".join(part for part in parts if not all(part.strip("@").partition("@")))


class Topic(Struct, frozen=True, gc=False, omit_defaults=True):
    """A subject with a feed of its own; *parent* and *aliases*, its former names, are slugs.

    The feed of a topic that is *gone* was ended for good. *podcast* is set if its feed is a podcast.
    """

    slug: str
    name: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    gone: bool = False
    podcast: Podcast | None = None


class Taxonomy(Struct, frozen=True, omit_defaults=True):
    """The description of the corpus: its name, topics and providers.

    *authority* is the domain in ids (RFC 4151); empty in stores of earlier versions. *dialect* is the
    name of the dialect of the corpus; empty is the schema of this project. While *hub_withdrawn*, feeds
    do not announce the hub of this server.
    """

    title: str = ""
    description: str = ""
    url: str = ""
    language: str = ""
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Provider, ...] = ()
    authority: str = ""
    dialect: str = ""
    hub_withdrawn: bool = False


class TombstoneFacets(Struct, frozen=True, gc=False, omit_defaults=True):
    """The facets of an article in a tombstone; they determine the feeds that the article left.

    Topics and authors are slugs; parents of topics are left out.
    """

    topics: tuple[str, ...] = ()
    provider: str = ""
    type: str = ""
    authors: tuple[str, ...] = ()


def tombstone_facets(article: Article) -> TombstoneFacets:
    """The facets of *article* for a tombstone."""
    return TombstoneFacets(
        tuple(slugify(name) for name in article.topics),
        article.provider.domain if article.provider else "",
        article.type,
        tuple(dict.fromkeys(slugify(name) for name in author_names(article.authors))),
    )


def fingerprint(value: Any) -> bytes:
    """A 16-byte hash of *value*, the same in every process."""
    return blake2b(msgspec.msgpack.encode(value), digest_size=16).digest()


_ACCENTS = expression("[\u0300-\u036f\ufe00-\ufe0f]")  # combining accents and emoji variation selectors
_WORDS = str.maketrans({"+": " plus", "#": " sharp", "&": " and "})
_NO_WORD = expression("[^a-z0-9]+")


@lru_cache(1 << 12)  # articles repeat the same topics
def slugify(name: str) -> str:
    """The form of *name* in a URL: ``R&D in Café C++`` -> ``r-and-d-in-cafe-c-plus-plus``.

    Letters of other scripts stay, with their combining marks. The result is empty if *name* has no
    letter or digit.
    """
    if name.isascii():
        return _NO_WORD.sub("-", name.translate(_WORDS).lower()).strip("-")
    text = unicodedata.normalize("NFKD", name).translate(_WORDS)
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    slug = ""
    for character in text:
        mark = slug[-1:] not in ("", "-") and unicodedata.category(character) in ("Mn", "Mc")
        slug += character if character.isalnum() or mark else "-"
    return unicodedata.normalize("NFKC", re.sub("-+", "-", slug).strip("-"))
