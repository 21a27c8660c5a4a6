"""The files that describe a site, found in its folder."""

from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.corpus.detection import Detected
from feeds.corpus.dialects import Dialect
from feeds.corpus.dialects.registry import DIALECTS
from feeds.corpus.reading import Withheld
from feeds.corpus.site_descriptions import find
from feeds.corpus.site_reading import site_files
from tests.builders import write_file


@pytest.mark.parametrize("folder", ["", "site"])
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_every_file_that_describes_a_site_is_found(tmp_path: Path, dialect: Dialect, folder: str) -> None:
    paths = {
        line.removeprefix("/").replace("**/", between).replace("*", "some")
        for line in site_files(dialect, folder)
        for between in ("", "in/", "in/there/")
        if not line.endswith("/**/*.json")  # of which only some describe a site; see below
    }
    for path in paths:
        write_file(tmp_path, path, "title: One")
    assert find(tmp_path, Detected(dialect, folder), {}).keys() == paths


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("node_modules/tide/_data.yml", "lume"),
        ("_site/blog/_data.yml", "lume"),
        ("themes/tide/content/_index.md", "hugo"),
        ("content/.git/_index.md", "zola"),
        ("dist/posts/posts.json", "eleventy"),
        ("posts/tags.json", "eleventy"),
        ("package.json", "eleventy"),
    ],
)
def test_no_other_file_describes_a_site(tmp_path: Path, path: str, dialect: str) -> None:
    write_file(tmp_path, path, "title: One")
    (found,) = (each for each in DIALECTS if each.name == dialect)
    assert find(tmp_path, Detected(found, ""), {}) == {}


DAY = "2024-05-01"
DRAFTS = '{"draft": true}'
IN_YAML = "---\ncascade:\n  draft: true\n---\n"
IN_TOML = "+++\n[[cascade]]\ndraft = true\n+++\n"
PAGES = "---\ncascade:\n- target: {kind: page}\n  draft: true\n---\n"
TARGETS = "\n[[cascade]]\ndraft = true\n[cascade.target]\npath = '{/in,/in/**}'"
COL_B = f"col/_posts/{DAY}-b"
NOTES = "notes/blog/posts"
HUGO = 'hugo.toml: title = "Tide"'
ZOLA = 'zola.toml: base_url = "https://tide.example"'
ELEVENTY = "eleventy.config.js: "
MKDOCS = "mkdocs.yml: {site_name: Tide, docs_dir: notes}"
QUARTZ = 'quartz.config.ts: export default {configuration: {ignorePatterns: ["in", "secret*"]}}'
VITEPRESS = ".vitepress/config.ts: export default {srcDir: 'src', srcExclude: ['in/**']}"
BRIDGETOWN = "bridgetown.config.yml: "
IN_NEWS = "defaults: [{scope: {path: _posts/in}, values: {published: false}}]"
OF_DOCS = "defaults: [{scope: {path: '', collection: docs}, values: {published: false}}]"


