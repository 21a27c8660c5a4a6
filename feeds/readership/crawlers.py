"""Bots and browsers by their User-Agents: by maintained lists if installed, else by some words."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from feeds.article.expressions import expression

PACKAGES = ("crawlerdetect", "ua_parser")  # of the extra "readers"
MAX_SEARCHED = 160  # characters for names of bots, without those of browsers

# Beside the words for the work of bots, which feeds.readership.agents knows.
_BOT = expression(r"(?i)slurp|preview|archiver|externalhit|\+?https?://")
_BROWSER = expression(
    r"(?:Mozilla/\d.*?|^)(Firefox|FxiOS|Edge?|EdgA|EdgiOS|OPR|Opera|Vivaldi|SamsungBrowser|CriOS|Chrome"
    r"|MSIE|Trident|Safari)[/ ]"
)
_BROWSER_BEGINS = ("Mozilla/", "Opera/", "Links ", "ELinks", "Lynx/", "w3m/")
_NOT_ESCAPED = expression(r"\\.|[A-Z]")
_IN_LETTERS = expression(r"^\[a-z0-9\\-_\]\*")  # changes nothing in a search but its time


class Crawlers(Protocol):
    """Knows the programs that are no feed readers."""

    def bot(self, agent: str) -> str:
        """Return a word for the crawler, scanner or preview in *agent*, empty if it is none."""

    def browser(self, agent: str) -> str:
        """Return the name of the browser in *agent*, empty if it is none."""


class FewWords:
    """Knows common names alone."""

    def bot(self, agent: str) -> str:
        found = _BOT.search(agent)
        return found[0] if found else ""

    def browser(self, agent: str) -> str:
        found = _BROWSER.match(agent)
        return found[1] if found else ""


class MaintainedLists:
    """Knows bots by the list of crawlerdetect, and browsers by ua-parser.

    crawlerdetect itself takes 36 ms for a name of 512 characters: it compares without regard to case, and
    begins a pattern with any number of letters. Its list in lower case, of MAX_SEARCHED, takes 1 ms.
    """

    def __init__(self) -> None:
        self._crawlers = _one_of(import_module("crawlerdetect.providers.crawlers").data)
        self._others = _one_of(import_module("crawlerdetect.providers.exclusions").data)
        self._parse = import_module("ua_parser").parse_user_agent

    def bot(self, agent: str) -> str:
        rest = self._others.sub("", agent.lower()).strip()
        found = self._crawlers.search(rest[:MAX_SEARCHED])
        return found[0] if found else ""

    def browser(self, agent: str) -> str:
        """Return a family of ua-parser. It has other programs too, which do not begin as browsers do."""
        if not agent.startswith(_BROWSER_BEGINS):
            return ""
        found = self._parse(agent)
        return str(found.family) if found else ""


def _one_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of *patterns* in a text in lower case."""
    return re.compile("|".join(_IN_LETTERS.sub("", _NOT_ESCAPED.sub(_lower, each)) for each in patterns))


def _lower(found: re.Match[str]) -> str:
    """A letter of a pattern in lower case; an escape, such as ``\\S``, stays as it is."""
    return found[0] if len(found[0]) > 1 else found[0].lower()


def has_lists() -> bool:
    """Return whether the packages of the extra ``readers`` are installed."""
    return all(find_spec(name) for name in PACKAGES)


@cache
def crawlers() -> Crawlers:
    """The best list there is."""
    return MaintainedLists() if has_lists() else FewWords()
