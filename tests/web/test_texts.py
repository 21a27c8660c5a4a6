"""Every text of a page is in the texts of its language, and every such text is used."""

import re
from pathlib import Path

from feeds import web
from feeds.article import CONTENTS
from feeds.query import DIGESTS, parameters
from feeds.query.parameters.has import HOLDINGS
from feeds.readership import check
from feeds.web.presentation import CHOICES
from feeds.web.texts import languages, texts
from tests.table import for_each

FOLDER = Path(web.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
FOLDERS = (FOLDER, *(Path(package.__file__).parent for package in (parameters, check)))
SOURCES = [*TEMPLATES, *(file for folder in FOLDERS for file in folder.glob("*.py"))]
KEY = re.compile(r"""["']([a-z]+\.[a-z_]*)["'{]""")
# The values of parameters and other facts that end the name of a text.
VALUES = {
    *(f"has_{each}" for each in HOLDINGS),
    "own_name",
    *DIGESTS,
    *(f"{key}_{value}" for key, values in CHOICES.items() for value in values),
    *(f"content_{value}" for value in CONTENTS),
    *(f"s{kind}xx" for kind in (2, 3, 4, 5)),
}
WORD = re.compile(r"""["'](_?[a-z0-9_]+)["']""")


@for_each("language", languages())
def test_every_text_is_said_and_every_text_that_is_said_is_there(language: str) -> None:
    known = languages()[language]
    sections = {name.partition(".")[0] for name in known}
    sources = "".join(file.read_text() for file in SOURCES)
    found, words = set(KEY.findall(sources)), VALUES | set(WORD.findall(sources))
    said = {key for key in found if key.partition(".")[0] in sections}
    said -= {
        key for key in said if (FOLDER / "static" / key).exists() or key.endswith((".html", ".json"))
    }
    begun = tuple(key for key in said if key not in known)  # "home.pace_" is completed by a unit
    for key in begun:
        assert any(name.startswith(key) for name in known), key

    def is_said(name: str) -> bool:
        if name in said or name.startswith(tuple(key for key in begun if key[-1] != ".")):
            return True
        section, _, rest = name.partition(".")  # "home." is completed by words such as "topics", "_opml"
        first, mark, last = rest.rpartition("_")
        return f"{section}." in begun and (
            rest in words or {first, mark + last} <= words or {first, last} <= words
        )

    phrases = {name for name in known if name.startswith("words.")}  # tests/web/test_wording.py has these
    assert [name for name in known if name not in phrases and not is_said(name)] == []


@for_each("file", TEMPLATES)
def test_no_template_has_words_of_its_own(file: Path) -> None:
    plain = re.sub(r"(?s)\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", file.read_text())
    plain = re.sub(r"(?s)<(script|style|pre|code)\b.*?</\1>", " ", plain)
    words = re.findall(r"[^\W\d_]{3,}", re.sub(r'(?s)<[^>]*>|&\w+;|\b[a-z-]+="[^"]*"', " ", plain))
    assert [word for word in words if word not in ("RSS", "Atom", "JSON", "OPML")] == []


def test_one_and_many_are_told_apart() -> None:
    say = texts("en-GB")
    assert say("home.articles", 1) == "1 article"
    assert say("home.articles", 1234) == "1,234 articles"
    assert texts("xx").language == "en"
