"""Credits become the names of authors."""

from typing import Any

from feeds.corpus.posts.credits import authors_of
from tests.table import for_each

PEOPLE = {"ada": "Ada Lovelace", "oe": "Olivia Example"}


@for_each(
    ("written", "names"),
    [
        ("Ada Lovelace", ["Ada Lovelace"]),
        ("ADA", ["Ada Lovelace"]),
        ("@ada", ["Ada Lovelace"]),
        (["ada", "grace"], ["Ada Lovelace", "grace"]),
        ("ada, oe", ["Ada Lovelace", "Olivia Example"]),
        ("Ada Lovelace and Grace Hopper", ["Ada Lovelace", "Grace Hopper"]),
        ("TC & Eric Huss", ["TC", "Eric Huss"]),
        ("A. Kay, Ada Lovelace, and Grace Hopper", ["A. Kay", "Ada Lovelace", "Grace Hopper"]),
        (
            "Kyle Strand, Niko Matsakis, and Amanieu d'Antras",
            ["Kyle Strand", "Niko Matsakis", "Amanieu d'Antras"],
        ),
        ("Lovelace, Ada; Hopper, Grace", ["Lovelace, Ada", "Hopper, Grace"]),
        ("Josh Aas, ISRG Executive Director", ["Josh Aas, ISRG Executive Director"]),
        (
            "Ben L. Titzer, Software Engineer and TurboFan Mechanic",
            ["Ben L. Titzer, Software Engineer and TurboFan Mechanic"],
        ),
        ("Andreas Haas, handler of traps", ["Andreas Haas"]),
        ("Martin Luther King, Jr.", ["Martin Luther King, Jr."]),
        ("Rust Security Response WG", ["Rust Security Response WG"]),
        (
            "The Group in partnership with the Rust Foundation",
            ["The Group in partnership with the Rust Foundation"],
        ),
        ("[Han Kang](https://a.example), [Marek](https://b.example)", ["Han Kang", "Marek"]),
        (
            "[Ada King](https://a.example), [Max Bo](https://b.example), Frederico Muñoz",
            ["Ada King", "Max Bo", "Frederico Muñoz"],
        ),
        ("[James Blair](https://a.example), Red Hat", ["James Blair"]),
        ("[Ada](https://a.example) Broadcom, [Bo](https://b.example) Red Hat", ["Ada", "Bo"]),
        (
            "Ada King ([@ada](https://a.example)), Max Bo ([@bo](https://b.example)), walking men",
            ["Ada King", "Max Bo"],
        ),
        ("Ada King [@king](https://a.example), JavaScript Juggler", ["Ada King, JavaScript Juggler"]),
        ("Ada King, Max Bo, C++ memory whisperers", ["Ada King", "Max Bo"]),
        (
            "Ada King, JavaScript Juggler, and Max Bo, C++ Fan",
            ["Ada King, JavaScript Juggler", "Max Bo, C++ Fan"],
        ),
        ({"title": "Chief of Tides"}, []),
        ("Marek Siarkowicz (Google)", ["Marek Siarkowicz"]),
        ("By Ada King", ["Ada King"]),
        ("davidtwco and wesleywiser", ["davidtwco", "wesleywiser"]),
        ("山田太郎、鈴木花子", ["山田太郎", "鈴木花子"]),
        ('Mazdak "Centril" Farrokhzad', ['Mazdak "Centril" Farrokhzad']),
        (
            "Ludwig van Beethoven, Jean-Luc Picard, Conan O'Brien, Ian McKellen",
            ["Ludwig van Beethoven", "Jean-Luc Picard", "Conan O'Brien", "Ian McKellen"],
        ),
        ({"name": "Ada King", "url": "https://a.example"}, ["Ada King"]),
        ({"first": "Ada", "last": "King"}, ["Ada King"]),
        ({"first_name": "Ada"}, ["Ada"]),
        ("Lovelace, Ada; ; Hopper, Grace;", ["Lovelace, Ada", "Hopper, Grace"]),
        ([{"key": "ada"}, {"name": "Bo"}], ["Ada Lovelace", "Bo"]),
        ({"twitter": "x"}, []),
        (["Ada King", "Ada King"], ["Ada King"]),
        ("&Eacute;mile Zola", ["Émile Zola"]),
        ("", []),
        ([], []),
        (None, []),
    ],
)  # fmt: skip
def test_a_credit_names_people(written: Any, names: list[str]) -> None:
    assert list(authors_of(written, PEOPLE)) == names


@for_each("unit", ["a, ", "A and ", "[a](", "(", "(a", "A" * 40 + " ", "&", "-"])
def test_hostile_credits_are_read_in_linear_time(unit: str) -> None:
    authors_of(unit * 5_000, PEOPLE)
    authors_of((unit * 500)[:499], PEOPLE)
