"""Dialects: the meaning that each site generator gives to a folder of articles, as data."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct


class Marker(Struct, frozen=True):
    """A file or folder that identifies a site generator.

    *path* is a pattern of paths, relative to the folder of the site. *contains* is a regular
    expression for the content of the file. Nothing may match a pattern in *without*. A weak marker
    counts only if no folder has another one: other tools use such files too.
    """

    path: str
    contains: str = ""
    without: tuple[str, ...] = ()
    is_weak: bool = False


class Dialect(Struct, frozen=True, kw_only=True):
    """One site generator; all paths and patterns are relative to the folder of the site.

    Any of the *markers* identifies it; if no dialect has a marker, *signs*, a regular expression of lines
    in most front matters. *configuration* are the patterns of its configuration files, where a later
    file overrides an earlier one, and *keys* the dotted keys in them, in order of precedence, by field of
    Site, and by ``base`` for the base path, ``future``, ``permalink`` and ``others``. *data* are the
    patterns of other files that describe articles: authors, and defaults of folders. *routes* are those
    of pages that show the articles, and *translations* those of files that are named by the languages of
    the site. *content* are the folders of articles and pages. *inherited* are fields of the file
    ``_index.md`` of a folder that all articles in it have too. *collections* are tags that name
    collections of files and no topics, and *draft_tags* those of drafts. *syntax* are the extensions of
    Markdown in bodies, and *sidecar* is the extension of files with the fields of the file beside them.

    *articles* are patterns in the syntax of ``.gitignore`` of files in article folders, *drafts* of
    drafts and *others* of files and folders that are never articles; ``@`` stands for each folder of
    content. *outputs* are folders that the tool writes. If *articles* is empty, the dated files in
    folders of mostly dated files are articles; with *or_dated*, also if no file is in *articles*.
    """

    name: str
    title: str
    markers: tuple[Marker, ...] = ()
    configuration: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    keys: Mapping[str, tuple[str, ...]] = {}
    content: tuple[str, ...] = ("",)
    articles: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    or_dated: bool = False
    shows_future: bool = False
    words_in_tags: bool = False
    date_in_name: Literal["always", "never", "configured"] = "always"
    inherited: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    draft_tags: tuple[str, ...] = ()
    syntax: frozenset[str] = frozenset()
    signs: str = ""
    sidecar: str = ""

    @property
    def excluded(self) -> tuple[str, ...]:
        """The patterns of folders and files without articles: *outputs* and *others*."""
        return (*(f"/{folder}/" for folder in self.outputs), *self.others)
