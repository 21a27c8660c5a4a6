"""The times of feeds, pages and edits before and after many articles were removed.

A corpus that shows only the articles of the last weeks always has as many tombstones as a store keeps.
"""

import statistics
import time
from collections.abc import Callable
from random import Random

from feeds.article import tombstone_facets
from feeds.bootstrap import ServerProcess
from feeds.feed.article_page import article_page
from feeds.index import Index
from feeds.index.articles import article
from feeds.index.builder import apply, build
from feeds.query import Query
from feeds.query.selection import select
from feeds.store import Record, Snapshot, Tombstone, recording

ROUNDS = 50


def removing(server: ServerProcess, name: str, now: int, say: Callable[[str, str], None]) -> None:
    """Compare the index of *server* with its successor, which lacks some of the articles."""
    snapshot = server.store.load()
    records = Random(7).sample(
        snapshot.records, min(recording.MAX_TOMBSTONES, len(snapshot.records) // 2)
    )
    before = build(snapshot, now)
    after = apply(before, _without(records, snapshot, now), now)
    live = Random(7).sample([*after.documents.records.values()], ROUNDS)
    after = apply(after, _changed(live[0], after), now)  # which merges so many changes once
    read = [each for each in map(article, live) if each.url]
    page = [lambda index, slug=each.slug: article_page(server.site, index, slug) for each in live]
    find = [lambda index, url=each.url: index.find(url) for each in read]
    lost = f"before and after {len(records):,} were removed (median of {ROUNDS})"
    for what, calls in (
        ("the feed of all, selected", [lambda index: select(index, Query())] * ROUNDS),
        ("the page of an article", page),
        ("an article found by its address", find),
        (
            "index after one has changed",
            [lambda index: apply(index, _changed(live[0], index), now)] * ROUNDS,
        ),
    ):
        say(f"{name}: {what}, {lost}", f"{_median(calls, before):.2f} and {_median(calls, after):.2f} ms")


def _without(records: list[Record], snapshot: Snapshot, now: int) -> Snapshot:
    left = [
        Tombstone(now - len(records) + number, tombstone_facets(article(each)), each.id, each.published)
        for number, each in enumerate(records)
    ]
    return Snapshot(
        revision=snapshot.revision + 1, records=[], removed=[each.id for each in records],
        tombstones=left, taxonomy=snapshot.taxonomy, partial=True,
        retired=[each.slug for each in records], kept_tombstones=len(left),
    )  # fmt: skip


def _changed(record: Record, index: Index) -> Snapshot:
    return Snapshot(
        revision=index.revision + 1, records=[record], removed=[], tombstones=[],
        taxonomy=index.taxonomy, partial=True,
    )  # fmt: skip


def _median(calls: list[Callable[[Index], object]], index: Index) -> float:
    """The median of the milliseconds of *calls* with *index*."""
    taken = []
    for call in calls:
        begun = time.process_time()
        call(index)
        taken.append(time.process_time() - begun)
    return statistics.median(taken) * 1000
