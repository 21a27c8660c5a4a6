"""Code in Markdown is set aside whole, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.corpus.bodies.aside import Aside, markable
from feeds.corpus.bodies.code import elements_set_aside, set_aside
from tests.table import for_each


def around(markdown: str) -> str:
    """*markdown* with an asterisk in the place of each piece of code."""
    aside = Aside()
    left = elements_set_aside(set_aside(markdown, aside), aside)
    assert aside.restore(left) == markdown
    for number in range(99):
        left = left.replace(f"\x02{number}\x03", "*")
    return left


@for_each(
    ("markdown", "left"),
    [
        ("a\n```\ncode\n```\nb", "a\n*\nb"),
        ('a\n```js {1,3} title="x"\ncode\n\n~~~\n````\nb', "a\n*\nb"),
        ("~~~ `x`\ncode\n```\n~~~\nb", "*\nb"),
        ("```\nnever closed\n\nb", "*"),
        ("``` a ` b\nno fence", "``` a ` b\nno fence"),
        ("> ```\n> code\n> ```\n> b", "> *\n> b"),
        ("> ```\n> code\nb", "> *\nb"),
        ("- ```\n  code\n  ```\n- b", "- *\n- b"),
        ("1. a\n\n   ```\n   code\n   ```\n\n   b", "1. a\n\n   *\n\n   b"),
        ("a\n\n    code\n\n    code\n\nb", "a\n\n*\n\nb"),
        ("a\n\n\tcode\nb", "a\n\n*\nb"),
        ("# a\n    code", "# a\n*"),
        ("a\n    b", "a\n    b"),
        ("- a\n\n    b", "- a\n\n    b"),
        ("- a\n\n      code\n\n  b", "- a\n\n*\n\n  b"),
        ("- a\n  - b\n\n    c\n\nd\n\n    code", "- a\n  - b\n\n    c\n\nd\n\n*"),
        ("1. a\n\n       code", "1. a\n\n*"),
        ("[^1]: a\n\n    b\n\n        code", "[^1]: a\n\n    b\n\n*"),
        ("!!! note\n\n    a\n\n        code", "!!! note\n\n    a\n\n*"),
        (":   a\n\n    b", ":   a\n\n    b"),
        ("`a` b ``c ` d`` e", "* b * e"),
        ("`a\nb` c", "* c"),
        ("`a\n\nb` c", "`a\n\nb` c"),
        ("\\`a` b` c", "\\`a* c"),
        ("``a` b", "``a` b"),
        ("a <pre>b\n\nc</pre> d", "a *"),
        ("<PRE class=x>b</PRE>\nc", "*\nc"),
        ("<pre>never closed\n\nb", "<pre>never closed\n\nb"),
        ("<script>\nvar a;\n</script>\nb", "*\nb"),
        ("a <code class=x>b</code> c", "a <code class=x>*</code> c"),
        ("a <code>b `c` <kbd>d", "a <code>b * <kbd>d"),
        ("a\u2028b\x0bc\x85d `e`", "a\u2028b\x0bc\x85d *"),
    ],
)
def test_code_is_set_aside(markdown: str, left: str) -> None:
    assert around(markdown) == left


def test_indented_lines_are_text_where_they_are_no_code() -> None:
    aside = Aside()
    left = set_aside("<Note>\n    a\n\n    ~~~\n    b\n    ~~~\n</Note>", aside, has_indented=False)
    assert aside.restore(left) == "\n<Note>\n\na\n\n~~~\nb\n~~~\n\n</Note>\n"


@given(st.text("ab `~>-1.\n\t\\<pre>/code", max_size=80))
def test_code_that_was_set_aside_comes_back(markdown: str) -> None:
    around(markdown)


def test_marks_in_the_text_itself_are_removed() -> None:
    assert markable("a\x020\x03b") == "a0b"
