"""Feeds opened in a browser: text/xml, and a stylesheet."""

import pytest
from lxml import etree
from werkzeug.test import TestResponse

from feeds.formats import FORMATS
from feeds.formats.assembly import STYLE
from feeds.formats.opened import XHTML, with_links
from feeds.http.freshness import SURROGATE
from feeds.settings.sections import HttpSettings
from feeds.web.views import USE
from tests.builders import article
from tests.codings import decoded
from tests.formats.reading import READ
from tests.harness import Harness
from tests.table import for_each, pairs
from tests.web.conftest import FEEDS, SITE, TIDAL

XML = ("rss", "atom")
A = f"{{{XHTML}}}a"
BY_USE = f"Accept-Encoding, A-IM, {USE}"


@for_each(("feed", "extension"), pairs(FEEDS, XML))
def test_a_browser_that_opens_a_feed_gets_plain_xml_with_links(
    shared: Harness, feed: str, extension: str
) -> None:
    read = shared.get(f"{feed}.{extension}")
    opened = shared.get(f"{feed}.{extension}", Sec_Fetch_Dest="document")
    assert opened.status_code == 200
    assert opened.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert read.headers["Content-Type"] == FORMATS[extension].media_type
    assert without_links(opened.data) == etree.tostring(etree.fromstring(read.data), method="c14n")
    assert opened.headers["Vary"] == read.headers["Vary"] == BY_USE
    assert opened.headers["Cache-Control"] == "public, max-age=0, stale-if-error=604800"
    assert f"public, {opened.headers[SURROGATE]}" == read.headers["Cache-Control"]
    assert f"max-age={opened.headers['X-Accel-Expires']}," in read.headers["Cache-Control"]


def without_links(document: bytes) -> bytes:
    """The canonical form of *document* with the text of each link in its place."""
    root = etree.fromstring(document)
    for link in root.iter(A):
        parent = link.getparent()
        parent.text = link.text if parent.tag.endswith("title") or not parent.get("href") else None
        parent.remove(link)
    etree.cleanup_namespaces(root, keep_ns_prefixes=[*filter(None, root.nsmap)])
    return etree.tostring(root, method="c14n")


@for_each("extension", XML)
def test_titles_and_addresses_of_an_opened_feed_are_links(shared: Harness, extension: str) -> None:
    """Elements of XHTML, which every engine shows as links in any XML document."""
    opened = etree.fromstring(shared.get(f"/feed.{extension}", Sec_Fetch_Dest="document").data)
    links = [(each.getparent().getparent().tag, each.get("href"), each.text) for each in opened.iter(A)]
    entries = READ[extension](shared.get(f"/feed.{extension}").data).items
    for entry in entries:
        of_entry = [text for _, address, text in links if address == entry.url]
        assert of_entry == [entry.title, entry.url] or of_entry == [entry.url, entry.title]
    (page,) = [text for _, address, text in links if address == f"{SITE.url}/"]
    assert page == f"{SITE.url}/"
    assert len(links) == 2 * len(entries) + 1


def test_an_opened_list_of_feeds_has_links_to_pages_and_feeds(shared: Harness) -> None:
    for path in ("/opml", "/opml/topics", "/opml?topic=oceans"):
        for _ in range(2):  # one kind of response is not taken for the other by the response cache
            read = shared.get(path)
            opened = shared.get(path, Sec_Fetch_Dest="document")
            assert read.headers["Content-Type"] == "text/x-opml; charset=utf-8"
            assert opened.headers["Content-Type"] == "text/xml; charset=utf-8"
            assert opened.headers["Cache-Control"] == "public, max-age=0, stale-if-error=604800"
            assert opened.headers["Vary"] == read.headers["Vary"] == f"Accept-Encoding, {USE}"
            assert opened.headers["ETag"] != read.headers["ETag"]
        assert "xml-stylesheet" in opened.text
        assert b"xml-stylesheet" not in read.data
        links = [(each.get("href"), each.text) for each in etree.fromstring(opened.data).iter(A)]
        outlines = etree.fromstring(read.data).xpath("//outline[@xmlUrl]")
        expected = [
            each
            for it in outlines
            for each in ((it.get("htmlUrl"), it.get("text")), (it.get("xmlUrl"), it.get("xmlUrl")))
        ]
        assert links == expected
        tag = opened.headers["ETag"]
        assert shared.get(path, Sec_Fetch_Dest="document", If_None_Match=tag).status_code == 304
        assert shared.get(path, If_None_Match=tag).status_code == 200


def test_only_addresses_of_the_web_become_links() -> None:
    for address, count in {"https://a.example/": 2, "javascript:alert(1)": 0, "": 0}.items():
        made = f"<rss><channel><item><title>A &lt;b></title><link>{address}</link></item></channel></rss>"
        opened = etree.fromstring(with_links(made.encode()))
        assert len([*opened.iter(A)]) == count
        assert "".join(opened.find("channel/item/title").itertext()) == "A <b>"


