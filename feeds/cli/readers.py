"""feeds readers: the readers of feeds, as the server counts them, or counted from access logs."""

from collections.abc import Iterator

import click
import msgspec

from feeds.cli.command_line import Command, CommandEnvironment
from feeds.cli.counted_logs import chosen, count, json_option, log_option, words_argument
from feeds.cli.live_counts import freshness, live_facts, live_report
from feeds.cli.output import print_json
from feeds.errors import one_line
from feeds.readership.readership import FeedReaders, Readership, ReadershipReport, sentence

MAX_ROWS_OF_READERS = 40  # of each table; --json has all
_NAME = 30  # characters
_NOTHING = "-"


@click.command("readers", cls=Command)
@log_option
@words_argument
@json_option
@click.pass_obj
def readers_command(
    given: CommandEnvironment, logs: tuple[str, ...], words: tuple[str, ...], as_json: bool
) -> None:
    """Show the readers of all feeds, or of FEED, in the last seven days.

    They are those that the server has counted, also while it does not run, or with --access-log those in
    the access logs of a web server. The logs are in the format combined of nginx or Apache, the JSON of
    Caddy, or the standard logs of CloudFront. A service counts with the number that it reports. Another
    program counts as one reader if it asks on two days, or twice on one day at least half an hour apart.
    """
    facts: dict[str, object] = {}
    if logs:
        choice = chosen(given, logs, words)
        report = count(choice, Readership).report(choice.feed)
        origin = f"the logs begin at {report.first_day or _NOTHING}"
    else:
        live = live_report(given, "readers", words)
        report, origin, facts = live.readers, freshness(live), live_facts(live)
    if as_json:
        print_json({"summary": sentence(report.feeds), **facts, **msgspec.to_builtins(report)})
        return
    click.echo(sentence(report.feeds))
    click.echo(f"seven days until {report.last_day or _NOTHING}; {origin}")
    for line in _lines(report):
        click.echo(line)


def _lines(report: ReadershipReport) -> Iterator[str]:
    if report.feeds:
        yield from ("", *_feeds(report.feeds))
    services = [(feed, each) for feed in report.feeds for each in feed.services if each.readers]
    if services:
        yield from ("", "subscribers  service               feed")
        for feed, each in services[:MAX_ROWS_OF_READERS]:
            number = f"{each.readers:,}" if each.gives_number else "no number"
            yield f"{number:>11}  {_cut(each.name, 20):20}  {_cut(feed.feed, 45)}"
    claims = [(feed, each) for feed in report.feeds for each in feed.claims]
    if claims:
        yield from ("", "not believed, and not counted:")
        for feed, each in claims[:MAX_ROWS_OF_READERS]:
            yield f"{each.claimed:>17,}  {_cut(each.name, 20):20}  {_cut(feed.feed, 39)}"
    if report.lost:
        yield from ("", "lost feeds, and the readers who still ask:")
        for lost in report.lost[:MAX_ROWS_OF_READERS]:
            yield f"{lost.readers:>11,}  {lost.status}  {_cut(lost.feed, 62)}"


def _feeds(feeds: list[FeedReaders]) -> Iterator[str]:
    """The rows of feeds, each followed by its formats if it has several."""
    yield "readers  reported    apps  30 days   trend  feed"
    for each in feeds[:MAX_ROWS_OF_READERS]:
        month = _NOTHING if each.month is None else f"{each.month:,}"
        trend = _NOTHING if each.trend is None else f"{each.trend:+.0f} %"
        apps = f"{'~' if each.error else ''}{each.apps:,}"
        yield (
            f"{each.readers:>7,}  {each.reported:>8,}  {apps:>6}  {month:>7}  {trend:>6}  "
            f"{_cut(each.feed, 36)}"
        )
        if len(each.formats) > 1:
            for part in each.formats:
                yield f"{part.readers:>7,}{'':38}.{part.format or 'other'}"
    if len(feeds) > MAX_ROWS_OF_READERS:
        yield f"and {len(feeds) - MAX_ROWS_OF_READERS:,} more; see --json"


def _cut(text: str, length: int) -> str:
    """*text* on one line, with its beginning alone if it is longer than *length*."""
    line = one_line(text)
    return line if len(line) <= length else f"{line[: length - 1]}…"
