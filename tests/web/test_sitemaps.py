"""Search engines find the pages of articles that have no other address, and no others."""

import pytest
from lxml import etree

from feeds.web.sitemaps import Sitemaps
from tests.builders import article
from tests.harness import Harness

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
ADDRESS = "https://feeds.example/articles/"


def listed(served: Harness, path: str = "/sitemap.xml") -> dict[str, str]:
    """The addresses in a sitemap with their dates."""
    answer = served.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    found = etree.fromstring(answer.data)
    texts = [[str(each) for each in found.xpath(f"//s:{name}/text()", namespaces=NAMES)]
             for name in ("loc", "lastmod")]  # fmt: skip
    return dict(zip(*texts, strict=True))


def test_a_sitemap_lists_the_pages_that_may_be_indexed_with_their_last_change(served: Harness) -> None:
    here = article(2, url="")
    served.put(article(1), here, article(3, url=""))
    found = listed(served)
    assert [*found] == [f"{ADDRESS}2", f"{ADDRESS}3"]
    assert found[f"{ADDRESS}2"] == here.updated.isoformat()
    for number in (1, 2, 3):
        page = served.get(f"/articles/{number}").text
        assert ('content="noindex"' in page) == (f"{ADDRESS}{number}" not in found)


def test_robots_txt_names_the_sitemap_once_there_is_one(served: Harness) -> None:
    assert served.get("/sitemap.xml").status_code == 404
    assert "Sitemap" not in served.get("/robots.txt").text
    served.put(article(9, url=""))
    assert served.get("/robots.txt").text.endswith("\nSitemap: https://feeds.example/sitemap.xml\n")


def test_a_sitemap_is_cached_and_conditional(served: Harness) -> None:
    served.put(article(9, url=""))
    first = served.get("/sitemap.xml")
    assert "max-age" in first.headers["Cache-Control"]
    assert served.get("/sitemap.xml", If_None_Match=first.headers["ETag"]).status_code == 304
    served.put(article(10, url=""))
    assert served.get("/sitemap.xml", If_None_Match=first.headers["ETag"]).status_code == 200


def test_a_large_sitemap_has_an_index_of_parts(served: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sitemaps, "most", 2)
    served.put(*(article(number, url="") for number in range(1, 6)))
    parts = [f"/sitemap-{number}.xml" for number in (1, 2, 3)]
    assert [*listed(served)] == [f"https://feeds.example{part}" for part in parts]
    pages = [page for part in parts for page in listed(served, part)]
    assert pages == [f"{ADDRESS}{number}" for number in range(1, 6)]
    assert [*listed(served).values()] == [max(listed(served, part).values()) for part in parts]
    assert {served.get(f"/sitemap-{number}.xml").status_code for number in ("0", "4", "01", "x")} == {404}


def test_robots_txt_allows_everything_before_the_first_load(empty: Harness) -> None:
    answer = empty.get("/robots.txt")
    assert (answer.status_code, answer.text) == (200, "User-agent: *\nAllow: /\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
