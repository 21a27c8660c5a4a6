"""Every feed and picture has a file with a possible name, and always the same one."""

from urllib.parse import quote

import pytest

from feeds.export.names import FileNames, address_of
from feeds.export.rewriting import Rewriting
from feeds.formats import FORMATS
from tests.builders import LONG_TOPIC
from tests.table import for_each

ADDRESSES = {
    "/": "index.html",
    "/feed.rss": "feed.rss",
    "/feed/2025-11": "feed/2025-11/index.html",
    "/topics/oceans": "topics/oceans/index.html",
    "/topics/oceans/daily.atom": "topics/oceans/daily.atom",
    "/providers/example.org": "providers/example.org/index.html",
    "/opml": "opml.opml",
    "/opml/topics": "opml/topics.opml",
    "/articles/tide": "articles/tide/index.html",
    "/articles/tide.md": "articles/tide.md",
    "/qr/topics/oceans": "qr/topics/oceans.svg",
    "/static/page.js": "static/page.js",
    "/assets/a%20wave.svg": "assets/a wave.svg",
    "/catalog.json": "catalog.json",
    "/robots.txt": "robots.txt",
    "/sitemap.xml": "sitemap.xml",
    "/sitemap-12.xml": "sitemap-12.xml",
}


@for_each("address", ADDRESSES)
def test_an_address_has_a_file_and_the_file_an_address(address: str) -> None:
    file = FileNames(ADDRESSES).file(address)
    assert file == ADDRESSES[address]
    assert quote(address_of(file)) == address


def test_a_query_has_no_file() -> None:
    assert FileNames().file("/feed.rss?q=tide") == ""


# Names that no file can have.
IMPOSSIBLE = {
    "long": "x" * 231,
    "long in bytes": LONG_TOPIC,
    "dots": "..",
    "control character": "two\nlines",
    "not UTF-8": b"\xff".decode(errors="surrogateescape"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_name_is_replaced_for_all_files_of_a_feed(name: str) -> None:
    place = f"/topics/{quote(name, errors='surrogateescape')}"
    names = FileNames([f"{place}.rss"])
    (short,) = {names.file(f"{place}.{extension}").rpartition(".")[0] for extension in FORMATS}
    assert short.startswith("topics/")
    assert short != f"topics/{name}"
    assert len(short.encode()) <= 220
    assert short.isprintable()
    assert names.file(f"{place}/2025-11.rss") == f"{short}/2025-11.rss"
    assert names.file(f"{place}/providers/example.org") == f"{short}/providers/example.org/index.html"
    assert names.file(f"/qr{place}") == f"qr/{short}.svg"
    assert FileNames(["/feed.rss", f"{place}.rss"]).file(f"{place}.rss") == f"{short}.rss"


def test_names_that_begin_alike_stay_apart() -> None:
    addresses = [f"/f/{'x' * 300}{end}.rss" for end in ("", "y", "z", "x")]
    names = FileNames(addresses)
    assert len({names.file(address) for address in addresses}) == 4


def test_a_long_name_of_a_picture_keeps_its_suffix() -> None:
    address = f"/assets/{'x' * 250}.png"
    assert FileNames([address]).file(address).endswith(".png")


@for_each("name", ["x" * 230, "é" * 115, "con", "a:b", "example.", "🌊", ".well-known"])
def test_a_possible_name_is_kept(name: str) -> None:
    address = f"/providers/{quote(name)}.rss"
    assert FileNames([address]).file(address) == f"providers/{name}.rss"


@pytest.mark.parametrize("name", ["con", "nul.example", "a:b", "example.", "what?"])
def test_a_name_that_windows_reserves_is_replaced_where_case_is_ignored(name: str) -> None:
    address = f"/providers/{quote(name)}.rss"
    assert FileNames([address], portable=True).file(address) != f"providers/{name}.rss"


def test_names_that_differ_in_case_stay_apart_where_case_is_ignored() -> None:
    addresses = ["/assets/A.png", "/assets/a.png", "/assets/e%CC%81.png", "/assets/%C3%A9.png"]
    files = [FileNames(addresses, portable=True).file(address) for address in addresses]
    assert len({file.casefold() for file in files}) == 4
    assert files[0] == "assets/A.png"


def test_documents_have_the_short_addresses_but_the_ids_of_feeds_stay() -> None:
    place = f"/topics/{quote(LONG_TOPIC)}"
    names = FileNames([f"{place}.rss"])
    rewritten = Rewriting("https://example.org/feeds", names)
    short = names.address(place)
    for text in (
        '<link href="https://example.org/feeds{}.rss"/>',
        '{{"url": "https://example.org/feeds{}"}}',
        '<a href="/feeds{}/2025-11">',
        "<link>https://example.org/feeds{}</link>",
    ):
        assert rewritten("/feed", text.format(place).encode()) == text.format(short).encode()
    for kept in (f"tag:example.org,2020:feeds{place}", f"https://other.example/feeds{place}"):
        assert rewritten("/feed", kept.encode()) == kept.encode()


@pytest.mark.parametrize(
    "text",
    [
        '"/etc/nginx/ is a folder"',
        '<a href="https://example.org/topics/oceans/">',
        '<a href="https://example.org/providers/a:b">',
        '<a href="https://example.org/topics/海洋">',
    ],
)
def test_text_without_a_short_name_stays_as_it_is(text: str) -> None:
    rewritten = Rewriting("https://example.org", FileNames([f"/topics/{quote(LONG_TOPIC)}.rss"]))
    assert rewritten("/feed.json", text.encode()) == text.encode()


def test_an_address_that_is_not_quoted_has_the_short_name_too() -> None:
    names = FileNames([f"/topics/{quote(LONG_TOPIC)}.rss"])
    short = names.address(f"/topics/{quote(LONG_TOPIC)}")
    text = '<a href="https://example.org/topics/{}">'
    rewritten = Rewriting("https://example.org", names)
    assert rewritten("/feed.rss", text.format(LONG_TOPIC).encode()).decode() == text.format(
        short.removeprefix("/topics/")
    )


@pytest.mark.parametrize(
    ("address", "period"),
    [("/topics/oceans/daily.rss", "2025-11-03"), ("/topics/oceans/weekly.json", "2025-W45")],
)
@pytest.mark.parametrize("mark", ["&", "&amp;"])
def test_an_entry_of_a_digest_leads_to_its_place_in_the_page(
    address: str, period: str, mark: str
) -> None:
    url = f"https://feeds.example/topics/oceans?since=2025-11-03{mark}until=2025-11-09{mark}sort=heat"
    place = address.rpartition(".")[0]
    expected = f'"https://feeds.example{place}#{period}"'
    rewritten = Rewriting("https://feeds.example", FileNames())
    assert rewritten(address, f'"{url}"'.encode()) == expected.encode()
    assert rewritten("/feed.rss", f'"{url}"'.encode()) == f'"{url}"'.encode()
