"""The teaser of an article: the summary as it is shown below the title."""

from hypothesis import example, given
from hypothesis import strategies as st

from feeds.article.teaser import teaser
from tests.builders import article
from tests.table import for_each

WORDS = "the harbour of Ambleford was closed in the night because of " * 3
ADDRESS = "https://a.example/" + "x" * 150


@for_each(
    ("summary", "shown"),
    [
        ("A whole sentence.", "A whole sentence."),
        ("A heading without a mark", "A heading without a mark"),
        (WORDS.strip(), f"{WORDS.strip()}…"),
        (f"{WORDS}fog, ", f"{WORDS}fog…"),
        (f"{WORDS}fog (", f"{WORDS}fog…"),
        (f"{WORDS}fog.", f"{WORDS}fog."),
        (f"{WORDS}“fog”", f"{WORDS}“fog”"),
        (f"{WORDS}fog…", f"{WORDS}fog…"),
        (f"{WORDS}{ADDRESS}", f"{WORDS}{ADDRESS}"),
        ("港" * 130, "港" * 130 + "…"),
        ("港" * 130 + "。", "港" * 130 + "。"),
        ("The Tide, today!", ""),
        ("the tide, TODAY", ""),
        ("The tide…", ""),
        ("The tide today is low.", "The tide today is low."),
        ("", ""),
        ("…", ""),
    ],
)
def test_a_teaser_ends_as_it_was_cut_and_never_repeats_the_title(summary: str, shown: str) -> None:
    assert teaser(article(1, title="The tide today", summary=summary)) == shown


TEXTS = st.text(alphabet="aAßİ -", max_size=30)


@given(title=TEXTS, text=TEXTS)
@example(title="- - - - - - - the tide", text="The tide")
@example(title="the tide", text="- - - - - - - The tide")
@example(title="the harbour of Ambleford", text="The harbour of Amblefort")
def test_a_teaser_is_empty_if_its_letters_begin_the_title(title: str, text: str) -> None:
    shown = teaser(article(1, title=title, summary=text))
    assert (shown == "") == letters(title).startswith(letters(text))


def letters(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
