"""Patterns of addresses, found by the links in the pages of a site."""

from datetime import UTC, datetime

from feeds.corpus.by_example import by_example, links_in
from feeds.corpus.dialects import Dialect
from feeds.corpus.site import FileHead, SourceSite
from tests.table import for_each

TOOL = Dialect(name="eleventy", title="Eleventy")
NAMES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def posts(folder: str = "posts", **fields: str) -> list[FileHead]:
    """Ten articles, one a day from 1 January 2026."""
    return [
        FileHead(path=f"{folder}/{name}.md", date=datetime(2026, 1, day, tzinfo=UTC), **fields)
        for day, name in enumerate(NAMES, 1)
    ]


def found(links: list[str], heads: list[FileHead] | None = None, url: str = "") -> str:
    """The pattern with the address of the site, or an empty text."""
    site = SourceSite(dialect="eleventy", url=url)
    example = by_example(links, posts() if heads is None else heads, site, TOOL)
    return example.site + example.pattern if example else ""


@for_each(
    ("form", "expected"),
    [
        ("/web/{name}/", "/web/:slug/"),
        ("/{name}", "/:slug"),
        ("/posts/{name}.html", "/posts/:slug.html"),
        ("/{name}/index.html", "/:slug"),
        ("/{name}/?utm=1#top", "/:slug/"),
        ("/2026/01/0{day}/{name}/", "/:year/:month/:day/:slug/"),
        ("/2026/1/{day}/{name}/", "/:year/:i_month/:i_day/:slug/"),
        ("/blog/2026/{name}", "/blog/:year/:slug"),
        ("https://www.blog.example/{name}", "https://www.blog.example/:slug"),
        ("//blog.example/{name}", "https://blog.example/:slug"),
        ("/2019/01/{name}/", "/2019/01/:slug/"),
        ("../{name}", ""),
        ("https://[{name}", ""),
    ],
)
def test_the_form_of_links_is_a_pattern(form: str, expected: str) -> None:
    links = [form.format(name=name, day=day) for day, name in enumerate(NAMES[:9], 1)]
    assert found(links) == expected


def test_the_day_in_another_zone_is_still_the_day() -> None:
    assert (
        found([f"/2026/01/{day:02}/{name}" for day, name in enumerate(NAMES)])
        == "/:year/:month/:day/:slug"
    )


def test_a_date_at_the_beginning_of_the_calendar_is_no_part_of_a_pattern() -> None:
    first = [FileHead(path=f"posts/{name}.md", date=datetime(1, 1, 1, tzinfo=UTC)) for name in NAMES]
    assert found([f"/0001/01/{name}/" for name in NAMES], first) == "/0001/01/:slug/"


def test_four_articles_are_no_evidence() -> None:
    assert found([f"/{name}" for name in NAMES[:4]]) == ""


def test_many_links_to_four_articles_are_no_evidence() -> None:
    assert found([f"/{name}?x={number}" for name in NAMES[:4] for number in range(9)]) == ""


def test_one_of_five_links_may_have_another_form() -> None:
    links = [f"/{name}" for name in NAMES[:8]]
    assert found([*links, "/old/nine", "/old/ten"]) == "/:slug"
    assert found([*links[:7], "/old/eight", "/old/nine", "/old/ten"]) == ""


def test_folders_of_files_are_folders_of_addresses() -> None:
    heads = [
        *posts("posts"),
        *(FileHead(path=f"notes/n-{name}.md", date=datetime(2026, 2, 1, tzinfo=UTC)) for name in NAMES),
    ]
    links = [f"/posts/{name}/" for name in NAMES[:5]] + [f"/notes/n-{name}/" for name in NAMES[:5]]
    assert found(links, heads) == "/:sections/:slug/"


def test_an_ambiguous_name_is_no_evidence() -> None:
    assert found([f"/{name}" for name in NAMES], [*posts("a"), *posts("b")]) == ""


def test_names_with_dates_are_linked_with_or_without() -> None:
    heads = [
        FileHead(path=f"2026-01-01-{name}.md", date=datetime(2026, 1, 1, tzinfo=UTC)) for name in NAMES
    ]
    assert found([f"/{name}" for name in NAMES], heads) == "/:slug"
    assert found([f"/2026-01-01-{name}" for name in NAMES], heads) == "/:name"


def test_links_to_other_hosts_do_not_count() -> None:
    ours = [f"https://blog.example/b/{name}" for name in NAMES[:6]]
    theirs = [f"https://code.example/{name}" for name in NAMES[4:]]
    assert found([*ours, *theirs]) == "https://blog.example/b/:slug"
    assert found([*ours, *theirs], url="https://www.blog.example") == "https://www.blog.example/b/:slug"
    assert found(ours, url="https://code.example") == ""


def test_the_base_path_of_the_site_is_not_in_the_pattern() -> None:
    links = [f"https://blog.example/base/{name}/" for name in NAMES]
    assert found(links, url="https://blog.example/base") == "https://blog.example/base/:slug/"


def test_pages_and_undated_files_are_not_articles() -> None:
    links = [f"/{name}" for name in NAMES]
    assert found(links, posts(status="page")) == ""
    assert found(links, [FileHead(path=f"{name}.md") for name in NAMES]) == ""


def test_links_are_found_in_markdown_and_html() -> None:
    text = """
[a](/inline) ![b](</in brackets>) [c](/titled "x") <a class=x href="/html">d</a> <a href='/single'>
[ref]: /reference
[far]: <https://blog.example/far>
[e](relative.md) [f](#part) [g](mailto:a@b.example) `[h]` (/not) [i] (/not)
"""
    assert links_in(text) == [
        "/inline",
        "/in",
        "/titled",
        "/html",
        "/single",
        "/reference",
        "https://blog.example/far",
    ]


@for_each("part", ["](", "[a]:", "[", "href=", "](<", " [" + "x" * 99, "]( /"])
def test_links_in_hostile_text_are_found_in_linear_time(part: str) -> None:
    links_in(part * (200_000 // len(part)))
