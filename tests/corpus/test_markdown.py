"""Markdown and embedded HTML -> sanitised HTML and its excerpt."""

import time
import unicodedata

import nh3
import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.corpus.bodies.rendering import render
from feeds.corpus.markdown import MAX_MARKDOWN, to_html
from feeds.corpus.plain_text import excerpt, plain
from feeds.corpus.sanitize import BodyError
from tests.table import for_each

BASE = "https://example.org/news/one"
REL = 'rel="noopener noreferrer"'


def body(markdown: str, base: str = BASE) -> str:
    return to_html(markdown, "", "The title", base)


def featured(markup: str, title: str = "The title") -> str:
    return to_html("", markup, title, BASE)


def test_markdown_becomes_html() -> None:
    assert body("# One\n\n*two* ~~three~~") == "<h1>One</h1>\n<p><em>two</em> <del>three</del></p>"


def test_a_table_becomes_a_table() -> None:
    assert "<td>1</td>" in body("| a |\n| --- |\n| 1 |")


@given(
    st.lists(st.sampled_from([
        "a", "b ", "\n", "\n\n", "  ", "    ", "\t", "# ", "> ", "- ", "1. ", "2) ", "* ", "*", "**", "_",
        "`", "```\n", "---\n", "===\n", "\\", "&", "&amp;", "&nbsp;", "&quot;", '"', "'", "=", '="',
        "[a]", "(b)", "![", "]: /c", "\xa0", "\u2003", "\x0c", "\0", "\r", "é", "|", ":", "~",
        "https://a.example/", "<", "<b>", ">",
    ]), max_size=25).map("".join)
)  # fmt: skip
@example("> " * 600 + "a\n" + "> " * 600)
@example("https://a.example/b")
@example("\u2003\n\na")
def test_a_body_without_html_is_what_the_sanitiser_makes_of_it(markdown: str) -> None:
    try:
        expected = featured(render(markdown))
    except BodyError as error:
        with pytest.raises(BodyError, match=str(error)):
            body(markdown)
        return
    assert body(markdown) == expected


def test_featured_content_stands_above_the_body() -> None:
    assert to_html("below", "<p>above</p>", "", BASE) == "<p>above</p>\n<p>below</p>"


@for_each("nothing", ["", "  \n ", "<p>&nbsp;</p>", "<p><br></p>", "<script>1</script>"])
def test_markup_that_shows_nothing_is_empty(nothing: str) -> None:
    assert to_html(nothing, nothing, "The title", BASE) == ""


def test_empty_paragraphs_are_left_out() -> None:
    assert featured("<p>a</p><p>&nbsp;</p><p> <br></p><p>b</p>") == "<p>a</p><p>b</p>"


@for_each("opened", ['<p title="', "<!-- ", "<script>", "<textarea>", "<![CDATA[", "<div"])
def test_an_element_left_open_in_featured_content_does_not_contain_the_body(opened: str) -> None:
    assert to_html("The body.", opened, "", BASE).endswith("<p>The body.</p>")


@for_each(
    ("written", "expected"),
    [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ("<p>a<style>p {}</style>b</p>", "<p>ab</p>"),
        ("<p onclick='x()' onload=x>a</p>", "<p>a</p>"),
        ("<p style='color: red' class=b id=c>a</p>", "<p>a</p>"),
        ("<a href='javascript:x()'>a</a>", "a"),
        ("<a href='JaVa\n\tScript:x()'>a</a>", "a"),
        ("<a href='&#106;avascript:x()'>a</a>", "a"),
        ("<a href='data:text/html,x'>a</a>", "a"),
        ("<a href='vbscript:x'>a</a>", "a"),
        ("<img src='data:image/png;base64,AAAA' alt=a>b", "b"),
        ("<img src='javascript:x'>b", "b"),
        ("<img src='' alt='a > b'>c", "c"),
        ("<svg onload=x><script>y</script></svg>a", "a"),
        ("<math onclick=x><mi xlink:href='javascript:x'>a</mi></math>", "<math><mi>a</mi></math>"),
        (
            "<math><mtext><mglyph><style>x</style></mglyph></mtext></math>a",
            "<math><mtext></mtext></math>a",
        ),
        ("<area href='javascript:x' alt=a>b", "b"),
        ("<img srcset='javascript:x 2x, data:image/png;base64,A 1x' alt=a>b", "b"),
        ("<video poster='javascript:x' src='javascript:x'></video>b", "b"),
        ("<form action=/x><input name=a>b</form>", "<div>b</div>"),
        ("<object data='javascript:x'></object><embed src='data:,y'>a", "a"),
        ("<meta http-equiv=refresh content='0;x'><base href=//evil.example>a", "a"),
        ("<!-- a -->b", "b"),
    ],
)
def test_nothing_active_is_left(written: str, expected: str) -> None:
    assert featured(written) == expected


