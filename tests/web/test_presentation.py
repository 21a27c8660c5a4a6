"""The presentation of embeds."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import QueryError
from feeds.web.presentation import (
    CHOICES,
    LEGIBLE,
    LOOKS,
    PAPERS,
    READ,
    SWITCH,
    THEMES,
    Presentation,
    contrast,
    divide,
    ink,
    legible,
)
from tests.table import for_each

COLOURS = st.integers(0, 0xFFFFFF).map("{:06x}".format)


@given(COLOURS)
def test_on_every_accent_there_is_ink_that_can_be_read(accent: str) -> None:
    assert contrast(ink(accent), accent) >= LEGIBLE


@given(COLOURS)
@pytest.mark.parametrize("paper", PAPERS.values())
def test_every_accent_is_an_ink_that_can_be_read_on_every_paper(paper: str, accent: str) -> None:
    assert contrast(legible(accent, paper), paper) >= LEGIBLE


@for_each(("one", "other", "ratio"), [("000000", "ffffff", 21), ("777777", "ffffff", 4.48)])
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == ratio


def test_an_accent_that_can_be_read_stays_what_it_is() -> None:
    assert legible("a83f09", "ffffff") == "a83f09"
    assert ink("a83f09") == "ffffff"
    assert ink("ffdd00") == "000000"


@for_each("theme", THEMES)
def test_only_the_automatic_theme_has_two_sets_of_colours(theme: str) -> None:
    sheet = Presentation(theme=theme, accent="102030").colours
    shown = {
        each for each in PAPERS if legible("102030", PAPERS[each]) in sheet.replace("--fill:#102030", "")
    }
    assert shown == ({"light", "dark"} if theme == "auto" else {theme})
    assert ("prefers-color-scheme" in sheet) == (theme == "auto")


@for_each("written", ["C2510F", "#c2510f", " c2510f "])
def test_a_colour_is_the_same_however_it_is_written(written: str) -> None:
    assert divide([("accent", written)]) == divide([("accent", "c2510f")])


def test_three_digits_are_six() -> None:
    assert divide([("accent", "#F80")])[0].accent == "ff8800"


def test_arguments_of_the_query_are_left_out_of_the_presentation() -> None:
    given = [("topic", "a"), ("look", "cards"), ("count", ""), ("utm_source", "x"), ("topic", "b")]
    looks, rest = divide(given)
    assert looks == Presentation("cards")
    assert rest == [("topic", "a"), ("utm_source", "x"), ("topic", "b")]


@given(
    st.builds(
        Presentation,
        st.sampled_from(LOOKS),
        st.sampled_from(THEMES),
        COLOURS,
        st.integers(1, 50),
        st.sampled_from(SWITCH),
    )
)
def test_a_presentation_reads_its_own_arguments(looks: Presentation) -> None:
    assert divide(looks.arguments) == (looks, [])


def test_defaults_are_not_written() -> None:
    assert Presentation().arguments == []
    assert Presentation("cards", count=3).arguments == [("look", "cards"), ("count", "3")]


@for_each(
    ("key", "value", "said"),
    [
        ("look", "card", "look: not one of list, cards, ticker, headlines: 'card'; did you mean cards?"),
        (
            "look",
            "Cards",
            "look: not one of list, cards, ticker, headlines: 'Cards'; did you mean cards?",
        ),
        ("look", "zzz", "look: not one of list, cards, ticker, headlines: 'zzz'; use look=list"),
        ("theme", "drak", "theme: not one of auto, light, dark: 'drak'; did you mean dark?"),
        ("images", "no", "images: not one of on, off: 'no'; did you mean on?"),
        ("count", "0", "count: not a whole number from 1 to 50: '0'; use count=5"),
        ("count", "51", "count: not a whole number from 1 to 50: '51'; use count=5"),
        ("count", "²", "count: not a whole number from 1 to 50: '²'; use count=5"),
        ("accent", "red", "accent: not a colour of 3 or 6 hexadecimal digits: 'red'; use accent=c2510f"),
        (
            "accent",
            "#12345",
            "accent: not a colour of 3 or 6 hexadecimal digits: '#12345'; use accent=c2510f",
        ),
        (
            "accent",
            "##123456",
            "accent: not a colour of 3 or 6 hexadecimal digits: '##123456'; use accent=c2510f",
        ),
        (
            "accent",
            "fff;}*{",
            "accent: not a colour of 3 or 6 hexadecimal digits: 'fff;}*{'; use accent=c2510f",
        ),
        ("looks", "cards", "looks: unknown parameter; did you mean look?"),
        ("acent", "f80", "acent: unknown parameter; did you mean accent?"),
        ("image", "off", "image: unknown parameter; did you mean images?"),
        ("counts", "3", "counts: unknown parameter; did you mean count?"),
        ("themes", "", "themes: unknown parameter; did you mean theme?"),
    ],
)
def test_an_invalid_look_is_refused_with_the_remedy(key: str, value: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        divide([(key, value)])
    assert str(caught.value) == said


@for_each("key", READ)
def test_two_looks_are_refused(key: str) -> None:
    one, other = CHOICES.get(key, ("1", "2"))[:2] if key != "accent" else ("f00", "0f0")
    assert divide([(key, one), (key, one)])
    with pytest.raises(QueryError, match="two values"):
        divide([(key, one), (key, other)])


@for_each(("look", "images"), [*product(LOOKS, SWITCH)])
def test_more_is_never_lower(look: str, images: str) -> None:
    heights = [Presentation(look, images=images, count=count).height for count in range(1, 51)]
    assert heights == sorted(heights)
    assert heights[0] > 50
