"""Sanitised HTML is written as Markdown."""

from feeds.corpus.markdown import to_html
from feeds.formats.markdown_text import escaped, front_matter, markdown
from tests.table import for_each


@for_each(
    ("html", "expected"),
    [
        ("<p><em>two</em> <strong>three</strong> <code>a`b</code></p>", "*two* **three** ``a`b``"),
        ("<h2>A  title</h2>\n<p>Text.</p>", "## A title\n\nText."),
        ('<p><a href="https://a.example/(b)">A <b>link</b></a></p>', "[A **link**](https://a.example/%28b%29)"),
        ('<p><img src="https://a.example/a.png" alt="[a]"></p>', r"![\[a]](https://a.example/a.png)"),
        ("<ul><li>One</li><li>Two<ul><li>Three</li></ul></li></ul>", "- One\n- Two\n  - Three"),
        ('<ol start="9"><li>A</li><li><p>B</p><p>C</p></li></ol>', "9. A\n10. B\n\n    C"),
        ("<pre><code>if a:\n\n\n    b  \n</code></pre>", "```\nif a:\n\n\n    b  \n```"),
        ("<ul><li>Code<pre>a\nb</pre></li></ul>", "- Code\n\n  ```\n  a\n  b\n  ```"),
        ("<blockquote><p>One</p><p>Two</p></blockquote>", "> One\n>\n> Two"),
        ("<p>a<br>b</p><hr><p>c</p>", "a\\\nb\n\n---\n\nc"),
        (
            "<table><thead><tr><th>A</th><th>B|C</th></tr></thead><tbody><tr><td>1</td><td><p>2</p></td></tr>"
            "</tbody></table>",
            "| A | B\\|C |\n| --- | --- |\n| 1 | 2 |",
        ),
        ("<dl><dt>Term</dt><dd>Meaning</dd></dl>", "**Term**\n\n: Meaning"),
        ("<figure><img src='a.png'><figcaption>Words</figcaption></figure>", "![](a.png)\n\n*Words*"),
        ("<p>H<sub>2</sub>O &amp; &lt;b&gt; &amp;lt;</p>", r"H<sub>2</sub>O & \<b> &amp;lt;"),
        ("<p>1. no list</p><p># title</p><p>- item</p>", "1\\. no list\n\n\\# title\n\n\\- item"),
        ("<p>snake_case *stars* _x_</p>", r"snake_case \*stars\* \_x\_"),
        ("<p>un<em> spaced </em>words</p>", "un *spaced* words"),
        ("<p><del>gone</del> <span>kept</span> <q>said</q></p>", "~~gone~~ kept “said”"),
        ("<p>not closed <em>at all", "not closed *at all*"),
        ("", ""),
    ],
)  # fmt: skip
def test_every_element_has_its_markdown(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_markdown_comes_back_as_the_same_html() -> None:
    written = (
        "# One\n\nText with *emphasis*, **strength**, `code` and [a link](https://a.example/).\n\n"
        "- a\n- b\n  - c\n\n1. x\n2. y\n\n> quoted\n\n```\ncode\n\n  more\n```\n\n"
        "| A | B |\n| --- | --- |\n| 1 | 2 |"
    )
    assert markdown(to_html(written, "", "", "https://a.example/")) == written


@for_each("html", ["<p>" + "*_[`<&" * 30_000, "<ul><li>" * 200 + "x", "<em>" * 20_000, "&" * 200_000])
def test_hostile_html_is_written_in_linear_time(html: str) -> None:
    assert markdown(html) is not None


def test_front_matter_is_yaml_without_ambiguous_texts() -> None:
    fields = {"title": 'A "quoted": text\n', "none": "", "topics": ["a, b", "no"], "number": 3}
    text = front_matter(fields)
    assert text == '---\ntitle: "A \\"quoted\\": text "\ntopics: ["a, b", "no"]\nnumber: 3\n---'


def test_escaped_text_stays_on_its_line() -> None:
    assert escaped("[a]*b*") == r"\[a]\*b\*"
