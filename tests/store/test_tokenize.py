"""Splitting of text into the words of a search."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.store.tokenize import tokenize
from tests.table import for_each


@for_each(
    ("text", "expected"),
    [
        ("How Tidewater rebuilt its harbour", "how tidewater rebuilt its harbour"),
        ("state-of-the-art, snake_case; e-mail", "state of the art snake case e mail"),
        ("GPT-4o costs 1,000.50", "gpt 4o costs 1 000 50"),
        ("", ""),
        ("!? … 🎉 --", ""),
        # Case and accents.
        ("Café CAFÉ cafe\u0301", "cafe cafe cafe"),
        ("Straße STRASSE", "strasse strasse"),
        ("Ångström Łódź Ørsted Æther Þór smørrebrød", "angstrom lodz orsted aether thor smorrebrod"),
        ("Über Größe", "uber grosse"),
        ("İstanbul ısı", "istanbul isi"),
        ("ΑΘΗΝΑΣ Αθήνας", "αθηνας αθηνας".replace("ς", "σ")),
        ("ЁЛКА ёлка елка", "елка елка елка"),
        ("ﬁne ＦＵＬＬ ①", "fine full 1"),
        ("hyphen\u00adated zero\u200bwidth", "hyphenated zero width"),
        ("Windows™ Pear® Post©", "windows pear post"),
        ("שָׁלוֹם שלום", "שלום שלום"),
        ("مُحَمَّد محمد", "محمد محمد"),
        ("हिन्दी भाषा", "हिन्दी भाषा"),
        ("한국어 문서 \u1112\u1161\u11ab국어", "한국어 문서 한국어"),
        # Apostrophes.
        ("it's its It’s", "its its its"),
        ("don't DON’T dont", "dont dont dont"),
        ("let's O'Reilly rock'n'roll we'll I'm", "lets oreilly rocknroll well im"),
        ("Ada's Ada’s dogs' the 'new' 1980's", "ada ada dogs the new 1980s"),
        ("l'école d’Italia qu'il dell'arte", "l ecole d italia qu il dell arte"),
        # Names with signs.
        ("C++ C++17 C# C C, F#", "c plus plus c plus plus 17 c sharp c c f sharp"),
        (".NET ASP.NET end. Next ...and", "dot net asp net end next and"),
        ("Ｃ＋＋ Ｃ＃", "c plus plus c sharp"),
        ("R&D Tom & Jerry", "r and d tom and jerry"),
        ("#hashtag issue#12 + 1 a+b Disney+", "hashtag issue 12 1 a plus b disney plus"),
        # Scripts without spaces.
        ("東京 Tokyo東京2026", "東 京 tokyo 東 京 2026"),
        ("サーバー ｻｰﾊﾞｰ", "サ ー バ ー サ ー バ ー"),
        ("ひらがな 人々", "ひ ら が な 人 々"),
        ("ガ カ\u3099", "ガ ガ"),
        ("𠀀𠀁", "𠀀 𠀁"),
        ("葛\U000e0100", "葛"),
    ],
)
def test_the_words_of_a_text(text: str, expected: str) -> None:
    assert tokenize(text) == expected.split()


@for_each(
    ("text", "part"),
    [
        ("日本語の文書", "本語"), ("ภาษาไทย", "ไทย"), ("ພາສາລາວ", "ລາວ"), ("ភាសាខ្មែរ", "ខ្មែរ"),
        ("မြန်မာစာ", "စာ"), ("カタカナ語", "カナ"),
    ],
)  # fmt: skip
def test_any_part_is_found_where_no_spaces_are_written(text: str, part: str) -> None:
    assert tokenize(part) == tokenize(text)[text.index(part) :][: len(tokenize(part))]


@for_each(("sought", "text"), [("C++", "C"), ("C#", "C"), (".NET", "the net")])
def test_a_name_with_signs_is_not_found_by_its_letters_alone(sought: str, text: str) -> None:
    assert not set(tokenize(sought)) <= set(tokenize(text))


@given(st.text())
def test_the_words_of_words_are_the_same(text: str) -> None:
    assert tokenize(" ".join(tokenize(text))) == tokenize(text)


@given(st.text(st.characters(codec="ascii")) | st.text(".'&+#sSlL1 -"))
def test_a_character_beyond_ascii_does_not_change_the_others(text: str) -> None:
    assert tokenize(f"{text} é") == [*tokenize(text), "e"]
    assert tokenize(f"{text} 語") == [*tokenize(text), "語"]


@given(st.text())
def test_case_does_not_matter(text: str) -> None:
    assert tokenize(text.upper().lower()) == tokenize(text.upper())


@given(st.text(), st.text())
def test_a_word_holds_nothing_but_letters_digits_and_marks(text: str, other: str) -> None:
    for word in tokenize(text):
        assert word
        assert not set(word) & set(" \0\"'|*^:-_.+#&()")
    assert tokenize(f"{text} | {other}") == tokenize(text) + tokenize(other)
