"""Headers in the syntaxes of all site generators."""

import sys
import time
from contextlib import suppress

import pytest

from feeds.corpus import problems
from feeds.corpus.front_matter import MAX_HEADER, split
from feeds.corpus.header_syntax import split_any
from feeds.corpus.posts.fields import PostFields
from feeds.corpus.posts.keys import KEYS
from feeds.errors import ArticleError
from tests.table import for_each

FIELDS = {"title": "A", "date": "2020-01-31"}

# Files with FIELDS and the body "Body\n", also as tools and people vary them.
SAME = {
    "yaml": "---\ntitle: A\ndate: 2020-01-31\n---\nBody\n",
    "yaml with dots": "---\ntitle: A\ndate: 2020-01-31\n...\nBody\n",
    "yaml with a language": "---yaml\ntitle: A\ndate: 2020-01-31\n---\nBody\n",
    "yaml with longer lines": "-----\ntitle: A\ndate: 2020-01-31\n-----\nBody\n",
    "yaml with a comment": "---\n# about it\n\ntitle: A\ndate: 2020-01-31\n---\nBody\n",
    "yaml in braces": '---\n{title: A, "date": 2020-01-31}\n---\nBody\n',
    "yaml without the first line": "title: A\ndate: 2020-01-31\n---\nBody\n",
    "yaml below empty lines": "\n  \n\n---\ntitle: A\ndate: 2020-01-31\n---\nBody\n",
    "toml": "+++\ntitle = 'A'\ndate = 2020-01-31\n+++\nBody\n",
    "toml in hyphens": "---toml\ntitle = 'A'\ndate = 2020-01-31\n---\nBody\n",
    "json": '{\n"title": "A",\n"date": "2020-01-31"\n}\nBody\n',
    "json on one line": '{"title": "A", "date": "2020-01-31"}\nBody\n',
    "json in hyphens": '---json\n{"title": "A", "date": "2020-01-31"}\n---\nBody\n',
    "object of javascript": "---js\n{\n  title: 'A', date: '2020-01-31' }\n---\nBody\n",
    "variables of javascript": "---js\nconst title = 'A';\nconst date = '2020-01-31';\n---\nBody\n",
    "json without braces": '"title": "A",\n"date": "2020-01-31"\n;;;\nBody\n',
    "json between semicolons": ';;;\n"title": "A",\n"date": "2020-01-31"\n;;;\nBody\n',
    "json in braces and semicolons": '{"title": "A",\n"date": "2020-01-31"}\n;;;\nBody\n',
    "lines": "title: A\ndate: 2020-01-31\n\nBody\n",
    "lines without spaces": "title:A\ndate:2020-01-31\n\nBody\n",
    "lines with spaces": "title:   A  \ndate : 2020-01-31\t\n\nBody\n",
    "dots": ".. title: A\n.. date: 2020-01-31\nBody\n",
    "dots in a comment": "<!--\n.. title: A\n.. date: 2020-01-31\n-->\nBody\n",
    "dots in a short comment": "<!-- .. title: A\n.. date: 2020-01-31 -->\nBody\n",
    "dots in a comment without an end": "<!--\n.. title: A\n.. date: 2020-01-31\nBody\n",
    "a comment": "<!--\n  title: A\n  date: 2020-01-31\n-->\nBody\n",
    "comments": "<!-- title: A -->\n<!-- date: 2020-01-31 -->\nBody\n",
}  # fmt: skip

ENCODINGS = {
    "utf-8": str.encode,
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "utf-8 with two marks": lambda text: b"\xef\xbb\xbf" + text.encode("utf-8-sig"),
    "utf-16 little": lambda text: text.encode("utf-16"),
    "utf-16 big": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "windows lines": lambda text: text.replace("\n", "\r\n").encode(),
    "windows lines in utf-16": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "old mac lines": lambda text: text.replace("\n", "\r").encode(),
}


def refusal(content: str | bytes, path: str = "a.md", sidecar: bytes | None = None) -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        split_any(path, content.encode() if isinstance(content, str) else content, sidecar)
    return caught.value


EXPORTS = """
import { Layout } from '@/layout'
import "./style.css";

export const article = {
  title: "A {b}", // not the end }
  date: '2020-01-31',
  tags: ['c', `d`],
}

export const metadata = { title: 'Other', description: "It's" };

export default (props) => <Layout {...props} />

Words
"""


