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

    *folder* is the folder of the site, and *content* are the folders with its articles and pages,
    all relative to the root of the corpus. *url* is absolute, includes the base path, and has no
    slash at the end. *zone* is a name of the tz database. *permalinks* are patterns of addresses by
    section; the section ``""`` stands for all others. *people* are names of authors by their key, and
    *labels* those of topics. *titles* are titles by language, *language_tags* the full tags of languages
    in *languages*, *language_urls* the addresses of those with a site of their own, and
    *language_folders* the languages of folders. *articles*,
    *drafts* and *others* are the patterns of the dialect and of the configuration, relative to the root
    of the corpus; a later of the *defaults* has precedence. *routes* are the pages that show collections,
    whose names are in *collections* by their folder, relative to that of the site. *values* is the whole
    configuration, with every scalar as text.
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
    shows_future: bool = False
    routes: tuple[Route, ...] = ()
    collections: Mapping[str, str] = {}
    values: Mapping[str, Any] = {}


class FileHead(Struct, frozen=True, kw_only=True):
    """The facts of one file that determine its address and the links to it.

    *path* is relative to the root of the corpus. *date* is aware, in the zone in which it is
    written, and None without a date; *is_dated_by_name* means that it comes from the path. *status*
    is ``draft``, ``page`` or empty. *permalink* is the address as it is written in the file:
    absolute, a path, or a pattern; from the defaults of its folder if the file has none. *canonical* is
    an absolute address on another site. *slug* replaces the name of the file in the address, as the site
    generator defines it. *fields* are the texts of other fields of the header that patterns of addresses
    name; ``named_fields`` in feeds.corpus.addresses lists them.
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
