"""feeds list: the feeds of topics, providers and authors, or all articles."""

from datetime import UTC, datetime
from typing import Any

import click

from feeds.cli.articles import print_articles
from feeds.cli.command_line import Choice, Command, CommandEnvironment
from feeds.cli.loaded import loaded, settings_of
from feeds.cli.output import format_option, print_json
from feeds.index.listings import Listing
from feeds.query.parameters import SEGMENTS

_ARTICLES = "articles"


@click.command("list", cls=Command)
@click.argument("kind", type=Choice([*SEGMENTS, _ARTICLES]))
@format_option
@click.pass_obj
def list_command(given: CommandEnvironment, kind: str, format_: str) -> None:
    """List the feeds of all topics, providers or authors, or all articles.

    Each line has the name in addresses, the number of articles, the date of the newest article and the
    display name. A line for an article has path, id, url, published, updated, title, topics, authors,
    language and type, separated by tabs.
    """
    with loaded(settings_of(given)) as server:
        if kind == _ARTICLES:
            print_articles(server, format_)
            return
        listings = SEGMENTS[kind].offered(server.current_index.index())
    if format_ == "json":
        print_json([_described(listing) for listing in listings])
        return
    width = max((len(listing.slug) for listing in listings), default=0)
    for listing in listings:
        date = _date(listing) or "-"
        click.echo(f"{listing.slug:{width}}  {listing.count:7}  {date:10}  {listing.name}")


def _described(listing: Listing) -> dict[str, Any]:
    return {
        "slug": listing.slug, "name": listing.name, "articles": listing.count,
        "newest": _date(listing) or None,
    }  # fmt: skip


def _date(listing: Listing) -> str:
    if not listing.count:
        return ""
    return datetime.fromtimestamp(listing.newest, UTC).strftime("%Y-%m-%d")
