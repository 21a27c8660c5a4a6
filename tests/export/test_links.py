"""No internal link of an export is dead on a static file server, and every page can be reached."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from feeds.export.names import FileNames
from feeds.sample import write_sample
from tests.builders import LONG_DOMAIN, LONG_TOPIC, write_article
from tests.commands import invoke
from tests.export.links import check
from tests.pages.blog import ARTICLE, write_blog

URL = "https://example.org/feeds"
SETTINGS = f"""\
site:
  feeds:
    best: {{title: Best, query: min_heat=5}}
    {"x" * 240}: {{title: Long, query: q=tide}}
export: {{min_articles: 3}}
"""


class Site(NamedTuple):
    """An exported folder and its address."""

    folder: Path
    url: str

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Site]:
    """Export a corpus with the given options."""

    def run(corpus: Path, url: str, *options: str) -> Site:
        folder = tmp_path_factory.mktemp("site")
        (folder / "feeds.yaml").write_text(SETTINGS)
        settings = {
            "FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(folder / "store.db"),
            "FEEDS_SITE_URL": f"{url}/", "FEEDS_CONFIG": str(folder / "feeds.yaml"),
        }  # fmt: skip
        command = ["export", folder / "public", "--workers", 1, "--codings", "none", *options]
        done = invoke(*command, **settings)
        assert done.exit_code == 0, done.output
        return Site(folder / "public", url)

    return run


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample, a split month, and names that are too long for files."""
    folder = tmp_path_factory.mktemp("corpus")
    write_sample(folder, 15, 1, lambda _done: None)
    for number in range(201):
        name = f"_news/2025-11-{number // 67 + 1:02}-{number:03}.md"
        write_article(folder, name, publishedDateTime=None, topics=["Oceans"], provider=None)
    for number in range(1, 4):
        name = f"_news/2026-01-0{number}-long.md"
        provider = {"name": "Long", "domain": LONG_DOMAIN}
        write_article(
            folder, name, topics=[LONG_TOPIC, "Oceans"], provider=provider, authors=["Ada " * 90]
        )
    return folder


@pytest.fixture(scope="module")
def site(export: Callable[..., Site], corpus: Path) -> Site:
    return export(corpus, URL)


@pytest.mark.parametrize("formats", ["rss", "atom,json"])
def test_no_link_leads_to_a_format_that_is_not_exported(
    export: Callable[..., Site], tmp_path: Path, formats: str
) -> None:
    write_sample(tmp_path, 4, 1, lambda _done: None)
    site = export(tmp_path, URL, "--formats", formats)
    links = check(site.folder, site.url)
    assert links.dead == []
    assert links.followed > 300


def test_no_link_is_dead_and_every_page_can_be_reached(site: Site) -> None:
    links = check(site.folder, site.url)
    assert links.dead == []
    assert links.followed > 5000
    for name in ("feed", "topics", "providers", "authors"):
        assert (site.folder / name / "index.html").exists(), name
    unlinked = {name for name in links.unlinked if not name.startswith(("static/", "assets/"))}
    archives = {name for name in unlinked if name.endswith(".ndjson")}  # a Link header leads to them
    assert unlinked - archives == {"opml/named.opml", "robots.txt"}


def test_an_export_of_a_blog_has_the_pages_of_its_articles(
    export: Callable[..., Site], tmp_path: Path
) -> None:
    write_blog(tmp_path / "blog")
    site = export(tmp_path / "blog", URL)
    assert check(site.folder, site.url).dead == []
    page = f"articles/{ARTICLE}"
    assert f"{URL}/{page}" in site.text("sitemap.xml")
    for name in ("feed", "topics", "authors", page):
        assert (site.folder / name / "index.html").exists(), name


def test_a_topic_by_provider_is_exported_from_a_number_of_articles(
    export: Callable[..., Site], tmp_path: Path
) -> None:
    for number in range(5):
        domain = "many.example" if number < 3 else "few.example"
        provider = {"name": domain, "domain": domain}
        write_article(tmp_path, f"_news/2026-01-0{number + 1}-x.md", topics=["Oceans"], provider=provider)
    site = export(tmp_path, "https://feeds.example")
    assert (site.folder / "topics/oceans/providers/many.example.rss").exists()
    assert not (site.folder / "topics/oceans/providers/few.example.rss").exists()
    page = site.text("topics/oceans/index.html")
    assert 'href="/topics/oceans/providers/many.example"' in page
    assert "<bdi>few.example</bdi>" in page
    assert "providers/few.example" in page  # the link of an entry to the page of its provider
    assert "topics/oceans/providers/few.example" not in page


def test_pages_do_not_link_to_parts_that_are_left_out(
    export: Callable[..., Site], tmp_path: Path
) -> None:
    write_sample(tmp_path / "sample", 4, 1, lambda _done: None)
    site = export(tmp_path / "sample", URL, "--no-archives", "--no-digests")
    dead = check(site.folder, site.url).dead
    assert [link for link in dead if link.file.endswith(".html")] == []


def test_no_link_is_dead_in_an_export_of_a_real_corpus(
    export: Callable[..., Site], real_corpus: Path, tmp_path: Path
) -> None:
    """Every fourth article."""
    for place in real_corpus.iterdir():
        articles = sorted(place.rglob("*.md")) if place.is_dir() and place.name != "_data" else []
        for file in articles[::4]:
            (tmp_path / file.relative_to(real_corpus)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, tmp_path / file.relative_to(real_corpus))
    shutil.copy2(real_corpus / "_config.yml", tmp_path)
    shutil.copytree(real_corpus / "_data", tmp_path / "_data")
    site = export(tmp_path, "https://feeds.example", "--formats", "rss", "--no-digests")
    assert check(site.folder, site.url).dead == []


def test_what_needs_the_server_leads_to_one_page_that_says_so(site: Site) -> None:
    home = site.text("index.html")
    assert 'action="/feeds/needs-server"' in home
    assert "files, without a feed server" in site.text("needs-server/index.html")
    for name in ("index.html", "topics/oceans/index.html", "feed/daily/index.html"):
        for address in ("/build", "/embed", "/oembed", "/explain", "/status"):
            assert f"/feeds{address}" not in site.text(name)


def test_an_exported_digest_lists_its_articles(site: Site) -> None:
    page = site.text("topics/oceans/daily/index.html")
    assert 'id="2025-11-02"' in page
    assert f"{site.url}/topics/oceans/daily#2025-11-02" in site.text("topics/oceans/daily.rss")
    assert "sort=heat" not in page


def test_a_long_name_is_shortened_in_every_list_and_document(site: Site) -> None:
    short = FileNames([f"/topics/{LONG_TOPIC}.rss"]).address(f"/topics/{LONG_TOPIC}")
    for name in ("opml.opml", "catalog.json", "topics/oceans/index.html"):
        assert f"{short.rpartition('~')[0]}~" in site.text(name)
    (feed,) = (site.folder / "topics").glob("*~*.rss")
    assert f"{site.url}{short}.rss" in feed.read_text()


def test_the_page_of_a_split_month_leads_to_its_newest_part(site: Site) -> None:
    page = site.text("topics/oceans/2025-11/index.html")
    newest = max(each.name for each in (site.folder / "topics/oceans").glob("2025-11-*.rss"))[8:10]
    assert f'content="0; url={site.url}/topics/oceans/2025-11-{newest}"' in page
