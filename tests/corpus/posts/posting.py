"""Posts of invented sites, read in one call."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from msgspec import Struct

from feeds.article import Article, Image
from feeds.corpus.dialects import Dialect
from feeds.corpus.header_syntax import split_any
from feeds.corpus.posts import Kind, PostReader, PostSchema, head_of
from feeds.corpus.reading import Withheld
from feeds.corpus.site import FileHead, SourceSite
from feeds.errors import ArticleError

SITE = SourceSite(dialect="jekyll", title="Tide Notes", url="https://tide.example")
PATH = "_posts/2024-05-06-high-tide.md"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Files(Struct, frozen=True):
    """A survey of invented files, all of one *kind*."""

    is_untitled: bool = False
    dropped_topics: frozenset[str] = frozenset()
    topic_names: Mapping[str, str] = {}
    sections: frozenset[str] = frozenset()
    all_are: Kind = "article"
    has_addresses: bool = True

    def kind(self, path: str) -> Kind:
        """The kind of every file."""
        return self.all_are

    def address(self, path: str) -> str:
        """An address below that of the site."""
        return f"https://tide.example/{path}" if self.has_addresses else ""


class Drawer(Struct, frozen=True):
    """Picture files by the names under which they are found."""

    images: Mapping[str, Image]

    def find(self, written: str, path: str) -> Image | None:
        """The picture called *written*."""
        return self.images.get(written)


class Shelf(Struct, frozen=True):
    """Media files by the names under which they are found."""

    addresses: Mapping[str, str]

    def address(self, written: str, path: str) -> str | None:
        """The address of the file called *written*."""
        return self.addresses.get(written)


def document(fields: str, body: str = "Words.\n") -> bytes:
    """A file with *fields*, lines of YAML, and *body*."""
    return f"---\n{fields.strip()}\n---\n{body}".encode()


def schema_of(
    site: SourceSite = SITE,
    dialect: Dialect | None = None,
    keys: Mapping[str, Sequence[str]] | None = None,
    zone: tzinfo = UTC,
) -> PostSchema:
    """The schema of posts of *site*."""
    return PostSchema(site, dialect, zone=zone, fields=keys or {})


def read(fields: str = "", body: str = "Words.\n", **options: Any) -> Article | Withheld:
    """The reading of a post with *fields* and *body*."""
    return read_with_warnings(fields, body, **options)[0]


def read_with_warnings(
    fields: str = "",
    body: str = "Words.\n",
    *,
    path: str = PATH,
    survey: Files | None = None,
    pictures: Mapping[str, Image] | None = None,
    media: Mapping[str, str] | None = None,
    **schema: Any,
) -> tuple[Article | Withheld, tuple[ArticleError, ...]]:
    """The reading of a post with *fields* and *body*, and its warnings."""
    header, text = split_any(path, document(fields, body))
    reader = PostReader(
        schema_of(**schema),
        survey or Files(),
        authority="tide.example",
        since=2020,
        pictures=Drawer(pictures) if pictures else None,
        media=Shelf(media) if media else None,
        now=NOW.timestamp,
    )
    return reader.read(path, header, text), header.warnings


def article(*args: Any, **kwargs: Any) -> Article:
    """The article that ``read`` makes."""
    made = read(*args, **kwargs)
    assert isinstance(made, Article), made
    return made


def head(fields: str = "", body: str = "Words.\n", *, path: str = PATH, **schema: Any) -> FileHead:
    """The head of a file with *fields* and *body*."""
    header, text = split_any(path, document(fields, body))
    return head_of(schema_of(**schema), path, header, text)
