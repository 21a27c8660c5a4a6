"""The texts of pages, in one file for each language: texts/en.yaml."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FALLBACK = "en"

_FOLDER = Path(__file__).with_name("texts")


class Texts:
    """The texts of one *language*, by section and name: ``home.search``."""

    def __init__(self, language: str, texts: dict[str, Any]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, name: str, /, count: int | None = None, **values: Any) -> str:
        """Return the text called *name* with *values* filled in.

        *count* chooses between the forms ``one`` and ``other``, and is written with commas. Raises
        KeyError if there is no such text.
        """
        text = self._texts[name]
        if isinstance(text, dict):
            text = text["one" if count == 1 else "other"]
        if count is not None:
            values["count"] = f"{count:,}"
        return str(text.format(**values))


def texts(language: str) -> Texts:
    """Return the texts in *language*, a tag such as ``en-GB``, or in English if there are none."""
    known = languages()
    primary = language.lower().replace("_", "-").partition("-")[0]
    primary = primary if primary in known else FALLBACK
    return Texts(primary, known[primary])


@cache
def languages() -> dict[str, dict[str, Any]]:
    """Read the texts of all languages, once in a process, by language."""
    return {file.stem: _read(file) for file in sorted(_FOLDER.glob("*.yaml"))}


def _read(file: Path) -> dict[str, Any]:
    sections = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    return {
        f"{section}.{name}": text for section, named in sections.items() for name, text in named.items()
    }
