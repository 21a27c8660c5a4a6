"""The rules by which each site generator makes an address from a file, as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from feeds.corpus import slugs
from feeds.corpus.dialects import Dialect
from feeds.corpus.permalinks import (
    ANY_TOOL,
    BRIDGETOWN,
    HEXO,
    HUGO,
    JEKYLL,
    MKDOCS,
    PELICAN,
    VUEPRESS,
    Placeholder,
    Slug,
)
from feeds.corpus.places import Layout

_POSTS = frozenset({"_posts", "_drafts"})


class Variant(Struct, frozen=True):
    """The *changes* to a rule if the setting *key* of the site contains *value*, in any case."""

    key: str
    value: str
    changes: Mapping[str, Any]


class AddressRule(Struct, frozen=True, kw_only=True):
    """The rule of one site generator.

    *permalink* is the documented pattern of articles, *pages* that of other files; *styles* are patterns
    with names. *part* is the slug rule for folders and files, *words* for titles. With *drops_date*, the
    date before a file name is not in the path; with *dates_are_folders*, ``2026-01-31-x`` becomes
    ``2026/01/31/x``. *slug_replaces* is the part of the path that a slug in the file replaces. *clock* is
    the zone of the day in addresses. *ending* is the end of paths, *index_ending* that of paths of
    folders if it differs. With *adds_slash*, an address in a file gets a slash at its end. Files in
    *page_folders* are pages. If *is_in_code*, a program can change the rule.
    """

    permalink: str
    pages: str = "/:path:ending"
    placeholders: Mapping[str, Placeholder] = MappingProxyType(ANY_TOOL)
    styles: Mapping[str, str] = {}
    layout: Layout = Layout()
    part: Slug = slugs.unchanged
    words: Slug = slugs.unchanged
    drops_date: bool = False
    dates_are_folders: bool = False
    slug_replaces: Literal["name", "path", "nothing"] = "name"
    clock: Literal["written", "site", "utc"] = "written"
    ending: str = "/"
    index_ending: str | None = None
    adds_slash: bool = False
    page_folders: frozenset[str] = frozenset()
    variants: tuple[Variant, ...] = ()
    is_in_code: bool = False


RULES: Mapping[str, AddressRule] = {
    # https://jekyllrb.com/docs/permalinks/
    "jekyll": AddressRule(
        permalink="/:categories/:year/:month/:day/:title:output_ext",
        styles={
            "date": "/:categories/:year/:month/:day/:title:output_ext",
            "pretty": "/:categories/:year/:month/:day/:title/",
            "ordinal": "/:categories/:year/:y_day/:title:output_ext",
            "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
            "none": "/:categories/:title:output_ext",
        },
        placeholders=JEKYLL,
        layout=Layout(hidden=_POSTS),
        words=slugs.jekyll,
        slug_replaces="nothing",
        clock="site",
        ending=".html",
        index_ending="/",
    ),
    # https://www.bridgetownrb.com/docs/content/permalinks
    "bridgetown": AddressRule(
        permalink="/:locale/:categories/:year/:month/:day/:slug/",
        styles={
            "pretty": "/:locale/:categories/:year/:month/:day/:slug/",
            "pretty_ext": "/:locale/:categories/:year/:month/:day/:slug.*",
            "simple": "/:locale/:categories/:slug/",
            "simple_ext": "/:locale/:categories/:slug.*",
        },
        placeholders=BRIDGETOWN,
        layout=Layout(roots=("src",), hidden=_POSTS | {"_pages"}),
        words=slugs.jekyll,
        slug_replaces="nothing",
        clock="site",
    ),
    # https://gohugo.io/content-management/urls/
    "hugo": AddressRule(
        permalink="/:language/:path:ending",
        pages="/:language/:path:ending",
        placeholders=HUGO,
        layout=Layout(roots=("content",), indexes=frozenset({"index", "_index"})),
        part=slugs.hugo,
        words=slugs.hugo,
        adds_slash=True,
        variants=(
            Variant("uglyurls", "true", {"ending": ".html"}),
            Variant("frontmatter.date", ":filename", {"drops_date": True}),
            Variant("disablePathToLower", "true", {"part": slugs.hugo_cased, "words": slugs.hugo_cased}),
        ),
    ),
    # https://hexo.io/docs/permalinks
    "hexo": AddressRule(
        permalink="/:year/:month/:day/:title/",
        placeholders=HEXO,
        layout=Layout(roots=("source",), hidden=_POSTS),
        slug_replaces="nothing",
        clock="site",
        ending=".html",
        index_ending="/",
    ),
    # https://www.getzola.org/documentation/content/page/
    "zola": AddressRule(
        permalink="/:language/:path/",
        pages="/:language/:path/",
        layout=Layout(roots=("content",), indexes=frozenset({"index", "_index"})),
        part=slugs.hyphenated,
        words=slugs.hyphenated,
        drops_date=True,
        adds_slash=True,
        variants=(
            Variant("slugify.paths", "off", {"part": slugs.unchanged}),
            Variant("slugify.paths", "safe", {"part": slugs.unchanged}),
            Variant("slugify.paths_keep_dates", "true", {"drops_date": False}),
        ),
    ),
    # https://www.11ty.dev/docs/permalinks/
    "eleventy": AddressRule(
        permalink="/:path/",
        layout=Layout(roots=("src",)),
        words=slugs.eleventy,
        drops_date=True,
        slug_replaces="nothing",
        clock="utc",
        is_in_code=True,
    ),
    # https://docs.astro.build/en/guides/routing/
    "astro": AddressRule(
        permalink="/:path:ending",
        layout=Layout(roots=("src/pages", "src/content", "src/data")),
        variants=(
            Variant("trailingSlash", "never", {"ending": ""}),
            Variant("build.format", "file", {"ending": ""}),
        ),
        is_in_code=True,
    ),
    # https://docusaurus.io/docs/blog
    "docusaurus": AddressRule(
        permalink="/:language/:path:ending",
        pages="/:language/:path:ending",
        layout=Layout(
            translations=r"i18n/(?P<language>[^/]+)/docusaurus-plugin-content-(?P<section>\w+)[^/]*/(?P<rest>.+)"
        ),
        dates_are_folders=True,
        ending="",
        variants=(Variant("trailingSlash", "true", {"ending": "/"}),),
        slug_replaces="path",
    ),
    "gatsby": AddressRule(
        permalink="/:path/",
        layout=Layout(roots=("content", "src/pages")),
        is_in_code=True,
    ),
    "next": AddressRule(
        permalink="/:path",
        layout=Layout(
            roots=("data", "content", "public", "src/content", "src/pages", "pages", "app", "src")
        ),
        ending="",
        is_in_code=True,
    ),
    # https://docs.getpelican.com/en/latest/settings.html#url-settings
    "pelican": AddressRule(
        permalink="{slug}.html",
        pages="pages/{slug}.html",
        placeholders=PELICAN,
        layout=Layout(roots=("content",), indexes=frozenset()),
        words=slugs.pelican,
        page_folders=frozenset({"pages"}),
    ),
    # https://getnikola.com/handbook.html
    "nikola": AddressRule(
        permalink="/:language/:path:ending",
        pages="/:language/:path:ending",
        variants=(Variant("PRETTY_URLS", "false", {"ending": ".html"}),),
    ),
    # https://squidfunk.github.io/mkdocs-material/plugins/blog/
    "mkdocs": AddressRule(
        permalink="{date}/{slug}",
        pages="{path}{ending}",
        placeholders=MKDOCS,
        layout=Layout(
            roots=("docs",), hidden=frozenset({"posts"}), indexes=frozenset({"index", "readme"})
        ),
        words=slugs.mkdocs,
        variants=(Variant("use_directory_urls", "false", {"ending": ".html"}),),
    ),
    # https://quartz.jzhao.xyz/features/
    "quartz": AddressRule(
        permalink="/:path:ending",
        layout=Layout(roots=("content",)),
        part=slugs.quartz,
        slug_replaces="nothing",
        ending="",
        index_ending="/",
    ),
    # https://vitepress.dev/guide/routing
    "vitepress": AddressRule(
        permalink="/:path:ending",
        slug_replaces="nothing",
        ending=".html",
        index_ending="/",
        variants=(Variant("cleanUrls", "true", {"ending": ""}),),
        is_in_code=True,
    ),
    # https://v2.vuepress.vuejs.org/guide/page.html
    "vuepress": AddressRule(
        permalink="/:path:ending",
        placeholders=VUEPRESS,
        layout=Layout(roots=("docs",), indexes=frozenset({"index", "readme"})),
        slug_replaces="nothing",
        clock="utc",
        ending=".html",
        index_ending="/",
        is_in_code=True,
    ),
    # https://lume.land/docs/creating-pages/urls/
    "lume": AddressRule(
        permalink="/:path:ending",
        layout=Layout(roots=("src",)),
        drops_date=True,
        variants=(Variant("prettyUrls", "false", {"ending": ".html"}),),
        is_in_code=True,
    ),
}


def rule_of(dialect: Dialect) -> AddressRule:
    """The rule of *dialect*; files of unknown tools have no address by default."""
    return RULES.get(dialect.name) or AddressRule(permalink=dialect.permalink)
