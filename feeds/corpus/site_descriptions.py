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
from feeds.errors import ArticleError


class SettledSite(Struct, frozen=True):
    """The *site* in force, with the bytes of each file that it was read from, by path."""

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

    If a file has a problem, its last good version stays in force. A missing configuration file is treated
    as an accident unless *accept_removals* is set.
    """
    present = {path: file.content for path, file in found.items()}
    contents = {path: content for path, content in present.items() if isinstance(content, bytes)}
    errors = [content for content in present.values() if isinstance(content, ArticleError)]
    site, wrong = read_site(detected.dialect, detected.folder, contents)
    errors += wrong
    noted = [error.noted(_HELD) if error.path in kept else error for error in errors]
    held = {error.path for error in errors} & kept.keys()
    if not accept_removals:
        missing = [path for path in kept if path not in found and _is_configuration(detected, path)]
        noted += [ArticleError(problems.MISSING, path).noted(_HELD) for path in missing]
        held.update(missing)
    versions = contents | {path: kept[path] for path in held}
    if held:
        site, _ = read_site(detected.dialect, detected.folder, versions)
    bad = {error.path for error in errors} - held
    return SettledSite(site, {path: each for path, each in versions.items() if path not in bad}, noted)


_HELD = "its last good version stays in force"


def _is_configuration(detected: Detected, path: str) -> bool:
    dialect = msgspec.structs.replace(detected.dialect, data=(), routes=(), translations=())
    return bool(patterns(site_files(dialect, detected.folder)).match_file(path))
