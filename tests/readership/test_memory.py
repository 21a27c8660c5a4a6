"""Memory: floods of names, visitors, feeds and services leave it flat."""

import gc
import sys
from collections.abc import Callable

import pytest

from feeds.readership.agents import Classifier
from feeds.readership.crawlers import FewWords
from feeds.readership.known_readers import known_readers
from feeds.readership.pollers import Pollers
from feeds.readership.readership import Readership
from feeds.readership.request import ClientRequest
from feeds.readership.requested_feeds import RequestedFeeds
from tests.readership.week import MONDAY

FLOOD = 2_000  # requests after those that fill the tables
GROWTH = (
    2 * FLOOD
)  # objects by which a flood may exceed the one before; a table without limit has 14 a request

# The requests that fill every table that the flood grows, and the fields of each.
FLOODS: dict[str, tuple[int, Callable[[int], dict[str, object]]]] = {
    "names and visitors of one": (10_000, lambda n: {"agent": f"{n:x}" * 9 if n % 2 else "x"}),
    "services": (4_500, lambda n: {"agent": f"{n:x}/1 (feed-id={n}; 900 subscribers)"}),
    "feeds": (9_000, lambda n: {"target": f"/{n}.rss", "agent": "x"}),
    "days": (2_000, lambda n: {"time": MONDAY + n * 40_000.0, "agent": "x"}),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_leaves_memory_flat(kind: str) -> None:
    filling, fields = FLOODS[kind]
    classifier, names = Classifier(known_readers(), FewWords()), RequestedFeeds()
    counters = (Readership(names, classifier), Pollers(names, classifier, 1000))
    sizes = []
    for numbers in range(filling), range(filling, filling + FLOOD):
        for number in numbers:
            given: dict[str, object] = {
                "time": MONDAY + number * 7.0,
                "client": number * 0x9E3779B97F4A7C15 % 2**64,
                "target": "/feed.rss",
                "status": 200,
                "size": 9,
            }
            request = ClientRequest(**given | fields(number))  # type: ignore[arg-type]
            for counter in counters:
                counter.add(request)
        gc.collect()
        sizes.append(sys.getallocatedblocks())
    assert sizes[1] - sizes[0] < GROWTH, sizes