@for_each("use", ["empty", "iframe", "Document", "document, document", "", "image"])
def test_no_other_use_makes_a_difference(shared: Harness, use: str) -> None:
    assert (
        shared.get("/feed.rss", Sec_Fetch_Dest=use).headers["Content-Type"].startswith("application/rss")
    )


def test_json_and_pages_are_the_same_for_every_use(shared: Harness) -> None:
    for path in ("/feed.json", "/", "/topics/oceans"):
        read, opened = shared.get(path), shared.get(path, Sec_Fetch_Dest="document")
        assert (read.data, sorted(read.headers)) == (opened.data, sorted(opened.headers)), path
        assert USE not in opened.headers["Vary"]


@for_each("coding", ["br", "gzip", "zstd"])
def test_an_opened_feed_is_compressed(shared: Harness, coding: str) -> None:
    headers = {"Accept_Encoding": coding}
    read = shared.get("/feed.atom", **headers)
    opened = shared.get("/feed.atom", Sec_Fetch_Dest="document", **headers)
    assert opened.headers["Content-Encoding"] == coding
    assert decoded(opened) == shared.get("/feed.atom", Sec_Fetch_Dest="document").data
    assert without_links(decoded(opened)) == etree.tostring(
        etree.fromstring(decoded(read)), method="c14n"
    )


def test_an_opened_feed_and_a_fetched_one_have_different_etags(shared: Harness) -> None:
    """A browser that fetched a feed and then opens it sends the ETag of the first response."""
    read = shared.get("/feed.rss")
    tag = read.headers["ETag"]
    opened = shared.get("/feed.rss", Sec_Fetch_Dest="document", If_None_Match=tag)
    assert (opened.status_code, opened.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    own = opened.headers["ETag"]
    assert own == f'"opened-{tag[1:]}'
    assert "Last-Modified" not in opened.headers
    again = shared.get("/feed.rss", Sec_Fetch_Dest="document", If_None_Match=own)
    assert (again.status_code, again.headers["ETag"], again.headers["Vary"]) == (304, own, BY_USE)
    assert shared.get("/feed.rss", If_None_Match=own).status_code == 200
    since = read.headers["Last-Modified"]
    assert shared.get("/feed.rss", Sec_Fetch_Dest="document", If_Modified_Since=since).status_code == 200
    assert shared.get("/feed.rss", If_None_Match=tag).status_code == 304
    assert shared.get("/feed.rss", If_None_Match=tag).headers["Vary"] == BY_USE


def test_a_reload_of_an_opened_feed_shows_an_edit(served: Harness) -> None:
    def opened(**headers: str) -> TestResponse:
        return served.get("/feed.rss", Sec_Fetch_Dest="document", **headers)

    before = opened()
    served.edit(article(2, topics=("Reefs",), provider=TIDAL, title="Edited"))
    after = opened(If_None_Match=before.headers["ETag"])
    assert after.status_code == 200
    assert "Edited" in after.text
    assert opened(If_None_Match=after.headers["ETag"]).status_code == 304


def test_a_browser_gets_no_changes(shared: Harness) -> None:
    answer = shared.get("/feed.rss", Sec_Fetch_Dest="document", A_IM="feed", If_None_Match='"1-x"')
    assert answer.status_code == 200
    assert "IM" not in answer.headers


@pytest.fixture
def typed(served: Harness) -> Harness:
    """A server with ``xml_for_browsers`` off."""
    served.restart(http=HttpSettings(xml_for_browsers=False))
    return served


def test_a_setting_turns_plain_xml_off(typed: Harness) -> None:
    answer = typed.get("/feed.rss", Sec_Fetch_Dest="document")
    assert answer.headers["Content-Type"] == FORMATS["rss"].media_type
    assert answer.headers["Vary"] == "Accept-Encoding, A-IM"
    assert "ETag" in answer.headers
    listed = typed.get("/opml", Sec_Fetch_Dest="document")
    assert listed.headers["Content-Type"] == "text/x-opml; charset=utf-8"
    assert listed.headers["Vary"] == "Accept-Encoding"


@for_each("extension", XML)
def test_the_stylesheet_of_a_feed_exists(shared: Harness, extension: str) -> None:
    _, style, root = shared.get(f"/feed.{extension}").text.split("\n", 2)
    assert style == f'<?xml-stylesheet type="text/css" href="{SITE.url}{STYLE}"?>'
    assert root.startswith("<rss" if extension == "rss" else "<feed")
    answer = shared.get(STYLE)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" not in answer.headers["Cache-Control"]


def test_the_stylesheet_has_the_colours_of_the_pages(shared: Harness) -> None:
    pages = shared.get("/static/style.css").text
    colours = [
        each.strip()
        for line in shared.get(STYLE).text.splitlines()
        for each in line.split(";")
        if each.strip().startswith("--") and "#" in each
    ]
    assert len(colours) == 14
    assert [each for each in colours if f"{each};" not in pages] == []
