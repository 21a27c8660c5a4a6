"""The configuration files of a site make a Site."""

from typing import Any

from feeds.corpus.dialects.registry import BY_NAME
from feeds.corpus.files import patterns
from feeds.corpus.site import Defaults, SourceSite
from feeds.corpus.site_reading import describe, read_site, site_files
from feeds.errors import ArticleError
from tests.table import for_each


def read(
    tool: str, files: dict[str, str], folder: str = ""
) -> tuple[SourceSite, tuple[ArticleError, ...]]:
    """The site of *tool* with *files*; every file must match a pattern of site files."""
    spec = patterns(site_files(BY_NAME[tool], folder))
    assert [path for path in files if not spec.match_file(path)] == []
    return read_site(BY_NAME[tool], folder, {path: text.encode() for path, text in files.items()})


def site(tool: str, files: dict[str, str], folder: str = "") -> SourceSite:
    """The site of *tool* with *files*, which have no problem."""
    made, problems = read(tool, files, folder)
    assert problems == ()
    return made


@for_each(
    ("tool", "path", "written", "expected"),
    [
        ("jekyll", "_config.yml", "url: https://x.org/\nbaseurl: /b/", {"url": "https://x.org/b"}),
        ("jekyll", "_config.yml", "url: https://x.org/b\nbaseurl: b", {"url": "https://x.org/b"}),
        ("jekyll", "_config.yml", "url: http://localhost:4000", {"url": ""}),
        ("jekyll", "_config.yml", "url: example.org", {"url": "https://example.org"}),
        ("jekyll", "_config.yml", "url: //example.org", {"url": "https://example.org"}),
        ("jekyll", "_config.yml", "url: ''\nbaseurl: /b", {"url": ""}),
        ("jekyll", "CNAME", "blog.example.org\n", {"url": "https://blog.example.org"}),
        ("jekyll", "_config.yml", "title: A &amp; <b>B</b>", {"title": "A & B"}),
        ("jekyll", "_config.yml", "name: Tide", {"title": "Tide"}),
        ("jekyll", "_config.yml", "title: '{{ x }}'\nname: Tide", {"title": "Tide"}),
        ("jekyll", "_config.yml", "description: '<p>On *the* sea</p>'", {"description": "On *the* sea"}),
        ("jekyll", "_config.yml", "lang: zh_CN", {"language": "zh-CN", "languages": ("zh-CN",)}),
        ("jekyll", "_config.yml", "locale: en_US.UTF-8", {"language": "en-US"}),
        ("jekyll", "_config.yml", "lang: default", {"language": ""}),
        ("jekyll", "_config.yml", "title: ['', ' ']\nname: Tide", {"title": "Tide"}),
        ("jekyll", "_config.yml", "author: Ann", {"authors": ("Ann",)}),
        ("jekyll", "_config.yml", "author: {name: Ann, email: a@x.org}", {"authors": ("Ann",)}),
        ("jekyll", "_config.yml", "authors: [{name: Ann}, Ben]", {"authors": ("Ann", "Ben")}),
        ("jekyll", "_config.yml", "timezone: Europe/Berlin", {"zone": "Europe/Berlin"}),
        ("jekyll", "_config.yml", "excerpt_separator: <!--more-->", {"separator": "<!--more-->"}),
        ("jekyll", "_config.yml", "permalink: pretty", {"permalinks": {"": "pretty"}}),
        ("jekyll", "_config.yml", "permalink: /:title\ncollections: {posts: {permalink: /p/:title}}",
         {"permalinks": {"": "/:title", "posts": "/p/:title"}}),
        ("jekyll", "_config.yml", "collections: [docs, posts]", {"permalinks": {}}),
        ("jekyll", "_config.yml", "source: src", {"content": ("src",)}),
        ("jekyll", "_config.yml", "source: ../secret", {"content": ("",)}),
        ("hugo", "hugo.toml", "baseurl = 'https://x.org/b/'\nTitle = 'Tide'",
         {"url": "https://x.org/b", "title": "Tide", "content": ("content",)}),
        ("hugo", "config.yaml", "baseURL: /\ntitle: T", {"url": ""}),
        ("hugo", "hugo.toml", "[permalinks]\nposts = '/:year/'\n[permalinks.page]\nnews = '/:slug/'",
         {"permalinks": {"posts": "/:year/", "news": "/:slug/"}}),
        ("hugo", "config/_default/languages.en.toml", "title = 'Tide'\ncontentDir = 'content/en'",
         {"titles": {"en": "Tide"}, "title": "Tide", "content": ("content/en",),
          "language_folders": {"content/en": "en"}, "languages": ("en",)}),
        ("hugo", "config/_default/permalinks.toml", "posts = '/:slug/'",
         {"permalinks": {"posts": "/:slug/"}}),
        ("hugo", "config/_default/hugo.toml", "timeZone = 'Asia/Tokyo'", {"zone": "Asia/Tokyo"}),
        ("astro", "src/config.ts", "const SITE: Site = { website: 'https://x.org/', title: 'Tide' }",
         {"url": "https://x.org", "title": "Tide"}),
        ("astro", "astro-paper.config.ts",
         "export default define({ site: { url: 'https://x.org', timezone: 'Asia/Tokyo' } })",
         {"url": "https://x.org", "zone": "Asia/Tokyo"}),
        ("lume", "_data.yml", "metas: {site: =title}\nsite: {title: Tide}", {"title": "Tide"}),
        ("next", "contentlayer.config.ts",
         "const Blog = define(() => ({ name: 'Blog', filePathPattern: 'blog/*.mdx' }))", {"title": ""}),
        ("docusaurus", "blog/tags.yml", "gears: {label: Gears}\nother:", {"labels": {"gears": "Gears"}}),
        ("gatsby", "gatsby-meta-config.js",
         "module.exports = { title: `Tide`, siteUrl: `https://x.org`, author: { name: `Ann` } }",
         {"title": "Tide", "url": "https://x.org", "authors": ("Ann",)}),
        ("mkdocs", "mkdocs.yml", "plugins: [search, blog]", {"articles": ("/docs/blog/posts/",)}),
        ("mkdocs", "mkdocs.yml", "plugins:\n- tags: {a: b}\n- material/blog: {blog_dir: news}",
         {"articles": ("/docs/news/posts/",)}),
        ("nikola", "conf.py", "POSTS = (('posts/*.md', 'blog', 'p.tmpl'), 'x', ('a/*.txt', {'en': 'b'}))",
         {"articles": ("/posts/**/*.md", "/a/**/*.txt"),
          "permalinks": {"posts": "/:language/blog/:below:ending", "a": "/:language/b/:below:ending"}}),
        ("bare", "CNAME", "example.org", {"url": "https://example.org", "dialect": "bare"}),
    ],
)  # fmt: skip
def test_each_value_is_read_as_the_tool_means_it(
    tool: str, path: str, written: str, expected: dict[str, Any]
) -> None:
    made = site(tool, {path: written})
    assert {field: getattr(made, field) for field in expected} == expected


