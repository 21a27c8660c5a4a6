"""The article folders and the patterns of addresses that the configuration of a site has."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from feeds.corpus.dialects import Dialect
from feeds.corpus.literals import text_at, value_at
from feeds.corpus.people import is_about_people


class SiteLayout(Struct, frozen=True):
    """The patterns of article files, in the syntax of ``.gitignore``, and those of addresses by section.

    Both are as they are written; the section ``""`` stands for all others.
    """

    articles: tuple[str, ...]
    permalinks: Mapping[str, str] = {}


def layout_of(dialect: Dialect, values: Mapping[str, Any]) -> SiteLayout:
    """The layout of a site of *dialect* with the configuration *values*."""
    special = _LAYOUTS.get(dialect.name)
    chosen = _ARTICLES.get(dialect.name)
    articles = chosen(values) if chosen else ()
    layout = special(values) if special else SiteLayout(articles, _permalinks(dialect, values))
    listed = [value_at(values, key) for key in dialect.keys.get("collections", ())]
    fed = [
        f"_{name}/"
        for each in listed
        if isinstance(each, list | dict)
        for name in each
        if isinstance(name, str)
    ]
    return layout if layout.articles else SiteLayout((*dialect.articles, *fed), layout.permalinks)


def _permalinks(dialect: Dialect, values: Mapping[str, Any]) -> dict[str, str]:
    """The patterns in the keys of *dialect*: one text, texts by section, or collections with a text."""
    made: dict[str, str] = {}
    for key in dialect.keys.get("permalink", ()):
        _collect(made, value_at(values, key))
    return made


def _collect(made: dict[str, str], value: Any) -> None:
    if isinstance(value, str) and value.strip():
        made.setdefault("", value.strip())
    for section, pattern in value.items() if isinstance(value, dict) else ():
        if section == "page" and isinstance(pattern, dict):  # beside those of sections, in Hugo
            _collect(made, pattern)
        written = pattern.get("permalink") if isinstance(pattern, dict) else pattern
        if isinstance(written, str) and written.strip():
            made.setdefault(section, written.strip())


def _hugo(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The sections that the home page lists, if the configuration names them."""
    named = next((names for key in _SECTIONS if (names := _folders(value_at(values, key)))), ())
    return tuple(f"/@/{name}/**" for name in named)


_SECTIONS = ("mainSections", "params.mainSections")


