"""What the corpus says, in no feed format's words."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct


class Image(Struct, frozen=True, gc=False, omit_defaults=True):
    """A picture at an absolute address; width and height in pixels, 0 where unknown."""

    url: str
    width: int = 0
    height: int = 0
    type: str = "image/jpeg"
    alt: str = ""

    @property
    def square(self) -> bool:
        """Whether it is as wide as it is high, so far as is known."""
        return self.width == self.height


# How much of an article a feed may hold, the most first.
CONTENTS = ("full", "summary", "title")


class Provider(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who published an article first; *domain* names its feed.

    *content* is how much of its articles a feed holds where the subscriber does not say.
    """

    domain: str
    name: str
    url: str = ""
    logo: Image | None = None
    content: str = ""


class Related(Struct, frozen=True, gc=False, omit_defaults=True):
    """Another article on the same story."""

    title: str
    url: str
    provider: str = ""
    published: datetime | None = None


class Article(Struct, frozen=True, gc=False, omit_defaults=True):
    """One entry of every feed it is in.

    Dates are aware and in UTC, whole seconds; URLs are absolute; *summary* and *title* are plain
    text, *html* is sanitised. *updated* is the last change a subscriber can see. *also* is never in
    the corpus: whoever makes one story of several articles names the others there.
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

    @property
    def image(self) -> Image | None:
        """The lead image."""
        return self.images[0] if self.images else None

    @property
    def byline(self) -> tuple[str, ...]:
        """Who is named as having made it: the authors, then the provider."""
        names = [*self.authors, *([self.provider.name] if self.provider else ())]
        return tuple(dict.fromkeys(names))


MIN_FULL_BYTES = 297  # bytes of HTML from which on a body is more than an excerpt


class FacetFields(Struct, frozen=True, gc=False, array_like=True):
    """The fields of an article from which an Index makes its facets; few articles have all different.

    *full* says that the body is more than an excerpt. New fields come last, with a default: the encoded
    form is an array.
    """

    topics: tuple[str, ...] = ()
    provider: Provider | None = None
    type: str = ""
    language: str = ""
    pictured: bool = False
    full: bool = False
    authors: tuple[str, ...] = ()


def facet_fields(article: Article) -> FacetFields:
    """The facet fields of *article*."""
    return FacetFields(
        article.topics,
        article.provider,
        article.type,
        article.language,
        bool(article.images),
        len(article.html.encode()) >= MIN_FULL_BYTES,
        author_names(article.authors),
    )


def author_names(authors: Iterable[str]) -> tuple[str, ...]:
    """The names among *authors*, each once, without e-mail addresses."""
    names = (_without_addresses(author) if "@" in author else author for author in authors)
    return tuple(dict.fromkeys(name for name in names if slugify(name)))


def _without_addresses(author: str) -> str:
    """``Ada <ada@example.org>`` -> ``Ada``; also the brackets around a name after an address go."""
    parts = (part for part in re.split(r"[\s<>()\[\],;]+", author) if part)
    return " ".join(part for part in parts if not all(part.strip("@").partition("@")))


class Topic(Struct, frozen=True, gc=False, omit_defaults=True):
    """A subject with a feed of its own; *parent* and *aliases*, its former names, are slugs.

    One that is *gone* had a feed once and says so to who asks for it.
    """

    slug: str
    name: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    gone: bool = False


class Taxonomy(Struct, frozen=True, omit_defaults=True):
    """What the corpus says about itself: its name, its topics, its providers.

    *authority* is the domain that ids are made of (RFC 4151); empty in stores of earlier versions.
    """

    title: str = ""
    description: str = ""
    url: str = ""
    language: str = ""
    topics: tuple[Topic, ...] = ()
    organizations: tuple[Provider, ...] = ()
    authority: str = ""


# What a subscriber can see, in every format together. Nothing else may change an ETag or a date.
SYNDICATED = (
    "title", "url", "published", "provider", "authors", "topics", "summary", "html", "images",
    "language", "related",
)  # fmt: skip


def digest(article: Article) -> bytes:
    """Sixteen bytes over the syndicated fields alone, the same for the same content anywhere."""
    # Stores have digests from before what is related counted: where there is none, they still hold.
    fields = [field for field in SYNDICATED if field != "related" or article.related]
    return fingerprint([getattr(article, field) for field in fields])


class TombstoneFacets(Struct, frozen=True, gc=False, omit_defaults=True):
    """The facets of an article by which a tombstone tells which feeds it left.

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
    """Sixteen bytes that stand for *value*, whichever process asks."""
    return blake2b(msgspec.msgpack.encode(value), digest_size=16).digest()


_ACCENTS = re.compile("[\u0300-\u036f\ufe00-\ufe0f]")  # of Latin, and what makes a sign an emoji
_WORDS = {"+": " plus", "#": " sharp", "&": " and "}


@lru_cache(1 << 12)  # the same topics again and again
def slugify(name: str) -> str:
    """*name* as it is written in an address: ``R&D in Café C++`` -> ``r-and-d-in-cafe-c-plus-plus``.

    Letters of other scripts stay as they are, with the marks that make them other letters; the empty
    string where no letter or digit is left.
    """
    text = unicodedata.normalize("NFKD", name)
    text = "".join(_WORDS.get(character, character) for character in text)
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    slug = ""
    for character in text:
        mark = slug[-1:] not in ("", "-") and unicodedata.category(character) in ("Mn", "Mc")
        slug += character if character.isalnum() or mark else "-"
    return unicodedata.normalize("NFKC", re.sub("-+", "-", slug).strip("-"))
