"""feeds serve | check | list | render | explain | export | sample | refresh | store."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec
from msgspec import Struct

from feeds import __version__
from feeds.article import Article
from feeds.bootstrap import (
    Refreshed,
    Server,
    back_up_store,
    check_store,
    corpus_of,
    existing_store,
    restore_store,
    site_of,
    store_of,
)
from feeds.corpus import Corpus, Reading, Withheld
from feeds.corpus.rules import help_for
from feeds.errors import ArticleError, FeedsError, SettingsError, StoreError, UnknownFeed, one_line
from feeds.export import addresses, export, state_of
from feeds.export.folder import SUFFIXES
from feeds.formats import FORMATS
from feeds.index import Listing
from feeds.ingest.refresher import are_most, refuse_other_corpus, removals_held
from feeds.query import Query, read
from feeds.query.describe import clock
from feeds.query.explain import explain
from feeds.sample import write_sample
from feeds.settings import CacheSettings, Settings, load
from feeds.store import File, Store
from feeds.web import create_app
from feeds.web.files import FILES


class Load(Struct, frozen=True):
    """Load the settings of *environment*: that of this process, under the options of the command line."""

    environment: dict[str, str]

    def __call__(self) -> Settings:
        """Raises SettingsError."""
        return load(self.environment)


ADOPT = "Use a store of another folder, and remove the articles of that folder."
ACCEPT_REMOVALS = "Remove the articles of missing files, even if most files are missing."
QUOTED = 80  # characters of a line that is shown
SERVERS = ("gunicorn", "gthread", "granian")
GUNICORN = Path(__file__).parent.parent.parent / "config" / "gunicorn.py"
EXPORTED = CacheSettings(max_bytes=1 << 20, entries=1 << 28)  # a feed is written once, entries more often
GRANIAN = ("feeds.wsgi:app", "--interface", "wsgi", "--blocking-threads", "8", "--no-ws",
           "--respawn-failed-workers", "--workers-kill-timeout", "5")  # fmt: skip


class _Command(click.Group):
    """Turns what is raised on purpose into one line and exit status 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except FeedsError as error:
            click.echo(f"feeds: {error}", err=True)
            context.exit(2)


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="feeds")
@click.option(
    "--config", type=click.Path(path_type=Path), help="The settings; config/feeds.yaml lists all."
)
@click.option("--corpus", type=click.Path(path_type=Path), help="The folder of articles.")
@click.pass_context
def main(context: click.Context, config: Path | None, corpus: Path | None) -> None:
    """A folder of articles in, feeds out."""
    options = {"FEEDS_CONFIG": config, "FEEDS_CORPUS_PATH": corpus}
    context.obj = Load(os.environ | {name: str(value) for name, value in options.items() if value})


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--server", default="gunicorn", show_default=True, type=click.Choice(SERVERS))
@click.option("--adopt", is_flag=True, help=ADOPT)
@click.pass_obj
def serve(settings: Load, /, host: str, port: int, workers: int, server: str, *, adopt: bool) -> NoReturn:
    """Serve the feeds until stopped: with gunicorn, with its threads (gthread), or with granian."""
    if server == "granian" and not find_spec("granian"):
        raise SettingsError("--server", "granian is not installed: pip install 'feeds[granian]'")
    environment = settings.environment
    if settings().site.url == Settings().site.url:
        environment = environment | {"FEEDS_SITE_URL": f"http://127.0.0.1:{port}"}
    made = load(environment)
    corpus = corpus_of(made)
    if adopt:
        with _loaded(made, adopt=True):
            pass
    with closing(store_of(made)) as store:
        refuse_other_corpus(store, corpus.root)
    click.echo(f"serving {made.corpus.path} at {made.site.url}", err=True)
    if server == "granian":
        command = ["granian", *GRANIAN, "--host", host, "--port", str(port), "--workers", str(workers)]
    else:
        environment = environment | {
            "HOST": host, "PORT": str(port), "WEB_CONCURRENCY": str(workers),
            "WORKER_CLASS": "asgi" if server == "gunicorn" else server,
        }  # fmt: skip
        command = ["gunicorn", "--config", str(GUNICORN)]
    # Its own signals, its own children.
    os.execve(sys.executable, [sys.executable, "-m", *command], environment)  # noqa: S606


@main.command()
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--explain", "explained", is_flag=True, help="Say what would let each of them in.")
@click.pass_obj
def check(settings: Load, format_: str, explained: bool) -> None:
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
                withheld.append(Withheld(path, f"scheduled for {clock(int(published.timestamp()))}"))
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
                click.echo(f"    {help_for(problem.reason)}")
        for file in withheld:
            click.echo(f"{file.path}: withheld ({file.reason})")
            if explained:
                click.echo(f"    {help_for(file.reason)}")
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
        yield ArticleError(".", 0, removals_held(len(lost), len(known)))


def _help(held: ArticleError | Withheld, wanted: bool) -> dict[str, str]:
    return {"help": help_for(held.reason)} if wanted else {}


