"""feeds check: the files that are not published, with the reasons."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from msgspec import Struct

from feeds.article import Article
from feeds.bootstrap import corpus_of, existing_store
from feeds.cli.command_line import Command
from feeds.cli.loaded import Load
from feeds.cli.output import format_option, print_json
from feeds.cli.progress import progress
from feeds.corpus import Corpus, Reading, Withheld
from feeds.corpus.files import unmatched
from feeds.corpus.problems import MOST_FILES_GONE, SCHEDULED
from feeds.errors import ArticleError, PassedOver, one_line
from feeds.ingest.removals import are_most
from feeds.query.parameters.dates import clock
from feeds.settings import Settings
from feeds.store import Store

QUOTED = 80  # characters of a quoted line


class _Checked(Struct, frozen=True):
    """The number of visible *articles*, and the files that are held back.

    *passed_over* are the paths of files in the root that are no articles, *aside* those of Markdown files
    that no pattern includes or excludes.
    """

    articles: int
    bad: list[ArticleError]
    withheld: list[Withheld]
    passed_over: list[str]
    aside: list[str]

    @property
    def problems(self) -> list[ArticleError]:
        """All problems of all bad files."""
        return [each for error in self.bad for each in error.each()]


@click.command("check", cls=Command)
@format_option
@click.option("--explain", "explained", is_flag=True, help="Add the bad line and the remedy to each.")
@click.pass_obj
def check_command(settings: Load, format_: str, explained: bool) -> None:
    """List files that are bad, withheld or scheduled.

    Each line has the path, the line number and the reason. The exit status is 1 if any file is bad.
    """
    checked, corpus = _check(settings())
    if format_ == "json":
        print_json(_as_json(checked, explained))
    else:
        _print(checked, corpus, explained)
    sys.exit(1 if checked.bad else 0)


def _check(settings: Settings) -> tuple[_Checked, Corpus]:
    """Read every article of the corpus with the last good versions in the store, if there is one."""
    store = existing_store(settings)
    corpus = corpus_of(settings, store)
    paths = [each[0] for each in corpus.files() if isinstance(each, tuple)]
    if not store:
        return _checked(corpus, paths, [], set()), corpus
    with closing(store):
        published = {path for path, file in store.files(paths).items() if file.id}
        return _checked(corpus, paths, [*_removals_held(store, paths)], published), corpus


def _checked(corpus: Corpus, paths: list[str], bad: list[ArticleError], published: set[str]) -> _Checked:
    """Read every article at *paths*; add the problems of files to *bad*, those of the whole corpus.

    *published* are the paths with an article in the store.
    """
    now = datetime.now(UTC)
    checked = _Checked(0, bad, [], [], corpus.aside())
    articles = 0
    by_id = {corpus.id_of(path): path for path in paths}
    for reading in _with_progress(corpus, len(paths)):
        match reading:
            case PassedOver(path=path) if path not in published:
                checked.passed_over.append(path)
            case ArticleError():
                bad.append(reading)
            case Withheld():
                checked.withheld.append(reading)
            case Article(published=date) if date > now:
                path = by_id.get(reading.id, reading.id)
                when = clock(int(date.timestamp()))
                checked.withheld.append(Withheld(path, SCHEDULED, {"when": when}))
            case Article():
                articles += 1
    return msgspec.structs.replace(checked, articles=articles)


def _as_json(checked: _Checked, explained: bool) -> dict[str, Any]:
    return {
        "articles": checked.articles,
        "problems": [
            {"path": problem.path, "line": problem.line, "reason": problem.reason}
            | _help(problem, explained)
            for problem in checked.problems
        ],
        "withheld": [
            {"path": file.path, "reason": file.reason} | _help(file, explained)
            for file in checked.withheld
        ],
        "passed_over": checked.passed_over,
        "unmatched": checked.aside,
    }


def _print(checked: _Checked, corpus: Corpus, explained: bool) -> None:
    for problem in checked.problems:
        if explained:
            click.echo(one_line(f"{problem.where}: {problem.problem}"))
            _print_line(corpus.line(problem.path, problem.line))
            click.echo(f"    {problem.remedy}")
        else:
            click.echo(str(problem))
    for file in checked.withheld:
        click.echo(f"{file.path}: withheld ({file.reason})")
        if explained:
            click.echo(f"    {file.code.remedy}")
    bad, withheld = len(checked.bad), len(checked.withheld)
    click.echo(f"{checked.articles} articles, {bad} bad files, {withheld} withheld", err=True)
    if checked.passed_over:
        reason = "passed over, without webUrl, originalUrl and publishedDateTime"
        click.echo(f"{reason}: {', '.join(map(one_line, checked.passed_over))}", err=True)
    if checked.aside and checked.articles:
        click.echo(one_line(unmatched(checked.aside).problem), err=True)


def _print_line(line: str) -> None:
    quoted = one_line(line).strip()
    if quoted.strip("-. "):
        click.echo(f"    > {quoted if len(quoted) <= QUOTED else f'{quoted[:QUOTED]}…'}")


def _removals_held(store: Store, found: list[str]) -> Iterator[ArticleError]:
    """Yield the problem that most files are gone, if the next refresh would report it."""
    known = {*store.stamps()}
    lost, new = known.difference(found), set(found) - known
    if are_most(len(lost) - len(new), len(known)):
        yield ArticleError(MOST_FILES_GONE, ".", lost=len(lost), had=len(known))


def _help(held: ArticleError | Withheld, explained: bool) -> dict[str, str]:
    return {"help": held.code.remedy} if explained else {}


def _with_progress(corpus: Corpus, total: int) -> Iterator[Reading]:
    with progress("checking files") as show:
        for done, reading in enumerate(corpus.articles(), 1):
            yield reading
            show(done, total)
