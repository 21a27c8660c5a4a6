"""Text without characters that XML cannot carry, and escaped for HTML."""

import nh3
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.article import Provider, Related
from feeds.feed.site import Site
from feeds.formats.text import (
    byline,
    clean,
    content_html,
    headline,
    related,
    source,
    summary,
    summary_html,
)
from tests.builders import article, image
from tests.table import for_each

SITE = Site(title="The site")


@given(st.text(st.characters(codec=None)))
def test_clean_text_fits_into_any_document(text: str) -> None:
    made = clean(text)
    element = etree.Element("text")
    element.text = made
    assert made.encode().decode() == made
    assert etree.fromstring(etree.tostring(element)).text == (made or None)
    assert clean(made) == made


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cn"))))
def test_visible_text_is_not_changed(text: str) -> None:
    assert clean(text) == text


@for_each(
    ("written", "expected"),
    [
        ("\x00a\x08b\x0bc\x1fd\x7f", "abcd"),
        ("tab\tline\nreturn\r", "tab\tline\nreturn\r"),
        ("\ud83c half \udf89", " half "),
        ("\ufffe\uffff", ""),
        ("\ufffd\ue000\U0010ffff", "\ue000\U0010ffff"),
        ("\x93it\x92s\x94\x85 \x80", "“it’s”… €"),
        ("\x81\x8d\x8f\x90\x9d", ""),
        ("🎉\u202e\u200d", "🎉\u202e\u200d"),
    ],
)
def test_clean(written: str, expected: str) -> None:
    assert clean(written) == expected


@for_each(
    "body",
    [
        '<figure><img src="https://example.org/a.png" alt="a > b"></figure>',
        '<p><a href="https://v.example/film.mp4">▶ Film</a></p>\n&nbsp;',
        '<p>\n<a href="https://example.org/1">https://example.org/1</a> — &amp; “…”</p>',
        "<p>https://example.org/film?a=1&amp;b=2</p>",
        '<figure><img src="https://example.org/a.png"><figcaption>Photo: <b>A</b></figcaption></figure>',
    ],
)
def test_the_summary_follows_a_body_without_words(body: str) -> None:
    assert content_html(article(1, html=body)) == f"{body}\n<p>Summary 1</p>"
    assert content_html(article(1, html=f"{body}<p>Words.</p>")) == f"{body}<p>Words.</p>"


def test_the_summary_does_not_follow_a_link_that_contains_it() -> None:
    body = '<p><a href="https://example.org/1">Tides &amp; boats: a long <b>story</b></a></p>'
    assert content_html(article(1, summary="Tides & boats: a long…", html=body)) == body


def test_a_headline_is_never_blank() -> None:
    assert headline(article(1, title="A\x00")) == "A"
    assert headline(article(1, title=" \x00")) == "·"


def test_a_byline_names_somebody_once() -> None:
    assert byline(article(1, authors=("Ada\x00", "Ada", "\x01", "Example")), SITE) == ["Ada", "Example"]
    assert byline(article(1, provider=None), SITE) == ["The site"]


def test_a_byline_names_the_site_only_without_an_author() -> None:
    own = Provider("a.example", "The site")
    assert byline(article(1, authors=("Ada",), provider=own), SITE) == ["Ada"]
    assert byline(article(1, authors=(" ",), provider=own), SITE) == ["The site"]
    assert byline(article(1, provider=own), SITE) == ["The site"]


def test_a_source_without_a_name_is_called_by_its_domain() -> None:
    assert source(Provider("a.example", "\x00 ")) == "a.example"
    assert source(Provider("a.example", "A")) == "A"


def test_a_summary_of_nothing_is_none() -> None:
    assert summary(article(1, summary="\x00 ")) == ""
    assert summary_html(article(1, summary="\x00a < b")) == "a &lt; b"


def test_the_lead_image_stands_above_the_text() -> None:
    made = content_html(article(1, images=(image(alt='"A" & b', height=0),), html="<p>Text.</p>"))
    assert made == (
        '<p><img src="https://example.org/a.png" alt="&quot;A&quot; &amp; b" width="640"></p>\n'
        "<p>Text.</p>"
    )