@for_each(
    ("written", "expected"),
    [
        ("/a?b=1&c=2", "https://example.org/a?b=1&amp;c=2"),
        ("two", "https://example.org/news/two"),
        ("#three", "https://example.org/news/one#three"),
        ("../four", "https://example.org/four"),
        ("//five.example/a", "https://five.example/a"),
        ("http://six.example", "http://six.example/"),
        ("https://seven.example/é", "https://seven.example/%C3%A9"),
        ("mailto:a@eight.example", "mailto:a@eight.example"),
    ],
)
def test_a_links_address_is_made_absolute(written: str, expected: str) -> None:
    assert featured(f'<a href="{written}">a</a>') == f'<a href="{expected}" {REL}>a</a>'


def test_an_address_without_a_scheme_is_https_though_the_article_is_not() -> None:
    assert 'src="https://b.example/a.png"' in body("![a](//b.example/a.png)", "http://a.example/")


def test_an_images_address_is_made_absolute() -> None:
    assert body("![Alt](/a.png)") == '<p><img src="https://example.org/a.png" alt="Alt"></p>'


def test_a_base_that_only_python_takes_for_an_address_drops_addresses_and_raises_nothing() -> None:
    assert "href" not in to_html(
        "", "<a href='http://256.256.256.256/'>a</a>", "", "http://256.256.256.256/"
    )


@for_each(
    "frame",
    [
        '<iframe src="https://video.example/1"></iframe>',
        "<iframe src='//video.example/1'>no frames here</iframe>",
        '<IFRAME allowfullscreen title="a > b" SRC=https://video.example/1>',
        '<p><iframe width="1" src="https://video.example/1" height="2"></iframe></p>',
    ],
)
def test_a_frame_becomes_a_link_to_what_it_shows(frame: str) -> None:
    assert featured(frame, "A & B <i>") == (
        f'<p><a href="https://video.example/1" {REL}>▶ A &amp; B &lt;i&gt;</a></p>'
    )


@for_each(
    "frame",
    ["<iframe></iframe>", "<iframe src='javascript:x'></iframe>", "<iframe srcdoc='<b>x'></iframe>"],
)
def test_a_frame_that_shows_nothing_on_the_web_is_left_out(frame: str) -> None:
    assert featured(frame + "a") == "a"


def test_a_frame_within_a_paragraph_parts_it() -> None:
    made = featured("<p>a<iframe src=/b></iframe>c</p>")
    assert made == f'<p>a</p><p><a href="https://example.org/b" {REL}>▶ The title</a></p>c'


def test_a_frame_in_code_is_code() -> None:
    assert body("`<iframe src=/a>`") == "<p><code>&lt;iframe src=/a&gt;</code></p>"


@given(st.text(), st.text("<>/='\" \nabpimgsrchrefonx:&;#!-", max_size=200))
def test_html_is_the_same_once_made_safe_again(markdown: str, markup: str) -> None:
    made = to_html(markdown, markup, "A title", BASE)
    assert to_html("", made, "A title", BASE) == made


@for_each(
    "markup",
    [
        "<div>" * 50_000,
        "<iframe" * 50_000,
        "<p>" + "".join(f"<font size={n}>" for n in range(10_000)) + "<p>a" * 50_000,
        "<b></p>" * 50_000,
        "<!--" * 50_000,
        "<img alt='" * 50_000,
    ],
)
def test_html_that_would_take_forever_is_refused_or_takes_no_time(markup: str) -> None:
    began = time.process_time()
    try:
        assert len(featured(markup)) < 2_000_000
    except ValueError as error:
        assert "HTML" in str(error)  # noqa: PT017
    assert time.process_time() - began < 10


