"""feeds doctor: the problems of a server, of its host, and of its feeds as readers get them."""

import sys
import textwrap
import time
from collections.abc import Iterator, Sequence

import click
import msgspec

from feeds.cli.check import check_corpus
from feeds.cli.command_line import Command, CommandEnvironment
from feeds.cli.loaded import settings_of
from feeds.cli.output import format_option, print_json
from feeds.cli.own_responses import own_responses
from feeds.doctor.finding import Finding, FindingGroup, worst
from feeds.doctor.host import corpus_findings, host_findings, unread_corpus
from feeds.doctor.public import AddressCheck
from feeds.doctor.requests import PoliteRequests
from feeds.errors import CorpusError, StoreError, counted
from feeds.settings import Settings, origins

MAX_COLUMNS = 80

_SETTINGS = FindingGroup("settings")


@click.command("doctor", cls=Command)
@click.argument("url", required=False)
@format_option
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.option("--offline", is_flag=True, help="Send no request to the public address.")
@click.pass_obj
def doctor_command(
    given: CommandEnvironment,
    url: str | None,
    *,
    format_: str,
    as_json: bool,
    strict: bool,
    offline: bool,
) -> None:
    """Check this server, its host and its feeds, or the feed at URL, also of another server.

    Feeds are requested as ten known readers do, one request at a time.

    Each finding is ok, a warning or a failure: "subject: problem; remedy". A failure keeps readers from
    articles, or the server from its work; a warning costs time or bytes.

    The exit status is 1 if there is a failure.
    """
    settings = settings_of(given)
    findings = [*(_address(settings, url) if url else _own(given, settings, offline))]
    if as_json or format_ == "json":
        print_json({"verdict": worst(findings), "findings": msgspec.to_builtins(findings)})
    else:
        _print(findings)
    sys.exit(_status(findings, strict))


def _address(settings: Settings, url: str) -> Iterator[Finding]:
    """The findings about the feed at *url*, or those to which the page there links."""
    own = settings.site.url
    if url.startswith("/"):
        url = own + url
    is_ours = url == own or url.startswith(f"{own}/")
    with own_responses(settings if is_ours else None) as own_response:
        yield from AddressCheck(PoliteRequests(), time.time(), own_response).address(url)


def _public(settings: Settings) -> Iterator[Finding]:
    """The findings about the main feed of this server at its public address."""
    with own_responses(settings) as own_response:
        yield from AddressCheck(PoliteRequests(), time.time(), own_response).server(settings.site.url)


def _own(given: CommandEnvironment, settings: Settings, offline: bool) -> Iterator[Finding]:
    """The findings about the server with *settings*, and its host."""
    where = [*origins(given.environment).values()]
    chosen = sum(each != "default" for each in where)
    yield _SETTINGS.ok(f"settings: valid, {chosen} set, {len(where) - chosen} with their defaults")
    yield from host_findings(settings, time.time)
    yield from _corpus(settings)
    if not offline:
        yield from _public(settings)


def _corpus(settings: Settings) -> Iterator[Finding]:
    try:
        checked, _ = check_corpus(settings)
    except CorpusError as error:
        yield unread_corpus(error)
    except StoreError:  # the checks of the store report it
        return
    else:
        yield from corpus_findings(checked.articles, len(checked.bad), len(checked.warnings))


def _print(findings: Sequence[Finding]) -> None:
    """Print *findings* by group, in lines of MAX_COLUMNS; a longer word has a line of its own."""
    groups: dict[str, list[Finding]] = {}
    for each in findings:
        groups.setdefault(each.group, []).append(each)
    for group, those in groups.items():
        click.echo(group)
        for each in those:
            click.echo(_wrapped(each))
    failures, warnings = (
        sum(each.level == level for each in findings) for level in ("failure", "warning")
    )
    click.echo(f"{counted(failures, 'failure')}, {counted(warnings, 'warning')}", err=True)


def _wrapped(finding: Finding) -> str:
    return textwrap.fill(
        finding.message,
        MAX_COLUMNS,
        initial_indent=f"  {finding.level:<9}",
        subsequent_indent=" " * 13,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _status(findings: Sequence[Finding], strict: bool) -> int:
    level = worst(findings)
    return int(level == "failure" or (strict and level == "warning"))
