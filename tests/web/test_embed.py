"""Embeds, the page that configures one, the element and oEmbed."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

import msgspec
import pytest
from lxml import etree, html

from feeds.article import Provider, Taxonomy, Topic
from feeds.settings.sections import HttpSettings
from feeds.web.embed_policy import SANDBOX
from feeds.web.presentation import LOOKS
from tests.builders import LATER, article, image
from tests.harness import Harness
from tests.table import for_each, pairs
from tests.web.conftest import FEEDS, SITE, TIDAL

EMBEDS = tuple(f"/embed{feed}" for feed in FEEDS)
OURS = "url=https://feeds.example"
ONE_OF = "one of list, cards, ticker, headlines"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</style>&amp;\u202eevil"


def page(served: Harness, address: str) -> Any:
    """The page at *address*, parsed as HTML."""
    answer = served.get(address)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.data)


def titles(served: Harness, address: str) -> list[str]:
    return [
        str(each)
        for each in page(served, address).xpath("//main//li[not(ancestor::*[@aria-hidden])]//a/text()")
    ]


def canonical(served: Harness, address: str) -> str:
    """The canonical address of the embed at *address*, without the server."""
    [link] = page(served, address).xpath("//link[@rel='canonical']/@href")
    return str(link).removeprefix(SITE.url)


@for_each(("feed", "look"), pairs(FEEDS, LOOKS))
def test_an_embed_shows_the_articles_of_its_feed(shared: Harness, feed: str, look: str) -> None:
    items = json.loads(shared.get(f"{feed}.json").data)["items"]
    shown = page(shared, f"/embed{feed}?look={look}")
    links = shown.xpath("//main//li[not(ancestor::*[@aria-hidden])]//a")
    assert [link.get("href") for link in links] == [item["url"] for item in items][:5]
    assert [link.text for link in links] == [item["title"] for item in items][:5]


@for_each("look", LOOKS)
def test_every_link_leaves_the_frame_and_cannot_reach_back(shared: Harness, look: str) -> None:
    links = page(shared, f"/embed/topics/oceans?look={look}").xpath("//a")
    assert {link.get("target") for link in links} == {"_blank"}
    assert {link.get("rel") for link in links} == {"noopener"}
    assert f"{SITE.url}/topics/oceans" in {link.get("href") for link in links}


@for_each(
    ("asked", "found"),
    [
        ("topic=oceans", ["Title 3", "Title 2", "Title 1"]),
        ("topic=-reefs", ["Title 3", "Title 1"]),
        ("provider=tidal.example&sort=newest", ["Title 2", "Title 1"]),
        ('q="title 2"', ["Title 2"]),
        ("limit=2", ["Title 3", "Title 2"]),
        ("limit=2&count=1", ["Title 3"]),
        ("count=2&limit=3&content=title", ["Title 3", "Title 2"]),
        (
            "since=2026-01-03&look=cards&theme=dark&accent=%23F80&images=off&utm_source=x",
            ["Title 3", "Title 2"],
        ),
        ("per_provider=1", ["Title 3", "Title 2"]),
        ("collapse=story&count=50", ["Title 3", "Title 2", "Title 1"]),
    ],
)
def test_an_embed_accepts_every_query_of_a_feed(shared: Harness, asked: str, found: list[str]) -> None:
    assert titles(shared, f"/embed/feed?{asked}") == found


@for_each(
    ("written", "address"),
    [
        ("/embed/feed", "/embed/feed"),
        ("/embed/feed?topic=Oceans&look=list&theme=auto&accent=C2510F&images=on", "/embed/topics/oceans"),
        ("/embed/feed?utm_source=x&look=cards&lang=en", "/embed/feed?lang=en&look=cards"),
        ("/embed/f/best?accent=F80&count=7&look=cards", "/embed/f/best?look=cards&accent=ff8800&count=7"),
        ("/embed/feed?provider=tidal.example&topic=reefs", "/embed/topics/reefs/providers/tidal.example"),
        ("/embed/feed?limit=3", "/embed/feed?count=3"),
        ("/embed/feed?limit=30&content=title", "/embed/feed"),
        ("/embed/f/best?count=50", "/embed/f/best?count=20"),
        ("/embed/feed/daily?images=off", "/embed/feed/daily?images=off"),
        ("/embed/topics/oceans/2026-01", "/embed/topics/oceans/2026-01"),
    ],
)  # fmt: skip
def test_every_spelling_of_an_embed_has_one_canonical_address(
    shared: Harness, written: str, address: str
) -> None:
    assert canonical(shared, written) == address
    assert shared.get(address).data == shared.get(written).data
    assert canonical(shared, address) == address


def test_embeds_that_look_different_have_different_addresses(shared: Harness) -> None:
    asked = ("", "?look=cards", "?theme=dark", "?accent=000", "?count=1", "?look=cards&images=off")
    assert len({canonical(shared, f"/embed/feed{each}") for each in asked}) == len(asked)
    assert len({shared.get(f"/embed/feed{each}").headers["ETag"] for each in asked}) == len(asked)


@for_each(
    ("asked", "status", "said"),
    [
        ("feed?look=card", 400, f"look: not {ONE_OF}: 'card'; did you mean cards?"),
        ("feed?loook=cards", 400, "loook: unknown parameter; did you mean look?"),
        ("feed?count=0", 400, "count: not a whole number from 1 to 50: '0'; use count=5"),
        ("feed?count=1&count=2", 400, "count: two values, 1 and 2; use one of them"),
        ("feed?accent=red", 400,
         "accent: not a colour of 3 or 6 hexadecimal digits: 'red'; use accent=c2510f"),
        ("feed?limit=x", 400, "limit: not a whole number from 1 to 200: 'x'; use limit=20"),
        ("feed?topics=oceans", 400, "topics: unknown parameter; did you mean topic?"),
        ("topics/ocean", 404, "topic 'ocean': not found; did you mean oceans?"),
        ("topics/ocean?look=card", 400, f"look: not {ONE_OF}: 'card'; did you mean cards?"),
        ("f/bets", 404, "feed 'bets': not found; did you mean best?"),
        ("feed/2026-13", 404,
         "archive '2026-13': not found; use a month with articles, such as 2026-01, or daily or weekly"),
        ("feed/oceans/nothing", 404, "/embed/feed/oceans/nothing: not found; see the feeds at /"),
    ],
)  # fmt: skip
def test_an_invalid_value_is_refused_with_the_remedy(
    shared: Harness, asked: str, status: int, said: str
) -> None:
    answer = shared.get(f"/embed/{asked}")
    assert (answer.status_code, answer.text.strip()) == (status, said)
    assert answer.headers["Cache-Control"] == "no-store"


def directives(policy: str) -> dict[str, str]:
    return {name: value for name, _, value in (each.strip().partition(" ") for each in policy.split(";"))}


@for_each("asked", ["", "?accent=f80&theme=dark", "?look=ticker"])
def test_the_content_security_policy_of_an_embed_allows_only_its_parts(
    shared: Harness, asked: str
) -> None:
    answer = shared.get(f"/embed/feed{asked}")
    [style] = html.fromstring(answer.data).xpath("//style/text()")
    mark = b64encode(sha256(style.encode()).digest()).decode()
    assert directives(answer.headers["Content-Security-Policy"]) == {
        "default-src": "'none'",
        "script-src": "'self' https://feeds.example/static/",
        "style-src": f"'self' https://feeds.example/static/ 'sha256-{mark}'",
        "img-src": "*",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "*",
        "sandbox": SANDBOX,
    }
    assert "style=" not in answer.text
    assert "unsafe" not in str(answer.headers)


@pytest.mark.parametrize("embed", EMBEDS)
def test_an_embed_is_cached_like_a_list_and_excluded_from_search(served: Harness, embed: str) -> None:
    answer = served.get(embed)
    plain = served.get("/topics/oceans")
    for name in ("Referrer-Policy", "Access-Control-Allow-Origin"):
        assert answer.headers[name] == plain.headers[name]
    lists = served.get("/catalog.json")
    for name in ("Vary", "Cache-Control"):  # the same for readers of every language
        assert answer.headers[name] == lists.headers[name]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers
    again = served.get(embed, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Content-Security-Policy"] == answer.headers["Content-Security-Policy"]
    served.put(article(9, topics=("Oceans",), provider=TIDAL, authors=("Zoe",)), at=int(LATER))
    assert served.get(embed, If_None_Match=answer.headers["ETag"]).status_code == 200


@pytest.mark.parametrize(
    ("sources", "policy"),
    [
        (("*",), "*"),
        (("https://news.example", "https:"), "'self' https://news.example https:"),
        (("'self'", "https://a.example"), "'self' https://a.example"),
        (("'none'",), "'none'"),
        ((), "'none'"),
    ],
)
def test_the_settings_restrict_the_sites_that_embed(
    served: Harness, sources: tuple[str, ...], policy: str
) -> None:
    served.restart(http=HttpSettings(frame_ancestors=sources))
    answer = served.get("/embed/feed")
    assert directives(answer.headers["Content-Security-Policy"])["frame-ancestors"] == policy


def test_an_embed_without_images_has_no_pictures(served: Harness) -> None:
    served.put(article(4, images=(image(width=1200, height=0),)))
    [shown] = page(served, "/embed/feed").xpath("//img")
    assert shown.attrib == {
        "src": "https://example.org/a.png", "alt": "", "width": "1200", "height": "360",
        "loading": "lazy", "decoding": "async",
    }  # fmt: skip
    for asked in ("images=off", "look=headlines", "look=ticker"):
        assert not page(served, f"/embed/feed?{asked}").xpath("//img")


def test_a_ticker_hides_its_copy_from_screen_readers(shared: Harness) -> None:
    shown = page(shared, "/embed/feed?look=ticker")
    again = shown.xpath("//*[@aria-hidden='true']//a")
    assert len(again) == len(shown.xpath("//main//li//a")) / 2
    assert {link.get("tabindex") for link in again} == {"-1"}


def test_a_feed_without_articles_says_so(shared: Harness) -> None:
    for look in LOOKS:
        assert "No articles yet" in shared.get(f"/embed/topics/quiet?look={look}").text


@pytest.mark.parametrize("look", LOOKS)
def test_hostile_text_is_text(served: Harness, look: str) -> None:
    provider = Provider("evil.example", HOSTILE)
    served.put(
        article(
            4, title=HOSTILE, summary=HOSTILE, provider=provider, topics=("Evil", HOSTILE),
            images=(image("a.png?'\"<b>", alt=HOSTILE),),
        )
    )  # fmt: skip
    for address in (f"/embed/providers/evil.example?look={look}", "/embed?src=providers/evil.example"):
        answer = served.get(address)
        shown = html.fromstring(answer.data)
        assert HOSTILE in " ".join(shown.itertext())
        assert {each.get("src") is None for each in shown.xpath("//script")} == {False}
        assert not shown.xpath("//@onerror | //img[@src='x']")
        assert b"<script>" not in answer.data
    answer = served.get("/oembed?url=https://feeds.example/providers/evil.example")
    [frame] = html.fragments_fromstring(json.loads(answer.data)["html"])
    assert (frame.tag, set(frame.attrib)) == ("iframe", FRAME)
    assert HOSTILE in frame.get("title")


def test_the_embed_of_a_renamed_topic_redirects_to_the_present_one(served: Harness) -> None:
    taxonomy = Taxonomy(topics=(Topic("oceans", "Oceans", aliases=("seas",)),))
    served.change(at=int(LATER), taxonomy=taxonomy)
    answer = served.get("/embed/topics/seas?look=cards")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{SITE.url}/embed/topics/oceans?look=cards"


# The element.


def test_the_element_is_small_and_may_be_loaded_from_anywhere(shared: Harness) -> None:
    answer = shared.get("/embed.js")
    assert len(answer.data) < 5000
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"].startswith("public, max-age=3600,")
    again = shared.get("/embed.js", If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
    assert len(shared.get("/embed.js", Accept_Encoding="br").data) < 1800


def test_the_element_frames_as_the_server_does(shared: Harness) -> None:
    assert f'"{SANDBOX}"' in shared.get("/embed.js").text


# The page that configures one.


def snippets(served: Harness, address: str) -> dict[str, str]:
    shown = page(served, address)
    return {
        str(each.xpath("string(h3/@id)")): str(each.xpath("string(.//code)"))
        for each in shown.xpath("//*[@class='snippet']")
    }


@for_each(
    "asked",
    [
        "src=topics/oceans&lang=en",
        "src=topics/oceans%3Flang%3Den",
        "src=/topics/oceans?lang=en",
        "src=https://feeds.example/topics/oceans.rss%3Flang%3Den",
        "src=https://feeds.example/embed/topics/oceans%3Flang%3Den",
        "topic=oceans&lang=en",
        "src=&topic=oceans&lang=en&utm_source=x",
    ],
)
def test_the_page_finds_the_feed_in_every_spelling_of_its_address(shared: Harness, asked: str) -> None:
    shown = page(shared, f"/embed?{asked}&look=cards&accent=%23f80&count=3")
    assert shown.xpath("//input[@name='src']/@value") == ["topics/oceans?lang=en"]
    assert shown.xpath("//option[@selected]/@value") == ["cards", "auto", "on"]
    assert shown.xpath("//input[@name='accent' or @name='count']/@value") == ["#ff8800", "3"]
    [preview] = shown.xpath("//iframe/@src")
    assert preview == "/embed/topics/oceans?lang=en&look=cards&accent=ff8800&count=3"
    assert shared.get(preview).status_code == 200


def test_the_page_offers_feeds_by_the_names_that_it_accepts(shared: Harness) -> None:
    options = page(shared, "/embed").xpath("//datalist/option")
    offered = {each.get("value"): each.text for each in options}
    assert next(iter(offered)) == "feed"
    assert offered["topics/oceans"] == "Oceans"
    assert offered["f/best"] == "The Best"
    for place in offered:
        assert page(shared, f"/embed?src={place}").xpath("//input[@name='src']/@value") == [place]


def test_every_snippet_leads_to_the_same_feed(shared: Harness) -> None:
    found = snippets(shared, "/embed?src=topics/oceans&look=cards&accent=f80&width=400")
    address = f"{SITE.url}/embed/topics/oceans?look=cards&accent=ff8800"
    [frame] = html.fragments_fromstring(found["frame"])
    assert (frame.get("src"), frame.get("width"), frame.get("sandbox")) == (address, "400", SANDBOX)
    script, element = html.fragments_fromstring(found["element"])
    assert script.attrib == {"type": "module", "src": f"{SITE.url}/embed.js"}
    assert element.attrib == {"src": f"{SITE.url}/topics/oceans", "look": "cards", "accent": "#ff8800"}
    assert element.xpath("a/@href") == [f"{SITE.url}/topics/oceans"]
    described = json.loads(shared.get(found["oembed"].removeprefix(SITE.url)).data)
    assert html.fromstring(described["html"]).get("src") == address
    assert html.fromstring(found["link"]).get("href") == f"{SITE.url}/topics/oceans"


@for_each(
    ("asked", "status", "said"),
    [
        ("src=topics/ocean", 404, "topic 'ocean': not found; did you mean oceans?"),
        (
            "src=https://elsewhere.example/",
            404,
            "feed 'https://elsewhere.example/': not found; see the feeds at / or with feeds list",
        ),
        (
            "src=nothing/at/all",
            404,
            "feed 'nothing/at/all': not found; see the feeds at / or with feeds list",
        ),
        ("src=topics/oceans&look=grid", 400, f"look: not {ONE_OF}: 'grid'; use look=list"),
        ("width=0", 400, "width: not a number of pixels from 1 to 4000: '0'; use width=640"),
    ],
)
def test_the_page_refuses_the_same_values_as_an_embed(
    shared: Harness, asked: str, status: int, said: str
) -> None:
    answer = shared.get(f"/embed?{asked}")
    assert (answer.status_code, answer.text.strip()) == (status, said)


@for_each(
    ("asked", "status", "said", "wrong", "kept"),
    [
        ("src=topics/ocean&look=cards&count=7", 404, "did you mean oceans?", "src",
         {"src": "topics/ocean", "look": "cards", "count": "7"}),
        ("src=topics/oceans&count=99&width=300", 400, "count: not a whole number from 1 to 50", "count",
         {"src": "topics/oceans", "count": "99", "width": "300"}),
        ("src=feed&width=0&accent=f80&theme=dark", 400, "width: not a number of pixels", "width",
         {"src": "feed", "width": "0", "accent": "#ff8800", "theme": "dark"}),
        ("src=feed?limit=x&images=off", 400, "limit: not a whole number", "src",
         {"src": "feed?limit=x", "images": "off"}),
    ],
)  # fmt: skip
def test_an_error_is_shown_in_the_form_that_keeps_what_was_typed(
    shared: Harness, asked: str, status: int, said: str, wrong: str, kept: dict[str, str]
) -> None:
    answer = shared.get(f"/embed?{asked}", Accept=BROWSER)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")
    shown = html.fromstring(answer.text)
    assert said in shown.get_element_by_id("wrong").text
    assert shown.xpath("//*[@aria-invalid]/@name") == [wrong]
    assert kept.items() <= dict(shown.xpath("//main//form")[0].form_values()).items()
    assert not shown.xpath("//iframe")


@for_each(
    ("address", "status", "said", "leads"),
    [
        ("/embed/topics/ocean?theme=dark", 404, "There is no topic called “ocean”.", "/"),
        ("/embed/topics/oceans?theme=dark&count=x", 400, "count: not a whole number", "/topics/oceans"),
    ],
)
def test_an_error_in_a_frame_is_a_small_panel_with_a_link(
    shared: Harness, address: str, status: int, said: str, leads: str
) -> None:
    assert shared.get(address).headers["Content-Type"].startswith("text/plain")
    answer = shared.get(address, Accept=BROWSER)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")
    assert "sandbox allow-scripts" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    shown = html.fromstring(answer.text)
    assert said in shown.xpath("string(//main/p)")
    assert shown.xpath("//a/@href") == [f"{SITE.url}{leads}"]
    assert (shown.get("class"), shown.xpath("//body/@class")) == ("dark", ["failed"])
    [script] = shown.xpath("//script/@src")
    assert "embed-frame.js" in script


def test_scripts_are_served_without_their_comments(shared: Harness) -> None:
    for script in ("embed.js", "embed-frame.js", "stream.js", "page.js", "build.js"):
        text = shared.get("/embed.js" if script == "embed.js" else f"/static/{script}").text
        assert not re.search(r"(?m)^ *//|[;{] //", text)


@for_each(
    ("script", "imported"),
    [
        ("embed.js", ["stream.js"]),
        ("embed-frame.js", ["news.js"]),
        ("feed-live.js", ["news.js", "stream.js"]),
    ],
)
def test_a_script_imports_others_at_addresses_that_caches_keep(
    shared: Harness, script: str, imported: list[str]
) -> None:
    found = re.findall(r"([\w-]+\.js)(\?v=\w+)", shared.get(f"/static/{script}").text)
    assert [name for name, _ in found] == imported
    for name, version in found:
        assert shared.get(f"/static/{name}{version}").headers["Cache-Control"].endswith("immutable")


@for_each("feed", ["/topics/oceans", "/providers/tidal.example", "/f/best", "/topics/oceans?lang=en"])
def test_the_page_of_a_feed_leads_to_its_embed(shared: Harness, feed: str) -> None:
    [link] = page(shared, feed).xpath("//a[text()='Embed feed']/@href")
    [preview] = page(shared, link).xpath("//iframe/@src")
    assert preview == f"/embed{feed}"


# oEmbed.

FRAME = {"src", "title", "width", "height", "loading", "frameborder", "sandbox"}
REQUIRED = {"type", "version", "html", "width", "height"}  # of all, and of the type "rich" (2.3.4)
OPTIONAL = {"title", "provider_name", "provider_url", "cache_age"}


def described(served: Harness, url: str, asked: str = "", kind: str = "json") -> dict[str, Any]:
    """The oEmbed response for *url*."""
    answer = served.get(f"/oembed?url={quote(url, safe='')}&format={kind}{asked}")
    assert answer.status_code == 200, answer.text
    if kind == "json":
        assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
        return dict(json.loads(answer.data))
    assert answer.headers["Content-Type"].partition(";")[0] == "text/xml"
    root = etree.fromstring(answer.data)
    assert root.tag == "oembed"
    return {each.tag: int(each.text) if each.text.isdecimal() else each.text for each in root}


@for_each("kind", ["json", "xml"])
@for_each(("feed", "suffix"), pairs(FEEDS, ["", ".rss", ".atom", ".json"]))
def test_every_address_of_a_feed_is_described(shared: Harness, feed: str, suffix: str, kind: str) -> None:
    said = described(shared, f"{SITE.url}{feed}{suffix}", kind=kind)
    assert set(said) == REQUIRED | OPTIONAL
    assert (said["type"], str(said["version"])) == ("rich", "1.0")
    assert (said["provider_name"], said["provider_url"]) == ("Example", "https://feeds.example/")
    assert said["cache_age"] == 300
    [frame] = html.fragments_fromstring(said["html"])
    assert (frame.tag, set(frame.attrib)) == ("iframe", FRAME)
    assert frame.get("src") == f"{SITE.url}/embed{feed}"
    assert (int(frame.get("width")), int(frame.get("height"))) == (said["width"], said["height"])
    assert shared.get(frame.get("src").removeprefix(SITE.url)).status_code == 200


@for_each(
    ("url", "embed"),
    [
        ("https://feeds.example", "/embed/feed"),
        ("https://feeds.example/", "/embed/feed"),
        ("https://feeds.example/?topic=oceans", "/embed/topics/oceans"),
        ("http://FEEDS.example/topics/oceans#top", "/embed/topics/oceans"),
        ("https://feeds.example/topics/oceans.rss?lang=en&utm_source=x", "/embed/topics/oceans?lang=en"),
        ("https://feeds.example/embed/feed?look=cards&theme=dark", "/embed/feed?look=cards&theme=dark"),
        ("https://feeds.example/topics/oceans/2026-01.json", "/embed/topics/oceans/2026-01"),
        ("https://feeds.example/topics/Oceans?look=cards", "/embed/topics/oceans"),
    ],
)
def test_an_address_may_be_written_in_many_ways(shared: Harness, url: str, embed: str) -> None:
    frame = html.fromstring(described(shared, url)["html"])
    assert frame.get("src") == SITE.url + embed


@for_each(
    ("asked", "width", "height"),
    [
        ("", 640, 885),
        ("&maxwidth=300", 300, 885),
        ("&maxwidth=2000&maxheight=5000", 640, 885),
        ("&maxheight=200&maxwidth=", 640, 200),
        ("&maxwidth=1&maxheight=1", 1, 1),
    ],
)
def test_an_embed_is_no_larger_than_the_consumer_allows(
    shared: Harness, asked: str, width: int, height: int
) -> None:
    said = described(shared, f"{SITE.url}/feed", asked)
    assert (said["width"], said["height"]) == (width, height)


@for_each(
    ("asked", "status", "said"),
    [
        ("url=https://elsewhere.example/topics/oceans", 404,
         "feed 'https://elsewhere.example/topics/oceans': not found; "
         "see the feeds at / or with feeds list"),
        ("url=https://feeds.example.evil/topics/oceans", 404,
         "feed 'https://feeds.example.evil/topics/oceans': not found; "
         "see the feeds at / or with feeds list"),
        ("url=https://feeds.example:99/feed", 404,
         "feed 'https://feeds.example:99/feed': not found; see the feeds at / or with feeds list"),
        ("url=https://u:p@feeds.example/feed", 404,
         "feed 'https://u:p@feeds.example/feed': not found; see the feeds at / or with feeds list"),
        ("url=ftp://feeds.example/feed", 404,
         "feed 'ftp://feeds.example/feed': not found; see the feeds at / or with feeds list"),
        ("url=https://[/", 404, "feed 'https://[/': not found; see the feeds at / or with feeds list"),
        ("url=topics/oceans", 404,
         "feed 'topics/oceans': not found; see the feeds at / or with feeds list"),
        (f"{OURS}/health", 404, "feed '/health': not found; see the feeds at / or with feeds list"),
        (f"{OURS}/topics/a=b", 404, "topic 'a-b': not found; see the feeds at / or with feeds list"),
        (f"{OURS}/topics/ocean", 404, "topic 'ocean': not found; did you mean oceans?"),
        (f"{OURS}/feed?limit=x", 400, "limit: not a whole number from 1 to 200: 'x'; use limit=20"),
        (f"{OURS}/embed/feed?look=x", 400, f"look: not {ONE_OF}: 'x'; use look=list"),
        ("", 400, "url: missing; add url= with the address of a page or a feed of this server"),
        (f"{OURS}/feed&format=yaml", 501, "format: not one of json, xml: 'yaml'; use format=json"),
        (f"{OURS}&maxwidth=x", 400,
         "maxwidth: not a number of pixels from 1 to 99999: 'x'; use maxwidth=640"),
        (f"{OURS}&maxheight=0", 400,
         "maxheight: not a number of pixels from 1 to 99999: '0'; use maxheight=640"),
    ],
)  # fmt: skip
def test_oembed_errors_have_the_status_of_the_specification(
    shared: Harness, asked: str, status: int, said: str
) -> None:
    answer = shared.get(f"/oembed?{asked}")
    assert (answer.status_code, answer.text.strip()) == (status, said)


STRANGE = [
    "https://feeds.example/%00", "https://feeds.example/topics/%FF%FE", "https://feeds.example//evil/feed",
    "https://feeds.example/embed", "https://feeds.example/embed/", "https://feeds.example/embed/embed/feed",
    "https://feeds.example:x/feed", "https://u:p@feeds.example/feed", "https://feeds.example/topics/",
    "https://feeds.example/.rss", "https://feeds.example/topics/a/b/c/d", "https://feeds.example\\feed",
    "https://feeds.example/topics/" + "x" * 9999, "//feeds.example/feed", "javascript:alert(1)", "\ud800",
    "https://feeds.example/oembed?url=https://feeds.example/feed", "https://feeds.example/feed\r\nX: y/z",
]  # fmt: skip


@for_each(
    ("url", "address"),
    pairs(STRANGE, ["/oembed?url=", "/embed?src="]),
)
def test_a_strange_address_is_refused_in_one_short_line(shared: Harness, address: str, url: str) -> None:
    answer = shared.get(address + quote(url, safe="", errors="surrogatepass"))
    assert answer.status_code == 404
    assert len(answer.text.splitlines()) == 1
    assert len(answer.text) < 300


def test_a_server_may_be_below_a_folder(served: Harness) -> None:
    site = msgspec.structs.replace(SITE, url="https://feeds.example/below")
    served.restart(site=site)
    for url, status in {
        f"{site.url}/topics/oceans": 200,
        f"{site.url}/embed/topics/oceans": 200,
        site.url: 200,
        f"{SITE.url}/topics/oceans": 404,
        f"{SITE.url}/belowest/topics/oceans": 404,
    }.items():
        answer = served.get(f"/oembed?url={url}")
        assert answer.status_code == status, url
        assert status == 404 or f"{site.url}/embed/" in answer.json["html"]
    shown = html.fromstring(served.get("/embed?src=topics/oceans").data)
    assert shown.xpath("//iframe/@src") == ["/below/embed/topics/oceans"]
    assert shown.xpath("//main//form/@action") == ["/below/embed"]
    assert "/below/embed.js" in shown.xpath("//script/@src")


@for_each("address", ["/topics/oceans", "/f/best", "/topics/oceans?lang=en", "/embed/feed?look=cards"])
def test_a_page_links_to_its_oembed_description(shared: Harness, address: str) -> None:
    links = page(shared, address).xpath("//link[@rel='alternate'][contains(@type, '+oembed')]")
    assert [link.get("type") for link in links] == ["application/json+oembed", "text/xml+oembed"]
    embeds = set()
    for link, kind in zip(links, ("application/json", "text/xml"), strict=True):
        assert unquote(link.get("href")).startswith(f"{SITE.url}/oembed?url={SITE.url}{address}&")
        answer = shared.get(link.get("href").removeprefix(SITE.url))
        assert answer.headers["Content-Type"].startswith(kind)
        embeds |= set(re.findall(rf"{SITE.url}/embed/[^\s\"&]*", answer.text.replace('\\"', '"')))
    assert len(embeds) == 1


def test_an_oembed_description_is_cached_like_a_page(shared: Harness) -> None:
    address = "/oembed?url=https://feeds.example/feed"
    answer = shared.get(address)
    assert "max-age=300" in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert shared.get(address, If_None_Match=answer.headers["ETag"]).status_code == 304
