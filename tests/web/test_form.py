"""Conversion of queries into forms, and back."""

from urllib.parse import parse_qsl

from hypothesis import example, given
from hypothesis import strategies as st

from feeds.query.grammar import parse
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.parameters.parameter import MAX_VALUE_LENGTH
from feeds.web.form import ANY, LISTED, form_of, grammar, key_of, read
from tests.query_strategies import questions
from tests.table import for_each

TEXTS = st.text(max_size=40) | st.text(alphabet="aÄ0\",-. '%+", max_size=12)
FORM_FIELDS = st.sampled_from([*PARAMETERS, *WINDOW, *(ANY + key for key in LISTED), "topics", "other"])


@given(questions())
def test_the_form_of_a_question_asks_for_exactly_that(arguments: list[tuple[str, str]]) -> None:
    query = parse(arguments)
    sent = form_of(query).arguments
    assert parse(grammar(sent)) == query
    assert read(sent).wrong == {}


@given(questions())
def test_a_question_is_read_like_any_form(arguments: list[tuple[str, str]]) -> None:
    query = parse(arguments)
    assert read(query.parameters).query == read(arguments).query == query


@given(st.lists(st.tuples(FORM_FIELDS, TEXTS), max_size=6))
@example([("limit", "5"), ("limit", "6")])
@example([("topic", "ai"), ("topic", "!!!"), ("any_topic", "-x"), ("any_topic", "go")])
@example([("since", "2026"), ("since", "yesterday"), ("since", "tomorrow")])
@example([("any_topic", '0"'), ("any_topic", '0",:')])
def test_any_form_is_read_and_invalid_values_are_kept(sent: list[tuple[str, str]]) -> None:
    reading = read(sent)
    again = read(reading.form.arguments)
    assert again.wrong.keys() == reading.wrong.keys() - {""}
    assert again.form == reading.form
    if not reading.wrong:
        assert again.query == reading.query == parse(grammar(given for given in sent if given[1].strip()))


@for_each(
    ("asked", "ticked", "texts", "kept"),
    [
        ("", "", "", ""),
        ("topic=ai", "any_topic=ai", "", ""),
        ("topic=ai,go", "any_topic=ai&any_topic=go", "", ""),
        ("topic=ai&topic=go", "topic=ai&topic=go", "", ""),
        ("topic=ai&topic=go,c&topic=-rust", "any_topic=c&any_topic=go&topic=-rust&topic=ai", "", ""),
        ("topic=ai,go&topic=c,d", "any_topic=ai&any_topic=go", "", "topic=c,d"),
        ("provider=a.org&provider=b.org", "any_provider=a.org", "", "provider=b.org"),
        ("lang=en,pt-br&lang=-de", "any_lang=en&any_lang=pt-br&lang=-de", "", ""),
        ("has=image&has=full&has=-video", "has=-video&has=full&has=image", "", ""),
        ('q=tide "sea level",reef -storm', "", 'q="sea level" tide, reef -storm', ""),
        ("q=-storm -calm", "", "q=-calm -storm", ""),
        ("q=tide&q=reef", "", "q=reef", "q=tide"),
        ("title=c%2B%2B", "", 'title="c plus plus"', ""),
        ("since=2025&since=7d", "", "since=2025", "since=7d"),
        ("collapse=story&content=title&per_provider=3&limit=50&sort=newest", "",
         "collapse=story&content=title&per_provider=3", ""),
        ("min_heat=top10%25&limit=7&sort=heat", "", "sort=heat&limit=7&min_heat=top10%25", ""),
    ],
)  # fmt: skip
def test_each_condition_has_its_place_in_the_form(asked: str, ticked: str, texts: str, kept: str) -> None:
    form = form_of(parse(parse_qsl(asked)))
    assert sorted(form.ticked) == sorted(parse_qsl(ticked))
    assert form.texts == dict(parse_qsl(texts))
    assert list(form.kept) == parse_qsl(kept)


@for_each(
    ("sent", "wrong", "form"),
    [
        ("since=yesterday&topic=ai", "since", "any_topic=ai&since=yesterday"),
        ("limit=5&limit=6", "limit", "limit=5&limit=6"),
        ("since=2026&since=soon", "since", "since=2026&since=soon"),
        ("any_topic=ai&any_topic=!!!&q=x", "topic", "any_topic=ai&q=x&any_topic=!!!"),
        ("topics=ai&q=x", "", "q=x"),
        ("sort=best&collapse=yes&has=smell", "has sort collapse", "sort=best&collapse=yes&has=smell"),
    ],
)
def test_nothing_is_lost_where_something_is_wrong(sent: str, wrong: str, form: str) -> None:
    reading = read(parse_qsl(sent))
    assert set(reading.wrong) == set(wrong.split(" "))
    assert sorted(reading.form.arguments) == sorted(parse_qsl(form))
    asked = [(key_of(field), value) for field, value in parse_qsl(sent)]
    right = [each for each in asked if each[0] not in (*reading.wrong, "topics")]
    assert reading.query == parse(right)


def test_more_than_one_address_can_hold_is_refused_beside_its_field() -> None:
    """Each value is short enough, but the merged value is not."""
    names = [f"{'x' * 20}-{number}.example" for number in range(30)]
    for field, sign in (("any_provider", ""), ("provider", "-")):
        reading = read([(field, sign + name) for name in names])
        assert f"longer than {MAX_VALUE_LENGTH} characters" in str(reading.wrong["provider"])
        assert reading.form.ticked == {(field, sign + name) for name in names}


def test_a_text_too_long_for_its_field_is_kept_in_parts() -> None:
    text = ",".join("x" * 48 for _ in range(1)) + "".join(f",{'y' * 44}{number}" for number in range(9))
    query = parse([("q", text), ("q", " ".join(f"-{'z' * 40}{number}" for number in range(9)))])
    form = form_of(query)
    assert form.texts == {}
    assert parse(grammar(form.arguments)) == query
