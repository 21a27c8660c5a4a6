"""Titles in Markdown, HTML and names of emoji become plain text."""

from feeds.corpus.posts.titles import first_heading, in_words, plain_title
from tests.table import for_each


@for_each(
    ("written", "plain"),
    [
        ("`Intl.Locale` in V8", "Intl.Locale in V8"),
        ("Using `Vec<T>` & `a_b_c`", "Using Vec<T> & a_b_c"),
        ("A **bold** and _quiet_ ~~plan~~", "A bold and quiet plan"),
        ("***Both***", "Both"),
        ("[Link](https://x.example/a_b) and ![seal](a.png)", "Link and seal"),
        ("Ships &nbsp;&amp; <strike>boats</strike>", "Ships & boats"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("The method __init__", "The method __init__"),
        ("C* algebras", "C* algebras"),
        (r"1\. First \*", "1. First *"),
        ("Party :tada: at 10:30:00", "Party 🎉 at 10:30:00"),
        ("A :simple-mkdocs: badge", "A badge"),
        (":unknown-name: stays", ":unknown-name: stays"),
        ("std::vec::Vec", "std::vec::Vec"),
        ("a < b > c", "a < b > c"),
        ("Array[0] and f(x)", "Array[0] and f(x)"),
        ("``a ` b``", "``a ` b``"),
        ("", ""),
    ],
)
def test_a_title_is_plain_text(written: str, plain: str) -> None:
    assert plain_title(written) == plain


@for_each(
    ("body", "text"),
    [
        ("# Tide", "Tide"),
        ("Intro\n\n# Tide #\n", "Tide"),
        ("# Tide {#tide}\n", "Tide"),
        ("   # Tide\n", "Tide"),
        ("Tide\n===\n", "Tide"),
        ("<H1>Tide</H1>", "Tide"),
        ("~~~\n# no\n~~~\n# Tide", "Tide"),
        ("````\n```\n# no\n````\n# Tide", "Tide"),
        ("<!-- \n# no\n-->\n# Tide", "Tide"),
        ("#Tide", ""),
        ("## Tide", ""),
        ("#\n", ""),
        ("===", ""),
        ("<!-- # no", ""),
        ("<h1>no", ""),
        ("    # code", ""),
    ],
)
def test_the_first_heading_of_level_one_is_found(body: str, text: str) -> None:
    found = first_heading(body)
    assert (found.text if found else "") == text


@for_each(
    ("name", "title"),
    [
        ("high-tide", "High tide"),
        ("react_v0.13", "React v0.13"),
        ("A Note on Tides", "A Note on Tides"),
        ("x", "X"),
    ],
)
def test_a_name_becomes_words(name: str, title: str) -> None:
    assert in_words(name) == title


@for_each("unit", ["#", "`", "[", "*a", "_a", "![", "<h1>", "```\n", "<!--", "=\n", "a\n=", "~~a"])
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    first_heading(unit * 100_000)
    plain_title(unit * 100_000)
    plain_title(unit * 900)
