"""The configuration files of a site, and the version of each that is in force."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from feeds.corpus import problems
from feeds.corpus.descriptions import DescriptionFile, read_file
from feeds.corpus.detection import Detected
from feeds.corpus.files import ArticleFiles, patterns
from feeds.corpus.site import SourceSite
from feeds.corpus.site_reading import read_site, site_files
from feeds.corpus.site_values import texts_at
from feeds.errors import ArticleError


class SettledSite(Struct, frozen=True):
    """The *site* in force, and the last good version of each file that describes it, by path."""

    site: SourceSite
    versions: dict[str, bytes]
    problems: list[ArticleError]


def find(
    root: Path, detected: Detected, before: Mapping[str, DescriptionFile], excluded: tuple[str, ...]
) -> dict[str, DescriptionFile]:
    """Read the files that describe the site, by path, except those unchanged since *before*.

    Folders that match *excluded* are not searched.
    """
    lines = site_files(detected.dialect, detected.folder)
    found = {
        path: read_file(root, path, before.get(path))
        for path in sorted({*_direct(root, lines), *_below(root, lines, excluded)})
    }
    return {path: file for path, file in found.items() if file}


def _direct(root: Path, lines: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that match a line without ``**``."""
    for line in lines:
        if "**" not in line:
            for file in root.glob(line.removeprefix("/")):
                if file.is_file():
                    yield file.relative_to(root).as_posix()


def _below(root: Path, lines: tuple[str, ...], excluded: tuple[str, ...]) -> Iterator[str]:
    deep = [line for line in lines if "**" in line]
    if not deep:
        return
    files = ArticleFiles(root, [*deep, "!.*/", "!node_modules/", *excluded])
    yield from (found[0] for found in files.listed() if not isinstance(found, ArticleError))


def settle(
    detected: Detected,
    found: Mapping[str, DescriptionFile],
    kept: Mapping[str, bytes],
    *,
    accept_removals: bool = False,
) -> SettledSite:
    """Decide which version of each file is in force, given the last good versions in *kept*.

    If a file cannot be read, its last good version stays in force; if one of its values cannot be used,
    the last good value of that key alone. A missing configuration file is treated as an accident unless
    *accept_removals* is set.
    """
    present = {path: file.content for path, file in found.items()}
    contents = {path: content for path, content in present.items() if isinstance(content, bytes)}
    errors = [content for content in present.values() if isinstance(content, ArticleError)]
    site, wrong = read_site(detected.dialect, detected.folder, contents)
    errors += wrong
    unread = {each.path for each in errors if not each.subject}
    doubtful = {each.path for each in errors if each.subject}
    gone = {path for path in kept if path not in found and _is_configuration(detected, path)}
    missing = set() if accept_removals else gone
    held = {path: kept[path] for path in sorted(unread | missing) if path in kept}
    good_keys = set[str]()
    if held or doubtful:
        last, refused = read_site(detected.dialect, detected.folder, kept)
        site, _ = read_site(detected.dialect, detected.folder, contents | held, last.values)
        keys = {each.subject for each in errors} - {each.subject for each in refused}
        good_keys = {key for key in keys if any(texts_at(last.values, [key]))}
    noted = [each.noted(_HELD) if each.path in held else each for each in errors]
    noted = [each.noted(_HELD_VALUE) if each.subject in good_keys else each for each in noted]
    noted += [ArticleError(problems.MISSING, path).noted(_HELD) for path in sorted(missing)]
    good = {path: content for path, content in contents.items() if path not in unread}
    return SettledSite(site, good | held | {path: kept[path] for path in doubtful & kept.keys()}, noted)


_HELD = "its last good version stays in force"
_HELD_VALUE = "its last good value stays in force"


def _is_configuration(detected: Detected, path: str) -> bool:
    dialect = msgspec.structs.replace(detected.dialect, data=(), routes=(), translations=())
    return bool(patterns(site_files(dialect, detected.folder)).match_file(path))
