"""Detection of the site generator that a folder of Markdown was written for."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus.descriptions import CONFIG
from feeds.corpus.dialects import Dialect, Marker
from feeds.corpus.dialects.bare import BARE
from feeds.corpus.dialects.own import OWN
from feeds.corpus.dialects.registry import BY_NAME, DIALECTS
from feeds.corpus.fields import has_own_fields
from feeds.corpus.files import patterns

MAX_SAMPLES = 200  # Markdown files that are looked at
MAX_FOLDERS = 400  # that are listed to find them
MIN_PAGES = 3  # Markdown files without a date and a field of ours: they are pages
MAX_START = 16 * 1024  # bytes of a file that are looked at

# Folders of tools, of output and of examples: no site of ours is in them.
FOLDERS_ELSEWHERE = frozenset({
    "node_modules", "_site", "public", "dist", "build", "out", "output", "target", "vendor", "themes",
    "theme", "test", "tests", "examples", "example", "examplesite", "scaffolds", "archetypes", "static",
    "assets", "images", "resources", "venv", "__pycache__",
})  # fmt: skip
_EXPORTED = ("output",)  # folders of output that exports write, read if nothing else is dated
_NEVER_OURS = ("node_modules", ".git")
_DEEPER = (".vitepress/", ".vuepress/")
_WILDCARDS = frozenset("*?[")
_MARKDOWN = expression(r"(?i)\.(?:md|markdown|mdown|mkd|mkdn|mdx)$")
_DATE_IN_PATH = expression(
    r"(?:^|[/_-])(?:19|20)\d\d[-/_](?:0?[1-9]|1[0-2])[-/_](?:[0-2]?\d|3[01])(?!\d)"
)
# A line such as "date: 2026-01-31", "pubDatetime = 2026", ".. date: 2026" or "published_at: Jan 31".
_DATE_IN_HEADER = expression(
    rb"""(?im)^(?:\.\.[ ]|<!--[ ])?["' \t]*"""
    rb"""(?:(?:zc|post|pub|publish|published)?[_-]?date(?:time|[_-]?published)?"""
    rb"""|created?(?:[_-]?(?:at|time|on))?|published(?:[_-]?(?:at|on))?|posted)"""
    rb"""["' \t]*[:=][^\n]{0,9}\d"""
)


class Detected(Struct, frozen=True):
    """The *dialect* of a site, its *folder* relative to the root, and the *marker* that was found.

    The marker is a path relative to the root, or empty if the dialect was detected by articles alone.
    """

    dialect: Dialect
    folder: str = ""
    marker: str = ""

    def can_hold(self, folder: str) -> bool:
        """False if no file below *folder*, relative to the root, is an article or describes any."""
        name = folder.rpartition("/")[2]
        if name in _NEVER_OURS:
            return False
        if folder in (f"{self.folder}/{output}".lstrip("/") for output in self.dialect.outputs):
            return False
        named = (*self.dialect.configuration, *self.dialect.data)
        return (
            self.dialect is OWN or name[:1] != "." or any(name in pattern.split("/") for pattern in named)
        )


def detect(root: Path, forced: str = "") -> Detected:
    """Find the dialect of the folder *root* and the folder of the site: *root* or one in it.

    *forced* is the name of a dialect: then only the folder is found. Raises KeyError if it is unknown.
    The schema of this project is the result for an empty folder, and for one with a file or two that
    say nothing; more of these are pages of a bare folder.
    """
    known = (BY_NAME[forced],) if forced and forced != "auto" else DIALECTS
    tree = _Tree(root)
    if OWN in known and (marker := tree.of("").marker_of(OWN, is_weak=False)):
        return Detected(OWN, "", marker)
    found = max(_candidates(tree, known), key=lambda each: each.rank, default=None)
    if forced and forced != "auto":
        return found.detected if found else Detected(known[0])
    if any(map(has_own_fields, tree.samples.values())):
        return Detected(OWN)
    # Our own schema has a file _config.yml too.
    if found and (found.detected.marker != CONFIG or tree.has_articles(found.detected)):
        return found.detected
    dated = _dated(tree.samples) or _dated(tree.samples_below(*_EXPORTED))
    if found and dated and found.detected.dialect.or_dated:
        return found.detected
    if dated:
        return Detected(_by_signs(dated))
    # Copies of posts of dev.to have no date: the log then names the program, and the missing dates.
    headed = _by_signs([start for start in tree.samples.values() if start.startswith(b"---")])
    return Detected(OWN if headed is BARE and len(tree.samples) < MIN_PAGES else headed)


def _dated(samples: Mapping[str, bytes]) -> list[bytes]:
    """The first bytes of the dated files in *samples*, which has first bytes by path."""
    return [start for path, start in samples.items() if _is_dated((path, start))]


def _is_dated(sample: tuple[str, bytes]) -> bool:
    path, start = sample
    return bool(_DATE_IN_PATH.search(path) or _DATE_IN_HEADER.search(start))


def _by_signs(starts: Sequence[bytes]) -> Dialect:
    """The dialect with its signs in most of the first bytes of files, else the bare folder."""
    headers = [start.decode(errors="replace").partition("\n---")[0] for start in starts]
    for dialect in DIALECTS:
        if dialect.signs:
            signs = re.compile(dialect.signs, re.MULTILINE)
            if sum(bool(signs.search(header)) for header in headers) * 2 > len(headers):
                return dialect
    return BARE


class _Candidate(Struct, frozen=True):
    detected: Detected
    rank: tuple[bool, bool, bool, int]


