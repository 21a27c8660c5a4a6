"""Addresses of files on their sites, by the rule of each site generator."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from feeds.corpus.addresses import PageAddresses, named_fields
from feeds.corpus.astro_routes import collections_in, routes_in
from feeds.corpus.by_example import Example
from feeds.corpus.dialects import Dialect
from feeds.corpus.site import Defaults, FileHead, SourceSite
from tests.table import for_each

URL = "https://blog.example"
DAY = datetime(2026, 1, 5, 7, 8, 9, tzinfo=ZoneInfo("UTC"))
FIRST_DAY = datetime(1, 1, 1, tzinfo=UTC)
EVENING = datetime(2026, 1, 5, 23, 30, tzinfo=timezone(timedelta(hours=-5)))


def path_of(tool: str, head: FileHead, **site: Any) -> str:
    """The address of the file with *head* without the host, on a site with these fields."""
    values = {"url": URL, "dialect": tool, **site}
    url = PageAddresses(SourceSite(**values), Dialect(name=tool, title=tool)).of(head).url
    return url.removeprefix(URL)


def head(path: str, **fields: Any) -> FileHead:
    """An article with *fields*, of 5 January 2026."""
    return FileHead(path=path, **{"date": DAY, **fields})


def styled(pattern: str, section: str = "") -> Mapping[str, Any]:
    return {"permalinks": {section: pattern}}


POST = "_posts/2026-01-05-Hello.World.md"


@for_each(
    ("file", "site", "expected"),
    [
        (head(POST), {}, "/2026/01/05/Hello.World.html"),
        (head(POST), styled("pretty"), "/2026/01/05/Hello.World/"),
        (head(POST), styled("date"), "/2026/01/05/Hello.World.html"),
        (head(POST), styled("ordinal"), "/2026/005/Hello.World.html"),
        (head(POST), styled("weekdate"), "/2026/W02/Mon/Hello.World.html"),
        (head(POST), styled("none"), "/Hello.World.html"),
        (head(POST), styled(":none"), "/Hello.World.html"),
        (head(POST), styled("/news/:year/:i_month/:i_day/:title/"), "/news/2026/1/5/Hello.World/"),
        (head(POST), styled("/:short_year/:slug"), "/26/hello-world"),
        (head(POST), styled("/:title:output_ext", "posts"), "/Hello.World.html"),
        (head(POST), styled("/:hour:minute/:title"), "/0708/Hello.World"),
        (head(POST), styled("blog/:title.html"), "/blog/Hello.World.html"),
        (head(POST, slug="Other One"), {}, "/2026/01/05/Other-One.html"),
        (head(POST, categories=("Big News", "Web")), {}, "/big%20news/web/2026/01/05/Hello.World.html"),
        (
            head(POST, categories=("Big News",)),
            styled("/:slugified_categories/:title/"),
            "/big-news/Hello.World/",
        ),
        (head("Tech/_posts/2026-01-05-a.md"), {}, "/tech/2026/01/05/a.html"),
        (
            head("tech/_posts/2026-01-05-a.md", categories=("tech", "web")),
            {},
            "/tech/web/2026/01/05/a.html",
        ),
        (head("_posts/2025/2026-01-05-a.md"), {}, "/2026/01/05/a.html"),
        (head(POST, permalink="/Über uns/"), {}, "/%C3%9Cber%20uns/"),
        (head(POST, permalink="/x/:year/:title/"), {}, "/x/2026/Hello.World/"),
        (head(POST, permalink="/x/index.html"), {}, "/x/"),
        (head("_posts/2026-01-05-été à Paris!.md"), {}, "/2026/01/05/%C3%A9t%C3%A9-%C3%A0-Paris!.html"),
        (head("_posts/2026-01-05-a-b_c.md"), {}, "/2026/01/05/a-b_c.html"),
        (head("_posts/2026-01-05-a.md", date=EVENING), {}, "/2026/01/06/a.html"),
        (
            head("_posts/2026-01-05-a.md", date=EVENING),
            {"zone": "America/New_York"},
            "/2026/01/05/a.html",
        ),
        (head("docs/_posts/2026-01-05-a.md"), {"folder": "docs"}, "/2026/01/05/a.html"),
        (head("about.md", date=None), {}, "/about.html"),
        (head("about/index.md", date=None), {}, "/about/"),
        (head("index.md", date=None), {}, "/"),
    ],
)
def test_jekyll_derives_an_address(file: FileHead, site: Mapping[str, Any], expected: str) -> None:
    assert path_of("jekyll", file, **site) == expected


MULTILINGUAL = {"language": "en", "languages": ("en", "fr", "pt-BR")}


@for_each(
    ("file", "site", "expected"),
    [
        (head("content/posts/Hello.md"), {}, "/posts/hello/"),
        (head("content/posts/hello/index.md"), {}, "/posts/hello/"),
        (head("content/posts/2026-01-05-hello.md"), {}, "/posts/2026-01-05-hello/"),
        (
            head("content/posts/2026-01-05-hello.md"),
            {"values": {"frontmatter": {"date": [":filename", ":default"]}}},
            "/posts/hello/",
        ),
        (head("content/posts/My  First & Last.md"), {}, "/posts/my-first-last/"),
        (head("content/posts/v1.2_notes.md"), {}, "/posts/v1.2_notes/"),
        (head("content/posts/été.md"), {}, "/posts/%C3%A9t%C3%A9/"),
        (head("content/posts/a.md", slug="Other One"), {}, "/posts/other-one/"),
        (head("content/posts/a.md", permalink="/x/y"), {}, "/x/y/"),
        (head("content/posts/a.md", permalink="post/x"), {}, "/post/x/"),
        (head("content/posts/a.md", permalink="/x/y.html"), {}, "/x/y.html"),
        (head("content/posts/a.md", permalink="/:year/:slug/", slug="b"), {}, "/2026/b/"),
        (head("content/posts/a.md"), {"values": {"uglyURLs": "true"}}, "/posts/a.html"),
        (head("content/posts/A.md"), {"values": {"disablePathToLower": "true"}}, "/posts/A/"),
        (head("content/posts/a.md"), styled("/:year/:month/:day/:filename/", "posts"), "/2026/01/05/a/"),
        (
            head("content/posts/a.md", title="Node.js 20: What’s new?"),
            styled("/:year/:title/", "posts"),
            "/2026/node.js-20-whats-new/",
        ),
        (head("content/posts/a.md", slug="b", title="C"), styled("/p/:slug", "posts"), "/p/b/"),
        (head("content/posts/a.md", title="C D"), styled("/p/:slug", "posts"), "/p/c-d/"),
        (head("content/posts/a.md", title="C"), styled("/p/:slugorfilename/", "posts"), "/p/a/"),
        (head("content/posts/x/a.md"), styled("/:sections/:contentbasename/", "posts"), "/posts/x/a/"),
        (head("content/a/b/c/d.md"), styled("/:sections[1:]/:filename/", "a"), "/b/c/d/"),
        (head("content/a/b/c/d.md"), styled("/:sections[last]/:filename/", "a"), "/c/d/"),
        (
            head("content/posts/a.md"),
            styled("/:monthname/:weekdayname/:filename/", "posts"),
            "/January/Monday/a/",
        ),
        (head("content/posts/a.md"), styled("/:06/:1/:2/:filename/", "posts"), "/26/1/5/a/"),
        (head("content/notes/a.md"), styled("/:year/:filename/", "posts"), "/notes/a/"),
        (head("content/posts/a.md", date=EVENING), styled("/:day/:filename/", "posts"), "/05/a/"),
        (head("content/posts/a.fr.md"), MULTILINGUAL, "/fr/posts/a/"),
        (head("content/posts/a/index.pt-BR.md"), MULTILINGUAL, "/pt-br/posts/a/"),
        (head("content/posts/a.en.md"), MULTILINGUAL, "/posts/a/"),
        (
            head("content/en/posts/a.md", language="en"),
            {"language": "en-US", "languages": ("en",), "content": ("content/en",)},
            "/posts/a/",
        ),
        (
            head("content/posts/a.de.md", language="de"),
            {**MULTILINGUAL, "languages": ("de", "en"), "values": {"defaultContentLanguage": "de"}},
            "/posts/a/",
        ),
        (head("content/posts/a.min.md"), MULTILINGUAL, "/posts/a.min/"),
        (
            head("content/fr/posts/a.md", language="fr"),
            {**MULTILINGUAL, "content": ("content/en", "content/fr")},
            "/fr/posts/a/",
        ),
        (head("content/posts/_index.md", date=None), {}, "/posts/"),
        (head("content/a.md"), {"url": f"{URL}/sub"}, "/sub/a/"),
    ],
)
def test_hugo_derives_an_address(file: FileHead, site: Mapping[str, Any], expected: str) -> None:
    assert path_of("hugo", file, **site) == expected


BLOG = "docs/blog/posts"
BLOGS = [{"blog": {"post_url_date_format": "yyyy"}}, {"material/blog": {"blog_dir": "news"}}]
UNDATED = {"date": None}


@for_each(
    ("tool", "file", "site", "expected"),
    [
        # Pages of Jekyll, and the collections that are not posts.
        ("jekyll", head("about.md", **UNDATED), styled("pretty"), "/about/"),
        ("jekyll", head("about.md", **UNDATED), styled("/:year/:title"), "/about"),
        ("jekyll", head("_docs/a/b.md", **UNDATED), styled("/:collection/:path/", "docs"), "/docs/a/b/"),
        ("jekyll", head("_docs/a/b.md", **UNDATED), {}, "/docs/a/b.html"),
        ("jekyll", head("_posts/a.html", date=None, status="page"), {}, "/a.html"),
        ("jekyll", head(POST), styled("/:year_:month/:title"), "/2026_01/Hello.World"),
        ("jekyll", head("_posts/2026-01-05-a#b?.md"), {}, "/2026/01/05/a-b.html"),
        ("bridgetown", head("src/_posts/2026-01-05-Hello.World.md"), {}, "/2026/01/05/hello-world/"),
        ("bridgetown", head("src/_posts/2026-01-05-a.md"), styled("simple"), "/a/"),
        ("bridgetown", head("src/_notes/a b.md"), {}, "/notes/a%20b/"),
        ("bridgetown", head("src/_notes/a.md"), styled("/:collection/:slug/", "notes"), "/notes/a/"),
        ("bridgetown", head("src/_posts/2026-01-05-a.md"), styled("pretty_ext"), "/2026/01/05/a.html"),
        (
            "bridgetown",
            head("src/_posts/2026-01-05-a.md", categories=("Big News",)),
            styled("/blog/:categories/:slug.*"),
            "/blog/big-news/a.html",
        ),
        ("bridgetown", head("src/_pages/about.md", **UNDATED), {}, "/about/"),
        ("hugo", head("content/posts/a.fr.md", permalink="x"), MULTILINGUAL, "/fr/x/"),
        ("hugo", head("content/posts/a.fr.md", permalink="/x"), MULTILINGUAL, "/x/"),
        (
            "hugo",
            head("content/posts/a.md"),
            {**MULTILINGUAL, "values": {"defaultContentLanguageInSubdir": "true"}},
            "/en/posts/a/",
        ),
        (
            "hugo",
            head("content/posts/a.fr.md"),
            {**MULTILINGUAL, **styled("/:year/:filename/", "posts")},
            "/fr/2026/a/",
        ),
        (
            "hugo",
            head("content/posts/a.md"),
            {**styled("/:year/:filename/", "posts"), "values": {"uglyURLs": True}},
            "/2026/a.html",
        ),
        ("hexo", head("source/_posts/a.md"), {}, "/2026/01/05/a/"),
        ("hexo", head("source/_posts/2026-01-05-a.md"), {}, "/2026/01/05/2026-01-05-a/"),
        (
            "hexo",
            head("source/_posts/2026-01-05-a.md"),
            {"values": {"new_post_name": ":year-:month-:day-:title.md"}},
            "/2026/01/05/a/",
        ),
        ("hexo", head("source/_posts/deep/My Post.md"), {}, "/2026/01/05/deep/My%20Post/"),
        ("hexo", head("source/_posts/deep/a.md"), styled(":name.html"), "/a.html"),
        (
            "hexo",
            head("source/_posts/a.md", categories=("Big News", "Web")),
            styled(":category/:title/"),
            "/Big-News/Web/a/",
        ),
        ("hexo", head("source/_posts/a.md"), styled(":category/:title/"), "/uncategorized/a/"),
        (
            "hexo",
            head("source/_posts/a.md", fields={"abbrlink": "4a17b156"}),
            styled("p/:abbrlink.html"),
            "/p/4a17b156.html",
        ),
        (
            "hexo",
            head("source/_posts/a.md", title="Hello, World"),
            styled(":post_title/"),
            "/hello-world/",
        ),
        ("hexo", head("source/_posts/a.md", slug="b"), {}, "/2026/01/05/a/"),
        ("hexo", head("source/_posts/a.md", permalink="x/y.html"), {}, "/x/y.html"),
        ("hexo", head("source/_posts/a.md", date=EVENING), {"zone": "Asia/Tokyo"}, "/2026/01/06/a/"),
        (
            "hexo",
            head("source/_posts/a.md"),
            {**styled(":title.html"), "values": {"pretty_urls": {"trailing_html": "false"}}},
            "/a",
        ),
        ("hexo", head("source/_posts/a.md"), styled("/:hash/"), "/9cee70ae5ff9/"),
        ("hexo", head("source/_posts/a.md", **UNDATED), styled("/:hash/"), ""),
        ("hexo", head("source/_posts/a.md", date=FIRST_DAY), {"zone": "America/New_York"}, "/1/01/01/a/"),
        ("hexo", head("source/about/index.md", **UNDATED), {}, "/about/"),
        ("zola", head("content/blog/2026-01-05-Hello World!.md"), {}, "/blog/hello-world/"),
        ("zola", head("content/blog/2026-01-05_a/index.md"), {}, "/blog/a/"),
        ("zola", head("content/blog/Über.md"), {}, "/blog/uber/"),
        ("zola", head("content/blog/a.md", slug="Other One"), {}, "/blog/other-one/"),
        (
            "zola",
            head("content/blog/a.md", permalink="2014/12/12/1.0-Timeline"),
            {},
            "/2014/12/12/1.0-Timeline/",
        ),
        ("zola", head("content/blog/a.fr.md"), MULTILINGUAL, "/fr/blog/a/"),
        (
            "zola",
            head("content/blog/2026-01-05-A b.md"),
            {"values": {"slugify": {"paths": "off", "paths_keep_dates": "true"}}},
            "/blog/2026-01-05-A%20b/",
        ),
        ("zola", head("content/blog/_index.md", **UNDATED), {}, "/blog/"),
        ("eleventy", head("posts/2026-01-05-a.md"), {}, "/posts/a/"),
        ("eleventy", head("src/posts/a/index.md"), {}, "/posts/a/"),
        ("eleventy", head("src/posts/a/a.md"), {}, "/posts/a/"),
        ("eleventy", head("in/posts/a.md"), {"content": ("in",)}, "/posts/a/"),
        ("eleventy", head("posts/2026-01-05-a.md", permalink="/{{ page.fileSlug }}/"), {}, "/a/"),
        ("eleventy", head("posts/a.md", permalink="{{ page.filePathStem }}.html"), {}, "/posts/a.html"),
        (
            "eleventy",
            head("posts/a.md", title="Cats & Dogs 2.0", permalink="/x/{{ title | slugify }}/index.html"),
            {},
            "/x/cats-and-dogs-2-0/",
        ),
        (
            "eleventy",
            head("posts/a.md", permalink="/{{ page.date | date: '%Y/%m' }}/{{ page.fileSlug }}/"),
            {},
            "/2026/01/a/",
        ),
        ("eleventy", head("posts/a.md", permalink="/{{ page.date | year }}/"), {}, ""),
        ("eleventy", head("posts/a.md", permalink="/{% if x %}y{% endif %}/"), {}, ""),
        ("eleventy", head("a.md", date=EVENING, permalink="/{{ page.date | date: '%d' }}/"), {}, "/06/"),
        ("astro", head("src/pages/posts/post-1.md"), {}, "/posts/post-1/"),
        ("astro", head("src/pages/posts/index.md"), {}, "/posts/"),
        ("astro", head("src/content/blog/First Post.md"), {}, "/blog/first-post/"),
        ("astro", head("src/content/blog/a/index.mdx"), {}, "/blog/a/"),
        ("astro", head("src/content/blog/a.md", slug="x/y"), {}, "/blog/x/y/"),
        ("astro", head("src/content/blog/v1.2.md"), {"values": {"trailingSlash": "never"}}, "/blog/v12"),
        ("astro", head("src/pages/a.md", slug="b"), {"values": {"build": {"format": "file"}}}, "/a"),
        ("docusaurus", head("blog/2026-01-05-Hello.md"), {}, "/blog/2026/01/05/Hello"),
        ("docusaurus", head("blog/2026-01-05-hello/index.mdx"), {}, "/blog/2026/01/05/hello"),
        ("docusaurus", head("blog/2026/01/05/hello.md"), {}, "/blog/2026/01/05/hello"),
        ("docusaurus", head("blog/2026/2026-01-05-hello.md"), {}, "/blog/2026/2026/01/05/hello"),
        ("docusaurus", head("blog/hello.md"), {}, "/blog/hello"),
        ("docusaurus", head("blog/2026-01-05-hello.md", slug="x"), {}, "/blog/x"),
        ("docusaurus", head("blog/2026-01-05-hello.md", slug="/x/y"), {}, "/blog/x/y"),
        ("docusaurus", head("website/blog/2026-01-05-a.md"), {"folder": "website"}, "/blog/2026/01/05/a"),
        (
            "docusaurus",
            head("blog/2026-01-05-a.md"),
            {"values": {"presets": {"blog": {"routeBasePath": "news"}}}},
            "/news/2026/01/05/a",
        ),
        (
            "docusaurus",
            head("blog/2026-01-05-a.md"),
            {"values": {"presets": {"blog": {"routeBasePath": "/"}}}},
            "/2026/01/05/a",
        ),
        ("docusaurus", head("blog/a.md"), {"values": {"trailingSlash": "true"}}, "/blog/a/"),
        (
            "docusaurus",
            head("i18n/fr/docusaurus-plugin-content-blog/2026-01-05-a.md"),
            {},
            "/fr/blog/2026/01/05/a",
        ),
        ("gatsby", head("content/blog/a/index.md"), {}, "/blog/a/"),
        ("gatsby", head("content/blog/2026-01-05-a.md"), {}, "/blog/2026-01-05-a/"),
        ("gatsby", head("content/blog/a.md", permalink="/x/"), {}, "/x/"),
        ("gatsby", head("content/blog/a.md", slug="/y"), {}, "/y/"),
        ("gatsby", head("src/pages/a.md"), {}, "/a/"),
        ("next", head("data/blog/a.mdx"), {}, "/blog/a"),
        ("next", head("data/blog/nested/a.md"), {}, "/blog/nested/a"),
        ("next", head("posts/a.md"), {}, "/posts/a"),
        ("next", head("_posts/a.md"), {}, "/posts/a"),
        ("next", head("public/a/index.md"), {}, "/a"),
        ("next", head("app/posts/a/page.mdx"), {}, "/posts/a"),
        ("next", head("src/app/(site)/blog/a/page.mdx"), {}, "/blog/a"),
        ("next", head("src/contents/blog/a.mdx"), {}, "/blog/a"),
        ("pelican", head("content/x/a.md", title="Hello, C++ World"), {}, "/hello-c-world.html"),
        ("pelican", head("content/a.md", title="Été à Köln – 2.0"), {}, "/ete-a-koln-20.html"),
        ("pelican", head("content/a.md", title="Go", slug="x"), {}, "/x.html"),
        (
            "pelican",
            head("content/a.md", title="Go"),
            styled("{date:%Y}/{date:%b}/{date:%d}/{slug}/"),
            "/2026/Jan/05/go/",
        ),
        (
            "pelican",
            head("content/a.md", title="Go"),
            styled("{date:%Y/%b/%d}/{slug}"),
            "/2026/Jan/05/go",
        ),
        (
            "pelican",
            head("content/a.md", title="Go", categories=("Big News",)),
            styled("{category}/{slug}.html"),
            "/big-news/go.html",
        ),
        ("pelican", head("content/news/a.md", title="Go"), styled("{category}/{slug}"), "/news/go"),
        ("pelican", head("content/a.md", title="Go"), styled("{category}/{slug}"), "/misc/go"),
        (
            "pelican",
            head("content/a.md", title="Go", fields={"number": "7"}),
            styled("{number}/{slug}"),
            "/7/go",
        ),
        ("pelican", head("content/a.md", title="Go", language="fr"), {"language": "en"}, "/go-fr.html"),
        (
            "pelican",
            head("content/My File.md", title="Go"),
            {"values": {"SLUGIFY_SOURCE": "basename"}},
            "/my-file.html",
        ),
        (
            "pelican",
            head("content/2026-01-05_my-file.md", title="Go"),
            {"values": {"FILENAME_METADATA": r"(?P<date>\d{4}-\d{2}-\d{2})_(?P<slug>.*)"}},
            "/my-file.html",
        ),
        ("pelican", head("content/a.md", title="Привет"), {}, ""),
        ("pelican", head("content/pages/a.md", title="About", **UNDATED), {}, "/pages/about.html"),
        ("pelican", head("content/a.md", title="Go", permalink="x/y.html"), {}, "/x/y.html"),
        ("pelican", head("content/a.md", title="Go"), styled("{date:%Y}/{slug}/"), "/2026/go/"),
        ("pelican", head("content/a.md", title="Go", **UNDATED), styled("{date:%Y}/{slug}/"), ""),
        ("pelican", head("content/a.md", title="Go"), styled("{slug:%Y}/"), ""),
        ("nikola", head("posts/2026/a.md"), {}, "/posts/2026/a/"),
        (
            "nikola",
            head("news/a.md"),
            {"values": {"POSTS": ["x", ("posts/*.md", "blog", "p"), ("news/*.md", "n", "p")]}},
            "/n/a/",
        ),
        ("nikola", head("news/a.md"), {"values": {"POSTS": [("posts/*.md", "blog", "p")]}}, "/news/a/"),
        ("nikola", head("posts/a.md", slug="b"), {}, "/posts/b/"),
        ("nikola", head("posts/a.md"), {"values": {"PRETTY_URLS": "False"}}, "/posts/a.html"),
        ("nikola", head("posts/a.es.md"), {"language": "en", "languages": ("en", "es")}, "/es/posts/a/"),
        (
            "nikola",
            head("posts/2026/a.md"),
            {
                "values": {
                    "POSTS": (("posts/*.rst", "blog", "post.tmpl"), ("posts/*.md", "blog", "post.tmpl"))
                }
            },
            "/blog/2026/a/",
        ),
        (
            "nikola",
            head("posts/a.md"),
            {
                "values": {"POSTS": [["posts/*.md", {"en": "", "es": "entradas"}, "post.tmpl"]]},
                "language": "en",
            },
            "/a/",
        ),
        (
            "mkdocs",
            head(f"{BLOG}/a.md", title="Search: better, faster"),
            {},
            "/blog/2026/01/05/search-better-faster/",
        ),
        ("mkdocs", head(f"{BLOG}/a.md", title="C++ & Rust"), {}, "/blog/2026/01/05/c--rust/"),
        ("mkdocs", head(f"{BLOG}/a.md", title="Über <b>uns</b>"), {}, "/blog/2026/01/05/%C3%BCber-uns/"),
        ("mkdocs", head(f"{BLOG}/2025/a.md", title="A", slug="x"), {}, "/blog/2026/01/05/x/"),
        ("mkdocs", head("docs/posts/a.md", title="A"), {}, "/2026/01/05/a/"),
        (
            "mkdocs",
            head(f"{BLOG}/a.md", title="A", categories=("Big News",)),
            {
                "values": {
                    "plugins": [
                        "search",
                        {
                            "blog": {
                                "post_url_format": "{categories}/{date}/{file}",
                                "post_url_date_format": "yyyy",
                            }
                        },
                    ],
                    "use_directory_urls": "false",
                }
            },
            "/blog/big-news/2026/a.html",
        ),
        ("mkdocs", head(f"{BLOG}/a.md", title="A"), {"values": {"plugins": BLOGS}}, "/blog/2026/a/"),
        (
            "mkdocs",
            head("docs/news/posts/a.md", title="A"),
            {"values": {"plugins": BLOGS}},
            "/news/2026/01/05/a/",
        ),
        ("mkdocs", head("docs/setup/a.md", **UNDATED), {}, "/setup/a/"),
        ("mkdocs", head("docs/setup/README.md", **UNDATED), {}, "/setup/"),
        ("quartz", head("content/Notes/My Note & more.md"), {}, "/Notes/My-Note--and--more"),
        ("quartz", head("content/Is this 100%?.md"), {}, "/Is-this-100-percent"),
        ("quartz", head("content/Notes/index.md"), {}, "/Notes/"),
        ("quartz", head("content/a.md", permalink="x"), {}, "/x"),
        ("quartz", head("content/a.md"), {"url": f"{URL}/garden"}, "/garden/a"),
        ("vitepress", head("posts/a.md"), {}, "/posts/a.html"),
        ("vitepress", head("posts/a.md"), {"values": {"cleanUrls": "true"}}, "/posts/a"),
        ("vitepress", head("posts/index.md", **UNDATED), {}, "/posts/"),
        ("vitepress", head("docs/posts/a.md"), {"content": ("docs",)}, "/posts/a.html"),
        ("vitepress", head("fr/posts/a b.md"), {}, "/fr/posts/a%20b.html"),
        ("vuepress", head("docs/posts/README.md"), {}, "/posts/"),
        ("vuepress", head("docs/posts/a.md"), {}, "/posts/a.html"),
        (
            "vuepress",
            head("_posts/2026-01-05-Hello World.md"),
            styled("/:year/:month/:day/:slug"),
            "/2026/01/05/hello-world/",
        ),
        ("vuepress", head("posts/a.md"), styled(":year/:i_month/:slug.html"), "/2026/1/a.html"),
        ("vuepress", head("posts/a.md", permalink="/x/y.html"), {}, "/x/y.html"),
        ("lume", head("src/posts/a.md"), {}, "/posts/a/"),
        ("lume", head("src/posts/2026-01-05_a.md"), {}, "/posts/a/"),
        ("lume", head("src/posts/a.md", permalink="./b/"), {}, "/posts/b/"),
        ("lume", head("src/posts/a.md", permalink="../b.html"), {}, "/b.html"),
        ("lume", head("src/posts/a.md", slug="b"), {"values": {"prettyUrls": "false"}}, "/posts/b.html"),
        ("lume", head("src/posts/index.md", **UNDATED), {}, "/posts/"),
        ("unknown", head("posts/a.md"), {}, ""),
        ("unknown", head("posts/a.md", permalink="/x/"), {}, "/x/"),
    ],
)
def test_each_tool_derives_an_address(
    tool: str, file: FileHead, site: Mapping[str, Any], expected: str
) -> None:
    assert path_of(tool, file, **site) == expected


EXAMPLE = Example("/web/:slug/", "https://blog.example", 9, 10, frozenset({"posts"}))


def address(tool: str, file: FileHead, **options: Any) -> tuple[str, str]:
    """The address and its origin on a site of *tool*."""
    site = options.pop("site", SourceSite(dialect=tool, url=URL))
    found = PageAddresses(site, Dialect(name=tool, title=tool), **options).of(file)
    return found.url.removeprefix(URL), found.origin


@for_each(
    ("tool", "file", "options", "expected"),
    [
        ("hugo", head("posts/a.md", permalink="/x/"), {"setting": "/:year/:slug/"}, ("/x/", "file")),
        ("hugo", head("posts/a.md"), {"setting": "/:year/:slug/"}, ("/posts/a/", "default")),
        ("hugo", head("posts/a.md"), {"example": EXAMPLE}, ("/posts/a/", "default")),
        (
            "hugo",
            head("posts/a.md"),
            {
                "example": EXAMPLE,
                "site": SourceSite(dialect="hugo", url=URL, permalinks={"posts": "/:day/:filename/"}),
            },
            ("/05/a/", "configuration"),
        ),
        ("eleventy", head("posts/a.md"), {}, ("/posts/a/", "default")),
        ("eleventy", head("posts/a.md"), {"example": EXAMPLE}, ("/web/a/", "example")),
        ("eleventy", head("posts/a.md"), {"example": EXAMPLE, "setting": "/:slug"}, ("/a", "setting")),
        ("eleventy", head("notes/a.md"), {"example": EXAMPLE}, ("/notes/a/", "default")),
        ("eleventy", head("posts/a.md", status="page"), {"example": EXAMPLE}, ("/posts/a/", "default")),
        (
            "eleventy",
            head("posts/a.md", permalink="/{{ x }}/"),
            {"example": EXAMPLE},
            ("/web/a/", "example"),
        ),
        ("eleventy", head("posts/a.md", permalink="/{{ x }}/"), {}, ("", "none")),
        (
            "eleventy",
            head("posts/a.md", permalink="/{{ page.fileSlug }}/"),
            {
                "site": SourceSite(
                    dialect="eleventy",
                    url=URL,
                    defaults=(Defaults("posts/**", {"permalink": "/{{ page.fileSlug }}/"}),),
                )
            },
            ("/a/", "configuration"),
        ),
        ("bare", head("posts/a.md"), {}, ("", "none")),
        ("bare", head("posts/a.md"), {"example": EXAMPLE}, ("/web/a/", "example")),
        (
            "bare",
            head("posts/a.md"),
            {"setting": "/:year/:month/:slug.html"},
            ("/2026/01/a.html", "setting"),
        ),
        ("bare", head("posts/a.md", date=None), {"setting": "/:year/:slug"}, ("", "none")),
        ("bare", head("posts/a.md"), {"setting": "/:colour/:slug"}, ("", "none")),
        (
            "bare",
            head("posts/a.md", canonical="https://else.example/é"),
            {},
            ("https://else.example/%C3%A9", "file"),
        ),
        ("bare", head("posts/a.md", permalink="https://blog.example/x"), {}, ("/x", "file")),
        ("jekyll", head(POST), {"site": SourceSite(dialect="jekyll")}, ("", "none")),
        (
            "jekyll",
            head(POST),
            {"site": SourceSite(dialect="jekyll"), "example": EXAMPLE},
            ("/2026/01/05/Hello.World.html", "default"),
        ),
    ],
)
def test_the_most_certain_rule_decides(
    tool: str, file: FileHead, options: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert address(tool, file, **dict(options)) == expected


def test_a_missing_site_address_is_told_from_a_missing_rule() -> None:
    addresses = PageAddresses(SourceSite(dialect="jekyll"), Dialect(name="jekyll", title="Jekyll"))
    assert addresses.of(head(POST)).rule == "/:categories/:year/:month/:day/:title:output_ext"


LISTS = {
    "src/pages/tags/[tag].astro": 'getCollection("blog")',
    "src/pages/[...page].astro": 'getCollection("blog")',
    "src/pages/og/[...slug].png.ts": 'getCollection("blog")',
}
ENTRY = "src/content/blog/a.md"
OF_ARABIC = "src/content/blog/ar/a.md"


@for_each(
    ("path", "pages", "expected"),
    [
        (ENTRY, {"src/pages/posts/[...slug].astro": "getCollection('blog')"}, "/posts/a/"),
        (ENTRY, {"src/pages/[slug]/index.astro": 'getEntry("blog", slug)'}, "/a/"),
        (ENTRY, {"src/pages/[id].astro": "", "src/pages/blog/[id].astro": ""}, "/blog/a/"),
        (ENTRY, {"src/pages/writing/[...slug].astro": "getBlog()"}, "/writing/a/"),
        (ENTRY, {"src/pages/docs/[id].astro": 'getCollection("docs")'}, "/blog/a/"),
        (ENTRY, {}, "/blog/a/"),
        (
            "src/content/docs/ar/x/a.md",
            {"src/content.config.ts": "docs: f({x: docsLoader()})"},
            "/ar/x/a/",
        ),
        (ENTRY, {"src/content.config.ts": "docs: f({x: docsLoader()})"}, "/blog/a/"),
        (ENTRY, {"src/pages/[lang]/posts/[slug].astro": 'getCollection("blog")'}, "/en/posts/a/"),
        (ENTRY, {"src/pages/[...locale]/posts/[slug].astro": 'getCollection("blog")'}, "/posts/a/"),
        (OF_ARABIC, {"src/pages/[...lang]/x/[slug].astro": 'getCollection("blog")'}, "/ar/x/a/"),
        (OF_ARABIC, {"src/pages/x/[...slug].astro": 'getCollection("blog")'}, "/x/ar/a/"),
        ("texts/notes/2026/a.md", {"src/pages/n/[id].astro": 'getCollection("n")'}, "/n/2026/a/"),
        ("src/data/blog/_old/a.md", {"src/pages/p/[id].astro": 'getCollection("blog")'}, "/p/a/"),
    ],
)
def test_a_page_with_a_parameter_shows_a_collection_of_astro(
    path: str, pages: Mapping[str, str], expected: str
) -> None:
    config = (
        "const old = defineCollection({ type: 'content' })\n"
        "const n = defineCollection({ loader: glob({ base: './texts/notes' }) })"
    )
    language = "ar" if path == OF_ARABIC else ""
    site = SourceSite(
        dialect="astro",
        url=URL,
        routes=routes_in({**LISTS, **pages}),
        collections=collections_in(config),
        language="en",
        languages=("en", "ar"),
    )
    assert address("astro", head(path, language=language), site=site)[0] == expected


def test_the_fields_in_patterns_are_named() -> None:
    site = SourceSite(
        dialect="hexo",
        permalinks={"": "p/:abbrlink.html", "x": "{number}/{slug}"},
        defaults=(Defaults("a/**", {"permalink": "/{{ kind | slug }}/"}),),
    )
    assert named_fields(site, "/:year/:slug") == {"abbrlink", "number", "slug", "kind", "year"}


@for_each("pattern", ["{" * 900, "{{ " + " " * 900, "/x" * 4000, "{{ a " + "| b" * 300])
def test_a_hostile_pattern_has_no_address(pattern: str) -> None:
    assert address("eleventy", head("posts/a.md", permalink=pattern))[1] == "none"
