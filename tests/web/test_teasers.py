"""The texts below headlines: on pages, in embeds and in digests."""

import pytest
from lxml import html

from feeds.article import Enclosure
from tests.builders import article
from tests.harness import Harness

CUT = "The harbour was closed in the night because of fog, and nobody in the town remembers when it " * 2


@pytest.mark.parametrize("address", ["/feed", "/feed/daily", "/embed/feed", "/embed/feed/daily", "/"])
def test_a_teaser_ends_as_it_was_cut_and_repeats_no_title(served: Harness, address: str) -> None:
    served.put(
        article(21, title="The tide today", summary="The tide today.", heat=9),
        article(22, title="Fog", summary=CUT, heat=8),
        article(50),
    )
    page = html.fromstring(served.get(address).text)
    text = " ".join(page.xpath("string(//main)").split())
    assert text.count("The tide today") == 1 or "daily" in address  # the teaser of a digest has titles
    assert "The tide today." not in text
    if address not in ("/", "/embed/feed/daily"):
        assert f"{CUT.strip()}…" in text


def test_a_digest_links_to_its_articles(served: Harness) -> None:
    served.put(article(21, title="Fog", heat=9), article(22, title="Tide", url="", heat=8), article(50))
    links = html.fromstring(served.get("/feed/daily").text).xpath("//article//li/a")
    linked = {link.text: link.get("href") for link in links}
    assert linked["Fog"] == "https://example.org/21"
    assert linked["Tide"] == "https://feeds.example/articles/22"
    assert served.get("/articles/22").status_code == 200


@pytest.mark.parametrize("look", ["list", "cards", "headlines", "ticker"])
def test_an_embed_says_what_is_played_and_how_long(served: Harness, look: str) -> None:
    sound = Enclosure("https://example.org/a.mp3", "audio/mpeg", duration=1845)
    served.put(article(21, title="Fog", enclosures=(sound,)), article(22, title="Tide"))
    page = html.fromstring(served.get(f"/embed/feed?look={look}&count=2").text)
    [played] = page.xpath("//*[not(@aria-hidden)]/li//span[@class='played']")
    assert played.text_content() == "Audio 30:45"
    assert "Fog" in played.xpath("string(ancestor::li)")
