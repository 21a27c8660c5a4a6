"""Bodies of other site generators: each leftover has its meaning, or goes; code stays."""

import re
import time
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from feeds.corpus.bodies.context import BodyContext
from feeds.corpus.bodies.preparation import prepare, removal_line
from feeds.corpus.markdown import MAX_MARKDOWN, body_html
from feeds.corpus.sanitize import BodyError
from tests.table import for_each

BASE = "https://example.org/news/one/"
REL = 'rel="noopener noreferrer"'
ALL = frozenset({"liquid", "shortcodes", "mdx", "wiki", "mkdocs"})
VALUES = {
    "site": {"url": "https://example.org", "baseurl": "/base", "params": {"version": "1.2"}},
    "page": {"title": "One", "image": "/lead.png", "count": 3},
}


class Addresses:
    """Knows every target with the word ``known``, and notes the questions."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def address(self, kind: str, target: str, path: str) -> str:
        self.asked.append((kind, target, path))
        return f"https://example.org/{kind.strip('@/{}')}/known" if "known" in target else ""


def context(syntax: str = "", path: str = "posts/one.md", **more: Any) -> BodyContext:
    return BodyContext(
        path=path, syntax=frozenset(syntax.split()), references=Addresses(), values=VALUES, **more
    )


def prepared(markdown: str, syntax: str = "", path: str = "posts/one.md") -> str:
    return prepare(markdown, context(syntax, path)).markdown


def shown(markdown: str, syntax: str = "", path: str = "posts/one.md") -> str:
    known = context(syntax, path)
    return body_html(prepare(markdown, known).markdown, known, "", "The title", BASE)


def linked(address: str, text: str) -> str:
    return f'<a href="{address}" {REL}>{text}</a>'


PLAYER = f"<p>{linked('https://www.youtube.com/watch?v=abc', '▶ The title')}</p>"
BOX = "<blockquote>\n<p><strong>{}</strong></p>\n<p>Words</p>\n</blockquote>"


@for_each(
    ("markdown", "expected"),
    [
        ("[a]({{ site.baseurl }}/b)", "[a](/base/b)"),
        ("{{ site.url }}{{ '/b' | relative_url }}", "https://example.org/base/b"),
        ('{{ "/b" | absolute_url }}', "https://example.org/base/b"),
        ('{{ "b" | prepend: "/a/" | upcase }}', "/A/B"),
        ("{{- page.title -}} {{ page.count }}", "One 3"),
        ("a {{ page.other }}b", "a b"),
        ('{{ page.other | default: "c" }}', "c"),
        ("{% raw %}{{ a }} {% b %}{% endraw %} {{ c }}", "{{ a }} {% b %} "),
        ("a{% comment %}b{% endcomment %}c", "ac"),
        ("{% if a %}b{% else %}c{% endif %}{% assign d = 1 %}", "bc"),
        ("{%- for a in b -%}c{%- endfor -%}", "c"),
        ("{% unknown a %}b{% endunknown %}", "b"),
        ("{% unknown\na\n%}b", "b"),
        ("<%= a %>b<% c do %>", "b"),
        ('<%= link_to "a", "known.md", class: "b" %>', "[a](<https://example.org//known>)"),
        ("<%= link_to('a', '/b') %> <%= link_to 'c', d %>", "[a](</b>) "),
        ('<%= link_to "a b", "other.md" %>', "a b"),
        ("{% highlight ruby linenos %}\nputs {{ a }}\n{% endhighlight %}", "~~~ruby\nputs {{ a }}\n~~~"),
        ("{% codeblock a title lang:js %}\nb\n{% endcodeblock %}\nc", "~~~js\nb\n~~~\nc"),
        ("```\n{{ a }} {% b %}\n```\n`{{ c }}`", "```\n{{ a }} {% b %}\n```\n`{{ c }}`"),
        ("`{% raw %}{{ a }}{% endraw %}`", "`{{ a }}`"),
        ("[a]({% post_url 2020-01-01-known %})", "[a](https://example.org/post_url/known)"),
        ("[a]({% link _posts/known.md %})", "[a](https://example.org//known)"),
        ("{% post_link known Read on %}", "[Read on](<https://example.org/post_url/known>)"),
        ("{% post_link other Read on %}", "Read on"),
        ('{% asset_img left a.png 50 60 "An alt" %}', "![An alt](<a.png>)"),
        ("{% img /a.png Some words %}", "![Some words](</a.png>)"),
        ("{% include image.html url=page.image alt='b' %}", "![b](</lead.png>)"),
        ("{% include other.html %}a", "a"),
        ("{% gist user/1 %}", "[gist.github.com/user/1](<https://gist.github.com/user/1>)"),
        ("{% tweet https://x.example/1 %}", "[x.example/1](<https://x.example/1>)"),
        ('{% image "a.png", "A cat", [300, 600], "100vw" %}', "![A cat](<a.png>)"),
        (
            '<p>\n{% img "a b.png", "A \\"b\\" c" %}\n</p>',
            '<p>\n<img src="a b.png" alt="A &quot;b&quot; c">\n</p>',
        ),
        ("<p>b</p>\n\n{% img a.png %}", "<p>b</p>\n\n![](<a.png>)"),
        ('{{ 3 }} {{ "a-b" | replace: "-", "+" }} {{ "c" | replace: "c" }}', "3 a+b c"),
        (f"{{{{ {'a' * 1001} }}}}b", "b"),
        ("a {% highlight js %}b{% endhighlight %}", "a `b`"),
        ("{% highlight js %}\n```\nb\n```\n{% endhighlight %}", "\n```\nb\n```\n"),
        ("a {% note info %}b{% endnote %} c", "a **Info** b c"),
        ("{% gist user 1 %}", "[gist.github.com/user/1](<https://gist.github.com/user/1>)"),
        ("{% asset_path a.png %} {% asset_path known.png %}", "a.png https://example.org/asset/known"),
        ("<p>\n{% img %}a\n</p>", "<p>\na\n</p>"),
    ],
)
def test_liquid_has_its_meaning(markdown: str, expected: str) -> None:
    assert prepared(markdown, "liquid") == expected


@for_each(
    ("markdown", "expected"),
    [
        ('[a]({{< ref "known.md" >}})', "[a](https://example.org/relref/known)"),
        ("[a]({{% relref path=known %}})", "[a](https://example.org/relref/known)"),
        ("v{{< param version >}}", "v1.2"),
        ("{{< unknown >}}a{{< /unknown >}}", "a"),
        ('{{< unknown a="b" />}}a', "a"),
        ("{{% theme/unknown %}}a{{% /theme/unknown %}}", "a"),
        ("{{</* youtube abc */>}}", "`{{< youtube abc >}}`"),
        ('{{< highlight go "linenos=1" >}}\na\n{{< /highlight >}}', "~~~go\na\n~~~"),
        ('{{< figure src="a.png" alt="b" >}}', "![b](<a.png>)"),
        ("{{ unknown(a=1) }}a{% unknown() %}b{% end %}", "ab"),
        ('{{ katex(body="\\vec{a} * b * c") }}', "`\\vec{a} * b * c`"),
        ("{% katex(block=true) %}\na_1 * b\n{% end %}", "~~~\na_1 * b\n~~~"),
        ("{{ a }}", "{{ a }}"),
        ("`{{< a >}}`", "`{{< a >}}`"),
        ('{{< button href="/a" >}}b{{< /button >}}', '<a href="/a">b</a>'),
        ("{{< youtube >}}{{< figure >}}a", "a"),
        ('{{< badge text="New" />}} {{< kbd >}}b{{< /kbd >}}', "New b"),
        ('{{< button href="/a" text="b" >}}c{{< /button >}}', "[b](</a>)c"),
        (
            '{{< figure src="a.png" caption="A cat" >}}',
            "<figure>\n\n![A cat](<a.png>)\n\n<figcaption>\n\nA cat\n\n</figcaption>\n</figure>\n",
        ),
    ],
)
def test_shortcodes_have_their_meaning(markdown: str, expected: str) -> None:
    assert prepared(markdown, "shortcodes") == expected


@for_each(
    ("markdown", "expected"),
    [
        ("a\n\n{% asset_img a.png A cat %}\n\nb", "a\n\n![A cat](<a.png>)\n\nb"),
        ("{% highlight js %}\na\n{% endhighlight %}", "~~~js\na\n~~~"),
        ("{% raw %}\na\n{% endraw %}", "\na\n"),
        ("Use {% note %} here", "Use {% note %} here"),
        ("{% unknown %}", "{% unknown %}"),
        ("![[a b.png]] [[known]] [[other|A label]]", "![](<a b.png>) [known](<KNOWN>) A label"),
        ("[[other]] a[[0 for b in c]] [[1]](/known)", "[[other]] a[[0 for b in c]] [[1]](/known)"),
    ],
)
def test_tags_and_links_of_other_tools_have_their_meaning_where_they_are_certain(
    markdown: str, expected: str
) -> None:
    assert prepared(markdown) == expected.replace("KNOWN", "https://example.org/wiki/known")


@for_each(
    ("markdown", "syntax"),
    [
        ("{{< youtube abc >}}", "shortcodes"),
        ('{{< youtube id="abc" autoplay="true" >}}', "shortcodes"),
        ('{{ youtube(id="abc") }}', "shortcodes"),
        ("{{% youtube abc %}}", "shortcodes"),
        ("{% youtube abc %}", "liquid"),
        ('{% include youtube.html id="abc" %}', "liquid"),
        ("{% youtube https://www.youtube.com/watch?v=abc %}", "liquid"),
        ('<YouTube id="abc" />', "mdx"),
        ('<YouTube id={"abc"}></YouTube>', "mdx"),
    ],
)
def test_a_player_becomes_a_link_to_its_source(markdown: str, syntax: str) -> None:
    assert shown(f"{markdown}\n\nWords", syntax) == f"{PLAYER}\n<p>Words</p>"


@for_each(
    ("markdown", "title", "syntax"),
    [
        (":::note\nWords\n:::", "Note", ""),
        ("::: tip Read on\nWords\n:::", "Read on", ""),
        (":::warning[Read *on*]\n\nWords\n\n:::", "Read <em>on</em>", ""),
        (':::caution{title="Read on"}\nWords\n:::', "Read on", ""),
        ("::: {.callout-important}\nWords\n:::", "Important", ""),
        ("::::details More\n:::plain\nWords\n:::\n::::", "More", ""),
        ("!!! note\n\n    Words", "Note", "mkdocs"),
        ('!!! danger inline end "Read on"\n    Words', "Read on", "mkdocs"),
        ('??? example "Read on"\n    Words', "Read on", "mkdocs"),
        ('=== "Tab"\n\n    Words', "Tab", "mkdocs"),
        ("/// tip | Read on\nWords\n///", "Read on", "mkdocs"),
        ("{{< details Read on >}}\nWords\n{{< /details >}}", "Read on", "shortcodes"),
        ('{{< note "Read on" >}}\nWords\n{{< /note >}}', "Read on", "shortcodes"),
        ("> [!WARNING]\n> Words", "Warning", ""),
        ("> [!tip]- Read on\n> Words", "Read on", ""),
        ("{% note info %}\nWords\n{% endnote %}", "Info", "liquid"),
        ("{{% alert title='Read on' %}}\nWords\n{{% /alert %}}", "Read on", "shortcodes"),
        ("{{< notice tip >}}\nWords\n{{< /notice >}}", "Tip", "shortcodes"),
        ("{% note() %}\nWords\n{% end %}", "Note", "shortcodes"),
        ('<Callout type="info">\nWords\n</Callout>', "Info", "mdx"),
        ('<Admonition type="tip" title="Read on">\n\n  Words\n\n</Admonition>', "Read on", "mdx"),
    ],
)  # fmt: skip
def test_a_box_is_a_quotation_with_a_bold_title(markdown: str, title: str, syntax: str) -> None:
    assert shown(markdown, syntax) == BOX.format(title)


def test_a_box_of_mkdocs_may_have_an_empty_title() -> None:
    assert shown('!!! note ""\n    Words', "mkdocs") == "<blockquote>\n<p>Words</p>\n</blockquote>"


def test_boxes_within_boxes_and_lists_keep_their_code() -> None:
    text = (
        "- a\n\n    !!! note\n\n        b\n\n        ??? tip\n\n            ```js {1}\n            c\n\n"
        "              d\n            ```\n\n- e"
    )
    made = shown(text, "mkdocs")
    assert re.search(
        "<pre><code>c\n\n  d\n</code></pre>\\s*</blockquote>\\s*</blockquote>\\s*</li>", made
    )
    assert made.count("<li>") == 2


def test_a_box_that_is_never_closed_ends_with_the_text() -> None:
    assert shown("a\n\n:::note\nWords\n") == "<p>a</p>\n" + BOX.format("Note")
    assert shown("a\n\n:::\n\nb") == "<p>a</p>\n<p>b</p>"
    assert shown("{% note %}a", "liquid") == "<p>a</p>"
    both = f"<blockquote>\n<p><strong>Tip</strong></p>\n{BOX.format('Note')}\n</blockquote>\n<p>b</p>"
    for end in (":::", "    :::"):
        assert shown(f":::tip\n!!! note\n\n    Words\n{end}\n\nb", "mkdocs") == both
    assert shown("{% note %}{% quote %}a{% endnote %}b{% endquote %}", "liquid").endswith("<p>b</p>")


@for_each(
    ("markdown", "expected"),
    [
        ("import A from './a'\nimport {\n  B,\n} from \"b\";\n\nWords", "Words"),
        ("export const a = {\n  b: [1],\n}\n\nWords", "Words"),
        ("export default ({ children }) => <div>{children}</div>\n\nWords", "Words"),
        ("import the goods from the harbour", "import the goods from the harbour"),
        ("a {/* b */}c", "a c"),
        ('a{" "}b', "a b"),
        ("a {props.b} c", "a  c"),
        ("<Foo bar={() => <b>1</b>}>a</Foo>", "a"),
        ("<Foo.Bar a='>' />a", "a"),
        ("<Foo a={<Bar />} />b", "b"),
        ("<>a</>", "a"),
        ('<p className="a" style={{ color: "red" }}>b</p>', '<p className="a">b</p>'),
        ("import a from './a.png'\n\n<img src={a} alt={'b'} />", '<img src="./a.png" alt="b" />'),
        ('<img src={require("./a.png").default} />', '<img src="./a.png" />'),
        ('<Link to="/a">b</Link>', '<a href="/a">b</a>'),
        ("a < b and c {d} `<E f={g} />`", "a < b and c  `<E f={g} />`"),
        ("```jsx\nimport A from 'a'\n<B />\n```", "```jsx\nimport A from 'a'\n<B />\n```"),
        ("$\\frac{a}{b}$", "`\\frac{a}{b}`"),
        ("<a\n  href='/b'\n>\n  c\n</a>", "<a href='/b'>\n  c\n\n</a>"),
        ("<video\n  width={7}\n  style={{ a: 5 }}>\n</video>", '<video width="7">\n\n</video>'),
        ("<Ask what={<b>It's a</b>} or={[1]} />\na", "a"),
        ("<p>**a**</p>", "**a**"),
        ("<div className='a'>![b](c.png)</div>", "<div className='a'>\n\n![b](c.png)\n\n</div>"),
        ("<summary>**a**</summary>", "<summary>\n\n**a**\n\n</summary>"),
    ],
)
def test_mdx_leaves_its_markdown(markdown: str, expected: str) -> None:
    assert prepared(markdown, path="blog/one.mdx").strip("\n") == expected
    assert prepared(markdown, "mdx").strip("\n") == expected


@for_each(
    ("markdown", "expected"),
    [
        ("import A from './a'\n\nWords", "Words"),
        ("a <span style={{ color: 'red' }}>b</span>", "a <span>b</span>"),
        ("Words\n\n<Chart src='a.mp4' loop />", "Words"),
        ("{a} and `<A b={c} />`", "{a} and `<A b={c} />`"),
        ("Tell us to import it from 'a' {b}", "Tell us to import it from 'a' {b}"),
    ],
)
def test_mdx_is_known_by_its_lines_in_files_with_another_ending(markdown: str, expected: str) -> None:
    assert prepared(markdown, path="blog/one.md").strip("\n") == expected


def test_markdown_within_elements_of_mdx_is_markdown() -> None:
    made = shown("<div className='a'>\n    <div>\n        *b*\n    </div>\n</div>", "mdx")
    assert "<em>b</em>" in made
    assert "<pre>" not in made


@for_each(
    ("markdown", "expected"),
    [
        ("[[known]]", linked("https://example.org/wiki/known", "known")),
        ("[[a/known|An alias]]", linked("https://example.org/wiki/known", "An alias")),
        ("[[known#Part]]", linked("https://example.org/wiki/known", "known › Part")),
        ("[[other]] and [[other|An alias]]", "other and An alias"),
        ("[[#Part]]", "Part"),
        ("![[known]]", linked("https://example.org/wiki/known", "known")),
        ("![[known.png|300]]", '<img src="https://example.org/asset/known" alt="">'),
        ("a %%b%% c ^block-1", "a  c"),
        ("`[[known]]`", "<code>[[known]]</code>"),
        ("[a](known.md)", linked("https://example.org/relative/known", "a")),
        ("[a](<known file.md#b>)", linked("https://example.org/relative/known", "a")),
        ("[a](known%20file.md)", linked("https://example.org/relative/known", "a")),
        ("[a](a known file.md)", linked("https://example.org/relative/known", "a")),
        ("[a](other.md)", "a"),
        ("[a][b]\n\n[b]: other.mdx#c", "a"),
        ("[a](https://a.example/b.md)", linked("https://a.example/b.md", "a")),
        ("[a](@/known.md)", linked("https://example.org//known", "a")),
        ("[a](@/other.md)", "a"),
        ("[a]({filename}/known.md)", linked("https://example.org/filename/known", "a")),
        ("[a]({filename}other.md)", "a"),
        ("[a](|filename|/known.md)", linked("https://example.org/filename/known", "a")),
        ("![a](|static|/b.png)", '<img src="https://example.org/b.png" alt="a">'),
        ("[a]({static}/b.pdf)", linked("https://example.org/b.pdf", "a")),
        ("![a]({attach}b.png)", f'<img src="{BASE}b.png" alt="a">'),
        ("![a](b.png)", f'<img src="{BASE}b.png" alt="a">'),
        ("![a](known.png)", '<img src="https://example.org/asset/known" alt="a">'),
        ('a <img src="known.png">', 'a <img src="https://example.org/asset/known">'),
        ("[a](/b/)", linked("https://example.org/b/", "a")),
        ("[a]({tag}known)", "a"),
    ],
)
def test_references_lead_to_the_addresses_of_files(markdown: str, expected: str) -> None:
    assert shown(markdown, "wiki") == f"<p>{expected}</p>"


def test_the_source_of_a_reference_is_told_with_it() -> None:
    known = context("wiki")
    body_html(prepare("[[a#b]] [c](../d.md)", known).markdown, known, "", "", BASE)
    assert known.references.asked == [  # type: ignore[attr-defined]
        ("wiki", "a#b", "posts/one.md"),
        ("relative", "../d.md", "posts/one.md"),
    ]


@for_each(
    ("markdown", "expected"),
    [
        ("# A {#b}", "<h1>A</h1>"),
        ("## A { .b #c } ##", "<h2>A</h2>"),
        ("A {#b}\n===", "<h1>A</h1>"),
        ("{: .note}\nA\n{: .b #c}", "<p>A</p>"),
        ("A *b*{: .c}", "<p>A <em>b</em></p>"),
        (
            '![a](https://a.example/b.png){width="5"}',
            '<p><img src="https://a.example/b.png" alt="a"></p>',
        ),
        ("`a`{.b}", "<p><code>a</code></p>"),
        ("* TOC\n{:toc}\n\nA", "<p>A</p>"),
        ("[TOC]\n\n[[toc]]\n\n${toc}\n\nA", "<p>A</p>"),
        ("A {b} {c}", "<p>A {b} {c}</p>"),
        ("```{.js}\n{: .a}\n```", "<pre><code>{: .a}\n</code></pre>"),
    ],
)
def test_attributes_and_tables_of_contents_go(markdown: str, expected: str) -> None:
    assert shown(markdown) == expected


@for_each(
    ("markdown", "expected"),
    [
        ("$a_1*b*c_2$", "<p><code>a_1*b*c_2</code></p>"),
        ("a\n$\nb_1 *\nc_1 * d\n$\ne", "<p>a</p>\n<pre><code>b_1 *\nc_1 * d\n</code></pre>\n<p>e</p>"),
        (
            "$$\n\\boxed{\n\\begin{align}\na\n\\end{align}\n}\n$$",
            "<pre><code>\\boxed{\n\\begin{align}\na\n\\end{align}\n}\n</code></pre>",
        ),
        ("a\n$$\nb \\\\\n\nc * d * e\n$$", "<p>a</p>\n<pre><code>b \\\\\nc * d * e\n</code></pre>"),
        ("$$ b \\\\\n\nc * d * e\n$$\n\nf", "<pre><code> b \\\\\nc * d * e\n</code></pre>\n<p>f</p>"),
        ("$$\na *b*\n\n$$", "<p>$$\na <em>b</em></p>\n<p>$$</p>"),
        ("> $$\n> a_1 * b\n> $$", "<blockquote>\n<p><code>a_1 * b</code></p>\n</blockquote>"),
        ("$$a\n= b$$", "<pre><code>a\n= b\n</code></pre>"),
        ("So $$a*b*$$.", "<p>So <code>a*b*</code>.</p>"),
        ("\\\\(a*b*\\\\) and \\(x^2\\)", "<p><code>a*b*</code> and <code>x^2</code></p>"),
        ("\\[1\\] \\(see below\\)", "<p>[1] (see below)</p>"),
        (
            "\\begin{align}\na &= b\n\\end{align}",
            "<pre><code>\\begin{align}\na &amp;= b\n\\end{align}\n</code></pre>",
        ),
        ("It costs $5, or $6 to $7.", "<p>It costs $5, or $6 to $7.</p>"),
        ("$HOME and $PATH, `$a_b$`", "<p>$HOME and $PATH, <code>$a_b$</code></p>"),
        ("==a== b == c == d", "<p><mark>a</mark> b == c == d</p>"),
        ("a\n\n::leaf[Words]{#b}", "<p>a</p>\n<p>Words</p>"),
        (":tada: :unknown: a:b:c `:tada:`", "<p>🎉 :unknown: a:b:c <code>:tada:</code></p>"),
        ("a :octicons-a-16:{ .lg } b", "<p>a  b</p>"),
        (
            "A^[A *note*.]",
            '<p>A<sup>[1]</sup></p>\n<hr>\n<ol>\n<li value="1"><p>A <em>note</em>.</p></li>\n</ol>',
        ),
        ("가**나(다)**라", "<p>가<strong>나(다)</strong>라</p>"),
        ("这**“那”**是**好**的", "<p>这<strong>“那”</strong>是<strong>好</strong>的</p>"),
        ("中 `**(a)**中`", "<p>中 <code>**(a)**中</code></p>"),
        ("2**(3)**4 中", "<p>2**(3)**4 中</p>"),
        ("**中：**x 3**（中）**", "<p><strong>中：</strong>x 3<strong>（中）</strong></p>"),
        ("**中:**x", "<p>**中:**x</p>"),
        ('<iframe src="https://www.youtube.com/watch?v=abc" />\n\nc', f"{PLAYER}\n<p>c</p>"),
        ("<span id=a />\n## b", "<p><span></span></p>\n<h2>b</h2>"),
        ("a<br/><a href=https://b.example/>c</a>", f"<p>a<br>{linked('https://b.example/', 'c')}</p>"),
        ("- [ ] a\n- [x] b", "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>"),
        ('```text:a/b.txt {1,3} title="c"\nd\n```', "<pre><code>d\n</code></pre>"),
        ('![a](https://a.b/c.png align="left")', '<p><img src="https://a.b/c.png" alt="a"></p>'),
        ("%[https://a.example/b]", f"<p>{linked('https://a.example/b', 'https://a.example/b')}</p>"),
    ],
)  # fmt: skip
def test_other_signs_have_their_meaning(markdown: str, expected: str) -> None:
    assert shown(markdown) == expected


@for_each(
    "separator",
    [
        "<!--more-->", "<!-- More -->", "<!-- more Read on -->", "<!-- truncate -->", "<!-- excerpt -->",
        "<!-- end excerpt -->", "<!-- TEASER_END -->", "<!-- PELICAN_END_SUMMARY -->", "{/* truncate */}",
        ".. TEASER_END",
    ],
)  # fmt: skip
def test_the_text_before_a_separator_is_the_summary(separator: str) -> None:
    made = prepare(f"One :tada:\n\n{separator}\n\nTwo\n\n<!-- more -->", context())
    assert made.summary == "One 🎉"
    assert [each for each in made.markdown.split("\n") if each] == ["One 🎉", "Two", "<!-- more -->"]


def test_a_site_may_have_a_separator_of_its_own() -> None:
    own = context(separator="---")
    assert prepare("a --- b\n\n---\n\nc", own).summary == "a --- b"
    assert prepare("a\n\nb", context(separator="\n\n")).summary is None
    assert prepare("`<!--more-->`", context()).summary is None


def test_tags_without_a_meaning_are_counted() -> None:
    made = prepare(
        "{% z %}{% z b %}{% endz %}{{ c.d }}{{< e >}}{{< /e >}}<F g />{% if h %}",
        BodyContext(path="a", syntax=ALL),
    )
    assert made.removed == Counter({"{% z %}": 2, "{{ c.d }}": 1, "{{< e >}}": 1, "<F>": 1})


def test_html_has_no_markdown_but_templates() -> None:
    made = shown("<p>*a* {{ page.title }}</p>\n<pre>{{ b }}</pre>\n\n    c", "liquid", "_posts/one.html")
    assert made == "<p>*a* One</p>\n<pre>{{ b }}</pre>\n\n    c"


OPENERS = [
    "{{", "{%", "{% a ", "{% a %}", "{% note %}", "{% note %}\n", "{% endnote %}", "{% raw %}",
    "{% endraw %}", "{% comment %}", "{% highlight %}", "{% highlight %}\n", "{{<", "{{< a ",
    "{{< note >}}", "{{< /note >}}", "{{< highlight >}}\n", "{{</* ", "{{ a(", "{% a(", '{{ "',
    "{{ a | b: ", "<% ", "<A", "<A {", "<A b={", "<A>", "</A>", "<a b={", '<A b="', "{/*", "{/* */",
    "import {\n", "import a from '\n", "export const a = {\n", "export {\n", ":::", ":::a\n",
    ":::note\n", ":::\n", "!!! a\n", '=== "a"\n', "///\n", "/// a\n", "    ", "!!! ", "[[", "![[",
    "[[a|", "[[a#", "%%", " ^abcd", "](a b", "{:", "{: ", "{#", " {#a", "{:toc", "* toc\n{:toc",
    "{::comment}", "$", "$$", "$a", "$ a", "\\(", "\\\\(", "\\[", "\\begin{align}", ":", ":a", "==",
    "==a", "++", "++a", "^^", "^^a", "^[", "^[a", "^[[a]", "<!--", "<!-- more", "<!--more-->",
    "<code>", "{", "}", "\\", '"', '{% a b="', '{% a \\"', "{a.", '{"', "@[", "[a](", "%[", ".. ",
    "\n    a", " ", "\t", "\n", "> ", "|",
]  # fmt: skip


@for_each("opener", OPENERS)
def test_a_body_of_any_kind_takes_a_time_that_grows_with_its_length(opener: str) -> None:
    """Time that grows with the square of the length would be minutes, or 2 s at the least."""
    began = time.process_time()
    known = BodyContext(path="a.mdx", syntax=ALL)
    try:
        body = opener * (MAX_MARKDOWN // 12 // len(opener))
        prepared = prepare(body, known)
        removal_line(body, [*prepared.removed, "{{< a >}}", "{{ b | c }}", "<D>"], known)
        body_html(prepared.markdown, known, "", "", BASE)
    except BodyError as error:
        assert error.code  # noqa: PT017
    assert time.process_time() - began < 1.25


@given(
    st.lists(
        st.sampled_from([*OPENERS, "a", "\n\n", " b ", "%}", "}}", ">}}", "]]", "</A>", "*/}", ")"]),
        max_size=20,
    )
)
def test_a_body_of_any_kind_leaves_no_mark(parts: list[str]) -> None:
    known = BodyContext(path="a.mdx", syntax=ALL)
    made = prepare("".join(parts), known)
    assert not {"\x02", "\x03"} & set(made.markdown + (made.summary or ""))
    body_html(made.markdown, known, "", "", BASE)


@given(st.lists(st.sampled_from(OPENERS), max_size=9).map("".join))
def test_code_is_never_touched(text: str) -> None:
    code = text.replace("~", "").replace("{% raw %}", "").replace("{% endraw %}", "")
    for syntax in (frozenset[str](), ALL):
        made = prepare(f"~~~\n{code}\n~~~", BodyContext(path="a.md", syntax=syntax)).markdown
        assert made == f"~~~\n{code}\n~~~"
