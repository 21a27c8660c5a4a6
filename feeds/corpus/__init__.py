"""The corpus: a folder of Markdown files, read as articles."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, tzinfo
from pathlib import Path

from feeds.article import Article, Taxonomy, fingerprint
from feeds.corpus.addresses import PageAddress
from feeds.corpus.detection import detect
from feeds.corpus.dialects.own import OWN
from feeds.corpus.files import ARTICLES, Stamp, contents
from feeds.corpus.local_files import LocalFile, LocalFiles
from feeds.corpus.local_media import with_files
from feeds.corpus.own_pictures import OwnPictures
from feeds.corpus.problems import DUPLICATE_ID, NOT_AN_ARTICLE
from feeds.corpus.reading import Reading, Source, Withheld, source_digest
from feeds.corpus.schema import Options, Schema
from feeds.corpus.schemas import AUTO, schema_of
from feeds.corpus.site import SourceSite
from feeds.errors import ArticleError, CorpusError, PassedOver, UnreadableFile

__all__ = ["ARTICLES", "READING_VERSION", "Corpus", "Reading", "Source", "Stamp", "Withheld"]

# Increased whenever a new version reads the same file differently, so that every file is read again.
READING_VERSION = 9


class Corpus:
    """The folder at *root*, and the settings for reading it. Raises CorpusError if it is not a folder.

    - *dialect*: the name of a dialect, or AUTO to detect it
    - *recorded*: the dialect that the store has recorded, if any; before AUTO, because ids depend on it
    - *url*: replaces the URL in the configuration of the site
    - *fallback_url*: the address of the server, used if there is neither
    - *zone*: the time zone of dates without one
    - *authority*, *since*: the domain and the year in ids of articles that have none (RFC 4151)
    - *fixed*: the authority that the store has fixed, if any; before *authority*
    - *permalink*: the pattern of addresses that neither files nor the site's configuration determine
    - *fields*: the keys of front matter for each field of articles
    - *kept*: the last good versions of the description files, by path
    """

    def __init__(
        self,
        root: Path,
        *,
        dialect: str = OWN.name,
        recorded: str = "",
        articles: Sequence[str] = ARTICLES,
        url: str = "",
        fallback_url: str = "http://127.0.0.1:8000",
        authority: str = "",
        fixed: str = "",
        since: int = 2020,
        zone: tzinfo = UTC,
        max_bytes: int = 4 * 1024 * 1024,
        permalink: str = "",
        fields: Mapping[str, Sequence[str]] | None = None,
        kept: Mapping[str, bytes] | None = None,
    ) -> None:
        if not os.path.isdir(root):  # Path.is_dir raises OSError for a name that is too long
            problem = "not a folder" if os.path.exists(root) else "no such folder"
            raise CorpusError(root, problem, "name the folder of the articles in corpus.path")
        self.root = root
        self._options = Options(
            root=root,
            articles=tuple(articles),
            url=url,
            fallback_url=fallback_url,
            authority=authority,
            since=since,
            zone=zone,
            max_bytes=max_bytes,
            permalink=permalink,
            fields=fields or {},
        )
        self.pictures = OwnPictures(root, fallback_url)
        self._dialect = dialect
        self._schema: Schema = schema_of(self._options, dialect, recorded, kept or {}, fixed)

    def detect_again(self) -> bool:
        """Detect the dialect again, and return whether it is another one.

        Call this only while the store has no article, because ids change.
        """
        if self._dialect != AUTO or detect(self.root) == self._schema.detected:
            return False
        self._schema = schema_of(self._options, AUTO, "", {}, "")
        return True

    @property
    def pages(self) -> int:
        """The number of files that are pages of the site, and no articles; 0 for our own schema."""
        return self._schema.pages

    @property
    def summary(self) -> str:
        """The tool and the numbers of articles, pages and drafts; empty for our own schema."""
        return self._schema.summary

    @property
    def taxonomy(self) -> Taxonomy:
        """The name of the corpus, its topics and providers."""
        return self._schema.taxonomy

    @property
    def descriptions(self) -> Mapping[str, bytes]:
        """The description files in force after the last ``reload``, to be kept for the next start."""
        return self._schema.descriptions

    @property
    def problems(self) -> list[ArticleError]:
        """The errors of description files that cannot be used in their present version."""
        return self._schema.problems

    @property
    def local(self) -> LocalFiles | None:
        """The files that articles name by a path, None if the schema has no such names."""
        return self._schema.local

    def find_descriptions(self) -> bool:
        """Find the files that describe the corpus; return whether they are unchanged since last time."""
        return self._schema.find_descriptions()

    def use_descriptions(self, *, accept_removals: bool = False) -> None:
        """Put the description files found last in force.

        If a file cannot be used, its last good version stays in force. With *accept_removals*, a missing
        configuration of the site and the files in missing folders are dropped.
        """
        self._schema.use_descriptions(accept_removals=accept_removals)

    def reload(self, *, accept_removals: bool = False) -> None:
        """Find the files that describe the corpus, and put them in force."""
        self.find_descriptions()
        self.use_descriptions(accept_removals=accept_removals)

    def keep(self, kept: Mapping[str, bytes]) -> None:
        """Use *kept*, the last good versions in the store, instead of files that cannot be used."""
        self._schema.keep(kept)

    def fix(self, authority: str) -> None:
        """Use *authority*, which the store has fixed, in ids; it has precedence over the setting."""
        self._schema.fix(authority)

    def remember(self, published: Callable[[], Iterable[str]]) -> None:
        """Keep the folders of the *published* paths, those of the articles in the store.

        A folder of mostly dated files is one of articles. It stays one if other files are added.
        """
        self._schema.remember(published)

    @property
    def url(self) -> str:
        """The base of relative URLs in front matter."""
        return self.taxonomy.url or self._options.fallback_url

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
        return self._options.authority

    @property
    def fingerprint(self) -> bytes:
        """A digest of the settings and the taxonomy, which affect the reading of unchanged files."""
        # The taxonomy includes the authority, so that a store's taxonomy always matches its articles.
        return fingerprint([self.taxonomy, *self._schema.fingerprint()])

    def holds(self, path: str) -> bool:
        """True if *path*, relative to the root, may be the file of an article."""
        return self._schema.holds(path)

    def concerns_all(self, path: str) -> bool:
        """True if *path* is a file or folder that describes the corpus, and may affect every article."""
        return self._schema.concerns_all(path)

    def watches(self, folder: str) -> bool:
        """False for a folder that cannot have a file of ours, such as ``node_modules``."""
        return self._schema.detected.can_hold(folder)

    def files(self, below: str = "") -> Iterator[tuple[str, Stamp] | ArticleError]:
        """Yield every article's path and stamp; see ``ArticleFiles.listed``."""
        return self._schema.files(below)

    def aside(self) -> list[str]:
        """The paths of files that look like Markdown, and that no pattern includes or excludes."""
        return self._schema.aside()

    def unread(self) -> dict[str, list[str]]:
        """The paths of texts in other formats than Markdown, by format: none of them is read."""
        return self._schema.unread()

    def found(self) -> Iterator[tuple[str, Stamp] | ArticleError]:
        """Yield ``problems`` and ``files``, with one error for each folder that cannot be listed."""
        yield from self.problems
        unlisted = {each.path for each in self.problems if isinstance(each, UnreadableFile)}
        for each in self.files():
            if not (isinstance(each, UnreadableFile) and each.path in unlisted):
                yield each

    def stamp(self, path: str) -> Stamp | None:
        """The present stamp of the file at *path*, or None if there is none."""
        return self._schema.stamp(path)

    def affected(self, paths: Set[str]) -> set[str]:
        """*paths*, which changed, and the paths of files that have to be read again because of them."""
        return self._schema.affected(paths)

    def articles(self) -> Iterator[Reading]:
        """Yield the reading of every file, in the order of paths; bad files are readings too."""
        for _, source in self.sources():
            yield source.reading

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Yield the path and the source of every file, in order; the problems of others come first."""
        found = [*self.found()]
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
            content = contents(self.root, path, self._options.max_bytes)
            digest = source_digest(content)
            read, warnings = self._schema.read(path, content)
            reading = self._with_files(path, self.pictures.measure(read))
        except FileNotFoundError:
            return None
        except ArticleError as error:
            reading = error.detached()
        if "/" not in path and not isinstance(reading, Article | UnreadableFile):
            # README, CHANGELOG and the pages of a site are usually there.
            is_article = self._schema.is_article(content.replace(b"\0", b""))  # also in UTF-16
            reading = reading if is_article else PassedOver(NOT_AN_ARTICLE, path, 1)
        return Source(digest, reading, warnings)

    def digest(self, path: str) -> bytes:
        """The digest of the file at *path*, as ``read_source`` returns it; empty if it cannot be read."""
        try:
            return source_digest(contents(self.root, path, self._options.max_bytes))
        except (ArticleError, FileNotFoundError):
            return b""

    def _with_files(self, path: str, reading: Reading) -> Reading:
        """Return *reading* with the files that it names, if it is an article."""
        if not (self.local and isinstance(reading, Article)):
            return reading
        return with_files(reading, self.local, path)

    def address_of(self, path: str) -> PageAddress | None:
        """The address of the article at *path* with its rule, or None in our own schema."""
        return self._schema.address_of(path)

    def file_at(self, url: str) -> LocalFile | None:
        """The picture, audio or video of the corpus at *url* of the site or of this server, or None."""
        bases = (base.rstrip("/") for base in (self.url, self._options.fallback_url))
        base = next((base for base in bases if url.startswith(f"{base}/")), None)
        files = self.local or LocalFiles(self.root, SourceSite(dialect=""), self._options.fallback_url)
        return None if base is None else files.find(url.removeprefix(base), "")

    def line(self, path: str, number: int) -> str:
        """Line *number* of the file at *path*, counted from 1; empty if it cannot be read."""
        try:
            lines = contents(self.root, path, self._options.max_bytes).splitlines()
        except (ArticleError, FileNotFoundError):
            return ""
        return lines[number - 1].decode(errors="replace") if 0 < number <= len(lines) else ""

    def id_of(self, path: str) -> str:
        """The id of a new article at *path* that has no id in its front matter."""
        return self._schema.id_of(path)
