"""HTML of any origin: nothing readable is lost, glued together or shown as source."""

import pytest

from feeds.corpus.markdown import to_html
from feeds.corpus.plain_text import excerpt
from feeds.corpus.sanitize import BodyError, sanitize
from tests.table import for_each

BASE = "https://example.org/news/one"
REL = 'rel="noopener noreferrer"'
YOUTUBE = "https://www.youtube.com/watch?v="
PICTURE = '<img src="https://i.example/a.jpg">'


def safe(markup: str) -> str:
    return sanitize(markup, "Film", BASE)


def player(address: str) -> str:
    return f'<p><a href="{address}" {REL}>▶ Film</a></p>'


@for_each("name", ["noscript", "NoScript", "noembed", "noframes"])
def test_the_fallback_of_an_element_is_html_and_not_its_source(name: str) -> None:
    assert safe(f"<figure><{name}>{PICTURE}</{name}></figure>") == f"<figure>{PICTURE}</figure>"


@for_each(
    "lazy",
    [
        f'<img src="data:image/gif;base64,R0" data-lazy-src="/late.jpg"><noscript>{PICTURE}</noscript>',
        f'<img src="/small.jpg" class="thumbnail">\n<noscript class="x">{PICTURE}</noscript>',
        f'<picture><img data-src="https://i.example/a.jpg"></picture> <noscript>{PICTURE}</noscript>',
        f"<noscript><picture>{PICTURE}</picture></noscript>",
    ],
)
def test_a_picture_that_loads_late_is_shown_once(lazy: str) -> None:
    assert safe(lazy) == PICTURE


@for_each("name", ["data-src", "Data-Lazy-SRC", "data-original"])
def test_a_picture_that_loads_late_has_its_real_address(name: str) -> None:
    assert safe(f'<img src="/grey.gif" alt="A" title="B" {name}="https://i.example/a.jpg">') == (
        '<img src="https://i.example/a.jpg" alt="A" title="B">'
    )


@for_each(
    "markup",
    [
        '<img srcset="/s.jpg 320w, /l.jpg 1200w, /xl.jpg 4000w" alt="A">',
        '<img src="data:image/gif;base64,R0" data-srcset="/s.jpg, /l.jpg 2x" alt="A">',
        '<picture><source srcset="/l.jpg" type="image/jpeg"><img alt="A"></picture>',
        '<picture><source srcset="/l.webp"><img src="/l.jpg" alt="A"></picture>',
        '<picture><source data-srcset="/l.jpg 1x"><img src="/grey.gif" alt="A"></picture>',
        '<amp-img src="/l.jpg" alt="A" layout="fill"></amp-img>',
        '<object data="/l.jpg" type="image/jpeg"><img src="/l.jpg" alt="A"></object>',
    ],
)
def test_a_picture_with_several_addresses_has_the_best_for_a_screen(markup: str) -> None:
    assert safe(markup) == '<img src="https://example.org/l.jpg" alt="A">'


@for_each(
    ("written", "expected"),
    [
        ('<progress value="21" max="40"></progress>', "21/40"),
        ("<meter value=0.5></meter>", "0.5"),
        ("<progress value=1 max=2>half</progress>", "half"),
        ("<input type=checkbox checked> One<br><input type=checkbox> Two", "☑  One<br>☐  Two"),
        ("<input type=search>One", "One"),
        ("a<video></video>b", "a b"),
        ("<p><svg><g><title>A &lt; B</title></g><path d=x /></svg></p>", "<p> A &lt; B </p>"),
        ("<p><svg aria-label='Tides' role=img><text>x</text></svg></p>", "<p> Tides </p>"),
        ("<p>a<svg><text>x</text></svg>b</p>", "<p>ab</p>"),
        ("<![CDATA[<p>One</p>]]>", "<p>One</p>"),
    ],
)
def test_an_element_without_words_of_its_own_leaves_some(written: str, expected: str) -> None:
    assert safe(written) == expected


