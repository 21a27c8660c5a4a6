"""Readers that stop polling for a while, over 23 days of a busy corpus."""

from collections import Counter
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.formats.reading import deletions
from tests.harness import START, Harness, Process, entries, id_of, older, written
from tests.table import check_each

pytestmark = pytest.mark.slow

HOUR = 3600
DAY = 24 * HOUR
BEGIN = START + 18 * DAY  # so that a month ends during the absence
DAYS = 23
AWAY = (1, 5, 24, 48, 7 * 24, 20 * 24)  # hours
LEAVES = 2 * 24 + 15  # the hour of the last poll before the absence
KINDS = ("changes", "archives", "feed")


class Truth(NamedTuple):
    """The present state of an article; *added* and *changed* are hours."""

    title: str
    published: int
    topic: str
    added: int
    changed: int
    late: bool


class Corpus:
    """Writes a few articles every hour, sometimes many, edits some and removes some."""

    def __init__(self, harness: Harness, seed: int) -> None:
        self.harness = harness
        self.live: dict[int, Truth] = {}
        self._random = Random(seed)
        self._next = 0

    def advance(self, hour: int) -> None:
        random, harness = self._random, self.harness
        harness.now = BEGIN + hour * HOUR
        paths = [self._add(hour) for _ in range(random.choice([1, 1, 2, 2, 3]))]
        if random.random() < 0.005:
            paths += [self._add(hour) for _ in range(random.choice([40, 90]))]
        if random.random() < 0.1:
            paths.append(self._add(hour, late=random.randrange(1, 10) * HOUR))
        for _ in range(random.choice([0, 0, 1])):
            number = random.choice(list(self.live)[-80:])
            truth = self.live[number]
            self.live[number] = truth._replace(title=f"{truth.title}.", changed=hour)
            paths.append(self._write(number))
        if random.random() < 0.1:
            number = random.choice(list(self.live)[-80:])
            del self.live[number]
            paths.append(harness.erase(number))
        harness.record(*set(paths))

    def _add(self, hour: int, late: int = 0) -> str:
        number = self._next
        self._next += 1
        published = int(self.harness.now) - late - self._random.randrange(60)
        topic = self._random.choice(["Go", "Rust", "Seas", "Harbours", "Bells"])
        self.live[number] = Truth(f"Title {number}", published, topic, hour, hour, late > 0)
        return self._write(number)

    def _write(self, number: int) -> str:
        truth = self.live[number]
        return self.harness.write(
            number, title=truth.title, topics=[truth.topic], excerpt="", provider=None,
            publishedDateTime=written(truth.published),
        )  # fmt: skip


class Reader:
    """Polls every hour except while it is away; keeps the entries that it received, by id."""

    def __init__(self, kind: str, path: str, extension: str, away: int) -> None:
        self.kind = kind
        self.path = path
        self.extension = extension
        self.away = range(LEAVES + 1, LEAVES + away)  # hours without a poll
        self.known: dict[str, str] = {}
        self.duplicates: list[str] = []
        self.statuses: list[int] = []
        self._tag = ""

    def poll(self, process: Process) -> None:
        headers = {"If_None_Match": self._tag} if self._tag else {}
        if self.kind == "changes":
            headers["A_IM"] = "feed"
        answer = process.get(f"{self.path}.{self.extension}", **headers)
        self.statuses.append(answer.status_code)
        if answer.status_code == 304:
            return
        self._tag = answer.headers["ETag"]
        news = self._merge(answer.data)
        if self.kind == "archives" and len(self.statuses) > 1:
            page = answer
            while news and (address := older(page, self.extension)):
                page = process.get(address)
                news = self._merge(page.data)

    def _merge(self, body: bytes) -> bool:
        """Add the entries in *body*; return whether one of them was unknown."""
        got = entries(body, self.extension)
        self.duplicates += [id_ for id_, count in Counter(id_ for id_, _ in got).items() if count > 1]
        unknown = any(id_ not in self.known for id_, _ in got)
        self.known.update(got)
        for id_ in deletions(body, self.extension):
            self.known.pop(id_, None)
        return unknown


