"""A folder of Markdown -> articles."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec
import pathspec
from msgspec import Struct

from feeds.article import Article, Provider, Related, Taxonomy, fingerprint, slugify
from feeds.corpus.described import Found, find, settle
from feeds.corpus.front_matter import Header, contents, parse_date, printable, split
from feeds.corpus.images import read_images
from feeds.corpus.markdown import excerpt, plain, to_html
from feeds.corpus.taxonomy import FILES, domain_of, smallest
from feeds.corpus.urls import absolute
from feeds.errors import ArticleError, CorpusError, UnreadableFile

# Which files are articles, in the syntax of .gitignore: the last line that matches decides.
ARTICLES = (
    "*/**/*.md",
    "!_data/", "!_drafts/", "!_includes/", "!_layouts/", "!_sass/", "!_site/",
    "!.*/", "!node_modules/", "!README.md",
)  # fmt: skip

# Raised whenever the same file would be read as something else, so that stores read again.
EDITION = 2


class Stamp(NamedTuple):
    """What ``stat`` says of a file; it is read again when any of it changes."""

    modified: int  # nanoseconds
    size: int
    inode: int


class Withheld(Struct, frozen=True):
    """A file that is in order and says itself that it is not to be seen."""

    path: str
    reason: str


Reading = Article | Withheld | ArticleError


class Source(Struct, frozen=True):
    """One file that was read: its reading, and a digest of its bytes.

    *digest* is BLAKE2b of 16 bytes; it is empty where the content could not be read.
    """

    digest: bytes
    reading: Reading


class Corpus:
    """The folder at *root* and how it is read.

    *url* takes the place of the one in ``_config.yml``, *fallback_url* stands in where there is
    neither; *zone* is that of dates without one; *authority* and *since* make the ids of articles
    that have none (RFC 4151). *fixed* is the authority that the store has fixed, if any, and goes before
    *authority*. *kept* are the last good versions of the files that describe the corpus, by path.
    Raises CorpusError where *root* is no folder.

    *described* are the last good versions after the last ``reload``, to be kept for the next start.
    *problems* are the files that describe the corpus and cannot be used as they are now.
    """

    taxonomy: Taxonomy
    described: Mapping[str, bytes]
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
        if not root.is_dir():
            raise CorpusError(root, "no such folder" if not root.exists() else "not a folder")
        self.root = root
        self._articles = tuple(articles)
        self._url = url
        self._fallback_url = fallback_url
        self._zone = zone
        self._max_bytes = max_bytes
        self._spec = _patterns(articles)
        self._pruned = _patterns(
            line[1:] for line in articles if line.startswith("!") and line.endswith("/")
        )
        self._authority = authority
        self._fixed = fixed
        self._since = since
        self._found = self._looked = find(root)
        self.keep(kept or {})

    def __getstate__(self) -> dict[str, Any]:
        """The state needed to read articles: the taxonomy, without the files it was made from."""
        nothing = Found()
        return self.__dict__ | {"_found": nothing, "_looked": nothing, "described": {}, "problems": []}

    def find_descriptions(self) -> bool:
        """Find the files that describe the corpus; return whether they are as at the last call."""
        former, self._looked = self._looked, find(self.root, self._looked)
        return former == self._looked

    def use_descriptions(self, *, accept_removals: bool = False) -> None:
        """Put the files that were found last in force.

        The last good version of a file that cannot be used stays in force. With *accept_removals*, a
        missing ``_config.yml`` and the files in missing folders are dropped.
        """
        if accept_removals or self._looked != self._found:
            self._found = self._looked
            self._settle(accept_removals=accept_removals)

    def reload(self, *, accept_removals: bool = False) -> None:
        """Find the files that describe the corpus, and put them in force."""
        self.find_descriptions()
        self.use_descriptions(accept_removals=accept_removals)

    def keep(self, kept: Mapping[str, bytes]) -> None:
        """Use *kept*, the last good versions in the store, in place of files that cannot be used."""
        self.described = kept
        self._settle()

    def fix(self, authority: str) -> None:
        """Make ids of *authority*, which the store has fixed, whatever the settings are."""
        self._fixed = authority
        self._set_taxonomy(self.taxonomy)

    def _settle(self, *, accept_removals: bool = False) -> None:
        made = settle(
            self._found,
            self.described,
            url=self._url,
            fallback_url=self._fallback_url,
            accept_removals=accept_removals,
        )
        self.described, self.problems = made.versions, made.problems
        self.__dict__.pop("_organizations", None)
        self._set_taxonomy(made.taxonomy)

    def _set_taxonomy(self, taxonomy: Taxonomy) -> None:
        authority = self._fixed or self._authority or urlsplit(taxonomy.url).hostname or "localhost"
        self.taxonomy = msgspec.structs.replace(taxonomy, authority=authority)

    @property
    def url(self) -> str:
        """What relative addresses in front matter are relative to."""
        return self.taxonomy.url or self._fallback_url

    @property
    def authority(self) -> str:
        """The domain that ids are made of: as fixed, else the setting, else the host of the corpus's url.

        Never the host of this server, which may move while ids may not; ``localhost`` where there is
        nothing else.
        """
        return self.taxonomy.authority

    @property
    def authority_setting(self) -> str:
        """The authority that the settings ask for; a fixed one goes before it."""
        return self._authority

    @property
    def fingerprint(self) -> bytes:
        """Changes whenever settings or the taxonomy let unchanged files be read differently."""
        # With the authority, as part of the taxonomy: a store always has the taxonomy of its articles.
        return fingerprint(
            [self.taxonomy, self.url, self._since, str(self._zone), self._articles,
             self._max_bytes]
        )  # fmt: skip

    def holds(self, path: str) -> bool:
        """Whether *path*, relative to the root, is where an article would be."""
        return self._spec.match_file(path)

    def concerns_all(self, path: str) -> bool:
        """Whether *path* is part of the taxonomy, or a folder of it: every article may depend on it."""
        return path in _FOLDERS or _TAXONOMY.match_file(path)

    def files(self, below: str = "") -> Iterator[tuple[str, Stamp] | ArticleError]:
        """Every article's path and stamp, in the same order everywhere; links are followed once.

        A folder is read under its own name, whatever links to it. A folder that cannot be listed is an
        UnreadableFile with the path of the folder, ``.`` for the root: nothing is known about the files
        below it.
        """
        seen: set[tuple[int, int]] = set()
        folders, links = [below], list[str]()
        while folders or links:
            folder = folders.pop() if folders else links.pop(0)
            try:
                info = (self.root / folder).stat()
                if (info.st_dev, info.st_ino) in seen:
                    yield ArticleError(folder, 0, "a link to a folder that is read already")
                    continue
                seen.add((info.st_dev, info.st_ino))
                with os.scandir(self.root / folder) as entries:
                    members = sorted(entries, key=lambda entry: entry.name)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield UnreadableFile(folder or ".", 0, f"cannot be read: {error.strerror}")
                continue
            inner: list[str] = []
            for entry in members:
                path = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    if entry.is_dir():
                        if not self._pruned.match_file(path + "/"):
                            (links if entry.is_symlink() else inner).append(path)
                    elif self.holds(path) and (found := self._stamp(path, entry.stat())):
                        yield found
                except FileNotFoundError:
                    if entry.is_symlink() and self.holds(path):
                        yield ArticleError(path, 0, "a link that leads nowhere")
                except OSError as error:
                    yield UnreadableFile(printable(path), 0, f"cannot be read: {error.strerror}")
                except UnicodeError:
                    yield ArticleError(ascii(path)[1:-1], 0, "the file's name is not UTF-8")
            folders.extend(reversed(inner))

    def stamp(self, path: str) -> Stamp | None:
        """The stamp of the file at *path* now, None where there is none."""
        try:
            found = self._stamp(path, (self.root / path).stat())
        except (OSError, ValueError):
            return None
        return found[1] if isinstance(found, tuple) else None

    def _stamp(self, path: str, info: os.stat_result) -> tuple[str, Stamp] | ArticleError:
        path.encode()  # a name that is not UTF-8 cannot be an id
        if not stat.S_ISREG(info.st_mode):
            return ArticleError(path, 0, "not a regular file")
        return path, Stamp(info.st_mtime_ns, info.st_size, info.st_ino)

    def articles(self) -> Iterator[Reading]:
        """Every article, or why it is none, by path; never stops at a bad file."""
        yield from self.problems
        paths = []
        for found in self.files():
            if isinstance(found, ArticleError):
                yield found
            else:
                paths.append(found[0])
        holders: dict[str, str] = {}
        for path in sorted(paths):
            reading = self.read(path)
            if isinstance(reading, Article) and holders.setdefault(reading.id, path) != path:
                reading = ArticleError(
                    path, 1, f"has the id of {holders[reading.id]}, which is syndicated"
                )
            if reading:
                yield reading

    def read(self, path: str) -> Reading | None:
        """The file at *path*, None where it is gone by now."""
        source = self.read_source(path)
        return source.reading if source else None

    def read_source(self, path: str) -> Source | None:
        """The file at *path* with a digest of its bytes, None where it is gone by now.

        The reading is an UnreadableFile where the operating system refuses the content, perhaps for the
        moment only.
        """
        digest = b""
        try:
            content = contents(self.root, path, self._max_bytes)
            digest = blake2b(content, digest_size=16).digest()
            return Source(digest, self._read(path, *split(path, content)))
        except FileNotFoundError:
            return None
        except ArticleError as error:
            return Source(digest, error)

    def _read(self, path: str, header: Header, markdown: str) -> Article | Withheld:
        if header.flag("removed", default=False):
            return Withheld(path, "removed: true")
        if not header.flag("published", default=True):
            return Withheld(path, "published: false")
        title = plain(header.text("title")) or plain(header.text("name"))
        if not title:
            raise header.error("title", "an article needs a title or a name")
        if len(title) > 1000:
            raise header.error("title", f"{len(title):,} characters, at most 1,000")
        link = self._link(header)
        published = header.date("publishedDateTime", self._zone) or self._date_in_name(path)
        if not published:
            raise header.error(
                "publishedDateTime", "missing, and the file name does not begin with a date"
            )
        changed = header.date("modifiedDateTime", self._zone) or published
        provider, authors = self._provider(header, link)
        try:
            html = to_html(markdown, header.text("featuredContent"), title, link)
        except ValueError as error:
            raise ArticleError(path, header.last_line + 1, f"the body: {error}") from error
        return Article(
            id=self._id(path, header.text("id").strip()),
            title=title,
            url=link,
            published=published,
            updated=max(published, changed),
            provider=provider,
            authors=authors,
            topics=tuple(name for name in header.names("topics") if slugify(name)),
            summary=plain(header.text("excerpt")) or excerpt(html),
            html=html,
            images=read_images(header, header.mappings("images"), self.url),
            language=header.language("language", "lang", "locale"),
            type=slugify(header.text("type")),
            related=self._related(header),
            quality=header.number("quality"),
            heat=header.number("heat"),
        )

    def line(self, path: str, number: int) -> str:
        """Line *number* of the file at *path*, counted from 1; empty where it cannot be read."""
        try:
            lines = contents(self.root, path, self._max_bytes).splitlines()
        except (ArticleError, FileNotFoundError):
            return ""
        return lines[number - 1].decode(errors="replace") if 0 < number <= len(lines) else ""

    def id_of(self, path: str) -> str:
        """The id an article at *path* gets when it has none of its own and is new."""
        return self._tag(path.removesuffix(".md").lstrip("_"))

    def _id(self, path: str, own: str) -> str:
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", own):
            return own
        return self._tag(own) if own else self.id_of(path)

    def _tag(self, name: str) -> str:
        return f"tag:{self.authority},{self._since}:{quote(name, safe='/-._~')}"

    def _link(self, header: Header) -> str:
        for key in ("webUrl", "originalUrl"):
            if written := header.text(key):
                try:
                    return absolute(written, self.url)
                except (ValueError, UnicodeError):
                    reason = f"{written[:80]!r} is not an http or https address"
                    raise header.error(key, reason) from None
        raise header.error("webUrl", "an article needs a webUrl or an originalUrl")

    def _date_in_name(self, path: str) -> datetime | None:
        found = re.match(r"(\d{4}-\d{2}-\d{2})(?!\d)", path.rpartition("/")[2])
        try:
            return parse_date(found[1], self._zone) if found else None
        except (ValueError, OverflowError):
            return None

    def _provider(self, header: Header, link: str) -> tuple[Provider | None, tuple[str, ...]]:
        fields = header.mapping("provider")
        if not fields:
            return None, ()
        name = plain(header.text("name", fields, "provider."))
        domain = domain_of(header.text("domain", fields, "provider."))
        domain = domain or (urlsplit(link).hostname or "").removeprefix("www.")
        known = self._organizations.get(domain)
        images = header.mappings("images", fields, "provider.")
        pictures = read_images(header, images, self.url, "provider.images")
        authors = tuple(
            author
            for item in header.mappings("authors", fields, "provider.")
            if (author := plain(header.text("name", item, "provider.authors.")))
        )
        return (
            Provider(
                domain,
                name or (known.name if known else domain),
                known.url if known else absolute(f"https://{domain}/", ""),
                (known.logo if known else None) or smallest(pictures),
                known.content if known else "",
            ),
            authors,
        )

    @cached_property
    def _organizations(self) -> dict[str, Provider]:
        return {provider.domain: provider for provider in self.taxonomy.organizations}

    def _related(self, header: Header) -> tuple[Related, ...]:
        related = []
        for item in header.mappings("related"):
            title = plain(header.text("title", item, "related."))
            link = header.text("webUrl", item, "related.") or header.text("originalUrl", item, "related.")
            provider = item.get("provider")
            within = provider if isinstance(provider, dict) else {}
            name = plain(header.text("name", within, "related.provider."))
            try:
                url = absolute(link, self.url) if link else ""
            except (ValueError, UnicodeError):
                url = ""
            if title and url:
                published = header.date("publishedDateTime", self._zone, item, "related.")
                related.append(Related(title, url, name, published))
        return tuple(related)


def _patterns(lines: Iterable[str]) -> pathspec.PathSpec[Any]:
    return pathspec.PathSpec.from_lines("gitignore", lines)


_TAXONOMY = _patterns("/" + pattern for pattern in FILES)
_FOLDERS = {str(folder) for pattern in FILES for folder in Path(pattern).parents} - {"."}
