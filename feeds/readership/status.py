"""The part of the status of a server that a LiveReport has."""

from datetime import UTC, datetime

from feeds.monitoring.reader_status import (
    FeedReadersStatus,
    LostFeedStatus,
    PollerStatus,
    PollingStatus,
    ReadersStatus,
)
from feeds.readership.live_report import LiveReport
from feeds.readership.pollers import PollerReport, PollingReport
from feeds.readership.readership import FeedReaders

MAX_FEEDS_SHOWN = 20  # of readers, and of those that are lost


def readers_status(report: LiveReport) -> ReadersStatus:
    """Return the numbers of *report*."""
    return ReadersStatus(
        counted=datetime.fromtimestamp(report.until, UTC),
        readers=report.total.readers,
        reported=report.total.reported,
        apps=report.total.apps,
        push=report.total.push,
        feeds=[_feed(each) for each in report.readers.feeds[:MAX_FEEDS_SHOWN]],
        lost=[
            LostFeedStatus(feed=each.feed, status=each.status, readers=each.readers)
            for each in report.readers.lost[:MAX_FEEDS_SHOWN]
        ],
        polling=_polling(report.polling, report.since),
        requests_left_out=report.left_out,
        seconds_lost=report.lost,
    )


def _feed(readers: FeedReaders) -> FeedReadersStatus:
    return FeedReadersStatus(
        feed=readers.feed,
        readers=readers.readers,
        reported=readers.reported,
        apps=readers.apps,
        push=readers.push,
        month=readers.month,
        trend_percent=readers.trend,
        error_percent=readers.error,
        formats={each.format or "other": each.readers for each in readers.formats},
    )


def _polling(polling: PollingReport, since: str) -> PollingStatus:
    return PollingStatus(
        since=since,
        requests=polling.requests,
        bytes=polling.bytes,
        wasted_bytes=polling.wasted_bytes,
        few_clients=polling.few,
        few_bytes_percent=polling.few_share,
        worst=[_poller(each) for each in polling.worst if each.wasted_bytes],
    )


def _poller(poller: PollerReport) -> PollerStatus:
    return PollerStatus(
        id=poller.id,
        name=poller.name,
        kind=poller.kind,
        feed=poller.feed,
        requests=poller.requests,
        full=poller.full,
        not_modified=poller.statuses.get(304, 0),
        wasted_bytes=poller.wasted_bytes,
        bytes=poller.bytes,
        median_seconds=None if poller.median < 0 else poller.median,
        shortest_seconds=None if poller.shortest < 0 else poller.shortest,
        at_minute_percent=poller.at_minute,
        validators=poller.validators,
        compressed=poller.compressed,
        redirects_ignored=poller.redirects_ignored,
    )
