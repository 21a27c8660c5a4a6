"""The place of a file in its site: the parts of its path that addresses are made of."""

import re

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus.literals import text_at
from feeds.corpus.site import FileHead, SourceSite

_DATE_BEFORE_NAME = expression(r"\d{4}-\d{1,2}-\d{1,2}(?:[-_ ]+|$)")


class Layout(Struct, frozen=True, kw_only=True):
    """The folders and file names of one site generator.

    - *roots*: folders that are not in addresses if the configuration names none
    - *hidden*, *ignored*: folders of posts, and of pages, that are not in addresses
    - *indexes*: names of files that stand for their folder
    - *joins_own_folder*: a file with the name of its folder stands for it too
    - *translations*: a regular expression of paths of translated files, with the groups language, section
      and rest
    - *is_configurable*: the content folders in the configuration count
    """

    roots: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    indexes: frozenset[str] = frozenset({"index"})
    joins_own_folder: bool = False
    translations: str = ""
    is_configurable: bool = True


class Place(Struct, frozen=True, kw_only=True):
    """The place of one file.

    - *folders*: between the content folder and the file, without the folder of a bundle and hidden
      folders
    - *above*: the folders above the first hidden folder
    - *name*: without extension and language, or the name of the bundle
    - *undated*: *name* without a date
    - *language*: empty for the default language
    - *is_hidden*: the file is in a hidden folder
    """

    folders: tuple[str, ...]
    above: tuple[str, ...]
    name: str
    undated: str
    language: str
    is_index: bool
    is_hidden: bool

    @property
    def section(self) -> str:
        """The section or collection: the first folder without ``_``, or ``posts`` in a hidden folder."""
        if self.is_hidden:
            return "posts"
        return self.folders[0].removeprefix("_") if self.folders else ""


def place_of(head: FileHead, site: SourceSite, layout: Layout) -> Place:
    """The place of the file with *head*."""
    path, folder_language = _translated(below(head.path, site.folder) or head.path, layout)
    *folders, file = path.split("/")
    name, language = _without_language(stem_of(file), head, site)
    hidden = next((number for number, each in enumerate(folders) if each in layout.hidden), None)
    above: list[str] = []
    if hidden is None:
        folders = _below_content(folders, site, layout)
    else:
        above = _below_content(folders[:hidden], site, layout)
        folders = folders[hidden + 1 :]
    shown = [each for each in folders if each not in layout.hidden | layout.ignored]
    is_index = name.lower() in layout.indexes
    if is_index:
        name = shown.pop() if shown else ""
    elif layout.joins_own_folder and shown[-1:] == [name]:
        shown.pop()
    return Place(
        folders=tuple(shown),
        above=tuple(above),
        name=name,
        undated=without_date(name),
        language=folder_language or language,
        is_index=is_index,
        is_hidden=hidden is not None,
    )


def without_date(name: str) -> str:
    """*name* without a date before it: ``2026-01-31-title`` -> ``title``; a date alone stays."""
    found = _DATE_BEFORE_NAME.match(name)
    return (found and name[found.end() :]) or name


def below(path: str, folder: str) -> str | None:
    """*path* relative to *folder*, or None if it is not in it."""
    if not folder or folder == ".":
        return path
    folder = folder.strip("/") + "/"
    return path[len(folder) :] if path.startswith(folder) else None


def _below_content(folders: list[str], site: SourceSite, layout: Layout) -> list[str]:
    """*folders* below the content folder in the configuration, else below one of the tool."""
    named = (below(each, site.folder) or each for each in site.content) if layout.is_configurable else ()
    path = "/".join(folders) + "/"
    for each in (*sorted(filter(None, named), key=len, reverse=True), *layout.roots):
        folder = each.strip("./")
        if folder and (found := below(path, folder)) is not None:
            return found.split("/")[:-1]
    return folders


def _translated(path: str, layout: Layout) -> tuple[str, str]:
    found = re.match(layout.translations, path) if layout.translations else None
    return (f"{found['section']}/{found['rest']}", found["language"]) if found else (path, "")


def stem_of(file: str) -> str:
    """The name *file* without its extension."""
    stem, dot, _ = file.rpartition(".")
    return stem if dot and stem else file


def _without_language(name: str, head: FileHead, site: SourceSite) -> tuple[str, str]:
    """*name* without the suffix of a language, and the language as the site writes it, or ""."""
    languages = {each.lower(): each for each in site.languages}
    stem, dot, suffix = name.rpartition(".")
    language = head.language.lower()
    if dot and stem and suffix.lower() in languages:
        name, language = stem, suffix.lower()
    is_default = language == default_language(site).lower() or language not in languages
    return name, "" if is_default else languages[language]


def default_language(site: SourceSite) -> str:
    """The language without a prefix in addresses: ``en`` of ``en-GB`` if there is ``en``."""
    wanted = text_at(site.values, "defaultContentLanguage") or site.language
    if wanted.lower() in map(str.lower, site.languages):
        return wanted
    subtag = wanted.lower().split("-")[0]
    near = [each for each in site.languages if each.lower().split("-")[0] == subtag]
    return next(iter(near or (site.languages if len(site.languages) == 1 else ())), wanted)
