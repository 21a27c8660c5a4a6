"""Every text of a page is in the texts of its language, and every such text is used."""

import re
from pathlib import Path

import pytest

from feeds import web
from feeds.web.texts import languages, texts

FOLDER = Path(web.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
SOURCES = [*TEMPLATES, *FOLDER.glob("*.py")]
KEY = re.compile(r"""["']([a-z]+\.[a-z_]*)["'{]""")


@pytest.mark.parametrize("language", languages())
def test_every_text_is_said_and_every_text_that_is_said_is_there(language: str) -> None:
    known = languages()[language]
    sections = {name.partition(".")[0] for name in known}
    found = {key for file in SOURCES for key in KEY.findall(file.read_text())}
    said = {key for key in found if key.partition(".")[0] in sections}
    said -= {
        key for key in said if (FOLDER / "static" / key).exists() or key.endswith((".html", ".json"))
    }
    begun = tuple(key for key in said if key not in known)  # "home.pace_" is completed by a unit
    for key in begun:
        assert any(name.startswith(key) for name in known), key
    unsaid = [name for name in known if name not in said and not name.startswith(begun or ("-",))]
    assert unsaid == []


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_has_words_of_its_own(file: Path) -> None:
    plain = re.sub(r"(?s)\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", file.read_text())
    plain = re.sub(r"(?s)<(script|style|pre|code)\b.*?</\1>", " ", plain)
    words = re.findall(r"[^\W\d_]{3,}", re.sub(r'(?s)<[^>]*>|&\w+;|\b[a-z-]+="[^"]*"', " ", plain))
    assert [word for word in words if word not in ("RSS", "Atom", "JSON", "OPML")] == []


def test_one_and_many_are_told_apart() -> None:
    say = texts("en-GB")
    assert say("home.articles", 1) == "one article"
    assert say("home.articles", 1234) == "1,234 articles"
    assert texts("xx").language == "en"