def test_a_picture_without_a_text_of_its_own_is_called_like_the_article() -> None:
    made = content_html(
        article(1, title="<Title>", images=(image(width=0, height=0),), html="<p>Text.</p>")
    )
    assert made.startswith('<p><img src="https://example.org/a.png" alt="&lt;Title&gt;"></p>')


@for_each(
    "shown",
    [
        '<img src="https://example.org/a.png">',
        '<img src="http://example.org/a.png">',
        '<img src="https://example.org/a.png?width=300">',
        '<img src="https://example.org/a.png#top">',
        '<img alt="a > b" title="c" src="https://example.org/a.png">',
        '<a href="https://example.org/"><img\nsrc="https://example.org/a.png"></a>',
    ],
)
def test_the_lead_image_is_not_repeated(shown: str) -> None:
    body = nh3.clean(f"<p>{shown}</p>")
    assert content_html(article(1, summary="", images=(image(),), html=body)) == body


@for_each(
    "shown",
    [
        '<img src="https://example.org/b.png">',
        '<img src="https://elsewhere.example/a.png">',
        '<a href="https://example.org/a.png">The picture</a>',
        '<img alt="&quot; src=&quot;https://example.org/a.png&quot;" src="https://example.org/c.png">',
        '<img src="http://[">',
    ],
)
def test_another_picture_does_not_stand_in_for_it(shown: str) -> None:
    body = f"<p>{shown}</p>"
    made = content_html(article(1, summary="", images=(image(),), html=body))
    assert made.startswith('<p><img src="https://example.org/a.png"')
    assert made.endswith(body)


def test_a_picture_is_told_from_another_by_its_query_where_its_path_says_nothing() -> None:
    lead = image("picture?id=1&size=2")
    same = '<p><img src="https://example.org/picture?id=1&amp;size=2"></p>'
    other = '<p><img src="https://example.org/picture?id=2&amp;size=2"></p>'
    assert content_html(article(1, summary="", images=(lead,), html=same)) == same
    assert content_html(article(1, summary="", images=(lead,), html=other)).count("<img") == 2


def test_without_a_body_the_summary_stands_in_and_without_that_the_title() -> None:
    assert content_html(article(1, summary="A & b")) == "<p>A &amp; b</p>"
    assert content_html(article(1, summary="", title="A & b")) == "<p>A &amp; b</p>"
    assert content_html(article(1, summary="", images=(image(),))).startswith("<p><img")


A, B, ITSELF = (
    Related("A", "https://a.example/"),
    Related("B", "https://b.example/"),
    Related("Itself", "https://example.org/1"),
)


def test_related_links_begin_with_the_cluster_and_name_each_address_once() -> None:
    again = Related("A again", A.url)
    assert related(article(1, related=(B, A, again, ITSELF))) == [B, A]
    assert related(article(1, also=(A, ITSELF), related=(B, again))) == [A, B]
    assert related(article(1)) == []


def test_related_links_are_clean_and_have_a_text() -> None:
    (made,) = related(article(1, related=(Related("\x00 ", "https://a.example/\x00", "\x93A\x94"),)))
    assert made == Related("https://a.example/", "https://a.example/", "“A”")


@for_each("portion", ["full", "summary"])
def test_the_same_story_elsewhere_is_a_list_of_links_below(portion: str) -> None:
    also = (Related('A "b" & <c>', 'https://a.example/?d="e"&f', "G & <H>"), B, B, ITSELF)
    made = content_html(article(1, also=also), portion)
    assert made == (
        "<p>Summary 1</p>\n"
        "<p>Also covered by</p>\n"
        "<ul>\n"
        '<li><a href="https://a.example/?d=&quot;e&quot;&amp;f">A "b" &amp; &lt;c&gt;</a>'
        " (G &amp; &lt;H&gt;)</li>\n"
        '<li><a href="https://b.example/">B</a></li>\n'
        "</ul>"
    )


def test_related_links_outside_the_cluster_are_not_in_the_text() -> None:
    assert content_html(article(1, related=(A,))) == "<p>Summary 1</p>"
    assert content_html(article(1, also=(ITSELF,))) == "<p>Summary 1</p>"


def test_the_same_story_elsewhere_does_not_stand_in_for_the_text() -> None:
    assert content_html(article(1, summary="", also=(A,))).startswith("<p>Title 1</p>\n<p>Also")
