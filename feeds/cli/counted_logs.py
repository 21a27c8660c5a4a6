"""The work that feeds readers and feeds pollers share: which logs, which feed, and one pass over them."""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import click

from feeds.bootstrap import site_of
from feeds.cli.access_logs import STANDARD_INPUT, AccessLogs
from feeds.cli.command_line import CommandEnvironment
from feeds.cli.progress import progress
from feeds.errors import CommandLineError
from feeds.readership.agents import Classifier
from feeds.readership.crawlers import crawlers, has_lists
from feeds.readership.known_readers import known_readers
from feeds.readership.request import ClientRequest, client_hash
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.settings import load

KEY_LENGTH = 16  # bytes

log_option = click.option(
    "--access-log", "logs", metavar="FILE", multiple=True,
    help="Read this log, also compressed by gzip, or - for the standard input. More may follow.",
)  # fmt: skip
words_argument = click.argument("words", nargs=-1, metavar="[FILE]... [FEED]")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the output as JSON.")


class Counter(Protocol):
    """Counts requests."""

    def add(self, request: ClientRequest) -> None:
        """Count one request."""


class Chosen(NamedTuple):
    """The logs and the feed of a command line, and that feed as ``RequestedFeeds`` calls it, or empty."""

    logs: list[str]
    feed: str
    names: RequestedFeeds
    classifier: Classifier


def chosen(given: CommandEnvironment, logs: Sequence[str], words: Sequence[str]) -> Chosen:
    """Read the command line. Raises CommandLineError."""
    files = [each for each in words if each == STANDARD_INPUT or Path(each).is_file()]
    feeds = [each for each in words if each not in files]
    if len(feeds) > 1:
        raise CommandLineError(feeds[1], "no such file", "name files, and one feed")
    site = site_of(load(given.environment))
    named = {each.query.name: each.query for each in site.named}
    addresses = [f"/{each.removeprefix('/')}" if "://" not in each else each for each in feeds]
    names = RequestedFeeds(
        site.url, named, [each for each in addresses if RequestedFeeds().find(each) is None]
    )
    found = names.find(addresses[0]) if addresses else None
    return Chosen(
        [*logs, *files], found.feed if found else "", names, Classifier(known_readers(), crawlers())
    )


def count(choice: Chosen, make: Callable[[RequestedFeeds, Classifier], Any]) -> Any:
    """Make a counter, and let it count all requests for feeds in the logs. Raises CommandLineError."""
    counter: Counter = make(choice.names, choice.classifier)
    hashed = client_hash(secrets.token_bytes(KEY_LENGTH))
    logs = AccessLogs(choice.logs, hashed, lambda target: choice.names.find(target) is not None)
    with progress("reading logs") as show:
        for request in logs.requests(show):
            counter.add(request)
    logs.print_problems()
    logs.check()
    if not has_lists():
        click.echo("feeds: bots: only common ones are known; install the extra readers", err=True)
    return counter