@main.command("list")
@click.argument("kind", type=click.Choice(["topics", "providers"]))
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def list_(settings: Load, kind: str, format_: str) -> None:
    """List topics or providers with their number of articles and newest date."""
    with _loaded(settings()) as server:
        index = server.current_index.index()
        listings = index.topics() if kind == "topics" else index.providers()
    if format_ == "json":
        click.echo(
            json.dumps([_described(listing) for listing in listings], indent=2, ensure_ascii=False)
        )
        return
    width = max((len(listing.slug) for listing in listings), default=0)
    for listing in listings:
        date = _date(listing) or "-"
        click.echo(f"{listing.slug:{width}}  {listing.count:7}  {date:10}  {listing.name}")


@main.command()
@click.argument("feed", default="feed")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="rss")
@click.pass_obj
def render(settings: Load, feed: str, format_: str) -> None:
    """Print what the server would send for FEED, such as topics/ai or "topics/ai?lang=en&limit=10"."""
    made = settings()
    query = _query(made, feed)
    with _loaded(made) as server:
        body = server.pipeline.document(query, format_).body
    click.echo(body, nl=False)


@main.command("explain")
@click.argument("feed", metavar="QUERY")
@click.argument("article")
@click.pass_obj
def explain_(settings: Load, feed: str, article: str) -> None:
    """Say why ARTICLE, an id, address or path, is in the feed of QUERY, or why not."""
    made = settings()
    query = _query(made, feed)
    with _loaded(made) as server:
        file = _file(server, article)
        id_ = file.id if file else article
        found = explain(server.current_index.index(), query, id_)
        held = list(_held_back(server, file, id_, published=bool(found)))
        if not (found or held):
            raise UnknownFeed("article", article)
        for reason in held:
            click.echo(f"held back: {reason}")
        if found:
            click.echo(str(found))


def _codings(_context: click.Context, _option: click.Parameter, written: str) -> tuple[str, ...]:
    """``gzip,br`` or ``none``, in an order of ours: it is no part of what is asked for."""
    named = {name.strip() for name in written.split(",")} - {"none"}
    if unknown := sorted(named - {*SUFFIXES}):
        known = ", ".join(SUFFIXES)
        raise click.BadParameter(f"{unknown[0]!r} is not one of {known}, nor is it none")
    return tuple(coding for coding in SUFFIXES if coding in named)


@main.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--archives/--no-archives", default=True, show_default=True, help="History as well.")
@click.option("--digests/--no-digests", default=True, show_default=True, help="Days and weeks as well.")
@click.option("--pages/--no-pages", default=True, show_default=True, help="Pages for people as well.")
@click.option("--codings", default=",".join(SUFFIXES), show_default=True, callback=_codings,
              help="What to compress with as well, or none.")  # fmt: skip
@click.option("--workers", default=0, type=click.IntRange(0, 256), help="Processes; 0: one a processor.")
@click.option("--accept-removals", is_flag=True, help=ACCEPT_REMOVALS)
@click.pass_obj
def export_(
    settings: Load, /, folder: Path, digests: bool, workers: int, accept_removals: bool, **chosen: Any
) -> None:
    """Write everything the server would answer to FOLDER, as files for nginx to serve.

    Exit status 1 if most files of the corpus are missing and their articles are kept.
    """
    with _loaded(msgspec.structs.replace(settings(), cache=EXPORTED), accept_removals) as server:
        assets = server.corpus.root / "assets"
        app = create_app(server.pipeline, server.site, server.settings.http, assets, server.clock)
        index = server.current_index.index()
        starts = addresses(server.site, index, assets, FILES, digests=digests)
        state = state_of(server.settings, index, assets, server.clock(), digests, sorted(chosen.items()))
        with _bar("exporting", 0) as bar:

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            result = export(
                app, server.site.url, starts, folder, state,
                workers=workers, progress=show, **chosen,
            )  # fmt: skip
    click.echo(
        f"{result.answers} answers in {folder}: {result.written} files written, {result.removed} removed",
        err=True,
    )
    _exit_if_held(server.refreshed)


def _file(server: Server, written: str) -> File | None:
    """The file called *written*, as it is in the corpus or from here."""
    path = Path(written).resolve()
    root = server.corpus.root.resolve()
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
    return server.store.file(written) or server.store.file(inside)


def _held_back(server: Server, file: File | None, id_: str, *, published: bool) -> Iterator[str]:
    """Why the article *id_*, that of *file* if it was asked for by that, is not seen as it stands."""
    paths = server.store.paths_claiming(id_) if id_ and not file else []
    for each in [file] if file else map(server.store.file, paths):
        if each and each.problem:
            yield str(ArticleError(each.path, each.line, each.problem))
    if published or not id_:
        return
    due = server.current_index.index().scheduled(id_)
    if due is not None:
        yield f"to appear {clock(due)}"
    for entry in server.store.entries([id_]).values():
        if entry.removed:
            yield f"removed {clock(entry.removed)}"


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--articles", default=200, show_default=True, type=click.IntRange(0))
@click.option("--seed", default=1, show_default=True)
def sample(folder: Path, articles: int, seed: int) -> None:
    """Write an invented corpus to FOLDER, the same one for the same seed."""
    with _bar("writing", articles) as bar:
        write_sample(folder, articles, seed, lambda done: bar.update(done - bar.pos))
    click.echo(f"{articles} articles in {folder}", err=True)


