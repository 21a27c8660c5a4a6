"""Markdown with its usual extensions -> HTML, as its writers mean it."""

import time

from hypothesis import given
from hypothesis import strategies as st

from feeds.corpus.bodies.rendering import render
from feeds.corpus.markdown import MAX_MARKDOWN, to_html
from tests.table import for_each

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"
CELLS = (
    "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n"
    "<tr><td>1</td><td>2</td></tr>\n</tbody></table>"
)


def shown(markdown: str) -> str:
    return to_html(markdown, "", "The title", "https://example.org/news/one")


@for_each(
    ("markdown", "expected"),
    [
        ("- [ ] one\n- [x] two", "<ul>\n<li>☐ one</li>\n<li>☑ two</li>\n</ul>"),
        ("Term\n: Meaning", "<dl>\n<dt>Term</dt>\n<dd>Meaning</dd>\n</dl>"),
        ("https://a.example and a@b.example", "<p>https://a.example and a@b.example</p>"),
        ("It costs $5, and $6.", "<p>It costs $5, and $6.</p>"),
        ("# Sets {a}", "<h1>Sets {a}</h1>"),
        ("[[A]] and [^1]", "<p>[[A]] and [^1]</p>"),
        ("H~2~O ~100 km~ ~~no~~", "<p>H~2~O ~100 km~ <del>no</del></p>"),
        ("`~a~`", "<p><code>~a~</code></p>"),
        ("So\n:) said he\n:smile:", "<p>So\n:) said he\n:smile:</p>"),
        ("```js {1,3}\n:a\n```", "<pre><code>:a\n</code></pre>"),
        (f"Words:\n{TABLE}", f"<p>Words:</p>\n{CELLS}"),
        ("    a\n    | b |\n    |---|", "<pre><code>a\n| b |\n|---|</code></pre>"),
    ],
)  # fmt: skip
def test_text_is_read_as_its_writers_mean_it(markdown: str, expected: str) -> None:
    assert shown(markdown) == expected


@for_each("lead", ["> ", "  "])
def test_a_table_follows_a_line_of_text_in_a_quotation_or_a_list(lead: str) -> None:
    lines = ["Words", *TABLE.splitlines()]
    first = "> " if lead == "> " else "- "
    assert CELLS in shown(f"\n{lead}".join([first + lines[0], *lines[1:]]))


@for_each(
    ("written", "title"),
    [
        ("[!NOTE]", "Note"),
        ("[!tip]- Read on", "Read on"),
        ("[!faq]+", "FAQ"),
        ("[!see-also] **Bold**", "Bold"),
        ("[!info|left] A", "A"),
    ],
)
def test_an_alert_is_a_quotation_with_a_bold_title(written: str, title: str) -> None:
    assert shown(f"> {written}\n> Words") == (
        f"<blockquote>\n<p><strong>{title}</strong></p>\n<p>Words</p>\n</blockquote>"
    )


def test_footnotes_have_numbers_in_the_text_and_a_list_at_the_end() -> None:
    text = "One[^b], two[^a].\n\n[^a]: First.\n\n    More.\n[^b]: Second.\n\nThe end."
    assert shown(text) == (
        "<p>One<sup>[1]</sup>, two<sup>[2]</sup>.</p>\n<p>The end.</p>\n<hr>\n<ol>\n"
        '<li value="1"><p>Second.</p></li>\n<li value="2"><p>First.</p>\n<p>More.</p></li>\n</ol>'
    )


def test_a_note_may_contain_html_and_other_notes() -> None:
    text = (
        "A[^1].\n\n[^1]: <div>deep</div>\n\n    > B[^2]\n    >\n    > [^2]: inner\n\n"
        "[^3]: <div>open\n\nEnd."
    )
    assert "footnote" not in render(text)
    assert all(word in shown(text) for word in ("deep", "inner", "open", "End"))


def test_a_note_to_nothing_stays_as_it_is_written() -> None:
    assert shown("One[^1] `[^1]`") == "<p>One[^1] <code>[^1]</code></p>"


OPENERS = [
    "[", "![", "[a](", "[^1]", "[^1]: ", "<", "<!--", "<pre>", "<pre>\n", "<code>", "`", "` ``", "```\n",
    "~", "~~", "~ ", "*", "*a ", "_a", "**a*", "> ", "- ", "1. ", "> [!NOTE]", "> [!NOTE]\n", ":a\n",
    "a\n: ", "|", "|-|\n", "a|b\n-|-\n", "|a\n|-\n", "    a\n\n", "\\", "&", "\x02", "\x021\x03",
    "[a]: b\n", ">", "#", "\t", " \n", "-[ ] ", "- [ ] ",
]  # fmt: skip


@for_each("opener", OPENERS)
def test_markdown_of_any_kind_takes_a_time_that_grows_with_its_length(opener: str) -> None:
    """Time that grows with the square of the length would be minutes."""
    began = time.process_time()
    render(opener * (MAX_MARKDOWN // 4 // len(opener)))
    assert time.process_time() - began < 2.5


@given(st.lists(st.text("abé漢.,;'\"“ ", max_size=9), max_size=5))
def test_plain_paragraphs_keep_every_character(paragraphs: list[str]) -> None:
    made = render("\n\n".join(f"A{each}z" for each in paragraphs)).replace("&quot;", '"')
    assert made == "".join(f"<p>A{each}z</p>\n" for each in paragraphs)


@given(st.text("ab >\"'\t\n\r\0\\`~*_[]<&#-+=:1.)|!é\u00a0\u2028\x02\x03^", max_size=60))
def test_no_mark_of_code_is_left(text: str) -> None:
    assert "\x02" not in render(text + "\n\n~")
