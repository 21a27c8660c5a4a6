"""The site that a folder of articles belongs to, as its configuration describes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from feeds.corpus.astro_routes import Route


class Defaults(Struct, frozen=True):
    """The *fields* of front matter that files have by default, if their path matches *pattern*.

    *pattern* is in the syntax of ``.gitignore``, relative to the root of the corpus.
    """

    pattern: str
    fields: Mapping[str, Any]


class SourceSite(Struct, frozen=True, kw_only=True):
    """The configuration of one site. Unknown values are empty.

    - *folder*, *content*: the folder of the site, and the folders with its articles and pages, relative
      to the root of the corpus
    - *url*: absolute, with the base path, and without a slash at the end
    - *zone*: a name of the tz database
    - *permalinks*: patterns of addresses by section; the section ``""`` stands for all others
    - *defaults*: a later one has precedence
    - *people*, *labels*: names of authors, and of topics, by their key
    - *titles*: titles by language
    - *language_folders*: languages by folder
    - *language_tags*: the full tags of languages in *languages*
    - *language_urls*: the addresses of languages with a site of their own
    - *articles*, *drafts*, *others*: the patterns of the dialect and of the configuration, relative to
      the root of the corpus
    - *routes*: the pages that show collections
    - *collections*: names of collections by their folder, relative to the folder of the site
    - *values*: the whole configuration, with every scalar as text
    """

    dialect: str
    folder: str = ""
    content: tuple[str, ...] = ("",)
    title: str = ""
    description: str = ""
    url: str = ""
    language: str = ""
    languages: tuple[str, ...] = ()
    zone: str = ""
    authors: tuple[str, ...] = ()
    logo: str = ""
    permalinks: Mapping[str, str] = {}
    defaults: tuple[Defaults, ...] = ()
    people: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    titles: Mapping[str, str] = {}
    language_folders: Mapping[str, str] = {}
    language_tags: Mapping[str, str] = {}
    language_urls: Mapping[str, str] = {}
    articles: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    separator: str = ""
    routes: tuple[Route, ...] = ()
    collections: Mapping[str, str] = {}
    values: Mapping[str, Any] = {}


class FileHead(Struct, frozen=True, kw_only=True):
    """The facts of one file that determine its address and the links to it.

    - *path*: relative to the root of the corpus
    - *date*: aware, in the zone in which it is written; None without a date
    - *is_dated_by_name*: the date comes from the path
    - *status*: ``draft``, ``page`` or empty
    - *slug*: replaces the name of the file in the address, as the site generator defines it
    - *permalink*: the address as the file writes it, or the defaults of its folder: absolute, a path, or
      a pattern
    - *canonical*: an absolute address on another site
    - *fields*: the texts of other fields that patterns of addresses name; ``named_fields`` in
      feeds.corpus.addresses lists them
    """

    path: str
    date: datetime | None = None
    is_dated_by_name: bool = False
    status: str = ""
    title: str = ""
    slug: str = ""
    permalink: str = ""
    canonical: str = ""
    categories: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    language: str = ""
    aliases: tuple[str, ...] = ()
    expires: datetime | None = None
    fields: Mapping[str, str] = {}
