"""The folders of articles: those in which most files have a date."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from feeds.article.expressions import expression

MIN_DATED = 0.8  # share of dated files: blogs have 0.93 to 1, documentation at most 0.64
MIN_BESIDE_ONE = 3  # dated files of a small folder that may have one without a date
MIN_IN_ROOT = 0.1  # share of all articles that are in the folder around those of articles

_INDEX = expression(r"(?i)(?:index|readme|page(?=\.mdx\Z))(?:\.[a-z]{2,3}(?:[-_][a-z]{2,8})?)?\.\w+")
_OF_DATES = expression(r"\d{4}(?:[-_]\d{1,2}){0,2}|\d{1,2}")


def without_index(path: str) -> str:
    """*path*, which has no extension, without ``/index``, the file of a bundle."""
    return re.sub(r"(?i)(?:^|/)(?:_?index|readme)$", "", path)


def folder_of(path: str) -> str:
    """The folder of the file at *path*, without the folder of a bundle, and folders of years and months.

    ``blog/2024/05/x/index.md`` -> ``blog``.
    """
    *folders, name = path.split("/")
    if folders and _INDEX.fullmatch(name):
        folders.pop()
    while folders and _OF_DATES.fullmatch(folders[-1]):
        folders.pop()
    return "/".join(folders)


def article_folders(files: Iterable[tuple[str, bool]], roots: Collection[str] = ()) -> frozenset[str]:
    """The folders of articles among *files*: the path of each, and whether it has a date.

    A few dated files in one of *roots*, beside the folders of articles in it, are pages.
    """
    total, dated = Counter[str](), Counter[str]()
    for path, is_dated in files:
        folder = folder_of(path)
        total[folder] += 1
        dated[folder] += is_dated
    found = {folder for folder in total if _is_dated(dated[folder], total[folder])}
    articles = sum(dated[folder] for folder in found)
    return frozenset(
        folder for folder in found if folder not in roots or dated[folder] >= MIN_IN_ROOT * articles
    )


def _is_dated(dated: int, total: int) -> bool:
    return dated >= MIN_DATED * total or (dated >= MIN_BESIDE_ONE and dated == total - 1)
