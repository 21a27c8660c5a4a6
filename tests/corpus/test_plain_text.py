"""Plain text of fields that may contain character references or tags, and excerpts of HTML."""

import pytest

from feeds.corpus.plain_text import excerpt, plain, plain_excerpt, plain_title


@pytest.mark.parametrize("read", [plain, plain_title, plain_excerpt])
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("/rates?currency=EUR&region=EU&section=3&copy=1", None),
        ("R&notes &lt 5 &times2 &#60 AT&T; &;", None),
        ("a &amp; b &#8217;s &#x2019; &eacute;", "a & b ’s ’ é"),
        ("The &amp;quot;problem&amp;quot; isn&amp;#39;t&amp;nbsp;hard", 'The "problem" isn\'t hard'),
        ("&amp;ldquo;x&amp;rdquo; &amp;#8212; &amp;hellip;", "“x” — …"),
        ("Write &amp;lt;, &amp;amp; and &amp;#60;", "Write &lt;, &amp; and &#60;"),
        ("1 < 2 and 4 > 3", None),
        ("a\n\t b", "a b"),
    ],
)  # fmt: skip
def test_complete_references_are_decoded_as_often_as_they_were_escaped(
    read: object, written: str, expected: str | None
) -> None:
    assert read(written) == (written if expected is None else expected)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<p>The <b>harbour</b> is open.<br>Come &amp; see.</p>", "The harbour is open. Come & see."),
        ("<div>One</div><div>Two&nbsp;three</div>", "One Two three"),
        ("See https://a.example/?lang=en&region=eu<br/>", "See https://a.example/?lang=en&region=eu"),
        ('<a href="/x">The &amp;quot;link&amp;quot;</a> goes', 'The "link" goes'),
        ("&lt;p&gt; is a paragraph", "<p> is a paragraph"),
        ("a <- b, x<y and <https://a.example>", None),
    ],
)
def test_an_excerpt_in_html_is_its_text(written: str, expected: str | None) -> None:
    assert plain_excerpt(written) == (written if expected is None else expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('The <em>best</em> <strong class="x">tide</strong>', "The best tide"),
        ("<em>Nested <b>tags</b></em>", "Nested tags"),
        ("Use the <b> tag", None),
        ("The <video> element and List<T>", None),
        ("Write &lt;em&gt;x&lt;/em&gt;", "Write <em>x</em>"),
    ],
)
def test_a_title_loses_pairs_of_inline_tags_alone(written: str, expected: str | None) -> None:
    assert plain_title(written) == (written if expected is None else expected)


def test_a_link_in_place_of_a_player_is_no_part_of_an_excerpt() -> None:
    assert excerpt('<p><a href="/x">▶ The title</a></p>\n<p>Watch it.</p>') == "Watch it."


def test_the_mark_of_a_footnote_is_no_part_of_an_excerpt() -> None:
    assert excerpt('<p>So it is.<sup id="r"><a href="#f1">1</a></sup> In 10 m<sup>2</sup></p>') == (
        "So it is. In 10 m2"
    )


@pytest.mark.parametrize(
    "ruby",
    [
        "<ruby>東京<rt>とうきょう</rt></ruby>",
        '<ruby>東京<rp>(</rp><rt lang="ja">とうきょう</rt><rp>)</rp></ruby>',
    ],
)
def test_a_reading_is_in_parentheses_in_an_excerpt(ruby: str) -> None:
    assert excerpt(f"<p>{ruby}に行く</p>") == "東京(とうきょう)に行く"
