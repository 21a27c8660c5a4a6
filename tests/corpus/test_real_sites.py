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
MANY = 100  # files in one folder of a site
ARTICLES = {  # of the files that are copied
    "astro-demo": 4, "contentlayer-timlrx": 10, "docusaurus-babel": 68, "eleventy-v8": 103,
    "gatsby-react": 68, "hexo-site": 58, "hugo-etcd": 23, "jekyll-docs": 24, "lume-blog": 2,
    "mkdocs-material": 12, "pelican-twir": 33, "zola-rust": 142,
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
    """Copy a site to *folder*, of many files in one place those with an address and every fifth other."""

    def left_out(parent: str, names: list[str]) -> set[str]:
        files = sorted(each for each in names if each.endswith((".md", ".markdown")))
        place = Path(parent).relative_to(CORPORA / name)
        others = [each for each in files if str(place / each) not in addresses()[name]]
        return {each for number, each in enumerate(others) if number % 5} if len(files) > MANY else set()

    shutil.copytree(CORPORA / name, folder, ignore=left_out, dirs_exist_ok=True)


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
        made = {path: articles(name)[path].url for path in wanted}
        wrong = {path: url for path, url in made.items() if plain(url) != plain(wanted[path])}
        assert len(wrong) <= (1 - MIN_SHARE) * len(wanted), (name, wrong)


def plain(url: str) -> str:
    """The path of *url* without the ends that servers add or remove."""
    return re.sub(r"(?:/index)?(?:\.html)?/?$", "", unquote(urlsplit(url).path))
