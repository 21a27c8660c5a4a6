"""Marks of matching words, and excerpts around them."""

from feeds.query.grammar import read
from feeds.query.marking import (
    MAX_EXCERPT_LENGTH,
    MAX_MARKED_LENGTH,
    MarkedPart,
    marked,
    marked_excerpt,
    sought,
    words_of,
)
from feeds.store.tokenize import tokenize
from tests.table import for_each


def shown(parts: list[MarkedPart]) -> str:
    return "".join(f"[{part.text}]" if part.matches else part.text for part in parts)


@for_each(
    ("searched", "text", "expected"),
    [
        ("tide", "The TIDE, tides and tide’s", "The [TIDE], tides and [tide’s]"),
        ("grosser", "größer, Größer", "[größer], [Größer]"),
        ("orsted", "H.C. Ørsted’s wire", "H.C. [Ørsted’s] wire"),
        ('"sea level"', "sea, level: sea-level sea", "[sea, level]: [sea-level] sea"),
        ("C++", "(C++), not C", "([C++]), not C"),
        (".net", "on .NET; a net", "on [.NET]; a net"),
        ("海洋", "北海海洋学海", "北海[海洋]学海"),
        ("dont", "don’t", "[don’t]"),
        ("ecole", "l’école", "[l’école]"),
        ("and", "AT&T & co", "AT[&]T [&] co"),
        ("tide -reef", "tide, reef", "[tide], reef"),
        ("tide,reef", "reef tide", "[reef] [tide]"),
        ("b", "<b>&amp;", "<[b]>&amp;"),
    ],
)
def test_words_are_marked_as_the_index_finds_them(searched: str, text: str, expected: str) -> None:
    wanted = sought(read(f"q={searched.replace('+', '%2B')}").all_clauses)
    assert shown(marked(text, wanted)) == expected


def test_pieces_are_the_whole_text_with_the_words_of_the_index() -> None:
    text = " ‘It’s’ C++/C# ½ ﬁsh\u00ad\u200d l’Île (.NET) 日本語と한국어 ไทย — a&b\n"
    pieces = list(words_of(text))
    assert "".join(piece for piece, _ in pieces) == text
    assert [word for _, words in pieces for word in words] == tokenize(text)


def test_an_excerpt_shows_the_first_match_of_a_long_text() -> None:
    found = shown(marked_excerpt("low water " * 100 + "at high tide " + "again " * 100, [("tide",)]))
    assert found.startswith("…")
    assert found.endswith("…")
    assert "at high [tide] again" in found
    assert len(found) <= MAX_EXCERPT_LENGTH + len("……[]")
    assert shown(marked_excerpt("a short\n tide", [("tide",)])) == "a short [tide]"
    assert shown(marked_excerpt("a tide " + "again " * 100, [("tide",)])).startswith("a [tide] again")


@for_each("text", ["w" * 200_000, "w " * 100_000, "海" * 200_000, "+'&." * 50_000])
def test_a_hostile_text_is_marked_in_part(text: str) -> None:
    parts = marked(text, [("w",) * 3, ("海",), ("plus",)])
    assert "".join(part.text for part in parts) == text
    assert (
        not any(part.matches for part in parts[1:])
        or len(parts[-1].text) >= len(text) - MAX_MARKED_LENGTH
    )
    assert sum(len(part.text) for part in marked_excerpt(text, [("w",)])) <= MAX_EXCERPT_LENGTH + 2
