"""feeds export: the responses of the server as static files."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import Any

import click
import msgspec

from feeds.article.expressions import expression
from feeds.bootstrap import system_clock
from feeds.cli.command_line import Command, CommandEnvironment, WholeNumber
from feeds.cli.loaded import ACCEPT_REMOVALS, exit_if_held, loaded, settings_of
from feeds.cli.progress import progress, stages
from feeds.cli.signals import ended_by_signals
from feeds.corpus.urls import names_this_machine
from feeds.errors import CommandLineError, counted, message, not_one_of
from feeds.export import ExportResult, addresses, export, queries, state_of
from feeds.export.bucket import publish
from feeds.export.bucket_lock import BucketLock
from feeds.export.manifest import SUFFIXES
from feeds.export.names import ENDINGS
from feeds.export.objects import SCHEMES, Objects, is_bucket
from feeds.formats import FOR_READERS, FORMATS
from feeds.index.published_files import PublishedFiles
from feeds.settings.sections import CacheSettings, PushSettings
from feeds.web import create_app
from feeds.web.exported import NEEDS_SERVER, Exported
from feeds.web.files import static_files

FIRST_ENDPOINT = "AWS_ENDPOINT_URL_S3"  # which obstore prefers to any other
ENDPOINTS = (FIRST_ENDPOINT, "AWS_ENDPOINT_URL", "AWS_ENDPOINT")  # variables that obstore reads
_SERVER = expression(r"https?://[^/?#\s]+[^?#\s]*")

EXPORTED = CacheSettings(max_bytes=1 << 20, entries=1 << 28)  # a feed is written once, entries more often


def _named(option: str, written: str, known: Sequence[str]) -> set[str]:
    """Parse the names in a list such as ``gzip,br``; raise a CommandLineError if one is not *known*."""
    named = {name.strip() for name in written.split(",")}
    if unknown := sorted(named - {*known}):
        raise CommandLineError(option, *not_one_of(unknown[0], known))
    return named


def _codings(
    _context: click.Context, _option: click.Parameter, written: str | None
) -> tuple[str, ...] | None:
    """Parse ``gzip,br`` or ``none`` into codings in a fixed order."""
    if written is None:
        return None
    named = _named("--codings", written, [*SUFFIXES, "none"])
    return tuple(coding for coding in SUFFIXES if coding in named)


def _formats(_context: click.Context, _option: click.Parameter, written: str | None) -> tuple[str, ...]:
    """Parse ``rss,atom`` into formats in the order in which they are offered."""
    named = {*FORMATS} if written is None else _named("--formats", written, [*FORMATS])
    if not any(each.extension in named for each in FOR_READERS):
        known = ", ".join(each.extension for each in FOR_READERS)
        raise CommandLineError("--formats", "no format of feed readers", f"add one of {known}")
    return tuple(extension for extension in FORMATS if extension in named)


def _target(_context: click.Context, _argument: click.Parameter, written: str) -> str | Path:
    """Parse the path of a folder or the URL of a bucket."""
    if "://" not in written and written.partition(":")[0] not in SCHEMES:
        return Path(written)
    if not is_bucket(written):
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise CommandLineError(written, "not the URL of a bucket", f"use {known} with bucket and prefix")
    return written


def _written_codings(target: str | Path, chosen: tuple[str, ...] | None) -> tuple[str, ...]:
    """The content codings to write: every one beside a file, but at most one of an object."""
    if isinstance(target, Path):
        return tuple(SUFFIXES) if chosen is None else chosen
    if len(chosen or ()) > 1:
        raise CommandLineError("--codings", "an object has one content coding", "name one")
    return chosen or ()


def _refuse_options_of_buckets(target: str | Path, **options: object) -> None:
    """Raise a CommandLineError if one of *options* is given for a folder."""
    for name, value in options.items():
        if isinstance(target, Path) and value:
            option = f"--{name.replace('_', '-')}"
            raise CommandLineError(option, "only for an export to a bucket", "leave it out")
    if options["endpoint"] and not str(target).startswith("s3://"):
        raise CommandLineError("--endpoint", "only for s3://", "leave it out")


def _endpoint(option: str, environment: Mapping[str, str]) -> str:
    """The endpoint of S3 in the *option*, which is checked as those in the *environment* are."""
    given = {"--endpoint": option} | {name: environment.get(name, "") for name in ENDPOINTS}
    for name, url in given.items():
        if url and not _SERVER.fullmatch(url):
            raise CommandLineError(name, f"not the address of a server: {url!r}", "begin with https://")
    if option and given[FIRST_ENDPOINT]:
        raise CommandLineError("--endpoint", f"{FIRST_ENDPOINT} is set too", "use one of them")
    return option


def _objects(url: str, endpoint: str) -> Objects:
    """The objects of the bucket *url*. Raises CommandLineError without obstore."""
    try:
        storage = resolve_name("feeds.export.object_storage:ObjectStorage")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "obstore":
            raise
        problem, remedy = "obstore is not installed", "install the extra objects"
        raise CommandLineError(url, problem, remedy) from error
    opened: Objects = storage(url, endpoint)
    return opened


@contextmanager
def _staging(chosen: Path | None) -> Iterator[Path]:
    """Yield the folder of the files that are uploaded: *chosen*, or a temporary one."""
    if chosen:
        yield chosen
        return
    with TemporaryDirectory(prefix="feeds-export-") as folder:
        yield Path(folder)


def _refuse_dead_links(count: int) -> None:
    """Raise a CommandLineError if *count* articles have no address except their page's."""
    if count:
        problem = f"{counted(count, 'article')} without an address but that of the page here"
        raise CommandLineError(
            "--no-pages", problem, "leave it out, or set corpus.url or corpus.permalink"
        )