def test_objects_that_mdx_exports_are_fields() -> None:
    header, body = split_any("page.mdx", EXPORTS.encode())
    assert header.fields == {
        "title": "A {b}", "date": "2020-01-31", "tags": ["c", "d"], "description": "It's",
    }  # fmt: skip
    assert body.endswith("Words\n")


@for_each(
    "text",
    [
        "export const theme = {a: 'b'}\n",
        "export const meta = {a: 'b'\n",
        "Words\nexport const meta = {a: 1}",
    ],
)
def test_other_lines_of_programs_are_no_fields(text: str) -> None:
    assert split_any("page.mdx", text.encode())[0].is_empty


@for_each("text", SAME.values())
def test_every_syntax_gives_the_same_fields_and_body(text: str) -> None:
    header, body = split_any("a.md", text.encode())
    assert (dict(header.fields), body) == (FIELDS, "Body\n")
    assert text.split("\n")[header.last_line :] == ["Body", ""], "the number of the body's first line"


@pytest.mark.parametrize("encoded", ENCODINGS.values(), ids=ENCODINGS)
@for_each("kind", ["yaml", "toml", "json", "lines", "dots in a comment", "comments"])
def test_every_syntax_is_read_in_every_encoding(kind: str, encoded) -> None:
    header, body = split_any("a.md", encoded(SAME[kind]))
    assert (dict(header.fields), body) == (FIELDS, "Body\n")


@for_each("text", SAME.values())
def test_a_problem_of_a_field_names_its_line_in_every_syntax(text: str) -> None:
    header, _ = split_any("a.md", text.encode())
    header.report("date", problems.NOT_A_DATE, written="x")
    with pytest.raises(ArticleError) as caught:
        header.check()
    lines = text.split("\n")
    assert caught.value.line == next(n for n, line in enumerate(lines, 1) if "date" in line)


# Files without a header: the whole of each is the body.
HEADLESS = {
    "nothing": "", "a heading": "# Title\n\nBody\n", "words": "No YAML.\n",
    "setext": "Title\n-----\nBody\n",
    "a rule": "---\n\nSome words.\n\n---\n\nMore.\n", "a rule alone": "---\n\nSome words.\n",
    "a note below a rule": "---\nNote: x\nand y\n\n---\nMore.\n",
    "a line below a rule": "---\nNote: x\n\nMore\n",
    "a list below a rule": "---\n- a: b\n- c\n---\n",
    "liquid below a rule": "---\n{% include x %}\n---\n",
    "liquid": "{% include x.md %}\n", "a template": "{{ title }}\n", "attributes": "{: .lead}\nBody\n",
    "code": "~~~<% x %>~~~\n", "a word": "Summary: in this post, I say things.\n\nBody\n",
    "a conversation": "Anna: hello\nBob: hi\n\nBody\n", "an address": "https://example.org/x\n",
    "a comment": "<!-- markdownlint-disable -->\n# Title\n",
    "a remark": "<!-- TODO: write more -->\n# Title\n",
    "two hyphens": "--title: A\n\nBody\n", "other fields": "zcDate: 2020-01-01\n\nBody\n",
    "an rst directive": ".. note:: x\n\nBody\n", "indented code": "    title: A\n\nBody\n",
    "a quotation": '"Title": he said\n\nBody\n', "an html page": "<!DOCTYPE html>\n<title>A</title>\n",
    "spaces": " \n\t\n", "an unknown language": "---ruby\ntitle: A\n---\n",
}  # fmt: skip


@for_each("text", HEADLESS.values())
def test_a_file_without_a_header_is_all_body(text: str) -> None:
    header, body = split_any("a.md", text.encode())
    assert (dict(header.fields), body, header.last_line) == ({}, text, 0)


