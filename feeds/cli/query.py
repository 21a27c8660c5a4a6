"""feeds render and feeds explain: a feed, and the reasons for its contents."""

from collections.abc import Iterator
from pathlib import Path

import click

from feeds.bootstrap import ServerProcess, site_of
from feeds.cli.command_line import Choice, Command, CommandEnvironment
from feeds.cli.loaded import loaded, settings_of
from feeds.corpus.stored_problem import StoredProblem
from feeds.errors import UnknownFeed, one_line, place
from feeds.feed.article_page import id_of_page
from feeds.formats import DEFAULT, FORMATS
from feeds.query import Query
from feeds.query.address import feed_address
from feeds.query.explain import explain
from feeds.query.grammar import read
from feeds.query.parameters.dates import clock
from feeds.settings import Settings
from feeds.store import File

FEED = """\b
FEED is a path, a query or an address:
  feed                              all articles
  topics/oceans                     one topic; providers/DOMAIN, authors/NAME
  topics/oceans/daily               its digest of each day, or weekly
  f/best                            the query named "best" in the settings
  "topics/oceans?lang=en&limit=10"  a path with parameters
  "topic=oceans,cities&q=tide"      parameters; see docs/queries.md
  https://SITE/topics/oceans.rss    the address of a feed or of its page
"""


@click.command("render", cls=Command, epilog=FEED)
@click.argument("feed", default="feed")
@click.option(
    "--format", "format_", type=Choice(list(FORMATS)),
    help=f"Print the feed in this format; by default in that of FEED, or as {DEFAULT.extension}.",
)  # fmt: skip
@click.pass_obj
def render_command(given: CommandEnvironment, feed: str, format_: str | None) -> None:
    """Print a feed as the server would send it.

    Without FEED, print the feed of all articles.
    """
    made = settings_of(given)
    query, extension = _query(made, feed)
    with loaded(made) as server:
        body = server.pipeline.document(query, format_ or extension).body
    click.echo(body, nl=False)


@click.command("explain", cls=Command, epilog=FEED)
@click.argument("feed")
@click.argument("article")
@click.pass_obj
def explain_command(given: CommandEnvironment, feed: str, article: str) -> None:
    """Explain why an article is in a feed, or why not.

    ARTICLE is its id, its web address or the path of its file. The output has the verdict (in, out, cut
    or collapsed), then one line for each condition of the feed.
    """
    made = settings_of(given)
    query, _ = _query(made, feed)
    with loaded(made) as server:
        index = server.current_index.index()
        article = id_of_page(server.site, index, article)
        file = _file(server, article)
        id_ = file.id if file else _known(server, article)
        found = explain(index, query, id_, DEFAULT.extension)
        held = list(_held_back(server, file, id_, published=bool(found)))
        if not (found or held):
            raise UnknownFeed("article", article)
        for reason in held:
            click.echo(f"held back: {reason}")
        if found:
            click.echo(str(found))


def _query(settings: Settings, written: str) -> tuple[Query, str]:
    """The query and the format of *written*, with the site and the named feeds of *settings*."""
    site = site_of(settings)
    address = feed_address(written, site.url, FORMATS)
    query = read(address.feed, {each.query.name: each.query for each in site.named})
    return query, address.extension or DEFAULT.extension


def _known(server: ServerProcess, written: str) -> str:
    """Remove the fragment of *written* if only the address without it belongs to an article."""
    address, mark, _ = written.partition("#")
    index = server.current_index.index()
    return address if mark and not index.find(written) and index.find(address) else written


def _file(server: ServerProcess, written: str) -> File | None:
    """The file at the path *written*, relative to the corpus or to the current folder."""
    path = Path(written).resolve()
    root = server.corpus.root.resolve()
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
    return server.store.file(written) or server.store.file(inside)


def _held_back(server: ServerProcess, file: File | None, id_: str, *, published: bool) -> Iterator[str]:
    """Yield the reasons why the article *id_* of *file*, if known, is not visible in its current form."""
    paths = server.store.paths_claiming(id_) if id_ and not file else []
    for each in [file] if file else map(server.store.file, paths):
        if each and each.problem:
            yield one_line(f"{place(each.path, each.line)}: {StoredProblem.decoded(each.problem).text}")
    if published or not id_:
        return
    due = server.current_index.index().scheduled(id_)
    if due is not None:
        yield f"scheduled for {clock(due)}"
    for entry in server.store.entries([id_]).values():
        if entry.removed:
            yield f"removed {clock(entry.removed)}"
