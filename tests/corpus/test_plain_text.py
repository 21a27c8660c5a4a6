"""Plain text of fields that may contain character references or tags, and excerpts of HTML."""

from feeds.corpus.plain_text import excerpt, plain, plain_excerpt, plain_name
from tests.table import for_each


@for_each("read", [plain, plain_name, plain_excerpt])
@for_each(
    ("written", "expected"),
    [
        ("/rates?currency=EUR&region=EU&section=3&copy=1", None),
        ("R&notes &lt 5 &times2 &#60 AT&T; &;", None),
        ("a &amp; b &#8217;s &#x2019; &eacute;", "a & b ’s ’ é"),
        ("The &amp;quot;problem&amp;quot; isn&amp;#39;t&amp;nbsp;hard", 'The "problem" isn\'t hard'),
        ("&amp;ldquo;x&amp;rdquo; &amp;#8212; &amp;hellip;", "“x” — …"),
        ("Caf&amp;eacute; &amp;amp;quot;50 &amp;euro;&amp;amp;quot; &#38;copy;", 'Café "50 €" ©'),
        ("Write &amp;lt;, &amp;amp;, &amp;#60;, &amp;amp;gt;", "Write &lt;, &amp;, &#60;, &amp;gt;"),
        ("?a=1&notes;&region;&x;", None),
        ("1 < 2 and 4 > 3", None),
        ("a\n\t b", "a b"),
    ],
)  # fmt: skip
def test_complete_references_are_decoded_as_often_as_they_were_escaped(
    read: object, written: str, expected: str | None
) -> None:
    assert read(written) == (written if expected is None else expected)  # type: ignore[operator]


@for_each(
    ("written", "expected"),
    [
        ("<p>The <b>harbour</b> is open.<br>Come &amp; see.</p>", "The harbour is open. Come & see."),
        ("<div>One</div><div>Two&nbsp;three</div>", "One Two three"),
        ("See https://a.example/?lang=en&region=eu<br/>", "See https://a.example/?lang=en&region=eu"),
        ('<a href="/x">The &amp;quot;link&amp;quot;</a> goes', 'The "link" goes'),
        ("&lt;p&gt; is a paragraph", "<p> is a paragraph"),
        ("a <- b, x<y and <https://a.example>", None),
        ("Use the <b> tag, <video> or <p>", None),
        (
            "<p>Cut off by the program that wrote it, as of…",
            "Cut off by the program that wrote it, as of…",
        ),
        ("&lt;p&gt;The &lt;b&gt;harbour&lt;/b&gt; is open.&lt;/p&gt;", "The harbour is open."),
        ("<p>Use the &lt;b&gt; tag</p>", "Use the <b> tag"),
        ("<section>One</section><section>Two</section>", "One Two"),
        ("<script>x()</script><noscript><p>One</p></noscript> Two<style>p {}</style>", "One Two"),
        ("<ul><li>One</li><li>Two</li></ul>", "One Two"),
        ('<img src="/a.png" alt="A"> Below', "Below"),
        ("One<!-- more -->", "One"),
        ("<![CDATA[<p>One</p>]]>", "One"),
        ("Write <!-- before a comment", None),
        ("Write <![CDATA[ before a text", None),
    ],
)
def test_an_excerpt_in_html_is_its_text(written: str, expected: str | None) -> None:
    assert plain_excerpt(written) == (written if expected is None else expected)


@for_each(
    ("written", "expected"),
    [
        ('The <em>best</em> <strong class="x">tide</strong>', "The best tide"),
        ("<em>Nested <b>tags</b></em>", "Nested tags"),
        ('<a href="https://a.example/?b=c">Ada</a>', "Ada"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("<![CDATA[One]]>", "One"),
        ("A <![CDATA[ and <![CDATA[One]]>", "A <![CDATA[ and One"),
        ("One<br>Two<br /> Three", "One Two Three"),
        ("<ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>", "東京(とうきょう)"),
        ("<b>" * 6 + "deep" + "</b>" * 6, "<b>deep</b>"),
        ("The <br> tag and <p>", None),
        ("Ada <ada@example.org>", None),
        ("Use the <b> tag", None),
        ("The <video> element and List<T>", None),
        ("Write &lt;em&gt;x&lt;/em&gt;", "Write <em>x</em>"),
    ],
)
def test_a_name_loses_pairs_of_tags_and_line_breaks_alone(written: str, expected: str | None) -> None:
    assert plain_name(written) == (written if expected is None else expected)


def test_a_link_in_place_of_a_player_is_no_part_of_an_excerpt() -> None:
    assert excerpt('<p><a href="/x">▶ The title</a></p>\n<p>Watch it.</p>') == "Watch it."


def test_a_heading_that_repeats_the_title_is_no_part_of_an_excerpt() -> None:
    body = "<div><h1>Tides &amp; <em>boats</em></h1>\n<p>They rise.</p></div>"
    assert excerpt(body, title="Tides & boats") == "They rise."
    assert excerpt(body, title="Another") == "Tides & boats They rise."


def test_the_mark_of_a_footnote_is_no_part_of_an_excerpt() -> None:
    assert excerpt('<p>So it is.<sup id="r"><a href="#f1">1</a></sup> In 10 m<sup>2</sup></p>') == (
        "So it is. In 10 m2"
    )


@for_each(
    "ruby",
    [
        "<ruby>東京<rt>とうきょう</rt></ruby>",
        '<ruby>東京<rp>(</rp><rt lang="ja">とうきょう</rt><rp>)</rp></ruby>',
    ],
)
def test_a_reading_is_in_parentheses_in_an_excerpt(ruby: str) -> None:
    assert excerpt(f"<p>{ruby}に行く</p>") == "東京(とうきょう)に行く"
