"""feeds check: the files that are not published, with the reasons."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from msgspec import Struct

from feeds.article import Article
from feeds.bootstrap import corpus_of, existing_store, site_of
from feeds.cli.command_line import Command, CommandEnvironment
from feeds.cli.loaded import settings_of
from feeds.cli.output import format_option, print_json
from feeds.cli.podcasts import checked_podcasts, podcast_lines, podcasts_as_json
from feeds.cli.progress import progress
from feeds.corpus import Corpus, Source, Withheld
from feeds.corpus.addresses import PageAddress
from feeds.corpus.files import some_of, unmatched
from feeds.corpus.problems import MOST_FILES_GONE, SCHEDULED
from feeds.errors import ArticleError, PassedOver, counted, one_line
from feeds.feed.podcast_requirements import CheckedPodcast, podcast_queries
from feeds.feed.site import Site
from feeds.ingest.dates import future_change
from feeds.ingest.removals import are_most
from feeds.query.parameters.dates import clock
from feeds.settings import Settings
from feeds.store import Store

QUOTED = 80  # characters of a quoted line
# The rule of an address, in words.
_ORIGINS = {
    "file": "in the files",
    "configuration": "by the configuration of the site",
    "default": "by the default of the program",
    "example": "by the links in the site's own pages",
    "setting": "by corpus.permalink",
    "none": "unknown, so that entries link to pages of this server; set corpus.url or corpus.permalink",
}
MAX_ALIKE = 20  # files with one problem that are listed; more are counted, unless all are explained


class CheckedCorpus(Struct, frozen=True):
    """The number of visible *articles*, and the files that are held back.

    *warnings* are problems of articles that are published. *passed_over* are paths of files in the root
    that are no articles, *aside* paths of Markdown files that no pattern includes or excludes, and
    *unread* paths of texts in other formats, by format. *addresses* are addresses of articles of site
    generators, by path.
    """

    articles: int
    bad: list[ArticleError]
    warnings: list[ArticleError]
    withheld: list[Withheld]
    passed_over: list[str]
    aside: list[str]
    addresses: dict[str, PageAddress] = {}
    unread: dict[str, list[str]] = {}
    podcasts: list[CheckedPodcast] = []

    @property
    def is_empty(self) -> bool:
        """True if there is no file that is or looks like an article."""
        return not (self.articles or self.bad or self.withheld or self.passed_over or self.aside)

    @property
    def problems(self) -> list[ArticleError]:
        """All problems of all bad files."""
        return [each for error in self.bad for each in error.each()]


@click.command("check", cls=Command)
@format_option
@click.option(
    "--explain",
    "explained",
    is_flag=True,
    help="Print the line of the file and the remedy below each problem.",
)
@click.pass_obj
def check_command(given: CommandEnvironment, format_: str, explained: bool) -> None:
    """List files that are bad, withheld or scheduled.

    Each line has the path, the line number and the reason. The exit status is 1 if any file is bad.
    """
    checked, corpus = check_corpus(settings_of(given))
    if format_ == "json":
        print_json(_as_json(checked, explained))
    else:
        _print(checked, corpus, explained)
    sys.exit(1 if checked.bad else 0)


def check_corpus(settings: Settings) -> tuple[CheckedCorpus, Corpus]:
    """Read every article of the corpus with the last good versions in the store, if there is one.

    Raises CorpusError or StoreError.
    """
    store = existing_store(settings)
    corpus, site = corpus_of(settings, store), site_of(settings)
    paths = [each[0] for each in corpus.files() if isinstance(each, tuple)]
    if not store:
        return _checked(corpus, site, paths, [], set()), corpus
    with closing(store):
        published = {path for path, file in store.files(paths).items() if file.id}
        return _checked(corpus, site, paths, [*_removals_held(store, paths)], published), corpus


def _checked(
    corpus: Corpus, site: Site, paths: list[str], bad: list[ArticleError], published: set[str]
) -> CheckedCorpus:
    """Read every article at *paths*; add the problems of files to *bad*, those of the whole corpus.

    *published* are the paths with an article in the store.
    """
    now = datetime.now(UTC)
    checked = CheckedCorpus(0, bad, [], [], [], corpus.aside(), {}, corpus.unread())
    queries = podcast_queries(site, corpus.taxonomy)
    episodes: dict[str, Article] = {}
    articles = 0
    for path, source in _with_progress(corpus, len(paths)):
        match source.reading:
            case PassedOver() if path not in published:
                checked.passed_over.append(path)
            case ArticleError() as error:
                bad.append(error)
            case Withheld() as withheld:
                checked.withheld.append(withheld)
            case Article(published=date) if date > now:
                when = clock(int(date.timestamp()))
                checked.withheld.append(Withheld(path, SCHEDULED, {"when": when}))
            case Article() as article:
                articles += 1
                if queries:
                    episodes[path] = article
                if address := corpus.address_of(path):
                    checked.addresses[path] = address
                checked.warnings.extend(source.warnings)
                checked.warnings.extend(future_change(path, article, now.timestamp()))
    podcasts = checked_podcasts(site, corpus, queries, episodes, now.timestamp()) if queries else []
    checked.warnings.extend(error for podcast in podcasts for error in podcast.missed)
    return msgspec.structs.replace(checked, articles=articles, podcasts=podcasts)


def _as_json(checked: CheckedCorpus, explained: bool) -> dict[str, Any]:
    return {
        "articles": checked.articles,
        "problems": [_problem_as_json(problem, explained) for problem in checked.problems],
        "warnings": [_problem_as_json(warning, explained) for warning in checked.warnings],
        "withheld": [
            {"path": file.path, "reason": file.reason} | _help(file, explained)
            for file in checked.withheld
        ],
        "passed_over": checked.passed_over,
        "unmatched": checked.aside,
        "unread": checked.unread,
        "addresses": [
            {"path": path, "url": each.url, "origin": each.origin, "rule": each.rule}
            for path, each in checked.addresses.items()
        ],
        "podcasts": podcasts_as_json(checked.podcasts),
    }


def _problem_as_json(problem: ArticleError, explained: bool) -> dict[str, Any]:
    fields = {"path": problem.path, "line": problem.line, "reason": problem.reason}
    return fields | _help(problem, explained)


def _print(checked: CheckedCorpus, corpus: Corpus, explained: bool) -> None:
    problems = [*checked.problems, *checked.warnings]
    if explained:
        _print_explained(problems, checked.withheld, corpus)
    else:
        _print_lines(problems, checked.withheld)
    found = f"{counted(checked.articles, 'article')}, {counted(len(checked.bad), 'bad file')}"
    warned = f", {counted(len(checked.warnings), 'warning')}" if checked.warnings else ""
    click.echo(f"{found}, {len(checked.withheld)} withheld{warned}", err=True)
    for line in (*_rules(checked.addresses.values()), *podcast_lines(checked.podcasts)):
        click.echo(line, err=True)
    if checked.is_empty:
        click.echo(f"{corpus.root}: {_nothing_in(corpus)}", err=True)
    for markup, paths in checked.unread.items():
        names = some_of(paths)
        click.echo(one_line(f"{counted(len(paths), 'file')} in {markup} not read: {names}"), err=True)
    if checked.passed_over:
        count, names = len(checked.passed_over), some_of(checked.passed_over, MAX_ALIKE)
        reason = "passed over, without webUrl, originalUrl and publishedDateTime"
        click.echo(f"{counted(count, 'file')} {reason}: {names}", err=True)
    if checked.aside and checked.articles:
        click.echo(one_line(unmatched(checked.aside).problem), err=True)


def _nothing_in(corpus: Corpus) -> str:
    """The reason why there is no article in *corpus*."""
    if not corpus.pages:
        return "no Markdown files in this folder or below"
    remedy = "give articles a line such as date: 2026-01-31, or a name that begins with 2026-01-31"
    return f"no folder of dated files ({corpus.summary}); {remedy}"


def _rules(addresses: Iterable[PageAddress]) -> Iterator[str]:
    """Describe how many addresses come from each rule."""
    count = Counter((each.origin, "" if each.origin == "file" else each.rule) for each in addresses)
    for (origin, rule), number in count.most_common():
        noun = "address" if number == 1 else "addresses"
        pattern = f": {rule}" if rule and origin != "none" else ""
        yield one_line(f"{number:,} {noun} {_ORIGINS[origin]}{pattern}")


def _print_explained(problems: list[ArticleError], withheld: list[Withheld], corpus: Corpus) -> None:
    for problem in problems:
        click.echo(one_line(f"{problem.where}: {problem.problem}"))
        _print_line(corpus.line(problem.path, problem.line))
        click.echo(f"    {problem.remedy}")
    for file in withheld:
        click.echo(f"{file.path}: withheld ({file.reason})")
        click.echo(f"    {file.code.remedy}")


def _print_lines(problems: list[ArticleError], withheld: list[Withheld]) -> None:
    alike: Counter[str] = Counter()
    for problem in problems:
        alike[kind := _kind(problem)] += 1
        if alike[kind] <= MAX_ALIKE:
            click.echo(str(problem))
    for kind, count in alike.items():
        if count > MAX_ALIKE:
            more = counted(count - MAX_ALIKE, "more file")
            click.echo(f"{more}: {kind}; list all with feeds check --explain")
    for file in withheld:
        click.echo(f"{file.path}: withheld ({file.reason})")


def _kind(problem: ArticleError) -> str:
    """The field of *problem* without positions in lists, and the problem without values."""
    field = re.sub(r"\[\d+\]", "", problem.subject)
    text = problem.code.text
    return ": ".join(filter(None, [field, problem.code.name.replace("-", " ") if "{" in text else text]))


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


def _with_progress(corpus: Corpus, total: int) -> Iterator[tuple[str, Source]]:
    with progress("checking files") as show:
        for done, each in enumerate(corpus.sources(), 1):
            yield each
            show(done, total)
