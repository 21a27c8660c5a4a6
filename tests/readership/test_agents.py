"""User-Agents: classes of clients, names, and the subscribers that services report."""

import re
from pathlib import Path

import pytest
from crawlerdetect import CrawlerDetect
from crawlerdetect.providers.crawlers import data

from feeds.doctor.readers import READER_PROFILES
from feeds.readership.agents import MAX_AGENT_LENGTH, MAX_CLAIM, Classifier
from feeds.readership.crawlers import FewWords, MaintainedLists
from feeds.readership.known_readers import known_readers
from tests import agents
from tests.readership.week import AGENTS
from tests.table import for_each

CASES = [(kind, *each) for kind, listed in AGENTS.items() for each in listed]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(known_readers(), MaintainedLists())


@for_each(("kind", "agent", "name", "subscribers", "feed_id"), CASES)
def test_an_agent_is_classified(
    classifier: Classifier, kind: str, agent: str, name: str, subscribers: int | None, feed_id: str
) -> None:
    found = classifier.classify(agent)
    assert (found.kind, found.subscribers, found.feed_id) == (kind, subscribers, feed_id)
    assert found.name.startswith(name)


def test_no_agent_of_these_is_a_pattern_of_the_table() -> None:
    table = (Path(agents.__file__).parents[1] / "feeds/readership/known_readers.yaml").read_text()
    assert [agent for _, agent, *_ in CASES if len(agent) > 5 and f'"{agent}"' in table] == []


@for_each(
    ("agent", "kind", "name"),
    [
        (agents.NEWSBOAT, "app", "Newsboat"),
        (agents.RSS_GUARD, "app", "RSS Guard"),
        (agents.READER, "app", "python-reader"),
        (agents.FEEDPARSER, "library", "feedparser"),
        (agents.FEEDPARSER_5, "library", "feedparser"),
        (agents.RSS2EMAIL, "app", "rss2email"),
        (agents.QUITERSS, "browser", "Chrome"),
        (agents.GOOGLE_HUB, "hosted", "Google Feedfetcher"),
        (agents.SUPERFEEDR, "hosted", "Superfeedr"),
        (agents.NODE, "library", "Node.js fetch"),
        (agents.NONE, "unknown", "no name"),
    ],
)
def test_recorded_programs_are_known(classifier: Classifier, agent: str, kind: str, name: str) -> None:
    found = classifier.classify(agent)
    assert (found.kind, found.name) == (kind, name)


def test_the_list_of_bots_means_the_same_as_in_its_package() -> None:
    detector, lists = CrawlerDetect(), MaintainedLists()
    names = [re.sub(r"[^A-Za-z ]", "", each) for each in data]
    every = [f"{name}/1.0" for name in names] + [f"Any (compatible; {name})" for name in names]
    every += [agent for _, agent, *_ in CASES if agent.strip()]
    assert len(every) > 1000
    assert [each for each in every if bool(lists.bot(each)) != detector.is_crawler(each)] == []


def test_versions_of_a_program_are_one_family(classifier: Classifier) -> None:
    one, other = (classifier.classify(f"Homemade/{version} (x)") for version in ("1.2", "3.45"))
    assert one.family == other.family
    assert one.kind == "unknown"


def test_numbers_of_a_service_do_not_change_its_family(classifier: Classifier) -> None:
    few, many = (classifier.classify(f"Reader of others ({number} subscribers)") for number in (9, 12345))
    assert few.family == many.family


@pytest.mark.parametrize("agent", ["Reader/7 (Users Guide)", "News Reader 3.14", "RSS 2.0 Readers Club"])
def test_a_version_is_no_number_of_subscribers(classifier: Classifier, agent: str) -> None:
    assert classifier.classify(agent).subscribers is None


@pytest.mark.parametrize("digits", ["999999999999999", "9" * 400])
def test_an_enormous_claim_is_cut(classifier: Classifier, digits: str) -> None:
    assert classifier.classify(f"Big ({digits} subscribers)").subscribers == MAX_CLAIM


def test_only_the_beginning_of_a_long_agent_is_read(classifier: Classifier) -> None:
    beginning = "x" * MAX_AGENT_LENGTH
    long = classifier.classify(f"{beginning}{'; y' * 100_000} 3 subscribers")
    assert long == classifier.classify(beginning)


@pytest.mark.parametrize(
    "agent", ["\x00\x1b[31m\u202e", "\ufffd\ufffd", "\x85\u2028", "🦊 5 subscribers"]
)
def test_strange_characters_are_classified(classifier: Classifier, agent: str) -> None:
    assert classifier.classify(agent).kind in ("unknown", "hosted", "bot")


@for_each(("kind", "agent"), [(kind, agent) for kind, agent, *_ in CASES if kind in ("bot", "browser")])
def test_common_bots_and_browsers_are_known_without_the_lists(kind: str, agent: str) -> None:
    assert Classifier(known_readers(), FewWords()).classify(agent).kind == kind


@for_each("headers", [each.headers for each in READER_PROFILES])
def test_the_doctor_is_no_reader(classifier: Classifier, headers: dict[str, str]) -> None:
    assert classifier.classify(headers["User-Agent"]).kind == "internal"