def _warn_of_loopback(url: str) -> None:
    """Print a warning if *url*, with which addresses in the export begin, works on this machine only."""
    if names_this_machine(url):
        problem = "the address of this machine, with which all links in the export begin"
        warning = message(f"site.url: {url}", problem, "set it to the address that will serve the export")
        click.echo(f"feeds: {warning}", err=True)


@click.command("export", cls=Command)
@click.argument("target", metavar="FOLDER|URL", callback=_target)
@click.option("--archives/--no-archives", default=True, show_default=True,
              help="Write the archives of each feed.")  # fmt: skip
@click.option("--digests/--no-digests", default=True, show_default=True,
              help="Write the daily and weekly digests of topics.")  # fmt: skip
@click.option("--pages/--no-pages", default=True, show_default=True,
              help="Write the HTML pages of feeds and articles.")  # fmt: skip
@click.option("--formats", metavar="LIST", show_default=",".join(FORMATS), callback=_formats,
              help="Write the feeds in these formats.")  # fmt: skip
@click.option("--codings", metavar="LIST", show_default=f"{','.join(SUFFIXES)}; none for a bucket",
              callback=_codings, help="Write compressed copies in these codings, or none. "
              "Objects of a bucket have one coding, or none.")  # fmt: skip
@click.option("--staging", metavar="FOLDER", type=click.Path(path_type=Path),
              help="Keep the files for a bucket in FOLDER; render only changed ones again.")  # fmt: skip
@click.option("--endpoint", metavar="URL", default="",
              help="Use this endpoint of S3, for example of MinIO; else AWS_ENDPOINT_URL.")  # fmt: skip
@click.option("--index-pages", is_flag=True,
              help="Name the object of a page PAGE/index.html, for storages such as MinIO in which "
              "no object can have the name of a folder.")  # fmt: skip
@click.option("--workers", default=0, show_default=True, type=WholeNumber(0, 256),
              help="Use this number of processes; 0 means one per processor.")  # fmt: skip
@click.option("--accept-removals", is_flag=True, help=ACCEPT_REMOVALS)
@click.pass_obj
def export_command(
    given: CommandEnvironment,
    /,
    target: str | Path,
    digests: bool,
    workers: int,
    accept_removals: bool,
    **chosen: Any,
) -> None:
    """Write all feeds and pages to FOLDER as static files, or to a bucket.

    FOLDER is new, or has an earlier export, which is updated. nginx can serve it: see
    feeds config nginx. A bucket is named by a URL: s3://BUCKET/PREFIX, gs:// or az://.

    The exit status is 1 if a feed cannot be exported, or if most files of the corpus are missing and
    their articles are kept.
    """
    staging, endpoint, index_pages = map(chosen.pop, ("staging", "endpoint", "index_pages"))
    _refuse_options_of_buckets(target, staging=staging, endpoint=endpoint, index_pages=index_pages)
    chosen["codings"] = _written_codings(target, chosen["codings"])
    lock: AbstractContextManager[BucketLock | None] = nullcontext()
    if isinstance(target, str):
        lock = BucketLock(_objects(target, _endpoint(endpoint, given.environment)), system_clock)
    # The hub of a server hears of no subscriber to an export.
    parts = {"cache": EXPORTED, "push": PushSettings(hub="off")}
    settings = msgspec.structs.replace(settings_of(given), **parts)
    # Articles are read under the lock: what an earlier export has written is never newer.
    with ended_by_signals(), lock as held, loaded(settings, accept_removals) as server:
        assets = server.assets
        index = server.current_index.index()
        if not chosen["pages"]:
            _refuse_dead_links(len(index.without_address))
        least = server.settings.export.min_articles
        feeds = queries(server.site, index, digests=digests, min_articles=least)
        formats = chosen["formats"]
        exported = Exported(frozenset(each.page for each in feeds), chosen["archives"], ENDINGS, formats)
        app = create_app(
            server.pipeline, server.site, server.settings.http, assets, server.clock,
            article_pages=server.settings.site.article_pages, exported=exported,
        )  # fmt: skip
        files = PublishedFiles().all(index)
        starts = addresses(
            feeds, index, assets, formats=formats, statics=static_files(), files=files,
            articles=chosen["pages"],
        )  # fmt: skip
        starts += [NEEDS_SERVER] * chosen["pages"]
        _warn_of_loopback(server.site.url)
        store = server.current_index.identity
        options = digests, index_pages, sorted(chosen.items())
        state = state_of(server.settings, index, store, assets, server.clock(), *options)

        def write(folder: Path, renew: Callable[[], None] = lambda: None) -> ExportResult:
            with progress("exporting feeds") as show:

                def step(done: int, total: int) -> None:
                    renew()
                    show(done, total)

                return export(
                    app, server.site.url, starts, folder, state,
                    workers=workers, progress=step, **chosen,
                )  # fmt: skip

        if held is None:
            result = write(Path(target))
        else:
            with _staging(staging) as folder, stages() as show:
                result = publish(
                    held, folder, state, partial(write, folder),
                    coding="".join(chosen["codings"]), index_pages=index_pages,
                    grace=server.settings.export.grace, progress=show,
                )  # fmt: skip
    click.echo(
        f"{result.responses} addresses in {target}: "
        f"{result.written} {'objects' if held else 'files'} written, "
        f"{result.removed} removed",
        err=True,
    )
    for address, reason in sorted(result.missing.items()):
        click.echo(f"feeds: {message(address, f'not exported, {reason}', 'rename it')}", err=True)
    if result.missing:
        sys.exit(1)
    exit_if_held(server.refreshed)
