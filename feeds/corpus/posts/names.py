"""Names that paths of posts contain: sections, words for titles, and the part of an id."""

import re

from feeds.article.expressions import expression
from feeds.corpus.places import below, stem_of
from feeds.corpus.posts.languages import full_tag, language_in
from feeds.corpus.site import SourceSite

_DATE = expression(r"\A\d{4}[-_.]\d{1,2}[-_.]\d{1,2}(?:[-_. ]+|\Z)")
_MONTH_FOLDER = expression(r"(?:\A|/)\d{4}/\d{1,2}\Z")
_DAY = expression(r"\A[0-3]?\d[-_. ]+(?=\D)")
_TEXT_EXTENSION = expression(r"(?i)\.(?:te?xt|md|markdown|mdx|html?)\Z")  # before another one
_BUNDLES = frozenset({"index", "readme"})  # files whose folder has the name
# Folders that say nothing about the subject of a post.
_PLAIN_FOLDERS = frozenset({
    "_posts", "articles", "blog", "content", "data", "docs", "pages", "post", "posts", "source", "src",
})  # fmt: skip


def id_name(path: str, site: SourceSite) -> str:
    """*path* without extension and ``/index``; a language that is not the default one stays."""
    stem = _stem(path)
    language = language_in(path, site)
    suffix = f".{language}"
    if language and stem.casefold().endswith(suffix.casefold()):
        named = stem[: -len(suffix)]
        whole = full_tag(language, site)
        is_default = site.language.casefold() in (language.casefold(), whole.casefold())
        return _without_index(named) + ("" if is_default else stem[-len(suffix) :])
    return _without_index(stem)


def name_in(path: str, site: SourceSite) -> str:
    """The name of the post at *path*, or of its bundle, without date, language and extension."""
    folder, _, name = _stem(path).rpartition("/")
    language = language_in(path, site)
    if language and name.casefold().endswith(f".{language.casefold()}"):
        name = name[: -len(language) - 1]
    if name.casefold() in _BUNDLES and folder:
        name = folder.rpartition("/")[2]
    if _MONTH_FOLDER.search(folder):
        name = _DAY.sub("", name)
    name = _TEXT_EXTENSION.sub("", name)
    return _DATE.sub("", name) or name


def categories_above(path: str, site: SourceSite) -> tuple[str, ...]:
    """The folders above ``_posts``, which Jekyll reads as categories of the post at *path*."""
    folders = _within_content(path, site).split("/")[:-1]
    if "_posts" not in folders:
        return ()
    return tuple(each for each in folders[: folders.index("_posts")] if not each.startswith("_"))


def section_of(path: str, site: SourceSite) -> str:
    """The first folder below the content of *site* that says something about the post at *path*."""
    *folders, name = _within_content(path, site).split("/")
    if name.partition(".")[0].casefold() in _BUNDLES:
        folders = folders[:-1]
    languages = {each.casefold() for each in (*site.languages, site.language)}
    ignored = _PLAIN_FOLDERS | languages
    return next(
        (each for each in folders if each.casefold() not in ignored and not re.match(r"[\d_.]", each)), ""
    )


def _within_content(path: str, site: SourceSite) -> str:
    places = (*site.content, site.folder)
    folders = sorted((folder for folder in places if folder.strip(".")), key=len, reverse=True)
    return next((found for folder in folders if (found := below(path, folder)) is not None), path)


def _stem(path: str) -> str:
    """*path* without its extension."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{stem_of(name)}"


def _without_index(stem: str) -> str:
    return stem.removesuffix("/index")
