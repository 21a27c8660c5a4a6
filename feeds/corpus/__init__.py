"""The corpus: a folder of Markdown files, read as articles."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from feeds.article import Article, Taxonomy, fingerprint
from feeds.corpus.article_reader import ArticleReader
from feeds.corpus.descriptions import DescriptionFiles, find, settle
from feeds.corpus.fields import has_own_fields
from feeds.corpus.files import ARTICLES, ArticleFiles, Stamp, contents, patterns
from feeds.corpus.front_matter import split
from feeds.corpus.own_pictures import OwnPictures
from feeds.corpus.problems import DUPLICATE_ID, NOT_AN_ARTICLE
from feeds.corpus.reading import Reading, Source, Withheld, source_digest
from feeds.corpus.taxonomy import FILES
from feeds.errors import ArticleError, CorpusError, PassedOver, UnreadableFile

__all__ = ["ARTICLES", "READING_VERSION", "Corpus", "Reading", "Source", "Stamp", "Withheld"]

# Increased whenever a new version reads the same file differently, so that every file is read again.
READING_VERSION = 4

_FIRST_PATTERN = "*/**/*.md"  # the first of the default patterns in the first versions


class Corpus:
    """The folder at *root*, and the settings for reading it.

    *url* replaces the URL in ``_config.yml``; *fallback_url*, the address of the server, is used if there
    is neither. *zone* is the time zone of dates without one. *authority* and the year *since* are used
    for the ids of articles that have none (RFC 4151). *fixed* is the authority that the store has fixed,
    if any, and has precedence over *authority*. *kept* are the last good versions of the description
    files, by path. Raises CorpusError if *root* is not a folder.

    *descriptions* are the last good versions after the last ``reload``, to be kept for the next start.
    *problems* are the errors of description files that cannot be used in their present version.
    """

    taxonomy: Taxonomy
    descriptions: Mapping[str, bytes]
    problems: list[ArticleError]

    def __init__(
        self,
        root: Path,
        *,
        articles: Sequence[str] = ARTICLES,
        url: str = "",
        fallback_url: str = "http://127.0.0.1:8000",
        authority: str = "",
        fixed: str = "",
        since: int = 2020,
        zone: tzinfo = UTC,
        max_bytes: int = 4 * 1024 * 1024,
        kept: Mapping[str, bytes] | None = None,
    ) -> None:
        if not os.path.isdir(root):  # Path.is_dir raises OSError for a name that is too long
            problem = "not a folder" if os.path.exists(root) else "no such folder"
            raise CorpusError(root, problem, "name the folder of the articles in corpus.path")
        self.root = root
        self._articles = tuple(articles)
        self._url = url
        self._fallback_url = fallback_url
        self._zone = zone
        self._max_bytes = max_bytes
        self._files = ArticleFiles(root, articles)
        self._authority = authority
        self._fixed = fixed
        self._since = since
        self.pictures = OwnPictures(root, fallback_url)
        self._found = self._looked = find(root)
        self.keep(kept or {})

    def __getstate__(self) -> dict[str, Any]:
        """The state needed to read articles: it includes the taxonomy, but not its source files."""
        nothing = DescriptionFiles()
        return self.__dict__ | {"_found": nothing, "_looked": nothing, "descriptions": {}, "problems": []}

    def find_descriptions(self) -> bool:
        """Find the files that describe the corpus; return whether they are unchanged since last time."""
        former, self._looked = self._looked, find(self.root, self._looked)
        return former == self._looked

    def use_descriptions(self, *, accept_removals: bool = False) -> None:
        """Put the description files found last in force.

        If a file cannot be used, its last good version stays in force. With *accept_removals*, a missing
        ``_config.yml`` and the files in missing folders are dropped.
        """
        if accept_removals or self._looked != self._found:
            self._found = self._looked
            self._settle(accept_removals=accept_removals)

    def reload(self, *, accept_removals: bool = False) -> None:
        """Find the files that describe the corpus, and put them in force."""
        self.find_descriptions()
        self.use_descriptions(accept_removals=accept_removals)

    def keep(self, kept: Mapping[str, bytes]) -> None:
        """Use *kept*, the last good versions in the store, instead of files that cannot be used."""
        self.descriptions = kept
        self._settle()

    def fix(self, authority: str) -> None:
        """Use *authority*, which the store has fixed, in ids; it has precedence over the setting."""
        self._fixed = authority
        self._set_taxonomy(self.taxonomy)

    def _settle(self, *, accept_removals: bool = False) -> None:
        made = settle(
            self._found,
            self.descriptions,
            url=self._url,
            fallback_url=self._fallback_url,
            accept_removals=accept_removals,
        )
        self.descriptions, self.problems = made.versions, made.problems
        self._set_taxonomy(made.taxonomy)

    def _set_taxonomy(self, taxonomy: Taxonomy) -> None:
        authority = self._fixed or self._authority or urlsplit(taxonomy.url).hostname or "localhost"
        self.taxonomy = msgspec.structs.replace(taxonomy, authority=authority)
        self._reader = ArticleReader(self.taxonomy, self.url, self._zone, self._since)

    @property
    def url(self) -> str:
        """The base of relative URLs in front matter."""
        return self.taxonomy.url or self._fallback_url

    @property
    def authority(self) -> str:
        """The domain in ids: the fixed one, else the setting, else the host of the corpus's URL.

        It is never the host of this server, which may change while ids must not. Without any of these, it
        is ``localhost``.
        """
        return self.taxonomy.authority

    @property
    def authority_setting(self) -> str:
        """The authority in the settings; a fixed one has precedence over it."""
        return self._authority

    @property
    def fingerprint(self) -> bytes:
        """A digest of the settings and the taxonomy, which affect the reading of unchanged files."""
        # The default patterns of all versions count as equal: added and missing files are found anyway.
        articles = (_FIRST_PATTERN, *ARTICLES[1:]) if self._articles == ARTICLES else self._articles
        # The taxonomy includes the authority, so that a store's taxonomy always matches its articles.
        return fingerprint(
            [self.taxonomy, self.url, self._since, str(self._zone), articles,
             self._max_bytes]
        )  # fmt: skip

    def holds(self, path: str) -> bool:
        """True if *path*, relative to the root, matches the patterns of articles."""
        return self._files.holds(path)

    def concerns_all(self, path: str) -> bool:
        """True if *path* is a file or folder of the taxonomy, which may affect every article."""
        return path in _FOLDERS or _TAXONOMY.match_file(path)

    def files(self, below: str = "") -> Iterator[tuple[str, Stamp] | ArticleError]:
        """Yield every article's path and stamp; see ``ArticleFiles.listed``."""
        return self._files.listed(below)

    def aside(self) -> list[str]:
        """The paths of files that look like Markdown, and that no pattern includes or excludes."""
        return self._files.aside()

    def stamp(self, path: str) -> Stamp | None:
        """The present stamp of the file at *path*, or None if there is none."""
        return self._files.stamp(path)

    def articles(self) -> Iterator[Reading]:
        """Yield the reading of every file, in the order of paths; bad files are readings too."""
        for _, source in self.sources():
            yield source.reading

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Yield the path and the source of every file, in order; the problems of others come first."""
        found = [*self.problems, *self.files()]
        yield from ((each.path, Source(b"", each)) for each in found if isinstance(each, ArticleError))
        holders: dict[str, str] = {}
        for path in sorted(each[0] for each in found if not isinstance(each, ArticleError)):
            if not (source := self.read_source(path)):
                continue
            article = source.reading
            if isinstance(article, Article) and holders.setdefault(article.id, path) != path:
                source = Source(b"", ArticleError(DUPLICATE_ID, path, 1, holder=holders[article.id]))
            yield path, source

    def read(self, path: str) -> Reading | None:
        """Read the file at *path*; return None if it no longer exists."""
        source = self.read_source(path)
        return source.reading if source else None

    def read_source(self, path: str) -> Source | None:
        """Read the file at *path*, with a digest of its bytes; return None if it no longer exists.

        The reading is an UnreadableFile if the operating system refuses to read it; the reason may be
        temporary. It is PassedOver if the file is in the root and has no field of an article.
        """
        digest = content = b""
        reading: Reading
        warnings: tuple[ArticleError, ...] = ()
        try:
            content = contents(self.root, path, self._max_bytes)
            digest = source_digest(content)
            header, body = split(path, content)
            reading = self.pictures.measure(self._reader.read(path, header, body))
            warnings = header.warnings
        except FileNotFoundError:
            return None
        except ArticleError as error:
            reading = error.detached()
        if "/" not in path and not isinstance(reading, Article | UnreadableFile):
            # README, CHANGELOG and the pages of a site are usually there.
            reading = reading if has_own_fields(content) else PassedOver(NOT_AN_ARTICLE, path, 1)
        return Source(digest, reading, warnings)

    def line(self, path: str, number: int) -> str:
        """Line *number* of the file at *path*, counted from 1; empty if it cannot be read."""
        try:
            lines = contents(self.root, path, self._max_bytes).splitlines()
        except (ArticleError, FileNotFoundError):
            return ""
        return lines[number - 1].decode(errors="replace") if 0 < number <= len(lines) else ""

    def id_of(self, path: str) -> str:
        """The id of a new article at *path* that has no id in its front matter."""
        return self._reader.id_of(path)


_TAXONOMY = patterns("/" + pattern for pattern in FILES)
_FOLDERS = {str(folder) for pattern in FILES for folder in Path(pattern).parents} - {"."}
