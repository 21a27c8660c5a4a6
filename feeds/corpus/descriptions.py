"""The files that describe the corpus, and the version of each that is in force.

A bad version never replaces a good one: the last good version stays in force until the file is repaired
or deleted.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from feeds.article import Provider, Taxonomy, Topic
from feeds.corpus import problems
from feeds.corpus.files import contents, is_hidden, unreadable
from feeds.corpus.taxonomy import FILES, read_config, read_organization, read_topic, taxonomy_of
from feeds.errors import ArticleError, UnreadableFile

T = TypeVar("T")

MAX_BYTES = 1024 * 1024  # of one file

CONFIG, TOPICS, ORGANIZATIONS = FILES


class DescriptionFile(Struct, frozen=True):
    """One file on disk; *content* is its bytes, or the error of reading it."""

    stamp: tuple[int, ...]
    content: bytes | ArticleError


class DescriptionFiles(Struct, frozen=True):
    """The description files of a corpus on disk.

    *files* are by path. *missing* maps each folder that does not exist to the outermost missing folder,
    and *refused* maps each folder that cannot be listed to the error.
    """

    files: dict[str, DescriptionFile] = {}
    missing: dict[str, str] = {}
    refused: dict[str, UnreadableFile] = {}


class Descriptions(Struct, frozen=True):
    """The taxonomy in force, with the raw bytes of the last good version of each file, by path."""

    taxonomy: Taxonomy
    versions: dict[str, bytes]
    problems: list[ArticleError]


def find(root: Path, before: DescriptionFiles | None = None) -> DescriptionFiles:
    """Read the files that describe the corpus at *root*, except those unchanged since *before*."""
    known = before.files if before else {}
    files: dict[str, DescriptionFile] = {}
    missing: dict[str, str] = {}
    refused: dict[str, UnreadableFile] = {}
    for pattern in FILES:
        folder = _folder(pattern)
        try:
            for path in _members(root, pattern) if folder else _config(root):
                if file := read_file(root, path, known.get(path)):
                    files[path] = file
        except (FileNotFoundError, NotADirectoryError):
            parent = _folder(folder) or folder
            missing[folder] = folder if os.path.isdir(root / parent) else parent
        except OSError as error:
            refused[folder] = unreadable(folder, error)
    return DescriptionFiles(files, missing, refused)


def _members(root: Path, pattern: str) -> list[str]:
    folder = _folder(pattern)
    # Not pathlib's glob: it yields nothing for a folder that cannot be listed.
    return sorted(
        path
        for name in os.listdir(root / folder)
        if _is_one(path := f"{folder}/{name}", pattern) and not is_hidden(name)
    )


def _config(root: Path) -> list[str]:
    try:
        os.lstat(root / CONFIG)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError:
        pass  # reading the file raises the reason
    return [CONFIG]


def read_file(root: Path, path: str, before: DescriptionFile | None) -> DescriptionFile | None:
    """Read the file at *path* unless it is unchanged since *before*; return None if there is none."""
    stamp = _stamp(root / path)
    if before and before.stamp == stamp and not isinstance(before.content, UnreadableFile):
        return before
    try:
        return DescriptionFile(stamp, contents(root, path, MAX_BYTES))
    except FileNotFoundError:
        if os.path.islink(root / path):
            return DescriptionFile(stamp, ArticleError(problems.DANGLING_LINK, path))
        os.stat((root / path).parent)  # raises FileNotFoundError if the folder is gone too
        return None
    except ArticleError as error:
        # The frames of the traceback hold *before*, and with it the errors of all former attempts.
        return DescriptionFile(stamp, error.detached())


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        info = file.stat()
    except OSError:
        return ()
    # Includes the ctime, because a change of permissions changes no other of these values.
    return info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_dev, info.st_ino


def settle(
    found: DescriptionFiles,
    kept: Mapping[str, bytes],
    *,
    url: str = "",
    fallback_url: str = "",
    accept_removals: bool = False,
) -> Descriptions:
    """Decide which version of each file is in force, given the last good versions in *kept*.

    *url* replaces ``url`` + ``baseurl`` from ``_config.yml``. Pictures of providers and podcasts are
    relative to that URL, or to *fallback_url* if there is none. A bad file without a last good version is
    left out; the other files are used. A topic or organization is removed when its file is deleted, but a
    missing ``_config.yml`` or folder is treated as an accident unless *accept_removals* is set.
    """
    settlement = _Settlement(found, kept, accept_removals)
    (site,) = settlement.values(CONFIG, read_config, lambda _: CONFIG) or [Taxonomy()]
    base = url or site.url
    pictures = base or fallback_url

    def topic(path: str, content: bytes) -> Topic:
        return read_topic(path, content, pictures)

    def organization(path: str, content: bytes) -> Provider:
        return read_organization(path, content, pictures)

    topics = settlement.values(TOPICS, topic, _slug)
    organizations = settlement.values(ORGANIZATIONS, organization, _domain)
    settlement.report_folders()
    taxonomy = taxonomy_of(site, base, topics, organizations)
    return Descriptions(taxonomy, settlement.versions, settlement.problems)


class _Settlement:
    """The *versions* in force and the *problems*, collected file by file."""

    def __init__(self, found: DescriptionFiles, kept: Mapping[str, bytes], accept_removals: bool) -> None:
        self._found = found
        self._kept = kept
        self._accept_removals = accept_removals
        self._held: Counter[str] = Counter()  # missing files in force, by folder
        self.versions: dict[str, bytes] = {}
        self.problems: list[ArticleError] = []

    def values(
        self, pattern: str, read: Callable[[str, bytes], T | None], name: Callable[[T], str]
    ) -> list[T]:
        """The values in force of all files that match *pattern*, by path.

        *read* returns None for a file without fields; *name* returns the identifying name of a value.
        """
        values: dict[str, T] = {}
        bad: dict[str, ArticleError] = {}
        for path in _matching(self._found.files, pattern):
            content = self._found.files[path].content
            if isinstance(content, ArticleError):  # not raised again: its traceback would grow
                bad[path] = content
                continue
            try:
                value = read(path, content)
                if value is not None:
                    values[path], self.versions[path] = value, content
                elif path in self._kept:
                    bad[path] = ArticleError(problems.NO_FIELDS, path, 1)
            except ArticleError as error:
                bad[path] = error.detached()
        absent = [path for path in _matching(self._kept, pattern) if self._is_held(path)]
        renamed = self._new_names(values, read, name) if bad else set()
        for path in sorted([*bad, *absent]):
            former = self._former(path, read)
            if former is None or (not isinstance(former, ArticleError) and name(former) in renamed):
                self.problems += [bad[path]] if path in bad else []
                continue
            self._hold(path, bad.get(path), former)
            if not isinstance(former, ArticleError):
                values[path] = former
        return [values[path] for path in sorted(values)]

    def _is_held(self, path: str) -> bool:
        """True if the file at *path* is absent, but may come back.

        That is ``_config.yml``, or a file in a folder that is missing or cannot be listed.
        """
        folder = _folder(path)
        if path in self._found.files:
            return False
        if folder in self._found.refused:
            return True
        return (path == CONFIG or folder in self._found.missing) and not self._accept_removals

    def _new_names(
        self, values: Mapping[str, T], read: Callable[[str, bytes], T | None], name: Callable[[T], str]
    ) -> set[str]:
        """The names in good files that are new, or had another name in their last good version."""
        names = set()
        for path, value in values.items():
            if self._kept.get(path) != self.versions[path]:
                former = self._former(path, read)
                if former is None or isinstance(former, ArticleError) or name(former) != name(value):
                    names.add(name(value))
        return names

    def _former(self, path: str, read: Callable[[str, bytes], T | None]) -> T | ArticleError | None:
        """The value of the last good version of *path*, an error in it, or None if there is none."""
        try:
            return read(path, self._kept[path]) if path in self._kept else None
        except ArticleError as error:
            return error

    def _hold(self, path: str, error: ArticleError | None, former: object) -> None:
        """Keep the last good version of *path*, with the value *former*, and report the reason."""
        self.versions[path] = self._kept[path]
        missing = error or ArticleError(problems.MISSING, path)
        if isinstance(former, ArticleError):
            end = f"this version of feeds cannot use its last good version: {former.reason}"
            self.problems.append(missing.noted(end))
        elif error:
            self.problems.append(error.noted("its last good version stays in force"))
        elif path == CONFIG:
            self.problems.append(missing.noted("its last good version stays in force"))
        else:
            self._held[_folder(path)] += 1  # reported once for the folder

    def report_folders(self) -> None:
        """Report every folder that cannot be listed, or that is missing while its files are in force."""
        for folder, error in self._found.refused.items():
            count = self._held.pop(folder, 0)
            self.problems.append(error.noted(held_files(count)) if count else error)
        outermost: Counter[str] = Counter()
        for folder, count in self._held.items():
            outermost[self._found.missing[folder]] += count
        for folder, count in outermost.items():
            self.problems.append(ArticleError(problems.MISSING, folder).noted(held_files(count)))


def held_files(count: int) -> str:
    """The note for a folder with *count* known files that cannot be seen now."""
    if count == 1:
        return "the last good version of its 1 file stays in force"
    return f"the last good versions of its {count:,} files stay in force"


def _matching(paths: Iterable[str], pattern: str) -> list[str]:
    return sorted(path for path in paths if _is_one(path, pattern))


def _is_one(path: str, pattern: str) -> bool:
    return _folder(path) == _folder(pattern) and fnmatchcase(path, pattern)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _slug(topic: Topic) -> str:
    return topic.slug


def _domain(organization: Provider) -> str:
    return organization.domain
