"""The counts of the server itself: what it has recorded, and the requests that wait to be counted."""

import time
from contextlib import closing
from datetime import UTC, datetime

from feeds.bootstrap import reader_count_of, readership_of, requested_feeds_of
from feeds.cli.command_line import CommandEnvironment
from feeds.cli.loaded import settings_of
from feeds.errors import CommandLineError, counted
from feeds.readership.live_report import LiveReport
from feeds.settings import Settings
from feeds.store.readership import ReadershipState


def live_report(given: CommandEnvironment, command: str, words: tuple[str, ...]) -> LiveReport:
    """Count the readers of all feeds, or of the one in *words*, without recording anything.

    Raises CommandLineError and StoreError.
    """
    settings = settings_of(given)
    if not settings.readership.count:
        problem = "readers are not counted: readership.count is off"
        raise CommandLineError(command, problem, "name an access log with --access-log")
    if len(words) > 1:
        raise CommandLineError(words[1], "more than one feed", "name one, or files with --access-log")
    feed = ""
    if words:
        address = words[0] if "://" in words[0] else f"/{words[0].removeprefix('/')}"
        found = requested_feeds_of(settings).find(address)
        feed = found.feed if found else address
    with closing(readership_of(settings)) as state:
        while True:
            records = state.records()
            report = _counted(settings, state, feed)
            if records == state.records():  # else some batches were counted twice, or not at all
                return report


def _counted(settings: Settings, state: ReadershipState, feed: str) -> LiveReport:
    now = time.time()
    count = reader_count_of(settings, state, now)
    while count.count(now):
        pass
    return count.report(feed)


def freshness(report: LiveReport) -> str:
    """Return from when to when requests were counted, and how many were not."""
    if not report.until:
        return "no request was counted yet"
    until = datetime.fromtimestamp(report.until, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    text = f"counted from {report.since} to {until}"
    if report.left_out:
        text += f"; an estimate: {counted(report.left_out, 'request')} of too many were not looked at"
    if report.lost:
        text += f"; {counted(report.lost, 'second')} of requests could not be counted"
    return text


def live_facts(report: LiveReport) -> dict[str, object]:
    """Return the same for JSON; times are in seconds since 1970."""
    return {
        "counted_since": report.since,
        "counted_until": report.until,
        "left_out": report.left_out,
        "lost_seconds": report.lost,
    }