def test_files_of_translations_name_the_languages_of_a_site() -> None:
    files = {"src/i18n/ui.ts": "", "src/i18n/en.json": "{", "src/i18n/pt-BR.json": ""}
    assert site("astro", files).languages == ("en", "pt-BR")
    assert site("astro", {"src/i18n/ui.ts": "", "src/i18n/en.json": ""}).languages == ()


def test_a_later_file_overrides_an_earlier_one() -> None:
    made = site("hugo", {
        "config/_default/hugo.toml": "baseURL = 'http://localhost:1313'\ntitle = 'Tide'",
        "config/production/hugo.toml": "baseURL = 'https://x.org'\ntitle = ''",
    })  # fmt: skip
    assert (made.url, made.title) == ("https://x.org", "Tide")
    made = site("hugo", {
        "config/_default/hugo.toml": "[params]\nauthor = 'Ann'\nmainSections = ['posts']",
        "config/production/hugo.toml": "[params]\nmainSections = ['news']",
    })  # fmt: skip
    assert (made.authors, made.articles) == (("Ann",), ("/content/news/**",))


def test_a_bad_address_of_one_language_is_a_problem_and_the_others_count() -> None:
    text = (
        "[languages.en]\nbaseURL = 'htp:/x'\ntitle = 'Tide'\n[languages.de]\nbaseURL = 'https://x.org'\n"
    )
    made, (problem,) = read("hugo", {"hugo.toml": f"{text}contentDir = '../x'\n[languages]\nnote = ''"})
    assert (made.language_urls, made.titles) == ({"de": "https://x.org"}, {"en": "Tide"})
    assert (made.language_folders, made.url) == ({}, "https://x.org")
    assert (problem.code.name, problem.path, problem.subject) == (
        "not-an-address",
        "hugo.toml",
        "baseURL",
    )


def test_an_address_in_a_file_without_keys_is_a_problem_of_the_file() -> None:
    _, (problem,) = read("jekyll", {"CNAME": "blog example\n"})
    assert (problem.code.name, problem.path, problem.line) == ("not-an-address", "CNAME", 0)


@for_each(
    ("written", "line", "code"),
    [
        ("a: b\ntimezone: Mars/Base", 2, "unknown-zone"),
        ("a: b\nurl: htp:/x", 2, "not-an-address"),
        ("lang: Klingon!", 1, "not-a-language"),
        ("a: [", 2, "not-configuration"),
    ],
)
def test_a_value_that_cannot_be_used_is_said_once(written: str, line: int, code: str) -> None:
    made, (problem,) = read("jekyll", {"_config.yml": f"{written}\n"})
    assert (problem.path, problem.code.name) == ("_config.yml", code)
    assert problem.line == line
    assert (made.zone, made.url, made.language) == ("", "", "")


