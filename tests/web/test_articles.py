"""Every article has a page, which says where it was published, and the same as Markdown."""

import json
from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from feeds.article import Enclosure, Provider, Related, tombstone_facets
from feeds.settings.sections import SiteSettings
from feeds.store import Tombstone
from tests.builders import LATER, NOON, article, image
from tests.entrypoints import ALL, RESPONSE_CACHE
from tests.harness import SITE, Harness

LONG = "<p>The tide came in at noon, and the boats with it.</p>\n" * 60
ELSEWHERE = article(1, html=LONG, authors=("Ada Lovelace",), images=(image(),))
HERE = article(2, url="", html=LONG)
LAST = article(3, topics=("Tests", "Boats"))


@pytest.fixture
def articles(served: Harness) -> Harness:
    served.put(ELSEWHERE, HERE, LAST)
    return served


def full_pages(served: Harness) -> Harness:
    served.restart(site=SiteSettings(url=SITE.url, title=SITE.title, article_pages="full"))
    return served


def page(served: Harness, path: str) -> Any:
    answer = served.get(path)
    assert answer.status_code == 200, path
    return html.fromstring(answer.text)


def structured(found: Any) -> dict[str, Any]:
    [script] = found.xpath("//script[@type='application/ld+json']/text()")
    data: dict[str, Any] = json.loads(script)
    return data


def canonical(found: Any) -> str:
    return str(found.xpath("//link[@rel='canonical']/@href")[0])


# What it shows.


def test_an_article_published_elsewhere_is_an_excerpt_that_leads_there(articles: Harness) -> None:
    answer = articles.get("/articles/1")
    found = html.fromstring(answer.text)
    assert "boats" not in answer.text
    assert "Summary 1" in found.text_content()
    [button] = found.xpath("//a[contains(@class, 'button')]")
    assert button.get("href") == canonical(found) == ELSEWHERE.url
    assert button.text_content() == "Read at example.org"
    assert found.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_an_article_published_nowhere_else_is_shown_in_full_and_may_be_indexed(articles: Harness) -> None:
    answer = articles.get("/articles/2")
    found = html.fromstring(answer.text)
    assert LONG.strip() in answer.text
    assert canonical(found) == "https://feeds.example/articles/2"
    assert not found.xpath("//meta[@name='robots'] | //a[contains(@class, 'button')]")


def test_a_setting_shows_all_articles_in_full_and_keeps_the_canonical_address(articles: Harness) -> None:
    answer = full_pages(articles).get("/articles/1")
    found = html.fromstring(answer.text)
    assert LONG.strip() in answer.text
    assert canonical(found) == ELSEWHERE.url
    assert found.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert ELSEWHERE.url in found.xpath("//footer//a/@href")


def test_an_article_without_a_summary_is_excerpted_from_its_text(served: Harness) -> None:
    served.put(article(1, summary="", html=LONG))
    lead = page(served, "/articles/1").xpath("//p[contains(@class, 'p-summary')]")[0].text_content()
    assert lead.startswith("The tide came in at noon")
    assert len(lead) <= 200


def test_an_excerpt_of_the_text_is_not_repeated_above_it(served: Harness) -> None:
    text = "<p>See <a href='/a'>the chart</a>, and <b>wait</b>.</p><p>High tide is at noon.</p>"
    served.put(article(1, url="", summary="See the chart, and wait. High…", html=text))
    assert not page(served, "/articles/1").xpath("//p[contains(@class, 'p-summary')]")


def test_provider_authors_and_topics_lead_to_their_feeds(articles: Harness) -> None:
    found = page(articles, "/articles/1").xpath("//article//a/@href")
    for path in "/providers/example.org", "/authors/ada-lovelace", "/topics/tests":
        assert path in found
        assert articles.get(path).status_code == 200


def test_neighbours_in_time_link_to_their_pages(articles: Harness) -> None:
    found = page(articles, "/articles/2")
    for rel, path in ("prev", "/articles/1"), ("next", "/articles/3"):
        assert found.xpath(f"//nav//a[@rel='{rel}']/@href") == [path]
        assert found.xpath(f"//head/link[@rel='{rel}']/@href") == [path]
    assert not page(articles, "/articles/3").xpath("//a[@rel='next']")


def test_related_articles_share_topics_and_those_named_by_the_article_come_first(served: Harness) -> None:
    named = (Related("Elsewhere", "https://elsewhere.example/"), Related("Nine", article(9).url))
    served.put(
        article(1, topics=("Go",)), article(2, topics=("Tea",)),
        article(3, topics=("Go", "Rust"), related=named), article(4, topics=("Tea",)),
        article(5, topics=("Go", "Rust")), article(6, topics=("Go",)), article(9, topics=("Tea",)),
    )  # fmt: skip
    found = page(served, "/articles/3")
    related = found.xpath("//section[@aria-labelledby='related']//a/@href")
    assert related == ["https://elsewhere.example/", "/articles/5", "/articles/1", "/articles/6"]
    assert found.xpath("//section[@aria-labelledby='same-story']//a/@href") == ["/articles/9"]