class Return(NamedTuple):
    """A reader in the hour of its return, its copy of the feed, and the articles at that time."""

    reader: Reader
    known: dict[str, str]
    truth: dict[str, Truth]


def readers() -> list[Reader]:
    """One of each kind for each absence; the whole feed and a topic, and the formats, take turns."""
    paths, extensions = ("/feed", "/topics/go"), ("json", "atom", "rss")
    return [
        Reader(kind, paths[(place + number) % 2], extensions[number % 3], away)
        for place, kind in enumerate(KINDS)
        for number, away in enumerate(AWAY)
    ]


def returns(folder: Path) -> list[Return]:
    """Run the whole history: one of two processes is restarted daily; they serve in turn."""
    harness = Harness(folder, now=START)
    corpus = Corpus(harness, 7)
    harness.refresh_all()
    processes = [harness.process(), harness.process()]
    everybody = readers()
    back: list[Return] = []
    begins = LEAVES - 12
    for hour in range(DAYS * 24):
        corpus.advance(hour)
        if hour % 24 == 0:
            harness.stop(processes[1])
            processes[1] = harness.process()
        for reader in everybody:
            if begins <= hour and hour not in reader.away and hour <= reader.away.stop:
                reader.poll(processes[hour % 2])
            if hour == reader.away.stop:
                topic = "Go" if "go" in reader.path else ""
                truth = {
                    id_of(n): each for n, each in corpus.live.items()
                    if topic in ("", each.topic) and each.added > begins
                }  # fmt: skip
                back.append(Return(reader, dict(reader.known), truth))
    harness.close()
    return back


def test_a_reader_that_returns_has_missed_nothing(tmp_path: Path) -> None:
    """All readers are checked in one test, as the history takes several seconds."""
    found = returns(tmp_path)
    assert len(found) == len(readers())
    assert_history_is_busy(found)
    for kind, check in CHECKS.items():
        check_each([each for each in found if each.reader.kind == kind], check)


def assert_history_is_busy(found: list[Return]) -> None:
    longest = max(found, key=lambda back: (len(back.truth), back.reader.kind == "changes"))
    assert len(longest.truth) > 1000
    assert any(each.late for each in longest.truth.values())
    assert any(each.title.endswith("..") for each in longest.truth.values())


def check_changes(back: Return) -> None:
    """After one request for changes, the reader knows the present state of every article."""
    assert back.reader.duplicates == []
    changed = sum(1 for each in back.truth.values() if each.changed > LEAVES)
    if changed > 1000:
        assert back.reader.statuses[-1] == 200
        return
    assert back.reader.statuses[-1] in (226, 304)
    assert {id_: back.known.get(id_) for id_ in back.truth} == {
        id_: each.title for id_, each in back.truth.items()
    }
    if back.reader.extension != "rss":
        first = min(back.truth)
        before = {id_ for id_ in back.known if id_ < first}
        assert back.known.keys() <= back.truth.keys() | before


def check_archives(back: Return) -> None:
    """A reader that follows the archives, until it knows all of one, knows every article.

    Articles that were backdated to an archive that it has completely are an exception.
    """
    assert back.reader.duplicates == []
    missed = {id_ for id_, each in back.truth.items() if id_ not in back.known and not each.late}
    assert missed == set()


def check_feed(back: Return) -> None:
    """A reader of the feed alone knows every article that changed while it was away for two days."""
    assert back.reader.duplicates == []
    if back.reader.away.stop - LEAVES > 48:
        return
    missed = {
        id_: each
        for id_, each in back.truth.items()
        if back.known.get(id_) != each.title and each.changed > LEAVES
    }
    assert missed == {}


CHECKS = {"changes": check_changes, "archives": check_archives, "feed": check_feed}