def test_paths_are_relative_to_the_root_of_the_corpus() -> None:
    files = {
        "site/_config.yml": "exclude: [notes/, '*.draft.md', ../other, '(a|b)']",
        "site/_data/authors.yml": "ann: Ann Lee",
    }
    made = site("jekyll", files, "site")
    assert (made.folder, made.content, made.people) == ("site", ("site",), {"ann": "Ann Lee"})
    others, articles = patterns(made.others), patterns(made.articles)
    assert articles.match_file("site/a/_posts/x.md")
    assert not articles.match_file("_posts/x.md")
    assert others.match_file("site/notes/x.md")
    assert others.match_file("site/_site/x.md")
    assert not any("other" in each or "|" in each for each in made.others)
    assert not others.match_file("notes/x.md")


@for_each(
    ("path", "written", "people"),
    [
        ("_data/authors.yml", "ann:\n  name: Ann Lee\nben: Ben", {"ann": "Ann Lee", "ben": "Ben"}),
        ("_data/authors.yml", "- {username: ann, name: Ann}\n- Ben", {"ann": "Ann"}),
        ("_data/authors.json", '{"ann": {"first": "Ann", "last": "Lee"}}', {"ann": "Ann Lee"}),
        ("_data/people.yml", "authors:\n  ann: {display_name: Ann}", {"ann": "Ann"}),
        ("_data/authors.yml", "team: {name: Us, url: x}\nann: {name: Ann}", {"team": "Us", "ann": "Ann"}),
        (
            "_data/authors.yml",
            "ann: {name: Ann, github: https://git.example/annlee, twitter: https://x.org}",
            {"ann": "Ann", "annlee": "Ann"},
        ),
        ("_authors/ann.md", "---\nname: Ann Lee\n---\n", {"ann": "Ann Lee"}),
        ("_authors/ann.md", "---\nshort_name: al\nname: Ann\n---\n", {"ann": "Ann", "al": "Ann"}),
    ],
)
def test_authors_are_found_by_key(path: str, written: str, people: dict[str, str]) -> None:
    assert site("jekyll", {path: written}).people == people


def test_defaults_of_narrower_scopes_come_last() -> None:
    scopes = """
        defaults:
        - {scope: {path: _posts/news, type: posts}, values: {category: news}}
        - {scope: {path: '', type: posts}, values: {category: all}}
        - {scope: {path: ''}, values: {image: a.png}}
        - {scope: {path: 'a/*/b'}, values: {x: y}}
        - {scope: {path: '', type: pages}, values: {layout: page}}
        - {scope: {path: '', type: docs}, values: {layout: doc}}
    """
    made = site("jekyll", {"_config.yml": scopes}).defaults
    assert made == (
        Defaults("*", {"image": "a.png"}),
        Defaults("_posts/", {"category": "all"}),
        Defaults("/_docs/", {"layout": "doc"}),
        Defaults("/a/*/b", {"x": "y"}),
        Defaults("/_posts/news", {"category": "news"}),
    )


def test_hugo_cascades_to_its_section_or_target() -> None:
    made = site("hugo", {
        "hugo.toml": "[[cascade]]\ndraft = true\n[cascade.target]\npath = '/blog/**'",
        "content/talks/_index.md": (
            "---\ncascade:\n- type: talk\n- {_target: {kind: section}, draft: true}\n---\n"
        ),
    })  # fmt: skip
    assert made.defaults == (
        Defaults("**/blog/**", {"draft": "true"}),
        Defaults("/content/talks/**", {"type": "talk"}),
    )


@for_each(("tool", "path"), [("lume", "_data.yml"), ("eleventy", "_data/meta.json")])
def test_a_file_for_two_purposes_has_one_problem(tool: str, path: str) -> None:
    _, problems = read(tool, {path: "{"})
    assert [each.path for each in problems] == [path]


def test_a_draft_section_of_zola_has_drafts_alone() -> None:
    made = site("zola", {
        "content/a/_index.md": "+++\ndraft = true\ntitle = 'A'\n+++\n",
        "content/b/_index.md": "+++\ntitle = 'B'\n+++\n",
    })  # fmt: skip
    assert made.defaults == (Defaults("/content/a/**", {"draft": "true"}),)


def test_a_site_is_described_by_tool_and_title() -> None:
    assert describe(BY_NAME["hugo"], site("hugo", {"hugo.toml": "title = 'Tide'"})) == 'Hugo site "Tide"'
    assert describe(BY_NAME["jekyll"], site("jekyll", {})) == "Jekyll site"