def test_the_lead_picture_is_shown_once_and_other_pictures_below_the_text(served: Harness) -> None:
    first, second, third = (image(f"{name}.png") for name in "abc")
    body = f'<p><img src="{second.url}" alt=""></p>{LONG}'
    served.put(article(1, url="", html=body, images=(first, second, third)))
    found = page(served, "/articles/1")
    assert found.xpath("//article//img/@src") == [first.url, second.url, third.url]
    assert found.xpath("//figure//img/@src") == [first.url]


def test_audio_and_video_have_players_and_other_files_are_links(served: Harness) -> None:
    audio = Enclosure("https://a.example/1.mp3", "audio/mpeg", 12_345_678, 754, "Episode 1")
    paper = Enclosure("https://a.example/1.pdf", "application/pdf", 2048)
    served.put(article(1, enclosures=(audio, paper)))
    answer = served.get("/articles/1")
    found = html.fromstring(answer.text)
    [player] = found.xpath("//audio")
    assert (player.get("src"), player.get("preload")) == (audio.url, "none")
    assert "12:34 · 12 MB" in found.xpath("//figcaption")[0].text_content()
    assert paper.url in found.xpath("//section//a/@href")
    assert "media-src *" in answer.headers["Content-Security-Policy"]
    [media] = structured(found)["associatedMedia"]
    assert (media["@type"], media["duration"]) == ("AudioObject", "PT754S")


# What it tells programs.


def test_microformats_json_ld_and_open_graph_agree(articles: Harness) -> None:
    found = page(full_pages(articles), "/articles/1")
    [entry] = found.find_class("h-entry")
    data = structured(found)
    graph = {each.get("property"): each.get("content") for each in found.xpath("//meta[@property]")}
    title = entry.find_class("p-name")[0].text_content()
    assert title == data["headline"] == graph["og:title"] == ELSEWHERE.title
    assert entry.find_class("dt-published")[0].get("datetime") == data["datePublished"]
    assert graph["article:published_time"] == data["datePublished"] == ELSEWHERE.published.isoformat()
    assert entry.find_class("u-url")[0].get("href") == data["url"] == graph["og:url"] == ELSEWHERE.url
    assert entry.find_class("p-author")[0].text_content() == data["author"][0]["name"] == "Ada Lovelace"
    assert data["image"] == [graph["og:image"]] == [image().url]
    assert data["keywords"] == [graph["article:tag"]] == ["Tests"]
    assert entry.find_class("e-content")


def test_no_text_ends_the_script_with_the_structured_data(served: Harness) -> None:
    served.put(article(1, title="</script><script>alert(1)</script> & <!--"))
    found = page(served, "/articles/1")
    assert structured(found)["headline"] == "</script><script>alert(1)</script> & <!--"
    assert len(found.xpath("//script")) == 2


def test_the_feed_links_to_our_page_if_there_is_no_other(articles: Harness) -> None:
    urls = [item["url"] for item in json.loads(articles.get("/feed.json").data)["items"]]
    assert urls == [LAST.url, "https://feeds.example/articles/2", ELSEWHERE.url]


def test_an_article_is_explained_by_the_address_of_its_page(articles: Harness) -> None:
    explained = articles.get("/explain?feed=feed&article=https://feeds.example/articles/2")
    assert explained.text.startswith(f"in: {HERE.title} ({HERE.id})")
    assert articles.get("/explain?article=https://feeds.example/articles/9").status_code == 404


def test_a_collapsed_story_and_an_embed_link_to_our_page_if_there_is_no_other(served: Harness) -> None:
    shared = (Related("A storm", "https://storm.example/2026/tide"),)
    heron = Provider("heron.example", "The Heron")
    told = article(1, url="", topics=("Storms",), related=shared)
    served.put(told, article(2, url="", topics=("Storms",), related=shared, provider=heron))
    [item] = json.loads(served.get("/topics/storms.json?collapse=story").data)["items"]
    assert item["url"].startswith("https://feeds.example/articles/")
    other = "2" if item["url"].endswith("1") else "1"
    assert f'href="https://feeds.example/articles/{other}"' in item["content_html"]
    assert "/articles/2" in served.get("/embed/topics/storms").text