@for_each(
    ("text", "fields", "body"),
    [
        ("---\n---\nBody", {}, "Body"),
        ("---\n# nothing\n---\nBody", {}, "Body"),
        ("---\nTitle: Rust: a\nTags: a, b\n---\nBody", {"Title": "Rust: a", "Tags": "a, b"}, "Body"),
        ("---\nheadline: A\n---\nBody", {"headline": "A"}, "Body"),
        ("Date: x\nSummary: long,\n    longer\n\nBody", {"Date": "x", "Summary": "long, longer"}, "Body"),
        ("Title: A\nAuthors:\n  - x\n  - y: z\n\nBody", {"Title": "A", "Authors": ["x", "y: z"]}, "Body"),
        ('Title: "A" & b # c\n\nBody', {"Title": '"A" & b # c'}, "Body"),
        ("Url: https://example.org/x\n\nBody", {"Url": "https://example.org/x"}, "Body"),
        ("Tags:\n# Title\n", {"Tags": ""}, "# Title\n"),
        ("Link: /2023/x\n\nBody", {"Link": "/2023/x"}, "Body"),
        ("Base Header Level: 2\nDate: x\n\nBody", {"Base Header Level": "2", "Date": "x"}, "Body"),
        ("Draft: No \n\nBody", {"Draft": "No"}, "Body"),
        ("Título: x\nDate: y\n\nBody", {"Título": "x", "Date": "y"}, "Body"),
        ("Title: A", {"Title": "A"}, ""),
        ("title: A\ntags:\n- x\n- y\n---\nBody", {"title": "A", "tags": ["x", "y"]}, "Body"),
        (".. title: A: b\n.. slug:\n\nBody", {"title": "A: b", "slug": ""}, "\nBody"),
        ("+++\na = 1.50\nb = true\nc = 10:00:00\n+++\n", {"a": "1.50", "b": "true", "c": "10:00:00"}, ""),
        ("+++\na = 2020-01-31T10:00:00Z\n+++\n", {"a": "2020-01-31T10:00:00+00:00"}, ""),
        ("+++\n[a]\nb = [1]\n[[c]]\nd = 'x'\n+++\n", {"a": {"b": ["1"]}, "c": [{"d": "x"}]}, ""),
        ('{"a": 1.50, "b": true, "c": null}\n\nBody', {"a": "1.50", "b": "true", "c": None}, "\nBody"),
        ('{"d": ["~", 12345678901234567890]}\n', {"d": ["~", "12345678901234567890"]}, ""),
        ('{"e": {"f": "x\ty"}}\n', {"e": {"f": "x\ty"}}, ""),
        ("{}\nBody", {}, "Body"),
    ],
)  # fmt: skip
def test_values_of_every_syntax_are_text(text: str, fields: dict, body: str) -> None:
    header, found = split_any("a.md", text.encode())
    assert (dict(header.fields), found) == (fields, body)


def test_half_of_a_surrogate_pair_in_json_becomes_a_question_mark() -> None:
    header, _ = split_any("a.md", b'{"title": "a \\ud83d b", "\\udc00": "\\ud83d\\ude00"}')
    assert header.fields == {"title": "a ? b", "?": "\U0001f600"}


def test_nothing_in_a_list_of_names_is_refused_with_its_line() -> None:
    header, _ = split_any("a.md", b'{"title": "A",\n"tags": [null, "Go"]}\nBody')
    assert header.names("tags") == ()
    with pytest.raises(ArticleError) as caught:
        header.check()
    assert (caught.value.reason, caught.value.line) == (
        "tags: list with nothing instead of a name", 2,
    )  # fmt: skip


# Of a comma before the end of an object: since Python 3.13, the line of the comma.
EXTRA_COMMA = (2, "trailing comma") if sys.version_info >= (3, 13) else (3, "expecting property name")


def test_text_that_spells_nothing_is_text_in_json_and_toml() -> None:
    for text in ('{"title": "null", "b": null}', "+++\ntitle = 'null'\n+++\n"):
        header, _ = split_any("a.md", text.encode())
        assert (header.text("title"), header.text("b"), header.names("b")) == ("null", "", ())


