"""The schema of this project: articles with ``webUrl``; topics and providers in ``_data``."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import msgspec

from feeds.article import Article, Taxonomy
from feeds.corpus.article_reader import ArticleReader
from feeds.corpus.described import DescribedFolder
from feeds.corpus.descriptions import DescriptionFiles, find, settle
from feeds.corpus.detection import Detected
from feeds.corpus.dialects.own import OWN
from feeds.corpus.fields import has_own_fields
from feeds.corpus.files import ARTICLES, ArticleFiles, Stamp, patterns
from feeds.corpus.front_matter import split
from feeds.corpus.local_files import LocalFiles
from feeds.corpus.reading import Withheld
from feeds.corpus.schema import Options
from feeds.corpus.taxonomy import FILES
from feeds.errors import ArticleError

_FIRST_PATTERN = "*/**/*.md"  # the first of the default patterns in the first versions


class OwnSchema(DescribedFolder[DescriptionFiles]):
    """See Schema."""

    detected = Detected(OWN)
    summary = ""
    pages = 0
    taxonomy: Taxonomy
    problems: list[ArticleError]
    local: LocalFiles | None = None

    def __init__(self, options: Options, kept: Mapping[str, bytes], fixed: str) -> None:
        self._files = ArticleFiles(options.root, options.articles)
        super().__init__(options, kept, fixed)

    def __getstate__(self) -> dict[str, Any]:
        """The state needed to read articles: it includes the taxonomy, but not its source files."""
        nothing = DescriptionFiles()
        return self.__dict__ | {"_found": nothing, "_looked": nothing, "descriptions": {}, "problems": []}

    def _find(self, before: DescriptionFiles | None) -> DescriptionFiles:
        return find(self._options.root, before)

    def _settle(self, *, accept_removals: bool = False) -> None:
        made = settle(
            self._found,
            self.descriptions,
            url=self._options.url,
            fallback_url=self._options.fallback_url,
            accept_removals=accept_removals,
        )
        self.descriptions, self.problems = made.versions, made.problems
        self.taxonomy = made.taxonomy
        self._use()

    def _use(self) -> None:
        options, authority = self._options, self._authority(self.taxonomy.url)
        self.taxonomy = msgspec.structs.replace(self.taxonomy, authority=authority)
        self._reader = ArticleReader(self.taxonomy, self._url, options.zone, options.since)

    @property
    def _url(self) -> str:
        return self.taxonomy.url or self._options.fallback_url

    def remember(self, published: Callable[[], Iterable[str]]) -> None:
        pass  # the pattern of articles names their folders

    def fingerprint(self) -> list[object]:
        options, articles = self._options, self._options.articles
        # The default patterns of all versions count as equal: added and missing files are found anyway.
        articles = (_FIRST_PATTERN, *ARTICLES[1:]) if articles == ARTICLES else articles
        return [self._url, options.since, str(options.zone), articles, options.max_bytes]

    def concerns_all(self, path: str) -> bool:
        return path in _FOLDERS or _TAXONOMY.match_file(path)

    def holds(self, path: str) -> bool:
        return self._files.holds(path)

    def files(self, below: str) -> Iterator[tuple[str, Stamp] | ArticleError]:
        return self._files.listed(below)

    def stamp(self, path: str) -> Stamp | None:
        return self._files.stamp(path)

    def affected(self, paths: Set[str]) -> set[str]:
        return {*paths}

    def aside(self) -> list[str]:
        return self._files.aside()

    def unread(self) -> dict[str, list[str]]:
        return self._files.unread()

    def read(self, path: str, content: bytes) -> tuple[Article | Withheld, tuple[ArticleError, ...]]:
        header, body = split(path, content)
        reading = self._reader.read(path, header, body)
        return reading, header.warnings

    def address_of(self, path: str) -> None:  # noqa: ARG002
        return None

    def is_article(self, content: bytes) -> bool:
        return has_own_fields(content)

    def id_of(self, path: str) -> str:
        return self._reader.id_of(path)


_TAXONOMY = patterns("/" + pattern for pattern in FILES)
_FOLDERS = {str(folder) for pattern in FILES for folder in Path(pattern).parents} - {"."}