def test_markdown_has_front_matter_and_the_part_that_the_page_shows(articles: Harness) -> None:
    answer = articles.get("/articles/2.md")
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.headers["Link"] == '<https://feeds.example/articles/2>; rel="canonical"'
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.text.startswith('---\ntitle: "Title 2"\nurl: "https://feeds.example/articles/2"\n')
    assert "\n\n# Title 2\n\nThe tide came in at noon, and the boats with it.\n\nThe tide" in answer.text
    excerpt = articles.get("/articles/1.md").text
    assert "boats" not in excerpt
    assert excerpt.endswith(f"Summary 1\n\n<{ELSEWHERE.url}>\n")
    assert "boats" in full_pages(articles).get("/articles/1.md").text


# Conditional requests, codings and caches.


@pytest.mark.parametrize("entrypoint", [ALL, RESPONSE_CACHE])
@pytest.mark.parametrize("path", ["/articles/2", "/articles/2.md"])
def test_it_is_validated_coded_and_answered_to_head(
    articles: Harness, path: str, entrypoint: str
) -> None:
    for _ in range(2):  # the second time from the response cache
        whole = articles.get(path, entrypoint=entrypoint)
        assert whole.status_code == 200
        head = articles.get(path, "HEAD", entrypoint=entrypoint)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["ETag"] == whole.headers["ETag"]
        assert whole.headers["Last-Modified"] == "Sun, 04 Jan 2026 12:00:00 GMT"
        for condition in ("ETag", "If_None_Match"), ("Last-Modified", "If_Modified_Since"):
            known = {condition[1]: whole.headers[condition[0]]}
            assert articles.get(path, entrypoint=entrypoint, **known).status_code == 304
        zipped = articles.get(path, Accept_Encoding="gzip", entrypoint=entrypoint)
        assert zipped.headers["Content-Encoding"] == "gzip"


def test_a_page_changes_when_its_neighbour_does(articles: Harness) -> None:
    before = articles.get("/articles/3").headers
    articles.edit(article(4, title="The newest"))
    after = articles.get("/articles/3", If_None_Match=before["ETag"])
    assert "The newest" in after.text
    assert after.headers["Last-Modified"] != before["Last-Modified"]
    changed = articles.get("/articles/3", If_Modified_Since=before["Last-Modified"])
    assert changed.status_code == 200


def test_a_page_changes_at_the_instant_at_which_a_scheduled_article_appears(articles: Harness) -> None:
    due = NOON + timedelta(seconds=LATER - NOON.timestamp() + 100)
    articles.edit(article(7, published=due, updated=due, title="From tomorrow"))
    before = articles.get("/articles/3", entrypoint=RESPONSE_CACHE)
    assert "From tomorrow" not in before.text
    assert articles.get("/articles/7").status_code == 404
    assert before.headers["Cache-Control"].startswith("public, max-age=0, ")
    assert int(before.headers["X-Accel-Expires"]) <= 100
    articles.now = due.timestamp()
    after = articles.get("/articles/3", entrypoint=RESPONSE_CACHE, If_None_Match=before.headers["ETag"])
    assert after.status_code == 200
    assert "From tomorrow" in after.text
    assert articles.get("/articles/7").status_code == 200


# What must not be seen.


def test_a_removed_article_is_gone_and_no_page_names_it(articles: Harness) -> None:
    at = int(LATER) + 5
    left = Tombstone(at, tombstone_facets(HERE), HERE.id, int(HERE.published.timestamp()))
    articles.retire(HERE, tombstone=left)
    for path in "/articles/2", "/articles/2.md":
        assert articles.get(path).status_code == 410
    answer = articles.get("/articles/2", Accept="text/html")
    assert "This article was removed" in answer.text
    for slug in "1", "3":
        assert "Title 2" not in articles.get(f"/articles/{slug}").text


def test_an_article_that_was_never_visible_is_unknown_even_when_it_is_removed(served: Harness) -> None:
    served.put(article(1))
    served.publish("soon", publishedDateTime="2099-01-01T00:00:00Z")
    assert served.get("/articles/soon").status_code == 404
    served.withdraw("soon")
    assert served.get("/articles/soon").status_code == 404


@pytest.mark.parametrize("fields", [{"published": "false"}, {"title": ""}])
def test_a_file_that_is_not_published_has_no_page(served: Harness, fields: dict[str, Any]) -> None:
    served.put(article(1))
    served.publish("held", **fields)
    assert served.get("/articles/held").status_code == 404


def test_an_unknown_article_is_not_found_and_a_slash_at_the_end_is_removed(articles: Harness) -> None:
    assert articles.get("/articles/none").status_code == 404
    page_ = articles.get("/articles/none", Accept="text/html")
    assert "There is no article at this address" in page_.text
    assert articles.get("/articles/2/").headers["Location"] == "/articles/2"