@for_each(
    ("text", "code", "line", "reason"),
    [
        ("---\ntitle: A\n\nBody\n", problems.NOT_CLOSED, 1, "not closed"),
        ("\n\n---\ntitle: A\n\nBody\n", problems.NOT_CLOSED, 3, "not closed"),
        ("---\ntitle: 'A\ndate: x\n---\n", problems.NOT_YAML, 4, "unexpected end of stream"),
        ("\n---\ntitle: A\nb: [\n---\n", problems.NOT_YAML, 5, "not YAML"),
        ("---\ntitle: {{ x }}\n---\n", problems.NOT_YAML, 2, "unhashable"),
        ("---\ntitle: \"A\" b\ndate: x\n---\n", problems.NOT_YAML, 2, "did not find expected key"),
        ("---\ntitle: A: B\nwords\n---\n", problems.NOT_YAML, 2, "mapping values are not allowed"),
        ("---js\nmake()\n---\n", problems.FRONT_MATTER_IS_CODE, 1, "JavaScript"),
        ("--- ts\n{\n title: 'A' }\n---\n", problems.FRONT_MATTER_IS_CODE, 1, "TypeScript"),
        ("+++\na = 1\n", problems.TOML_NOT_CLOSED, 1, "not closed"),
        ("+++\na = 1\nb = x\n+++\n", problems.NOT_TOML, 3, "invalid value"),
        ("+++\na = 1\na = 2\n+++\n", problems.NOT_TOML, 3, "cannot overwrite a value"),
        ("+++\na = 1\nb = [\n+++\n", problems.NOT_TOML, 3, "invalid value"),
        ('{"a": 1,\n"b" 2}\n\nBody', problems.NOT_JSON, 2, "expecting ':' delimiter"),
        ('\n{"a": 1,\n}\n\nBody', problems.NOT_JSON, *EXTRA_COMMA),
        ('"a": 1\n"b": 2\n;;;\n', problems.NOT_JSON, 2, "expecting ',' delimiter"),
        ("---json\n[1]\n---\n", problems.NOT_FIELDS, 1, "not a mapping"),
        ("+++\na = " + "[" * 60 + "]" * 60 + "\n+++\n", problems.TOO_DEEP, 1, "50 levels"),
        ('{"a": ' + "[" * 100_000 + "\n\nBody", problems.TOO_DEEP, 1, "50 levels"),
        ("+++\na = " + "[" * 100_000 + "\n+++\n", problems.TOO_DEEP, 1, "50 levels"),
        ("+++\na" + ".a" * 60 + " = 1\n+++\n", problems.TOO_DEEP, 2, "50 levels"),
        ('{"a": "' + "x" * MAX_HEADER + '"}\n\nBody', problems.FRONT_MATTER_TOO_LONG, 1, "characters"),
        ("---\ntitle: A\n---\nB\0", problems.NUL_BYTE, 4, "0x00"),
    ],
)  # fmt: skip
def test_a_header_that_cannot_be_read_is_refused_with_its_line(text, code, line, reason) -> None:
    error = refusal(text)
    assert (error.code, error.path, error.line) == (code, "a.md", line)
    assert reason in error.reason
    assert error.remedy


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    assert refusal(b"---\ntitle: \xff\n---\n").reason == "not UTF-8: byte 0xff"
    assert refusal(b"\xff\xfe-\0-\0-\0\n\0\x00\xd8").code == problems.NOT_UTF8


@for_each(
    ("path", "language"),
    [("a.rst", "reStructuredText"), ("b/a.ORG", "Org"), ("a.adoc", "AsciiDoc"), ("a.textile", "Textile")],
)
def test_another_markup_is_refused_by_name(path: str, language: str) -> None:
    assert refusal("x", path).reason == f"written in {language}, which is not read"


def test_a_repeated_field_is_warned_of_in_every_syntax() -> None:
    for text in (
        '{"a": {"b": 1, "b": 2}, "title": "A", "title": "B"}',
        "title: A\ntitle: B\n\n", ".. title: A\n.. title: B\n", "<!-- title: A -->\n<!-- title: B -->",
    ):  # fmt: skip
        header, _ = split_any("a.md", text.encode())
        assert header.text("title") == "B"
        assert [(each.subject, each.code) for each in header.warnings] == [
            ("title", problems.REPEATED_FIELD)
        ]


@for_each(
    "sidecar",
    [".. title: A\n.. date: 2020-01-31\n", "---\ntitle: A\ndate: 2020-01-31\n---\n",
     "title: A\ndate: 2020-01-31\n", "+++\ntitle = 'A'\ndate = 2020-01-31\n+++\n"],
)  # fmt: skip
def test_a_file_beside_the_text_has_the_fields_and_the_text_is_whole(sidecar: str) -> None:
    text = "---\nx: y\n---\n<p>Body</p>\n"
    header, body = split_any("posts/a.html", text.encode(), sidecar.encode())
    assert (dict(header.fields), body) == (FIELDS, text)


