"""The YAML header of a file, every scalar as it was written."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.corpus.dates import parse_date
from feeds.corpus.front_matter import (
    MAX_HEADER,
    MAX_ITEMS,
    MAX_PROBLEMS_PER_FILE,
    MAX_TEXT,
    Header,
    split,
)
from feeds.corpus.problems import NOT_TEXT, REPEATED_FIELD
from feeds.corpus.yaml_as_written import MAX_DEPTH
from feeds.errors import ArticleError
from tests.corpus.problem_texts import without_remedy
from tests.table import for_each

BERLIN = ZoneInfo("Europe/Berlin")


def header(text: str) -> Header:
    return split("a.md", f"---\n{text}\n---\n".encode())[0]


def reported(found: Header) -> tuple[ArticleError, ...]:
    """All problems of *found*."""
    try:
        found.check()
    except ArticleError as error:
        return error.each()
    return ()


def refusal(content: str | bytes) -> tuple[int, str]:
    """The line and the reason of the error that *content* raises."""
    with pytest.raises(ArticleError) as caught:
        split("a.md", content if isinstance(content, bytes) else content.encode())
    assert caught.value.path == "a.md"
    return caught.value.line, caught.value.reason


@for_each(
    "content",
    [
        b"---\ntitle: A\n---\nBody\n",
        b"---\r\ntitle: A\r\n---\r\nBody\r\n",
        b"---\rtitle: A\r---\rBody\r",
        b"\xef\xbb\xbf---\ntitle: A\n---\nBody\n",
        b"---  \ntitle: A\n--- \t\nBody\n",
        b"---\ntitle: A\n...\nBody\n",
        b"---\n# a comment\ntitle: 'A'\n---\nBody\n",
    ],
)
def test_a_file_is_a_header_and_a_body(content: bytes) -> None:
    found, body = split("a.md", content)
    assert found.text("title") == "A"
    assert body == "Body\n"


def test_a_rule_in_the_body_is_the_bodys() -> None:
    assert split("a.md", b"---\na: b\n---\none\n---\ntwo")[1] == "one\n---\ntwo"


def test_an_empty_header_has_no_fields() -> None:
    assert header("").text("title") == ""
    assert header("# nothing").mappings("images") == []


@for_each(
    ("content", "line", "reason"),
    [
        ("", 1, "no front matter"),
        ("# A title\n", 1, "no front matter"),
        ("\n---\na: b\n---\n", 1, "no front matter"),
        ("---", 1, "no front matter"),
        ("---\ntitle: A\n", 1, "not closed"),
        ("---\ntitle: 'A\n---\n", 3, "not YAML"),
        ("---\na: b\nc: [\n---\n", 4, "not YAML"),
        ("---\ntitle: 'x\u2028\u2028\u0085y'\na: b: c\n---\n", 3, "mapping values are not allowed"),
        ("---\na: b\nc: *d\n---\n", 3, "not YAML"),
        ("---\na: ééééé\n\nb: \x01\n---\n", 4, "control characters"),
        ("---\n- a\n- b\n---\n", 1, "not a mapping"),
        ("---\njust words\n---\n", 1, "not a mapping"),
        ("---\na: b\n? [c]\n: d\n---\n", 3, "unhashable"),
        ("---\na: b\nc: !!python/object:os.system d\n---\n", 3, "tag"),
        ("---\nc: !!binary AAAA\n---\n", 2, "tag"),
        ("---\na: &a {b: c}\n<<: *a\n---\n", 3, "merge keys"),
        ("---\na: &a {b: c}\nd: {!!merge '<<': *a}\n---\n", 3, "tag"),
        (b"---\na: b\n\nc: \xff\n---\n", 4, "not UTF-8: byte 0xff"),
        (b"\xef\xbb\xbf---\na: b\n\nc: \xfe\n---\n", 4, "not UTF-8: byte 0xfe"),
        (b"---\ra: b\rc: \xfe\r---\r", 3, "not UTF-8: byte 0xfe"),
        (b"---\na: b\n---\none\ntwo \xc3(\n", 5, "not UTF-8: byte 0xc3"),
        ("---\na: b\n---\n".encode("utf-16"), 1, "not UTF-8: byte 0xff"),
        ("---\na: b\n---\n".encode("utf-16-le"), 1, "byte 0x00"),
        ("---\na: b\nc: d\0\n---\n", 3, "byte 0x00"),
        ("---\na: b\n---\none\n\0\0\0\0", 5, "byte 0x00"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    content: str | bytes, line: int, reason: str
) -> None:
    found = refusal(content)
    assert found[0] == line
    assert reason in found[1]


NAMES = [
    "no", "yes", "on", "off", "true", "False", "null", "Null", "20:30", "1:20:30", "0123", "0x1F", "0o17",
    "1e3", "1_000", "~", ".inf", ".nan", "2021-01-05", "2021-01-05T08:00:23Z", "1.10",
    "+1", "C#", "=", "y",
]  # fmt: skip


@for_each("name", NAMES)
def test_a_name_in_a_list_is_what_is_written(name: str) -> None:
    assert header(f"topics: [{name}]").names("topics") == (name,)
    assert header(f"topics:\n  - {name}\n  - '{name}'").names("topics") == (name,)


@for_each("name", [name for name in NAMES if name.lower() not in ("~", "null")])
def test_text_is_what_is_written(name: str) -> None:
    assert header(f"title: {name}").text("title") == name
    assert header(f"topics: {name}").names("topics") == (name,)


@for_each("written", ["'{}'", '"{}"', "!!str {}", "|-\n  {}"])
@for_each("name", ["~", "null", "Null", "NULL"])
def test_a_spelling_of_nothing_in_quotes_is_text(name: str, written: str) -> None:
    """A person may be called Null, and an article too."""
    found = header(f"title: {written.format(name)}\nalias: &a [b]\n")
    assert (found.text("title"), found.name("title")) == (name, name)
    assert found.names("title") == (name,)
    again = header(f"title: {written.format(name)}\nlist: &a [b]\nagain: *a\n")
    assert again.text("title") == name, "an alias makes PyYAML construct the values"


@for_each("name", [name for name in NAMES if name not in ("~", "null")])
def test_a_name_without_quotes_is_what_is_written(name: str) -> None:
    assert header(f"title: {name}").name("title") == name


def test_a_word_in_quotes_may_be_missing() -> None:
    found = header("a: 'null'\nb: NULL\nc: '2026'")
    assert (found.word("a"), found.word("b"), found.word("c")) == ("", "", "2026")
    assert (found.number("a"), found.date("a", UTC), found.flag("a", default=True)) == (0, None, True)


@for_each(
    ("stray", "shown"),
    [
        ("\u2028", " "), ("\u2029", " "), ("\x85", " "), ("\x92", "’"), ("\x80", "€"), ("\x9f", "Ÿ"),
        ("\x81", ""), ("\ufeff", ""), ("\t", " "), ("\xa0", " "), ("\x0b", " "), ("\x0c", " "),
        ("\x1c", " "), ("\x1d", " "), ("\x1e", " "), ("\x1f", " "),
    ],
)  # fmt: skip
@for_each("quote", ["", "'", '"'])
def test_a_stray_character_in_a_value_ends_no_line_and_costs_no_file(stray, shown, quote) -> None:
    found = header(f"title: {quote}It{stray}s open{quote}\nheat: hot\n")
    assert " ".join(found.text("title").split()) == f"It{shown}s open"
    found.number("heat")
    with pytest.raises(ArticleError) as caught:
        found.check()
    assert caught.value.line == 3


def test_a_space_that_breaks_no_line_is_a_space_before_a_value() -> None:
    """Pages of the web have it in examples to copy, and it looks the same."""
    found = header(
        "title:\xa0A\xa0b\nprovider:\n\xa0\xa0name:\xa0P\ntopics:\n\xa0-\xa0Go\n-not: a list\n"
    )
    assert (found.text("title"), found.names("topics")) == ("A\xa0b", ("Go",))
    assert found.mapping("provider") == {"name": "P"}


@for_each("character", ["\x01", "\x0b", "\x0c", "\x1c", "\x1d", "\x1f"])
def test_a_control_character_in_a_body_parts_words(character: str) -> None:
    assert split("a.md", f"---\na: b\n---\none{character}two".encode())[1] == "one two"


@for_each("separator", ["\u2028", "\u2029"])
def test_a_separator_of_lines_in_a_body_parts_words(separator: str) -> None:
    assert split("a.md", f"---\na: b\n---\none{separator}two".encode())[1] == "one two"


@for_each("tag", ["str", "int", "float", "bool", "timestamp"])
def test_a_tag_changes_nothing_in_what_is_written(tag: str) -> None:
    assert header(f"title: !!{tag} no").text("title") == "no"


@for_each("nothing", ["", "~", "null", "''", "!!null ''"])
def test_a_field_without_a_value_is_missing(nothing: str) -> None:
    found = header(f"a: {nothing}")
    assert found.text("a") == ""
    assert found.names("a") == ()
    assert found.mappings("a") == []
    assert found.mapping("a") == {}
    assert found.number("a") == 0
    assert found.date("a", UTC) is None
    assert found.flag("a", default=True) is True
    assert found.language("a") == ""


def test_names_are_on_one_line_and_said_once() -> None:
    assert header("a: [' one  two ', one two, '', \"three\\nfour\"]").names("a") == (
        "one two",
        "three four",
    )


@for_each(
    ("written", "expected"),
    [("42", 42), ("-3", -3), ("1.5", 2), ("'7'", 7), ("1e3", 1000), ("007", 7)],
)
def test_a_number_is_whole(written: str, expected: int) -> None:
    assert header(f"a: {written}").number("a") == expected


@for_each("written", ["true", "yes", "on", "Y", "1", "TRUE", "'true'", "' yes '"])
def test_a_flag_is_set_in_any_spelling(written: str) -> None:
    assert header(f"a: {written}").flag("a", default=False) is True


@for_each("written", ["false", "no", "off", "n", "0", "False"])
def test_a_flag_is_not_set_in_any_spelling(written: str) -> None:
    assert header(f"a: {written}").flag("a", default=True) is False


def test_a_language_is_the_first_that_is_written() -> None:
    assert header("lang: pt_BR\nlocale: en").language("language", "lang", "locale") == "pt-BR"
    assert header("language: no").language("language") == "no"


@for_each(
    ("field", "read", "reason"),
    [
        ("a: [b]", lambda h: h.text("a"), "a: not text, but a list"),
        ("a: {b: c}", lambda h: h.text("a"), "a: not text, but a mapping"),
        ("a: " + "b" * (MAX_TEXT + 1), lambda h: h.text("a"), "a: 20,001 characters (limit 20,000)"),
        ("a: {b: c}", lambda h: h.names("a"), "a: not a list, but a mapping"),
        ("a: [[b]]", lambda h: h.names("a"), "a: list with a list instead of a name"),
        ("a: [{b: c}]", lambda h: h.names("a"), "a: list with a mapping instead of a name"),
        (f"a: [{'b' * 201}]", lambda h: h.names("a"), "a: name of 201 characters (limit 200)"),
        (f"a: [{'b, ' * 201}]", lambda h: h.names("a"), f"a: list of 201 (limit {MAX_ITEMS}"),
        ("a: b", lambda h: h.mappings("a"), "a: not a list, but 'b'"),
        ("a: {b: c}", lambda h: h.mappings("a"), "a: not a list, but a mapping"),
        ("a: [b]", lambda h: h.mappings("a"), "a: list with 'b' instead of a mapping"),
        (
            "a: {b: [c]}",
            lambda h: h.mappings("b", h.mapping("a"), "a."),
            "a.b: list with 'c' instead of a mapping",
        ),
        ("a: [{<<: b}]", lambda h: h.mappings("a"), "a[0].<<: merge keys are not supported"),
        ("a: b", lambda h: h.mapping("a"), "a: not a mapping, but 'b'"),
        ("a: [b]", lambda h: h.mapping("a"), "a: not a mapping, but a list"),
        ("a: {<<: b}", lambda h: h.mapping("a"), "a.<<: merge keys are not supported"),
        ("a: b", lambda h: h.number("a"), "a: not a number: 'b'"),
        ("a: nan", lambda h: h.number("a"), "a: not a number: 'nan'"),
        ("a: inf", lambda h: h.number("a"), "a: not a number: 'inf'"),
        ("a: 4294967296", lambda h: h.number("a"), "a: too large: 4294967296"),
        ("a: perhaps", lambda h: h.flag("a", default=True), "a: not a boolean: 'perhaps'"),
        ("a: [true]", lambda h: h.flag("a", default=True), "a: not text, but a list"),
        ("a: soon", lambda h: h.date("a", UTC), "a: not a date: 'soon'"),
        ("a: [2021-01-05]", lambda h: h.date("a", UTC), "a: not text, but a list"),
        ("a: English, mostly", lambda h: h.language("a"), "a: not a language tag: 'English, mostly'"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_line_and_key(field, read, reason) -> None:
    found = header(f"first: 1\nb: 2\n{field}")
    read(found)
    (error,) = reported(found)
    assert error.line == 4
    assert error.reason.startswith(reason)


def test_an_error_names_the_line_of_the_field_and_not_of_its_name_elsewhere() -> None:
    found = header("first: |\n  a: b\n'a' : c")
    found.report("a[1].b", NOT_TEXT, found="x")
    found.report("missing", NOT_TEXT, found="x")
    assert [(each.subject, each.line) for each in reported(found)] == [("missing", 1), ("a[1].b", 4)]


def test_all_problems_are_raised_together_in_the_order_of_lines() -> None:
    found = header("b: [c]\nheat: hot\nimages: [{url: [d]}, {width: wide}]")
    assert found.number("heat") == 0
    assert found.text("b") == ""
    first, second = found.mappings("images")
    assert (found.text("url", first, "images[0]."), found.number("width", second, "images[1].")) == (
        "",
        0,
    )
    with pytest.raises(ArticleError) as caught:
        found.check()
    assert [without_remedy(each) for each in caught.value.each()] == [
        "a.md:2: b: not text, but a list",
        "a.md:3: heat: not a number: 'hot'",
        "a.md:4: images[0].url: not text, but a list",
        "a.md:4: images[1].width: not a number: 'wide'",
    ]


def test_a_field_that_is_repeated_is_warned_of() -> None:
    found = header("title: A\nimages: [{url: a, url: b}]\ntitle: B\n")
    assert found.text("title") == "B"
    assert [(each.subject, each.code, each.line) for each in found.warnings] == [
        ("title", REPEATED_FIELD, 2)
    ]


def test_the_first_problem_of_a_key_counts() -> None:
    found = header("a: [b]")
    assert (found.text("a"), found.number("a"), found.mapping("a"), found.is_bad("a")) == (
        "",
        0,
        {},
        True,
    )
    (error,) = reported(found)
    assert error.code == NOT_TEXT


def test_only_the_first_problems_of_a_file_are_reported() -> None:
    found = header("a: b")
    for number in range(99):
        found.report(f"a[{number}]", NOT_TEXT, found="x")
    assert len(reported(found)) == MAX_PROBLEMS_PER_FILE


def test_a_header_in_order_has_nothing_to_raise() -> None:
    found = header("a: b")
    assert found.text("a") == "b"
    found.check()
    assert reported(found) == ()
    assert not found.is_bad()


DATES = [
    ("2021-01-05T08:00:23Z", datetime(2021, 1, 5, 8, 0, 23, tzinfo=UTC)),
    ("2021-01-05t08:00:23z", datetime(2021, 1, 5, 8, 0, 23, tzinfo=UTC)),
    ("2021-01-05 08:00:23", datetime(2021, 1, 5, 7, 0, 23, tzinfo=UTC)),
    ("2021-07-05 08:00", datetime(2021, 7, 5, 6, 0, tzinfo=UTC)),
    ("2021-01-05", datetime(2021, 1, 4, 23, tzinfo=UTC)),
    ("2021-1-5", datetime(2021, 1, 4, 23, tzinfo=UTC)),
    ("2021-01-05Z", datetime(2021, 1, 5, tzinfo=UTC)),
    ("2021-01-05T08:00:23.999Z", datetime(2021, 1, 5, 8, 0, 23, tzinfo=UTC)),
    ("2021-01-05T08:00:23,5Z", datetime(2021, 1, 5, 8, 0, 23, tzinfo=UTC)),
    ("2021-01-05T08:00:23+05:30", datetime(2021, 1, 5, 2, 30, 23, tzinfo=UTC)),
    ("2021-01-05T08:00:23-0800", datetime(2021, 1, 5, 16, 0, 23, tzinfo=UTC)),
    ("2021-01-05 08:00:23 +02", datetime(2021, 1, 5, 6, 0, 23, tzinfo=UTC)),
    ("2021-01-05 08:00:23 UTC", datetime(2021, 1, 5, 8, 0, 23, tzinfo=UTC)),
    ("2021-01-05T08:00:23-00:00", datetime(2021, 1, 5, 8, 0, 23, tzinfo=UTC)),
    ("2021-12-31T24:00:00Z", datetime(2022, 1, 1, tzinfo=UTC)),
    ("2021-12-31T24:00Z", datetime(2022, 1, 1, tzinfo=UTC)),
    ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("2020-02-29", datetime(2020, 2, 28, 23, tzinfo=UTC)),
]


@for_each(("written", "expected"), DATES)
def test_a_date_is_read_and_one_without_a_zone_is_of_the_zone_given(
    written: str, expected: datetime
) -> None:
    assert header(f"a: {written}").date("a", BERLIN) == expected
    assert header(f"a: '{written}'").date("a", BERLIN) == expected


@for_each(
    "written",
    [
        "2021-02-29", "2021-13-01", "2021-00-01", "0000-01-01", "2021-01-05T25:00Z", "2021-01-05T24:01Z",
        "2021-01-05T24:00:01Z", "2021-01-05T08:60Z", "2021-01-05T08:00:61Z", "2021-01-05T08Z",
        "1609833623",
        "2021-01-05T08:00+25:00", "2021-01-05T08:00+05:99", "2021-01-05T08:00 CET", "01/05/2021",
        "20210105",
        "2021-01", "tomorrow", "Tue, 05 Jan 2021 08:00:23 GMT", "2021-01-05T08:00:23ZZ",
        "9999-12-31T24:00Z",
        "0001-01-01T00:00+05:00", "9999-12-31T23:59-05:00", "-2021-01-05",
    ],
)  # fmt: skip
def test_an_invalid_date_is_refused_and_never_guessed(written: str) -> None:
    found = header(f"a: '{written}'")
    assert found.date("a", UTC) is None
    with pytest.raises(ArticleError, match=r"a\.md:2: a: not a date: '.*'"):
        found.check()


@given(
    st.datetimes(timezones=st.timezones(), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1))
)
def test_a_date_python_writes_is_read_as_it_was(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    offset = moment.utcoffset() or timedelta()
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=offset // timedelta(minutes=1))))
    assert parse_date(moment.isoformat(), BERLIN) == moment


HOSTILE = (
    "a: " + "[" * 10_000 + "]" * 10_000, "a: " + "{a: " * 10_000 + "}" * 10_000, "- " * 10_000,
    "? " * 10_000, "a: " + "[" * 100_000,
)  # fmt: skip


def test_ten_thousand_levels_are_refused_on_a_small_stack_too() -> None:
    """Run it in a process of its own: without the limit, the process would crash."""
    program = (
        "import sys, threading\n"
        "from feeds.corpus.front_matter import split\n"
        "from feeds.errors import ArticleError\n"
        "def read(text):\n"
        "    try: split('a.md', f'---\\n{text}\\n---\\n'.encode())\n"
        "    except ArticleError as error: print(error)\n"
        "threading.stack_size(256 * 1024)\n"
        "for text in sys.stdin:\n"
        "    thread = threading.Thread(target=read, args=(text.strip(),))\n"
        "    thread.start()\n"
        "    thread.join()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input="\n".join(HOSTILE).encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0
    refused = ran.stdout.splitlines()
    assert len(refused) == len(HOSTILE)
    assert all(line.startswith(b"a.md:2: front matter ") for line in refused)
    assert all(b"deep" in line or b"depth" in line for line in refused)


def test_nesting_is_allowed_to_a_depth() -> None:
    inner = MAX_DEPTH - 2  # below the header itself, around the innermost scalar
    assert header("a: " + "[" * inner + "b" + "]" * inner).text("b") == ""
    line, reason = refusal("---\na: " + "[" * (inner + 1) + "b" + "]" * (inner + 1) + "\n---\n")
    assert (line, reason) == (2, "front matter nested deeper than 50 levels")


def test_an_alias_bomb_multiplies_nothing() -> None:
    lines = ["a0: &a0 [lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    began = time.process_time()
    found = header("\n".join([*lines, "title: A", "topics: *a39"]))
    assert found.text("title") == "A"
    assert found.names("topics") == ()
    assert "list with a list instead of a name" in str(reported(found)[0])
    assert time.process_time() - began < 2


def test_a_list_that_holds_itself_is_a_list() -> None:
    found = header("topics: &a [*a]")
    assert found.names("topics") == ()
    assert "list with a list instead of a name" in str(reported(found)[0])


def test_a_header_as_long_as_a_book_is_refused_unread() -> None:
    line, reason = refusal("---\na: " + "b" * MAX_HEADER + "\n---\n")
    assert line == 1
    assert reason == "front matter of 262,148 characters (limit 262,144)"


@given(st.binary(max_size=200))
def test_any_header_is_read_or_refused(noise: bytes) -> None:
    try:
        split("a.md", b"---\n" + noise + b"\n---\n")
    except ArticleError as error:
        assert error.reason  # noqa: PT017
        assert 1 <= error.line <= noise.count(b"\n") + noise.count(b"\r") + 4  # noqa: PT017


@given(st.text("abn:-?[]{}&*!|>'\"%@`#,<~= \n\t0.", max_size=60))
def test_anything_like_yaml_is_read_or_refused(text: str) -> None:
    try:
        found = header(text)
        found.text("a"), found.names("b"), found.mapping("n"), found.flag("a", default=True)
        found.check()
    except ArticleError as error:
        assert error.reason  # noqa: PT017
