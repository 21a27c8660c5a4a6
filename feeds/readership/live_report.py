"""LiveReport: the readers and pollers of a server as they were counted last."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from feeds.readership.pollers import PollingReport
from feeds.readership.readership import FeedReaders, ReadershipReport

MAX_FEEDS_REPORTED = 100


class ReaderTotals(Struct, frozen=True):
    """The sums of all feeds."""

    readers: int
    reported: int
    apps: int
    push: int


def totals_of(feeds: Iterable[FeedReaders]) -> ReaderTotals:
    """Return the sums of *feeds*."""
    sums = dict.fromkeys(ReaderTotals.__struct_fields__, 0)
    for each in feeds:
        for name in sums:
            sums[name] += getattr(each, name)
    return ReaderTotals(**sums)


class LiveReport(Struct, frozen=True, kw_only=True):
    """The *readers* of feeds, *total* of them, as a sentence says, and the *polling* of their clients.

    *until* is the time of the last counted request, and *since* the day from which on *polling* is
    counted, empty if there is none. *left_out* requests were too many to be looked at, and *lost* batches
    could not be counted: if there are any, numbers are estimates, or too low.
    """

    until: int = 0
    since: str = ""
    sentence: str
    total: ReaderTotals
    readers: ReadershipReport
    polling: PollingReport
    left_out: int = 0
    lost: int = 0


_DECODER = msgspec.msgpack.Decoder(LiveReport)


def encoded_report(report: LiveReport) -> bytes:
    """Return *report* as bytes, with its largest feeds."""
    readers = msgspec.structs.replace(
        report.readers,
        feeds=report.readers.feeds[:MAX_FEEDS_REPORTED],
        lost=report.readers.lost[:MAX_FEEDS_REPORTED],
    )
    return msgspec.msgpack.encode(msgspec.structs.replace(report, readers=readers))


def decoded_report(content: bytes) -> LiveReport | None:
    """Return the report in *content*, None if it is empty or of another version."""
    if not content:
        return None
    try:
        return _DECODER.decode(content)
    except msgspec.DecodeError:
        return None
