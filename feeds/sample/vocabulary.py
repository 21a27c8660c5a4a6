"""The words and sentences of the sample corpus, read from vocabulary.yaml."""

from functools import cache
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

_FILE = Path(__file__).with_name("vocabulary.yaml")


class SampleTopic(Struct, frozen=True):
    """A topic and the subjects of its articles; *things* and *people* are plurals without an article."""

    name: str
    things: tuple[str, ...]
    people: tuple[str, ...]
    parent: str = ""


class SampleProvider(Struct, frozen=True):
    """An invented publisher; *weight* is its share of all articles."""

    name: str
    domain: str
    weight: int
    topics: tuple[str, ...]
    authors: tuple[str, ...]


class Translation(Struct, frozen=True):
    """The wording of articles in another language."""

    language: str
    things: tuple[str, ...]
    headlines: tuple[str, ...]
    excerpts: tuple[str, ...]
    sentences: tuple[str, ...]


class Vocabulary(Struct, frozen=True, forbid_unknown_fields=True):
    """All words to choose from. ``Prose`` replaces placeholders such as ``{place}`` in sentences."""

    topics: tuple[SampleTopic, ...]
    providers: tuple[SampleProvider, ...]
    places: tuple[str, ...]
    kinds: tuple[str, ...]
    did: tuple[str, ...]
    do: tuple[str, ...]
    seasons: tuple[str, ...]
    numbers: tuple[str, ...]
    few: tuple[str, ...]
    labels: tuple[str, ...]
    headlines: tuple[str, ...]
    excerpts: tuple[str, ...]
    sentences: tuple[str, ...]
    points: tuple[str, ...]
    headings: tuple[str, ...]
    quotes: tuple[str, ...]
    translations: tuple[Translation, ...]

    def topic(self, name: str) -> SampleTopic:
        """The topic called *name*. Raises StopIteration if there is none."""
        return next(topic for topic in self.topics if topic.name == name)

    def providers_by_weight(self) -> tuple[SampleProvider, ...]:
        """All providers, each repeated as often as its weight."""
        return tuple(provider for provider in self.providers for _ in range(provider.weight))


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of this package, read at the first call."""
    return msgspec.convert(yaml.load(_FILE.read_bytes(), yaml.CSafeLoader), Vocabulary)