@for_each(
    ("sidecar", "line", "code"),
    [
        (b"just words\n", 1, problems.NOT_FIELDS),
        (b"+++\na = x\n+++\n", 2, problems.NOT_TOML),
        (b".. title: \xff\n", 1, problems.NOT_UTF8),
    ],
)
def test_a_problem_of_the_file_beside_the_text_names_that_file(sidecar: bytes, line, code) -> None:
    error = refusal("Body", "posts/a.html", sidecar)
    assert (error.path, error.line, error.code) == ("posts/a.meta", line, code)


def test_a_warning_of_the_text_names_the_file_of_the_text() -> None:
    header, _ = split_any("posts/a.html", b"One\nTwo\n", b".. title: A\n.. date: 2020-01-31\n")
    header.warn_of_body(2, problems.TAGS_REMOVED, names="x")
    assert [(each.path, each.line) for each in header.warnings] == [("posts/a.html", 2)]
    assert header.body_path == "posts/a.html"


def test_an_empty_file_beside_the_text_has_no_fields() -> None:
    header, body = split_any("a.html", b"Body", b"\n")
    assert (header.is_empty, body) == (True, "Body")


def test_a_field_is_found_by_any_of_its_names_in_their_order() -> None:
    header, _ = split_any(
        "a.md",
        b"---\nTitle: A\ntitle: B\npub_Date: x\nparams: {title: C, author: D, cover: {image: E}}\n"
        b"extra: {Author: F}\npodcast: {URL: G}\nempty: ''\nnothing: ~\nlist: []\ndate.created: H\n---\n",
    )
    fields = PostFields(header, {}, KEYS)

    def named(*names: str) -> list[tuple[str, object]]:
        return [(found.key, found.value) for name in names for found in fields.named(name)]

    assert named("title") == [("Title", "A"), ("title", "B"), ("params.title", "C")]
    assert named("pubDate", "title")[:2] == [("pub_Date", "x"), ("Title", "A")]
    assert named("author") == [("params.author", "D"), ("extra.Author", "F")]
    assert named("cover.image") == [("params.cover.image", "E")]
    assert named("podcast.url", "date.created") == [("podcast.URL", "G"), ("date.created", "H")]
    assert named("empty", "nothing", "none", "list") == []


@for_each(
    "text",
    [
        "-" * 100_000, "---\n" * 25_000, "--- " + " " * 100_000, "---\ntitle: x\n" + "\n" * 100_000,
        "---\n" + "a:\n" * 30_000, "---\n" + "a: b: c\n" * 10_000 + "---\n", "+++" + " " * 100_000,
        "+++\n" + "a." * 30_000 + "a = 1\n+++\n", "+++\nb = {" + "'a' . " * 15_000 + "a = 1}\n+++\n",
        "+++\n" + "".join(f"a{n} = 1\n" for n in range(10_000)) + "+++\n",
        "+++\n" + "[[a]]\n" * 15_000 + "+++\n", "+++\n" + "[a.b]\n" * 10_000 + "+++\n",
        '{"' + "a" * 100_000, "{" + " " * 100_000, '{"a":' * 20_000, ";;;\n" * 25_000, '"' * 100_000,
        "a" * 100_000, "a " * 50_000, "a-" * 50_000 + ":", "title: x\n" * 10_000,
        "title:\n" + " x\n" * 30_000, "title: " + "\t" * 100_000, "\n" * 100_000, " \n" * 50_000,
        "<!-- title: x -->\n" * 5_000, "<!--" * 25_000, "<!-- a:" * 15_000, "<!--" + " " * 100_000,
        ".. a: b\n" * 12_500, ".. " * 35_000,
    ],
)  # fmt: skip
def test_hostile_headers_take_no_time(text: str) -> None:
    began = time.process_time()
    for sidecar in (None, text.encode()):
        with suppress(ArticleError):
            split_any("a.md", text.encode(), sidecar)
    assert time.process_time() - began < 2.5


@for_each("kind", ["yaml", "yaml with dots"])
def test_a_header_of_our_own_schema_is_the_same_in_both_readings(kind: str) -> None:
    ours, body = split("a.md", SAME[kind].encode())
    header, other = split_any("a.md", SAME[kind].encode())
    assert (ours.fields, body, ours.last_line) == (header.fields, other, header.last_line)
