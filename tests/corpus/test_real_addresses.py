"""Derived addresses against those that real sites link to."""

import csv
import os
import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from feeds.corpus.addresses import PageAddresses
from feeds.corpus.by_example import by_example, links_in
from feeds.corpus.dialects import Dialect
from feeds.corpus.header_syntax import split_any
from feeds.corpus.posts.heads import head_of
from feeds.corpus.posts.schema import PostSchema
from feeds.corpus.site import FileHead, SourceSite
from feeds.errors import ArticleError
from tests.paths import ROOT

CORPORA = Path(os.environ.get("REAL_CORPORA", ROOT.parent / "shared" / "corpora"))
MIN_SHARE = 0.95
SITES = {
    "jekyll-docs": SourceSite(
        dialect="jekyll",
        url="https://jekyllrb.com",
        zone="America/Los_Angeles",
        permalinks={"posts": "/news/:year/:month/:day/:title/"},
    ),
    "hexo-site": SourceSite(
        dialect="hexo",
        url="https://hexo.io",
        permalinks={"": "news/:year/:month/:day/:title/"},
        values={"new_post_name": ":year-:month-:day-:title.md"},
    ),
    "zola-rust": SourceSite(dialect="zola", url="https://blog.rust-lang.org"),
    "docusaurus-babel": SourceSite(dialect="docusaurus", url="https://babeljs.io"),
    "eleventy-v8": SourceSite(dialect="eleventy"),
    "hugo-etcd": SourceSite(
        dialect="hugo",
        url="https://etcd.io",
        content=("content/en",),
        language="en-US",
        languages=("en",),
        language_folders={"content/en": "en"},
    ),
    "gatsby-react": SourceSite(dialect="gatsby", url="https://reactjs.org"),
    "pelican-twir": SourceSite(
        dialect="pelican",
        url="https://this-week-in-rust.org",
        permalinks={"": "blog/{date:%Y}/{date:%m}/{date:%d}/{slug}/"},
    ),
    "contentlayer-timlrx": SourceSite(dialect="next", url="https://demo.example"),
}


@pytest.mark.parametrize("name", SITES)
def test_addresses_are_those_that_the_site_links_to(name: str) -> None:
    linked = _linked().get(name)
    if not linked:
        pytest.skip("no real folders beside the project; REAL_CORPORA=path names their folder")
    site = SITES[name]
    dialect = Dialect(name=site.dialect, title=site.dialect)
    heads, links = _read(CORPORA / name, site, dialect)
    addresses = PageAddresses(site, dialect, example=by_example(links, heads.values(), site, dialect))
    wrong = [file for file, url in linked if _page(addresses.of(heads[file]).url) != _page(url)]
    assert len(wrong) <= (1 - MIN_SHARE) * len(linked), wrong


def _linked() -> dict[str, list[tuple[str, str]]]:
    """The files and the addresses of each site."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    table = CORPORA / "addresses.tsv"
    if table.is_file():
        for name, file, address in [*csv.reader(table.read_text().splitlines(), delimiter="\t")][1:]:
            found[name].append((file, address))
    return found


def _read(folder: Path, site: SourceSite, dialect: Dialect) -> tuple[dict[str, FileHead], list[str]]:
    schema = PostSchema(site, dialect)
    heads: dict[str, FileHead] = {}
    links: list[str] = []
    for file in sorted(folder.rglob("*.m*")):
        path = file.relative_to(folder).as_posix()
        if not file.name.endswith((".md", ".mdx", ".markdown")):
            continue
        try:
            header, body = split_any(path, file.read_bytes())
            heads[path] = head_of(schema, path, header, body)
        except ArticleError:
            continue
        links += links_in(body)
    return heads, links


def _page(address: str) -> str:
    """The path without the ends that lead to the same page."""
    return unquote(re.sub(r"(?:/index)?\.html$", "", urlsplit(address).path)).rstrip("/")
