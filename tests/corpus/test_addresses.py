"""Addresses of files on their sites, by the rule of each site generator."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feeds.corpus.addresses import Addresses
from feeds.corpus.dialects import Dialect
from feeds.corpus.site import Head, Site

URL = "https://blog.example"
DAY = datetime(2026, 1, 5, 7, 8, 9, tzinfo=ZoneInfo("UTC"))
EVENING = datetime(2026, 1, 5, 23, 30, tzinfo=timezone(timedelta(hours=-5)))


def path_of(tool: str, head: Head, **site: Any) -> str:
    """The address of the file with *head* without the host, on a site with these fields."""
    values = {"url": URL, "dialect": tool, **site}
    url = Addresses(Site(**values), Dialect(name=tool, title=tool)).of(head).url
    return url.removeprefix(URL)


def head(path: str, **fields: Any) -> Head:
    """An article with *fields*, of 5 January 2026."""
    return Head(path=path, **{"date": DAY, **fields})


def styled(pattern: str, section: str = "") -> Mapping[str, Any]:
    return {"permalinks": {section: pattern}}


POST = "_posts/2026-01-05-Hello.World.md"


@pytest.mark.parametrize(
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
def test_jekyll_derives_an_address(file: Head, site: Mapping[str, Any], expected: str) -> None:
    assert path_of("jekyll", file, **site) == expected


MULTILINGUAL = {"language": "en", "languages": ("en", "fr", "pt-BR")}


@pytest.mark.parametrize(
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
        (head("content/posts/a/index.pt-BR.md"), MULTILINGUAL, "/pt-BR/posts/a/"),
        (head("content/posts/a.en.md"), MULTILINGUAL, "/posts/a/"),
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
def test_hugo_derives_an_address(file: Head, site: Mapping[str, Any], expected: str) -> None:
    assert path_of("hugo", file, **site) == expected
