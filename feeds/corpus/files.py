"""The files of a corpus: the selection of articles, their stamps and their bytes."""

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pathspec

from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.other_markup import by_markup
from feeds.errors import ArticleError, UnreadableFile, one_line, reason_of

# The default patterns of article files, in the syntax of .gitignore: the last matching line decides.
ARTICLES = (
    "*.md",
    "!_data/", "!_drafts/", "!_includes/", "!_layouts/", "!_sass/", "!_site/",
    "!.*/", "!node_modules/", "!README.md",
)  # fmt: skip

# The extensions that .md in a pattern stands for, in upper and lower case.
MARKDOWN = ("md", "markdown", "mdown", "mdtext", "mdtxt", "mdwn", "mkd", "mkdn")
_MARKDOWN = expression(rf"(?i)\.(?:{'|'.join(MARKDOWN)})$")
_LIKE_MARKDOWN = expression(rf"(?i)\.(?:{'|'.join(MARKDOWN)}|mdx|qmd|rmd)$")
# Folders of systems and network disks, with deleted files and copies.
_SYSTEM_FOLDERS = {
    "#recycle", "#snapshot", "$recycle.bin", "@eadir", "@recycle", "__macosx", "lost+found",
    "system volume information",
}  # fmt: skip
_LISTED_NAMES = 3  # in one problem

_CODES = {
    errno.EISDIR: problems.IS_A_FOLDER,
    errno.EMFILE: problems.TOO_MANY_OPEN_FILES,
    errno.ENFILE: problems.TOO_MANY_OPEN_FILES,
    errno.ELOOP: problems.LINK_LOOP,
}


class Stamp(NamedTuple):
    """The values of a file's ``stat`` that reveal a change: the file is then read again."""

    modified: int  # nanoseconds
    size: int
    inode: int

    def in_context(self, context: int) -> "Stamp":
        """This stamp, combined with a digest of all other input of the reading of the file."""
        return self._replace(inode=self.inode ^ context)


class ArticleFiles:
    """The files below *root* that match *articles*, patterns in the syntax of ``.gitignore``.

    ``.md`` in a pattern stands for every extension in MARKDOWN. Hidden files, lock files of editors and
    files in system folders match nothing, unless a pattern names hidden files.
    """

    def __init__(self, root: Path, articles: Sequence[str]) -> None:
        self.root = root
        self._spec = patterns(articles)
        self._names_hidden = any(re.search(r"^(?!!)(?:.*/)?\.[^/]", line) for line in articles)
        pruned = _last_exclusions(articles)
        self._pruned = patterns(line[1:] for line in pruned)
        # A listing checks each file for these alone: it does not walk folders that the others match.
        self._in_walked_folders = patterns(line for line in articles if line not in pruned)

    def holds(self, path: str) -> bool:
        """True if *path*, relative to the root, matches the patterns of articles."""
        return self._is_visible(path) and _selects(self._spec, path) is True

    def _is_visible(self, path: str) -> bool:
        return self._names_hidden or not any(map(is_hidden, path.split("/")))

    def _selects_walked(self, path: str, name: str) -> bool | None:
        """Return whether the patterns include or exclude the file *name* at *path* in a walked folder.

        None means that no pattern matches it.
        """
        return self._is_visible(name) and _selects(self._in_walked_folders, path)

    def listed(self, below: str = "") -> Iterator[tuple[str, Stamp] | ArticleError]:
        """Yield every article's path and stamp, in the same order on every system.

        Each folder is read once, under its own name rather than through a link. For a folder that cannot
        be listed, it yields an UnreadableFile with the path of the folder, ``.`` for the root: the state
        of the files below it is unknown. If no file matches, it yields one error that names the Markdown
        files that no pattern includes or excludes.
        """
        is_any, aside = False, list[str]()
        for path, entry in self._walked(below):
            if isinstance(entry, ArticleError):
                yield entry
                continue
            selected = self._selects_walked(path, entry.name)
            if not selected:
                aside += [path] if selected is None and _LIKE_MARKDOWN.search(path) else []
                continue
            is_any = True
            try:
                yield self._stamp(path, entry.stat())
            except FileNotFoundError:
                if entry.is_symlink():
                    yield ArticleError(problems.DANGLING_LINK, path)
            except OSError as error:
                yield unreadable(printable(path), error)
            except UnicodeError:
                yield ArticleError(problems.NAME_NOT_UTF8, printable(path))
        if aside and not is_any:
            yield unmatched(aside)

    def aside(self) -> list[str]:
        """The paths of files that look like Markdown, and that no pattern includes or excludes."""
        return [
            path
            for path, entry in self._walked()
            if _LIKE_MARKDOWN.search(path)
            and not isinstance(entry, ArticleError)
            and self._selects_walked(path, entry.name) is None
        ]

    def unread(self) -> dict[str, list[str]]:
        """The paths of texts in other formats than Markdown, by format."""
        entries = ((path, entry) for path, entry in self._walked() if not isinstance(entry, ArticleError))
        return by_markup(path for path, entry in entries if not is_hidden(entry.name))

    def _walked(self, below: str = "") -> Iterator[tuple[str, "os.DirEntry[str] | ArticleError"]]:
        """Yield the path and the entry of every file in the folders that no pattern excludes."""
        seen: set[tuple[int, int]] = set()
        folders, links = [] if below and self._is_pruned(below) else [below], list[str]()
        while folders or links:
            folder = folders.pop() if folders else links.pop(0)
            try:
                info = (self.root / folder).stat()
                if (info.st_dev, info.st_ino) in seen:
                    yield folder, ArticleError(problems.FOLDER_TWICE, folder)
                    continue
                seen.add((info.st_dev, info.st_ino))
                with os.scandir(self.root / folder) as entries:
                    members = sorted(entries, key=lambda entry: entry.name)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield folder, unreadable(folder or ".", error)
                continue
            inner: list[str] = []
            for entry in members:
                path = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    if not entry.is_dir():
                        yield path, entry
                    elif not self._is_pruned(path):
                        (links if entry.is_symlink() else inner).append(path)
                except OSError as error:
                    yield path, unreadable(printable(path), error)
            folders.extend(reversed(inner))

    def _is_pruned(self, folder: str) -> bool:
        return not self._is_visible(folder) or self._pruned.match_file(folder + "/")

    def stamp(self, path: str) -> Stamp | None:
        """The present stamp of the file at *path*, or None if there is none."""
        try:
            found = self._stamp(path, (self.root / path).stat())
        except (OSError, ValueError):
            return None
        return found[1] if isinstance(found, tuple) else None

    def _stamp(self, path: str, info: os.stat_result) -> tuple[str, Stamp] | ArticleError:
        path.encode()  # a name that is not UTF-8 cannot be an id
        if not stat.S_ISREG(info.st_mode):
            return ArticleError(problems.NOT_A_FILE, path)
        return path, Stamp(info.st_mtime_ns, info.st_size, info.st_ino)


