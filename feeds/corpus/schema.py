"""The meaning of a folder of files: which are articles, and how each is read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from feeds.article import Article, Taxonomy
from feeds.corpus.addresses import PageAddress
from feeds.corpus.detection import Detected
from feeds.corpus.files import ARTICLES, Stamp
from feeds.corpus.local_files import LocalFiles
from feeds.corpus.reading import Withheld
from feeds.errors import ArticleError


class Options(Struct, frozen=True, kw_only=True):
    """The settings for reading the folder at *root*; see Corpus."""

    root: Path
    articles: tuple[str, ...] = ARTICLES
    url: str = ""
    fallback_url: str = "http://127.0.0.1:8000"
    authority: str = ""
    since: int = 2020
    zone: tzinfo = UTC
    max_bytes: int = 4 * 1024 * 1024
    permalink: str = ""
    fields: Mapping[str, Sequence[str]] = {}


class Schema(Protocol):
    """A reader of one folder. It can be pickled; the copy reads files, but finds no descriptions again.

    *descriptions* are the last good versions of the description files in force, by path, and *problems*
    the errors of those that cannot be used in their present version. *local* finds the files that
    articles name by a path; None if these have addresses of their own.
    """

    detected: Detected
    taxonomy: Taxonomy
    descriptions: Mapping[str, bytes]
    problems: list[ArticleError]
    local: LocalFiles | None

    @property
    def summary(self) -> str:
        """The tool and the numbers of articles, pages and drafts; empty for our own schema."""

    @property
    def pages(self) -> int:
        """The number of files that are pages of the site; 0 for our own schema."""

    def find_descriptions(self) -> bool:
        """Find the description files, and return whether they are unchanged since last time."""

    def use_descriptions(self, *, accept_removals: bool) -> None:
        """Put the description files found last in force; see ``Corpus.use_descriptions``."""

    def keep(self, kept: Mapping[str, bytes]) -> None:
        """Use *kept*, the last good versions in the store, instead of files that cannot be used."""

    def fix(self, authority: str) -> None:
        """Use *authority*, which the store has fixed, in ids."""

    def remember(self, published: Callable[[], Iterable[str]]) -> None:
        """Use the *published* paths; see ``Corpus.remember``."""

    def fingerprint(self) -> list[object]:
        """The values, other than files, that affect the reading of unchanged files."""

    def concerns_all(self, path: str) -> bool:
        """True if a change of *path* may affect every article."""

    def holds(self, path: str) -> bool:
        """True if *path*, relative to the root, may be the file of an article."""

    def files(self, below: str) -> Iterator[tuple[str, Stamp] | ArticleError]:
        """Yield the path and stamp of every article file below a folder; see ``ArticleFiles.listed``."""

    def stamp(self, path: str) -> Stamp | None:
        """The present stamp of the file at *path*, or None if there is none."""

    def affected(self, paths: Set[str]) -> set[str]:
        """The changed *paths*, and the paths of files that have to be read again because of them."""

    def aside(self) -> list[str]:
        """The paths of files that look like Markdown, and that no pattern includes or excludes."""

    def unread(self) -> dict[str, list[str]]:
        """The paths of texts in other formats than Markdown, by format."""

    def read(self, path: str, content: bytes) -> tuple[Article | Withheld, tuple[ArticleError, ...]]:
        """Make the article of a file, with its warnings. Raises ArticleError."""

    def address_of(self, path: str) -> PageAddress | None:
        """The address of the article at *path* with its rule, or None in our own schema."""

    def is_article(self, content: bytes) -> bool:
        """True if a file in the root whose *content* is bad was meant to be an article."""

    def id_of(self, path: str) -> str:
        """The id of a new article at *path* that has no id of its own."""
