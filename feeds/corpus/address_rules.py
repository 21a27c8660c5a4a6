"""The rules by which each site generator makes an address from a file, as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from feeds.corpus import slugs
from feeds.corpus.dialects import Dialect
from feeds.corpus.placeholders import (
    ANY_TOOL,
    BRIDGETOWN_PLACEHOLDERS,
    HEXO_PLACEHOLDERS,
    HUGO_PLACEHOLDERS,
    JEKYLL_PLACEHOLDERS,
    MKDOCS_PLACEHOLDERS,
    PELICAN_BY_NAME,
    PELICAN_BY_UNDATED_NAME,
    PELICAN_PLACEHOLDERS,
    VUEPRESS_PLACEHOLDERS,
    Placeholder,
    Slug,
)
from feeds.corpus.places import Layout


class Variant(Struct, frozen=True):
    """The *changes* to a rule if the setting *key* of the site contains *value*, in any case."""

    key: str
    value: str
    changes: Mapping[str, Any]


class AddressRule(Struct, frozen=True, kw_only=True):
    """The rule of one site generator.

    - *permalink*, *pages*: the documented patterns of articles, and of other files
    - *styles*: patterns with names
    - *is_in_code*: a program can change the pattern

    The path:

    - *part*, *words*: the slug rules for folders and files, and for titles
    - *unseen*: folders whose names begin with one of these are not in the path
    - *drops_date*: the date before a file name is not in the path
    - *dates_are_folders*: ``2026-01-31-x`` becomes ``2026/01/31/x``
    - *slug_replaces*: the part of the path that a slug in the file replaces
    - *clock*: the zone of the day in addresses
    - *page_folders*: the files in these folders are pages

    The ends:

    - *ending*, *index_ending*: the ends of paths, and of paths of folders if these differ
    - *completion*: the end of patterns without an extension, with *completes_all* also of the others
    - *keeps_html*: ``.html`` stays

    Languages:

    - *prefixes_language*: the patterns before which the language is written; *relative* includes
      addresses in files that begin without a slash
    - *prefixes_default*: the default language is written too
    - *lowers_language*: the language is in lower case
    """

    permalink: str
    pages: str = "/:path:ending"
    styles: Mapping[str, str] = {}
    placeholders: Mapping[str, Placeholder] = MappingProxyType(ANY_TOOL)
    layout: Layout = Layout()
    is_in_code: bool = False
    part: Slug = slugs.unchanged
    words: Slug = slugs.unchanged
    unseen: tuple[str, ...] = ()
    drops_date: bool = False
    dates_are_folders: bool = False
    slug_replaces: Literal["name", "path", "nothing"] = "name"
    clock: Literal["written", "site", "utc"] = "written"
    page_folders: frozenset[str] = frozenset()
    ending: str = "/"
    index_ending: str | None = None
    completion: str = ""
    completes_all: bool = False
    keeps_html: bool = True
    prefixes_language: Literal["never", "rules", "relative"] = "never"
    prefixes_default: bool = False
    lowers_language: bool = False
    variants: tuple[Variant, ...] = ()


def rule_of(dialect: Dialect) -> AddressRule:
    """The rule of *dialect*; files of unknown tools have no address by default."""
    return ADDRESS_RULES.get(dialect.name) or AddressRule(permalink="", pages="")


_POSTS = frozenset({"_posts", "_drafts"})
_SECTIONS = frozenset({"index", "_index"})
_READMES = frozenset({"index", "readme"})

_JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_BRIDGETOWN_STYLES = {
    "pretty": "/:locale/:categories/:year/:month/:day/:slug/",
    "pretty_ext": "/:locale/:categories/:year/:month/:day/:slug.*",
    "date": "/:locale/:categories/:year/:month/:day/:slug.*",
    "simple": "/:locale/:categories/:slug/",
    "simple_ext": "/:locale/:categories/:slug.*",
}

ADDRESS_RULES: Mapping[str, AddressRule] = {
    # https://jekyllrb.com/docs/permalinks/
    "jekyll": AddressRule(
        permalink=_JEKYLL_STYLES["date"],
        styles=_JEKYLL_STYLES,
        placeholders=JEKYLL_PLACEHOLDERS,
        layout=Layout(hidden=_POSTS),
        words=slugs.jekyll,
        slug_replaces="nothing",
        clock="site",
        ending=".html",
        index_ending="/",
    ),
    # https://www.bridgetownrb.com/docs/content/permalinks
    "bridgetown": AddressRule(
        permalink=_BRIDGETOWN_STYLES["pretty"],
        styles=_BRIDGETOWN_STYLES,
        placeholders=BRIDGETOWN_PLACEHOLDERS,
        layout=Layout(roots=("src",), hidden=_POSTS, ignored=frozenset({"_pages"})),
        words=slugs.jekyll,
        slug_replaces="nothing",
        clock="site",
    ),
    # https://gohugo.io/content-management/urls/
    "hugo": AddressRule(
        permalink="/:path:ending",
        placeholders=HUGO_PLACEHOLDERS,
        layout=Layout(roots=("content",), indexes=_SECTIONS),
        part=slugs.hugo,
        words=slugs.hugo,
        completion="/",
        prefixes_language="relative",
        lowers_language=True,
        variants=(
            Variant("uglyurls", "true", {"ending": ".html", "completion": ".html"}),
            Variant("frontmatter.date", ":filename", {"drops_date": True}),
            Variant("disablePathToLower", "true", {"part": slugs.hugo_cased, "words": slugs.hugo_cased}),
            Variant("defaultContentLanguageInSubdir", "true", {"prefixes_default": True}),
        ),
    ),
    # https://hexo.io/docs/permalinks
    "hexo": AddressRule(
        permalink="/:year/:month/:day/:title/",
        placeholders=HEXO_PLACEHOLDERS,
        layout=Layout(roots=("source",), hidden=_POSTS),
        slug_replaces="nothing",
        clock="site",
        ending=".html",
        index_ending="/",
        variants=(
            Variant("new_post_name", ":year", {"drops_date": True}),
            Variant("pretty_urls.trailing_html", "false", {"keeps_html": False}),
        ),
    ),
    # https://www.getzola.org/documentation/content/page/
    "zola": AddressRule(
        permalink="/:path/",
        pages="/:path/",
        layout=Layout(roots=("content",), indexes=_SECTIONS),
        part=slugs.hyphenated,
        words=slugs.hyphenated,
        drops_date=True,
        completion="/",
        completes_all=True,
        prefixes_language="rules",
        variants=(
            Variant("slugify.paths", "off", {"part": slugs.unchanged}),
            Variant("slugify.paths", "safe", {"part": slugs.unchanged}),
            Variant("slugify.paths_keep_dates", "true", {"drops_date": False}),
        ),
    ),
    # https://www.11ty.dev/docs/permalinks/
    "eleventy": AddressRule(
        permalink="/:path/",
        pages="/:path/",
        layout=Layout(roots=("src",), joins_own_folder=True),
        is_in_code=True,
        words=slugs.eleventy,
        drops_date=True,
        slug_replaces="nothing",
        clock="utc",
    ),
    # https://docs.astro.build/en/guides/routing/
    "astro": AddressRule(
        permalink="/:path:ending",
        layout=Layout(roots=("src/pages", "src/content", "src/data"), is_configurable=False),
        is_in_code=True,
        slug_replaces="nothing",
        variants=(
            Variant("trailingSlash", "never", {"ending": ""}),
            Variant("build.format", "file", {"ending": ""}),
        ),
    ),
    # https://docusaurus.io/docs/api/plugins/@docusaurus/plugin-content-blog
    "docusaurus": AddressRule(
        permalink="/:path:ending",
        layout=Layout(
            translations=r"i18n/(?P<language>[^/]+)/docusaurus-plugin-content-(?P<section>\w+)[^/]*/(?P<rest>.+)"
        ),
        dates_are_folders=True,
        slug_replaces="path",
        ending="",
        prefixes_language="rules",
        variants=(Variant("trailingSlash", "true", {"ending": "/"}),),
    ),
    "gatsby": AddressRule(
        permalink="/:path/",
        pages="/:path/",
        layout=Layout(roots=("content", "src/pages")),
        is_in_code=True,
    ),
    "next": AddressRule(
        permalink="/:path",
        pages="/:path",
        layout=Layout(
            roots=(
                "data",
                "content",
                "contents",
                "public",
                "src/content",
                "src/contents",
                "src/data",
                "src/pages",
                "src/app",
                "pages",
                "app",
                "src",
            ),
            indexes=frozenset({"index", "page"}),
        ),
        is_in_code=True,
        unseen=("(",),
        part=slugs.without_underscore,
        ending="",
    ),
    # https://docs.getpelican.com/en/latest/settings.html#url-settings
    "pelican": AddressRule(
        permalink="{slug}.html",
        pages="pages/{slug}.html",
        placeholders=PELICAN_PLACEHOLDERS,
        layout=Layout(roots=("content",), indexes=frozenset()),
        words=slugs.pelican,
        page_folders=frozenset({"pages"}),
        variants=(
            Variant("SLUGIFY_SOURCE", "basename", {"placeholders": PELICAN_BY_NAME}),
            Variant("FILENAME_METADATA", "(?p<slug>", {"placeholders": PELICAN_BY_UNDATED_NAME}),
            Variant("PATH_METADATA", "(?p<slug>", {"placeholders": PELICAN_BY_UNDATED_NAME}),
        ),
    ),
    # https://getnikola.com/handbook.html
    "nikola": AddressRule(
        permalink="/:path:ending",
        layout=Layout(indexes=frozenset()),
        prefixes_language="rules",
        variants=(Variant("PRETTY_URLS", "false", {"ending": ".html"}),),
    ),
    # https://squidfunk.github.io/mkdocs-material/plugins/blog/
    "mkdocs": AddressRule(
        permalink="{date}/{slug}",
        pages="{path}{ending}",
        placeholders=MKDOCS_PLACEHOLDERS,
        layout=Layout(roots=("docs",), hidden=frozenset({"posts"}), indexes=_READMES),
        words=slugs.mkdocs,
        index_ending="/",
        variants=(Variant("use_directory_urls", "false", {"ending": ".html"}),),
    ),
    # https://quartz.jzhao.xyz/features/wikilinks
    "quartz": AddressRule(
        permalink="/:path:ending",
        layout=Layout(roots=("content",), indexes=_SECTIONS),
        part=slugs.quartz,
        slug_replaces="nothing",
        ending="",
        index_ending="/",
    ),
    # https://vitepress.dev/guide/routing
    "vitepress": AddressRule(
        permalink="/:path:ending",
        is_in_code=True,
        slug_replaces="nothing",
        ending=".html",
        index_ending="/",
        variants=(Variant("cleanUrls", "true", {"ending": ""}),),
    ),
    # https://vuepress.vuejs.org/guide/page.html
    "vuepress": AddressRule(
        permalink="/:path:ending",
        placeholders=VUEPRESS_PLACEHOLDERS,
        layout=Layout(roots=("docs",), indexes=_READMES),
        is_in_code=True,
        slug_replaces="nothing",
        clock="utc",
        ending=".html",
        index_ending="/",
        completion="/",
    ),
    # https://lume.land/docs/creating-pages/urls/
    "lume": AddressRule(
        permalink="/:path:ending",
        layout=Layout(roots=("src",)),
        is_in_code=True,
        drops_date=True,
        index_ending="/",
        variants=(Variant("prettyUrls", "false", {"ending": ".html"}),),
    ),
}