def is_hidden(name: str) -> bool:
    """Return whether *name* belongs to a hidden file, an editor's lock file or a system folder."""
    return name.startswith((".", "~$")) or name.casefold() in _SYSTEM_FOLDERS


def _last_exclusions(lines: Sequence[str]) -> list[str]:
    """The exclusions of folders at the end of *lines*: no later line includes a file."""
    last = takewhile(lambda line: not line or line.startswith(("!", "#")), reversed(lines))
    return [line for line in last if line.startswith("!") and line.endswith("/")]


def _selects(spec: pathspec.PathSpec[Any], path: str) -> bool | None:
    """Return whether *spec* includes or excludes *path*, or None if none of its patterns matches."""
    selected = spec.check_file(path).include
    if selected is None and not path.endswith(".md"):
        as_md, is_markdown = _MARKDOWN.subn(".md", path)
        return spec.check_file(as_md).include if is_markdown else None
    return selected


def unmatched(paths: Sequence[str]) -> ArticleError:
    """The problem that no pattern of articles matches the Markdown files at *paths*."""
    files = f"{len(paths):,} Markdown files match" if len(paths) > 1 else "1 Markdown file matches"
    return ArticleError(problems.UNMATCHED, ".", files=files, names=some_of(paths))


def some_of(paths: Sequence[str], most: int = _LISTED_NAMES) -> str:
    """The first of *paths*, printable: ``a.md, b.md, c.md, …``."""
    names = [*map(printable, paths[:most]), *["…"] * (len(paths) > most)]
    return one_line(", ".join(names))


def contents(root: Path, path: str, most: int) -> bytes:
    """The bytes of the file at *path* below *root*, which may have at most *most* bytes. Never blocks.

    Raises FileNotFoundError if there is no file, UnreadableFile if the operating system refuses to read
    it, and ArticleError if it is not a regular file or too large.
    """
    try:
        path.encode()
        # O_NONBLOCK: opening a pipe would wait for a writer.
        handle = os.open(f"{root}/{path}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            info = os.fstat(handle)
            # Not for a folder: reading it raises EISDIR.
            if not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
                raise ArticleError(problems.NOT_A_FILE, path)
            content = os.read(handle, min(info.st_size, most) + 1)
            # Usually the read is complete; but one read returns at most 2 GB, and a file may grow.
            while len(content) <= most and (more := os.read(handle, most + 1 - len(content))):
                content += more
        finally:
            os.close(handle)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:
        raise ArticleError(problems.NAME_NOT_UTF8, printable(path)) from error
    if len(content) > most:
        raise ArticleError(problems.TOO_LARGE, path, limit=most)
    return content


def printable(path: str) -> str:
    """*path* itself, or its escaped form if the name of the file is not UTF-8."""
    try:
        path.encode()
    except UnicodeError:
        return ascii(path)[1:-1]
    return path


def patterns(lines: Iterable[str]) -> pathspec.PathSpec[Any]:
    """Compile *lines* in the syntax of ``.gitignore``."""
    return _compiled((*lines,))


@lru_cache(64)
def _compiled(lines: tuple[str, ...]) -> pathspec.PathSpec[Any]:
    return pathspec.PathSpec.from_lines("gitignore", lines)


def unreadable(path: str, error: OSError) -> UnreadableFile:
    """The error of a file or folder at *path* that the operating system refused with *error*."""
    code = _CODES.get(error.errno or 0, problems.UNREADABLE)
    return UnreadableFile(code, path, reason=reason_of(error))