def _candidates(tree: "_Tree", known: Iterable[Dialect]) -> Iterator[_Candidate]:
    """Each dialect with a marker, in the root and the folders in it.

    Folders with posts come first, then strong markers, then the root, then the order of the dialects.
    """
    for folder in ("", *tree.of("").folders):
        for order, dialect in enumerate(known):
            for is_weak in (False, True):
                if marker := tree.of(folder).marker_of(dialect, is_weak=is_weak):
                    rank = (not is_weak, tree.of(folder).has_posts(dialect), not folder, -order)
                    yield _Candidate(Detected(dialect, folder, _joined(folder, marker)), rank)
                    break
    yield from _deeper(tree, known)


def _deeper(tree: "_Tree", known: Iterable[Dialect]) -> Iterator[_Candidate]:
    """The dialects whose hidden folder is in a folder of a folder, such as ``packages/docs``."""
    hidden = [each for each in known if any(marker.path in _DEEPER for marker in each.markers)]
    upper = tree.of("").folders if hidden else []
    below = [_joined(folder, name) for folder in upper for name in tree.of(folder).folders]
    for folder in below[:MAX_FOLDERS]:
        for dialect in hidden:
            if marker := tree.of(folder).marker_of(dialect, is_weak=False):
                found = Detected(dialect, folder, _joined(folder, marker))
                yield _Candidate(found, (True, True, False, -len(DIALECTS)))


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


class _Tree:
    """The folders below *root*, each listed at most once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[str, _Folder] = {}

    def of(self, path: str) -> "_Folder":
        if path not in self._folders:
            self._folders[path] = _Folder(self, self._root / path, path)
        return self._folders[path]

    @cached_property
    def samples(self) -> dict[str, bytes]:
        """The first bytes of some Markdown files by path, those of the upper folders first."""
        return self.samples_below("")

    def samples_below(self, *folders: str) -> dict[str, bytes]:
        """The first bytes of some Markdown files in *folders* and below."""
        found: dict[str, bytes] = {}
        level = [*folders]
        left = MAX_FOLDERS
        while level:
            below: list[str] = []
            for path in level:
                folder, left = self.of(path), left - 1
                for name in folder.files:
                    if _MARKDOWN.search(name):
                        where = f"{path}/{name}" if path else name
                        found[where] = folder.start_of(name)
                if left < 0 or len(found) >= MAX_SAMPLES:
                    return found
                below += [f"{path}/{name}" if path else name for name in folder.folders]
            level = below
        return found

    def has_articles(self, detected: Detected) -> bool:
        """True unless the articles of *detected* are in folders that no Markdown file is in."""
        anchored = [f"{detected.folder}/**/{each.lstrip('/')}" for each in detected.dialect.articles]
        if not (anchored and self.samples) or self.of(detected.folder).has_posts(detected.dialect):
            return True
        matching = patterns(each.lstrip("/") for each in anchored)
        return any(map(matching.match_file, self.samples))


class _Folder:
    """One folder of the *tree*; a folder that cannot be listed is empty."""

    def __init__(self, tree: _Tree, place: Path, path: str) -> None:
        self._tree = tree
        self._place = place
        self._path = path
        self.files: list[str] = []
        self.folders: list[str] = []  # in which a site may be
        self._names: set[str] = set()  # of all folders, with a slash, and of all files
        try:
            with os.scandir(place) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    self._add(entry)
        except OSError:
            return

    def _add(self, entry: "os.DirEntry[str]") -> None:
        try:
            is_folder = entry.is_dir()
        except OSError:
            return
        self._names.add(f"{entry.name}/" if is_folder else entry.name)
        if not is_folder:
            self.files.append(entry.name)
        elif not entry.name.startswith(".") and entry.name.casefold() not in FOLDERS_ELSEWHERE:
            self.folders.append(entry.name)

    def marker_of(self, dialect: Dialect, *, is_weak: bool) -> str:
        """The path of the first marker of *dialect* in this folder, or empty."""
        markers = (each for each in dialect.markers if each.is_weak == is_weak)
        return next((path for marker in markers if (path := self._matching(marker))), "")

    def _matching(self, marker: Marker) -> str:
        if any(self._found(path) for path in marker.without):
            return ""
        found = self._found(marker.path)
        if found and marker.contains and not re.search(marker.contains, self._text(found)):
            return ""
        return found

    def _text(self, path: str) -> str:
        return self._read(path, 256 * 1024).decode(errors="replace")

    def _found(self, path: str) -> str:
        """The first path in this folder that matches the pattern *path*, or empty."""
        first, slash, rest = path.partition("/")
        for name in self._named(first + slash):
            if not rest:
                return name
            inner = f"{self._path}/{name[:-1]}" if self._path else name[:-1]
            if found := self._tree.of(inner)._found(rest):
                return name + found
        return ""

    def _named(self, pattern: str) -> list[str]:
        """The names here that match *pattern*, in order; most patterns are names."""
        if _WILDCARDS.isdisjoint(pattern):
            return [pattern] if pattern in self._names else []
        return sorted(name for name in self._names if fnmatchcase(name, pattern))

    def has_posts(self, dialect: Dialect) -> bool:
        """True if a folder of the articles of *dialect* is here, or if they can be anywhere."""
        named = [line.removesuffix("**") for line in dialect.articles if not line.startswith("!")]
        inner = [
            line.replace("@", folder, 1).strip("/") if "@" in line else f"{folder}/{line}".strip("/")
            for line in named
            for folder in ("", *dialect.content)
        ]
        wanted = inner or [place for place in dialect.content if place]
        return not wanted or any(self._found(f"{place}/".lstrip("/")) for place in wanted)

    def start_of(self, name: str) -> bytes:
        """The first bytes of the file called *name*."""
        return self._read(name, MAX_START)

    def _read(self, path: str, size: int) -> bytes:
        try:
            handle = os.open(self._place / path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                return os.read(handle, size)
            finally:
                os.close(handle)
        except (OSError, ValueError):
            return b""
