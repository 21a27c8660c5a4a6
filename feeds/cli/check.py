"""feeds check: the files that are not published, with the reasons."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click
from msgspec import Struct

from feeds.article import Article
from feeds.bootstrap import corpus_of, existing_store
from feeds.cli.loaded import Load
from feeds.cli.output import format_option, print_json
from feeds.cli.progress import progress
from feeds.corpus import Corpus, Reading, Withheld
from feeds.corpus.problems import MOST_FILES_GONE, SCHEDULED
from feeds.errors import ArticleError, one_line
from feeds.ingest.removals import are_most
from feeds.query.parameters.dates import clock
from feeds.settings import Settings
from feeds.store import Store

QUOTED = 80  # characters of a quoted line


class _Checked(Struct, frozen=True):
    """The number of visible *articles*, and the files that are held back."""

    articles: int
    bad: list[ArticleError]
    withheld: list[Withheld]

    @property
    def problems(self) -> list[ArticleError]:
        """All problems of all bad files."""
        return [each for error in self.bad for each in error.each()]


@click.command("check")
@format_option
@click.option("--explain", "explained", is_flag=True, help="Add the bad line and the remedy to each.")
@click.pass_obj
def check_command(settings: Load, format_: str, explained: bool) -> None:
    """List files that are bad, withheld or scheduled.

    Each line has the path, the line number and the reason. Exit status 1 if any file is bad.
    """
    corpus, paths, held = _corpus_to_check(settings())
    checked = _checked(corpus, paths, held)
    if format_ == "json":
        print_json(_as_json(checked, explained))
    else:
        _print(checked, corpus, explained)
    sys.exit(1 if checked.bad else 0)


def _checked(corpus: Corpus, paths: list[str], bad: list[ArticleError]) -> _Checked:
    """Read every article at *paths*; add the problems of files to *bad*, those of the whole corpus."""
    now = datetime.now(UTC)
    withheld: list[Withheld] = []
    articles = 0
    by_id = {corpus.id_of(path): path for path in paths}
    for reading in _with_progress(corpus, len(paths)):
        match reading:
            case ArticleError():
                bad.append(reading)
            case Withheld():
                withheld.append(reading)
            case Article(published=published) if published > now:
                path = by_id.get(reading.id, reading.id)
                withheld.append(Withheld(path, SCHEDULED, {"when": clock(int(published.timestamp()))}))
            case Article():
                articles += 1
    return _Checked(articles, bad, withheld)


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


def _print_line(line: str) -> None:
    quoted = one_line(line).strip()
    if quoted.strip("-. "):
        click.echo(f"    > {quoted if len(quoted) <= QUOTED else f'{quoted[:QUOTED]}…'}")


def _corpus_to_check(settings: Settings) -> tuple[Corpus, list[str], list[ArticleError]]:
    """The corpus with its last good versions, its paths, and the problems of the corpus as a whole."""
    store = existing_store(settings)
    corpus = corpus_of(settings, store)
    found = [each[0] for each in corpus.files() if isinstance(each, tuple)]
    if not store:
        return corpus, found, []
    with closing(store):
        return corpus, found, [*_removals_held(store, found)]


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
