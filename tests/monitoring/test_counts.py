"""Counts of answers, and of the most popular feeds."""

from feeds.monitoring.counts import (
    MAX_ADDRESSES_COUNTED,
    MAX_COUNTED_ADDRESS_LENGTH,
    CountedResponse,
    Counts,
)


def test_a_flood_of_addresses_does_not_displace_popular_ones() -> None:
    counts, top = Counts(), MAX_ADDRESSES_COUNTED // 4
    for number in range(20 * top):
        counts.count(CountedResponse(200, f"/feed.rss?q=flood{number}"))
        counts.count(CountedResponse(200, "/feed.rss"))
        if number % 10 == 0:
            counts.count(CountedResponse(200, "/topics/oceans.rss"))
        assert len(counts.addresses) <= MAX_ADDRESSES_COUNTED
    assert counts.top(2) == [("/feed.rss", 20 * top), ("/topics/oceans.rss", 2 * top)]
    assert counts.feeds == 42 * top
    counts.count(CountedResponse(200, "x" * (MAX_COUNTED_ADDRESS_LENGTH + 1)))
    assert counts.feeds == 42 * top + 1
    assert max(map(len, counts.addresses)) <= MAX_COUNTED_ADDRESS_LENGTH