def test_an_area_of_a_picture_is_a_link() -> None:
    made = safe('<map name="m"><area href="/one" alt="One &amp; <b>"><area alt="Nothing"></map>')
    assert made == f'<a href="https://example.org/one" {REL}>One &amp; &lt;b&gt;</a>'


@for_each("name", ["xmp", "listing"])
def test_source_code_in_an_old_element_is_preformatted_text(name: str) -> None:
    assert safe(f"<{name}><b>x</b></{name}>") == "<pre>&lt;b&gt;x&lt;/b&gt;</pre>"


@for_each("name", ["textarea", "title", "template", "script", "style"])
def test_source_that_a_browser_does_not_show_is_removed(name: str) -> None:
    assert safe(f"a<{name}><img src=x></{name}>b") == "ab"


@for_each(
    "name",
    [
        "address", "article", "aside", "center", "dialog", "fieldset", "footer", "form", "header",
        "hgroup", "legend", "main", "nav", "search", "section",
    ],
)  # fmt: skip
def test_the_words_of_adjacent_blocks_stay_apart(name: str) -> None:
    made = safe(f"<{name} class='x'>The tide rose.</{name}><{name}>The boats left.</{name}>")
    assert made == "<div>The tide rose.</div><div>The boats left.</div>"
    assert excerpt(made) == "The tide rose. The boats left."


@for_each(
    ("written", "expected"),
    [
        ("<menu><li>a</li></menu>", "<ul><li>a</li></ul>"),
        ("<strike>a</strike>", "<s>a</s>"),
        ("<tt>a</tt>", "<code>a</code>"),
        ('<acronym title="x">a</acronym>', '<abbr title="x">a</abbr>'),
        ("extra<wbr>ordinary", "extra<wbr>ordinary"),
        ('<ol reversed="" type="a"><li value="5">a</li></ol>', None),
    ],
)
def test_the_meaning_of_an_element_stays(written: str, expected: str | None) -> None:
    assert safe(written) == (expected or written)


def test_adjacent_buttons_stay_apart() -> None:
    assert excerpt(safe("<button>Copy</button><button>Share</button>")) == "Copy Share"


def test_a_block_named_in_code_stays_as_written() -> None:
    assert to_html("`<section>`", "", "", BASE) == "<p><code>&lt;section&gt;</code></p>"


@for_each(
    "address",
    ["tel:+4930123", "ftp://f.example/x.zip", "xmpp:room@c.example", "magnet:?xt=urn:btih:0", "sms:+1"],
)
def test_a_link_that_runs_no_script_keeps_its_address(address: str) -> None:
    assert safe(f'<a href="{address}">x</a>') == f'<a href="{address}" {REL}>x</a>'


@for_each("tag", ["<a>", '<a name="top">', '<a href="javascript:x()">', '<a href="">'])
def test_a_link_that_leads_nowhere_is_only_its_text(tag: str) -> None:
    assert safe(f"<p>{tag}<b>x</b></a></p>") == "<p><b>x</b></p>"


def test_readings_and_directions_of_text_stay() -> None:
    markup = '<ruby>東京<rt>とうきょう</rt></ruby>に行く <bdo dir="rtl">abc</bdo> <bdi>d</bdi>'
    assert safe(markup) == markup


@for_each(
    ("markup", "address"),
    [
        ('<video src="/film.mp4" controls></video>', "https://example.org/film.mp4"),
        ('<audio><source src="//v.example/1.mp3"><p>No audio?</p></audio>', "https://v.example/1.mp3"),
        ('<iframe data-src="https://v.example/abc"></iframe>', "https://v.example/abc"),
        (
            '<iframe src="about:blank" data-lazy-src="https://v.example/a"></iframe>',
            "https://v.example/a",
        ),
        ('<object data="/o.mp4"><embed src="/o.mp4"></object>', "https://example.org/o.mp4"),
        ('<object><embed src="/o.mp4"></object>', "https://example.org/o.mp4"),
        ('<embed src="/o.mp4">', "https://example.org/o.mp4"),
        ('<amp-video src="/o.mp4"></amp-video>', "https://example.org/o.mp4"),
        ('<amp-youtube data-videoid="abc" layout="x"></amp-youtube>', f"{YOUTUBE}abc"),
        ("<lite-youtube videoid=abc></lite-youtube>", f"{YOUTUBE}abc"),
    ],
)
def test_a_player_becomes_a_link_to_its_source(markup: str, address: str) -> None:
    assert safe(f"<div>{markup}</div>") == f"<div>{player(address)}</div>"


