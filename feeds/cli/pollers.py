"""feeds pollers: the clients that waste bytes, as the server counts them, or found in access logs."""

from collections.abc import Iterator

import click
import msgspec

from feeds.cli.command_line import Command, CommandEnvironment
from feeds.cli.counted_logs import chosen, count, json_option, log_option, words_argument
from feeds.cli.live_counts import freshness, live_facts, live_report
from feeds.cli.output import print_json
from feeds.errors import counted, one_line
from feeds.readership.pollers import MAX_REPORTED, PollerReport, Pollers, PollingReport

MAX_ROWS_OF_POLLERS = 20  # of the table; --json has 100
_UNITS = ("B", "kB", "MB", "GB", "TB")
_SPANS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@click.command("pollers", cls=Command)
@log_option
@words_argument
@json_option
@click.pass_obj
def pollers_command(
    given: CommandEnvironment, logs: tuple[str, ...], words: tuple[str, ...], as_json: bool
) -> None:
    """Show the clients that waste the most bytes on all feeds, or on FEED.

    They are those that the server has counted in the last seven days or more, or with --access-log those
    in access logs. A full copy is wasted if the client already had that version. Each client has two
    lines: wasted bytes, requests, full copies, answers 304, the median and the shortest interval, the
    share of requests in the first two seconds of a minute, and the verdict on its validators; then its
    name, a part of the hash of
    its address, and the feed.
    """
    facts: dict[str, object] = {}
    if logs:
        choice = chosen(given, logs, words)
        report = count(choice, Pollers).report(MAX_REPORTED, choice.feed)
    else:
        live = live_report(given, "pollers", words)
        report, facts = live.polling, live_facts(live)
    if as_json:
        print_json({"summary": summary(report), **facts, **msgspec.to_builtins(report, str_keys=True)})
        return
    if not logs:
        click.echo(freshness(live))
    for line in _lines(report):
        click.echo(line)


def summary(report: PollingReport) -> str:
    """Return the waste in words."""
    total = f"{counted(report.requests, 'request')} for feeds, {size_in_words(report.bytes)}"
    if not report.wasted_bytes:
        return f"{total}; none wasted"
    share = 100 * report.wasted_bytes / report.bytes
    cause = "causes" if report.few == 1 else "cause"
    few = (
        f"{counted(report.few, 'client')} {cause} half of that, and {report.few_share:.0f} % of all bytes"
    )
    return f"{total}; {size_in_words(report.wasted_bytes)} ({share:.0f} %) wasted; {few}"


def _lines(report: PollingReport) -> Iterator[str]:
    words = summary(report).split("; ")
    yield from words
    worst = [each for each in report.worst if each.wasted_bytes][:MAX_ROWS_OF_POLLERS]
    if worst:
        yield ""
        yield "  wasted  requests     full      304   median  shortest  at :00  validators"
    for each in worst:
        yield from _rows(each)


def _rows(each: PollerReport) -> Iterator[str]:
    unchanged = each.statuses.get(304, 0)
    yield (
        f"{size_in_words(each.wasted_bytes):>8}  {each.requests:>8,}  {each.full:>7,}  {unchanged:>7,}  "
        f"{span(each.median):>7}  {span(each.shortest):>8}  {each.at_minute:>4.0f} %  "
        f"{each.validators or '-'}"
    )
    notes = ["not compressed"] if each.compressed is False else []
    if each.redirects_ignored:
        notes.append(f"{counted(each.redirects_ignored, 'redirect')} ignored")
    place = f"{_cut(each.name, 20)} {each.id} ({each.kind})  {_cut(each.feed, 29)}"
    yield f"          {place}"
    if notes:
        yield f"          {', '.join(notes)}"


def size_in_words(number: float) -> str:
    """Return a number of bytes with three digits: ``1.23 MB``."""
    for unit in _UNITS:
        if number < 999.5 or unit == _UNITS[-1]:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 99.95 else f"{number:.2g} {unit}"
        number /= 1000
    raise AssertionError


def span(seconds: float) -> str:
    """Return a time: ``15 min``; ``-`` if it is not known."""
    if seconds < 0:
        return "-"
    length, unit = next((each for each in _SPANS if seconds >= each[0]), _SPANS[-1])
    number = seconds / length
    return f"{number:.0f} {unit}" if number >= 9.95 or unit == "s" else f"{number:.1f} {unit}"


def _cut(text: str, length: int) -> str:
    line = one_line(text)
    return line if len(line) <= length else f"{line[: length - 1]}…"
