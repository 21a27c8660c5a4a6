"""Counts of requests by kind, format and coding, and of the bytes of their bodies."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.formats import FORMATS
from feeds.monitoring.counts import OTHER_KIND, Counts, RequestKind
from feeds.settings.sections import HttpSettings
from tests.entrypoints import RESPONSE_CACHE
from tests.harness import Harness
from tests.table import pairs
from tests.web.conftest import FEEDS, filled, unfilled

PAGE = RequestKind("page", "html")
KINDS = {
    **{f"{feed}.{form}": RequestKind("feed", form) for feed, form in pairs(FEEDS, FORMATS)},
    **dict.fromkeys(("/", "/topics", "/topics/oceans", "/f/best", "/search?q=a", "/build"), PAGE),
    **dict.fromkeys(("/embed", "/embed/topics/oceans", "/about/api", "/about/polling"), PAGE),
    "/opml": RequestKind("list", "opml"),
    "/opml/topics": RequestKind("list", "opml"),
    "/catalog.json": RequestKind("list", "json"),
    **dict.fromkeys(("/favicon.ico", "/robots.txt", "/ready", "/openapi.json", "/nothing"), OTHER_KIND),
}


@pytest.fixture
def cached(tmp_path: Path) -> Iterator[Harness]:
    """A server behind its response cache."""
    for made in unfilled(tmp_path, RESPONSE_CACHE):
        yield filled(made)


def counts(served: Harness) -> Counts:
    return served.server.metrics.collect().counts


def test_every_answer_has_a_kind_and_a_format_however_it_is_answered(cached: Harness) -> None:
    for path in KINDS:
        for _ in range(2):
            etag = cached.get(path).headers.get("ETag")
            if etag:
                assert cached.get(path, If_None_Match=etag).status_code == 304
    found: dict[RequestKind, Counter[tuple[int, bool]]] = {}
    for (kind, status, kept), times in counts(cached).by_labels():
        found.setdefault(kind, Counter())[status, kept] += times
    assert set(found) == {*KINDS.values()}
    for kind in {*KINDS.values()} - {OTHER_KIND}:
        number = [*KINDS.values()].count(kind)
        assert found[kind][200, True] + found[kind][200, False] == 2 * number, kind
        assert found[kind][304, True] + found[kind][304, False] == 2 * number, kind
        assert found[kind][200, True], kind  # also those of the response cache
    assert found[OTHER_KIND][404, False] == 2


def test_a_picture_is_counted_as_one(cached: Harness) -> None:
    (cached.assets / "a.png").write_bytes(b"\x89PNG")
    sent = cached.get("/assets/a.png")
    assert sent.status_code == 200
    [(labels, _)] = [each for each in counts(cached).by_labels() if each[0].kind.name == "picture"]
    assert labels.status == 200
    assert ("picture", "identity", len(sent.data)) in [*counts(cached).by_coding()]


@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
def test_the_bytes_of_bodies_are_those_that_were_sent(cached: Harness, coding: str) -> None:
    etag, size = "", 0
    for _ in range(3):
        sent = cached.get("/feed.rss", Accept_Encoding=coding)
        etag, size = sent.headers["ETag"], size + len(sent.data)
    assert size > 1000
    assert cached.get("/feed.rss", Accept_Encoding=coding, If_None_Match=etag).status_code == 304
    for _ in range(2):
        assert cached.get("/feed.rss", "HEAD", Accept_Encoding=coding).status_code == 200
    assert [*counts(cached).by_coding()] == [("feed", coding, size)]


def test_a_flood_of_addresses_and_clients_makes_no_labels(cached: Harness) -> None:
    for number in range(60):
        agent = f"reader-{number}/1.0"
        cached.main.get(f"/feed.rss?q=word{number}", peer=f"192.0.2.{number}", User_Agent=agent)
        cached.get(f"/nothing-{number}/feed.{number}", User_Agent=agent)
        cached.get(f"/topics/flood{number}.rss", User_Agent=agent)
    assert len({labels for labels, _ in counts(cached).by_labels()}) <= 6
    assert len([*counts(cached).by_coding()]) <= 3


def test_only_answers_of_the_application_have_a_duration(cached: Harness) -> None:
    for _ in range(5):
        cached.get("/feed.rss")
    assert sum(counts(cached).seconds.counts) == 1
    assert counts(cached).seconds.microseconds > 0


def test_a_refused_copy_is_an_answer_about_its_feed(cached: Harness) -> None:
    cached.restart(http=HttpSettings(fair="on"))
    statuses = [cached.main.get("/feed.rss", peer="8.8.8.8").status_code for _ in range(9)]
    assert statuses[-1] == 429
    found = {(labels.kind, labels.status) for labels, _ in counts(cached).by_labels()}
    assert found == {(RequestKind("feed", "rss"), 200), (RequestKind("feed", "rss"), 429)}