def _pelican(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The folders in ARTICLE_PATHS, or all, without those in PAGE_PATHS."""
    articles = _folders(value_at(values, "ARTICLE_PATHS") or value_at(values, "ARTICLE_DIR"))
    pages = _folders(value_at(values, "PAGE_PATHS") or value_at(values, "PAGE_DIR"))
    if not (articles or pages):
        return ()
    wanted = [f"/@/{folder}/**" for folder in articles] or ["/@/**"]
    return (*wanted, *(f"!/@/{folder}/**" for folder in (*pages, "drafts") if folder not in articles))


def _folders(written: Any) -> list[str]:
    """The paths of folders in one text or a list of texts."""
    listed = written if isinstance(written, list) else [written]
    return [folder for each in listed if isinstance(each, str) and (folder := _folder(each))]


def _docusaurus(values: Mapping[str, Any]) -> SiteLayout:
    """The blog of the preset, and those of plugins."""
    plugins = value_at(values, "plugins")
    options = [
        *(
            []
            if value_at(values, "presets.blog") == "false"
            else [value_at(values, "presets.blog") or {}]
        ),
        *(
            each
            for name, each in (plugins.items() if isinstance(plugins, dict) else ())
            if re.match(r"(?:@docusaurus/plugin-)?content-blog", name) and isinstance(each, dict)
        ),
    ]
    articles, permalinks = list[str](), dict[str, str]()
    for each in options:
        folder = _folder(text_at(each, "path")) or "blog"
        route = text_at(each, "routeBasePath").strip("/") if text_at(each, "routeBasePath") else "blog"
        articles += [f"/{folder}/", f"!/{folder}/**/_*"]
        if route != folder:
            section = folder.partition("/")[0]
            permalinks[section] = f"/:language/{route}/:below:ending".replace("//", "/")
    translated = "/i18n/*/docusaurus-plugin-content-blog*/"
    return SiteLayout((*articles, translated, f"!{translated}**/_*"), permalinks)


def _mkdocs(values: Mapping[str, Any]) -> SiteLayout:
    """The blogs of the plugin; without a list of plugins, the default one."""
    docs = _folder(text_at(values, "docs_dir")) or "docs"
    blogs = [*_plugins(value_at(values, "plugins"), ("blog", "material/blog"))]
    articles = list[str]()
    for each in blogs or [{}]:
        folder = _folder(text_at(each, "blog_dir") or "blog")
        posts = _folder(text_at(each, "post_dir").replace("{blog}", folder)) or f"{folder}/posts"
        articles.append(f"/{docs}/{posts}/".replace("//", "/"))
    return SiteLayout(tuple(articles))


def _plugins(listed: Any, names: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Yield the options of each plugin with one of *names* in a list or a mapping of plugins."""
    members = listed if isinstance(listed, list) else [listed]
    for member in members:
        if member in names:
            yield {}
        for name, options in member.items() if isinstance(member, dict) else ():
            if name in names:
                yield options if isinstance(options, dict) else {}


def _nikola(values: Mapping[str, Any]) -> SiteLayout:
    """The patterns in POSTS, such as ``("posts/*.md", "blog", "post.tmpl")``, by language or not."""
    posts = value_at(values, "POSTS")
    articles, permalinks = list[str](), dict[str, str]()
    for each in posts if isinstance(posts, list) else ():
        if not isinstance(each, list) or not each or not isinstance(each[0], str):
            continue
        folder = _folder(each[0].rpartition("/")[0])
        extension = each[0].rpartition(".")[2]
        articles.append(f"/{folder}/**/*.{extension}".replace("//", "/"))
        target = each[1] if len(each) > 1 else folder
        target = next(iter(target.values()), folder) if isinstance(target, dict) else target
        if isinstance(target, str) and _folder(target) != folder:
            section = folder.partition("/")[0]
            permalinks[section] = f"/:language/{_folder(target)}/:below:ending".replace("//", "/")
    return SiteLayout(tuple(dict.fromkeys(articles)), permalinks)


def _next(values: Mapping[str, Any]) -> SiteLayout:
    """The documents of Contentlayer that have a date."""
    folder = _folder(text_at(values, "contentDirPath"))
    articles = [
        f"/{folder}/{_folder(pattern)}".replace("//", "/")
        for each in values.values()
        if isinstance(each, dict)
        and (pattern := text_at(each, "filePathPattern"))
        and not is_about_people(pattern)
        and _has_date(each.get("fields"))
    ]
    return SiteLayout(tuple(dict.fromkeys(re.sub(r"\{[^{}]*\}", "*", each) for each in articles)))


def types_in(values: Mapping[str, Any]) -> frozenset[str]:
    """The names of the types of documents in the configuration of Contentlayer or Velite."""
    return frozenset(
        text_at(each, "name")
        for each in values.values()
        if isinstance(each, dict) and (text_at(each, "filePathPattern") or text_at(each, "pattern"))
    )


def _has_date(fields: Any) -> bool:
    return isinstance(fields, dict) and any(re.search(r"(?i)date|publi", name) for name in fields)


def _folder(written: str) -> str:
    """The path of a folder in the site, without ``./`` and slashes around it."""
    return re.sub(r"^(?:\.{0,2}/)+|^\.$|/+$", "", written.strip())


_ARTICLES: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, ...]]] = {
    "hugo": _hugo,
    "pelican": _pelican,
}
_LAYOUTS: Mapping[str, Callable[[Mapping[str, Any]], SiteLayout]] = {
    "docusaurus": _docusaurus,
    "mkdocs": _mkdocs,
    "nikola": _nikola,
    "next": _next,
}