@pytest.mark.parametrize(
    ("site", "hidden", "shown"),
    [
        ((HUGO, "content/in/_index.md: " + IN_YAML), "content/in/a", "content/b"),
        ((HUGO, "content/in/_index.md: " + IN_TOML), "content/in/a", "content/b"),
        ((ZOLA, "content/in/_index.md: +++\ndraft = true\n+++\n"), "content/in/a", "content/b"),
        ((HUGO, "content/in/_index.md: " + PAGES), "content/in/a", "content/b"),
        ((HUGO, 'content/in/_index.md: {"cascade": {"draft": true}}\nText'), "content/in/a", "content/b"),
        ((HUGO, "content/_index.de.md: " + IN_YAML), "content/a.de", "content/b"),
        ((HUGO + '\ncontentDir = "pages"', "pages/in/_index.md: " + IN_YAML), "pages/in/a", "pages/b"),
        ((HUGO + TARGETS,), "content/in/a", "content/b"),
        (("_config.yml: collections_dir: col\n" + IN_NEWS,), f"col/_posts/in/{DAY}-a", COL_B),
        (("_config.yml: title: A",), f"_posts/_in/{DAY}-a", f"_posts/{DAY}-b"),
        (("_config.yml: title: A", "source/_posts/_in/a.md: A"), "source/_posts/_a", "source/_posts/b"),
        (("_config.yml: skip_render: [_posts/a*]",), "source/_posts/a", "source/_posts/b"),
        (("astro.config.mjs: ",), "src/content/blog/_a", "src/content/blog/b"),
        (("docusaurus.config.js: ",), "i18n/fr/docusaurus-plugin-content-blog/_a", "blog/b"),
        ((ELEVENTY, "garden/garden.json: " + DRAFTS), "garden/a", "blog/b"),
        ((ELEVENTY, "blog/_in/_in.json: " + DRAFTS), "blog/_in/a", "blog/b"),
        ((ELEVENTY, "blog/a.json: " + DRAFTS), "blog/a", "blog/b"),
        ((ELEVENTY, "blog/blog.json: " + DRAFTS, 'blog/b.json: {"draft": false}'), "blog/a", "blog/b"),
        ((ELEVENTY, "blog/in/in.11tydata.yaml: draft: true"), "blog/in/a", "blog/b"),
        ((ELEVENTY, "blog/blog.11tydata.js: export default {draft: env.A ? true : false}"), "", "blog/b"),
        ((MKDOCS, f"{NOTES}/in/.meta.yml: draft: true"), f"{NOTES}/in/a", f"{NOTES}/b"),
        ((QUARTZ,), "content/in/a", "content/b"),
        ((QUARTZ,), "content/secret-a", "content/b"),
        ((VITEPRESS,), "src/in/a", "src/b"),
        ((f"{BRIDGETOWN} exclude: [_posts/in]",), f"src/_posts/in/{DAY}-a", f"src/_posts/{DAY}-b"),
        ((BRIDGETOWN + IN_NEWS,), f"src/_posts/in/{DAY}-a", f"src/_posts/{DAY}-b"),
        ((BRIDGETOWN + OF_DOCS,), "src/_docs/a", f"src/_posts/{DAY}-b"),
        (("_config.ts: ",), "posts/_in/a", "posts/b"),
        (("_config.ts: ",), "posts/_a", "posts/b"),
        ((".vuepress/config.ts: ",), "README", "posts/b/README"),
        (("mkdocs.yml: site_name: Tide",), "docs/README", "docs/blog/posts/b/README"),
    ],
)  # fmt: skip
def test_what_a_site_hides_is_not_published(
    tmp_path: Path, site: tuple[str, ...], hidden: str, shown: str
) -> None:
    for path, _, text in (each.partition(": ") for each in site):
        write_file(tmp_path, path, text)
    for stem in filter(None, (hidden, shown)):
        write_file(tmp_path, f"{stem}.md", f"---\ntitle: One\ndate: {DAY}\n---\nText\n")
    sources = Corpus(tmp_path, dialect="auto").sources()
    published = [path for path, source in sources if isinstance(source.reading, Article)]
    assert published == [f"{shown}.md"]


@pytest.mark.parametrize(
    ("site", "path", "good", "bad"),
    [
        (HUGO, "content/in/_index.md", IN_YAML, "---\ntitle: in: out\n---\n"),
        (HUGO, "content/in/_index.md", IN_TOML, "+++\ntitle = in\n+++\n"),
        (HUGO, "content/in/_index.md", '{"cascade": {"draft": true}}', '{"cascade": }'),
        (ZOLA, "content/in/_index.md", "+++\ndraft = true\n+++\n", "+++\ndraft = \n+++\n"),
        (ELEVENTY, "content/in/in.json", DRAFTS, '{"draft": '),
    ],
)
def test_the_last_good_defaults_of_a_folder_stay_in_force(
    tmp_path: Path, site: str, path: str, good: str, bad: str
) -> None:
    file, _, text = site.partition(": ")
    write_file(tmp_path, file, text)
    write_file(tmp_path, path, good)
    write_file(tmp_path, "content/in/one.md", f"---\ntitle: One\ndate: {DAY}\n---\nText\n")
    corpus = Corpus(tmp_path, dialect="auto")
    assert isinstance(corpus.read("content/in/one.md"), Withheld)
    write_file(tmp_path, path, bad)
    corpus.reload()
    assert isinstance(corpus.read("content/in/one.md"), Withheld)
    assert [(each.path, each.line > 0) for each in corpus.problems] == [(path, True)]
    assert "its last good version stays in force" in str(corpus.problems[0])
