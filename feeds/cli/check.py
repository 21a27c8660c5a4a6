"""feeds check: the files that are held back, and why."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import click

from feeds.article import Article
from feeds.bootstrap import corpus_of, existing_store
from feeds.cli.loaded import Load
from feeds.cli.progress import progress
from feeds.corpus import Corpus, Reading, Withheld
from feeds.corpus.problems import MOST_FILES_GONE, SCHEDULED
from feeds.errors import ArticleError, one_line
from feeds.ingest.removals import are_most
from feeds.query.parameters.dates import clock
from feeds.settings import Settings
from feeds.store import Store

QUOTED = 80  # characters of a line that is shown


@click.command("check")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--explain", "explained", is_flag=True, help="Say what would let each of them in.")
@click.pass_obj
def check_command(settings: Load, format_: str, explained: bool) -> None:
    """Say which files are held back, where and why. Exit status 1 if any is bad."""
    corpus, found, problems = _corpus_to_check(settings())
    now = datetime.now(UTC)
    withheld: list[Withheld] = []
    articles = 0
    paths = {corpus.id_of(path): path for path in found}
    for reading in _with_progress(corpus, len(paths)):
        match reading:
            case ArticleError():
                problems.append(reading)
            case Withheld():
                withheld.append(reading)
            case Article(published=published) if published > now:
                path = paths.get(reading.id, reading.id)
                withheld.append(Withheld(path, SCHEDULED, {"when": clock(int(published.timestamp()))}))
            case Article():
                articles += 1
    if format_ == "json":
        report = {
            "articles": articles,
            "problems": [
                {"path": p.path, "line": p.line, "reason": p.reason} | _help(p, explained)
                for p in problems
            ],
            "withheld": [{"path": w.path, "reason": w.reason} | _help(w, explained) for w in withheld],
        }
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(str(problem))
            if explained:
                quoted = one_line(corpus.line(problem.path, problem.line)).strip()
                if quoted.strip("-. "):
                    click.echo(f"    > {quoted if len(quoted) <= QUOTED else f'{quoted[:QUOTED]}…'}")
                click.echo(f"    {problem.code.remedy}")
        for file in withheld:
            click.echo(f"{file.path}: withheld ({file.reason})")
            if explained:
                click.echo(f"    {file.code.remedy}")
        click.echo(f"{articles} articles, {len(problems)} bad files, {len(withheld)} withheld", err=True)
    sys.exit(1 if problems else 0)


def _corpus_to_check(settings: Settings) -> tuple[Corpus, list[str], list[ArticleError]]:
    """The corpus with its last good versions, the paths of its files, and its problems as a whole."""
    store = existing_store(settings)
    corpus = corpus_of(settings, store)
    found = [each[0] for each in corpus.files() if isinstance(each, tuple)]
    if not store:
        return corpus, found, []
    with closing(store):
        return corpus, found, [*_removals_held(store, found)]


def _removals_held(store: Store, found: list[str]) -> Iterator[ArticleError]:
    """The problem that most files are gone, as the next refresh will report it."""
    known = {*store.stamps()}
    lost, new = known.difference(found), set(found) - known
    if are_most(len(lost) - len(new), len(known)):
        yield ArticleError(MOST_FILES_GONE, ".", lost=len(lost), had=len(known))


def _help(held: ArticleError | Withheld, wanted: bool) -> dict[str, str]:
    return {"help": held.code.remedy} if wanted else {}


def _with_progress(corpus: Corpus, total: int) -> Iterator[Reading]:
    with progress("checking") as show:
        for done, reading in enumerate(corpus.articles(), 1):
            yield reading
            show(done, total)