def test_a_body_as_long_as_a_library_is_refused() -> None:
    assert body("a" * MAX_MARKDOWN)
    with pytest.raises(ValueError, match="200,001 characters"):
        body("a" * (MAX_MARKDOWN + 1))


def test_a_long_table_is_not_refused() -> None:
    made = featured("<table>" + "<tr><td><b>1</b></td><td>2</td></tr>" * 10_000 + "</table>")
    assert made.count("<td>") == 20_000


@for_each(
    ("markup", "expected"),
    [
        ("", ""),
        ("<p>One <b>t</b>wo</p>", "One two"),
        ("<p>One</p><p>two</p>three<br>four", "One two three four"),
        ("<ul><li>One<li>two</ul><table><tr><td>3<td>4", "One two 3 4"),
        ("<p>a &lt;b&gt; &amp;amp; c&nbsp;d</p>", "a <b> &amp; c d"),
        ("<p>a<script>b</script></p>", "a"),
        ('<p title="a > b">c</p>', "c"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_an_excerpt_is_plain_text(markup: str, expected: str) -> None:
    assert excerpt(markup) == expected


@for_each(
    ("text", "length", "expected"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two, three", 10, "one two…"),
        ("one two. – three", 13, "one two…"),
        ("abcdefghij", 5, "abcd…"),
        ("a bcdefghijklmnopqrst", 10, "a bcdefgh…"),
        ("漢字仮名交じり文", 5, "漢字仮名…"),
        ("a &amp;&lt;&gt;&amp;&amp;", 5, "a &<…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("ab👩‍👩‍👧‍👦cd", 6, "ab…"),
        ("ab👍🏽cd", 4, "ab…"),
        ("🇩🇪🇫🇷🇮🇹", 4, "🇩🇪…"),
        ("\u1100\u1161\u11a8" * 2, 5, "\u1100\u1161\u11a8…"),
        ("\uac00\u11a8" * 3, 4, "\uac00\u11a8…"),
        ("\u0600;;;;", 4, "\u0600;…"),
        ("a \u0301bcdef", 5, "a \u0301b…"),
        ("e" + "\u0301" * 20, 5, "…"),
    ],
)
def test_an_excerpt_ends_between_words_or_else_between_characters(
    text: str, length: int, expected: str
) -> None:
    assert excerpt(text, length) == expected


@given(
    st.text(st.sampled_from("ab &<;.\u0301👩👧\u200d🏽🇩🇪각ᄀ\u0915\u094d\u200c\r\n\u0600"), max_size=60),
    st.integers(2, 20),
)
def test_an_excerpt_is_never_longer_and_never_cuts_a_character(text: str, length: int) -> None:
    whole = excerpt(nh3.clean_text(text), 1000)
    made = excerpt(nh3.clean_text(text), length)
    assert len(made) <= length
    if made != whole:
        assert made.endswith("…")
        kept = made[:-1]
        assert whole.startswith(kept)
        boundaries = {0} | {found.end() for found in regex.finditer(r"\X", whole)}
        assert len(kept) in boundaries


def test_an_excerpt_of_endless_text_takes_no_time() -> None:
    began = time.process_time()
    assert len(excerpt("a" * 4_000_000)) == 300
    assert time.process_time() - began < 5


@for_each(
    ("written", "expected"),
    [
        ("A &amp; B", "A & B"),
        ("&amp;amp;", "&amp;"),
        ("&#x1F389; &eacute; &nbsp; a", "🎉 é a"),
        ("&lt;b&gt;", "<b>"),
        ("  two\n lines\t", "two lines"),
        ("Q&A at AT&T", "Q&A at AT&T"),
        ("&#0;&#xD800;", "\ufffd\ufffd"),
    ],
)
def test_entities_are_decoded_exactly_once(written: str, expected: str) -> None:
    assert plain(written) == expected
    assert unicodedata.is_normalized("NFC", plain(written))
