"""The configuration files of a site, and the version of each that is in force."""

import fnmatch
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from feeds.corpus import problems
from feeds.corpus.descriptions import DescriptionFile, held_files, read_file
from feeds.corpus.detection import Detected
from feeds.corpus.files import ArticleFiles, patterns, unreadable
from feeds.corpus.site import SourceSite
from feeds.corpus.site_reading import read_site, site_files
from feeds.corpus.site_values import texts_at
from feeds.errors import ArticleError, UnreadableFile

MARKUP = ("md", "mdx", "html", "htm")  # the extensions of articles
EXCLUDED = ("!.*/", "!node_modules/")


class SettledSite(Struct, frozen=True):
    """The *site* in force, and the last good version of each file that describes it, by path."""

    site: SourceSite
    versions: dict[str, bytes]
    problems: list[ArticleError]


def find(
    root: Path, detected: Detected, before: Mapping[str, DescriptionFile]
) -> dict[str, DescriptionFile]:
    """Read the files that describe the site, by path, except those unchanged since *before*.

    A folder that cannot be listed has an item too, with the error.
    """
    lines = site_files(detected.dialect, detected.folder)
    direct = [line.removeprefix("/").split("/") for line in lines if "**" not in line]
    found = [each for names in direct for each in _matching(root, names)]
    found += _below(root, lines, detected.dialect.excluded)
    unlisted = [each for each in found if isinstance(each, UnreadableFile)]
    paths = sorted({each for each in found if isinstance(each, str)})
    files = {path: read_file(root, path, before.get(path)) for path in paths}
    return {each.path: DescriptionFile((), each) for each in unlisted} | {
        path: file for path, file in files.items() if file
    }


def _matching(root: Path, names: list[str], folder: str = "") -> Iterator[str | UnreadableFile]:
    """Yield the files below *folder* that match *names*, a pattern for each part of their paths."""
    name, *rest = names
    try:
        members = os.listdir(root / folder) if "*" in name else [name]
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield unreadable(folder or ".", error)
        return
    for path in (f"{folder}/{member}" if folder else member for member in fnmatch.filter(members, name)):
        if rest:
            yield from _matching(root, rest, path)
        elif _may_be_file(root / path):
            yield path


def _may_be_file(path: Path) -> bool:
    """Return whether *path* is a file; True if that is unknown, since reading it gives the reason."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _below(root: Path, lines: Sequence[str], excluded: Sequence[str]) -> Iterator[str | UnreadableFile]:
    """Yield the files that match one of *lines* with ``**``, outside of *excluded* folders."""
    deep = [line for line in lines if "**" in line]
    if not deep:
        return
    # Patterns of files exclude only articles, and a line may name a folder that has no articles.
    named = "/".join(deep)
    by_path = patterns(line for line in deep if not line.endswith("/**/*.json"))
    folders = [f"!{each}" for each in excluded if each.endswith("/") and f"/{each}" not in named]
    for found in ArticleFiles(root, [*deep, *EXCLUDED, *folders]).listed():
        if isinstance(found, UnreadableFile):
            yield found
        elif not isinstance(found, ArticleError) and (
            by_path.match_file(found[0]) or _is_namesake(root, found[0])
        ):
            yield found[0]


def _is_namesake(root: Path, path: str) -> bool:
    """Return whether the JSON file at *path* has the name of its folder or of an article beside it."""
    stem = path.removesuffix(".json")
    folder, _, name = stem.rpartition("/")
    return folder.rpartition("/")[2] == name or any((root / f"{stem}.{each}").exists() for each in MARKUP)


def settle(
    detected: Detected,
    found: Mapping[str, DescriptionFile],
    kept: Mapping[str, bytes],
    *,
    accept_removals: bool = False,
) -> SettledSite:
    """Decide which version of each file is in force, given the last good versions in *kept*.

    If a file cannot be read, or a folder above it cannot be listed, its last good version stays in force;
    if one of its values cannot be used, the last good value of that key alone. A missing configuration
    file is treated as an accident unless *accept_removals* is set.
    """
    present = {path: file.content for path, file in found.items()}
    contents = {path: content for path, content in present.items() if isinstance(content, bytes)}
    errors = [content for content in present.values() if isinstance(content, ArticleError)]
    site, wrong = read_site(detected.dialect, detected.folder, contents)
    errors += wrong
    unread = {each.path for each in errors if not each.subject}
    doubtful = {each.path for each in errors if each.subject}
    hidden = {path: folder for path in kept if path not in found and (folder := _above(path, unread))}
    gone = kept.keys() - found.keys() - hidden.keys()
    missing = set() if accept_removals else {path for path in gone if _is_configuration(detected, path)}
    held = {path: kept[path] for path in sorted(unread | hidden.keys() | missing) if path in kept}
    good_keys = set[str]()
    if held or doubtful:
        last, refused = read_site(detected.dialect, detected.folder, kept)
        site, _ = read_site(detected.dialect, detected.folder, contents | held, last.values)
        keys = {each.subject for each in errors} - {each.subject for each in refused}
        good_keys = {key for key in keys if any(texts_at(last.values, [key]))}
    notes = dict.fromkeys(held, _HELD)
    notes |= {folder: held_files(count) for folder, count in Counter(hidden.values()).items()}
    noted = [each.noted(notes[each.path]) if each.path in notes else each for each in errors]
    noted = [each.noted(_HELD_VALUE) if each.subject in good_keys else each for each in noted]
    noted += [ArticleError(problems.MISSING, path).noted(_HELD) for path in sorted(missing)]
    good = {path: content for path, content in contents.items() if path not in unread}
    return SettledSite(site, good | held | {path: kept[path] for path in doubtful & kept.keys()}, noted)


def _above(path: str, folders: Set[str]) -> str:
    """The one of *folders* that is above *path*, empty if there is none."""
    return next((str(each) for each in PurePosixPath(path).parents if str(each) in folders), "")


_HELD = "its last good version stays in force"
_HELD_VALUE = "its last good value stays in force"


def _is_configuration(detected: Detected, path: str) -> bool:
    dialect = msgspec.structs.replace(detected.dialect, data=(), routes=(), translations=())
    return bool(patterns(site_files(dialect, detected.folder)).match_file(path))