def test_the_link_of_a_player_in_an_untitled_post_has_the_name_of_its_host() -> None:
    assert ">▶ v.example</a>" in sanitize('<iframe src="https://v.example/1"></iframe>', "", BASE)


def test_a_player_and_its_fallback_are_one_link() -> None:
    frame = '<iframe src="https://v.example/1"></iframe>'
    late = '<iframe data-src="https://v.example/1"></iframe>'
    assert safe(f"{late} <noscript>{frame}</noscript>") == player("https://v.example/1")
    assert safe(frame + frame.replace("1", "2")).count("▶") == 2


def test_an_address_alone_in_a_block_is_a_link() -> None:
    address = "https://v.example/?v=é&amp;t=1"
    link = f'<a href="https://v.example/?v=%C3%A9&amp;t=1" {REL}>{address}</a>'
    assert safe(f"<figure><div>\n{address}\n</div></figure>") == f"<figure><div>\n{link}\n</div></figure>"
    assert to_html("https://v.example/?v=é&t=1", "", "", BASE) == f"<p>{link}</p>"
    linked = f'<a href="https://v.example/" {REL}><div>{address}</div></a>'
    assert safe(linked) == linked
    assert safe(f"<p>See {address}</p><p>https://[</p>") == f"<p>See {address}</p><p>https://[</p>"


def test_the_poster_of_a_video_is_shown() -> None:
    made = safe('<video poster="/p.jpg" src="/v.mp4"></video>')
    poster = '<p><img src="https://example.org/p.jpg" alt="Film"></p>'
    assert made == poster + player("https://example.org/v.mp4")


@for_each("name", ["audio", "object", "video"])
def test_a_player_without_a_source_is_its_content(name: str) -> None:
    assert safe(f"<{name}><p>In <b>other</b> words.</p></{name}>") == "<p>In <b>other</b> words.</p>"


def test_a_formula_stays_without_its_second_notation() -> None:
    formula = "<math><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>"
    noted = '<annotation encoding="application/x-tex">E=mc^2</annotation>'
    written = formula.replace("<math>", "<math><semantics><mrow>").replace(
        "</math>", f"</mrow>{noted}</semantics></math>"
    )
    made = safe(written)
    assert made == written.replace(noted, "")
    assert excerpt(f"<p>So {made} holds.</p>") == "So E=mc2 holds."
    assert safe(f'{formula}<span class="katex-html">E=mc²</span>') == "<span>E=mc²</span>"


@for_each(
    "markup",
    [
        "<figure></figure>",
        "<div><p> </p><video></video></div>",
        "<ul><li>&nbsp;</li></ul>",
        "<a href=/x></a>",
    ],
)
def test_html_without_text_and_pictures_is_empty(markup: str) -> None:
    assert safe(markup) == ""


@for_each("tag", ["iframe", "IFRAME", "iFrame"])
def test_a_player_is_found_by_its_name_in_any_case(tag: str) -> None:
    assert safe(f"<{tag} SRC={YOUTUBE}a></{tag}>") == player(f"{YOUTUBE}a")


def test_tags_may_be_nested_as_deeply_as_a_parser_can_follow_quickly() -> None:
    assert safe("<b>" * 1000 + "deep").count("<b>") == 1000
    with pytest.raises(BodyError, match="nested"):
        safe("<b>" * 1001 + "deep")
    with pytest.raises(BodyError, match="nested"):
        safe("<b></i>" * 1000 + "deep")  # the ends belong to nothing
