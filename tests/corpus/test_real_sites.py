"""Folders of real sites, read without a setting: their articles and their addresses."""

import csv
import re
import shutil
from collections import defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.errors import UnreadableFile
from tests.paths import CORPORA
from tests.table import for_each

MIN_SHARE = 0.95  # of addresses that are those of the site
MAX_DEVIATION = 0.02  # of the number of articles
MANY = 50  # files in one folder of a site
ARTICLES = {  # of the files that are copied
    "astro-demo": 4, "contentlayer-timlrx": 10, "docusaurus-babel": 19, "eleventy-v8": 44,
    "gatsby-react": 35, "hexo-site": 13, "hugo-etcd": 23, "jekyll-docs": 21, "lume-blog": 2,
    "mkdocs-material": 12, "pelican-twir": 33, "zola-rust": 72,
}  # fmt: skip

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="no folders of real sites")


@cache
def addresses() -> dict[str, dict[str, str]]:
    """The addresses that each site links to, by the paths of their files."""
    linked: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with (CORPORA / "addresses.tsv").open() as file:
        for name, path, address in list(csv.reader(file, delimiter="\t"))[1:]:
            linked[name][path] = address
    return linked


def copy_some(name: str, folder: Path) -> None:
    """Copy a site to *folder*, of many articles in one place every fifth one.

    Of articles with an address, it is every third one.
    """
    linked = {path.removesuffix("/index.md") for path in addresses()[name]}

    def left_out(parent: str, names: list[str]) -> set[str]:
        found = sorted(each for each in names if is_article(Path(parent, each)))
        place = Path(parent).relative_to(CORPORA / name)
        ours = [each for each in found if str(place / each) in linked]
        others = [each for each in found if str(place / each) not in linked]
        return {*found} - {*(ours[1::3] or ours), *others[::5]} if len(found) > MANY else set()

    shutil.copytree(CORPORA / name, folder, ignore=left_out, dirs_exist_ok=True)


def is_article(path: Path) -> bool:
    return path.suffix in (".md", ".markdown") or (path / "index.md").exists()


@cache
def articles(name: str) -> dict[str, Article]:
    """The articles of a folder by path; no other file has a problem."""
    with TemporaryDirectory() as folder:
        copy_some(name, Path(folder))
        sources = dict(Corpus(Path(folder), dialect="auto").sources())
    assert not any(isinstance(source.reading, UnreadableFile) for source in sources.values())
    return {path: each.reading for path, each in sources.items() if isinstance(each.reading, Article)}


@for_each("name", ARTICLES)
def test_a_folder_has_as_many_articles_as_its_site(name: str) -> None:
    assert len(articles(name)) == pytest.approx(ARTICLES[name], rel=MAX_DEVIATION)


@for_each("name", ARTICLES)
def test_every_article_has_words_and_a_date_of_its_own(name: str) -> None:
    found = articles(name).values()
    assert all(article.title and (article.summary or article.images) for article in found)
    assert len({article.id for article in found}) == len(found)
    assert len({article.published for article in found}) > 1


def test_the_addresses_are_those_that_the_sites_link_to() -> None:
    for name, wanted in addresses().items():
        found = articles(name)
        made = {path: found[path].url for path in wanted if path in found}
        assert len(made) >= len(wanted) // 4
        wrong = {path: url for path, url in made.items() if plain(url) != plain(wanted[path])}
        assert len(wrong) <= (1 - MIN_SHARE) * len(made), (name, wrong)


def plain(url: str) -> str:
    """The path of *url* without the ends that servers add or remove."""
    return re.sub(r"(?:/index)?(?:\.html)?/?$", "", unquote(urlsplit(url).path))
