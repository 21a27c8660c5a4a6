"""The schema of a site generator: its posts are articles, found by a survey of all files."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any
from urllib.parse import urlsplit

import msgspec

from feeds.article import Article, Taxonomy, fingerprint
from feeds.corpus import problems
from feeds.corpus.address_rules import rule_of
from feeds.corpus.addresses import PageAddress, PageAddresses
from feeds.corpus.by_example import by_example, links_in
from feeds.corpus.described import DescribedFolder
from feeds.corpus.descriptions import DescriptionFile
from feeds.corpus.detection import Detected
from feeds.corpus.files import ARTICLES, ArticleFiles, Stamp, contents, patterns
from feeds.corpus.front_matter import Header
from feeds.corpus.header_syntax import split_any
from feeds.corpus.local_files import LocalFiles
from feeds.corpus.local_media import LocalPictures
from feeds.corpus.posts import PostReader, PostSchema, head_of, section_of
from feeds.corpus.reading import Withheld
from feeds.corpus.references import targets
from feeds.corpus.schema import Options
from feeds.corpus.site import FileHead
from feeds.corpus.site_descriptions import EXCLUDED, MARKUP, find, settle
from feeds.corpus.site_reading import describe, site_files
from feeds.corpus.survey import SiteSurvey, Surveyed, survey
from feeds.errors import ArticleError, counted

# Every file that may be an article of some tool.
CANDIDATES = tuple(f"*.{extension}" for extension in MARKUP)
_POSITIVE = (1 << 62) - 1
_IN_ITS_LANGUAGE = frozenset({"description"})  # texts that a translation does not take over

SiteFiles = Mapping[str, DescriptionFile]


class SiteSchema(DescribedFolder[SiteFiles]):
    """See Schema. *detected* is the dialect of the folder."""

    taxonomy: Taxonomy
    problems: list[ArticleError]
    local: LocalFiles | None
    _local: LocalFiles

    def __init__(
        self, options: Options, detected: Detected, kept: Mapping[str, bytes], fixed: str
    ) -> None:
        self.detected = detected
        self._surveyed: dict[str, Surveyed] = {}
        self._survey: SiteSurvey | None = None
        self._published: Callable[[], Iterable[str]] = tuple
        self._addresses: PageAddresses | None = None  # those of the last survey
        self._site_digest = b""
        super().__init__(options, kept, fixed)

    def __getstate__(self) -> dict[str, Any]:
        """The state needed to read articles, without the files that describe the site."""
        self.survey()
        return self.__dict__ | {
            "_found": {}, "_looked": {}, "_surveyed": {}, "_addresses": None, "descriptions": {},
            "problems": [], "_published": tuple,
        }  # fmt: skip

    @property
    def pages(self) -> int:
        return self.survey().count("page")

    @property
    def summary(self) -> str:
        survey = self.survey()
        counts = [
            counted(survey.count("article") + survey.count("undated"), "article"),
            counted(survey.count("page"), "page"),
            counted(survey.count("draft"), "draft"),
        ]
        return f"{describe(self.detected.dialect, self._site)}, {', '.join(counts)}"

    def _find(self, before: SiteFiles | None) -> SiteFiles:
        return find(self._options.root, self.detected, before or {})

    def _settle(self, *, accept_removals: bool = False) -> None:
        made = settle(self.detected, self._found, self.descriptions, accept_removals=accept_removals)
        self.descriptions, self.problems = made.versions, made.problems
        url = self._options.url or made.site.url
        self._site = msgspec.structs.replace(made.site, url=url)
        self._use()

    def _use(self) -> None:
        site, options, dialect = self._site, self._options, self.detected.dialect
        authority = self._authority(site.url)
        digest = fingerprint([site, authority])
        if digest == self._site_digest:
            self._local.forget()
            return
        self.taxonomy = Taxonomy(
            title=site.title or urlsplit(site.url).netloc,
            description=site.description,
            url=site.url,
            language=site.language,
            authority=authority,
            dialect=dialect.name,
        )
        articles = site.articles if options.articles == ARTICLES else options.articles
        excluded = [f"!{line}" for line in site.others]
        # In a folder, a README is the page of the folder for some generators.
        readme = "!/README.md" if "readme" in rule_of(dialect).layout.indexes else "!README.md"
        self._files = ArticleFiles(options.root, [*CANDIDATES, readme, *EXCLUDED, *excluded])
        self._wanted = self._articles = patterns(articles) if articles else None
        self._or_dated = dialect.or_dated and options.articles == ARTICLES
        self._drafts = patterns(site.drafts)
        self._described = patterns(site_files(dialect, self.detected.folder))
        self._posts = PostSchema(
            site, dialect, zone=options.zone, fields=options.fields, permalink=options.permalink
        )
        self.local = self._local = LocalFiles(options.root, site, options.fallback_url)
        self._site_digest, self._surveyed = digest, {}
        self._survey = self._addresses = None  # they refer to the objects above

    def remember(self, published: Callable[[], Iterable[str]]) -> None:
        self._published, self._survey = published, None

    def fingerprint(self) -> list[object]:
        options = self._options
        return [
            options.url, options.since, str(options.zone), options.articles, options.max_bytes,
            options.permalink, dict(options.fields),
        ]  # fmt: skip

    def concerns_all(self, path: str) -> bool:
        return bool(self._described.match_file(path))

    def holds(self, path: str) -> bool:
        return self._files.holds(path)

    def files(self, below: str) -> Iterator[tuple[str, Stamp] | ArticleError]:
        found = self._listed(below)
        self._look(found, below)
        contexts = self.survey().contexts
        for each in found:
            if isinstance(each, ArticleError):
                yield each
            elif self._is_read(each[0]):
                yield each[0], each[1].in_context(contexts[each[0]] + self._is_expired(each[0]))

    def _listed(self, below: str = "") -> list[tuple[str, Stamp] | ArticleError]:
        return [
            each if isinstance(each, ArticleError) else (each[0], self._stamped(*each))
            for each in self._files.listed(below)
        ]

    def stamp(self, path: str) -> Stamp | None:
        found = self._stamp(path)
        survey = self.survey()
        if not found or not self._is_read(path):
            return None
        return found.in_context(survey.contexts[path] + self._is_expired(path))

    def affected(self, paths: Set[str]) -> set[str]:
        before = self.survey().contexts
        changed = {path for path in paths if self._files.holds(path)} | self._beside(paths)
        stamps = {path: stamp for path in changed if (stamp := self._stamp(path))}
        if self._wanted and not self._articles and any(map(self._wanted.match_file, changed)):
            self._look(self._listed(), "")
        self._replace(stamps, changed - stamps.keys())
        now = self.survey().contexts
        affected = {path for path in now if before.get(path) != now[path] and self._is_read(path)}
        return {*paths} | changed | affected

    def _beside(self, paths: Set[str]) -> set[str]:
        """The files with fields in one of *paths*."""
        dialect = self.detected.dialect
        if not (dialect.sidecar or dialect.translates):
            return set()
        return {path for path in self._surveyed if not paths.isdisjoint(self._sources(path))}

    def aside(self) -> list[str]:
        return self._files.aside()

    def unread(self) -> dict[str, list[str]]:
        return self._files.unread()

    def read(self, path: str, content: bytes) -> tuple[Article | Withheld, tuple[ArticleError, ...]]:
        header, body = self._split(path, content)
        is_page = self.survey().kind(path) == "page"
        if header.is_empty and not (is_page or body.strip()):
            raise ArticleError(problems.EMPTY, path, 1)
        return self._reader.read(path, header, body), header.warnings

    def address_of(self, path: str) -> PageAddress | None:
        return self.survey().addresses.get(path)

    def is_article(self, content: bytes) -> bool:  # noqa: ARG002
        return True

    def id_of(self, path: str) -> str:
        self.survey()
        return self._reader.id_of(path)

    def survey(self) -> SiteSurvey:
        """The survey of all files."""
        if self._survey is None:
            if not self._surveyed:
                self._look(self._listed(), "")
            self._survey = self._made_survey()
            self._reader = PostReader(
                self._posts,
                self._survey,
                authority=self.taxonomy.authority,
                since=self._options.since,
                pictures=LocalPictures(self._local),
                media=self._local,
                references=self._survey.references,
            )
        return self._survey

    def _look(self, found: Iterable[tuple[str, Stamp] | ArticleError], below: str) -> None:
        """Survey the files among *found* that changed; these are all files in the folder *below*."""
        stamps = dict(each for each in found if isinstance(each, tuple))
        if not below:
            self._choose(stamps)
        prefix = f"{below}/" if below else ""
        gone = {path for path in self._surveyed if path not in stamps and path.startswith(prefix)}
        known = self._surveyed
        changed = {
            path: stamp
            for path, stamp in stamps.items()
            if path not in known or known[path].stamp != stamp
        }
        self._replace(changed, gone)

    def _choose(self, paths: Iterable[str]) -> None:
        """Take dated files for articles if none of all *paths* is in the folders of articles."""
        is_empty = self._wanted and self._or_dated and not any(map(self._wanted.match_file, paths))
        articles = None if is_empty else self._wanted
        if articles is not self._articles:
            self._articles, self._surveyed, self._survey = articles, {}, None

    def _replace(self, changed: Mapping[str, Stamp], gone: Set[str]) -> None:
        for path in gone & self._surveyed.keys():
            del self._surveyed[path]
            self._survey = None
        for path, stamp in changed.items():
            former, made = self._surveyed.get(path), self._surveyed_at(path, stamp)
            self._surveyed[path] = made
            if not (former and made.has_facts_of(former)):
                self._survey = None

    def _surveyed_at(self, path: str, stamp: Stamp) -> Surveyed:
        """The facts of the file at *path*; a file outside of the article folders is not read."""
        is_candidate = not self._articles or self._articles.match_file(path)
        if not (is_candidate or self._drafts.match_file(path)):
            return Surveyed(stamp, FileHead(path=path, status="page"))
        is_html = path.endswith((".html", ".htm"))
        content = b""
        try:
            content = contents(self._options.root, path, self._options.max_bytes)
            header, body = self._split(path, content)
        except (ArticleError, FileNotFoundError):
            has_fields = content.startswith(b"---") or any(map(self._files.stamp, self._sources(path)))
            is_page = is_html and content and not has_fields
            return Surveyed(stamp, FileHead(path=path, status="page") if is_page else None)
        if header.is_empty and is_html:
            return Surveyed(stamp, FileHead(path=path, status="page"))
        head = head_of(self._posts, path, header, body)
        return Surveyed(stamp, head, targets(body), tuple(links_in(body)))

    def _split(self, path: str, content: bytes) -> tuple[Header, str]:
        """The header and body of a file, with the fields of its other files. Raises ArticleError."""
        header, body = split_any(path, content, self._content(self._sidecar(path)))
        original = self._original(path)
        if (text := self._content(original)) is not None:
            of_original, _ = split_any(original, text, self._content(self._sidecar(original)))
            header.inherited = {
                name: value for name, value in of_original.fields.items() if name not in _IN_ITS_LANGUAGE
            }
        return header, body

    def _content(self, path: str) -> bytes | None:
        """The content of a file with fields of another file, or None if there is no such file."""
        try:
            return contents(self._options.root, path, self._options.max_bytes) if path else None
        except FileNotFoundError:
            return None

    def _sidecar(self, path: str) -> str:
        """The path of the file beside the one at *path* with its fields, or empty."""
        ending = self.detected.dialect.sidecar
        return os.path.splitext(path)[0] + ending if ending else ""

    def _original(self, path: str) -> str:
        """The path of the file that the one at *path* may be a translation of, or empty."""
        if not self.detected.dialect.translates:
            return ""
        stem, ending = os.path.splitext(path)
        original, language = os.path.splitext(stem)
        return original + ending if language[1:] in self._site.languages else ""

    def _sources(self, path: str) -> tuple[str, ...]:
        """The paths of the other files with fields of the one at *path*."""
        original = self._original(path)
        own, inherited = self._sidecar(path), self._sidecar(original) if original else ""
        return tuple(filter(None, (own, original, inherited)))

    def _stamped(self, path: str, stamp: Stamp) -> Stamp:
        """*stamp* of the file at *path*, which also changes with its other files."""
        others = tuple(filter(None, map(self._files.stamp, self._sources(path))))
        return stamp.in_context(hash(others) & _POSITIVE) if others else stamp

    def _stamp(self, path: str) -> Stamp | None:
        stamp = self._files.stamp(path)
        return self._stamped(path, stamp) if stamp else None

    def _is_expired(self, path: str) -> bool:
        """True if the file at *path* has an expiry in the past: it is read again once that is so."""
        head = self._surveyed[path].head
        return bool(head and head.expires and head.expires.timestamp() <= time.time())

    def _is_read(self, path: str) -> bool:
        return self.survey().kinds.get(path, "page") != "page"

    def _made_survey(self) -> SiteSurvey:
        site, dialect = self._site, self.detected.dialect
        heads = [file.head for file in self._surveyed.values() if file.head]
        links = (link for file in self._surveyed.values() for link in file.links)
        example = by_example(links, heads, site, dialect)
        if not self._addresses or self._addresses.example != example:
            self._addresses = PageAddresses(
                site, dialect, example=example, setting=self._options.permalink
            )
        return survey(
            self._surveyed,
            in_article_folder=self._articles.match_file if self._articles else None,
            published=self._published,
            is_draft=self._drafts.match_file,
            addresses_of=self._addresses.of_all,
            section_of=lambda path: section_of(path, site),
            content=site.content,
            asset=self._local.address,
            site=self._site_digest,
        )
