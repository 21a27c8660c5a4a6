"""User-Agents: the class of a client, its name, and the number of subscribers that it reports."""

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from feeds.article.expressions import expression
from feeds.readership.crawlers import Crawlers
from feeds.readership.known_readers import KnownReaders
from feeds.readership.request import family_hash

MAX_AGENT_LENGTH = 512  # characters that are read
MAX_AGENTS_KEPT = 4096  # classified User-Agents
MAX_CLAIM = 10**12  # a larger number of subscribers is taken for this one
MAX_NAME_LENGTH = 40

AgentKind = Literal["internal", "browser", "bot", "hosted", "app", "library", "unknown"]

# "142 subscribers", "1 readers", "3 subscriber(s)", "1,204 readers"; "users 1", "Subscriber Count: 12".
_COUNTED = expression(
    r"(?<![\w.,/:-])(\d{1,3}(?:,\d{3})+|\d+)[ +]*"
    r"(?:subscribers?|readers|users)(?:\(s\))?(?![a-z])"
    r"|(?<![a-z])(?:subscribers?|readers|users)(?: count)?(?:[:=][ +]*|[ +]+)"
    r"(\d{1,3}(?:,\d{3})+|\d+)(?![\w.])",
    re.IGNORECASE,
)
_FEED_ID = expression(r"(?<![a-z])feed-?id[:=][ +]*([\w.-]{1,64})", re.IGNORECASE)
_OWN = expression(r"feeds/\d[\w.]* \(\+https?://|.*\bfeeds-doctor/\d")
_DIGITS = expression(r"\d+")
_COMPATIBLE = expression(r"\bcompatible; *([^;()/]+)")
_PRODUCT = expression(r"[^/(;]+")
_EVERY_BROWSER = "Mozilla"  # the first name of all browsers, and of programs that pass for one
# Lists of bots have every program of this kind.
_FEED_WORD = expression(r"rss|feed|podcast|aggregator|reader\b", re.IGNORECASE)
_BOT_WORD = expression(
    r"bot\b|bot[/ ]|crawl|spider|scan|scrap|monitor|validat|verif|prob(?:e|ing)\b|survey|research|audit"
    r"|recon\b|check(?:er|link|s)?\b|security|exporter|synthetics|discover|detector|detectify|lookup|search"
    r"|fingerprint|\bjndi:|munin|collectd|datadog|prometheus|agent/|mastodon/|-ai\b|\bai[/-]",
    re.IGNORECASE,
)
# Systems whose libraries name the program first: "Castro/571 CFNetwork/1410.0.3 Darwin/22.6.0".
_OF_APP = expression(r"(?!Mozilla/|CFNetwork/|Dalvik/).{1,200}\b(?:CFNetwork/|Dalvik/)")


class Agent(Struct, frozen=True):
    """A program or service as its User-Agent describes it.

    *subscribers* is the number of subscribers that it reports, None if it reports none. *feed_id* is its
    own name for the feed. *family* is equal for all versions of a program, and *mark* is its hash.
    """

    kind: AgentKind
    name: str
    family: str
    home: str = ""
    subscribers: int | None = None
    feed_id: str = ""
    mark: int = 0

    @property
    def is_person(self) -> bool:
        """True for a program that asks for one person or household."""
        return self.kind in ("app", "library", "unknown")

    @property
    def is_known_service(self) -> bool:
        """True for a service in known_readers.yaml."""
        return self.kind == "hosted" and bool(self.home)


class Classifier:
    """Classifies User-Agents, and keeps the results for the last MAX_AGENTS_KEPT."""

    def __init__(self, readers: KnownReaders, crawlers: Crawlers) -> None:
        self._readers = readers
        self._crawlers = crawlers
        self._kept = lru_cache(MAX_AGENTS_KEPT)(self._classified)

    def classify(self, agent: str) -> Agent:
        """Return the class of a client with this User-Agent, as it was sent."""
        return self._kept(agent[:MAX_AGENT_LENGTH])

    def _classified(self, written: str) -> Agent:
        agent = self._described(" ".join(written.split()))
        return msgspec.structs.replace(agent, mark=family_hash(agent.family))

    def _described(self, agent: str) -> Agent:
        if agent in ("", "-"):
            return Agent("unknown", "no name", "")
        if _OWN.match(agent):
            return Agent("internal", "feeds", "feeds")
        return self._reader(agent) or self._other(agent)

    def _reader(self, agent: str) -> Agent | None:
        """A known reader, or any program that reports subscribers."""
        known = self._readers.find(agent)
        subscribers, feed_id = _claim(agent), _feed_id(agent)
        if known and known.kind == "library" and _BOT_WORD.search(agent):
            return None
        if known and (known.kind == "hosted" or subscribers is None):
            return Agent(known.kind, known.name, known.name, known.home, subscribers, feed_id)
        if subscribers is None:
            return None
        name = known.name if known else name_in(agent)
        return Agent("hosted", name, _without_digits(agent), "", subscribers, feed_id)

    def _other(self, agent: str) -> Agent:
        if _FEED_WORD.search(agent) and not _BOT_WORD.search(agent):
            return Agent("app", name_in(agent), _without_digits(agent))
        if _OF_APP.match(agent):
            return Agent("app", unquote(name_in(agent)), _without_digits(agent))
        if bot := self._crawlers.bot(agent) or _bot_word(agent):
            name = name_in(agent)
            return Agent("bot", bot if name == _EVERY_BROWSER else name, _without_digits(agent))
        if browser := self._crawlers.browser(agent):
            return Agent("browser", browser, browser)
        return Agent("unknown", name_in(agent), _without_digits(agent))


def name_in(agent: str) -> str:
    """Return the first name in *agent*: of a product, or behind ``compatible;``."""
    found = _COMPATIBLE.search(agent) or _PRODUCT.match(agent)
    name = found[found.lastindex or 0] if found else agent
    return name.strip()[:MAX_NAME_LENGTH] or agent[:MAX_NAME_LENGTH]


def _bot_word(agent: str) -> str:
    found = _BOT_WORD.search(agent)
    return found[0] if found else ""


def _claim(agent: str) -> int | None:
    found = _COUNTED.search(agent)
    if not found:
        return None
    digits = (found[1] or found[2]).replace(",", "").lstrip("0")
    return min(int(digits or 0), MAX_CLAIM) if len(digits) < 20 else MAX_CLAIM


def _feed_id(agent: str) -> str:
    found = _FEED_ID.search(agent)
    return found[1] if found else ""


def _without_digits(agent: str) -> str:
    return _DIGITS.sub("", agent)