@main.command()
@click.option("--accept-removals", is_flag=True, help=ACCEPT_REMOVALS)
@click.option("--adopt", is_flag=True, help=ADOPT)
@click.pass_obj
def refresh(settings: Load, accept_removals: bool, adopt: bool) -> None:
    """Check every file now, and record those that changed.

    Exit status 1 if most files are missing and their articles are kept.
    """
    server = Server(settings())
    try:
        refreshed = _refresh(server, accept_removals, adopt)
        if refreshed is None:
            server.store.request("scan", *(("accept-removals",) if accept_removals else ()))
            click.echo("another process writes to this store; requested a scan from it", err=True)
            return
        click.echo(f"{refreshed.files} files had changed", err=True)
        _say_held(refreshed)
        _exit_if_held(refreshed)
    finally:
        server.stop()


def _say_held(refreshed: Refreshed | None) -> None:
    if refreshed and refreshed.held:
        click.echo(f"feeds: {refreshed.held}", err=True)


def _exit_if_held(refreshed: Refreshed | None) -> None:
    if refreshed and refreshed.held:
        sys.exit(1)


@main.group()
def store() -> None:
    """Check, back up and restore the store, the record of published articles."""


@store.command("check")
@click.pass_obj
def store_check(settings: Load) -> None:
    """Verify every row without changing the store. Exit status 1 if any is damaged."""
    path, damaged = settings().store_path, False
    for problem in check_store(settings()):
        damaged = True
        click.echo(f"{path}: {problem}")
    verdict = "damaged; the next start of a server or feeds refresh repairs it" if damaged else "intact"
    click.echo(f"{path}: {verdict}", err=True)
    sys.exit(1 if damaged else 0)


@store.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def store_backup(settings: Load, file: Path) -> None:
    """Write a verified copy of the store to FILE, a new file. A server may run meanwhile."""
    back_up_store(settings(), file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes, verified", err=True)


@store.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def store_restore(settings: Load, file: Path) -> None:
    """Replace the store by a copy of FILE, and keep the former store beside it. No server may run."""
    restore_store(settings(), file)
    click.echo(f"{settings().store_path}: restored from {file}", err=True)


@store.command("info")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def store_info(settings: Load, format_: str) -> None:
    """Print the size, revision, origin and use of the store."""
    path = settings().store_path
    opened = existing_store(settings())
    if not opened:
        raise StoreError(path, "no store yet; feeds refresh makes one")
    with closing(opened):
        stats = opened.stats(datetime.now(UTC).timestamp(), 0)
        told: dict[str, Any] = {
            "path": str(path),
            "schema": stats.schema,
            "bytes": stats.bytes,
            "revision": stats.revision,
            "changed": _instant(stats.changed),
            "articles": len(opened.load().records) - stats.scheduled,
            "scheduled": stats.scheduled,
            "files": opened.file_count(),
            "authority": opened.authority(),
            "corpus": opened.corpus(),
            "in_use": opened.has_writer(),
        }
    if format_ == "json":
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for name, value in told.items():
        shown = f"{value:,}" if type(value) is int else {True: "yes", False: "no"}.get(value, value)
        click.echo(f"{name.replace('_', ' ') + ':':10} {shown or '-'}")


def _instant(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if second else ""


@contextmanager
def _loaded(settings: Settings, accept_removals: bool = False, adopt: bool = False) -> Iterator[Server]:
    """A server with its index in memory, after a refresh unless another process is the writer."""
    server = Server(settings)
    try:
        _say_held(_refresh(server, accept_removals, adopt))
        server.current_index.follow()
        yield server
    finally:
        server.stop()


def _refresh(server: Server, accept_removals: bool, adopt: bool) -> Refreshed | None:
    with _bar("reading", 0) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        refreshed = server.refresh(show, accept_removals=accept_removals, adopt=adopt)
    if adopt and not refreshed:
        raise StoreError(server.settings.store_path, "another process writes to it; stop that first")
    return refreshed


def _with_progress(corpus: Corpus, total: int) -> Iterator[Reading]:
    with _bar("checking", total) as bar:
        for reading in corpus.articles():
            yield reading
            bar.update(1)


def _bar(label: str, length: int) -> Any:
    return click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True
    )


def _query(settings: Settings, written: str) -> Query:
    """What is asked for as in an address, or in arguments alone."""
    named = site_of(settings).named
    return read(written, {each.query.name: each.query for each in named})


def _described(listing: Listing) -> dict[str, Any]:
    return {
        "slug": listing.slug, "name": listing.name, "articles": listing.count,
        "newest": _date(listing) or None,
    }  # fmt: skip


def _date(listing: Listing) -> str:
    if not listing.count:
        return ""
    return datetime.fromtimestamp(listing.newest, UTC).strftime("%Y-%m-%d")
