"""LiveReport: the readers and pollers of a server as they were counted last."""

import msgspec
from msgspec import Struct

from feeds.readership.pollers import PollingReport
from feeds.readership.readership import ReadershipReport

MAX_FEEDS_REPORTED = 100


class LiveReport(Struct, frozen=True, kw_only=True):
    """The *readers* of feeds, *total* of them, as a sentence says, and the *polling* of their clients.

    *until* is the time of the last counted request, and *since* the day from which on *polling* is
    counted, empty if there is none. *left_out* requests were too many to be looked at, and *lost* batches
    could not be counted: if there are any, numbers are estimates, or too low.
    """

    until: int = 0
    since: str = ""
    sentence: str
    total: int
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
