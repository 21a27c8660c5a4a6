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

    - *markers*: any of them identifies the site generator
    - *signs*: if no dialect has a marker, a regular expression of lines in most front matters
    - *configuration*: patterns of configuration files; a later file overrides an earlier one
    - *keys*: dotted keys in them, in order of precedence, by field of SourceSite, and by ``base`` for the
      base path, ``permalink``, ``outputs`` for folders, and ``others`` for patterns relative to *content*
    - *data*: patterns of other files that describe articles, such as authors and defaults of folders; a
      file that ``**/*.json`` matches counts if its folder or an article beside it has the same name
    - *routes*: patterns of the files of pages that show the articles
    - *translations*: patterns of files that are named by the languages of the site
    - *content*: folders of articles and pages
    - *inherited*: fields of the file ``_index.md`` of a folder that all articles in the folder have too
    - *collections*: tags that name collections of files instead of topics
    - *draft_tags*: tags of drafts
    - *syntax*: extensions of Markdown in bodies
    - *sidecar*: the extension of a file with the fields of the file beside it
    - *translates*: ``x.es.md`` has the fields of ``x.md`` that it does not set
    - *articles*, *drafts*: patterns, in the syntax of ``.gitignore``, of these files in article folders
    - *others*: patterns of files and folders that are never articles
    - *outputs*: folders that the site generator writes

    In the patterns of *articles*, *drafts* and *others*, ``@`` stands for each folder of content. If
    *articles* is empty, the dated files in folders of mostly dated files are articles; with *or_dated*,
    also if no file matches *articles*.
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
    words_in_tags: bool = False
    date_in_name: Literal["always", "never", "configured"] = "always"
    inherited: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    draft_tags: tuple[str, ...] = ()
    syntax: frozenset[str] = frozenset()
    signs: str = ""
    sidecar: str = ""
    translates: bool = False

    @property
    def excluded(self) -> tuple[str, ...]:
        """The patterns of folders and files without articles: *outputs* and *others*."""
        return (*(f"/{folder}/" for folder in self.outputs), *self.others)
